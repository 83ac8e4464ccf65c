"""Watches where the program enters and leaves regions of autocast: blocks and decorators."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch.amp import autocast_mode

from app.contract.messages import AutocastEndRow, AutocastRow
from app.tracer.grad_modes.watch import WatchedThreads
from app.tracer.mishaps import Mishaps
from app.tracer.patches import Patches
from app.tracer.private import CONTEXTLIB_FILE
from app.tracer.snippet.files import Files
from app.tracer.stream import Stream
from app.tracer.what_if.left_out import LeftOut

_WHAT = "A region of autocast"


class _Place(NamedTuple):
    """The spots at which a region of the program begins and ends."""

    line: int | None = None
    end: int | None = None


class Autocasts:
    """The open regions of autocast.  Those of libraries are not listed."""

    def __init__(self, files: Files, stream: Stream, mishaps: Mishaps, left_out: LeftOut) -> None:
        self._files = files
        self._stream = stream
        self._mishaps = mishaps
        self._left_out = left_out
        self._open: list[tuple[Any, int | None]] = []
        """Contexts with their numbers; None for one that was entered without effect."""

    def install(self, patches: Patches, threads: WatchedThreads) -> None:
        """List regions, and leave out those that are to be, until `patches` is undone."""
        autocast: Any = autocast_mode.autocast
        enter: Callable[..., Any] = autocast.__enter__
        leave: Callable[..., Any] = autocast.__exit__

        def entered(context: Any) -> Any:
            place, is_off, frame = _Place(), False, sys._getframe(1)
            with self._mishaps.around(_WHAT, frame):
                place = self._place(frame)
                is_off = self._left_out.take(place.line, f"torch.autocast({context.device!r})")
            if is_off:
                self._open.append((context, None))
                return context
            result = enter(context)
            if place.line is not None and threads.here() is not None:
                with self._mishaps.around(_WHAT, frame):
                    self._begin(context, place.line, place.end)
            return result

        def left(context: Any, *error: Any) -> Any:
            found = next((one for one in reversed(self._open) if one[0] is context), None)
            if found is not None:
                self._open.remove(found)
                if found[1] is None:
                    return None
                self._stream.put(AutocastEndRow(found[1], self._stream.next_event()))
            return leave(context, *error)

        patches.set(autocast, "__enter__", entered)
        patches.set(autocast, "__exit__", left)

    def _begin(self, context: Any, line: int, end: int | None) -> None:
        device, number = context.device, self._stream.next_span()
        dtype = str(torch.get_autocast_dtype(device)).removeprefix("torch.")
        enabled = torch.is_autocast_enabled(device)
        event = self._stream.next_event()
        self._stream.put(AutocastRow(number, device, dtype, enabled, line, end, event))
        self._open.append((context, number))

    def _place(self, frame: FrameType | None) -> _Place:
        """Return where the program enters a region, if it does so itself."""
        function = None
        while frame is not None and _is_of_autocast(frame):
            if frame.f_code.co_name == "decorate_autocast":
                function = frame.f_locals.get("func")
            frame = frame.f_back
        if function is not None:
            file = self._files.of_function(function)
            if file is None:
                return _Place()
            node = file.function(function.__code__)
            line = file.decorator_line(function.__code__, "autocast")
            return _Place(file.spot(line), file.spot(node.end_lineno if node else None))
        file = None if frame is None else self._files.of(frame)
        if frame is None or file is None:
            return _Place()
        place = file.place(frame.f_code, frame.f_lasti)
        line = frame.f_lineno if place is None else place.line
        block = file.with_block(line, None if place is None else place.column, "autocast")
        return _Place(file.spot(line)) if block is None else _Place(*map(file.spot, block))


def _is_of_autocast(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_filename.endswith("autocast_mode.py") or code.co_filename == CONTEXTLIB_FILE
