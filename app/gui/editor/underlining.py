"""Underlines in the editor, at their columns, with tooltips."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QTextCharFormat

from app.gui.controls.shortened import shortened
from app.gui.editor.editing.keys import leading
from app.gui.editor.sheet import Sheet
from app.gui.editor.text.units import units
from app.gui.theme import Theme
from app.session.look.colors import ToneKey
from app.session.source.underlines import Severity, Underline

_TONES: dict[Severity, ToneKey] = {"error": "cut", "warning": "no_grad", "info": "gradient"}


def stretches(sheet: Sheet) -> Iterator[tuple[int, int, Underline]]:
    """Yield the underlined ranges of the document, line by line.

    Lines that changed since the run do not show its underlines.
    """
    if sheet.mistake is not None:
        yield (
            *_stretch(sheet, sheet.mistake, sheet.mistake.line, sheet.mistake.line),
            sheet.mistake,
        )
    for underline in sheet.underlines:
        for then in range(underline.line, underline.end_line + 1):
            if (now := sheet.line_now(then)) is not None:
                yield (*_stretch(sheet, underline, then, now), underline)


def _stretch(sheet: Sheet, underline: Underline, line: int, now: int) -> tuple[int, int]:
    """Return what an underline covers of its `line`, which has the number `now`."""
    block = sheet.block(now)
    start, end = _columns(underline, line, block.text())
    return block.position() + start, block.position() + end


def text_at(sheet: Sheet, position: int) -> str:
    """Return the texts of the underlines at a position of the document."""
    found = [one.text for start, end, one in stretches(sheet) if start <= position <= end]
    return shortened("\n\n".join(dict.fromkeys(found)))


def look_of(severity: Severity, theme: Theme) -> QTextCharFormat:
    style = QTextCharFormat.UnderlineStyle
    look = QTextCharFormat()
    look.setUnderlineStyle(style.DotLine if severity == "info" else style.WaveUnderline)
    look.setUnderlineColor(theme.tone(_TONES[severity]).graphic)
    return look


def _columns(underline: Underline, line: int, text: str) -> tuple[int, int]:
    """Return the columns of an underline in a line, in units; at least one character."""
    start, end = len(leading(text)), len(text.rstrip())
    if line == underline.line and underline.column is not None:
        start = min(underline.column, max(0, end - 1))
    if line == underline.end_line and underline.end_column is not None:
        end = min(underline.end_column, end)
    return units(text, start), units(text, max(start + 1, end))
