"""Marks beside lines, and how they stay with their lines while the text is edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from PySide6.QtGui import QColor

from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.graph.payloads import GuessState, StatusKey

Tone = ToneKey | Literal["plain"]
_MAX_COMPARED = 400


@dataclass(frozen=True, slots=True)
class Mark:
    """A glyph in the gutter, a note at the line's end, and the region that the line lies in.

    `tone` colours glyph and note; "plain" is for lines that no status speaks of.
    """

    glyph: Glyph | None
    tone: Tone
    note: str = ""
    region: StatusKey | None = None
    tooltip: str = ""
    is_off: bool = False
    """Whether the line lies in a region that is left out of the run."""
    is_cast: bool = False
    """Whether autocast is on in the line."""
    note_tone: ToneKey | None = None
    """The colour of the note, if it is another."""
    guess: GuessState = ""
    """The state of the guess at the line, while a room is asked about it."""
    is_asked: bool = False
    """Whether the room is asked about this line now."""

    @property
    def words(self) -> str:
        """The mark in words, for the tooltip and for screen readers."""
        return self.tooltip or self.note

    @property
    def is_not_run(self) -> bool:
        return self.glyph == "not_run"

    def glyph_color(self, theme: Theme) -> QColor:
        if self.tone == "covered":
            return theme.colors.text if self.is_asked else theme.colors.text_secondary
        if self.tone == "plain":
            return theme.colors.line if self.glyph == "dot" else theme.colors.text_tertiary
        return theme.tone(self.tone).graphic

    def note_color(self, theme: Theme) -> QColor:
        if self.note_tone is not None:
            return theme.tone(self.note_tone).text
        if self.tone != "plain":
            return theme.tone(self.tone).text
        if self.is_not_run:
            return theme.colors.text_tertiary
        return theme.tone(self.region).text if self.region else theme.colors.text_tertiary


def carry_over(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Return the lines (0-based) of `new` that are unchanged lines of `old`, with old numbers.

    What two texts share at both ends is matched first, so that the cost of an edit is the cost
    of the lines between the first and the last change; beyond 400 of them none is matched.

    >>> carry_over(["a", "b", "c"], ["a", "new", "b", "d"])
    {0: 0, 2: 1}
    """
    shortest = min(len(old), len(new))
    head = 0
    while head < shortest and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < shortest - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    kept = {line: line for line in range(head)}
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(middle_old) <= _MAX_COMPARED and len(middle_new) <= _MAX_COMPARED:
        matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=False)
        for start_old, start_new, size in matcher.get_matching_blocks():
            kept |= {head + start_new + i: head + start_old + i for i in range(size)}
    shift = len(old) - len(new)
    kept |= {line: line + shift for line in range(len(new) - tail, len(new))}
    return kept
