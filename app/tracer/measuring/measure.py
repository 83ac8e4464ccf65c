"""Measures a program, or lines of it, under each grad mode.

Nothing is traced meanwhile.  The whole program runs in a process of its own each time, so that each
run begins as the first one did; lines run again where the lines above them have left off, and may
not change what was there before them.
"""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Callable, Iterator
from statistics import median
from types import CodeType, ModuleType
from typing import Any, NamedTuple, NoReturn

from app.contract.messages import ROUNDS, MeasuredRow, NotMeasuredRow, RunRequest
from app.contract.records import MODES
from app.tracer.child.greeting import measuring
from app.tracer.child.outgoing import RowSender
from app.tracer.measuring.modes import MeasuredModes
from app.tracer.measuring.state import changed, state_of
from app.tracer.measuring.stopwatch import Timed, memory_of, time_of
from app.tracer.snippet.sandbox import RunConnection, filename_of, remember_source
from app.tracer.snippet.statements import first_line
from app.tracer.untraced.apart import apart
from app.tracer.untraced.job import NotPossibleError, begin, do_job, words_of

WARM_UP = 2
"""Rounds before those that count: libraries load, and caches fill."""
SECONDS = 30.0
"""No round begins after this time."""
_SHORT = 0.02
"""Lines that take less than these seconds run several times in one measurement, in parts."""
_PARTS = 5
"""So that another program, which takes the processor for a moment, spoils one of them."""

_clock = time.monotonic


class Repeat(NamedTuple):
    """How often one measurement runs what is measured."""

    parts: int
    times: int
    """In each part, which is timed as a whole."""


ONCE = Repeat(1, 1)


def _repeat(seconds: float) -> Repeat:
    """Return how often to run what takes these seconds."""
    if seconds >= _SHORT:
        return ONCE
    return Repeat(_PARTS, max(1, round(_SHORT / _PARTS / max(seconds, 1e-7))))


def measure_program(request: RunRequest, connection: RunConnection) -> NoReturn:
    """Measure the program of `request`, send the rows, and end the process."""
    do_job(request, connection, lambda rows: _Measuring(request, rows).all(), NotMeasuredRow)


class _Measuring:
    def __init__(self, request: RunRequest, rows: RowSender) -> None:
        self._request = request
        self._rows = rows
        self._filename = filename_of(request)
        self._lines = request.measured or []
        self._modes = MeasuredModes(request.text, self._filename)
        remember_source(self._filename, request.text)

    def all(self) -> None:
        """Run the rounds; in each of them the modes follow each other in another order."""
        once = self._of_lines() if self._lines else self._whole()
        self._rows.send(measuring())
        failed: set[str] = set()
        for number in self._rounds():
            turn = number % len(MODES)
            for mode in (*MODES[turn:], *MODES[:turn]):
                if mode not in failed:
                    found = once(mode, number == -WARM_UP)
                    self._rows.send(MeasuredRow(mode, number, *found))
                    if found.error is not None:
                        failed.add(mode)

    @staticmethod
    def _rounds() -> Iterator[int]:
        """Yield the numbers of rounds while there is time; those below 0 do not count.

        The first one measures memory.  A slow program warms up once and has one round at least.
        """
        began = _clock()
        yield -WARM_UP
        for number in range(1 - WARM_UP, ROUNDS):
            used = _clock() - began
            if used < SECONDS / 3 or (number >= 0 and (used < SECONDS or number == 0)):
                yield number

    def _whole(self) -> Callable[[str, bool], Timed]:
        if not hasattr(os, "fork"):
            raise NotPossibleError("whole programs are measured on Linux only: choose lines")
        code = compile(self._request.text, self._filename, "exec", dont_inherit=True)

        def once(mode: str, with_memory: bool) -> Timed:
            def run() -> Timed:
                main = begin(self._request)
                return self._timed(code, main, mode, ONCE, with_memory)

            found = apart(run)
            return Timed(None, None, None, found) if isinstance(found, str) else Timed(*found)

        return once

    def _of_lines(self) -> Callable[[str, bool], Timed]:
        above, inside = self._parts()
        main = begin(self._request)
        variables = vars(main)
        exec(self._compiled(above), variables)
        known = dict(variables)
        self._refuse_changes(inside, variables)
        rebound = {name: value for name, value in known.items() if variables.get(name) is not value}
        code = self._compiled(inside)

        def renew() -> None:
            variables.update(rebound)

        def once(mode: str, repeat: Repeat, with_memory: bool) -> Timed:
            for name in set(variables) - set(known):
                del variables[name]  # what the lines kept the last time is not theirs
            renew()
            again = renew if rebound else None
            return self._timed(code, main, mode, repeat, with_memory, again)

        first = [once(MODES[0], ONCE, False).seconds for _ in range(_PARTS)]
        repeat = _repeat(min((one for one in first if one), default=_SHORT))
        return lambda mode, with_memory: once(mode, ONCE if with_memory else repeat, with_memory)

    def _refuse_changes(self, inside: list[ast.stmt], variables: dict[str, Any]) -> None:
        """Run the lines once.

        Raises NotPossibleError if they change what they found: the next round would not begin
        as the one before.
        """
        for node in inside:
            before = state_of(variables)
            exec(self._compiled([node]), variables)
            if (name := changed(before, state_of(variables))) is not None:
                line = first_line(node)
                raise NotPossibleError(
                    f"line {line} changes {name}, so rounds would not begin alike; "
                    "measure the whole program, which starts again in each round"
                )

    def _timed(
        self,
        code: CodeType,
        main: ModuleType,
        mode: str,
        repeat: Repeat,
        with_memory: bool,
        again: Callable[[], None] | None = None,
    ) -> Timed:
        """Run `code` in one mode, and return the seconds of one run: the median of all parts.

        `again` is called before each run.
        """
        variables = vars(main)

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
                parts = [time_of(run, self._request.device) for _ in range(repeat.parts)]
                return Timed(median(parts) / repeat.times, None, None, None)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return Timed(None, None, None, words_of(error))

    def _parts(self) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """Return the statements above the lines, and those on them.

        Raises NotPossibleError where the lines are not whole statements of the program itself.
        """
        first, last = self._lines
        tree = ast.parse(self._request.text)
        inside = [node for node in tree.body if first <= first_line(node) and _end(node) <= last]
        cut = [
            node
            for node in tree.body
            if node not in inside and first_line(node) <= last and first <= _end(node)
        ]
        if cut or not inside:
            raise NotPossibleError(
                f"lines {first} to {last} are not whole statements outside functions and loops"
            )
        return [node for node in tree.body if _end(node) < first], inside

    def _compiled(self, statements: list[ast.stmt]) -> CodeType:
        tree = ast.Module(statements, [])
        return compile(tree, self._filename, "exec", dont_inherit=True)


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
