"""The cards above the graph."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.gui.graph.floating.overlay import CardFrame
from app.gui.theme import Theme


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_card_fills_every_pixel_that_it_touches(qtbot: QtBot, name: str, ratio: float) -> None:
    theme = Theme("dark" if name == "dark" else "light")
    below = QWidget()
    qtbot.addWidget(below)
    card = CardFrame(theme, below)
    card.resize(211, 101)
    image = QImage(round(211 * ratio), round(101 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("black"))
    card.render(image, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
    corner = image.pixelColor(image.width() - 1, image.height() - 1)
    assert corner.name() == theme.colors.canvas.name()
