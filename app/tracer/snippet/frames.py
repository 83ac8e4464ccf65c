"""From a call of torch back to the snippet's line that led to it."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any, NamedTuple, TypeVar

from torch import nn

from app.contract.messages import SiteRow
from app.tracer.private import DISPATCH_FILES
from app.tracer.snippet.source import Position, SnippetSource
from app.tracer.stream import Stream

T = TypeVar("T")
_DEEPCOPY = copy.deepcopy.__code__
_SNAPSHOTS = sys.version_info < (3, 13)
_ASK_FOR_VARIABLES = frozenset(("locals", "vars", "dir", "eval", "exec"))


class CallSite(NamedTuple):
    """`path` tells repeats of one call site apart from calls made elsewhere; `depth` counts the
    frames between it and the call that are not torch's dispatch.

    `set_up` says that what the snippet called there constructs a module ("constructor") or copies
    one ("copy"), and that the calls into torch are part of that (`records.Operation`)."""

    number: int | None
    path: int
    depth: int
    set_up: str | None = None


_NOWHERE = CallSite(None, 0, 0)

_Paths = dict[tuple[int, int], "_Found"]
_Found = CallSite | _Paths
"""What is at a frame, by its code (the `id()`) and its instruction: the site, or the paths on from
it to the frames that called it."""


class Sites:
    """Numbers the places of the snippet and counts how often each call site was passed."""

    def __init__(self, source: SnippetSource, stream: Stream) -> None:
        self._source = source
        self.filename = source.filename
        self._stream = stream
        self._numbers: dict[Position, int] = {}
        self._paths: _Paths = {}
        self._codes: dict[int, CodeType] = {}  # kept so that their ids stay their own
        self._equal: dict[tuple[str, CodeType], int] = {}
        self._found = 0
        self._passed: dict[tuple[int, str], int] = {}

    def find(self, frame: FrameType | None) -> tuple[CallSite, FrameType | None]:
        """Return the site of a call made in `frame` or by something that it called.

        With it the innermost frame of the snippet, where the site is.
        """
        paths = self._paths
        innermost = frame
        while frame is not None:
            key = id(frame.f_code), frame.f_lasti
            try:
                found = paths[key]
            except KeyError:
                found = paths[key] = self._step(paths, innermost, frame)
            if type(found) is CallSite:
                return found, frame
            paths = found  # type: ignore[assignment]
            frame = frame.f_back
        return _NOWHERE, None

    def _step(self, paths: _Paths, innermost: FrameType | None, frame: FrameType) -> _Found:
        """Return what is at `frame`, on the way outwards from `innermost`.

        What is compiled again at each call of `exec` is the same code.
        """
        code = self._codes[id(frame.f_code)] = frame.f_code
        first = self._equal.setdefault((code.co_filename, code), id(code))
        known = paths.get((first, frame.f_lasti))
        if known is not None:
            return known
        is_site = code.co_filename == self.filename
        found: _Found = self._site(innermost, frame) if is_site else {}
        paths[first, frame.f_lasti] = found
        return found

    def _site(self, innermost: FrameType | None, frame: FrameType) -> CallSite:
        """Return a new site in `frame`, which led to `innermost`."""
        place = self._source.place(frame.f_code, frame.f_lasti)
        number = None if place is None else self._number(place)
        set_up = _set_up(innermost, frame)
        depth = 0
        while innermost is not None and innermost is not frame:
            depth += innermost.f_code.co_filename not in DISPATCH_FILES
            innermost = innermost.f_back
        self._found += 1
        return CallSite(number, self._found, depth, set_up)

    def line(self, frame: FrameType | None) -> int | None:
        """Return the snippet's line that led to `frame`, or None."""
        while frame is not None:
            if frame.f_code.co_filename == self.filename:
                return frame.f_lineno
            frame = frame.f_back
        return None

    def occurrence(self, site: CallSite, name: str) -> int:
        """Return how often this site's call of this name was made before (0 for the first)."""
        key = (site.path, name)
        count = self._passed.get(key, 0)
        self._passed[key] = count + 1
        return count

    def _number(self, place: Position) -> int:
        number = self._numbers.get(place)
        if number is None:
            number = len(self._numbers)
            self._stream.put(SiteRow(number, *place))
            self._numbers[place] = number
        return number


def _set_up(frame: FrameType | None, until: FrameType) -> str | None:
    """Return "constructor" or "copy" if the library does that for the frame `until`, or None."""
    found = None
    while frame is not None and frame is not until:
        if frame.f_code is _DEEPCOPY:
            return "copy"
        if frame.f_code.co_name == "__init__" and _constructs_a_module(frame):
            found = "constructor"
        frame = frame.f_back
    return found


def _constructs_a_module(frame: FrameType) -> bool:
    first = frame.f_code.co_varnames[:1]
    constructed = look_at_variables(frame, lambda variables: [variables.get(n) for n in first])
    return any(issubclass(type(one), nn.Module) for one in constructed)


def look_at_variables(frame: FrameType, look: Callable[[Mapping[str, Any]], T]) -> T:
    """`look(frame.f_locals)`, which keeps none of a function's variables alive.

    Before Python 3.13 `f_locals` of a function is a copy that stays with the frame.  It is emptied
    again, unless the function may have got hold of it by `locals()`.  Since then `f_locals` of a
    module is without the module's variables where one of its comprehensions is running.
    """
    variables = frame.f_globals if frame.f_code.co_name == "<module>" else frame.f_locals
    try:
        return look(variables)
    finally:
        code = frame.f_code
        is_copy = _SNAPSHOTS and code.co_flags & inspect.CO_OPTIMIZED
        if is_copy and _ASK_FOR_VARIABLES.isdisjoint(code.co_names):
            variables.clear()
