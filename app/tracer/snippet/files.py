"""The user's files: the snippet, and what it imports of the user's own.

Neither the standard library nor what is installed is the user's.  A package that is installed as
editable lies elsewhere, so it is.
"""

from __future__ import annotations

import os
import sysconfig
import tokenize
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import CodeType, FrameType
from typing import Any

import torch

from app.contract.messages import FileRow
from app.contract.spots import LINES, spot
from app.tracer.invisible import OURS
from app.tracer.snippet.source import Position, SourceFile

_INSTALLED = (
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    torch.__file__.removesuffix("__init__.py"),
    OURS,
)
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_MOST_FILES = 1 << 11
"""Files whose spots fit into 31 bits."""
_LONGEST, _LONGEST_ALL = 2 << 20, 16 << 20
"""Characters of one text, and of all, that are sent."""


def is_installed(path: str) -> bool:
    """Return whether a file belongs to Python, torch, a package or this program."""
    return path.startswith(_INSTALLED) or any(one in path for one in _PACKAGES)


class Files:
    """Says which code is the user's; each file gets its number when its code first matters.

    It is decided once for each code object.
    """

    def __init__(
        self,
        snippet: SourceFile,
        put: Callable[[FileRow], None],
        follow: Iterable[str] = (),
        no_follow: Iterable[str] = (),
    ) -> None:
        self.snippet = snippet
        self._put = put
        self._follow, self._no_follow = tuple(follow), tuple(no_follow)
        self._by_name: dict[str, SourceFile | None] = {snippet.filename: snippet}
        self._by_code: dict[int, SourceFile | None] = {}
        self._codes: list[CodeType] = []  # kept so that their ids stay their own
        self._count = 1
        self._room = _LONGEST_ALL

    def of(self, frame: FrameType) -> SourceFile | None:
        """Return the user's file whose code runs in `frame`; None for other code."""
        code = frame.f_code
        try:
            return self._by_code[id(code)]
        except KeyError:
            return self._decide(code, frame.f_globals.get("__name__"))

    def of_function(self, function: Any) -> SourceFile | None:
        """Return the user's file that a function is defined in; None if there is none."""
        code = getattr(function, "__code__", None)
        if type(code) is not CodeType:
            return None
        try:
            return self._by_code[id(code)]
        except KeyError:
            return self._decide(code, getattr(function, "__module__", None))

    def imported(self, code: CodeType, module: str, text: str | None = None) -> SourceFile | None:
        """Return the user's file that the code of a module comes from; None if it is not theirs.

        The code is that of `text`, by default of what the file contains.
        """
        return self._decide(code, module, text)

    def number_of(self, frame: FrameType) -> int | None:
        """Return the number of the file whose code runs in `frame`; None if it is not theirs."""
        file = self.of(frame)
        return None if file is None else file.number

    def named(self, filename: str) -> SourceFile | None:
        """Return the user's file of this name, if its code has run."""
        return self._by_name.get(filename)

    @property
    def has_imported(self) -> bool:
        """Return whether code of another file than the snippet has run."""
        return self._count > 1

    def numbered(self, number: int) -> SourceFile | None:
        """Return the user's file with this number."""
        files = (file for file in self._by_name.values() if file is not None)
        return next((file for file in files if file.number == number), None)

    def spot(self, frame: FrameType) -> int | None:
        """Return the line that runs in `frame`; None if that is not the user's code."""
        file = self.of(frame)
        line = frame.f_lineno
        return None if file is None else file.spot(line)

    def _decide(self, code: CodeType, module: object, text: str | None = None) -> SourceFile | None:
        name = code.co_filename
        if name not in self._by_name:
            kind = self._kind(name, module if type(module) is str else "")
            self._by_name[name] = None if kind is None else self._made(name, kind, text)
        self._codes.append(code)
        found = self._by_code[id(code)] = self._by_name[name]
        return found

    def _kind(self, name: str, module: str) -> str | None:
        path = os.path.abspath(name)
        if name.startswith("<") or path.startswith(OURS) or _is_in(module, self._no_follow):
            return None
        if _is_in(module, self._follow):
            return "library"
        return None if is_installed(path) else "user"

    def _made(self, name: str, kind: str, text: str | None) -> SourceFile | None:
        if text is None:
            # A name need not be one that a file can have, nor the file one of Python's.
            with suppress(OSError, SyntaxError, ValueError), tokenize.open(name) as file:
                text = file.read()
        if self._count == _MOST_FILES or (text or "").count("\n") >= LINES:
            return None
        number, self._count = self._count, self._count + 1
        fits = text is not None and len(text) <= min(_LONGEST, self._room)
        self._room -= len(text) if fits and text is not None else 0
        self._put(FileRow(number, os.path.abspath(name), kind, text if fits else None))
        return SourceFile(text or "", name, number)


def _is_in(module: str, packages: Iterable[str]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in packages)


def shifted(place: Position, file: SourceFile) -> Position:
    """Return a position with its lines as spots."""
    line = spot(file.number, place.line)
    return place._replace(line=line, end_line=file.spot(place.end_line))
