"""A lecture as a teacher has it: opened from anywhere, gone through page by page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QScrollArea, QTextBrowser
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.completion.completer import Completer
from app.gui.dialogs.lecture_sheet import LectureSheet
from app.gui.docks import BottomPage
from app.gui.editor.marks import Mark
from app.gui.lessons.figure import SceneFigure
from app.gui.main_window import MainWindow
from app.gui.panels.scenes.inspector import SceneInspector
from app.gui.theme import Theme
from app.session import resources
from app.session.lectures import shipped
from app.session.lectures.files import read_files, write_files
from app.session.scenes.document import dump as scenes_text
from app.session.scenes.document import load
from app.session.scenes.matching import Index
from app.session.scenes.records import Asked, Scene, Thing
from app.session.trace.document import dump
from tests.end_to_end.conftest import TIMEOUT
from tests.end_to_end.test_drops import drop, files
from tests.support import TraceText
from tests.tools.answering import SIZE_HINTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lecture of one's own."""
    return shutil.copytree(resources.path("lectures", "01_grad_modes"), tmp_path / "mine")


def _entries(window: MainWindow) -> list[str]:
    return [action.text() for action in window.lessons_menu.actions()]


def _wait_for_page(qtbot: QtBot, window: MainWindow, title: str) -> None:
    qtbot.waitUntil(lambda: window.lessons.panel.title == title, timeout=TIMEOUT)


def _figures(window: MainWindow) -> list[SceneFigure]:
    return window.lessons.panel.text.figures


def _show_scene(window: MainWindow, name: str) -> None:
    figure = next(one for one in _figures(window) if one.scene.name == name)
    QTest.mouseClick(figure.picture, Qt.MouseButton.LeftButton)


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


def test_a_run_is_not_shown_for_the_program_of_the_next_page(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"  # the first program waits until the test opens it
    os.mkfifo(gate)
    programs = {"one.py": f"open({str(gate)!r}).read()\n", "two.py": "y = 2\n"}
    text = "# One\n\n[p](one.py)\n\n# Two\n\n[p](two.py)\n"
    write_files(tmp_path / "two", {"lecture.md": text, **programs})
    window.open_paths(tmp_path / "two")
    _wait_for_page(qtbot, window, "One")
    with qtbot.waitSignal(window.controller.begun, timeout=TIMEOUT):
        QTest.keyClick(window.editor, Qt.Key.Key_F5)
    QTest.mouseClick(window.lessons.panel.next, Qt.MouseButton.LeftButton)
    assert [tab.name for tab in window.documents.tabs] == ["two.py"]
    with qtbot.waitSignal(window.controller.idle, timeout=TIMEOUT):
        gate.write_text("")
    assert window.workspace.shown is None
    assert window.documents.program.prepared is None


def test_a_scene_of_a_page_runs_the_program_and_shows_its_step(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    window.open_paths(folder)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    QTest.mouseClick(window.lessons.panel.next, Qt.MouseButton.LeftButton)
    assert window.documents.name == "no_grad_cut.py"
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        _show_scene(window, "not recorded")
    qtbot.waitUntil(lambda: len(window.workspace.selection.operations) == 1, timeout=TIMEOUT)
    moment = window.workspace.moment
    assert moment is not None
    assert moment.moment is not None
    assert moment.moment.line == 12
    _show_scene(window, "the cut")
    replay = window.replay.steps
    qtbot.waitUntil(lambda: replay.position == replay.end, timeout=TIMEOUT)


def test_an_unknown_scene_is_marked_and_the_rest_is_there(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    text = (folder / "lecture.md").read_text()
    (folder / "lecture.md").write_text(text.replace("scene:all-recorded", "scene:gone"))
    window.open_paths(folder)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    assert "⚠ There is no scene “gone” in this lecture." in _shown(window)
    assert [one.scene.name for one in _figures(window)] == ["back at the seed", "every leaf"]
    QTest.mouseClick(window.lessons.panel.edit, Qt.MouseButton.LeftButton)
    lines = [line.strip() for line in window.editor.sheet.text.split("\n")]

    def mark(text: str) -> Mark | None:
        return window.editor.sheet.mark(lines.index(text) + 1)

    def are_marked() -> bool:
        gone, kept = mark("![](scene:gone)"), mark("![](scene:back-at-the-seed)")
        return (
            gone is not None and gone.words == "There is no scene “gone” in this lecture."
            and kept is not None and (kept.glyph, kept.note) == ("scene", "scene 2")
        )  # fmt: skip

    assert are_marked()
    asked = mark("<!-- ask: grads -->")
    assert asked is not None
    assert asked.glyph == "covered"
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        QTest.keyClick(window.editor, Qt.Key.Key_F5)
    assert are_marked()  # a run marks its program alone


# ------------------------------------------------------------------------------------- editing

CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def _edit(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Open a lecture, and its text with the button of its page."""
    window.open_paths(path)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    QTest.mouseClick(window.lessons.panel.edit, Qt.MouseButton.LeftButton)
    assert window.documents.name == "lecture.md"


def _go_to(window: MainWindow, words: str) -> None:
    cursor = window.editor.document().find(words)
    assert not cursor.isNull()
    cursor.clearSelection()
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
    window.editor.setTextCursor(cursor)


def _type(window: MainWindow, text: str) -> None:
    for place, line in enumerate(text.split("\n")):
        if place:
            QTest.keyClick(window.editor, Qt.Key.Key_Return)
        QTest.keyClicks(window.editor, line)


def _title(window: MainWindow) -> str:
    return window.lessons.panel.title


def _shown(window: MainWindow) -> str:
    return window.lessons.panel.text.text


def test_the_page_follows_the_cursor_and_what_is_typed(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    _edit(qtbot, window, folder)
    assert window.documents.program.name == "three_layers.py"
    _go_to(window, "Only the middle layer")
    assert window.lessons.panel.title == "no_grad: nothing is recorded"
    QTest.keyClicks(window.editor, " Look closely.")
    qtbot.waitUntil(lambda: "Look closely." in _shown(window))
    QTest.keyClick(window.editor, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: "Look closely." not in _shown(window))


def test_what_cannot_be_read_is_said_above_the_page_which_stays(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    _edit(qtbot, window, folder)
    _go_to(window, "[The program](three_layers.py)")
    _type(window, "\n\n[other](gone.py)")
    panel = window.lessons.panel
    qtbot.waitUntil(lambda: "there is no file “gone.py”" in panel.problem)
    assert panel.title == "no_grad, requires_grad, eval, inference_mode"
    window.editor.sheet.change_text((folder / "lecture.md").read_text())
    qtbot.waitUntil(lambda: panel.problem == "")


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_text_and_program_are_saved_where_they_came_from(
    qtbot: QtBot, window: MainWindow, folder: Path, kind: str
) -> None:
    path = folder
    if kind == "zip":
        path = folder.with_suffix(".zip")
        write_files(path, read_files(folder))
    before = read_files(path)
    _edit(qtbot, window, path)
    _type(window, "# First\n\nMine.\n\n")
    QTest.keyClick(window.editor, Qt.Key.Key_S, CONTROL)
    assert not window.documents.is_modified
    _go_to(window, "Mine.")
    assert _title(window) == "First"
    QTest.mouseClick(window.snippet.parts.code, Qt.MouseButton.LeftButton)
    assert window.documents.name == "three_layers.py"
    _type(window, "# edited\n")
    QTest.keyClick(window.editor, Qt.Key.Key_S, CONTROL)
    assert read_files(path) == before | {
        "lecture.md": "# First\n\nMine.\n\n" + before["lecture.md"],
        "three_layers.py": "# edited\n" + before["three_layers.py"],
    }


INSIDE = "# One\n\nA.\n\n```python\nx = 1\n```\n\n# Two\n\n```python\ny = 1\n```\n\nB.\n"


def test_a_program_in_the_text_is_saved_into_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "mine"
    write_files(path, {"lecture.md": INSIDE})
    window.open_paths(path)
    _wait_for_page(qtbot, window, "One")
    _type(window, "'```'\n")
    QTest.keyClick(window.editor, Qt.Key.Key_S, CONTROL)
    after = INSIDE.replace("x = 1", "'```'\nx = 1")
    assert (path / "lecture.md").read_text() == after
    assert not window.documents.is_modified
    QTest.mouseClick(window.snippet.parts.text, LEFT)
    _go_to(window, "A.")
    _type(window, "\n\nMore.")
    _go_to(window, "x = 1")
    _type(window, "0")
    program = window.documents.program
    qtbot.waitUntil(lambda: program.sheet.text == "'```'\nx = 10\n")
    QTest.mouseClick(window.snippet.parts.code, LEFT)
    QTest.keyClick(window.editor, Qt.Key.Key_Home, CONTROL)
    _type(window, "# ")
    QTest.keyClick(window.editor, Qt.Key.Key_S, CONTROL)
    whole = after.replace("'```'\nx = 1", "# '```'\nx = 10").replace("A.", "A.\n\nMore.")
    assert (path / "lecture.md").read_text() == whole
    assert not any(tab.is_modified for tab in window.documents.tabs)
    QTest.mouseClick(window.snippet.parts.text, LEFT)
    window.editor.sheet.change_text("# One\n")
    QTest.mouseClick(window.snippet.parts.code, LEFT)
    QTest.keyClick(window.editor, Qt.Key.Key_S, CONTROL)
    assert "lecture.md, line 7: the program no longer begins here" in window.banner.text
    assert (path / "lecture.md").read_text() == whole


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform
def test_scene_names_are_completed(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    _edit(qtbot, window, folder)
    _go_to(window, "Only the middle layer")
    _type(window, "\n\n![](scene:")
    popup = window.findChild(Completer).popup  # type: ignore[union-attr]
    qtbot.waitUntil(popup.isVisible)
    assert "the-cut" in popup.names
    QTest.keyClicks(window.editor, "the")
    assert popup.names[0] == "the-cut"
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    assert "![](scene:the-cut" in window.editor.toPlainText()


def test_links_can_be_read_on_a_dark_ground(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    window.set_theme(Theme("dark"))
    text = (folder / "lecture.md").read_text()
    (folder / "lecture.md").write_text(text.replace("Four", "[Docs](https://pytorch.org) Four", 1))
    window.open_paths(folder)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    link = window.lessons.panel.findChildren(QTextBrowser)[0].document().find("Docs")
    assert link.charFormat().foreground().color() == Theme("dark").tone("gradient").text


def test_run_in_the_text_runs_the_program(
    qtbot: QtBot, window: MainWindow, folder: Path, press_run: Callable[[], Trace]
) -> None:
    _edit(qtbot, window, folder)
    trace = press_run()
    assert trace.run.status == "ok"
    assert trace.snippet.text == (folder / "three_layers.py").read_text()
    assert not window.snippet.file_line.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform
def test_the_lecture_is_exported_from_the_window(
    qtbot: QtBot, window: MainWindow, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: text for name, text in read_files(folder).items() if name.endswith(".py")}
    text = "# Short\n\n[p](no_grad_cut.py)\n\n![](scene:the-cut)\n\n# Two\n\n[p](frozen_first.py)\n"
    scenes = (folder / "scenes.json").read_text()
    write_files(tmp_path / "short", files | {"lecture.md": text, "scenes.json": scenes})
    window.open_paths(tmp_path / "short")
    _wait_for_page(qtbot, window, "Short")
    page = tmp_path / "page.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(page), ""))
    window.actions_.export_lecture.trigger()
    sheet = window.findChild(LectureSheet)
    assert sheet is not None
    QTest.keyClick(sheet, Qt.Key.Key_W, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(sheet, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    said = window.status.currentMessage
    qtbot.waitUntil(lambda: "is written (" in said(), timeout=TIMEOUT)
    written = page.read_text()
    assert 'data-theme="light"' in written
    assert "x2 has no grad_fn" in written
    assert "features.requires_grad_(False)" not in written


def test_check_in_the_text_goes_to_the_program_of_the_page(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    _edit(qtbot, window, folder)
    _go_to(window, "Only the middle layer")
    QTest.mouseClick(window.lessons.panel.rows[2].card, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        QTest.mouseClick(window.lessons.panel.check, Qt.MouseButton.LeftButton)
    assert window.documents.name == "no_grad_cut.py"
    assert [row.verdict.split(".")[0] for row in window.lessons.panel.rows] == ["No", "No", "Yes"]


# --------------------------------------------------------------------------------- the preview


def _word_at(window: MainWindow, word: str) -> QPoint:
    """Return a point on a word of the page, in the pixels of its view."""
    for view in window.lessons.panel.text.findChildren(QTextBrowser):
        cursor = view.document().find(word)
        if not cursor.isNull():
            cursor.setPosition(cursor.selectionStart() + 2)
            place = view.cursorRect(cursor).center()
            return view.viewport().mapTo(window.lessons.panel.text, place)
    raise AssertionError(word)


def test_the_page_is_in_the_middle_while_its_text_is_edited(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    _edit(qtbot, window, folder)
    panel, preview = window.lessons.panel, window.preview
    assert preview.isAncestorOf(panel)
    assert panel.isVisible()
    assert (window.graph.isVisible(), window.lessons.is_open) == (False, False)
    page = preview.card.width()
    QTest.mouseClick(preview.phone, LEFT)
    qtbot.waitUntil(lambda: preview.card.width() == 360)
    QTest.mouseClick(preview.page, LEFT)
    qtbot.waitUntil(lambda: preview.card.width() == page)
    QTest.mouseClick(window.snippet.parts.code, LEFT)
    assert (window.graph.isVisible(), window.lessons.is_open) == (True, True)
    assert window.lessons.dock.isAncestorOf(panel)
    QTest.mouseClick(window.snippet.parts.text, LEFT)
    assert preview.isAncestorOf(panel)
    assert not window.snippet.tab_bar.isVisible()


def test_a_click_in_the_preview_puts_the_cursor_there(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    _edit(qtbot, window, folder)
    for word in ("easily", "grad_fn", "begins"):
        at = _word_at(window, word)
        target = window.lessons.panel.text.childAt(at)
        assert target is not None
        QTest.mouseClick(target, LEFT, pos=target.mapFrom(window.lessons.panel.text, at))
        cursor = window.editor.textCursor()
        lines = window.editor.sheet.text.split("\n")
        assert lines[cursor.blockNumber()][cursor.positionInBlock() :].startswith(word)
        assert window.editor.hasFocus()


def test_the_preview_follows_the_cursor(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    _edit(qtbot, window, folder)
    bar = window.lessons.panel.findChildren(QScrollArea)[0].verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert bar.value() == 0
    _go_to(window, "All six parameters")
    qtbot.waitUntil(lambda: bar.value() > 0)
    QTest.keyClick(window.editor, Qt.Key.Key_Home, CONTROL)
    _go_to(window, "Four switches")
    qtbot.waitUntil(lambda: bar.value() == 0)


def test_scenes_are_drawn_from_the_run_and_stepped_through(
    qtbot: QtBot, window: MainWindow, folder: Path, press_run: Callable[[], Trace]
) -> None:
    window.open_paths(folder)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    first = _figures(window)[0]
    assert [one.has_image for one in _figures(window)] == [False] * 3
    press_run()
    qtbot.waitUntil(lambda: all(one.has_image for one in _figures(window)), timeout=TIMEOUT)
    assert first.words == "1 of 3: all recorded"
    QTest.keyClick(first.picture, Qt.Key.Key_Right)
    assert first.words == "2 of 3: back at the seed"
    window.actions_.ask.trigger()
    qtbot.waitUntil(lambda: window.workspace.covered is not None)
    assert [one.has_image for one in _figures(window)] == [False] * 3
    window.actions_.ask.trigger()
    qtbot.waitUntil(lambda: all(one.has_image for one in _figures(window)), timeout=TIMEOUT)


def test_a_saved_trace_is_shown_with_its_program(
    qtbot: QtBot, window: MainWindow, folder: Path, trace: TraceText
) -> None:
    text = (folder / "three_layers.py").read_text()
    (folder / "three_layers.json").write_bytes(dump(trace(text)))
    (folder / "no_grad_cut.json").write_bytes(dump(trace(text)))
    window.open_paths(folder)
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    shown = window.workspace.shown
    assert shown is not None
    assert shown.run.trace.snippet.text == text
    qtbot.waitUntil(lambda: all(one.has_image for one in _figures(window)), timeout=TIMEOUT)
    (folder / "frozen_middle.json").write_bytes(b"{")
    QTest.mouseClick(window.lessons.panel.next, LEFT)
    QTest.mouseClick(window.lessons.panel.next, LEFT)
    qtbot.waitUntil(lambda: bool(window.banner.text), timeout=TIMEOUT)
    assert window.workspace.shown is None


def test_a_scene_is_edited_field_by_field_beside_the_text(
    qtbot: QtBot, window: MainWindow, folder: Path, press_run: Callable[[], Trace]
) -> None:
    window.open_paths(folder)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    press_run()
    QTest.mouseClick(window.snippet.parts.text, LEFT)
    steps = window.scene_strip.steps.buttons
    window.bottom.header.set_current(BottomPage.SCENES)
    QTest.mouseClick(steps["next"], LEFT)
    QTest.mouseClick(steps["next"], LEFT)
    panel = window.inspector.findChildren(SceneInspector)[0]
    qtbot.waitUntil(lambda: panel.isVisible() and panel.name.text() == "back at the seed")
    assert window.documents.name == "lecture.md"
    panel.name.setFocus()
    panel.name.selectAll()
    QTest.keyClicks(panel.name, "The seed")
    QTest.keyClick(panel.name, Qt.Key.Key_Return)
    qtbot.waitUntil(panel.step.isEnabled)
    panel.step.setFocus()
    QTest.keyClick(panel.step, Qt.Key.Key_Up)
    panel.sentence.setFocus()
    panel.sentence.selectAll()
    QTest.keyClicks(panel.sentence, "It begins here.")
    QTest.keyClick(panel.numbers, Qt.Key.Key_Space)
    QTest.mouseClick(steps["last"], LEFT)
    qtbot.waitUntil(lambda: panel.name.text() == "every leaf")
    scene = load((folder / "scenes.json").read_bytes())[1]
    assert (scene.name, scene.sentence, scene.numbers) == ("The seed", "It begins here.", True)
    assert scene.moment is not None
    assert scene.moment.name == "AddmmBackward0"
    assert not steps["next"].isEnabled()
    assert not panel.question.isVisible()
    panel.covered.setFocus()
    QTest.keyClick(panel.covered, Qt.Key.Key_Space)
    qtbot.waitUntil(panel.question.isVisible)
    offered = [panel.question.itemText(n) for n in range(panel.question.count())]
    assert offered[0] == "In the usual order"
    panel.question.setFocus()
    for _ in range(2):
        QTest.keyClick(panel.question, Qt.Key.Key_Down)
    assert panel.question.currentText() == "Will x2 = lin1(x1) be recorded?"
    assert panel.choices.text().startswith("recorded  ·  ")
    assert window.workspace.covered is None  # the room is asked once the scene is shown
    asked = load((folder / "scenes.json").read_bytes())[2].asks
    assert asked == Asked(topic="lines", thing=Thing(kind="line", code="x2 = lin1(x1)", line=11))
    QTest.mouseClick(panel.show_it, LEFT)
    qtbot.waitUntil(lambda: window.ask_the_room.is_on, timeout=TIMEOUT)
    assert window.question_panel.words.text == "Will x2 = lin1(x1) be recorded?"


def test_the_text_goes_with_its_program(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    _edit(qtbot, window, folder)
    assert window.documents.close(window.documents.program)
    assert [tab.name for tab in window.documents.tabs] == ["Untitled"]
    assert window.graph.isVisible()


# ---------------------------------------------------------------------------------- presenting


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform
@pytest.mark.parametrize("key", shipped.titles())
def test_a_lecture_is_gone_through_by_keys_alone(
    qtbot: QtBot, window: MainWindow, key: str
) -> None:
    window.resize(1280, 720)
    window.lessons.open_shipped(key)
    QTest.keyClick(window, Qt.Key.Key_F11)
    lecture, shown = shipped.lecture(key), []
    for scene in lecture.scenes:
        QTest.keyClick(window.graph, Qt.Key.Key_Space)
        _wait_for_scene(qtbot, window, scene)
        _check_stage(qtbot, window, scene, lecture.scenes)
        shown.append(window.documents.program.title)
    assert shown == [scene.snippet for scene in lecture.scenes]
    QTest.keyClick(window.graph, Qt.Key.Key_PageUp)
    _wait_for_scene(qtbot, window, lecture.scenes[-2])
    QTest.keyClick(window, Qt.Key.Key_Escape)


def _check_stage(qtbot: QtBot, window: MainWindow, scene: Scene, scenes: tuple[Scene, ...]) -> None:
    """Check that the foot says what Space shows next, and that the spotlight is seen."""
    stage, following = window.presentation, scenes[scenes.index(scene) + 1 :]
    assert stage.room is not None
    shown = stage.room.foot.following.shown
    assert shown is not None
    assert shown.name == (following[0].name if following else "")
    light = stage.spotlight
    assert light is not None
    assert light.veil.isVisible()
    wanted = scene.spotlight is not None
    qtbot.waitUntil(lambda: light.is_on is wanted is not light.veil.hole.isEmpty(), timeout=TIMEOUT)


def _wait_for_scene(qtbot: QtBot, window: MainWindow, scene: Scene) -> None:
    qtbot.waitUntil(lambda: _is_at(window, scene), timeout=TIMEOUT)


def _is_at(window: MainWindow, scene: Scene) -> bool:
    """Whether the window shows this scene, of a run that has everything in it."""
    scenes, room = window.scenes, window.presentation.room
    is_it = scenes.current is not None and scenes.all[scenes.current] == scene
    moment, shown = window.workspace.moment, window.workspace.shown
    if not is_it or shown is None or shown.is_running or room is None:
        return False
    index = Index(shown.run)
    assert not index.missing(scene)
    event = None if scene.moment is None else index.event_of(scene.moment)
    position = shown.history.end if event is None else shown.history.position_of(event)
    now = shown.history.end if moment is None else moment.position
    return now == position and room.foot.slider.sentence == scene.sentence


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform
def test_what_fails_and_what_is_gone_is_said_to_the_room(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    program = "import torch\nx = torch.ones(2, 3, requires_grad=True)\ny = x @ x.T\nz = y @ x.T\n"
    scenes = (
        Scene(name="ran", sentence="It ran.", snippet="a.py"),
        Scene(
            name="gone", sentence="Not there.", snippet="b.py",
            selection=(Thing(kind="operation", name="relu", code="y.relu()", line=9),),
        ),
    )  # fmt: skip
    text = "# A\n\n[p](a.py)\n\n# B\n\n[p](b.py)\n\n![](scene:gone)\n"
    files = {"a.py": "import torch\n", "b.py": program, "lecture.md": text}
    write_files(tmp_path / "own.zip", files | {"scenes.json": scenes_text(scenes).decode()})
    window.open_paths(tmp_path / "own.zip")
    _wait_for_page(qtbot, window, "A")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.scenes.show(0)
    QTest.mouseClick(window.lessons.panel.next, LEFT)
    assert window.scenes.current is None  # it was of the program before, in the same tab
    QTest.keyClick(window, Qt.Key.Key_F11)
    QTest.keyClick(window.graph, Qt.Key.Key_Space)
    room = window.presentation.room
    assert room is not None
    said = "⚠ line 9 is gone. Not there."
    qtbot.waitUntil(lambda: room.foot.slider.sentence == said, timeout=TIMEOUT)
    assert "RuntimeError on line 4" in window.banner.text
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: _figures(window)[0].has_image, timeout=TIMEOUT)
    assert _figures(window)[0].words == "⚠ 1 of 1: gone (line 9 is gone)"


def test_scenes_are_kept_in_the_lecture(
    qtbot: QtBot, window: MainWindow, folder: Path, press_run: Callable[[], Trace]
) -> None:
    window.open_paths(folder)
    _wait_for_page(qtbot, window, "no_grad, requires_grad, eval, inference_mode")
    press_run()
    before = load((folder / "scenes.json").read_bytes())
    window.scenes.show(0)
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: len(window.scenes.all) == 4, timeout=TIMEOUT)
    after = load((folder / "scenes.json").read_bytes())
    assert [scene.name for scene in after] == [
        before[0].name, "scene 1", *(scene.name for scene in before[1:])
    ]  # fmt: skip
    assert after[1].snippet == "three_layers.py"
    assert not window.documents.is_modified


@SIZE_HINTS
def test_space_goes_past_a_page_without_scenes(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    names = ("one", "two", "three")
    text = "".join(f"# {name}\n\n[p]({name}.py)\n\n" for name in names)
    programs = {f"{name}.py": f"import torch\n{name} = torch.ones(2)\n" for name in names}
    scenes = [Scene(name=one, snippet=f"{one}.py") for one in ("one", "three")]
    files_of = {"lecture.md": text, **programs, "scenes.json": scenes_text(scenes).decode()}
    write_files(tmp_path / "numbers", files_of)
    window.open_paths(tmp_path / "numbers")
    _wait_for_page(qtbot, window, "one")
    QTest.keyClick(window, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: window.presentation.is_on)
    for title in ("one", "three"):
        QTest.keyClick(window, Qt.Key.Key_Space)
        _wait_for_page(qtbot, window, title)
        with_run = lambda: window.workspace.shown is not None  # noqa: E731
        qtbot.waitUntil(with_run, timeout=TIMEOUT)
    assert window.banner.property("room")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.banner.property("room")
