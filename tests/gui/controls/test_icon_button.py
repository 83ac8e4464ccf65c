from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from pytestqt.qtbot import QtBot

from app.gui.controls.icon_button import IconButton

STYLE = "QToolButton { background: white; border: 1px solid white; color: red; padding: 0 10px; }"


def inked(image: QImage) -> list[int]:
    """The columns in which something is painted."""
    middle = range(image.height() // 4, 3 * image.height() // 4)
    white = QColor("white").rgb()
    return [x for x in range(image.width()) if any(image.pixel(x, y) != white for y in middle)]


def test_icon_and_text_are_in_the_middle_together(qtbot: QtBot) -> None:
    button = IconButton()
    icon = QPixmap(16, 16)
    icon.fill(QColor("red"))
    button.setIcon(icon)
    button.setText("MMMM")
    button.setStyleSheet(STYLE)
    button.setFixedSize(300, 30)
    qtbot.addWidget(button)
    columns = inked(button.grab().toImage())
    left, right = columns[0], 299 - columns[-1]
    assert left > 90
    assert abs(left - right) <= 4
    assert columns[-1] - columns[0] >= 16 + button.fontMetrics().horizontalAdvance("MMM")


def test_with_an_icon_alone_it_is_as_others_are(qtbot: QtBot) -> None:
    button = IconButton()
    qtbot.addWidget(button)
    button.setText("Run")
    assert button.content == button.rect()
    button.setIcon(QPixmap(16, 16))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    assert button.content == button.rect()
