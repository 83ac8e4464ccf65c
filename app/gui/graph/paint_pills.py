"""A parameter inside its operation: a pill that says what its `.grad` is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPen

from app.gui.graph import text
from app.gui.graph.canvas import Canvas
from app.gui.graph.scene import PlacedPill
from app.gui.theme.heat import paint_heat_map
from app.gui.theme.status import pen
from app.session.details.pictures import as_rows
from app.session.explain.phrases import more
from app.session.graph_items import Pill
from app.session.look import geometry as g
from app.session.look.measure import pill_value

_RADIUS: Final = 10.5
_BASELINE: Final = 15
_MAP_WIDTH: Final = 24
_MAP_HEIGHT: Final = 12
_CELL: Final = 10
_ROW_ALONE: Final = 8


def paint_pill(canvas: Canvas, placed: PlacedPill) -> None:
    if placed.is_rest:
        _paint_rest(canvas, placed)
        return
    pill, rect = placed.pills[0], placed.rect
    canvas.rounded(rect, _RADIUS, canvas.theme.colors.raised, _border(canvas, pill))
    taken = _paint_state(canvas, pill, rect)
    room = rect.width() - 2 * g.PILL_PADDING - taken - 4
    name = text.SMALL_MONO.elided(pill.name, room)
    x = rect.x() + g.PILL_PADDING
    canvas.text(x, rect.y() + _BASELINE, name, text.SMALL_MONO, canvas.theme.colors.text)


def _paint_rest(canvas: Canvas, placed: PlacedPill) -> None:
    colors = canvas.theme.colors
    canvas.rounded(placed.rect, _RADIUS, colors.raised, QPen(colors.line, 1))
    words = more(len(placed.pills))
    x = placed.rect.x() + g.PILL_PADDING
    canvas.text(x, placed.rect.y() + _BASELINE, words, text.SMALL, colors.text_secondary)


def _border(canvas: Canvas, pill: Pill) -> QPen:
    theme = canvas.theme
    if pill.state in ("value", "norm"):
        return pen(theme.tone("gradient").graphic, 1.5)
    if pill.state == "bad":
        return pen(theme.tone("cut").graphic, 1.5)
    if pill.state == "frozen":
        return pen(theme.tone("no_input_requires_grad").graphic, 1, (1.5, 3), dotted=True)
    if pill.state == "waiting":
        return pen(theme.colors.line, 1, (1.5, 3), dotted=True)
    return pen(theme.colors.line, 1, (4, 3))


def _paint_state(canvas: Canvas, pill: Pill, rect: QRectF) -> float:
    """What the grad is, at the right end; returns the width it takes."""
    theme, right = canvas.theme, rect.right() - g.PILL_PADDING
    if pill.state == "value" and pill.summary is not None and pill.summary.values is not None:
        return _paint_map(canvas, pill.summary.values, right, rect.center().y())
    if pill.state == "frozen":
        color = theme.tone("no_input_requires_grad").graphic
        canvas.glyph("padlock", right - 12, rect.y() + 5, 12, color)
        return 12
    words, color = pill_value(pill), theme.colors.text_secondary
    if pill.state == "norm":
        color = theme.tone("gradient").text
    elif pill.state == "bad":
        color = theme.tone("cut").text
    canvas.text(right, rect.y() + _BASELINE, words, text.SMALL_MONO, color, right=True)
    width = text.SMALL_MONO.width(words)
    if pill.state == "bad":
        width += _paint_warning(canvas, right - width, rect.y())
    return width


def _paint_warning(canvas: Canvas, right: float, top: float) -> float:
    color: QColor = canvas.theme.tone("cut").graphic
    canvas.glyph("warning", right - 16, top + 4, 13, color)
    return 16


def _paint_map(canvas: Canvas, values: object, right: float, middle: float) -> float:
    rows = as_rows(values)
    columns = max(len(row) for row in rows)
    width = min(_CELL, _MAP_WIDTH / columns) * columns
    height = (min(_ROW_ALONE, _MAP_HEIGHT / len(rows)) if len(rows) > 1 else _ROW_ALONE) * len(rows)
    area = QRectF(right - width, middle - height / 2, width, height)
    paint_heat_map(canvas.painter, canvas.theme, area, rows)
    return width
