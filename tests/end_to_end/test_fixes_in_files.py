"""Fixes of imported files in the window: previewed, applied in their tabs, saved by the user."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.dialogs.changes_sheet import ChangesSheet
from app.gui.main_window import MainWindow
from tests.end_to_end.conftest import TIMEOUT, trace_shown
from tests.programs.conftest import FOLDER
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS
LEFT = Qt.MouseButton.LeftButton
LINE = "        self.gates = [nn.Linear(width, 1) for _ in range(layers)]"
FIXED = "        self.gates = torch.nn.ModuleList([nn.Linear(width, 1) for _ in range(layers)])"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(FOLDER / "gated_gpt", tmp_path / "project")


@pytest.fixture
def tried(qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace], project: Path) -> Trace:
    """`train.py` has run, and the fix of `model.py` was tried."""
    assert window.documents.open(project / "train.py")
    with qtbot.waitSignal(window.trials.ended, timeout=TIMEOUT):
        return press_run()


def button_of_fix(window: MainWindow, trace: Trace) -> QPushButton:
    place = [finding.code for finding in trace.findings].index("unregistered_module")
    button = window.findings.button(place)
    assert button is not None
    return button


def preview(window: MainWindow, trace: Trace) -> ChangesSheet:
    QTest.mouseClick(button_of_fix(window, trace), LEFT)
    sheet = window.findChild(ChangesSheet)
    assert sheet is not None
    return sheet


def press(sheet: ChangesSheet, text: str) -> None:
    (button,) = (one for one in sheet.findChildren(QPushButton) if one.text() == text)
    QTest.mouseClick(button, LEFT)


def test_it_is_applied_in_the_tab_and_runs_once_it_is_saved(
    window: MainWindow, tried: Trace, press_run: Callable[[], Trace], project: Path
) -> None:
    file = project / "model.py"
    text = file.read_text()
    sheet = preview(window, tried)
    advice, note = sheet.steps.texts
    assert "Tried: 21 of 21 parameters are trained instead of 15, no error." in advice
    assert note.startswith("The file is changed in its tab.")
    shown = sheet.changes.toPlainText().split("\n")
    assert shown[0] == "model.py:20"
    assert [line for line in shown if line[0] in "−+"] == [f"− {LINE}", f"+ {FIXED}"]
    press(sheet, "Apply")
    assert window.documents.name == "model.py"
    assert window.documents.current.is_modified
    assert not window.editor.isReadOnly()
    assert window.editor.toPlainText() == text.replace(LINE, FIXED)
    assert window.snippet.file_line.note.words == "Not saved: a run reads the file on disk"
    assert file.read_text() == text
    assert window.editor.textCursor().blockNumber() + 1 == 20
    assert not window.controller.is_running
    assert trace_shown(window) is tried
    assert not button_of_fix(window, tried).isEnabled()
    window.actions_.undo.trigger()
    assert window.editor.toPlainText() == text
    assert button_of_fix(window, tried).isEnabled()
    window.actions_.redo.trigger()
    QTest.mouseClick(window.snippet.file_line.button, LEFT)
    assert file.read_text() == text.replace(LINE, FIXED)
    again = press_run()
    assert "unregistered_module" not in {finding.code for finding in again.findings}
    assert again.training is not None
    assert again.training.trained == 21


def test_a_file_that_changed_on_disk_is_not_changed_again(
    qtbot: QtBot, window: MainWindow, tried: Trace, project: Path
) -> None:
    sheet = preview(window, tried)
    other = "# another\n" + (project / "model.py").read_text()
    (project / "model.py").write_text(other)
    with qtbot.waitSignal(window.documents.failed) as failed:
        press(sheet, "Apply")
    assert failed.args == ["The code has changed since this run. Run again to get a fix for it."]
    assert window.editor.toPlainText() == other
    assert not window.documents.current.is_modified
    assert (project / "model.py").read_text() == other
