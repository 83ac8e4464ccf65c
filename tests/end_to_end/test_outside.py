"""Files that another program changes, and texts that a crash left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.contract.records import Change
from app.gui.files.drafts import Draft, Drafts
from app.gui.main_window import MainWindow
from app.gui.settings import Settings
from tests.end_to_end.conftest import TIMEOUT

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def choose(window: MainWindow) -> Callable[[str], None]:
    """Clicks a button of the notice above the text."""
    return lambda word: click(window, word)


def click(window: MainWindow, word: str) -> None:
    notice = window.snippet.notice
    button = next(found for found in notice.findChildren(QPushButton) if found.text() == word)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def path(window: MainWindow, tmp_path: Path) -> Path:
    """A file that is open in the window."""
    found = tmp_path / "a.py"
    found.write_text("x = 1\n")
    assert window.documents.open(found)
    return found


def test_a_changed_file_is_reloaded_on_demand_and_undo_brings_the_text_back(
    qtbot: QtBot, window: MainWindow, path: Path, choose: Callable[[str], None]
) -> None:
    QTest.keyClicks(window.editor, "# mine ")
    mine = window.editor.toPlainText()
    path.write_text("x = 2\n")
    notice = window.snippet.notice
    qtbot.waitUntil(notice.isVisible, timeout=TIMEOUT)
    assert notice.text.startswith("a.py was changed by another program.")
    assert notice.choices == ["Reload", "Keep"]
    assert window.editor.toPlainText() == mine
    assert window.editor.hasFocus()
    choose("Reload")
    assert window.editor.toPlainText() == "x = 2\n"
    assert not window.documents.is_modified
    assert not notice.isVisible()
    QTest.keyClick(window.editor, Qt.Key.Key_Z, CONTROL)
    assert window.editor.toPlainText() == mine


def test_a_changed_file_is_kept_as_it_is_here(
    qtbot: QtBot, window: MainWindow, path: Path, choose: Callable[[str], None]
) -> None:
    path.write_text("x = 2\n")
    qtbot.waitUntil(window.snippet.notice.isVisible, timeout=TIMEOUT)
    choose("Keep")
    assert window.editor.toPlainText() == "x = 1\n"
    assert window.documents.is_modified
    path.write_text("x = 3\n")
    qtbot.waitUntil(window.snippet.notice.isVisible, timeout=TIMEOUT)


def test_a_file_that_is_replaced_is_noticed_more_than_once(
    qtbot: QtBot, window: MainWindow, path: Path, choose: Callable[[str], None]
) -> None:
    for text in ("x = 2\n", "x = 3\n"):
        other = path.with_name("temporary")
        other.write_text(text)
        other.replace(path)
        qtbot.waitUntil(window.snippet.notice.isVisible, timeout=TIMEOUT)
        choose("Reload")
        assert window.editor.toPlainText() == text


def test_a_deleted_file_is_saved_again(
    qtbot: QtBot, window: MainWindow, path: Path, choose: Callable[[str], None]
) -> None:
    path.unlink()
    qtbot.waitUntil(window.snippet.notice.isVisible, timeout=TIMEOUT)
    assert window.snippet.notice.text == "a.py was moved or deleted by another program."
    choose("Save again")
    assert path.read_text() == "x = 1\n"
    assert not window.snippet.notice.isVisible()


def test_saving_here_is_no_change_by_another_program(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    QTest.keyClicks(window.editor, "#")
    QTest.keyClick(window.editor, Qt.Key.Key_S, CONTROL)
    other = path.with_name("b.py")
    other.write_text("y = 1\n")
    window.documents.open(other)
    other.write_text("y = 2\n")  # when this one is noticed, the first was looked at as well
    qtbot.waitUntil(window.snippet.notice.isVisible, timeout=TIMEOUT)
    assert [tab.outside for tab in window.documents.tabs] == [None, "changed"]
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, CONTROL)
    assert not window.snippet.notice.isVisible()


def leave(settings: Settings, *drafts: Draft) -> None:
    """As a window that was killed leaves its drafts."""
    gone = Drafts(settings.drafts_path)
    for number, draft in enumerate(drafts):
        gone.save(number, draft)
    gone.close()


def test_what_was_typed_is_offered_after_a_crash(
    qtbot: QtBot, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    held = (Change("freeze", "y"), Change("without", "1"))
    leave(
        settings, Draft("# mine\nx = 1\n", str(path), "Untitled"),
        Draft("y", None, "Untitled", held),
    )  # fmt: skip
    window = MainWindow(settings)
    qtbot.addWidget(window)
    window.show()
    notice = window.snippet.notice
    assert notice.text.startswith("2 texts, a.py among them, have changes")
    click(window, "Restore")
    assert [tab.name for tab in window.documents.tabs] == ["a.py", "Untitled"]
    assert [tab.is_modified for tab in window.documents.tabs] == [True, True]
    assert [tab.sheet.text for tab in window.documents.tabs] == ["# mine\nx = 1\n", "y"]
    assert path.read_text() == "x = 1\n"
    assert window.documents.tabs[1].what_if == held
    assert [pill.listed.change for pill in window.what_if_bar.pills] == list(held)
    window.documents.activate(window.documents.tabs[0])
    assert not window.what_if_bar.isVisible()
    window.editor.undo()
    assert window.editor.toPlainText() == "x = 1\n"
    window.close()


def test_typing_is_kept_as_a_draft_until_it_is_saved(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    QTest.keyClicks(window.editor, "# mine ")
    folder = window.settings.drafts_path
    qtbot.waitUntil(lambda: bool(list(folder.glob("*/*.json"))), timeout=TIMEOUT)
    assert Drafts(folder).left() == []  # the window lives, so nothing was left
    window.documents.save()
    qtbot.waitUntil(lambda: not list(folder.glob("*/*.json")), timeout=TIMEOUT)


def test_a_window_that_closes_unasked_leaves_its_text_to_the_next(
    qtbot: QtBot, window: MainWindow
) -> None:
    QTest.keyClicks(window.editor, "mine")
    window.close()
    later = MainWindow(Settings(window.settings.path))
    qtbot.addWidget(later)
    later.show()
    assert later.snippet.notice.choices == ["Restore", "Discard"]
    click(later, "Discard")
    assert not later.snippet.notice.isVisible()
    later.close()
    assert Drafts(later.settings.drafts_path).left() == []


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"text": 1, "path": null, "title": ""}'])
def test_a_damaged_draft_is_no_draft(qtbot: QtBot, settings: Settings, damage: str) -> None:
    path = settings.drafts_path / "1-0" / "1.json"
    path.parent.mkdir(parents=True)
    path.write_text(damage)
    window = MainWindow(settings)
    qtbot.addWidget(window)
    assert window.snippet.notice.text == ""
    window.close()
