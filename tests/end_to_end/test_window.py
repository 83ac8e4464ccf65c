"""The window itself: names, choices, sizes, themes, what it remembers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QMenu
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.dialogs.shortcut_list import ShortcutList
from app.gui.docks import BOTTOM_HEIGHT, BottomPage
from app.gui.main_window import MainWindow
from app.gui.panels.details.inspector import InspectorPage
from app.gui.settings import Settings
from app.gui.theme import Theme
from app.session.look.colors import ThemeName
from app.session.run_settings import RunSettings
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS

NAMES = (
    "editor runAction stopAction deviceChoice modeChoice graphView legend gradientTable "
    "detailsPanel inWordsPanel findingsPanel levelChoice console timeline searchField"
)


@pytest.mark.parametrize("name", NAMES.split())
def test_the_names_that_programs_rely_on(window: MainWindow, name: str) -> None:
    assert window.objectName() == "mainWindow"
    assert window.findChild(QObject, name) is not None


def entries(choice: QComboBox) -> dict[str, tuple[bool, str]]:
    """Whether each can be chosen, and what it says when pointed at."""
    model = choice.model()
    assert isinstance(model, QStandardItemModel)
    return {
        model.item(row).text(): (model.item(row).isEnabled(), model.item(row).toolTip())
        for row in range(model.rowCount())
    }


def test_absent_devices_are_shown_with_the_reason(qtbot: QtBot, window: MainWindow) -> None:
    device = window.toolbar.device
    qtbot.waitUntil(lambda: device.count() > 1, timeout=TIMEOUT)
    found = entries(device)
    assert any(enabled for enabled, _ in found.values())
    for enabled, reason in found.values():
        assert enabled or reason.strip()


def test_modes_and_levels_to_choose_from(window: MainWindow) -> None:
    modes = entries(window.toolbar.mode)
    assert list(modes) == ["As written", "grad", "no_grad", "inference_mode"]
    assert all(enabled and tip for enabled, tip in modes.values())
    assert window.toolbar.mode.value == "as-written"
    assert window.toolbar.level.value == "calls"


@pytest.mark.parametrize(
    ("size", "editor", "inspector"),
    [((1280, 800), 420, 360), ((1440, 900), 498, 388), ((1920, 1080), 560, 440)],
)
def test_docks_are_as_wide_as_designed(
    qtbot: QtBot, window: MainWindow, size: tuple[int, int], editor: int, inspector: int
) -> None:
    window.resize(*size)
    qtbot.waitUntil(lambda: window.width() == size[0])
    qtbot.waitUntil(lambda: abs(window.docks.snippet.width() - editor) <= 2)
    assert abs(window.docks.inspector.width() - inspector) <= 2
    assert window.graph.width() >= 420


def test_keys_switch_to_high_contrast_and_back(window: MainWindow) -> None:
    do, control = window.actions_, Qt.KeyboardModifier.ControlModifier
    high = control | Qt.KeyboardModifier.AltModifier
    dark = control | Qt.KeyboardModifier.ShiftModifier
    window.appearance.choose_theme("dark")
    for key, held, name in (
        (Qt.Key.Key_H, high, "contrast"),
        (Qt.Key.Key_H, high, "dark"),
        (Qt.Key.Key_H, high, "contrast"),
        (Qt.Key.Key_D, dark, "light"),
    ):
        QTest.keyClick(window.editor, key, held)
        assert window.theme.name == name
        assert window.settings.theme == name
        assert (do.contrast.isChecked(), do.theme.isChecked()) == (
            name == "contrast",
            name == "dark",
        )


@pytest.mark.parametrize("name", ["light", "dark", "contrast"])
def test_each_theme_reaches_every_part(
    qtbot: QtBot,
    window: MainWindow,
    press_run_and_see: Callable[[], Trace],
    name: ThemeName,
) -> None:
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    window.inspector.show_page(InspectorPage.DETAILS)
    theme = Theme(name)
    with qtbot.waitSignal(window.graph.filled, timeout=TIMEOUT):
        window.set_theme(theme)
    image = window.grab().toImage()
    for part, color in (
        (window.graph, theme.colors.canvas),
        (window.editor, theme.colors.panel),
        (window.details, theme.colors.panel),
        (window.words, theme.colors.panel),
        (window.timeline, theme.colors.panel),
        (window.status, theme.colors.panel),
        (window.toolbar, theme.colors.panel),
    ):
        corner = part.mapTo(window, QPoint(part.width() - 14, part.height() - 5))
        assert image.pixelColor(corner).name() == color.name(), part.objectName()


def test_the_theme_is_switched_and_remembered(window: MainWindow) -> None:
    before = window.theme.name
    window.actions_.theme.trigger()
    assert window.theme.name != before
    assert window.settings.theme == window.theme.name


def test_a_second_window_looks_like_the_first(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_.zoom_in.trigger()
    window.docks.bottom.hide()
    window.close()
    later = MainWindow(Settings(window.settings.path))
    qtbot.addWidget(later)
    later.restore()
    later.show()
    assert later.editor.font_size == 14
    assert not later.docks.bottom.isVisible()
    later.actions_.reset_layout.trigger()
    assert later.docks.bottom.isVisible()
    later.close()


def test_a_line_in_the_console_leads_to_the_editor(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text("import torch\n\n\ntorch.ones(2) @ torch.ones(3)")
    press_run()
    console = window.console
    assert console.isVisible()
    qtbot.waitUntil(lambda: window.docks.bottom.height() >= BOTTOM_HEIGHT)  # it has grown
    at = console.document().find(", line 4")
    assert not at.isNull()
    at.setPosition(at.selectionStart() + 3)
    console.setTextCursor(at)
    console.ensureCursorVisible()
    place = console.cursorRect(at).center()
    QTest.mouseClick(console.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.editor.textCursor().blockNumber() == 3


RAISES = "import torch\n\nx = torch.ones(2) * 2\nx @ torch.ones(3)"


def test_the_console_gives_way_after_the_run_that_raised(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text(RAISES)
    press_run()
    assert window.console.isVisible()
    window.load_text("import torch\ntorch.ones(2) * 2")
    press_run()
    assert window.timeline.isVisible()
    window.load_text(RAISES)
    press_run()
    assert window.console.isVisible()
    window.actions_.step_first.trigger()
    assert window.timeline.isVisible()


def test_the_console_stays_where_the_user_chose_it(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.bottom.header.set_current(BottomPage.CONSOLE)
    for text in (RAISES, "import torch\ntorch.ones(2) * 2"):
        window.load_text(text)
        press_run()
        assert window.console.isVisible()
    window.actions_.step_first.trigger()
    assert window.console.isVisible()


def test_a_flood_of_prints_keeps_its_end(qtbot: QtBot, window: MainWindow) -> None:
    window.load_text("for i in range(30_000):\n    print('line', i)")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.run()
    qtbot.waitUntil(lambda: "line 29999" in window.console.toPlainText(), timeout=TIMEOUT)
    assert window.console.line_count() <= 10_001


def test_keys_reach_actions_from_the_editor(window: MainWindow) -> None:
    QTest.keyClicks(window.editor, "x = 1")
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window.editor, Qt.Key.Key_Slash, control)
    assert window.editor.toPlainText() == "# x = 1"
    QTest.keyClick(window.editor, Qt.Key.Key_Z, control)
    assert window.editor.toPlainText() == "x = 1"


def test_ctrl_y_does_again_what_was_undone(window: MainWindow) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClicks(window.editor, "x = 1")
    QTest.keyClick(window.editor, Qt.Key.Key_Z, control)
    assert window.editor.toPlainText() != "x = 1"
    QTest.keyClick(window.editor, Qt.Key.Key_Y, control)
    assert window.editor.toPlainText() == "x = 1"


@pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform says so of dialogs
def test_ctrl_question_mark_lists_the_keys(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClick(window.editor, Qt.Key.Key_Question, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.findChild(ShortcutList) is not None)
    found = window.findChild(ShortcutList)
    assert found is not None
    found.close()


def test_no_action_has_two_spellings_of_one_key(window: MainWindow) -> None:
    """Qt calls the key ambiguous then, and does nothing."""
    same = str.maketrans({"?": "/"})
    for action in window.findChildren(QAction):
        keys = [one.toString().replace("Shift+", "").translate(same) for one in action.shortcuts()]
        assert len(set(keys)) == len(keys), action.text()


def test_menus_have_no_icons_that_look_like_check_marks(window: MainWindow) -> None:
    menus = [one.menu() for one in window.menuBar().actions()]
    actions = [action for menu in menus if isinstance(menu, QMenu) for action in menu.actions()]
    assert window.actions_.hide_setup in actions
    assert [
        one.text() for one in actions if not one.icon().isNull() and one.isIconVisibleInMenu()
    ] == []


def test_a_first_window_is_no_larger_than_its_screen(qtbot: QtBot, settings: Settings) -> None:
    shown = MainWindow(settings)
    qtbot.addWidget(shown)
    room = shown.screen().availableGeometry()
    assert room.width() < 1440  # the offscreen screen is small
    shown.restore()
    assert shown.isMaximized()
    shown.show()
    qtbot.waitExposed(shown)
    assert shown.width() <= room.width()
    assert shown.height() <= room.height()
    assert shown.focusWidget() is shown.editor
    shown.close()


def test_find_looks_where_the_keyboard_is(window: MainWindow) -> None:
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    bar = window.snippet.find_bar
    QTest.keyClick(window.editor, Qt.Key.Key_F, control)
    assert bar.what.hasFocus()
    QTest.keyClick(bar.what, Qt.Key.Key_Escape)
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_F, control)
    assert window.toolbar.search.hasFocus()
    assert not bar.isVisible()
    window.editor.setFocus()
    QTest.keyClick(window.editor, Qt.Key.Key_F, control | shift)
    assert window.toolbar.search.hasFocus()
    window.editor.setFocus()
    QTest.keyClick(window.editor, Qt.Key.Key_H, control)
    assert bar.instead.isVisible()
    QTest.keyClick(bar.what, Qt.Key.Key_G, control)
    assert window.snippet.line_bar.field.hasFocus()


def test_the_toolbar_fits_into_the_smallest_window(qtbot: QtBot, window: MainWindow) -> None:
    window.how_to_run.set_settings(RunSettings(arguments="--lr 0.1 --epochs 3"))
    window.resize(1024, 680)
    qtbot.waitUntil(lambda: window.toolbar.minimumSizeHint().width() <= window.width() == 1024)
    shown = [one for one in window.toolbar.findChildren(QAbstractButton) if one.isVisible()]
    assert len(shown) > 6
    for one in shown:
        assert one.mapTo(window, QPoint(one.width(), 0)).x() <= window.width(), one.text()
