from __future__ import annotations

import networkx as nx
import pytest
from PySide6.QtCore import QPointF, QRectF

from app.gui.graph.scenes.following import same_nodes, shift_between
from app.gui.graph.scenes.scene import PlacedNode, Scene
from app.session.look.measure import NodeItem
from tests.gui.graph.demo_graphs import no_grad_cut, operation

FAR = QRectF(-1e5, -1e5, 2e5, 2e5)


def numbered(*titles: str) -> nx.MultiDiGraph[str]:
    """Operations as a run numbers them, a line each."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(frames={})
    for number, title in enumerate(titles):
        graph.add_node(f"op:{number}", item=operation(number, title, line=number + 1))
    return graph


def items(graph: nx.MultiDiGraph[str]) -> dict[str, NodeItem]:
    return {key: data["item"] for key, data in graph.nodes(data=True)}


def test_the_same_run_folded_otherwise_keeps_its_keys() -> None:
    before, after = no_grad_cut(), no_grad_cut()
    after.remove_node("op:2")
    after.add_node("op:77", item=operation(77, "inside"))
    same = same_nodes(items(before), after)
    assert same == {key: key for key in after if key != "op:77"}


def test_a_line_more_numbers_anew_what_stays_the_same() -> None:
    before = numbered("linear", "relu", "linear", "sum")
    after = numbered("linear", "relu", "dropout", "linear", "sum")
    assert same_nodes(items(before), after) == {
        "op:0": "op:0", "op:1": "op:1", "op:3": "op:2", "op:4": "op:3",
    }  # fmt: skip


def test_changes_in_two_places_are_found() -> None:
    before = numbered("a", "b", "c", "d", "e", "f")
    after = numbered("a", "x", "c", "d", "y", "f", "z")
    found = same_nodes(items(before), after)
    assert found == {"op:0": "op:0", "op:2": "op:2", "op:3": "op:3", "op:5": "op:5"}


def test_of_very_different_graphs_beginning_and_end_are_compared() -> None:
    before = numbered("start", *(f"old {n}" for n in range(2000)), "end")
    after = numbered("start", *(f"new {n}" for n in range(1900)), "end")
    assert same_nodes(items(before), after) == {"op:0": "op:0", "op:1901": "op:2001"}


def scene(places: dict[str, tuple[float, float]], kept: dict[str, str] | None = None) -> Scene:
    nodes = [
        PlacedNode(key, operation(number, key), QRectF(x, y, 100, 40))
        for number, (key, (x, y)) in enumerate(places.items())
    ]
    return Scene(nodes, [], [], kept=kept)


BEFORE = scene({"a": (0, 0), "b": (0, 100), "c": (0, 200), "d": (500, 0)})
KEPT = {key: key for key in "abcd"}


def test_the_shift_is_what_most_nodes_moved_by() -> None:
    after = scene({"a": (30, 0), "b": (30, 0), "c": (30, 300), "d": (530, 0)}, KEPT)
    assert shift_between(BEFORE, after, FAR, frozenset()) == QPointF(30, 0)


def test_a_selected_node_in_sight_counts_more_than_all_others() -> None:
    after = scene({"a": (30, 0), "b": (30, 100), "c": (30, 300), "d": (530, 0)}, KEPT)
    assert shift_between(BEFORE, after, FAR, frozenset("c")) == QPointF(30, 100)
    above = QRectF(0, 0, 600, 150)
    assert shift_between(BEFORE, after, above, frozenset("c")) == QPointF(30, 0)


@pytest.mark.parametrize("kept", [{}, {"a": "a"}])
def test_another_graph_is_looked_at_anew(kept: dict[str, str]) -> None:
    assert shift_between(BEFORE, scene({"a": (9, 9)}, kept), FAR, frozenset()) is None


def test_where_nothing_stays_in_sight_there_is_no_shift() -> None:
    away = QRectF(5000, 5000, 100, 100)
    assert shift_between(BEFORE, scene({"a": (0, 0)}, KEPT), away, frozenset()) is None
