"""What every engine owes: one suite for native, embedded and layered."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graphviz_render import LayoutError, available_engines, layout
from graphviz_render.model import Direction, Engine, Routing
from tests.graphviz_render.graphs import (
    Graph,
    acyclic,
    assert_runs,
    assert_sound,
    crosses_a_node,
    frame,
    graph_of,
    operations,
)

ENGINES: tuple[Engine, ...] = available_engines()
GRAPHVIZ = [engine for engine in ENGINES if engine != "layered"]
DIRECTIONS: tuple[Direction, ...] = ("TB", "LR")
ROUTINGS: tuple[Routing, ...] = ("free", "orthogonal")

every_engine = pytest.mark.parametrize("engine", ENGINES)
every_direction = pytest.mark.parametrize("direction", DIRECTIONS)
every_routing = pytest.mark.parametrize("routing", ROUTINGS)


@pytest.mark.needs("dot")
def test_all_engines_are_tested() -> None:
    assert ENGINES == ("layered", "native", "embedded")


@every_engine
def test_nothing_gives_an_empty_layout(engine: Engine) -> None:
    placed = layout(nx.MultiDiGraph(), engine=engine)
    assert (placed.width, placed.height) == (0, 0)
    assert not placed.nodes
    assert not placed.edges
    assert not placed.clusters


@every_engine
@every_routing
def test_one_node(engine: Engine, routing: Routing) -> None:
    graph: Graph = nx.MultiDiGraph()
    graph.add_node("x", width=120.5, height=30.25)
    assert_sound(graph, layout(graph, engine=engine, routing=routing))


@every_engine
@every_direction
@every_routing
def test_a_trace(engine: Engine, direction: Direction, routing: Routing) -> None:
    graph = operations(60, labels=True)
    placed = layout(graph, engine=engine, direction=direction, routing=routing)
    assert_sound(graph, placed)
    assert_runs(graph, placed, direction)


@every_engine
@every_direction
@every_routing
def test_frames_hold_their_nodes_and_keep_room_for_a_header(
    engine: Engine, direction: Direction, routing: Routing
) -> None:
    graph = graph_of(
        *[("x", "lin0"), ("lin0", "lin1"), ("lin1", "mul"), ("mul", "lin2"), ("lin0", "lin2")],
        outer=["lin1"],
        inner=["mul"],
    )
    graph.graph["clusters"]["inner"] = frame(parent="outer")
    graph.graph["clusters"]["unused"] = frame(parent="outer")
    placed = layout(graph, engine=engine, direction=direction, routing=routing)
    assert_sound(graph, placed)
    assert set(placed.clusters) == {"outer", "inner"}


@every_engine
@every_direction
@every_routing
def test_circles_and_loops_are_drawn(
    engine: Engine, direction: Direction, routing: Routing
) -> None:
    graph = graph_of(("a", "b"), ("b", "c"), ("c", "a"), ("b", "b"), ("b", "b"), ("c", "d"))
    graph.edges["b", "b", 1].update(label_width=50, label_height=16)
    assert_sound(graph, layout(graph, engine=engine, direction=direction, routing=routing))


@every_engine
@every_routing
def test_parallel_edges_have_a_route_each(engine: Engine, routing: Routing) -> None:
    graph = graph_of(("a", "b"), ("a", "b"), ("a", "b"))
    placed = layout(graph, engine=engine, routing=routing)
    assert_sound(graph, placed)
    assert len({tuple(route.points) for route in placed.edges.values()}) == 3 or (
        engine == "layered" and routing == "free"
    )


@every_engine
def test_a_chain_is_straight(engine: Engine) -> None:
    graph = graph_of(("x", "lin0"), ("lin0", "lin1"), ("lin1", "sum"))
    graph.nodes["lin0"]["width"] = 272
    placed = layout(graph, engine=engine, routing="orthogonal")
    assert [len(route.points) for route in placed.edges.values()] == [2, 2, 2]
    assert len({box.center[0] for box in placed.nodes.values()}) == 1


@every_engine
@every_direction
def test_a_long_edge_is_a_tunnel(engine: Engine, direction: Direction) -> None:
    chain = [(f"op:{step}", f"op:{step + 1}") for step in range(40)]
    graph = graph_of(*chain, ("weight", "op:0"), ("weight", "op:40"))
    placed = layout(graph, engine=engine, direction=direction)
    assert_sound(graph, placed)
    tunnels = [edge for edge, route in placed.edges.items() if route.kind == "tunnel"]
    assert tunnels == [("weight", "op:40", 0)]
    leaves, enters = placed.edges[tunnels[0]].points[1], placed.edges[tunnels[0]].points[2]
    assert (leaves < enters) if direction == "LR" else (leaves[1] < enters[1])


@every_engine
def test_a_chain_far_longer_than_a_screen_stays_exact(engine: Engine) -> None:
    """Graphviz writes positions with five digits where one reads them first."""
    graph = graph_of(*[(step, step + 1) for step in range(1500)])
    placed = layout(graph, engine=engine, rank_gap=30.5)
    gaps = {round(placed.nodes[n + 1].y - placed.nodes[n].bottom, 1) for n in range(1500)}
    assert placed.height > 100_000
    assert len(gaps) == 1


@every_engine
@every_direction
def test_a_frame_around_frames_and_a_label_reaches_no_higher_than_they_do(
    engine: Engine, direction: Direction
) -> None:
    graph = graph_of(("before", "a"), ("before", "other"), ("a", "b"), one=["a"], two=["b"])
    graph.graph["clusters"] = {"outer": frame()} | {
        name: frame(parent="outer") for name in ("one", "two")
    }
    graph.edges["a", "b", 0].update(label_width=70, label_height=16)
    assert_sound(graph, layout(graph, engine=engine, direction=direction))


@every_engine
@every_routing
def test_the_same_graph_gives_the_same_layout(engine: Engine, routing: Routing) -> None:
    one = layout(operations(50, labels=True), engine=engine, routing=routing)
    two = layout(operations(50, labels=True), engine=engine, routing=routing)
    assert one == two


@every_engine
def test_gaps_between_nodes_and_ranks_are_kept(engine: Engine) -> None:
    graph = graph_of(("a", "b"), ("a", "c"))
    placed = layout(graph, engine=engine, node_gap=48, rank_gap=60)
    left, right = sorted((placed.nodes["b"], placed.nodes["c"]))
    assert right.x - left.right >= 47
    assert left.y - placed.nodes["a"].bottom >= 59


@every_engine
@every_routing
def test_minlen_keeps_ranks_apart(engine: Engine, routing: Routing) -> None:
    graph = graph_of(("a", "b"), ("c", "d"))
    graph.edges["c", "d", 0]["minlen"] = 4
    placed = layout(graph, engine=engine, routing=routing)
    near = placed.nodes["b"].y - placed.nodes["a"].bottom
    far = placed.nodes["d"].y - placed.nodes["c"].bottom
    assert far > 3 * near


@every_engine
def test_keys_may_be_anything(engine: Engine) -> None:
    graph = graph_of((("op", 1), 'say "hi"'), ('say "hi"', 3.5), (3.5, "graph"))
    assert_sound(graph, layout(graph, engine=engine))


# --------------------------------------------------------------------------------- any graph


@given(acyclic(), st.sampled_from(ENGINES), st.sampled_from(DIRECTIONS), st.sampled_from(ROUTINGS))
@settings(max_examples=150)
def test_any_acyclic_graph(
    graph: Graph, engine: Engine, direction: Direction, routing: Routing
) -> None:
    placed = layout(graph, engine=engine, direction=direction, routing=routing)
    assert_sound(graph, placed)
    assert_runs(graph, placed, direction)


@given(acyclic(clusters=True), st.sampled_from(DIRECTIONS), st.sampled_from(ROUTINGS))
@settings(max_examples=150)
def test_any_graph_with_clusters_in_layers(
    graph: Graph, direction: Direction, routing: Routing
) -> None:
    placed = layout(graph, engine="layered", direction=direction, routing=routing)
    assert_sound(graph, placed)
    assert_runs(graph, placed, direction)


@given(
    acyclic(clusters=True, labels=False, most=8),
    st.sampled_from(GRAPHVIZ),
    st.sampled_from(ROUTINGS),
)
@settings(max_examples=80)
def test_any_graph_with_clusters_by_graphviz(
    graph: Graph, engine: Engine, routing: Routing
) -> None:
    """Graphviz may lead an edge up where that keeps a cluster together, and lay labels on others
    then; some graphs it does not survive."""
    try:
        placed = layout(graph, engine=engine, routing=routing)
    except LayoutError as error:
        assume("signal" not in str(error))
        raise
    assert_sound(graph, placed)


@given(acyclic(most=16), st.sampled_from(ENGINES), st.sampled_from(DIRECTIONS))
@settings(max_examples=150)
def test_orthogonal_routes_run_through_no_node(
    graph: Graph, engine: Engine, direction: Direction
) -> None:
    placed = layout(graph, engine=engine, direction=direction, routing="orthogonal")
    for (tail, head, _), route in placed.edges.items():
        assert route.kind == "polyline"
        for (x, y), (next_x, next_y) in zip(route.points, route.points[1:], strict=False):
            assert x == next_x or y == next_y
        assert not crosses_a_node(route, placed, (tail, head))


# ------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda graph: graph.nodes["a"].pop("width"), "node 'a' has no width"),
        (lambda graph: graph.nodes["a"].update(height=-1), "height of node 'a' is -1"),
        (lambda graph: graph.nodes["a"].update(width=float("nan")), "width of node 'a' is nan"),
        (lambda graph: graph.nodes["a"].update(cluster="no"), "node 'a' names the cluster 'no'"),
        (lambda graph: graph.edges["a", "b", 0].update(weight="x"), "weight of edge 'a' -> 'b'"),
        (
            lambda graph: graph.graph.update(clusters={"c": {"parent": "d"}, "d": {"parent": "c"}}),
            "Cluster 'c' lies within itself",
        ),
    ],
)
def test_what_makes_no_sense_is_named(change: Any, message: str) -> None:
    graph = graph_of(("a", "b"))
    change(graph)
    with pytest.raises(LayoutError, match=message):
        layout(graph)


def test_an_unknown_engine_or_direction_is_named() -> None:
    graph = graph_of(("a", "b"))
    with pytest.raises(LayoutError, match="engine 'neato' is unknown"):
        layout(graph, engine="neato")  # type: ignore[arg-type]  # what the test is about
    with pytest.raises(LayoutError, match="direction 'UP' is unknown"):
        layout(graph, direction="UP")  # type: ignore[arg-type]  # what the test is about
