"""Dialogs where there is little room: 1280 by 800 pixels and an interface of 200 %."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.gui.main_window import MainWindow
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS
from tests.tools.tour import clipped_in

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # windows offscreen
ROOM = QSize(640, 400)
DIALOGS = (
    "settings", "run_settings", "about", "shortcuts", "palette", "export", "guide",
)  # fmt: skip


def opened(window: MainWindow, name: str) -> QDialog:
    getattr(window.actions_, name).trigger()
    found = [one for one in QApplication.topLevelWidgets() if one.isVisible() and one is not window]
    (dialog,) = (one for one in found if isinstance(one, QDialog))
    return dialog


def is_reached(widget: QWidget) -> bool:
    """Return whether all of a widget is inside its dialog and not scrolled away."""
    return widget.visibleRegion().boundingRect().size() == widget.size()


def test_dialogs_fit_into_a_small_screen_and_keep_their_buttons(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.load_text(THREE_LAYERS)
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.run()
    screen = window.screen().availableGeometry().size()
    for name in DIALOGS:
        dialog = opened(window, name)
        assert dialog.size().boundedTo(screen) == dialog.size(), name
        if name != "palette":  # it is as high as the window lets it
            assert dialog.minimumSizeHint().boundedTo(ROOM) == dialog.minimumSizeHint(), name
            dialog.resize(ROOM)
        QApplication.processEvents()
        assert list(clipped_in(dialog)) == [], name
        buttons = [one for one in dialog.findChildren(QPushButton) if one.isVisible()]
        assert all(is_reached(one) for one in buttons if one.text() != "Browse…"), name
        dialog.close()
        qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None, timeout=TIMEOUT)


def test_the_palette_is_no_higher_than_its_window(window: MainWindow) -> None:
    window.setMinimumSize(1, 1)
    window.resize(ROOM)
    palette = opened(window, "palette")
    assert palette.frameGeometry().bottom() <= window.frameGeometry().bottom()
    palette.close()
