"""The heads of cells, in place of the lines with their marks: number, what a run says, a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.session.cells.marks import heading_of, title_of
from app.session.language import ngettext, number, tr

if TYPE_CHECKING:
    from app.contract.records import Cell
    from app.gui.editor.code_editor import CodeEditor, VisibleLine

_INSET = 12
_GAP = 8
_GLYPH = 12
_HEIGHT_OF_PILL = 18


def paint_behind_text(editor: CodeEditor, painter: QPainter, line: VisibleLine) -> None:
    """Paint what is below the mark, which is seen while the cursor is on it."""
    colors = editor.theme.colors
    rect = QRectF(0, line.top, editor.viewport().width(), line.height)
    painter.fillRect(rect, colors.hover if _is_shown(editor, line) else colors.raised)
    painter.setPen(colors.divider)
    painter.drawLine(QLineF(0, line.top + 0.5, rect.width(), line.top + 0.5))


def paint_over_text(editor: CodeEditor, painter: QPainter, line: VisibleLine, cell: Cell) -> None:
    """Paint the head over the mark; while the cursor is on it, only what is at its right."""
    if cell.kind == "markdown":
        if not _is_shown(editor, line):
            paint_behind_text(editor, painter, line)
            _paint_text_cell(editor, painter, line, cell)
        return
    is_shown = _is_shown(editor, line)
    if not is_shown:
        paint_behind_text(editor, painter, line)
    right = _paint_right(editor, painter, line)
    if is_shown:
        return
    colors, font = editor.theme.colors, editor.note_font
    x = editor.contentOffset().x() + editor.document().documentMargin()
    if title := title_of(line.block.text()):
        x = _text(painter, line, x, title, ui_font(font.pixelSize(), bold=True), colors.text) + _GAP
    said = line.mark.note if line.mark is not None else ""
    color = colors.text_secondary
    if line.mark is not None and line.mark.tone != "plain" and line.mark.glyph == "warning":
        color = line.mark.note_color(editor.theme)
    width = QFontMetricsF(font).horizontalAdvance(said)
    if x + width < right:
        _text(painter, line, x, said, font, color)


def paint_number(
    editor: CodeEditor, painter: QPainter, line: VisibleLine, cell: Cell, width: float
) -> None:
    """Paint the part of the head in the gutter, which is `width` wide."""
    colors = editor.theme.colors
    painter.fillRect(QRectF(0, line.top, width, line.height), colors.raised)
    painter.setPen(colors.divider)
    painter.drawLine(QLineF(0, line.top + 0.5, width, line.top + 0.5))
    if cell.kind == "markdown":
        size = _GLYPH * editor.scale
        place = QRectF(_INSET, line.top + (line.height - size) / 2, size, size)
        is_folded = editor.sheet.is_folded(cell)
        glyph: Glyph = "chevron_right" if is_folded else "chevron_down"
        paint_glyph(painter, glyph, place, colors.text_secondary)
    else:
        font = mono_font(editor.number_font.pixelSize(), bold=True)
        _text(painter, line, _INSET, f"[{cell.number}]", font, colors.text)


def button_rect(editor: CodeEditor, line: VisibleLine) -> QRectF:
    """Return the place of "Run to here" in the head of a cell of code."""
    metrics = QFontMetricsF(editor.note_font)
    width = metrics.horizontalAdvance(_word(line)) + _GLYPH + 3 * _GAP
    left = editor.viewport().width() - width - _GAP
    height = _HEIGHT_OF_PILL * editor.scale
    return QRectF(left, line.top + (line.height - height) / 2, width, height)


def _word(line: VisibleLine) -> str:
    return tr("ran to here") if _ran_to_here(line) else tr("Run to here")


def _ran_to_here(line: VisibleLine) -> bool:
    return line.mark is not None and line.mark.glyph == "play"


def _is_shown(editor: CodeEditor, line: VisibleLine) -> bool:
    """Return whether the mark itself is seen, to be edited."""
    return line.is_current and editor.hasFocus()


def _paint_right(editor: CodeEditor, painter: QPainter, line: VisibleLine) -> float:
    """Paint the button, or the pill of the cell that the run went to; return its left edge."""
    theme, rect = editor.theme, button_rect(editor, line)
    tone = theme.tone("gradient")
    color = tone.text if _ran_to_here(line) else theme.colors.text_secondary
    if _ran_to_here(line):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone.fill)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    glyph = QRectF(rect.left() + _GAP, 0, _GLYPH - 2, _GLYPH - 2)
    glyph.moveCenter(QPointF(glyph.center().x(), rect.center().y()))
    paint_glyph(painter, "play", glyph, color)
    _text(painter, line, glyph.right() + _GAP / 2, _word(line), editor.note_font, color)
    return rect.left()


def _paint_text_cell(editor: CodeEditor, painter: QPainter, line: VisibleLine, cell: Cell) -> None:
    colors, font = editor.theme.colors, editor.note_font
    heading = heading_of(cell, editor.sheet.text.split("\n")) or tr("Text")
    x = editor.contentOffset().x() + editor.document().documentMargin()
    bold = ui_font(font.pixelSize(), bold=True)
    x = _text(painter, line, x, heading, bold, colors.text)
    count = cell.end_line - cell.line + 1
    said = ngettext("text, {count} line", "text, {count} lines", count)
    _text(painter, line, x + _GAP, said.format(count=number(count)), font, colors.text_secondary)


def _text(
    painter: QPainter, line: VisibleLine, x: float, text: str, font: QFont, color: QColor
) -> float:
    """Paint a text in the middle of a head; return where it ends."""
    painter.setFont(font)
    painter.setPen(color)
    width = QFontMetricsF(painter.font()).horizontalAdvance(text)
    place = QRectF(x, line.top, width + 2, line.height)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
    return x + width
