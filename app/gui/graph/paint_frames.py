"""Frames around regions (no_grad, inference_mode) and around unfolded modules and composites."""

from __future__ import annotations

from typing import Final, cast

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPen

from app.gui.graph import text
from app.gui.graph.canvas import Canvas, Detail
from app.gui.graph.frame_header import free_right, step_buttons
from app.gui.graph.scene import PlacedFrame
from app.gui.theme.glyphs import Glyph
from app.gui.theme.heat import mix
from app.session.graph_items import FrameItem, Stepper
from app.session.look import geometry as g
from app.session.look.measure import header_height
from app.session.words import line_words

_BASELINE: Final = 18
_GROUP_BASELINE: Final = 20.5
_GLYPH: Final = 14
_MODULE_GROUND: Final = 0.55
"""From the canvas (0) to a panel (1)."""
_READABLE: Final = 11
_LEAST_READABLE: Final = 8.5
"""Pixels on the screen of a title where only titles are drawn, and where room is scarce."""


def paint_frame(canvas: Canvas, frame: PlacedFrame) -> None:
    """The ground and the border."""
    theme = canvas.theme
    border = QPen(theme.colors.line, 1.5)
    if not _is_plain(frame.item):
        border = theme.border(frame.item.status)
    canvas.rounded(frame.rect, g.FRAME_RADIUS, _ground(canvas, frame.item), border)


def _is_plain(item: FrameItem) -> bool:
    """Whether a frame holds a module or a composite and says nothing of a grad mode."""
    return item.kind in ("operation", "module")


def _ground(canvas: Canvas, item: FrameItem) -> QColor:
    if _is_plain(item):
        return mix(canvas.theme.colors.canvas, canvas.theme.colors.panel, _MODULE_GROUND)
    return canvas.theme.tone(item.status).fill


def paint_frame_header(canvas: Canvas, frame: PlacedFrame) -> None:
    """Glyph, title and line, above the edges that come in from above."""
    if canvas.detail is Detail.FULL:
        _paint_header(canvas, frame.rect, frame.item)
    elif canvas.detail is Detail.TITLES:
        _paint_large_header(canvas, frame.rect, frame.item)


def _paint_header(canvas: Canvas, rect: QRectF, item: FrameItem) -> None:
    if item.group:
        _paint_group_header(canvas, rect, item)
        return
    left, right = rect.x() + g.FRAME_PADDING, rect.right() - g.FRAME_PADDING
    title_color, line_color = _header_colors(canvas, item)
    baseline = rect.y() + _BASELINE
    if item.line is not None:
        line = line_words(item.line)
        width = text.SMALL.width(line)
        _clear_ground(canvas, rect, item, right - width, right)
        canvas.text(right, baseline, line, text.SMALL, line_color, right=True)
        right -= width + 8
    title = text.MONO_BOLD.elided(item.title, right - left - _GLYPH - 6)
    _clear_ground(canvas, rect, item, left, left + _GLYPH + 6 + text.MONO_BOLD.width(title))
    _paint_header_glyph(canvas, item, left, rect.y() + 6.5)
    canvas.text(left + _GLYPH + 6, baseline, title, text.MONO_BOLD, title_color)


def _paint_group_header(canvas: Canvas, rect: QRectF, item: FrameItem) -> None:
    """Triangle, name and what it holds; for a loop which pass is shown, and the way to others."""
    colors = canvas.theme.colors
    left, right = rect.x() + 11, free_right(rect, item)
    baseline = rect.y() + _GROUP_BASELINE
    title = text.TITLE_MONO.elided(item.title, right - left - _GLYPH - 6)
    start = left + _GLYPH + 6
    end = start + text.TITLE_MONO.width(title)
    summary = text.PLAIN.elided(item.summary, right - end - 12) if right - end > 60 else ""
    _clear_ground(canvas, rect, item, left, end + 12 + text.PLAIN.width(summary))
    canvas.glyph("chevron_down", left, rect.y() + 9, _GLYPH, colors.text_secondary)
    canvas.text(start, baseline, title, text.TITLE_MONO, colors.text)
    canvas.text(end + 12, baseline, summary, text.PLAIN, colors.text_secondary)
    if item.stepper is not None:
        _paint_stepper(canvas, rect, item, item.stepper)


def _paint_stepper(canvas: Canvas, rect: QRectF, item: FrameItem, stepper: Stepper) -> None:
    colors = canvas.theme.colors
    buttons = step_buttons(rect, stepper)
    width = text.SMALL.width(buttons.words)
    _clear_ground(canvas, rect, item, buttons.words_right - width, buttons.forward.right())
    baseline = rect.y() + _GROUP_BASELINE
    right = buttons.words_right
    canvas.text(right, baseline, buttons.words, text.SMALL, colors.text_secondary, right=True)
    for place, glyph, works in (
        (buttons.back, "previous", stepper.number > 0),
        (buttons.forward, "next", stepper.number + 1 < stepper.count),
    ):
        color = colors.text if works else colors.line
        canvas.rounded(place.adjusted(1, 1, -1, -1), 3, colors.panel, QPen(colors.divider, 1))
        canvas.glyph(cast(Glyph, glyph), place.x() + 4, place.y() + 4, 12, color)


def _clear_ground(canvas: Canvas, rect: QRectF, item: FrameItem, left: float, right: float) -> None:
    """Take away the edges below a text."""
    height = header_height(item) - 10
    ground = QRectF(left - 3, rect.y() + 5, right - left + 6, height)
    canvas.painter.fillRect(ground, _ground(canvas, item))


def _paint_header_glyph(canvas: Canvas, item: FrameItem, x: float, y: float) -> None:
    if _is_plain(item):
        canvas.glyph("chevron_down", x, y, _GLYPH, canvas.theme.colors.text_secondary)
    else:
        tone, style = canvas.theme.tone(item.status), canvas.theme.style(item.status)
        canvas.glyph(style.glyph, x, y, _GLYPH, tone.graphic)


def _header_colors(canvas: Canvas, item: FrameItem) -> tuple[QColor, QColor]:
    if _is_plain(item):
        return canvas.theme.colors.text, canvas.theme.colors.text_tertiary
    tone = canvas.theme.tone(item.status)
    return tone.text, tone.text


def _paint_large_header(canvas: Canvas, rect: QRectF, item: FrameItem) -> None:
    """The title alone, as large as the header and its room allow."""
    room = rect.width() - 2 * g.FRAME_PADDING
    least, most = (round(pixels / canvas.zoom) for pixels in (_LEAST_READABLE, _READABLE))
    most = min(g.FRAME_HEADER - 6, most)
    sizes = range(most, min(least, most) - 1, -1)
    faces = [text.Face(pixels, bold=True, mono=True) for pixels in sizes]
    face = next((one for one in faces if one.width(item.title) <= room), faces[-1])
    color = _header_colors(canvas, item)[0]
    title = face.elided(item.title, room)
    canvas.text(rect.x() + g.FRAME_PADDING, rect.y() + _BASELINE + 2, title, face, color)
