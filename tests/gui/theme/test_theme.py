from __future__ import annotations

from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.drawing.shapes import node_fill
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.session.look.colors import ThemeName


@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        (Qt.ColorScheme.Dark, "dark"),
        (Qt.ColorScheme.Light, "light"),
        (Qt.ColorScheme.Unknown, "light"),
    ],
)
def test_the_system_s_wish_chooses_the_theme(scheme: Qt.ColorScheme, name: str) -> None:
    assert Theme.of_scheme(scheme).name == name


@pytest.mark.parametrize("theme", [Theme("light"), Theme("dark")], ids=lambda theme: theme.name)
def test_a_widget_takes_the_colours_of_the_style_sheet(qtbot: QtBot, theme: Theme) -> None:
    button = QPushButton("Run")
    qtbot.addWidget(button)
    button.setProperty("primary", True)
    button.setStyleSheet(theme.stylesheet())
    button.resize(80, 28)
    accent = theme.tone("gradient").graphic
    assert button.grab().toImage().pixelColor(6, 14) == accent


def test_the_style_sheet_names_no_unknown_colour(qtbot: QtBot) -> None:
    for name in get_args(ThemeName):
        sheet = Theme(name).stylesheet()
        assert "$" not in sheet
        assert sheet.count("{") == sheet.count("}")


def test_the_palette_follows_the_theme(qtbot: QtBot) -> None:
    theme = Theme("dark")
    label = QLabel("x")
    qtbot.addWidget(label)
    label.setPalette(theme.palette())
    assert label.palette().color(QPalette.ColorRole.WindowText) == theme.colors.text
    disabled = QPalette.ColorGroup.Disabled
    pale = label.palette().color(disabled, QPalette.ColorRole.WindowText)
    assert pale == theme.colors.text_tertiary


def test_recorded_operations_are_plain_and_others_tinted() -> None:
    theme = Theme("light")
    assert theme.color(node_fill("recorded")) == theme.colors.node
    assert theme.color(node_fill("no_grad")) == theme.tone("no_grad").fill


def test_fonts_have_the_sizes_that_were_asked_for(qapp: QApplication) -> None:
    assert ui_font(13).pixelSize() == 13
    assert ui_font(13, bold=True).weight() > ui_font(13).weight()
    assert mono_font(11).family() != ui_font(11).family()
