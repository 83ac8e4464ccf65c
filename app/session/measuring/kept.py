"""The last measurements, with the machine that they are from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from app.session.language import tr
from app.session.measuring.results import Measurement

MOST_KEPT = 5


@dataclass(slots=True)
class KeptMeasurement:
    """A measurement of the file `name`, of some of its lines or of all of it."""

    name: str
    lines: tuple[int, int] | None
    device: str
    """What the device is called: "CPU"."""
    when: datetime
    found: Measurement

    @property
    def title(self) -> str:
        """What was measured and when: "train.py, lines 16–17, 12:04"."""
        when = f"{self.when:%H:%M}"
        if self.lines is None:
            return tr("{name}, {when}").format(name=self.name, when=when)
        text = tr("{name}, {lines}, {when}")
        return text.format(name=self.name, lines=lines_words(self.lines).lower(), when=when)


def lines_words(lines: tuple[int, int]) -> str:
    """
    >>> lines_words((16, 17)), lines_words((3, 3))
    ('Lines 16–17', 'Line 3')
    """
    first, last = lines
    if first == last:
        return tr("Line {line}").format(line=first)
    return tr("Lines {first}–{last}").format(first=first, last=last)


def with_newest(kept: Sequence[KeptMeasurement], newest: KeptMeasurement) -> list[KeptMeasurement]:
    return [newest, *kept][:MOST_KEPT]


def to_text(kept: Sequence[KeptMeasurement]) -> str:
    return msgspec.json.encode(kept).decode()


def from_text(text: str) -> list[KeptMeasurement]:
    """Return what `to_text` wrote; nothing if the text is anything else."""
    try:
        return msgspec.json.decode(text, type=list[KeptMeasurement])[:MOST_KEPT]
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError):
        return []
