"""Heat maps: values as colours, zero plain, negative blue, positive orange.

Never the only sign of a value: the numbers are in the cells where there is room, and beside the map
(norm, shape) where there is not.  NaN and infinity have no colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.gui.theme.colors import luminance
from app.gui.theme.theme import Theme
from app.session.look.heat import largest_of, strength


@lru_cache(maxsize=1 << 14)  # maps are painted again with each step of the timeline
def heat_color(theme: Theme, value: float, largest: float, most: float = 1.0) -> QColor:
    """The colour of `value` in a map whose largest magnitude is `largest`, `most` as strong."""
    end = theme.colors.heat_negative if value < 0 else theme.colors.heat_positive
    return mix(theme.colors.node, end, strength(value, largest) * most)


def mix(start: QColor, end: QColor, share: float) -> QColor:
    """`start` at share 0, `end` at share 1."""
    return QColor(
        round(start.red() + (end.red() - start.red()) * share),
        round(start.green() + (end.green() - start.green()) * share),
        round(start.blue() + (end.blue() - start.blue()) * share),
    )


def text_on(color: QColor) -> QColor:
    """Pure black or pure white, whichever contrasts more: never below 4.58."""
    return QColor(Qt.GlobalColor.black if luminance(color) > 0.179 else Qt.GlobalColor.white)


def paint_heat_map(
    painter: QPainter,
    theme: Theme,
    rect: QRectF,
    rows: Sequence[Sequence[float]],
    largest: float | None = None,
    most: float = 1.0,
) -> None:
    """Cells of equal size filling `rect`, and an outline around them."""
    largest = largest or largest_of(rows)
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    width, height = rect.width() / columns, rect.height() / len(rows)
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            cell = QRectF(rect.x() + column * width, rect.y() + index * height, width, height)
            if math.isfinite(value):
                painter.fillRect(cell, heat_color(theme, value, largest, most))
            else:
                painter.fillRect(cell, QColor(theme.tone("cut").fill))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colors.line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
    painter.restore()
