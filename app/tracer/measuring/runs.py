"""One measurement of code in a mode: it runs once, or several times where it is short."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from types import CodeType
from typing import Any, NamedTuple

from app.tracer.measuring.modes import MeasuredModes
from app.tracer.measuring.stopwatch import Timed, memory_of, time_of
from app.tracer.untraced.job import words_of

SHORT = 0.02
"""Code that takes less than these seconds runs several times in one measurement, in parts."""
PARTS = 5
"""So that another program, which takes the processor for a moment, spoils one of them."""


class Repeat(NamedTuple):
    """How often one measurement runs what is measured."""

    parts: int
    times: int
    """In each part, which is timed as a whole."""


ONCE = Repeat(1, 1)


def repeat_of(seconds: float) -> Repeat:
    """Return how often to run what takes these seconds."""
    if seconds >= SHORT:
        return ONCE
    return Repeat(PARTS, max(1, round(SHORT / PARTS / max(seconds, 1e-7))))


class Runs:
    def __init__(self, modes: MeasuredModes, device: str) -> None:
        self._modes, self._device = modes, device

    def timed(
        self,
        code: CodeType,
        variables: dict[str, Any],
        mode: str,
        repeat: Repeat,
        with_memory: bool,
        again: Callable[[], None] | None = None,
    ) -> Timed:
        """Run `code` in one mode, and return the seconds of one run: the median of all parts.

        `again` is called before each run.
        """

        def run() -> None:
            for _ in range(repeat.times):
                if again is not None:
                    again()
                try:
                    exec(code, variables)
                except SystemExit as leaving:
                    if leaving.code:
                        raise

        try:
            with self._modes.under(mode):
                if with_memory:
                    return Timed(None, *memory_of(run), None)
                parts = [time_of(run, self._device) for _ in range(repeat.parts)]
                return Timed(median(parts) / repeat.times, None, None, None)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return Timed(None, None, None, words_of(error))
