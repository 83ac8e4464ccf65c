from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import enumerate as threads

import networkx as nx
import pytest
from pytestqt.qtbot import QtBot

from app.gui.graph.scenes.layouter import Layouter
from app.gui.graph.scenes.making import Wish
from app.gui.graph.scenes.scene import Scene
from graphviz_render import Engine, available_engines
from tests.gui.graph.conftest import TIMEOUT
from tests.gui.graph.demo_graphs import chain, no_grad_cut, residual


@pytest.fixture
def layouter(qtbot: QtBot) -> Iterator[Layouter]:
    made = Layouter()
    yield made
    made.close()


def test_a_graph_becomes_a_scene(qtbot: QtBot, layouter: Layouter) -> None:
    graph = no_grad_cut()
    with qtbot.waitSignal(layouter.placed, timeout=TIMEOUT) as placed:
        number = layouter.request(graph)
    assert placed.args is not None
    assert placed.args[0] == number
    scene = placed.args[1]
    assert isinstance(scene, Scene)
    assert set(scene.nodes) == set(graph)


def test_a_newer_request_replaces_the_older_ones(qtbot: QtBot, layouter: Layouter) -> None:
    answered: list[int] = []
    layouter.placed.connect(lambda number, scene: answered.append(number))
    for length in (600, 500, 400):
        layouter.request(chain(length, branch_every=2))
    last = layouter.request(no_grad_cut())
    qtbot.waitUntil(lambda: last in answered, timeout=TIMEOUT)
    assert answered == [last]


def test_after_a_replaced_request_the_next_one_works(qtbot: QtBot, layouter: Layouter) -> None:
    layouter.request(chain(600, branch_every=2))
    for _ in range(2):
        with qtbot.waitSignal(layouter.placed, timeout=TIMEOUT) as placed:
            number = layouter.request(no_grad_cut())
        assert placed.args is not None
        assert placed.args[0] == number


def test_what_cannot_be_laid_out_is_told_in_words(qtbot: QtBot, layouter: Layouter) -> None:
    graph = no_grad_cut()
    frames = graph.graph["frames"]
    frame = frames["span:0"]
    frames["span:0"] = replace(frame, parent="span:0")
    with qtbot.waitSignal(layouter.failed, timeout=TIMEOUT) as failed:
        layouter.request(graph)
    assert failed.args is not None
    assert "span:0" in failed.args[1]
    with qtbot.waitSignal(layouter.placed, timeout=TIMEOUT):
        layouter.request(no_grad_cut())


def test_an_empty_graph_is_an_empty_scene(qtbot: QtBot, layouter: Layouter) -> None:
    with qtbot.waitSignal(layouter.placed, timeout=TIMEOUT) as placed:
        layouter.request(nx.MultiDiGraph(frames={}))
    assert placed.args is not None
    assert placed.args[1].nodes == {}


def test_closing_ends_the_thread_even_in_the_middle_of_a_layout(qtbot: QtBot) -> None:
    layouter = Layouter()
    layouter.request(chain(600, branch_every=2))
    layouter.close()
    assert not [thread for thread in threads() if thread.name == "graph layout"]


@pytest.mark.parametrize("engine", available_engines())
def test_from_left_to_right_every_edge_leads_right_and_labels_stand_free(
    qtbot: QtBot, layouter: Layouter, engine: Engine
) -> None:
    with qtbot.waitSignal(layouter.placed, timeout=TIMEOUT) as placed:
        layouter.request(no_grad_cut(), Wish(engine, "LR"))
    assert placed.args is not None
    scene: Scene = placed.args[1]
    assert scene.direction == "LR"
    for edge in scene.edges.values():
        source, target = scene.nodes[edge.key[0]].rect, scene.nodes[edge.key[1]].rect
        assert edge.points[0].x() == source.right()
        assert edge.points[-1].x() == target.left()
        assert not any(edge.label_rect.intersects(node.rect) for node in scene.nodes.values())


def test_a_picture_follows_the_one_before(qtbot: QtBot, layouter: Layouter) -> None:
    def scene_of(graph: nx.MultiDiGraph[str], before: Scene | None) -> Scene:
        with qtbot.waitSignal(layouter.placed, timeout=TIMEOUT) as placed:
            layouter.request(graph, Wish(before=before))
        assert placed.args is not None
        assert isinstance(placed.args[1], Scene)
        return placed.args[1]

    first = scene_of(residual(), None)
    assert not first.kept
    mirrored = Scene(
        [replace(node, rect=node.rect.translated(-2 * node.rect.center().x(), 0))
         for node in first.nodes.values()], [], [],
    )  # fmt: skip
    again = scene_of(residual(), mirrored)
    assert again.kept == {key: key for key in again.nodes}
    was_left, is_left = (
        placed.nodes["op:2"].rect.x() < placed.nodes["op:4"].rect.x() for placed in (first, again)
    )
    assert is_left != was_left, "the order that it was given, not its own"
