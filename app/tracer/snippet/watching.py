"""Records which statements of the snippet ran."""

from __future__ import annotations

import ast
import dis
import inspect
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import CodeType
from typing import Any

from app.contract.messages import LinesRow
from app.tracer.child.reached import Reached
from app.tracer.patches import Patches
from app.tracer.snippet.markers import may_see_markers, with_markers, without_markers
from app.tracer.snippet.statements import statements

_STARTED_ANEW = ("spawn_posix", "spawn_win32", "forkserver")
"""Ends of the names of modules that are loaded to start a process that is not forked: what it runs
nobody sees."""


class LineWatch:
    """Watches one run of a text.

    `shared` is where somebody looks who outlives the run; without it the end of the run tells.
    Where nothing can be known, it gives up.
    """

    def __init__(
        self, text: str, filename: str, shared: Reached | None, last_line: int | None = None
    ) -> None:
        """`last_line` is the last one that is to run; None for all of them."""
        self._text = text
        self._last_line = last_line
        self._filename = filename
        self._reached = shared or Reached(text)
        self._is_shared = shared is not None
        self._patches = Patches()

    def begin(
        self, code: CodeType, cells: Sequence[int] = (), on_cell: Callable[[int], None] = print
    ) -> CodeType:
        """Return `code`, or equal code that marks the lines that it reaches.

        It calls `on_cell` with the first line of each of the cells as it comes to them.
        """
        _watch_readers(self._patches, self._filename, self._reached)
        if not may_see_markers(self._text):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # compiling the text has warned already
                    return self._watched(cells, on_cell)
            except (RecursionError, MemoryError):
                pass  # nested too deeply for a syntax tree
            except SyntaxError:
                pass  # in what is not to run
        self._reached.give_up()
        return code

    def _watched(self, cells: Sequence[int], on_cell: Callable[[int], None]) -> CodeType:
        reached, last = self._reached, self._last_line
        tree = ast.parse(self._text, self._filename)
        reached.expect(statements(tree, re.split("\r\n|\r|\n", self._text)))
        if last is not None:
            tree.body = [part for part in tree.body if part.lineno <= last]
        return with_markers(tree, self._filename, reached, cells, on_cell)

    def end(self) -> list[LinesRow]:
        """Return the rows to send; code that runs later is seen in the shared memory only."""
        self._patches.undo()
        if any(f"multiprocessing.popen_{name}" in sys.modules for name in _STARTED_ANEW):
            self._reached.give_up()
        row = None if self._is_shared else self._reached.row()
        return [] if row is None else [row]


def _watch_readers(patches: Patches, filename: str, reached: Reached) -> None:
    """Give up lines of functions whose source or bytecode is read: they may run elsewhere.

    That is how TorchScript, Triton and Dynamo come to know a function.
    """
    original: Callable[..., tuple[list[str], int]] = inspect.getsourcelines

    def getsourcelines(object: Any) -> tuple[list[str], int]:
        lines, first = original(object)
        if _file_of(object) == filename:
            reached.forget(first, first + len(lines) - 1)
        return lines, first

    patches.set(inspect, "getsourcelines", getsourcelines)
    read: Callable[..., Iterator[dis.Instruction]] = dis.get_instructions

    def get_instructions(x: Any, **kwargs: Any) -> Iterator[dis.Instruction]:
        code = getattr(getattr(x, "__func__", x), "__code__", x)
        if not isinstance(code, CodeType) or code.co_filename != filename:
            return read(x, **kwargs)
        lines = [line for _, _, line in code.co_lines() if line]
        reached.forget(min(lines), max(lines))
        return without_markers(read(x, **kwargs))

    patches.set(dis, "get_instructions", get_instructions)


def _file_of(object: Any) -> str | None:
    try:
        return inspect.getsourcefile(inspect.unwrap(object))
    except TypeError:
        return None
