"""Everything by name and by key: the command palette and the list of shortcuts."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.commands import keys_of, menu_commands
from app.gui.dialogs.command_palette import CommandPalette
from app.gui.dialogs.shortcut_list import ShortcutList
from app.gui.files.examples import examples
from app.gui.main_window import MainWindow
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def palette(qtbot: QtBot, window: MainWindow) -> Callable[[], CommandPalette]:
    """Opens it with its key."""

    def press() -> CommandPalette:
        QTest.keyClick(window.editor, Qt.Key.Key_P, CONTROL_SHIFT)
        qtbot.waitUntil(lambda: window.findChild(CommandPalette) is not None)
        found = window.findChild(CommandPalette)
        assert found is not None
        return found

    return press


def test_a_command_is_found_by_a_few_letters_and_done_with_enter(
    qtbot: QtBot, window: MainWindow, palette: Callable[[], CommandPalette]
) -> None:
    before = window.theme.name
    shown = palette()
    QTest.keyClicks(shown.field, "dk th")
    assert shown.titles[0] == "Dark theme"
    QTest.keyClick(shown.field, Qt.Key.Key_Return)
    assert window.theme.name != before
    qtbot.waitUntil(lambda: window.findChild(CommandPalette) is None)


def test_escape_leaves_everything_as_it_was(
    qtbot: QtBot, window: MainWindow, palette: Callable[[], CommandPalette]
) -> None:
    shown = palette()
    QTest.keyClicks(shown.field, "quit")
    QTest.keyClick(shown.field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(CommandPalette) is None)
    assert window.isVisible()


def test_examples_and_recent_files_are_there_and_the_arrows_choose(
    window: MainWindow, palette: Callable[[], CommandPalette], tmp_path: Path
) -> None:
    path = tmp_path / "mine_only.py"
    path.write_text("x = 1")
    window.settings.add_recent(path)
    shown = palette()
    QTest.keyClicks(shown.field, "mine_only")
    assert shown.titles == [str(path)]
    shown.field.clear()
    QTest.keyClicks(shown.field, "example")
    title = examples()[1].title
    row = shown.titles.index(title)
    for _ in range(row):
        QTest.keyClick(shown.field, Qt.Key.Key_Down)
    QTest.keyClick(shown.field, Qt.Key.Key_Return)
    assert window.editor.toPlainText() == examples()[1].path.read_text(encoding="utf-8")


def test_an_operation_is_selected_everywhere(
    qtbot: QtBot,
    window: MainWindow,
    press_run_and_see: Callable[[], Trace],
    palette: Callable[[], CommandPalette],
) -> None:
    window.load_text(THREE_LAYERS)
    trace = press_run_and_see()
    lin1 = next(operation for operation in trace.operations if operation.line == 10)
    shown = palette()
    QTest.keyClicks(shown.field, "lin1")
    qtbot.waitUntil(lambda: shown.titles[:1] == ["linear lin1 — x2 = lin1(x1)"])
    QTest.keyClick(shown.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.graph.selected_nodes == {f"op:{lin1.id}"})


def test_enter_waits_for_what_is_still_looked_for(
    qtbot: QtBot,
    window: MainWindow,
    press_run_and_see: Callable[[], Trace],
    palette: Callable[[], CommandPalette],
) -> None:
    """The last call of a long run, which was not listed yet when Enter was pressed."""
    calls = "\n".join(f"x = x.mul({n})" for n in range(3200))
    window.load_text(f"import torch\nx = torch.ones(2)\n{calls}\ny = x.cosh()")
    press_run_and_see()
    shown = palette()
    shown.field.setText("cosh y")
    QTest.keyClick(shown.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.findChild(CommandPalette) is None)
    qtbot.waitUntil(lambda: window.details.title == "cosh", timeout=TIMEOUT)


def test_what_cannot_be_done_now_is_not_offered(
    window: MainWindow, palette: Callable[[], CommandPalette]
) -> None:
    assert not window.actions_.stop.isEnabled()
    assert "Stop" not in palette().titles


def test_it_works_without_anybody_holding_on_to_it(qtbot: QtBot, window: MainWindow) -> None:
    before = window.theme.name
    QTest.keyClick(window.editor, Qt.Key.Key_P, CONTROL_SHIFT)
    gc.collect()
    popup = QApplication.activePopupWidget()
    assert popup is not None
    field = popup.findChild(QLineEdit)
    assert field is not None
    del popup
    gc.collect()
    QTest.keyClicks(field, "dark theme")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.theme.name != before


def test_every_shortcut_is_in_the_list(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_.shortcuts.trigger()
    qtbot.waitUntil(lambda: window.findChild(ShortcutList) is not None)
    shown = window.findChild(ShortcutList)
    assert shown is not None
    listed = {
        item.text()
        for row in range(shown.table.rowCount())
        if (item := shown.table.item(row, 2)) is not None
    }
    actions = window.findChildren(QAction, options=Qt.FindChildOption.FindDirectChildrenOnly)
    with_keys = [action for action in actions if action.isEnabled() and keys_of(action)]
    assert len(with_keys) > 20
    assert [action.text() for action in with_keys if ", ".join(keys_of(action)) not in listed] == []
    QTest.keyClicks(shown.filter, "dark")
    visible = [row for row in range(shown.table.rowCount()) if not shown.table.isRowHidden(row)]
    assert len(visible) == 1
    shown.close()


def test_no_two_commands_share_a_key(window: MainWindow) -> None:
    owners: dict[str, list[str]] = {}
    for command, _ in menu_commands(window.menuBar()):
        for keys in command.keys:
            owners.setdefault(keys, []).append(command.title)
    assert {keys: titles for keys, titles in owners.items() if len(titles) > 1} == {}


def test_everything_that_has_a_key_is_in_a_menu(window: MainWindow) -> None:
    in_menus = {action for _, action in menu_commands(window.menuBar())}
    actions = window.findChildren(QAction, options=Qt.FindChildOption.FindDirectChildrenOnly)
    for action in actions:
        assert action in in_menus or not action.isEnabled() or not keys_of(action), action.text()
