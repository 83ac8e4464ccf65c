"""Text in a painted row."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter


def write(
    painter: QPainter,
    area: QRectF,
    text: str,
    font: QFont,
    ink: QColor,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Draw a line of text, elided at the end where there is no room for it."""
    painter.setFont(font)
    painter.setPen(ink)
    flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    text = painter.fontMetrics().elidedText(
        text, Qt.TextElideMode.ElideRight, round(area.width() + 0.5)
    )
    painter.drawText(area, flags, text)
