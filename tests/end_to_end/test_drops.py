"""Files dropped onto the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.session.trace.document import dump
from tests.end_to_end.conftest import TIMEOUT


def drop(target: QWidget, data: QMimeData) -> bool:
    """Drop something onto a widget as the platform reports it; return whether it is taken."""
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    held = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(20, 20), copy, data, left, held)
    QApplication.sendEvent(target, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(20, 20), copy, data, left, held, QEvent.Type.Drop)
        QApplication.sendEvent(target, event)
    return enter.isAccepted()


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


@pytest.mark.parametrize("onto", ["window", "editor"])
def test_snippets_are_opened_in_tabs(window: MainWindow, tmp_path: Path, onto: str) -> None:
    paths = [tmp_path / "a.py", tmp_path / "b.py"]
    for path in paths:
        path.write_text(f"# {path.name}\n")
    target = window if onto == "window" else window.editor.viewport()
    assert drop(target, files(*paths))
    assert [tab.path for tab in window.documents.tabs] == paths
    assert window.editor.toPlainText() == "# b.py\n"


def test_a_trace_is_shown(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace], tmp_path: Path
) -> None:
    window.load_text("import torch\ny = torch.ones(2) + 1")
    path = tmp_path / "trace.json"
    path.write_bytes(dump(press_run()))
    window.load_text("")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        assert drop(window, files(path))
    assert window.editor.toPlainText().startswith("import torch")


def test_text_is_no_file(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("x = 1")
    assert not drop(window, data)
    assert drop(window.editor.viewport(), data)
    assert window.editor.toPlainText() == "x = 1"
