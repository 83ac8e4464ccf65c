"""Edit, Settings: each choice counts at once and at the next start."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QByteArray, QPoint, QRect, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from app.gui.controls.motion import animates
from app.gui.dialogs.settings_dialog import SettingsDialog
from app.gui.main_window import MainWindow
from app.gui.settings import Settings
from app.session import language
from tests.end_to_end.conftest import TIMEOUT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow) -> SettingsDialog:
    QTest.keyClick(window.editor, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.findChild(SettingsDialog) is not None)
    found = window.findChild(SettingsDialog)
    assert found is not None
    return found


def choose(box: QComboBox, value: str) -> None:
    """With the keyboard."""
    while box.currentData() != value:
        before = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down if box.findData(value) > before else Qt.Key.Key_Up)
        assert box.currentIndex() != before


def test_the_theme_is_chosen_or_left_to_the_system(
    window: MainWindow, dialog: SettingsDialog
) -> None:
    for name in ("dark", "contrast"):
        choose(dialog.theme, name)
        assert window.theme.name == name
        assert Settings(window.settings.path).theme == name
    choose(dialog.theme, "")
    assert window.settings.theme is None
    dialog.close()


def test_animations_can_be_turned_off(window: MainWindow, dialog: SettingsDialog) -> None:
    by_system = animates(window.graph)
    choose(dialog.animations, "off")
    assert not animates(window.graph)
    assert not Settings(window.settings.path).animations
    choose(dialog.animations, "")
    assert animates(window.graph) == by_system
    assert Settings(window.settings.path).animations
    dialog.close()


def test_a_language_is_kept_for_the_next_start(dialog: SettingsDialog) -> None:
    for name in ("zh_CN", "en", ""):
        choose(dialog.language, name)
        assert language.chosen() == (name or None)
    dialog.close()


def test_numbers_are_typed(window: MainWindow, dialog: SettingsDialog) -> None:
    for box, typed in (
        (dialog.text_size, "19"),
        (dialog.interface_size, "150"),
        (dialog.seconds, "7"),
        (dialog.memory, "2048"),
    ):
        box.selectAll()
        QTest.keyClicks(box, typed)
        QTest.keyClick(box, Qt.Key.Key_Tab)
    assert window.editor.font_size == 19
    later = Settings(window.settings.path)
    assert (later.font_size, later.time_limit, later.memory_limit) == (19, 7.0, 2048)
    assert later.interface_size == 150
    assert window.how_to_run.effective.seconds == 7.0
    dialog.seconds.setValue(0)
    assert dialog.seconds.text() == "no limit"
    dialog.close()


def test_numbers_have_arrows(window: MainWindow, dialog: SettingsDialog) -> None:
    box, before = dialog.text_size, dialog.text_size.value()
    place = QRect(box.width() - 20, 0, 20, box.height())
    ink = {
        box.grab(place).toImage().pixelColor(x, y).lightness() for x in range(20) for y in (9, 19)
    }
    assert min(ink) < 128
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=place.center() - QPoint(0, 6))
    assert window.editor.font_size == before + 1
    for _ in range(2):
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=place.center() + QPoint(0, 6))
    assert window.editor.font_size == before - 1


def test_the_layout_engine_is_the_one_of_the_menu(
    window: MainWindow, dialog: SettingsDialog
) -> None:
    choose(dialog.engine, "embedded")
    assert window.settings.layout_engine == "embedded"
    assert window.arrangement.engines["embedded"].isChecked()
    dialog.close()


def test_another_python_runs_what_says_nothing_of_its_own(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog
) -> None:
    box = dialog.python.box
    qtbot.waitUntil(lambda: box.findData(sys.executable) > 0, timeout=TIMEOUT)
    box.setCurrentIndex(box.findData(sys.executable))
    assert window.settings.interpreter == sys.executable
    assert window.how_to_run.effective.interpreter == sys.executable
    dialog.close()


def test_docks_of_another_version_of_qt_are_not_restored(settings: Settings) -> None:
    settings.set_window(QByteArray(b"geometry"), QByteArray(b"state"), True)
    assert settings.window() is not None
    settings.sync()
    store = QSettings(str(settings.path), QSettings.Format.IniFormat)
    store.setValue("window/version", str(store.value("window/version")) + ".0")
    store.sync()
    assert Settings(settings.path).window() is None
