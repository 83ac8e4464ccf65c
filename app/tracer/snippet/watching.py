"""Records which statements of the user's files ran."""

from __future__ import annotations

import ast
import dis
import inspect
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib._bootstrap_external import SourceLoader  # `importlib.abc` has another
from importlib.machinery import SourceFileLoader
from importlib.util import decode_source
from types import CodeType
from typing import Any, Protocol

from app.contract.messages import LinesRow
from app.tracer.child.reached import Reached, SharedLines
from app.tracer.patches import Patches
from app.tracer.snippet.markers import may_see_markers, with_markers, without_markers
from app.tracer.snippet.statements import statements

_STARTED_ANEW = ("spawn_posix", "spawn_win32", "forkserver")
"""Ends of the names of modules that are loaded to start a process that is not forked: what it runs
nobody sees."""


import_hooks: set[CodeType] = set()
"""Our code in the middle of Python's imports, under the name of Python's file."""


class File(Protocol):
    """A file of the user's, as `app.tracer.snippet.files` knows it."""

    text: str
    number: int


class Users(Protocol):
    """Returns the file of the user's that the code of a module comes from, if it is one.

    The code is that of `text`, by default of what the file contains.
    """

    def __call__(self, code: CodeType, module: str, text: str | None = None) -> File | None: ...


class LineWatch:
    """Watches one run of a text, and what it imports of the user's.

    `shared` is memory that is read even if the run crashes; without it, the lines are reported at
    the end of the run.  If nothing can be known, it gives up.
    """

    def __init__(
        self, text: str, filename: str, shared: SharedLines | None, last_line: int | None = None
    ) -> None:
        """`last_line` is the last one that is to run; None for all of them."""
        self._text = text
        self._last_line = last_line
        self._filename = filename
        self._shared = shared
        self._unreported: list[tuple[int, Reached]] = []
        """The files, by number, whose lines only this process knows."""
        self._reached = self._marks(0, text)
        self._patches = Patches()
        self._watched = {filename: self._reached}

    def begin(
        self, code: CodeType, cells: Sequence[int] = (), on_cell: Callable[[int], None] = print
    ) -> CodeType:
        """Return `code`, or equal code that marks the lines that it reaches.

        It calls `on_cell` with the first line of each of the cells as it comes to them.
        """
        _watch_readers(self._patches, self._watched)
        if not may_see_markers(self._text):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # compiling the text has warned already
                    return self._marked(cells, on_cell)
            except (RecursionError, MemoryError):
                pass  # nested too deeply for a syntax tree
            except SyntaxError:
                pass  # in what is not to run
        self._reached.give_up()
        return code

    def _marks(self, file: int, text: str) -> Reached:
        """Return where to mark the lines of a file."""
        shared = None if self._shared is None else self._shared.take(file, text)
        if shared is not None:
            return shared
        found = Reached.of(text)
        self._unreported.append((file, found))
        return found

    def _marked(self, cells: Sequence[int], on_cell: Callable[[int], None]) -> CodeType:
        reached, last = self._reached, self._last_line
        tree = _expected(self._text, self._filename, reached)
        if last is not None:
            tree.body = [part for part in tree.body if part.lineno <= last]
        return with_markers(tree, self._filename, reached, cells, on_cell)

    def follow(self, users: Users, edited: Mapping[str, str]) -> None:
        """Mark the lines of imported files too, for which `users` returns the file of the user's.

        What the program sees of a module (its loader, its source, the compiled file beside it) is
        as ever.  `edited` are texts to import in place of what is in the files, by path; no
        compiled file is read or written for them.
        """
        is_marked = not may_see_markers(self._text)
        if not is_marked and not edited:
            return
        original: Callable[[Any, str], CodeType | None] = SourceLoader.get_code

        def get_code(loader: Any, fullname: str) -> CodeType | None:
            if type(loader) is not SourceFileLoader:
                return original(loader, fullname)
            text = edited.get(os.path.abspath(loader.path)) if edited else None
            if text is None:
                code = original(loader, fullname)
            else:
                code = loader.source_to_code(text, loader.path)
                users(code, fullname, text)
            return self._imported(loader, fullname, code, users, text) if is_marked else code

        # The import statement takes the frames of this file, in a row, out of tracebacks.
        of_python = original.__code__.co_filename
        get_code.__code__ = get_code.__code__.replace(co_filename=of_python)
        import_hooks.add(get_code.__code__)
        self._patches.set(SourceLoader, "get_code", get_code)

    def _imported(
        self,
        loader: SourceFileLoader,
        fullname: str,
        code: CodeType | None,
        users: Users,
        text: str | None,
    ) -> CodeType | None:
        if code is None:
            return None
        name = code.co_filename
        try:
            file = users(code, fullname, text)
            if file is None or may_see_markers(file.text):
                return code
            if text is None and decode_source(loader.get_data(name)) != file.text:
                self._watched.setdefault(name, Reached.of("")).give_up()  # it has changed since
                return code
            if name not in self._watched:
                self._watched[name] = self._marks(file.number, file.text)
            reached = self._watched[name]
            with _without_warnings():
                return with_markers(_expected(file.text, name, reached), name, reached)
        except Exception:  # it cannot be read, or not be parsed: then nothing is known of its lines
            return code

    def end(self) -> list[LinesRow]:
        """Return the rows to send; code that runs later is seen in the shared memory only."""
        self._patches.undo()
        if any(f"multiprocessing.popen_{name}" in sys.modules for name in _STARTED_ANEW):
            for reached in self._watched.values():
                reached.give_up()
        rows = (reached.row(file) for file, reached in self._unreported)
        return [row for row in rows if row is not None]


def _expected(text: str, filename: str, reached: Reached) -> ast.Module:
    """Return the syntax tree of a text, whose statements are expected in `reached`."""
    tree = ast.parse(text, filename)
    reached.expect(statements(tree, re.split("\r\n|\r|\n", text)))
    return tree


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Show no warning: compiling the text has warned already.

    The filters stay, as changing them makes warnings of the program appear again.
    """
    show = vars(warnings)["_showwarnmsg"]
    vars(warnings)["_showwarnmsg"] = lambda message: None
    try:
        yield
    finally:
        vars(warnings)["_showwarnmsg"] = show


def _watch_readers(patches: Patches, watched: dict[str, Reached]) -> None:
    """Give up lines of functions whose source or bytecode is read: they may run elsewhere.

    That is how TorchScript, Triton and Dynamo come to know a function.
    """
    original: Callable[..., tuple[list[str], int]] = inspect.getsourcelines

    def getsourcelines(object: Any) -> tuple[list[str], int]:
        lines, first = original(object)
        if (reached := watched.get(_file_of(object) or "")) is not None:
            reached.forget(first, first + len(lines) - 1)
        return lines, first

    patches.set(inspect, "getsourcelines", getsourcelines)
    read: Callable[..., Iterator[dis.Instruction]] = dis.get_instructions

    def get_instructions(x: Any, **kwargs: Any) -> Iterator[dis.Instruction]:
        code = getattr(getattr(x, "__func__", x), "__code__", x)
        reached = watched.get(code.co_filename) if isinstance(code, CodeType) else None
        if reached is None:
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
