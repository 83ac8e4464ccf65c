"""A lecture as a teacher has it: opened from anywhere, gone through page by page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from app.gui.main_window import MainWindow
from app.session import resources
from app.session.lectures.files import read_files, write_files
from tests.end_to_end.conftest import TIMEOUT
from tests.end_to_end.test_drops import drop, files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lecture of one's own."""
    return shutil.copytree(resources.path("lectures", "01_grad_modes"), tmp_path / "mine")


def _entries(window: MainWindow) -> list[str]:
    return [action.text() for action in window.lessons_menu.actions()]


def _wait_for_page(qtbot: QtBot, window: MainWindow, title: str) -> None:
    qtbot.waitUntil(lambda: window.lessons.panel.title == title, timeout=TIMEOUT)


def _click_link(view: QTextBrowser, words: str) -> None:
    cursor = view.document().find(words)
    assert not cursor.isNull()
    cursor.setPosition(cursor.selectionStart() + 2, QTextCursor.MoveMode.MoveAnchor)
    place = view.cursorRect(cursor).center() + QPoint(1, 0)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def _show_scene(qtbot: QtBot, window: MainWindow, name: str) -> None:
    text = window.lessons.panel.findChildren(QTextBrowser)[0]
    _click_link(text, f"Scene “{name}”")


@pytest.mark.parametrize("how", ["folder", "zip", "text", "dropped"])
def test_a_lecture_is_opened_from_anywhere_and_listed(
    qtbot: QtBot, window: MainWindow, folder: Path, how: str
) -> None:
    path = folder
    if how == "zip":
        path = folder.with_suffix(".zip")
        write_files(path, read_files(folder))
    if how == "dropped":
        assert drop(window, files(path))
    else:
        window.open_paths(path / "lecture.md" if how == "text" else path)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    assert window.documents.name == "three_layers.py"
    assert window.lessons.is_open
    assert _entries(window).count(path.name) == 1
    window.open_paths(path)
    qtbot.waitUntil(lambda: _entries(window).count(path.name) == 1)
    assert len(window.documents.tabs) == 1


def test_the_lectures_that_come_along_are_in_the_menu(window: MainWindow) -> None:
    found = _entries(window)
    titles = ["no_grad, requires_grad, eval, inference_mode", "How backward works",
              "Why is my .grad None?"]  # fmt: skip
    assert [text for text in found if text in titles] == titles


def test_what_cannot_be_read_is_said_with_its_place(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    (folder / "lecture.md").write_text("# T\n\n[p](gone.py)\n")
    window.open_paths(folder)
    qtbot.waitUntil(lambda: bool(window.banner.text), timeout=TIMEOUT)
    assert window.banner.text.startswith("lecture.md, line 3: there is no file “gone.py”")
    assert folder.name not in _entries(window)


def test_a_page_about_the_same_program_is_shown_beside_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    text = "# One\n\n```python\nx = 1\n```\n\n# Two\n\nThe same.\n"
    write_files(tmp_path / "two", {"lecture.md": text})
    window.open_paths(tmp_path / "two")
    _wait_for_page(qtbot, window, "One")
    QTest.mouseClick(window.lessons.panel.next, Qt.MouseButton.LeftButton)
    assert window.lessons.panel.title == "Two"
    assert [tab.name for tab in window.documents.tabs] == ["lecture.py"]
    QTest.mouseClick(window.lessons.panel.previous, Qt.MouseButton.LeftButton)
    assert window.lessons.panel.title == "One"


def test_a_scene_of_a_page_runs_the_program_and_shows_its_step(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    window.open_paths(folder)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    QTest.mouseClick(window.lessons.panel.next, Qt.MouseButton.LeftButton)
    assert window.documents.name == "no_grad_cut.py"
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        _show_scene(qtbot, window, "not recorded")
    qtbot.waitUntil(lambda: len(window.workspace.selection.operations) == 1, timeout=TIMEOUT)
    moment = window.workspace.moment
    assert moment is not None
    assert moment.moment is not None
    assert moment.moment.line == 12
    _show_scene(qtbot, window, "the cut")
    replay = window.replay.steps
    qtbot.waitUntil(lambda: replay.position == replay.end, timeout=TIMEOUT)


def test_an_unknown_scene_is_marked_and_the_rest_is_there(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    text = (folder / "lecture.md").read_text()
    (folder / "lecture.md").write_text(text.replace("scene:all-recorded", "scene:gone"))
    window.open_paths(folder)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    shown = window.lessons.panel.findChildren(QTextBrowser)[0].toPlainText()
    assert "⚠ There is no scene “gone” in this lecture." in shown
    assert "Scene “back at the seed”" in shown
