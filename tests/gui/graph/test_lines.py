"""Edges cross no node, share no line with another value, and are upright at their ends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QApplication

from app.gui.graph.scenes.scene import PlacedEdge, Scene
from app.session.graph.payloads import EdgeItem, FrameItem
from tests.gui.graph.conftest import scene_of
from tests.gui.graph.demo_graphs import chain, no_grad_cut, operation, pill, residual, statuses

pytestmark = pytest.mark.usefixtures("qapp")
GRAPHS: dict[str, Callable[[], nx.MultiDiGraph[str]]] = {
    "no_grad_cut": no_grad_cut,
    "statuses": statuses,
    "residual": residual,
    "chain": lambda: chain(40),
}


@pytest.fixture(params=GRAPHS, scope="module")
def scene(request: pytest.FixtureRequest, qapp: QApplication) -> Scene:
    return scene_of(GRAPHS[request.param]())


def is_straight(edge: PlacedEdge) -> bool:
    return all(start.x() == end.x() or start.y() == end.y() for start, end in edge.segments)


def test_edges_run_along_the_axes(scene: Scene) -> None:
    assert all(is_straight(edge) for edge in scene.edges.values())


def test_edges_join_the_sides_of_their_nodes(scene: Scene) -> None:
    for edge in scene.edges.values():
        source, target = (scene.nodes[key].rect for key in edge.key[:2])
        first, last = edge.points[0], edge.points[-1]
        assert first.y() == source.bottom()
        assert last.y() == target.top()
        assert source.left() < first.x() < source.right()
        assert target.left() < last.x() < target.right()


def test_no_edge_crosses_a_node(scene: Scene) -> None:
    for edge in scene.edges.values():
        others = [node.rect for key, node in scene.nodes.items() if key not in edge.key[:2]]
        for start, end in edge.segments:
            line = QRectF(start, end).normalized().adjusted(-1, -1, 1, 1)
            assert not any(line.intersects(other) for other in others)


def test_two_values_never_share_a_line(scene: Scene) -> None:
    for first, second in combinations(scene.edges.values(), 2):
        if first.key[0] == second.key[0] and first.item == second.item:
            continue
        same_value = first.item.tensor == second.item.tensor
        if same_value and first.item.kind == second.item.kind:
            continue  # a trunk from which one value fans out
        for mine in first.segments:
            for other in second.segments:
                assert not overlap(mine, other), (first.key, second.key)


def overlap(first: tuple[QPointF, QPointF], second: tuple[QPointF, QPointF]) -> bool:
    """Whether two parallel pieces lie on each other for more than a corner."""
    (a, b), (c, d) = first, second
    if a.x() == b.x() == c.x() == d.x():
        return (
            min(max(a.y(), b.y()), max(c.y(), d.y())) - max(min(a.y(), b.y()), min(c.y(), d.y()))
            > 1
        )
    if a.y() == b.y() == c.y() == d.y():
        return (
            min(max(a.x(), b.x()), max(c.x(), d.x())) - max(min(a.x(), b.x()), min(c.x(), d.x()))
            > 1
        )
    return False


@st.composite
def random_graphs(draw: st.DrawFn) -> nx.MultiDiGraph[str]:
    """Operations with random edges, some with grads; a frame holds some that follow each other.

    (A region is a stretch of time: nothing that it made comes back into it from outside.)
    """
    count = draw(st.integers(2, 9))
    frame = FrameItem(0, "no_grad", "torch.no_grad()", 1, "no_grad", None)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(frames={"f": frame})
    start = draw(st.integers(0, count))
    framed = range(start, draw(st.integers(start, count)))
    for number in range(count):
        pills = (pill("weight"),) if draw(st.booleans()) else ()
        graph.add_node(f"op:{number}", item=operation(number, "add", line=number, pills=pills))
        if number in framed:
            graph.nodes[f"op:{number}"]["cluster"] = "f"
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.booleans())
    for first, second, gradient in draw(st.lists(ends, max_size=2 * count)):
        if first != second:
            source, target = sorted((first, second))
            item = EdgeItem(source, "gradient" if gradient else "data", f"x{source}", "[2, 2]")
            graph.add_edge(f"op:{source}", f"op:{target}", item=item)
    return graph


@settings(max_examples=40)
@given(random_graphs())
def test_in_any_graph_edges_keep_clear_of_nodes(graph: nx.MultiDiGraph[str]) -> None:
    scene = scene_of(graph)
    test_edges_join_the_sides_of_their_nodes(scene)
    test_no_edge_crosses_a_node(scene)
    test_edges_run_along_the_axes(scene)
    test_two_values_never_share_a_line(scene)
