"""The loops of the program, which count their own passes, and the pass that a call is made in.

`app.tracer.snippet.markers` makes each `for` and `while` statement tick.  A `CountedLoop` is a
constant of the code that the loop is in, so that a frame's loops are found in its code.  It counts
separately for each frame: by recursion, generators and threads, several can be in it at the same
time.

Known limitation: `async for` ticks when its item is there, so what computes the item is in the pass
before.
"""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import count, repeat
from types import CodeType, FrameType
from typing import Any

from app.contract.messages import LoopsRow
from app.contract.spots import LINES
from app.tracer.snippet.calling import UNASKED, Calls

_RESUMED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_MOST = sys.maxsize
_LAST = _MOST - 1


class Ticks(repeat):  # type: ignore[type-arg]  # Python has no repeat[bool]
    """An endless iterator of True, from which each pass of one execution of a loop takes one."""

    # What `Loops` knows of the last pass in which it was asked:
    passed = -1
    around: int | None = None
    number: int | None = None

    total: int | None = None
    """The number of items that a `for` goes over, if it is known."""


_SIZED = frozenset((list, tuple, range, dict, set, frozenset, str, bytes))
_EMPTY: tuple[Iterable[Any], ...] = ([], (), range(0), {}, set(), "", b"")
_ITERATORS = frozenset(type(iter(one)) for one in _EMPTY)
_MOST_TOLD = (1 << 31) - 1


def counted(iterable: Any, ticks: Ticks) -> tuple[Ticks, Any]:
    """Return both, the ticks first, which know then how many items there are."""
    ticks.total = _length(iterable)
    return ticks, iterable


def _length(iterable: Any) -> int | None:
    """Return the number of items, if only Python's own code is asked for it."""
    if type(iterable) is enumerate:
        iterable = iterable.__reduce__()[1][0]
    if type(iterable) in _SIZED:
        try:
            found = len(iterable)
        except OverflowError:  # a range
            return None
    elif type(iterable) in _ITERATORS:
        found = iterable.__length_hint__()
    else:
        return None
    return found if found <= _MOST_TOLD else None


class CountedLoop(defaultdict[int | None, tuple[int, Ticks]]):
    """A `for` or `while` statement, from its `first` line to the `last` one of its body.

    By the `id()` of a frame it holds how often the loop was entered before this frame last entered
    it, and the ticks since then.  A missing entry is made when it is asked for, by no Python code.
    An entry says nothing if the frame is outside these lines: the loop, or another frame that had
    this `id()`, has ended.
    """

    def __init__(self, first: int, last: int) -> None:
        super().__init__(enumerate(map(Ticks, repeat(True), repeat(_MOST))).__next__)
        self.first = first
        self.last = last

    __hash__ = object.__hash__  # type: ignore[assignment]  # as constants of code have to

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickle without what was counted, for functions that are pickled by value."""
        return CountedLoop, (self.first, self.last)


class _Code:
    """The loops of one code object, the innermost first."""

    def __init__(self, frame: FrameType, file: int) -> None:
        code = frame.f_code
        self.is_outermost = not file and is_outermost(frame)
        self.resumed = bool(code.co_flags & _RESUMED)
        """Whether its frames may be called again from elsewhere, in the middle of a pass."""
        loops = [constant for constant in code.co_consts if isinstance(constant, CountedLoop)]
        self._loops = sorted(loops, key=lambda loop: -loop.first)
        self.around: dict[int, list[CountedLoop]] = {}
        """The loops on whose lines an instruction is, for those that were asked for."""
        self.first = file * LINES
        """The spot before the first line of the file."""

    def ask(self, frame: FrameType) -> list[CountedLoop]:
        line = frame.f_lineno or 0
        found = [loop for loop in self._loops if loop.first <= line <= loop.last]
        self.around[frame.f_lasti] = found
        return found


def is_outermost(frame: FrameType) -> bool:
    """Return whether a frame runs a file itself, and no frame of the same file led to it."""
    if frame.f_code.co_name != "<module>":
        return False
    outer = frame.f_back
    while outer is not None and outer.f_code.co_filename != frame.f_code.co_filename:
        outer = outer.f_back
    return outer is None


class Loops:
    """Numbers the passes in which calls are made, and gives their rows to `put`.

    `number_of` returns the number of the file of the user's that runs in a frame, or None.
    """

    def __init__(
        self, number_of: Callable[[FrameType], int | None], put: Callable[[LoopsRow], None]
    ) -> None:
        self._number_of = number_of
        self._put = put
        self._codes: dict[int, _Code | None] = {}
        self._kept: list[CodeType] = []  # so that their ids stay their own
        self._numbers = count()

    def at(
        self, frame: FrameType | None, calls: Calls, skip: FrameType | None = None
    ) -> int | None:
        """Return the number of the pass that `frame` is in; None outside loops.

        `calls` has the frames that are calling a module; what it knows of `skip` is not used.
        """
        begun: list[tuple[int, int, Ticks, int]] = []
        number = self._known(frame, calls, skip, begun)
        for line, entry, ticks, passed in reversed(begun):
            if ticks.passed != passed or ticks.around != number:
                ticks.number = next(self._numbers)
                self._put(LoopsRow(ticks.number, line, entry, passed, number, ticks.total))
                ticks.passed, ticks.around = passed, number
            number = ticks.number
        return number

    def _known(
        self,
        frame: FrameType | None,
        calls: Calls,
        skip: FrameType | None,
        begun: list[tuple[int, int, Ticks, int]],
    ) -> int | None:
        """Return the number of the innermost pass that certainly has one; None outside loops.

        The passes inside it are added to `begun`, innermost first.  A pass keeps its number as
        long as it lasts, because the frames that called its own wait where they are.
        """
        while frame is not None:
            if frame is not skip and (call := calls.get(id(frame))) is not None:
                if call.loops == UNASKED:
                    call.loops = self.at(frame, calls, frame)
                return call.loops
            try:
                known = self._codes[id(frame.f_code)]
            except KeyError:
                known = self._look_at(frame)
            if known is not None:
                loops = known.around.get(frame.f_lasti)
                for loop in known.ask(frame) if loops is None else loops:
                    found = loop.get(id(frame))
                    if found is None:
                        continue
                    entry, ticks = found
                    passed = _LAST - ticks.__length_hint__()
                    if passed < 0:
                        continue  # it has not begun: its iterable is being made
                    if ticks.passed == passed and not known.resumed:
                        return ticks.number
                    begun.append((known.first + loop.first, entry, ticks, passed))
                    if ticks.passed >= 0 and not known.resumed:
                        return ticks.around  # all around waits as long as this loop runs
                if known.is_outermost:
                    return None
            frame = frame.f_back
        return None

    def _look_at(self, frame: FrameType) -> _Code | None:
        code, file = frame.f_code, self._number_of(frame)
        self._kept.append(code)
        known = self._codes[id(code)] = None if file is None else _Code(frame, file)
        return known
