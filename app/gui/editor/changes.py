"""The lines in which the text that ran differs from a pinned one: signs in the gutter, and words.

Signs are ink on the ground of a selection, never red and green: nothing here is right or wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from app.contract.spots import line_and_file, spot
from app.gui.theme.colors import ToneKey
from app.gui.theme.fonts import mono_font
from app.session.comparing.texts import LineChange

if TYPE_CHECKING:
    from app.gui.editor.code_editor import CodeEditor, VisibleLine

Changes = Mapping[int, Sequence[LineChange]]
"""What differs at each line that ran, by spot; lines that are gone belong to the next one."""
SIGN_WIDTH: Final = 14
"""The room for signs in the gutter, in pixels at the usual size of the text."""
_LEFT: Final = 6
_PIXELS: Final = 14
_WORDS_INSET: Final = 12


def by_spot(changes: Sequence[LineChange], text: str, file: int = 0) -> Changes:
    """Return the changes by the spots at which they are shown, in the text of a file."""
    found: defaultdict[int, list[LineChange]] = defaultdict(list)
    count = text.count("\n") + 1
    for change in changes:
        found[spot(file, min(change.second, count))].append(change)
    return dict(found)


def gone(changes: Changes) -> dict[int, tuple[int, int]]:
    """Return how many lines that are gone are shown above each line, and below it, by spot."""
    found = {}
    for at, own in changes.items():
        line, _ = line_and_file(at)
        places = [change.second <= line for change in own if change.sign == "−"]
        if places:
            found[at] = places.count(True), places.count(False)
    return found


def _struck(editor: CodeEditor, line: VisibleLine) -> Iterator[tuple[LineChange, QRectF]]:
    """Yield the lines that are gone beside a line, each with its row."""
    height = editor.sheet.layout.line_height
    rows = [change for change in editor.changes_at(line) if change.sign == "−"]
    above = [change for change in rows if change.second <= line.number]
    for place, change in enumerate(rows):
        top = line.top + line.height + (place - len(above)) * height
        if place < len(above):
            top = line.top - (len(above) - place) * height
        yield change, QRectF(0, top, editor.viewport().width(), height)


def paint_struck(editor: CodeEditor, painter: QPainter, line: VisibleLine) -> None:
    """Paint the lines that only the pinned text has, struck through, where they were."""
    colors = editor.theme.colors
    for change, row in _struck(editor, line):
        painter.fillRect(row, colors.selected)
        font = QFont(editor.document().defaultFont())
        font.setStrikeOut(True)
        painter.setFont(font)
        painter.setPen(colors.text_secondary)
        text = row.adjusted(
            editor.contentOffset().x() + editor.document().documentMargin(), 0, 0, 0
        )
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, change.text.expandtabs(4))
        painter.setFont(editor.note_font)
        words = row.adjusted(0, 0, -_WORDS_INSET, 0)
        end = text.left() + QFontMetricsF(font).horizontalAdvance(change.text.expandtabs(4))
        room = QFontMetricsF(editor.note_font).horizontalAdvance(change.words) + _WORDS_INSET
        if end < words.right() - room:
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(words, side, change.words)


def paint_signs(editor: CodeEditor, painter: QPainter, line: VisibleLine, numbers: float) -> None:
    """Paint the sign of a line, and signs and numbers of those that are gone beside it."""
    sign_font = mono_font(round(_PIXELS * editor.scale), bold=True)
    colors = editor.theme.colors
    own = next((one for one in editor.changes_at(line) if one.sign != "−"), None)
    rows = [*_struck(editor, line)]
    if own is not None:
        rows.append((own, QRectF(0, line.top, numbers, line.height)))
    for change, row in rows:
        tone = tone_of((change,))
        painter.setPen(colors.text if tone is None else editor.theme.tone(tone).text)
        painter.setFont(sign_font)
        place = QRectF(_LEFT, row.top(), SIGN_WIDTH * editor.scale, row.height())
        if change.sign == "−":
            painter.fillRect(row, colors.selected)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, change.sign)
        if change.sign == "−":
            painter.setPen(colors.text_tertiary)
            painter.setFont(editor.number_font)
            place = QRectF(0, row.top(), numbers - 8, row.height())
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, side, str(change.first))


def note(changes: Sequence[LineChange]) -> str:
    """Return the words at the end of a line."""
    return next((change.words for change in changes if change.sign != "−"), "")


def tooltip(changes: Sequence[LineChange]) -> str:
    """Return the words for a line that does something else in another process; they may not fit."""
    return "\n".join(change.words for change in changes if change.sign in "≠!…")


def tone_of(changes: Sequence[LineChange]) -> ToneKey | None:
    """Return the colour of a line where a process raised an error."""
    return "cut" if any(change.sign == "!" for change in changes) else None
