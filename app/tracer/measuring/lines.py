"""Some lines of a program, which run repeatedly where the lines above them have left off.

They may not change what was there before them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import Any

from app.contract.messages import RunRequest
from app.contract.records import MODES
from app.tracer.measuring.runs import ONCE, PARTS, SHORT, Repeat, Runs, repeat_of
from app.tracer.measuring.state import changed, state_of
from app.tracer.measuring.stopwatch import Timed
from app.tracer.snippet.statements import first_line
from app.tracer.untraced.job import NotPossibleError, begin

_LONG = 0.1
"""Lines that take more seconds than this need not warm up in each mode."""


class MeasuredLines:
    """Raises NotPossibleError where the lines are not whole statements of the program itself."""

    def __init__(
        self, request: RunRequest, lines: Sequence[int], filename: str, runs: Runs
    ) -> None:
        self._request, self._filename, self._runs = request, filename, runs
        first, last = lines
        body = ast.parse(request.text).body
        self._inside = [node for node in body if first <= first_line(node) and _end(node) <= last]
        cut = [
            node
            for node in body
            if node not in self._inside and first_line(node) <= last and first <= _end(node)
        ]
        if cut or not self._inside:
            raise NotPossibleError(
                f"lines {first} to {last} are not whole statements outside functions and loops"
            )
        self._above = self._compiled([node for node in body if _end(node) < first])
        self._code = self._compiled(self._inside)

    def all(self, modes: Sequence[str], with_memory: bool) -> Iterator[tuple[str, Timed]]:
        """Run the program up to the lines, then these in each of `modes`."""
        variables = vars(begin(self._request))
        exec(self._above, variables)
        known = dict(variables)
        self._refuse_changes(variables)
        rebound = {name: value for name, value in known.items() if variables.get(name) is not value}

        def renew() -> None:
            variables.update(rebound)

        def once(mode: str, repeat: Repeat, with_memory: bool = False) -> Timed:
            for name in set(variables) - set(known):
                del variables[name]  # what the lines kept the last time is not theirs
            renew()
            again = renew if rebound else None
            return self._runs.timed(self._code, variables, mode, repeat, with_memory, again)

        if with_memory:
            yield from ((mode, once(mode, ONCE, with_memory=True)) for mode in modes)
            return
        seconds = once(MODES[0], ONCE).seconds or SHORT
        if seconds < SHORT:
            more = [once(MODES[0], ONCE).seconds for _ in range(1, PARTS)]
            seconds = min(seconds, *(one for one in more if one))
        repeat = repeat_of(seconds)
        if seconds < _LONG:
            for mode in modes:
                once(mode, repeat._replace(parts=1))
        yield from ((mode, once(mode, repeat)) for mode in modes)

    def _refuse_changes(self, variables: dict[str, Any]) -> None:
        """Run the lines once.

        Raises NotPossibleError if they change what they found: the next run would not begin as
        the one before.
        """
        for node in self._inside:
            before = state_of(variables)
            exec(self._compiled([node]), variables)
            if (name := changed(before, state_of(variables))) is not None:
                line = first_line(node)
                raise NotPossibleError(
                    f"line {line} changes {name}, so rounds would not begin alike; "
                    "measure the whole program, which starts again in each round"
                )

    def _compiled(self, statements: list[ast.stmt]) -> CodeType:
        tree = ast.Module(statements, [])
        return compile(tree, self._filename, "exec", dont_inherit=True)


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
