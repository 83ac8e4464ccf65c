"""Measures a program, or lines of it, under each grad mode.

Nothing is traced meanwhile.  Rounds run in processes of their own, each with another layout of its
memory.  The layout decides how often the allocator gives memory back to the system and faults it
in again: in a small convolutional network up to 1,400 pages for each call or 60, in one mode and
not in the other, in all calls of a process.  Rounds of one process would agree on that, and those
of the next one on the contrary.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from random import SystemRandom
from typing import Any, NoReturn

from app.contract.messages import LEAST_ROUNDS, ROUNDS, MeasuredRow, NotMeasuredRow, RunRequest
from app.contract.records import MODES
from app.tracer.child.greeting import measuring
from app.tracer.child.outgoing import RowSender
from app.tracer.measuring.lines import MeasuredLines
from app.tracer.measuring.modes import MeasuredModes
from app.tracer.measuring.runs import ONCE, Runs
from app.tracer.snippet.sandbox import RunConnection, filename_of, remember_source
from app.tracer.untraced.apart import apart
from app.tracer.untraced.job import NotPossibleError, begin, do_job, words_of

SECONDS = 30.0
"""No round begins after this time, or after twice this time where rounds are still too few."""
_BLOCKS, _LARGEST_BLOCK = 16, 1 << 17
"""What shifts the heap: the C library takes larger blocks from elsewhere."""

_clock = time.monotonic
_random = SystemRandom()


def measure_program(request: RunRequest, connection: RunConnection) -> NoReturn:
    """Measure the program of `request`, send the rows, and end the process."""
    do_job(request, connection, lambda rows: _Measuring(request, rows).all(), NotMeasuredRow)


class _Measuring:
    def __init__(self, request: RunRequest, rows: RowSender) -> None:
        self._request = request
        self._rows = rows
        self._filename = filename_of(request)
        self._runs = Runs(MeasuredModes(request.text, self._filename), request.device)
        remember_source(self._filename, request.text)

    def all(self) -> None:
        """Run the rounds; in each of them the modes follow each other in another order."""
        lines = self._request.measured
        in_round = self._of_lines(lines) if lines else self._of_program()
        self._rows.send(measuring())
        failed: set[str] = set()
        for number in self._rounds():
            modes = [mode for mode in _random.sample(MODES, len(MODES)) if mode not in failed]
            for row in in_round(number, modes):
                self._rows.send(row)
                if row.error is not None:
                    failed.add(row.mode)

    @staticmethod
    def _rounds() -> Iterator[int]:
        """Yield the numbers of rounds while there is time.

        Round -1 measures memory; a slow program has one more at least.
        """
        began = _clock()
        for number in range(-1, ROUNDS):
            limit = SECONDS if number >= LEAST_ROUNDS else 2 * SECONDS
            if number <= 0 or _clock() - began < limit:
                yield number

    def _of_program(self) -> Callable[[int, Sequence[str]], Iterator[MeasuredRow]]:
        """Return what measures a round of the program, which runs in a process for each mode."""
        if not hasattr(os, "fork"):
            raise NotPossibleError("whole programs are measured on Linux only: choose lines")
        code = compile(self._request.text, self._filename, "exec", dont_inherit=True)

        def in_round(number: int, modes: Sequence[str]) -> Iterator[MeasuredRow]:
            for mode in modes:

                def run(mode: str = mode) -> list[Any]:
                    variables = vars(begin(self._request))
                    return [*self._runs.timed(code, variables, mode, ONCE, number < 0)]

                found = _in_process(run)
                yield MeasuredRow(
                    mode, number, *(found if isinstance(found, list) else (None, None, None, found))
                )

        return in_round

    def _of_lines(
        self, asked: Sequence[int]
    ) -> Callable[[int, Sequence[str]], Iterator[MeasuredRow]]:
        """Return what measures a round of the lines, all modes in one process."""
        lines = MeasuredLines(self._request, asked, self._filename, self._runs)

        def in_round(number: int, modes: Sequence[str]) -> Iterator[MeasuredRow]:
            def run() -> list[Any]:
                try:
                    return [(mode, number, *one) for mode, one in lines.all(modes, number < 0)]
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # of the lines above: whatever it may raise
                    return [words_of(error)]

            found = _in_process(run)
            words = found if isinstance(found, str) else found[0]
            if isinstance(words, str):
                raise NotPossibleError(words)
            for row in found:
                yield MeasuredRow(*row)

        return in_round


def _in_process(run: Callable[[], list[Any]]) -> list[Any] | str:
    """Return what `run` returns in a process with a memory layout of its own, or how that ended.

    The system without fork has one process, and therefore no more than shifted memory.
    """

    def shifted() -> list[Any]:
        blocks = [bytearray(_random.randrange(_LARGEST_BLOCK)) for _ in range(_BLOCKS)]
        found = run()
        del blocks
        return found

    return apart(shifted) if hasattr(os, "fork") else shifted()
