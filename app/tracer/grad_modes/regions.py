"""The regions in which grad mode or inference mode is switched, and who switched it.

Whether a call was recorded is read off torch at the call; why the mode was on or off is found here.
torch's own context managers are watched at their entry and exit, which is where with blocks,
decorators, optimizers and library code all come through.  What switches the mode in C++ (a custom
Function's forward and backward, the backward engine) says so through `within`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, NamedTuple

from torch.autograd import grad_mode

from app.contract.messages import SpanEndRow, SpanRow
from app.tracer.grad_modes.what_if import Unswitched
from app.tracer.private import CONTEXTLIB_FILE
from app.tracer.snippet.frames import Sites
from app.tracer.snippet.source import SourceFile
from app.tracer.stream import Stream

_GRAD_MODE: str = grad_mode.__file__
_EXIT_STACK: str = ExitStack.enter_context.__code__.co_filename
"""Who has a block entered by an `ExitStack` enters it."""


class Origin(NamedTuple):
    """What entered a region: `kind` is a CauseKind, lines are spots."""

    kind: str
    line: int | None
    end_line: int | None
    text: str
    module: str | None = None


class Region:
    """An entered region, until it is left.

    `number` is None for what torch switches in C++: it explains, but is not a span of the trace.
    One that is not `effective` is listed in the trace, and switched nothing.
    """

    __slots__ = (
        "cause", "context", "effective", "enabled", "first_op", "inference", "last_op", "number",
    )  # fmt: skip

    def __init__(
        self,
        number: int | None,
        context: Any,
        inference: bool,
        enabled: bool,
        cause: int,
        effective: bool = True,
    ) -> None:
        self.number = number
        self.effective = effective
        self.context = context
        self.inference = inference
        self.enabled = enabled
        self.cause = cause
        self.first_op: int | None = None
        self.last_op: int | None = None

    @property
    def grad_mode(self) -> bool:
        """The grad mode that it sets; inference mode sets the opposite of itself, as in torch."""
        return self.enabled != self.inference


class GradModes:
    """The stack of regions of one thread."""

    def __init__(
        self,
        sites: Sites,
        stream: Stream,
        unswitched: Unswitched | None = None,
    ) -> None:
        self._sites = sites
        self._stream = stream
        self._unswitched = unswitched
        self._stack: list[Region] = []
        self.inside_torch = False
        self.optimizer_depth = 0

    def cause(self, inference: bool) -> int | None:
        """Return the cause of inference mode (`inference`) or of grad mode being off, or None."""
        for region in reversed(self._stack):
            if not region.effective:
                continue
            if inference and region.inference:
                return region.cause if region.enabled else None
            if not inference:
                return None if region.grad_mode else region.cause
        mode = None if self._unswitched is None else self._unswitched.mode
        if mode is None or mode.grad_mode:
            return None
        return self._stream.cause("what_if", None, mode.name)

    @property
    def surrounding(self) -> bool:
        """Return the grad mode that the open regions would set if all had their effect."""
        return self._stack[-1].grad_mode if self._stack else True

    def note_operation(self, operation: int) -> None:
        """Note an operation inside every open region."""
        for region in self._stack:
            if region.first_op is None:
                region.first_op = operation
            region.last_op = operation

    def rename_operation(self, operation: int, to: int) -> None:
        """Replace `operation` by `to`, which contains it, in the open regions."""
        for region in self._stack:
            if region.first_op == operation:
                region.first_op = to
            if region.last_op == operation:
                region.last_op = to

    @contextmanager
    def within(self, kind: str, line: int | None, text: str, enabled: bool) -> Iterator[None]:
        """Treat this block as a region in which torch itself sets grad mode to `enabled`."""
        region = Region(None, None, False, enabled, self._stream.cause(kind, line, text))
        self._stack.append(region)
        try:
            yield
        finally:
            if region in self._stack:
                while self._stack.pop() is not region:
                    pass

    # ----------------------------------------------------------------------------------- regions

    def takes_effect(self, kind: str, enabled: bool, frame: FrameType) -> bool:
        """Return whether a region of `kind` entered from `frame` should switch anything."""
        if self._unswitched is None:
            return True
        return self._is_effective(
            self._origin(frame, kind, enabled), enabled != (kind == "inference_mode")
        )

    def _is_effective(self, origin: Origin, grad_mode: bool) -> bool:
        unswitched = self._unswitched
        return unswitched is None or not unswitched.undoes(
            origin.kind, origin.line, origin.text, grad_mode
        )

    def switch(self, context: Any, enabled: bool, frame: FrameType) -> None:
        """Note a call of `set_grad_enabled(enabled)`, which acts at once, also as a with item."""
        while self._stack and isinstance(self._stack[-1].context, Statement):
            self._end(self._stack.pop())
        if enabled != self.surrounding:  # else it only takes the one before it back
            self.open(Statement(context), "set_grad_enabled", enabled, frame)

    def enter_switch(self, context: Any, frame: FrameType) -> bool:
        """Note that a `set_grad_enabled(...)` is a with item and lasts until the block's end.

        Returns whether it takes effect.
        """
        last = self._stack[-1] if self._stack else None
        if last is not None and last.context == Statement(context):
            last.context = context
            return last.effective
        return self.open(context, "set_grad_enabled", bool(context.mode), frame)

    def open(self, context: Any, kind: str, enabled: bool, frame: FrameType) -> bool:
        """A region of `kind` is entered from `frame`; it lasts until `close(context)`.

        Returns whether it takes effect.
        """
        origin = self._origin(frame, kind, enabled)
        cause = self._stream.cause(origin.kind, origin.line, origin.text, origin.module)
        parent = next((r.number for r in reversed(self._stack) if r.number is not None), None)
        number = self._stream.next_span()
        region = Region(number, context, kind == "inference_mode", enabled, cause)
        region.effective = self._is_effective(origin, region.grad_mode)
        self._stack.append(region)
        event = self._stream.next_event()
        where = (origin.line, origin.end_line, parent)
        row = SpanRow(number, kind, cause, *where, enabled, event, region.effective)
        self._stream.put(row)
        return region.effective

    def close(self, context: Any) -> None:
        """Close the region of this context manager, and regions inside it that are still open."""
        if any(_same(region.context, context) for region in self._stack):
            while True:
                region = self._stack.pop()
                self._end(region)
                if _same(region.context, context):
                    return

    def close_all(self) -> None:
        """Close the regions that are still open at the end of the run."""
        while self._stack:
            self._end(self._stack.pop())

    def _end(self, region: Region) -> None:
        if region.number is not None:
            ops = (region.first_op, region.last_op)
            event = self._stream.next_event()
            self._stream.put(SpanEndRow(region.number, *ops, event))

    # -------------------------------------------------------------------------------------- whose

    def _origin(self, frame: FrameType, kind: str, enabled: bool) -> Origin:
        """Return what enters a region of `kind` from `frame`."""
        says = kind == "set_grad_enabled" or (kind == "inference_mode" and not enabled)
        text = f"torch.{kind}({enabled if says else ''})"
        frame = _beyond(_beyond(frame, _GRAD_MODE), _EXIT_STACK)
        file = self._sites.files.of(frame)
        if file is not None:
            return _of_user(file, frame, kind, text)
        line = self._sites.line(frame)
        if self.optimizer_depth:
            return Origin("optimizer", line, line, "Optimizer.step()")
        wrapped = _decorated(frame)
        file = self._sites.files.of_function(wrapped)
        if file is not None:
            node = file.function(wrapped.__code__)
            end = node.end_lineno if node is not None else None
            line = file.decorator_line(wrapped.__code__, kind)
            return Origin("decorator", file.spot(line), file.spot(end), f"@{text}")
        caller = _beyond(frame, CONTEXTLIB_FILE)
        name = caller.f_globals.get("__name__")
        if self._sites.files.of(caller) is not None:  # the program called what is decorated
            name = getattr(wrapped, "__module__", None)
        module = name if type(name) is str else None
        return Origin("library", line, line, f"{text} in {module or 'a library'}", module)


class Statement:
    """A `set_grad_enabled(...)` that is not, or not yet, a with item or a decorator."""

    __slots__ = ("of",)

    def __init__(self, of: Any) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statement) and other.of is self.of

    __hash__ = None  # type: ignore[assignment]


def _of_user(file: SourceFile, frame: FrameType, kind: str, text: str) -> Origin:
    place = file.place(frame.f_code, frame.f_lasti)
    line = frame.f_lineno if place is None else place.line
    block = file.with_block(line, None if place is None else place.column, kind)
    if block is None:
        return Origin("call", file.spot(line), None, text)
    return Origin("with", file.spot(block[0]), file.spot(block[1]), text)


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, Statement) and one == other)


def _beyond(frame: FrameType, filename: str) -> FrameType:
    """Return the innermost frame, from here outwards, whose code is not in this file."""
    while frame.f_code.co_filename == filename and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _decorated(frame: FrameType) -> Any:
    """Return the function that torch's decorator helper calls in this frame, or None."""
    if frame.f_code.co_filename != CONTEXTLIB_FILE:
        return None
    return frame.f_locals.get("func")
