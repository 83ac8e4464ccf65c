"""Pictures that follow another one: what was there stays in its order, and near its place."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations
from math import inf
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphviz_render import Layout, available_engines, layout
from graphviz_render.kept_order import facing_as_before
from graphviz_render.layered import ordering
from graphviz_render.model import Box, Direction, Engine, Point, Route
from graphviz_render.problem import Placement, read
from tests.graphviz_render.graphs import (
    Graph,
    acyclic,
    assert_runs,
    assert_sound,
    frame,
    graph_of,
    operations,
)

DIRECTIONS: tuple[Direction, ...] = ("TB", "LR")


def middles(placed: Layout) -> dict[Hashable, Point]:
    return {node: box.center for node, box in placed.nodes.items()}


def changed_places(before: Layout, after: Layout, direction: Direction = "TB") -> list[Hashable]:
    """Nodes of one rank in both pictures that exchanged their order."""
    across, deep = (0, 1) if direction == "TB" else (1, 0)
    old, new = middles(before), middles(after)
    wrong: list[Hashable] = []
    for one, two in combinations([node for node in old if node in new], 2):
        apart = [abs(places[one][deep] - places[two][deep]) for places in (old, new)]
        then, now = (places[one][across] - places[two][across] for places in (old, new))
        if max(apart) < 1 and then * now < 0:
            wrong += [one, two]
    return wrong


def displacement(before: Layout, after: Layout) -> float:
    """How far a node moves, of those that stay, once the picture is shifted so that most do not."""
    old, new = middles(before), middles(after)
    ways = [(new[n][0] - old[n][0], new[n][1] - old[n][1]) for n in old if n in new]
    right, down = median(x for x, _ in ways), median(y for _, y in ways)
    return median(abs(x - right) + abs(y - down) for x, y in ways)


def unfolded(graph: Graph, node: Hashable, count: int) -> Graph:
    """`graph` with so many nodes in a frame in place of one."""
    inside = operations(count, seed=7)
    names = {key: f"inside {key}" for key in inside}
    after = graph.copy()
    after.graph["clusters"] = {**(graph.graph.get("clusters") or {}), "group": frame()}
    for key, data in inside.nodes(data=True):
        after.add_node(names[key], **data, cluster="group")
    after.add_edges_from((names[tail], names[head]) for tail, head in inside.edges())
    ends = list(names.values())
    for tail, _, data in graph.in_edges(node, data=True):
        after.add_edge(tail, ends[0], **data)
    for _, head, data in graph.out_edges(node, data=True):
        after.add_edge(ends[-1], head, **data)
    after.remove_node(node)
    return after


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("seed", range(1, 6))
def test_unfolding_a_group_of_a_hundred_keeps_the_rest(seed: int, direction: Direction) -> None:
    graph = operations(60, labels=True, seed=seed)
    before = layout(graph, direction=direction)
    after_graph = unfolded(graph, "op:30", 100)
    after = layout(after_graph, direction=direction, before=middles(before))
    assert_sound(after_graph, after)
    assert not changed_places(before, after, direction)


def test_a_line_more_moves_little() -> None:
    moves = []
    for seed in range(1, 9):
        graph = operations(80, labels=True, seed=seed)
        before = layout(graph)
        graph.add_node("new", width=200, height=48)
        graph.remove_edges_from(list(graph.in_edges("op:50", keys=True))[:1])
        graph.add_edge("op:49", "new")
        graph.add_edge("new", "op:50")
        after = layout(graph, before=middles(before))
        assert not changed_places(before, after)
        moves.append(displacement(before, after))
    assert median(moves) == 0, "most nodes of most pictures stay put"
    assert max(moves) < 100, "and the others move by less than a node's width"


@given(acyclic(), st.sampled_from(DIRECTIONS))
@settings(max_examples=100)
def test_whatever_comes_and_goes_the_order_stays(graph: Graph, direction: Direction) -> None:
    before = layout(graph, engine="layered", direction=direction)
    gone = [node for node in graph if node % 3 == 0 and len(graph) > 3][:2]
    graph.remove_nodes_from(gone)
    graph.add_node("new", width=80, height=30)
    graph.add_edge(next(iter(graph)), "new")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "_PRICE", inf)  # else an order that tangles many edges is given up
        after = layout(graph, engine="layered", direction=direction, before=middles(before))
    assert_sound(graph, after)
    assert_runs(graph, after, direction)
    assert not changed_places(before, after, direction)


@given(acyclic(clusters=True), st.sampled_from(DIRECTIONS))
@settings(max_examples=60)
def test_clusters_stay_sound_in_an_order_before(graph: Graph, direction: Direction) -> None:
    before = middles(layout(graph, engine="layered", direction=direction))
    upside_down = {node: (-x, -y) for node, (x, y) in before.items()}
    for places in (before, upside_down):
        after = layout(graph, engine="layered", direction=direction, before=places)
        assert_sound(graph, after)
        assert_runs(graph, after, direction)


def test_an_order_that_tangles_everything_is_given_up() -> None:
    pairs = [(f"a{n}", f"b{n}") for n in range(12)]
    graph = graph_of(*pairs)
    crossed: dict[Hashable, Point] = {f"a{n}": (100.0 * n, 0.0) for n in range(12)}
    crossed |= {f"b{n}": (-100.0 * n, 100.0) for n in range(12)}
    placed = layout(graph, engine="layered", before=crossed)
    uppers = sorted(pairs, key=lambda pair: placed.nodes[pair[0]].x)
    lowers = sorted(pairs, key=lambda pair: placed.nodes[pair[1]].x)
    assert uppers == lowers


@pytest.mark.parametrize("engine", available_engines())
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_every_engine_lets_itself_be_led(engine: Engine, direction: Direction) -> None:
    graph = graph_of(("a", "b"), ("a", "c"), ("a", "d"), ("b", "e"), ("c", "e"), ("d", "e"))
    for order in ("bcd", "dcb", "cbd"):
        before: dict[Hashable, Point] = {
            node: (150.0 * place, 80.0) if direction == "TB" else (80.0, 150.0 * place)
            for place, node in enumerate(order)
        }
        placed = layout(graph, engine=engine, direction=direction, before=before)
        assert_sound(graph, placed)
        axis = 0 if direction == "TB" else 1
        assert "".join(sorted("bcd", key=lambda node: placed.nodes[node][axis])) == order


def test_a_mirror_image_is_turned_round_with_all_its_lines() -> None:
    graph = graph_of(("a", "b"), ("a", "c"))
    problem, _ = read(graph, {"before": {"b": (300.0, 90.0), "c": (60.0, 90.0)}})
    boxes = [Box(70, 0, 100, 40), Box(0, 80, 100, 40), Box(140, 80, 100, 40)]
    routes = [
        Route("polyline", [(120, 40), (50, 80)], (60, 60)),
        Route("polyline", [(120, 40), (190, 80)]),
    ]
    turned = facing_as_before(problem, Placement(240, 120, boxes, routes, []))
    assert turned.nodes == [Box(70, 0, 100, 40), Box(140, 80, 100, 40), Box(0, 80, 100, 40)]
    assert turned.routes[0] == Route("polyline", [(120, 40), (190, 80)], (180, 60))
