"""Paints everything of a line except its letters: tints, hits, selection, note."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QTextLine

from app.gui.editor import cell_heads
from app.gui.editor.changes import note, paint_struck, tone_of
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.heat import mix
from app.session.language import ngettext, number, tr
from app.session.look.marks import GUESSES

if TYPE_CHECKING:
    from app.gui.editor.code_editor import CodeEditor, VisibleLine

_NOTE_INSET = 12
_NOTE_GAP = 24
_NARROW = 440
"""Below this width only the current line shows its note."""
_RUNNING_BAR = 3
_SIGN = 13
_LINE_BREAK = 5
"""The width of a selected line break in pixels."""


def paint_behind(editor: CodeEditor, painter: QPainter, lines: Sequence[VisibleLine]) -> None:
    """Paint what is below the letters."""
    for line in lines:
        if editor.changes:
            paint_struck(editor, painter, line)
        if line.head_of is not None:
            cell_heads.paint_behind_text(editor, painter, line)
        elif (tint := editor.tint(line)) is not None:
            painter.fillRect(QRectF(0, line.top, editor.viewport().width(), line.height), tint)
        if editor.is_running(line):
            bar = QRectF(0, line.top, _RUNNING_BAR, line.height)
            painter.fillRect(bar, editor.theme.tone("gradient").graphic)
        _paint_hits(editor, painter, line)
        _paint_selection(editor, painter, line)


def paint_notes(editor: CodeEditor, painter: QPainter, lines: Sequence[VisibleLine]) -> None:
    """Paint the notes at the ends of lines, as far as the code leaves room."""
    for line in lines:
        if line.head_of is not None:
            cell_heads.paint_over_text(editor, painter, line, line.head_of)
            continue
        painter.setFont(editor.note_font)
        _paint_note(editor, painter, line)
        _paint_rest(editor, painter, line)


def _paint_selection(editor: CodeEditor, painter: QPainter, line: VisibleLine) -> None:
    """Paint the selection as high as the line: Qt's is only as high as the letters."""
    cursor = editor.textCursor()
    start = cursor.selectionStart() - line.block.position()
    end = cursor.selectionEnd() - line.block.position()
    if not cursor.hasSelection() or end <= 0 or start >= line.block.length():
        return
    more = _LINE_BREAK if end >= line.block.length() else 0
    rect = _stretch(editor, line, start, end).adjusted(0, 0, more, 0)
    painter.fillRect(rect, editor.palette().highlight())


def _paint_hits(editor: CodeEditor, painter: QPainter, line: VisibleLine) -> None:
    first, length = line.block.position(), line.block.length()
    place = bisect_right(editor.hits, first, key=lambda hit: hit[1])
    for start, end in editor.hits[place:]:
        if start >= first + length:
            break
        rect = _stretch(editor, line, start - first, end - first).adjusted(0, 3, 0, -3)
        painter.setPen(editor.theme.colors.hit_ring)
        painter.setBrush(editor.theme.colors.hit)
        painter.drawRoundedRect(rect.adjusted(-0.5, 0.5, 0.5, -0.5), 2, 2)


def _stretch(editor: CodeEditor, line: VisibleLine, start: int, end: int) -> QRectF:
    """Return the rectangle of a range of columns, as high as the line, in the viewport."""
    text, inner = line.block.layout().lineAt(0), line.block.length() - 1
    left, right = _x(text, max(0, start)), _x(text, min(end, inner))
    rect = QRectF(left, line.top, right - left, line.height)
    return rect.translated(editor.contentOffset().x(), 0)


def _x(line: QTextLine, column: int) -> float:
    """Return the x of a column; the stubs do not know that `cursorToX` returns a pair."""
    place = cast("tuple[float, int]", line.cursorToX(column))
    return place[0]


def _paint_note(editor: CodeEditor, painter: QPainter, line: VisibleLine) -> None:
    words, color = _note(editor, line)
    has_room = (
        editor.width() >= _NARROW
        or line.is_current
        or editor.is_running(line)
        or editor.changes_at(line)
    )
    if not words or not has_room:
        return
    width = QFontMetricsF(editor.note_font).horizontalAdvance(words)
    left = editor.viewport().width() - _NOTE_INSET - width - _paint_guess(editor, painter, line)
    code = line.block.layout().lineAt(0)
    end = editor.contentOffset().x() + code.x() + code.naturalTextWidth()
    if line.block.text() and end + _NOTE_GAP > left:
        tint = editor.tint(line)
        if line.is_current or tint is None or tone_of(editor.changes_at(line)) is None:
            return
        room = QRectF(left - _NOTE_INSET, line.top, editor.viewport().width(), line.height)
        painter.fillRect(room, tint)  # where a process raised is said over the end of the code
    painter.setPen(mix(editor.theme.colors.panel, color, 0.75) if editor.is_stale else color)
    place = QRectF(left, line.top, width + 1, line.height)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)


def _paint_rest(editor: CodeEditor, painter: QPainter, line: VisibleLine) -> None:
    """Say how many characters of a long line are not shown."""
    code = line.block.layout().lineAt(0)
    count = line.block.length() - 1 - code.textLength()
    if count <= 0:
        return
    text = ngettext("… {count} more character", "… {count} more characters", count)
    left = editor.contentOffset().x() + code.x() + code.naturalTextWidth() + _NOTE_INSET
    painter.setPen(editor.theme.colors.text_secondary)
    place = QRectF(left, line.top, editor.viewport().width(), line.height)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text.format(count=number(count)))


def _paint_guess(editor: CodeEditor, painter: QPainter, line: VisibleLine) -> float:
    """Paint whether a line is as guessed, at the right end, and return the room it takes."""
    if line.mark is None or line.mark.guess not in GUESSES:
        return 0.0
    color, words = editor.theme.colors.text_secondary, tr("guessed")
    width = QFontMetricsF(editor.note_font).horizontalAdvance(words)
    left = editor.viewport().width() - _NOTE_INSET - width
    painter.setPen(color)
    place = QRectF(left, line.top, width + 1, line.height)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)
    sign = QRectF(left - _SIGN - 3, line.top + (line.height - _SIGN) / 2, _SIGN, _SIGN)
    paint_glyph(painter, GUESSES[line.mark.guess], sign, editor.theme.colors.text)
    return width + _SIGN + 3 + _NOTE_INSET


def _note(editor: CodeEditor, line: VisibleLine) -> tuple[str, QColor]:
    if editor.is_running(line):
        return editor.running_note, editor.theme.tone("gradient").text
    if words := note(changes := editor.changes_at(line)):
        tone = tone_of(changes)
        colors = editor.theme.colors
        return words, colors.text_secondary if tone is None else editor.theme.tone(tone).text
    if line.mark is None:
        return "", editor.theme.colors.text
    return line.mark.note, line.mark.note_color(editor.theme)
