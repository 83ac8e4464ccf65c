"""Frames around regions (no_grad, inference_mode) and around unfolded modules and composites."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPen

from app.gui.graph import geometry as g
from app.gui.graph import text
from app.gui.graph.canvas import Canvas, Detail
from app.gui.graph.scene import PlacedFrame
from app.session.graph_items import FrameItem

_BASELINE: Final = 18
_GLYPH: Final = 14
_MODULE_ALPHA: Final = 0.55
_READABLE: Final = 11


def paint_frame(canvas: Canvas, frame: PlacedFrame) -> None:
    item, rect, theme = frame.item, frame.rect, canvas.theme
    if item.kind in ("operation", "module"):
        fill = QColor(theme.colors.panel)
        fill.setAlphaF(_MODULE_ALPHA)
        canvas.rounded(rect, g.FRAME_RADIUS, fill, QPen(theme.colors.line, 1.5))
    else:
        border, fill = theme.border(item.status), theme.tone(item.status).fill
        canvas.rounded(rect, g.FRAME_RADIUS, fill, border)
    if canvas.detail is Detail.FULL:
        _paint_header(canvas, rect, item)
    elif canvas.detail is Detail.TITLES:
        _paint_large_header(canvas, rect, item)


def _paint_header(canvas: Canvas, rect: QRectF, item: FrameItem) -> None:
    left, right = rect.x() + g.FRAME_PADDING, rect.right() - g.FRAME_PADDING
    title_color, line_color = _header_colors(canvas, item)
    if item.kind in ("operation", "module"):
        canvas.glyph(
            "chevron_down", left, rect.y() + 6.5, _GLYPH, canvas.theme.colors.text_secondary
        )
    else:
        tone, style = canvas.theme.tone(item.status), canvas.theme.style(item.status)
        canvas.glyph(style.glyph, left, rect.y() + 6.5, _GLYPH, tone.graphic)
    baseline = rect.y() + _BASELINE
    if item.line is not None:
        line = f"line {item.line}"
        canvas.text(right, baseline, line, text.SMALL, line_color, right=True)
        right -= text.SMALL.width(line) + 8
    left += _GLYPH + 6
    title = text.MONO_BOLD.elided(item.title, right - left)
    canvas.text(left, baseline, title, text.MONO_BOLD, title_color)


def _header_colors(canvas: Canvas, item: FrameItem) -> tuple[QColor, QColor]:
    if item.kind in ("operation", "module"):
        return canvas.theme.colors.text, canvas.theme.colors.text_tertiary
    tone = canvas.theme.tone(item.status)
    return tone.text, tone.text


def _paint_large_header(canvas: Canvas, rect: QRectF, item: FrameItem) -> None:
    """The title alone, as large as the header allows."""
    face = text.Face(min(g.FRAME_HEADER - 6, round(_READABLE / canvas.zoom)), bold=True, mono=True)
    title = face.elided(item.title, rect.width() - 2 * g.FRAME_PADDING)
    color = _header_colors(canvas, item)[0]
    canvas.text(rect.x() + g.FRAME_PADDING, rect.y() + _BASELINE + 2, title, face, color)
