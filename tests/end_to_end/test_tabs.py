"""Several texts open at once: each with its trace, its marks and its history."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.tab_bar import TabBar
from tests.end_to_end.conftest import TIMEOUT, trace_shown
from tests.tools.answering import SIZE_HINTS, answering

PressRun = Callable[[], Trace]
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
FIRST = "import torch\nx = torch.ones(2, requires_grad=True)\ny = x + 1\nprint('first')"
SECOND = "import torch\nz = torch.ones(3) * 2\nprint('second')"


def names(window: MainWindow) -> list[str]:
    bar = window.snippet.tab_bar
    return [bar.tabText(place) for place in range(bar.count())]


def centre_of(bar: TabBar, place: int) -> QPoint:
    return bar.tabRect(place).center()


def press(window: MainWindow, key: Qt.Key, held: Qt.KeyboardModifier = CONTROL) -> None:
    QTest.keyClick(window.editor, key, held)


@pytest.fixture
def files(window: MainWindow, tmp_path: Path) -> tuple[Path, Path]:
    """Two files, open in two tabs, the second one shown."""
    paths = tmp_path / "first.py", tmp_path / "second.py"
    for path, text in zip(paths, (FIRST, SECOND), strict=True):
        path.write_text(text)
        assert window.documents.open(path)
    return paths


def test_one_text_needs_no_row_of_tabs(window: MainWindow) -> None:
    assert not window.snippet.tab_bar.isVisible()
    press(window, Qt.Key.Key_N)
    assert window.snippet.tab_bar.isVisible()
    assert names(window) == ["Untitled", "Untitled 2"]


@pytest.mark.parametrize("gone", ["another text", "a closed tab"])
def test_the_run_of_a_text_that_has_gone_is_let_go(
    qtbot: QtBot, window: MainWindow, press_run: PressRun, gone: str
) -> None:
    window.load_text(FIRST)
    press_run()
    shown = window.workspace.shown
    assert shown is not None
    run = weakref.ref(shown.run)
    del shown
    if gone == "another text":
        window.load_text(SECOND)
    else:
        press(window, Qt.Key.Key_N)
        window.documents.close(window.documents.tabs[0])
    qtbot.waitUntil(lambda: run() is None, timeout=TIMEOUT)


def test_like_names_have_their_folders_in_tabs_title_and_toolbar(
    window: MainWindow, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "train.py").write_text(f"print('{folder}')")
        assert window.documents.open(tmp_path / folder / "train.py")
    assert names(window) == ["a/train.py", "b/train.py"]
    assert window.windowTitle().startswith("b/train.py")
    assert window.toolbar.file_name.text() == "b/train.py"
    press(window, Qt.Key.Key_Tab)
    assert window.windowTitle().startswith("a/train.py")


def test_each_tab_keeps_its_trace_and_its_marks(
    window: MainWindow, press_run: PressRun, files: tuple[Path, Path]
) -> None:
    second = press_run()
    press(window, Qt.Key.Key_Tab)
    assert window.editor.toPlainText() == FIRST
    assert trace_shown(window) is None
    first = press_run()
    assert "first" in window.console.toPlainText()
    press(window, Qt.Key.Key_Tab)
    assert trace_shown(window) is second
    assert window.console.toPlainText() == "second\n"
    mark = window.editor.mark(2)
    assert mark is not None
    assert mark.glyph == "snowflake"
    press(window, Qt.Key.Key_Tab, CONTROL | SHIFT)
    assert trace_shown(window) is first
    mark = window.editor.mark(3)
    assert mark is not None
    assert mark.glyph == "recorded"


def test_each_tab_keeps_its_history_and_its_cursor(
    window: MainWindow, files: tuple[Path, Path]
) -> None:
    window.editor.go_to(2, 3)
    QTest.keyClicks(window.editor, "qq")
    press(window, Qt.Key.Key_Tab)
    QTest.keyClicks(window.editor, "w")
    press(window, Qt.Key.Key_Tab)
    assert window.editor.textCursor().positionInBlock() == 5
    press(window, Qt.Key.Key_Z)
    press(window, Qt.Key.Key_Z)
    assert window.editor.toPlainText() == SECOND
    assert not window.documents.is_modified
    press(window, Qt.Key.Key_Tab)
    assert window.editor.toPlainText() == "w" + FIRST


def test_undo_goes_back_past_a_run(window: MainWindow, press_run: PressRun) -> None:
    QTest.keyClicks(window.editor, "x = 1")
    press_run()
    QTest.keyClicks(window.editor, "2")
    press_run()
    press(window, Qt.Key.Key_Z)
    press(window, Qt.Key.Key_Z)
    assert window.editor.toPlainText() == ""


def test_a_run_ends_in_the_tab_where_it_began(
    qtbot: QtBot, window: MainWindow, files: tuple[Path, Path]
) -> None:
    second, first = window.documents.current, window.documents.tabs[0]
    press(window, Qt.Key.Key_Return)
    press(window, Qt.Key.Key_Tab)
    assert window.documents.current is first
    qtbot.waitUntil(lambda: second.prepared is not None, timeout=TIMEOUT)
    assert trace_shown(window) is None
    assert "second" not in window.console.toPlainText()
    assert window.status.run_text == "Ready"  # nothing runs any more
    press(window, Qt.Key.Key_Tab)
    trace = trace_shown(window)
    assert trace is not None
    assert trace.snippet.text == SECOND
    assert window.console.toPlainText() == "second\n"


def test_tabs_are_chosen_moved_and_closed_with_the_mouse(
    window: MainWindow, files: tuple[Path, Path]
) -> None:
    bar = window.snippet.tab_bar
    press(window, Qt.Key.Key_N)
    assert names(window) == ["first.py", "second.py", "Untitled"]
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=centre_of(bar, 0))
    assert window.documents.name == "first.py"
    bar.moveTab(0, 2)
    assert [tab.name for tab in window.documents.tabs] == ["second.py", "Untitled", "first.py"]
    QTest.mouseClick(bar, Qt.MouseButton.MiddleButton, pos=centre_of(bar, 1))
    assert names(window) == ["second.py", "first.py"]
    assert window.documents.name == "first.py"
    QTest.mouseClick(bar.close_button(0), Qt.MouseButton.LeftButton)
    assert names(window) == ["first.py"]
    assert window.toolbar.file_name.text() == "first.py"


def test_the_dot_says_what_is_not_saved(window: MainWindow, files: tuple[Path, Path]) -> None:
    bar = window.snippet.tab_bar
    QTest.keyClicks(window.editor, "#")
    assert [bar.is_modified(0), bar.is_modified(1)] == [False, True]
    assert bar.accessibleTabName(1) == "second.py, not saved"
    press(window, Qt.Key.Key_S)
    assert not bar.is_modified(1)


def test_the_last_tab_is_emptied_and_not_closed(
    window: MainWindow, files: tuple[Path, Path]
) -> None:
    press(window, Qt.Key.Key_W)
    press(window, Qt.Key.Key_W)
    assert names(window) == ["Untitled"]
    assert window.editor.toPlainText() == ""
    assert not window.snippet.tab_bar.isVisible()


@SIZE_HINTS
def test_a_tab_with_unsaved_text_is_not_closed_unasked(
    qtbot: QtBot, window: MainWindow, files: tuple[Path, Path]
) -> None:
    QTest.keyClicks(window.editor, "#")
    with answering("Cancel") as asked:
        press(window, Qt.Key.Key_W)
    assert asked == ["second.py has changes that are not saved."]
    assert len(names(window)) == 2
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    with answering("Save"):
        press(window, Qt.Key.Key_W)
    assert names(window) == ["first.py"]
    assert files[1].read_text() == "#" + SECOND


def test_a_file_that_is_open_is_shown_and_not_opened_twice(
    window: MainWindow, files: tuple[Path, Path]
) -> None:
    QTest.keyClicks(window.editor, "#")
    assert window.documents.open(files[0])
    assert window.documents.open(files[1])
    assert names(window) == ["first.py", "second.py"]
    assert window.editor.toPlainText() == "#" + SECOND


def test_an_example_takes_the_place_of_one_nobody_changed(window: MainWindow) -> None:
    entries = window.examples_menu.actions()
    entries[0].trigger()
    entries[1].trigger()
    assert len(names(window)) == 1
    QTest.keyClicks(window.editor, "#")
    entries[2].trigger()
    assert len(names(window)) == 2


def test_many_tabs_and_texts_survive_closing_in_any_order(window: MainWindow) -> None:
    for number in range(6):
        window.documents.new()
        window.documents.show_text(f"x = {number}")
    for place in (3, 0, 2, 0, 1, 0):
        assert window.documents.close(window.documents.tabs[place])
    assert len(names(window)) == 1
    assert window.editor.toPlainText() == window.documents.current.sheet.text


def test_a_new_text_has_the_caret(window: MainWindow) -> None:
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window.editor.hasFocus()
    QTest.keyClicks(window.focusWidget(), "x = 1")
    assert window.editor.sheet.text == "x = 1"


def test_names_of_many_tabs_are_not_cut_and_arrows_scroll_to_them(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    for name in ("train", "blocks", "notebook", "evaluate", "checkpoint", "schedule"):
        path = tmp_path / f"{name}.py"
        path.write_text(FIRST)
        assert window.documents.open(path)
    bar = window.snippet.tab_bar
    for place in range(bar.count()):
        room = bar.tabRect(place).width() - bar.close_button(place).width()
        assert bar.fontMetrics().horizontalAdvance(bar.tabText(place)) < room
    arrow = bar.findChild(QToolButton, "ScrollLeftButton")
    assert arrow is not None
    assert arrow.isVisible()
    image = arrow.grab().toImage()
    spots = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    assert len(spots) > 2  # its arrow is painted on its ground
    assert not bar.rect().contains(bar.tabRect(0))
    for _ in range(bar.count()):
        QTest.mouseClick(arrow, Qt.MouseButton.LeftButton)
    assert bar.rect().contains(bar.tabRect(0))


NET = (
    "import torch\nfrom torch import nn\n"
    "net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))\n"
)
THREE_PASSES = NET + (
    "def train():\n    for _ in range(3):\n        loss = net(torch.ones(2, 2)).mean()\n"
    "        loss.backward()\ntrain()\nnet.eval()\nnet(torch.ones(2, 2))\n"
)
TWO_PASSES = NET + "for i in range(2):\n    (net(torch.ones(3, 2)) - 1).pow(2).mean().backward()\n"


def test_a_picture_does_not_follow_that_of_another_program(
    window: MainWindow, press_run_and_see: PressRun, tmp_path: Path
) -> None:
    for name, text in (("three.py", THREE_PASSES), ("two.py", TWO_PASSES)):
        path = tmp_path / name
        path.write_text(text)
        assert window.documents.open(path)
        press_run_and_see()
    _iterations_are_in_order(window)


def test_nor_that_of_another_text_without_a_file(
    window: MainWindow, press_run_and_see: PressRun
) -> None:
    for text in (THREE_PASSES, TWO_PASSES):
        window.documents.new()
        window.documents.current.sheet.replace_text(text)
        press_run_and_see()
    _iterations_are_in_order(window)


def _iterations_are_in_order(window: MainWindow) -> None:
    frames = {frame.item.title: frame.rect.x() for frame in window.graph.scene.frames}
    assert frames["iteration 1"] < frames["iteration 2"]


def test_where_tabs_do_not_fit_only_the_current_one_and_unsaved_ones_have_buttons(
    window: MainWindow, tmp_path: Path
) -> None:
    bar = window.snippet.tab_bar
    paths = [tmp_path / f"the_file_number_{place}.py" for place in range(6)]
    for path in paths:
        path.write_text("x = 1\n")
        assert window.documents.open(path)
    assert [bar.close_button(place).width() > 0 for place in range(6)] == [False] * 5 + [True]
    names_there = bar.tabRect(0).width()
    QTest.keyClicks(window.editor, "y")
    bar.setCurrentIndex(2)
    shown = [bar.close_button(place).width() > 0 for place in range(6)]
    assert shown == [False, False, True, False, False, True]
    bar.resize(3000, bar.height())
    assert all(bar.close_button(place).width() for place in range(6))
    assert bar.tabRect(0).width() > names_there
