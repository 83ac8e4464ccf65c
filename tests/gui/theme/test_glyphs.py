from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPainter
from pytestqt.qtbot import QtBot

from app.gui.theme import Theme
from app.gui.theme.glyphs import GLYPHS, Glyph, paint_glyph, pixmap

RED = QColor("#FF0000")


def painted(name: Glyph, side: int = 32, margin: int = 8) -> QImage:
    """The glyph in red on white, with room around it."""
    image = QImage(side + 2 * margin, side + 2 * margin, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_glyph(painter, name, QRectF(margin, margin, side, side), RED)
    painter.end()
    return image


def marked(image: QImage) -> set[tuple[int, int]]:
    return {
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).green() < 128
    }


@pytest.mark.parametrize("name", GLYPHS)
def test_a_glyph_is_drawn_in_its_colour_within_its_box(qtbot: QtBot, name: Glyph) -> None:
    pixels = marked(painted(name))
    assert len(pixels) > 10
    assert all(7 <= x <= 41 and 7 <= y <= 41 for x, y in pixels)


def test_all_glyphs_differ(qtbot: QtBot) -> None:
    shapes = {frozenset(marked(painted(name))) for name in GLYPHS}
    assert len(shapes) == len(GLYPHS)


def test_painting_leaves_the_painter_as_it_was(qtbot: QtBot) -> None:
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setPen(RED)
    before = painter.pen()
    paint_glyph(painter, "leaf", QRectF(0, 0, 16, 16), QColor("black"))
    assert painter.pen() == before
    assert painter.transform().isIdentity()
    painter.end()


def test_a_pixmap_has_the_screen_s_pixels(qtbot: QtBot) -> None:
    sharp = pixmap("recorded", RED, 16, 2.0)
    assert sharp.size() == QSize(32, 32)
    assert sharp.deviceIndependentSize().toSize() == QSize(16, 16)


def test_an_icon_is_paler_where_its_button_is_disabled(qtbot: QtBot) -> None:
    theme = Theme("light")
    icon = theme.icon("stop", theme.colors.text)
    usual = icon.pixmap(QSize(16, 16), QIcon.Mode.Normal).toImage().pixelColor(8, 8)
    pale = icon.pixmap(QSize(16, 16), QIcon.Mode.Disabled).toImage().pixelColor(8, 8)
    assert usual == theme.colors.text
    assert pale == theme.colors.text_tertiary
