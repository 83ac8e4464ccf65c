"""The lines in which the text that ran differs from a pinned one: signs in the gutter, and words.

Signs are ink on the ground of a selection, never red and green: nothing here is right or wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from app.gui.theme.fonts import mono_font
from app.session.comparing.texts import LineChange
from app.session.language import ngettext, number

if TYPE_CHECKING:
    from app.gui.editor.code_editor import CodeEditor, VisibleLine

Changes = Mapping[int, Sequence[LineChange]]
"""What differs at each line of the text that ran; lines that are gone belong to the next one."""
SIGN_WIDTH: Final = 14
"""The room for signs in the gutter, in pixels at the usual size of the text."""
_LEFT: Final = 6
_PIXELS: Final = 14


def by_line(changes: Sequence[LineChange], count: int) -> Changes:
    """Return the changes by the line at which they are shown, in a text of `count` lines."""
    found: defaultdict[int, list[LineChange]] = defaultdict(list)
    for change in changes:
        found[min(change.second, count)].append(change)
    return dict(found)


def paint_signs(editor: CodeEditor, painter: QPainter, line: VisibleLine) -> None:
    """Paint the sign of a line, and of those that are gone where they were."""
    painter.setFont(mono_font(round(_PIXELS * editor.scale), bold=True))
    painter.setPen(editor.theme.colors.text)
    middle = line.top + line.height / 2
    for change in editor.changes_at(line):
        at = middle
        if change.sign == "−":
            at = line.top if change.second <= line.number else line.top + line.height
        place = QRectF(_LEFT, at - line.height / 2, SIGN_WIDTH * editor.scale, line.height)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, change.sign)


def note(changes: Sequence[LineChange]) -> str:
    """Return the words at the end of a line."""
    words = next((change.words for change in changes if change.sign != "−"), "")
    text = ngettext("{count} line removed", "{count} lines removed", len(changes))
    return words or text.format(count=number(len(changes)))


def tooltip(changes: Sequence[LineChange]) -> str:
    """Return the lines that are gone, with their numbers in the pinned text.

    Of a line that does something else in the other run, return the words, which may not fit it.
    """
    said = {change: f"− {change.first}  {change.text}" for change in changes if change.sign == "−"}
    said |= {change: change.words for change in changes if change.sign == "≠"}
    return "\n".join(said.values())
