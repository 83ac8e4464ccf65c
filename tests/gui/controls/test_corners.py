from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.gui.controls.corners import round_corners
from app.gui.panels.arrow_box import ArrowBox
from app.gui.theme import Theme
from app.gui.toolbar import Choice

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # popups offscreen


def is_round(popup: QWidget) -> bool:
    """Whether its four corners are cut off, and nothing else."""
    right, bottom = popup.width() - 1, popup.height() - 1
    corners = [QPoint(x, y) for x in (0, right) for y in (0, bottom)]
    edges = [QPoint(popup.width() // 2, bottom), QPoint(right, popup.height() // 2)]
    mask = popup.mask()
    return not any(map(mask.contains, corners)) and all(map(mask.contains, edges))


def test_lists_of_choices_have_round_corners(qtbot: QtBot) -> None:
    for box in (ArrowBox(), Choice(Theme("light"), "mode", "Mode")):
        qtbot.addWidget(box)
        box.addItems(["one", "two", "three"])
        box.show()
        for _ in range(2):
            box.showPopup()
            assert is_round(box.view().window())
            box.hidePopup()


def test_a_popup_that_grows_keeps_them(qtbot: QtBot) -> None:
    popup = QWidget()
    qtbot.addWidget(popup)
    popup.resize(80, 40)
    round_corners(popup)
    popup.show()
    popup.resize(200, 120)
    assert is_round(popup)
