"""In fitted pictures of real programs everything has a name or a glyph, and no card is on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from app.drawing.frames import has_header
from app.drawing.lens import Lens
from app.drawing.shapes import Sign, Text
from app.gui.graph.floating.overlay import CardFrame
from app.gui.graph.painting.text import FACES
from app.gui.graph.view import GraphView
from app.gui.main_window import MainWindow
from app.session.graph.payloads import OperationItem, TensorItem

ROOT = Path(__file__).parents[2]
PROGRAMS = (
    "resources/examples/04_weight_update_by_hand.py",
    "resources/examples/06_frozen_features.py",
    "resources/examples/07_train_eval_and_no_grad.py",
    "resources/examples/09_inference_mode_nested.py",
    "resources/examples/10_training_loop.py",
    "tests/snippets/vgg.py",
    "tests/snippets/resnet_18.py",
    "tests/snippets/gpt_12.py",
    "tests/snippets/transformer_encoder_12.py",
    "tests/snippets/bert_12.py",
)
SIZES = ((1280, 720), (1280, 800), (1440, 900))
LEAST_GLYPH = 5.5
"""Pixels on the screen."""


def test_what_can_be_read_as_a_whole_is_at_first_shown_as_a_whole(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.documents.open_example(ROOT / "resources/examples/06_frozen_features.py")
    window.resize(1280, 720)
    QApplication.processEvents()
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=60_000):
        window.run()
    assert window.graph.visible_area().contains(window.graph.scene.bounds)
    assert not window.graph.minimap.isVisible()
    assert window.graph.is_clear(window.graph.camera)


def test_all_in_the_line_above_the_graph_is_at_one_height(qtbot: QtBot, window: MainWindow) -> None:
    window.documents.open_example(ROOT / "resources/examples/06_frozen_features.py")
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=60_000):
        window.run()
    line = window.graph.legend_line
    shown = [one for one in line.findChildren(QAbstractButton) if one.isVisible()]
    assert len(shown) > 2
    assert {(one.y(), one.height()) for one in shown} == {(shown[0].y(), shown[0].height())}


NAMED = (
    "04_weight_update_by_hand", "07_train_eval_and_no_grad", "09_inference_mode_nested",
)  # fmt: skip


@pytest.mark.parametrize("example", NAMED)
def test_small_programs_have_every_name_whole_and_turn_for_it_where_the_room_is_narrow(
    qtbot: QtBot, window: MainWindow, example: str
) -> None:
    graph = window.graph
    window.documents.open_example(ROOT / f"resources/examples/{example}.py")
    window.resize(1280, 800)
    QApplication.processEvents()
    with qtbot.waitSignal(graph.layoutFinished, timeout=60_000):
        window.run()
    graph.fit()
    qtbot.waitUntil(lambda: not graph.is_gliding, timeout=20_000)
    lens = Lens(FACES, graph.zoom_percent / 100)
    for node in graph.scene.nodes.values():
        assert isinstance(node.item, (OperationItem, TensorItem))
        assert node.item.title in [one.text for one in node.drawing(lens) if isinstance(one, Text)]


def test_another_size_of_the_window_has_the_picture_laid_out_for_it(
    qtbot: QtBot, window: MainWindow
) -> None:
    graph = window.graph
    window.documents.open_example(ROOT / "resources/examples/09_inference_mode_nested.py")
    window.resize(1280, 800)
    QApplication.processEvents()
    with qtbot.waitSignal(graph.layoutFinished, timeout=60_000):
        window.run()
    assert graph.scene.direction == "LR"
    selected = graph.scene.reading_order[0]
    graph.select_operations(graph.scene.nodes[selected].operations)
    before = graph.selected_nodes
    window.resize(1920, 1080)
    qtbot.waitUntil(lambda: graph.scene.direction == "TB", timeout=20_000)
    assert graph.selected_nodes == before
    assert graph.visible_area().contains(graph.scene.bounds)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: graph.scene.direction == "LR", timeout=20_000)
    assert graph.visible_area().contains(graph.scene.bounds)


def unlabelled(graph: GraphView) -> list[str]:
    """The nodes and frames that have neither a name nor a glyph that can be seen."""
    zoom = graph.zoom_percent / 100
    lens, found = Lens(FACES, zoom), []
    for key, node in graph.scene.nodes.items():
        signs = [shape for shape in node.drawing(lens) if isinstance(shape, Sign)]
        names = [shape for shape in node.drawing(lens) if isinstance(shape, Text) and shape.text]
        if not names and not any(sign.size * zoom >= LEAST_GLYPH for sign in signs):
            found.append(key)
    titled = {title.frame for title in graph.titles()}
    if not has_header(lens):
        found += [frame.key for frame in graph.scene.frames if frame.key not in titled]
    return found


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: Path(path).stem)
def test_nothing_in_a_fitted_picture_is_without_a_label_or_under_a_card(
    qtbot: QtBot, window: MainWindow, program: str
) -> None:
    graph = window.graph
    window.documents.open_example(ROOT / program)
    for size in SIZES:
        window.resize(*size)
        QApplication.processEvents()
        with qtbot.waitSignal(graph.layoutFinished, timeout=60_000):
            window.run()
        assert graph.visible_area().contains(graph.scene.bounds), "at first too"
        graph.fit()
        qtbot.waitUntil(lambda: not graph.is_gliding, timeout=20_000)
        assert graph.visible_area().contains(graph.scene.bounds)
        assert unlabelled(graph) == []
        seen = graph.visible_area()
        scale = seen.width() / graph.width()
        shown = (card.geometry() for card in graph.findChildren(CardFrame) if card.isVisible())
        cards = [
            QRectF(QPointF(card.topLeft()) * scale + seen.topLeft(), QSizeF(card.size()) * scale)
            for card in shown
        ]
        titles = [QRectF(*title.place) for title in graph.titles()]
        assert all(seen.contains(place) for place in titles)
        for place in (*titles, *(node.rect for node in graph.scene.nodes.values())):
            assert not any(card.intersects(place) for card in cards), place


def test_where_room_is_scarce_names_come_before_the_cells_of_alike_groups(
    qtbot: QtBot, window: MainWindow
) -> None:
    graph = window.graph
    window.documents.open_example(ROOT / "tests/snippets/bert_12.py")
    window.resize(1280, 720)
    QApplication.processEvents()
    with qtbot.waitSignal(graph.layoutFinished, timeout=60_000):
        window.run()
    lens = Lens(FACES, graph.zoom_percent / 100)
    drawings = [node.drawing(lens) for node in graph.scene.nodes.values()]
    assert all(any(isinstance(shape, Text) for shape in drawing) for drawing in drawings)
