"""Folded groups: what they are, how many, and in which proportion they were recorded."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from app.gui.graph import text
from app.gui.graph.canvas import Canvas, Detail
from app.gui.theme.status import pen
from app.session.graph_items import GroupItem
from app.session.look import geometry as g
from app.session.look.measure import group_count, proportions

_READABLE: Final = 12
"""Pixels on the screen of a title where only titles are drawn."""
_GAP: Final = 10.0


def paint_group(canvas: Canvas, rect: QRectF, item: GroupItem) -> None:
    theme = canvas.theme
    if item.count > 1:
        _paint_stack(canvas, rect, item)
    canvas.rounded(rect, g.NODE_RADIUS, theme.node_fill(item.status), theme.border(item.status))
    if canvas.detail is Detail.SHAPES:
        _paint_bar(canvas, _bar(rect).translated(0, -10), item)
    elif canvas.detail is Detail.TITLES:
        _paint_large_title(canvas, rect, item)
    else:
        _paint_title(canvas, rect, item)
        _paint_summary(canvas, rect, item)


def _paint_stack(canvas: Canvas, rect: QRectF, item: GroupItem) -> None:
    """Two more outlines below: several alike lie here."""
    outline = QPen(canvas.theme.tone(item.status).graphic, 1)
    for offset in (2 * g.STACK_OFFSET, g.STACK_OFFSET):
        below = rect.adjusted(offset, offset, -offset, offset)
        canvas.rounded(below, g.NODE_RADIUS, canvas.theme.colors.node, outline)


def _paint_title(canvas: Canvas, rect: QRectF, item: GroupItem) -> None:
    colors = canvas.theme.colors
    _paint_sign(canvas, rect.x() + 11, rect.y() + 10, g.GROUP_GLYPH, item)
    left, right = rect.x() + g.GROUP_TITLE_X, rect.right() - g.NODE_INSET
    baseline = rect.y() + g.TITLE_BASELINE
    if count := group_count(item):
        canvas.text(right, baseline, count, text.MONO, colors.text_secondary, right=True)
        right -= text.MONO.width(count) + _GAP
    title = text.TITLE_MONO.elided(item.title, right - left)
    canvas.text(left, baseline, title, text.TITLE_MONO, colors.text)
    left += text.TITLE_MONO.width(title) + _GAP
    if item.detail and right - left > 24:
        detail = text.MONO.elided(item.detail, right - left)
        canvas.text(left, baseline, detail, text.MONO, colors.text_secondary)


def _paint_sign(canvas: Canvas, x: float, y: float, size: float, item: GroupItem) -> None:
    """A triangle where there is something to unfold, else what became of it."""
    if item.can_open:
        canvas.glyph("chevron_right", x, y, size, canvas.theme.colors.text_secondary)
    else:
        tone, style = canvas.theme.tone(item.status), canvas.theme.style(item.status)
        canvas.glyph(style.glyph, x, y, size, tone.graphic)


def _paint_summary(canvas: Canvas, rect: QRectF, item: GroupItem) -> None:
    bar = _bar(rect)
    _paint_bar(canvas, bar, item)
    left = bar.right() + 8
    words = text.PLAIN.elided(item.summary, rect.right() - g.NODE_INSET - left)
    color = canvas.theme.colors.text_secondary
    canvas.text(left, rect.y() + g.STATUS_BASELINE, words, text.PLAIN, color)


def _bar(rect: QRectF) -> QRectF:
    return QRectF(
        rect.x() + g.GROUP_TITLE_X, rect.y() + g.STATUS_BASELINE - 8,
        g.GROUP_BAR_WIDTH, g.GROUP_BAR_HEIGHT,
    )  # fmt: skip


def _paint_bar(canvas: Canvas, bar: QRectF, item: GroupItem) -> None:
    """The share of each status: filled where recorded, else with its own border."""
    for status, x, width in proportions(item):
        part = QRectF(bar.x() + x, bar.y(), width, bar.height())
        tone = canvas.theme.tone(status)
        if status == "recorded":
            canvas.rounded(part, 2, tone.graphic, None)
        else:
            canvas.rounded(part, 2, tone.fill, pen(tone.graphic, 1, (2, 1.5)))


def _paint_large_title(canvas: Canvas, rect: QRectF, item: GroupItem) -> None:
    """The name at a size that can still be read, with the count."""
    pixels = min(round(_READABLE / canvas.zoom), round(rect.height() * 0.5))
    face = text.Face(pixels, bold=True, mono=True)
    baseline = rect.center().y() + pixels * 0.36
    side = pixels * 1.1
    _paint_sign(canvas, rect.x() + 8, rect.center().y() - side / 2, side, item)
    left, right = rect.x() + 12 + side, rect.right() - 8
    if count := group_count(item):
        canvas.text(right, baseline, count, face, canvas.theme.colors.text_secondary, right=True)
        right -= face.width(count) + 8
    title = face.elided(item.title, right - left)
    canvas.text(left, baseline, title, face, canvas.theme.colors.text)
