"""The regions in which grad mode or inference mode is switched, and who switched it.

Whether a call was recorded is read off torch at the call; what stands here is why the mode was as
it was.  torch's own context managers are watched at their entry and exit, which is where with
blocks, decorators, optimizers and library code all come through.  What switches the mode in C++
(a custom Function's forward and backward, the backward engine) says so through `within`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple

from torch.autograd import grad_mode

from app.contract.messages import SpanEndRow, SpanRow
from app.tracer.frames import Sites, caller
from app.tracer.patches import Patches
from app.tracer.private import CONTEXTLIB_FILE
from app.tracer.source import SnippetSource
from app.tracer.stream import Stream

_GRAD_MODE: str = grad_mode.__file__


class Origin(NamedTuple):
    """Who entered a region: `kind` is a CauseKind, lines are the snippet's."""

    kind: str
    line: int | None
    end_line: int | None
    text: str


class Region:
    """An entered region, until it is left.

    `number` is None for what torch switches in C++: it explains, but is no span of the trace.
    """

    __slots__ = ("cause", "context", "enabled", "first_op", "inference", "last_op", "number")

    def __init__(
        self, number: int | None, context: Any, inference: bool, enabled: bool, cause: int
    ) -> None:
        self.number = number
        self.context = context
        self.inference = inference
        self.enabled = enabled
        self.cause = cause
        self.first_op: int | None = None
        self.last_op: int | None = None

    @property
    def grad_mode(self) -> bool:
        """What it sets grad mode to: inference mode sets the opposite of itself, as in torch."""
        return self.enabled != self.inference


class GradModes:
    """The stack of regions of one thread."""

    def __init__(self, source: SnippetSource, sites: Sites, stream: Stream) -> None:
        self._source = source
        self._sites = sites
        self._stream = stream
        self._stack: list[Region] = []
        self._next = 0
        self._inside_torch = False
        self.optimizer_depth = 0

    def cause(self, inference: bool) -> int | None:
        """Who switched inference mode on (`inference`) or grad mode off; None if nobody did."""
        for region in reversed(self._stack):
            if inference and region.inference:
                return region.cause if region.enabled else None
            if not inference:
                return None if region.grad_mode else region.cause
        return None

    def _surrounding(self) -> bool:
        """The grad mode that the open regions leave."""
        return self._stack[-1].grad_mode if self._stack else True

    def note_operation(self, operation: int) -> None:
        """An operation took place inside every open region."""
        for region in self._stack:
            if region.first_op is None:
                region.first_op = operation
            region.last_op = operation

    def rename_operation(self, operation: int, to: int) -> None:
        """What was noted as `operation` is part of `to`, which stands for it in the trace."""
        for region in self._stack:
            if region.first_op == operation:
                region.first_op = to
            if region.last_op == operation:
                region.last_op = to

    @contextmanager
    def within(self, kind: str, line: int | None, text: str, enabled: bool) -> Iterator[None]:
        """Meanwhile torch has set grad mode to `enabled` by itself."""
        region = Region(None, None, False, enabled, self._stream.cause(kind, line, text))
        self._stack.append(region)
        try:
            yield
        finally:
            if region in self._stack:
                while self._stack.pop() is not region:
                    pass

    # ---------------------------------------------------------------------------------- patching

    def install(self, patches: Patches) -> None:
        """Watches torch's four context managers for as long as `patches` stands."""
        for manager, kind in (
            (grad_mode.no_grad, "no_grad"),
            (grad_mode.enable_grad, "enable_grad"),
            (grad_mode.inference_mode, "inference_mode"),
        ):
            patches.set(manager, "__enter__", self._entering(manager.__enter__, kind))
            patches.set(manager, "__exit__", self._leaving(manager.__exit__))
        switch = grad_mode.set_grad_enabled
        patches.set(switch, "__init__", self._switching(switch.__init__))
        patches.set(switch, "__call__", self._decorating(switch.__call__))
        patches.set(switch, "__enter__", self._entering_switch(switch.__enter__))
        patches.set(switch, "__exit__", self._leaving(switch.__exit__))

    def _entering(self, original: Any, kind: str) -> Any:
        def enter(context: Any) -> Any:
            enabled = bool(context.mode) if kind == "inference_mode" else kind == "enable_grad"
            self._open(context, kind, enabled, caller())
            self._inside_torch = True
            try:
                return original(context)
            finally:
                self._inside_torch = False

        return enter

    def _leaving(self, original: Any) -> Any:
        def leave(context: Any, *error: Any) -> Any:
            self._inside_torch = True
            try:
                return original(context, *error)
            finally:
                self._inside_torch = False
                self._close(context)

        return leave

    def _switching(self, original: Any) -> Any:
        """`set_grad_enabled(mode)` acts when it is made, whatever becomes of it then."""

        def switch(context: Any, mode: bool) -> None:
            original(context, mode)
            if not self._inside_torch:
                while self._stack and isinstance(self._stack[-1].context, _Statement):
                    self._end(self._stack.pop())
                if mode != self._surrounding():  # else it only takes the one before it back
                    self._open(_Statement(context), "set_grad_enabled", bool(mode), caller())

        return switch

    def _decorating(self, original: Any) -> Any:
        def decorate(context: Any, function: Any) -> Any:
            self._close(_Statement(context))  # it was a decorator: torch takes the switch back
            return original(context, function)

        return decorate

    def _entering_switch(self, original: Any) -> Any:
        def enter(context: Any) -> Any:
            last = self._stack[-1] if self._stack else None
            if last is not None and last.context == _Statement(context):
                last.context = context  # it was a with item: it lasts until the block's end
            elif not self._inside_torch:
                self._open(context, "set_grad_enabled", bool(context.mode), caller())
            return original(context)

        return enter

    # ----------------------------------------------------------------------------------- regions

    def _open(self, context: Any, kind: str, enabled: bool, frame: FrameType) -> None:
        origin = self._origin(frame, kind)
        cause = self._stream.cause(origin.kind, origin.line, origin.text)
        parent = next((r.number for r in reversed(self._stack) if r.number is not None), None)
        region = Region(self._next, context, kind == "inference_mode", enabled, cause)
        self._stack.append(region)
        event = self._stream.next_event()
        where = (origin.line, origin.end_line, parent)
        self._stream.put(SpanRow("span", self._next, kind, cause, *where, enabled, event))
        self._next += 1

    def _close(self, context: Any) -> None:
        if any(_same(region.context, context) for region in self._stack):
            while True:
                region = self._stack.pop()
                self._end(region)
                if _same(region.context, context):
                    return

    def close_all(self) -> None:
        """The run is over: regions that were never left end here."""
        while self._stack:
            self._end(self._stack.pop())

    def _end(self, region: Region) -> None:
        if region.number is not None:
            ops = (region.first_op, region.last_op)
            event = self._stream.next_event()
            self._stream.put(SpanEndRow("span_end", region.number, *ops, event))

    # -------------------------------------------------------------------------------------- whose

    def _origin(self, frame: FrameType, kind: str) -> Origin:
        """Who enters a region of `kind` from `frame`."""
        text = f"torch.{kind}()"
        frame = _beyond(frame, _GRAD_MODE)
        if frame.f_code.co_filename == self._source.filename:
            return self._of_snippet(frame, text)
        line = self._sites.line(frame)
        if self.optimizer_depth:
            return Origin("optimizer", line, line, "Optimizer.step()")
        wrapped = getattr(_decorated(frame), "__code__", None)
        if wrapped is not None and wrapped.co_filename == self._source.filename:
            node = self._source.function(wrapped)
            end = node.end_lineno if node is not None else None
            return Origin("decorator", self._source.decorator_line(wrapped, kind), end, f"@{text}")
        where = _beyond(frame, CONTEXTLIB_FILE).f_globals.get("__name__", "a library")
        return Origin("library", line, line, f"{text} in {where}")

    def _of_snippet(self, frame: FrameType, text: str) -> Origin:
        place = self._source.place(frame.f_code, frame.f_lasti)
        line = frame.f_lineno if place is None else place.line
        end = self._source.with_block_end(line, None if place is None else place.column)
        return Origin("call" if end is None else "with", line, end, text)


class _Statement:
    """Stands for a `set_grad_enabled(...)` that is neither a with item nor a decorator (yet)."""

    __slots__ = ("of",)

    def __init__(self, of: Any) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Statement) and other.of is self.of

    __hash__ = None  # type: ignore[assignment]


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, _Statement) and one == other)


def _beyond(frame: FrameType, filename: str) -> FrameType:
    """The first frame from here outwards whose code is not in this file."""
    while frame.f_code.co_filename == filename and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _decorated(frame: FrameType) -> Any:
    """The function that torch's decorator helper is about to call in this frame, or None."""
    if frame.f_code.co_filename != CONTEXTLIB_FILE:
        return None
    return frame.f_locals.get("func")
