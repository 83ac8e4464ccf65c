"""Memory kept for backward: its lane in the timeline, and bytes on nodes, lines and modules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.drawing.lens import Lens
from app.drawing.shapes import Rect, Text
from app.gui.graph.painting.text import FACES
from app.gui.main_window import MainWindow
from app.gui.panels.gradients.rows import GradientColumn

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
TEXT = """import torch
from torch import nn
net = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU())
x = torch.randn(128, 64)
loss = net(x).sum()
loss.backward()
with torch.no_grad():
    net(x)
"""


def _texts(window: MainWindow) -> set[str]:
    """Return what is written on the nodes."""
    lens, filtered = Lens(FACES, 1.0), window.graph._filter
    return {
        shape.text
        for node in window.graph.scene.nodes.values()
        for shape in node.drawing(lens, most_kept=filtered.most_kept)
        if isinstance(shape, Text)
    }


def _bars(window: MainWindow, zoom: float = 1.0) -> int:
    """Return how many nodes have a bar."""
    lens, most = Lens(FACES, zoom), window.graph._filter.most_kept
    return sum(
        any(isinstance(one, Rect) and one.part == "share" for one in drawing)
        for node in window.graph.scene.nodes.values()
        if (drawing := node.drawing(lens, most_kept=most))
    )


def test_b_shows_bytes_on_nodes_lines_and_modules(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(TEXT)
    press_run_and_see()
    model = window.gradients.table.model()
    why = [model.index(row, GradientColumn.WHY) for row in range(model.rowCount())]
    notes = [getattr(window.editor.mark(line), "note", "") for line in (5, 6, 7, 8)]
    before, reasons = _texts(window), [index.data() for index in why]
    assert not any("KiB" in text for text in before)
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_B)
    assert window.actions_.bytes_kept.isChecked()
    assert {"32.0 KiB", "128.0 KiB", "256.0 KiB", "keeps 0 bytes"} <= _texts(window)
    assert _bars(window) == 4
    assert _bars(window, 0.8) == 4, "smaller, the words make room"
    shown = [window.editor.mark(line) for line in (5, 6, 7, 8)]
    assert [mark and mark.note for mark in shown] == [
        "544.0 KiB", "frees it all", "no_grad starts", "keeps nothing",
    ]  # fmt: skip
    assert [index.data() for index in why[::2]] == ["32.0 KiB in net.0", "256.0 KiB in net.2"]
    table = window.gradients.table
    assert table.columnWidth(GradientColumn.GRAD) <= table.delegate.map_width + 10
    QTest.keyClick(window.graph, Qt.Key.Key_B)
    assert _texts(window) == before
    assert [index.data() for index in why] == reasons
    assert [getattr(window.editor.mark(line), "note", "") for line in (5, 6, 7, 8)] == notes


def test_a_folded_group_keeps_what_is_in_it(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(TEXT)
    press_run_and_see()
    window.actions_.bytes_kept.setChecked(True)
    with qtbot.waitSignal(window.graph.sceneChanged):
        window.actions_.fold_all.trigger()
    assert "544.0 KiB" in _texts(window)


def test_the_lane_says_what_is_kept_where_the_mouse_points(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(TEXT)
    press_run_and_see()
    window.actions_.lanes.setChecked(True)
    QApplication.processEvents()
    timeline = window.timeline
    assert timeline.key.isVisible()
    scale = timeline.scale
    place = QPoint(round(scale.x(1.5)), round(scale.kept_top + 20))
    help_event = QHelpEvent(QEvent.Type.ToolTip, place, timeline.mapToGlobal(place))
    QApplication.sendEvent(timeline, help_event)
    assert "after relu net.1, line 5: 160.0 KiB, 128.0 KiB of it only for" in QToolTip.text()
    assert timeline.position_at(place.toPointF()) is None, "a click there goes nowhere"
    window.actions_.lanes.setChecked(False)
    assert not timeline.key.isVisible()
