from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from app.gui.theme import Theme
from app.gui.theme.colors import contrast
from app.gui.theme.heat import heat_color, paint_heat_map, text_on
from app.session.details.pictures import as_rows

THEMES = [Theme("light"), Theme("dark")]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_ends_of_the_scale(theme: Theme) -> None:
    assert heat_color(theme, 2.0, 2.0) == theme.colors.heat_positive
    assert heat_color(theme, -2.0, 2.0) == theme.colors.heat_negative
    assert heat_color(theme, 0.0, 2.0) == theme.colors.node
    assert heat_color(theme, 0.0, 0.0) == theme.colors.node


def test_a_small_value_is_not_plain() -> None:
    theme = THEMES[0]
    assert heat_color(theme, 0.02, 2.0) != theme.colors.node


@given(red=st.integers(0, 255), green=st.integers(0, 255), blue=st.integers(0, 255))
def test_numbers_in_cells_can_always_be_read(red: int, green: int, blue: int) -> None:
    color = QColor(red, green, blue)
    assert contrast(text_on(color), color) >= 4.58


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        (1.5, [[1.5]]),
        ([1.0, 2.0], [[1.0, 2.0]]),
        ([[1.0], [2.0]], [[1.0], [2.0]]),
        ([[[1.0, 2.0]], [[3.0, 4.0]]], [[1.0, 2.0], [3.0, 4.0]]),
        (["inf", "-inf"], [[float("inf"), float("-inf")]]),
        ([], [[]]),
    ],
)
def test_values_as_rows(values: object, rows: list[list[float]]) -> None:
    assert as_rows(values) == rows


def test_a_map_has_a_cell_for_each_value(qtbot: QtBot) -> None:
    theme = THEMES[0]
    image = QImage(44, 24, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_heat_map(painter, theme, QRectF(2, 2, 40, 20), [[1.0, -1.0], [0.0, float("nan")]])
    painter.end()
    assert image.pixelColor(12, 7) == theme.colors.heat_positive
    assert image.pixelColor(32, 7) == theme.colors.heat_negative
    assert image.pixelColor(12, 17) == theme.colors.node
    assert image.pixelColor(32, 17) == theme.tone("cut").fill


def test_nothing_is_drawn_for_no_values(qtbot: QtBot) -> None:
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_heat_map(painter, THEMES[0], QRectF(2, 2, 16, 16), as_rows([]))
    painter.end()
    assert image.pixelColor(10, 2) == QColor("white")
