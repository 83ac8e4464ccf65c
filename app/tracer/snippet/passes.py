"""Which pass of which loop of the snippet a call is made in.

Nothing counts passes in Python, so they are inferred, frame by frame, from the order in which the
places are passed that call into torch: one that cannot follow the last one within a pass begins a
new one, and so does one at which the variable of a `for` loop holds another object.  What is known
of a frame lies in its `f_trace`, which only tracing functions of `sys.settrace` use otherwise: it
is there as long as the frame is, and keeps nothing of it alive.

Known limitations: a pass in which no call into torch is made is not counted.  Where the innermost
loop is the only one of several to call into torch, a new pass of an outer `while` (or of a `for`
that yields the same object again) is counted as a pass of the inner one.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import FrameType
from typing import Any

from app.contract.messages import LoopsRow
from app.tracer.snippet.frames import look_at_variables
from app.tracer.snippet.loops import Loop, Loops, Spot
from app.tracer.snippet.source import SnippetSource
from app.tracer.stream import Stream

_RESUMED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_UNREAD = -1
"""Stands for the `id()` of a variable that has not been looked at."""


class _Level:
    """A loop that a frame is in."""

    __slots__ = ("entry", "item", "loop", "number", "passed")

    def __init__(self, loop: Loop, entry: int) -> None:
        self.loop = loop
        self.entry = entry
        self.passed = 0
        self.item = _UNREAD
        """The `id()` of what the loop's variable held in this pass."""
        self.number: int | None = None
        """The number that the trace knows this pass by."""


class Activation:
    """A frame of the snippet, or what it called: told apart from a later call at the same place."""

    __slots__ = ("around", "called", "levels", "spot")

    def __init__(self) -> None:
        self.around: int | None = None
        """The pass that the frame was called in."""
        self.levels: list[_Level] = []
        self.spot: Spot | None = None
        self.called: Activation | None = None

    def __call__(self, *_: Any) -> None:
        """A tracing function that the snippet sets finds it in the place of None."""

    @property
    def number(self) -> int | None:
        return self.levels[-1].number if self.levels else self.around


class Passes:
    """Numbers the passes of the snippet's loops and sends their rows."""

    def __init__(self, source: SnippetSource, stream: Stream) -> None:
        self._filename = source.filename
        self._loops = Loops(source.tree)
        self._stream = stream
        self._entered: dict[Loop, int] = {}
        self._numbers = 0

    def at(self, frame: FrameType, below: FrameType | None) -> int | None:
        """The number of the pass that `frame`, one of the snippet's, is in; None outside loops.

        `below` is the frame that it called on the way to torch, None where it called torch itself.
        """
        if not self._loops.any:
            return None
        activation, known = _activation(frame)
        called = None if below is None else _activation(below)[0]
        if not known or frame.f_code.co_flags & _RESUMED:
            self._surround(frame, activation)
        self._move(frame, activation, called)
        return activation.number

    def _surround(self, frame: FrameType, activation: Activation) -> None:
        """Brings the frames around `frame` up to where they stand now, outermost first."""
        inside: list[tuple[FrameType, Activation, Activation]] = []
        below = activation
        outer = frame.f_back
        last: FrameType | None = frame
        known = False
        while outer is not None and not known:
            if outer.f_code.co_filename == self._filename:
                if last is not None and last is not frame:
                    below = _activation(last)[0]
                own, known = _activation(outer)
                known = known and not outer.f_code.co_flags & _RESUMED
                inside.append((outer, own, below))
                below, last, frame = own, None, outer
            else:
                last = outer
            outer = outer.f_back
        around: int | None = None
        for position, (outer, own, called) in enumerate(reversed(inside)):
            if position or not known:
                self._place(own, around)
            self._move(outer, own, called)
            around = own.number
        self._place(activation, around)

    def _place(self, activation: Activation, around: int | None) -> None:
        """The frame is (again) called in the pass `around`."""
        if activation.around != around:
            activation.around = around
            for level in activation.levels:
                around = self._send(level, around)

    def _move(self, frame: FrameType, activation: Activation, called: Activation | None) -> None:
        """The frame has come to where it stands now."""
        spots = self._loops.of(frame.f_code)
        spot = spots.spot(frame.f_lasti)
        before = activation.spot
        if spot is before and called is not None and called is activation.called:
            return
        # A call that torch saw asks again for what runs inside it (the forward of a Function).
        inside = spot is before and activation.called is None and called is not None
        activation.spot = spot
        activation.called = called
        levels = activation.levels
        if spot is None:
            levels.clear()
            return
        if before is None:
            levels.clear()
        else:
            order = spots.order(before, spot)
            del levels[order.common :]
            if order.common and (order.later or not order.sure):
                self._advance(frame, spot, activation, order.later and not inside)
        for loop in spot.loops[len(levels) :]:
            self._enter(frame, spot, activation, loop)

    def _advance(self, frame: FrameType, spot: Spot, activation: Activation, later: bool) -> None:
        """Counts a new pass of one of the loops that the frame is still in, where one has begun."""
        levels = activation.levels
        begun = self._begun(frame, spot, levels)
        if begun is None:
            if not later:
                return
            begun = self._unaccounted(spot, levels)
        del levels[begun + 1 :]
        level = levels[begun]
        level.passed += 1
        self._begin(frame, spot, activation, level)

    def _begun(self, frame: FrameType, spot: Spot, levels: list[_Level]) -> int | None:
        """The outermost loop whose variable holds something else than in the pass before."""
        for index, level in enumerate(levels):
            if spot.fetches and index == len(spot.loops) - 1:
                return None  # asking for the next item: the variable still holds the last one
            item = _item(frame, level.loop)
            if _UNREAD not in (item, level.item) and item != level.item:
                return index
            level.item = item
        return None

    def _unaccounted(self, spot: Spot, levels: list[_Level]) -> int:
        """Some loop has begun a new pass, and no variable tells which."""
        innermost = len(levels) - 1
        if spot.fetches:
            return innermost
        silent = [index for index, level in enumerate(levels) if level.item == _UNREAD]
        return silent[-1] if silent else innermost

    def _enter(self, frame: FrameType, spot: Spot, activation: Activation, loop: Loop) -> None:
        entry = self._entered.get(loop, 0)
        self._entered[loop] = entry + 1
        level = _Level(loop, entry)
        activation.levels.append(level)
        self._begin(frame, spot, activation, level)

    def _begin(self, frame: FrameType, spot: Spot, activation: Activation, level: _Level) -> None:
        fetched = not (spot.fetches and level.loop is spot.loops[-1])
        level.item = _item(frame, level.loop) if fetched else _UNREAD
        levels = activation.levels
        around = levels[-2].number if len(levels) > 1 else activation.around
        self._send(level, around)

    def _send(self, level: _Level, around: int | None) -> int:
        number = self._numbers
        row = LoopsRow(number, level.loop.line, level.entry, level.passed, around)
        self._stream.put(row)
        self._numbers += 1
        level.number = number
        return number


def _activation(frame: FrameType) -> tuple[Activation, bool]:
    """What is known of a frame, and whether it was known before."""
    mark = frame.f_trace
    if isinstance(mark, Activation):
        return mark, True
    made = Activation()
    if mark is None:
        frame.f_trace = made
    return made, False


def _item(frame: FrameType, loop: Loop) -> int:
    """The `id()` of what the loop's variable holds, or `_UNREAD` where there is none to be had."""
    target = loop.target
    if target is None:
        return _UNREAD
    return look_at_variables(frame, lambda variables: _identity(variables, target))


def _identity(variables: Mapping[str, Any], name: str) -> int:
    return id(variables[name]) if name in variables else _UNREAD
