"""From a call of torch back to the user's line that led to it."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any, NamedTuple, TypeVar

from torch import nn

from app.contract.messages import SiteRow, StackRow
from app.contract.records import Frame
from app.contract.spots import line_and_file
from app.tracer.private import DISPATCH_FILES
from app.tracer.snippet.calling import UNASKED, Calls
from app.tracer.snippet.files import Files, shifted
from app.tracer.snippet.loops import is_outermost
from app.tracer.snippet.source import Position
from app.tracer.stream import Stream

T = TypeVar("T")
_DEEPCOPY = copy.deepcopy.__code__
_SNAPSHOTS = sys.version_info < (3, 13)
_END = 0, 0
"""What follows the outermost frame of a thread."""
_CALL = -1
"""With the number of the frames there: what follows on a frame that is calling a module."""
_MOST_FRAMES = 64
"""Frames of a stack that are kept at either end; a deep recursion has more."""
_ASK_FOR_VARIABLES = frozenset(("locals", "vars", "dir", "eval", "exec"))


class CallSite(NamedTuple):
    """`path` distinguishes repeats of one call site from calls made elsewhere; `depth` counts the
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
_Stack = tuple[tuple[int, str, int | None], ...]
"""Line, function and column (`records.Operation.call_columns`) of each frame, innermost first."""
_Frames = dict[tuple[int, int], Any]
"""By the same: the number of the frames up to there, if it is the outermost, or the same again for
the frames that called it."""


class Sites:
    """Numbers the places of the user's files and counts how often each call site was passed."""

    def __init__(self, files: Files, stream: Stream) -> None:
        self.files = files
        self._stream = stream
        self._numbers: dict[Position, int] = {}
        self._paths: _Paths = {}
        self._codes: dict[int, CodeType] = {}  # kept so that their ids stay their own
        self._equal: dict[tuple[str, CodeType], int] = {}
        self._found = 0
        self._passed: dict[tuple[int, str], int] = {}
        self._frames: _Frames = {}
        self._stacks: dict[_Stack, int] = {}
        self._by_number: list[_Stack] = []

    def find(self, frame: FrameType | None) -> tuple[CallSite, FrameType | None]:
        """Return the site of a call made in `frame` or by something that it called.

        With it the innermost frame of the user's, where the site is.
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
        """Return what is at `frame`, going outwards from `innermost`."""
        first = self._first_equal(frame.f_code)
        known = paths.get((first, frame.f_lasti))
        if known is not None:
            return known
        is_site = self.files.of(frame) is not None
        found: _Found = self._site(innermost, frame) if is_site else {}
        paths[first, frame.f_lasti] = found
        return found

    def _first_equal(self, code: CodeType) -> int:
        """Return the `id()` of the first code that is equal: `exec` compiles it at each call."""
        self._codes[id(code)] = code
        return self._equal.setdefault((code.co_filename, code), id(code))

    def _site(self, innermost: FrameType | None, frame: FrameType) -> CallSite:
        """Return a new site in `frame`, which led to `innermost`."""
        file = self.files.of(frame)
        place = None if file is None else file.place(frame.f_code, frame.f_lasti)
        number = None if file is None or place is None else self._number(shifted(place, file))
        set_up = _set_up(innermost, frame)
        depth = 0
        while innermost is not None and innermost is not frame:
            depth += innermost.f_code.co_filename not in DISPATCH_FILES
            innermost = innermost.f_back
        self._found += 1
        return CallSite(number, self._found, depth, set_up)

    def line(self, frame: FrameType | None) -> int | None:
        """Return the user's line that led to `frame`, a spot, or None."""
        while frame is not None:
            if (found := self.files.spot(frame)) is not None:
                return found
            frame = frame.f_back
        return None

    def frames(self, frame: FrameType | None) -> list[Frame]:
        """Return the user's frames from `frame` out to the snippet."""
        number = None if frame is None else self.stack(frame, {})
        frames = () if number is None else self._by_number[number]
        places = ((*line_and_file(at), function) for at, function, _ in frames)
        return [Frame(file, line, function) for line, file, function in places]

    def stack(
        self, frame: FrameType | None, calls: Calls, skip: FrameType | None = None
    ) -> int | None:
        """Return the number of the user's frames from `frame` out to the snippet.

        `calls` has the frames that are calling a module: what is known of the first is mostly the
        answer, or a few frames away from it.
        """
        known: Any = self._frames
        step = frame
        while step is not None:
            if step is not skip and id(step) in calls:
                return self._from_call(known, frame, step, calls)
            key = id(step.f_code), step.f_lasti
            try:
                known = known[key]
            except KeyError:
                known = self._grow(known, frame, step)
            if type(known) is int:
                return known
            step = step.f_back
        if frame is not None and _END not in known:
            known[_END] = self._stack(frame, None, ())
        return known.get(_END)  # type: ignore[no-any-return]

    def _from_call(
        self, known: _Frames, frame: FrameType | None, call: FrameType, calls: Calls
    ) -> int | None:
        """Return the number of the frames from `frame` on, where `call` is the first to call a
        module, and `known` is what is known of the frames before."""
        calling = calls[id(call)]
        if calling.stack == UNASKED:
            calling.stack = self.stack(call, calls, call)
        outer = calling.stack
        if call is frame or outer is None:
            return outer
        found: int | None = known.get((_CALL, outer))
        if found is None:
            found = known[_CALL, outer] = self._stack(frame, call, self._by_number[outer])
        return found

    def _grow(self, known: _Frames, innermost: FrameType | None, frame: FrameType) -> _Frames | int:
        """Return what is at `frame`, going outwards from `innermost`."""
        first = self._first_equal(frame.f_code), frame.f_lasti
        found = known.get(first)
        if found is None:
            is_last = self.files.of(frame) is self.files.snippet and is_outermost(frame)
            found = known[first] = self._stack(innermost, frame.f_back, ()) if is_last else {}
        known[id(frame.f_code), frame.f_lasti] = found
        return found

    def _stack(self, frame: FrameType | None, until: FrameType | None, outer: _Stack) -> int:
        """Return the number of the user's frames from `frame` on, before `until`, and `outer`."""
        found: list[tuple[int, str, int | None]] = []
        while frame is not until and frame is not None:
            line = self.files.spot(frame)
            if line is not None:
                column = self._column(frame) if found else None
                found.append((line, frame.f_code.co_name, column))
            frame = frame.f_back
        key = (*found, *outer)
        if len(key) > 2 * _MOST_FRAMES:
            key = (*key[:_MOST_FRAMES], *key[-_MOST_FRAMES:])
        number = self._stacks.get(key)
        if number is None:
            number = len(self._by_number)
            self._stream.put(StackRow(number, list(key)))
            self._by_number.append(key)
            self._stacks[key] = number
        return number

    def _column(self, frame: FrameType) -> int | None:
        """Return where the expression that runs in a frame of the user's begins in its line."""
        file = self.files.of(frame)
        place = None if file is None else file.place(frame.f_code, frame.f_lasti)
        return None if place is None else place.column

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
    """Return `look(frame.f_locals)` without keeping a function's variables alive.

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
