"""Notebooks: opened as cells, run to one, saved with their outputs; pasted sessions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.editor.cell_heads import button_rect
from app.gui.editor.code_editor import VisibleLine
from app.gui.main_window import MainWindow
from tests.end_to_end.conftest import TIMEOUT, trace_shown

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
OUTPUT = v4.new_output("stream", text="kept\n")
TEXT = """\
# %% [markdown]
# # Why?
# Because.
# %%
# %matplotlib inline
import torch
# %%
x = torch.ones(2, requires_grad=True)
y = x * 2
# %%
y.sum().backward()
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "n.ipynb"
    node = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Why?\nBecause."),
            v4.new_code_cell("%matplotlib inline\nimport torch", outputs=[OUTPUT]),
            v4.new_code_cell("x = torch.ones(2, requires_grad=True)\ny = x * 2"),
            v4.new_code_cell("y.sum().backward()"),
        ]
    )
    nbformat.write(node, path)
    return path


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, notebook: Path) -> MainWindow:
    with qtbot.waitSignal(window.documents.opened, timeout=TIMEOUT):
        assert window.documents.open(notebook)
    return window


def heads(window: MainWindow) -> list[VisibleLine]:
    return [line for line in window.editor.visible_lines() if line.head_of is not None]


def click(window: MainWindow, line: VisibleLine, x: float) -> None:
    place = QPoint(round(x), round(line.top + line.height / 2))
    QTest.mouseClick(window.editor.viewport(), Qt.MouseButton.LeftButton, pos=place)


def press(window: MainWindow, word: str) -> None:
    buttons = window.snippet.notice.findChildren(QPushButton)
    button = next(b for b in buttons if b.text() == word and not b.isHidden())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_run_waits_until_a_notebook_is_read(
    qtbot: QtBot, window: MainWindow, notebook: Path
) -> None:
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT) as ready:
        window.documents.open(notebook)
        QTest.keyClick(window.editor, Qt.Key.Key_F5)
        assert window.status.run_text == "Opening n.ipynb…"
        assert not window.banner.text
    assert ready.args[0].snippet.text == TEXT
    assert ready.args[0].run.status == "ok"


def test_a_notebook_that_cannot_be_read_is_not_run(
    qtbot: QtBot, window: MainWindow, notebook: Path
) -> None:
    notebook.write_text("{")
    with qtbot.waitSignal(window.documents.notebookRead, timeout=TIMEOUT):
        window.documents.open(notebook)
        QTest.keyClick(window.editor, Qt.Key.Key_F5)
    assert "n.ipynb" in window.banner.text
    assert not window.controller.is_running
    assert window.status.run_text == "Ready"
    assert window.actions_.run.isEnabled()
    assert not window.actions_.stop.isEnabled()


def test_a_notebook_opens_as_cells_with_its_texts_folded(opened: MainWindow) -> None:
    assert opened.editor.sheet.text == TEXT
    assert not opened.isWindowModified()
    assert [line.number for line in opened.editor.visible_lines()] == [1, *range(4, 13)]
    assert [line.label for line in opened.editor.visible_lines()][2:4] == [1, 2]
    opened.editor.go_to(9)
    assert opened.status.cursor_text == "Cell 2, line 2, column 1"
    click(opened, heads(opened)[0], 20)
    assert [line.number for line in opened.editor.visible_lines()][:3] == [1, 2, 3]
    click(opened, heads(opened)[0], 20)
    assert [line.number for line in opened.editor.visible_lines()][:2] == [1, 4]


def test_a_text_cell_opens_for_the_cursor(opened: MainWindow) -> None:
    opened.editor.go_to(3)
    assert [line.number for line in opened.editor.visible_lines()][:3] == [1, 2, 3]


def test_a_run_to_a_cell_leaves_the_later_ones(qtbot: QtBot, opened: MainWindow) -> None:
    second = heads(opened)[2]
    with qtbot.waitSignal(opened.traceReady, timeout=TIMEOUT):
        click(opened, second, button_rect(opened.editor, second).center().x())
    marks = [line.mark for line in heads(opened)[1:]]
    assert [mark and mark.glyph for mark in marks] == [None, "play", "not_run"]
    assert [mark.note.partition(" in ")[0] for mark in marks if mark] == ["ran", "ran", "not run"]
    assert marks[1]
    assert marks[1].note.endswith(", 2 operations")
    last = opened.editor.mark(11)
    assert last is not None
    assert last.is_not_run
    magic = opened.editor.mark(5)
    assert magic is not None
    assert magic.note == "magic, not run"
    assert not opened.editor.is_stale


def test_the_keyboard_runs_to_the_cell_of_the_cursor(qtbot: QtBot, opened: MainWindow) -> None:
    opened.editor.go_to(8)
    with qtbot.waitSignal(opened.traceReady, timeout=TIMEOUT) as ready:
        QTest.keyClick(opened.editor, Qt.Key.Key_Return, CONTROL | SHIFT)
    assert ready.args is not None
    assert ready.args[0].backward_passes == []


def test_a_cell_that_raises_says_so_in_its_head(
    opened: MainWindow, press_run: Callable[[], Trace]
) -> None:
    opened.editor.go_to(8)
    QTest.keyClicks(opened.editor, "1 / 0; ")
    press_run()
    notes = [line.mark.note for line in heads(opened)[1:] if line.mark]
    assert notes[1:] == ["ZeroDivisionError in 2:1", "not run"]


def test_saving_writes_the_sources_and_keeps_the_rest(opened: MainWindow, notebook: Path) -> None:
    before = json.loads(notebook.read_text())
    opened.editor.go_to(11)
    QTest.keyClicks(opened.editor, "y = y * 3; ")
    QTest.keyClick(opened.editor, Qt.Key.Key_S, CONTROL)
    before["cells"][3]["source"] = ["y = y * 3; y.sum().backward()"]
    assert json.loads(notebook.read_text()) == before
    assert not opened.isWindowModified()


def test_save_as_py_makes_a_plain_file(
    opened: MainWindow, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(_: object, __: str, suggestion: str, ___: str) -> tuple[str, str]:
        asked.append(suggestion)
        return suggestion, ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    assert opened.snippet.notice.text == "Opened as cells. Saving keeps the outputs."
    press(opened, "Save as .py")
    assert asked == [str(notebook.with_suffix(".py"))]
    assert notebook.with_suffix(".py").read_text() == TEXT
    assert opened.snippet.notice.text == ""


def test_what_is_not_a_notebook_is_told(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text("{broken")
    window.documents.open(path)
    qtbot.waitUntil(lambda: "n.ipynb is not a notebook: it is not JSON." in window.banner.text)


def test_unsaved_cells_come_back(qtbot: QtBot, opened: MainWindow, notebook: Path) -> None:
    QTest.keyClicks(opened.editor, "z = 0; ")
    documents = opened.documents
    documents.save_drafts()
    documents.drafts.flush()
    (path,) = opened.settings.drafts_path.rglob("*.json")
    draft = json.loads(path.read_text())
    assert draft["text"].startswith("z = 0; # %%")
    assert draft["path"] == str(notebook)
    documents.drafts.drop(documents.current.number)
    opened.editor.undo()


def test_prompts_are_taken_off_at_pasting(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    text = ">>> import torch\n>>> torch.ones(2) * 2\ntensor([2., 2.])\n>>> %time 1"
    QGuiApplication.clipboard().setText(text)
    QTest.keyClick(window.editor, Qt.Key.Key_V, CONTROL)
    notice = window.snippet.notice
    said = "Took off 3 prompts. 1 line is for IPython and will not run."
    qtbot.waitUntil(lambda: notice.text == said)
    plain = "import torch\ntorch.ones(2) * 2\n# tensor([2., 2.])\n# %time 1"
    assert window.editor.sheet.text == plain
    press(window, "Undo")
    assert window.editor.sheet.text == text
    assert notice.text == ""
    assert press_run().error is not None
    qtbot.waitUntil(lambda: window.editor.sheet.text == plain)

    def has_run() -> bool:
        trace = trace_shown(window)
        return trace is not None and trace.error is None

    qtbot.waitUntil(has_run, timeout=TIMEOUT)
