"""Operations, tensors and cut bars, drawn from what is placed in a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPen

from app.gui.graph import text
from app.gui.graph.canvas import Canvas, Detail
from app.gui.graph.paint_groups import paint_group
from app.gui.graph.paint_pills import paint_pill
from app.gui.graph.scene import PlacedNode
from app.gui.theme.glyphs import Glyph
from app.gui.theme.status import pen
from app.session.graph_items import CutItem, GroupItem, OperationItem, TensorItem
from app.session.language import tr
from app.session.look import geometry as g
from app.session.look.marks import ROLES
from app.session.look.measure import compact_module, cut_block
from app.session.words import line_words

if TYPE_CHECKING:
    from app.session.timeline.picture import Note

_READABLE: Final = 12
"""Pixels on the screen of a title where only titles are drawn."""
_NOTE_GLYPHS: Final[dict[str, Glyph]] = {
    "done": "check",
    "running": "gradient",
    "waiting": "waiting",
}


def paint_node(canvas: Canvas, node: PlacedNode) -> None:
    item = node.item
    if canvas.detail is Detail.BLOCKS:
        _paint_block(canvas, node)
    elif isinstance(item, CutItem):
        _paint_cut(canvas, node.rect, item)
    elif isinstance(item, TensorItem):
        _paint_tensor(canvas, node.rect, item)
    elif isinstance(item, GroupItem):
        paint_group(canvas, node.rect, item)
    else:
        _paint_operation(canvas, node, item)


def _paint_block(canvas: Canvas, node: PlacedNode) -> None:
    """A patch of colour: all that is left of a node at a few percent."""
    item, colors = node.item, canvas.theme.colors
    color = colors.line
    if isinstance(item, (OperationItem, GroupItem)):
        color = canvas.theme.tone(item.status).graphic
    elif isinstance(item, CutItem):
        color = canvas.theme.tone("cut").graphic
    canvas.painter.fillRect(node.rect, color)


# ----------------------------------------------------------------------------------- operations


def _paint_operation(canvas: Canvas, node: PlacedNode, item: OperationItem) -> None:
    rect, theme = node.rect, canvas.theme
    style, tone = theme.style(item.status), theme.tone(item.status)
    if item.summary:
        _paint_stack(canvas, rect, item)
    canvas.rounded(rect, g.NODE_RADIUS, theme.node_fill(item.status), theme.border(item.status))
    if style.doubled:
        inner = rect.adjusted(3, 3, -3, -3)
        canvas.rounded(inner, g.NODE_RADIUS - 2, None, QPen(tone.graphic, style.width))
    if canvas.detail is Detail.SHAPES:
        side = min(rect.height() - 12, 32)
        canvas.glyph(
            style.glyph,
            rect.center().x() - side / 2,
            rect.center().y() - side / 2,
            side,
            tone.graphic,
        )
    elif canvas.detail is Detail.TITLES:
        _paint_large_title(canvas, rect, item)
    elif node.compact:
        _paint_compact(canvas, rect, item)
    else:
        _paint_rows(canvas, node, item)


def _paint_stack(canvas: Canvas, rect: QRectF, item: OperationItem) -> None:
    """Two more outlines below a folded node: it holds others."""
    outline = QPen(canvas.theme.tone(item.status).graphic, 1)
    for offset in (8.0, 4.0):
        below = QRectF(
            rect.x() + offset, rect.y() + offset, rect.width() - 2 * offset, rect.height()
        )
        canvas.rounded(below, g.NODE_RADIUS, canvas.theme.colors.node, outline)


def _paint_large_title(canvas: Canvas, rect: QRectF, item: OperationItem) -> None:
    """Glyph and name at a size that can still be read."""
    style, tone = canvas.theme.style(item.status), canvas.theme.tone(item.status)
    face = text.Face(min(round(_READABLE / canvas.zoom), round(rect.height() * 0.6)), bold=True)
    side = min(g.GLYPH * 0.9 / canvas.zoom, rect.height() - 8)
    canvas.glyph(style.glyph, rect.x() + 10, rect.center().y() - side / 2, side, tone.graphic)
    start = 10 + side + 8
    title = face.elided(item.title, rect.width() - start - 8)
    baseline = rect.center().y() + face.pixels * 0.36
    canvas.text(rect.x() + start, baseline, title, face, canvas.theme.colors.text)


def _paint_compact(canvas: Canvas, rect: QRectF, item: OperationItem) -> None:
    style, tone = canvas.theme.style(item.status), canvas.theme.tone(item.status)
    top = rect.center().y() - g.GLYPH / 2
    canvas.glyph(style.glyph, rect.x() + g.NODE_INSET, top, g.GLYPH, tone.graphic)
    title = text.PLAIN.elided(item.title, rect.width() - g.COMPACT_TITLE_X - 8)
    x, baseline = rect.x() + g.COMPACT_TITLE_X, rect.center().y() + 4.5
    canvas.text(x, baseline, title, text.PLAIN, canvas.theme.colors.text)
    x += text.PLAIN.width(title) + 8
    name = text.MONO.elided(compact_module(item), rect.right() - 8 - x)
    canvas.text(x, baseline, name, text.MONO, canvas.theme.colors.text_secondary)


def _paint_rows(canvas: Canvas, node: PlacedNode, item: OperationItem) -> None:
    rect, colors = node.rect, canvas.theme.colors
    style, tone = canvas.theme.style(item.status), canvas.theme.tone(item.status)
    canvas.glyph(
        style.glyph, rect.x() + g.NODE_INSET, rect.y() + g.GLYPH_TOP, g.GLYPH, tone.graphic
    )
    _paint_title(canvas, rect, item)
    if node.note is not None:
        _paint_note(canvas, rect, node.note)
    else:
        _paint_status(canvas, rect, item)
    if node.pills:
        y = rect.y() + g.DIVIDER_TOP
        canvas.painter.setPen(QPen(colors.divider, 1))
        canvas.painter.drawLine(
            QPointF(rect.x() + g.PILL_INSET, y), QPointF(rect.right() - g.PILL_INSET, y)
        )
    for pill in node.pills:
        paint_pill(canvas, pill)


def _paint_status(canvas: Canvas, rect: QRectF, item: OperationItem) -> None:
    left, right = rect.x() + g.TITLE_X, rect.right() - g.NODE_INSET
    baseline = rect.y() + g.STATUS_BASELINE
    words = text.PLAIN.elided(item.summary or item.words, right - left)
    canvas.text(left, baseline, words, text.PLAIN, canvas.theme.tone(item.status).text)
    room = right - left - text.PLAIN.width(words) - 10
    shapes = text.MEASURE.fitting_shapes(item.shapes, room)
    color = canvas.theme.colors.text_secondary
    canvas.text(right, baseline, shapes, text.SMALL_MONO, color, right=True)


def _paint_note(canvas: Canvas, rect: QRectF, note: Note) -> None:
    """In place of the status: the autograd node that a backward pass is at, and how far it is."""
    tone, colors = canvas.theme.tone("gradient"), canvas.theme.colors
    waits, runs = note.state == "waiting", note.state == "running"
    left, baseline = rect.x() + g.TITLE_X, rect.y() + g.STATUS_BASELINE
    sign = colors.line if waits else tone.graphic
    canvas.glyph(_NOTE_GLYPHS[note.state], left, baseline - 10, 12, sign)
    color = colors.text_secondary if waits else tone.text
    face, plain = text.SMALL_MONO, text.PLAIN
    if runs:
        face, plain = text.SMALL_MONO_BOLD, text.BOLD
    left += 17
    room = rect.right() - g.NODE_INSET - left - plain.width(note.words) - 6
    name = face.elided(note.grad_fn, room)
    canvas.text(left, baseline, name, face, color)
    canvas.text(left + face.width(name) + 6, baseline, note.words, plain, color)


def _paint_title(canvas: Canvas, rect: QRectF, item: OperationItem) -> None:
    """Name, module path and line; the module's path gives way first, the name last."""
    colors = canvas.theme.colors
    left, right = rect.x() + g.TITLE_X, rect.right() - g.NODE_INSET
    baseline = rect.y() + g.TITLE_BASELINE
    if item.line is not None:
        line = line_words(item.line)
        canvas.text(right, baseline, line, text.SMALL_MONO, colors.text_tertiary, right=True)
        right -= text.SMALL_MONO.width(line) + 12
    title = text.TITLE.elided(item.title, right - left)
    canvas.text(left, baseline, title, text.TITLE, colors.text)
    left += text.TITLE.width(title) + 10
    if item.module and right - left > 24:
        module = text.MONO.elided(item.module, right - left)
        canvas.text(left, baseline, module, text.MONO, colors.text_secondary)


# -------------------------------------------------------------------------------------- tensors


def _paint_tensor(canvas: Canvas, rect: QRectF, item: TensorItem) -> None:
    colors = canvas.theme.colors
    border = QPen(colors.line, 1.5)
    glyph_color = colors.text_secondary
    if item.role == "frozen":
        border = canvas.theme.border("no_input_requires_grad")
        glyph_color = canvas.theme.tone("no_input_requires_grad").graphic
    elif item.role == "cut":
        glyph_color = canvas.theme.tone("cut").graphic
        border = pen(glyph_color, 1.5)
    canvas.rounded(rect, rect.height() / 2 - 1, colors.raised, border)
    if canvas.detail is Detail.SHAPES:
        return
    start = g.TENSOR_INSET
    if item.role != "result":
        canvas.glyph(ROLES[item.role][0], rect.x() + 12, rect.y() + 8, g.TENSOR_GLYPH, glyph_color)
        start = g.TENSOR_TITLE_X
    _paint_tensor_text(canvas, rect, item, start)


def _paint_tensor_text(canvas: Canvas, rect: QRectF, item: TensorItem, start: float) -> None:
    colors = canvas.theme.colors
    room = rect.width() - start - g.TENSOR_INSET
    if canvas.detail is Detail.TITLES:
        pixels = min(round(_READABLE / canvas.zoom), round(rect.height() * 0.6))
        face = text.Face(pixels, bold=True, mono=True)
        title = face.elided(item.title, room)
        baseline = rect.center().y() + face.pixels * 0.36
        canvas.text(rect.x() + start, baseline, title, face, colors.text)
        return
    title = text.TITLE_MONO.elided(item.title, room)
    canvas.text(rect.x() + start, rect.y() + 19.5, title, text.TITLE_MONO, colors.text)
    room -= text.TITLE_MONO.width(title) + 10
    if room < 24:
        return
    detail = text.SMALL_MONO.elided(item.detail, room)
    right = rect.right() - g.TENSOR_INSET
    canvas.text(right, rect.y() + 19, detail, text.SMALL_MONO, colors.text_secondary, right=True)


# ------------------------------------------------------------------------------------- cut bars


def _paint_cut(canvas: Canvas, rect: QRectF, item: CutItem) -> None:
    colors, tone = canvas.theme.colors, canvas.theme.tone("cut")
    canvas.rounded(rect, g.NODE_RADIUS, colors.panel, QPen(tone.graphic, 1.5))
    block = QPainterPath()
    block.addRoundedRect(rect, g.NODE_RADIUS, g.NODE_RADIUS)
    beyond = QPainterPath()
    width = cut_block(text.FACES)
    beyond.addRect(rect.adjusted(width, 0, 0, 0))
    canvas.painter.fillPath(block.subtracted(beyond), tone.graphic)
    if canvas.detail < Detail.TITLES:
        return
    canvas.glyph("cut", rect.x() + 7, rect.y() + 7, 14, colors.on_accent)
    at = rect.x() + g.CUT_WORD_X
    canvas.text(at, rect.y() + 18.5, tr("CUT"), text.BOLD, colors.on_accent)
    words = text.PLAIN.elided(item.text, rect.width() - width - 2 * 8)
    canvas.text(rect.x() + width + 9, rect.y() + 18.5, words, text.PLAIN, tone.text)
