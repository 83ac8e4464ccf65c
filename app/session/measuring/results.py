"""The measurements of a program or of some of its lines, as they arrive."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.contract.messages import MeasuredRow, MeasuringRow, NotMeasuredRow
from app.contract.records import MODES, Mode
from app.session.measuring.statistics import Spread, spread_of
from app.session.received import received


@dataclass(slots=True)
class OfMode:
    """What one mode took: seconds by round, and bytes of tensors at most and at the end."""

    seconds: dict[int, float] = field(default_factory=dict)
    peak: int | None = None
    held: int | None = None
    error: str | None = None
    """Why the program does not run in this mode."""

    @property
    def spread(self) -> Spread | None:
        return spread_of(list(self.seconds.values())) if self.seconds else None


@dataclass(slots=True)
class Machine:
    """Where it was measured."""

    torch: str
    system: str
    """The operating system and kind of processor: "Linux x86_64"."""
    threads: int


@dataclass(slots=True)
class Measurement:
    """Takes what the measuring process sends, which is not trusted."""

    modes: dict[Mode, OfMode] = field(default_factory=dict)
    """In the order of `MODES`."""
    machine: Machine | None = None
    failure: str | None = None
    """Why nothing was measured, or no more."""
    was_busy: bool = False
    """Whether more was going on than the cores can do at once."""

    @property
    def rounds(self) -> int:
        """The number of rounds in which every mode that runs at all was measured."""
        counts = [len(one.seconds) for one in self.modes.values() if one.error is None]
        return min(counts, default=0)

    def add(self, batch: Iterable[Any]) -> None:
        """Add rows; ignore what cannot be understood."""
        for row in received(batch, MeasuredRow, MeasuringRow, NotMeasuredRow):
            match row:
                case MeasuredRow():
                    self._add(row)
                case MeasuringRow():
                    self.machine = Machine(*row)
                case NotMeasuredRow():
                    self.failure = row.reason

    def _add(self, row: MeasuredRow) -> None:
        mode = next((one for one in MODES if one == row.mode), None)
        if mode is None:
            return
        if mode not in self.modes:  # they run in any order
            known = {**self.modes, mode: OfMode()}
            self.modes = {one: known[one] for one in MODES if one in known}
        found = self.modes[mode]
        if row.error is not None:
            found.error = row.error
        if row.peak is not None:
            found.peak, found.held = row.peak, row.held
        if row.seconds is not None and row.seconds > 0 and row.round >= 0:
            found.seconds[row.round] = row.seconds
            self.was_busy = self.was_busy or others_are_busy()


def others_are_busy() -> bool:
    """Return whether the load of the last minute is above the cores, measuring itself apart."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1) + 1
