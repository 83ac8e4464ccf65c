"""Lines whose regions and `detach()` calls run as if they were not there.

A region of grad mode is entered and switches nothing (`app.tracer.grad_modes`), and so is one of
autocast.  `detach()` hands back the tensor that it was called on.  Whatever else is on the line
runs as ever, and the text, its line numbers and its source are untouched.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from torch.amp import autocast_mode

from app.contract.spots import line_and_file
from app.tracer.calls.functions import TorchFunction
from app.tracer.mishaps import Mishaps
from app.tracer.patches import Patches
from app.tracer.private import CONTEXTLIB_FILE
from app.tracer.snippet.files import Files
from app.tracer.what_if.changes import Changes

_DETACHES = ("torch.Tensor.detach", "torch.Tensor.detach_", "torch.detach", "torch.detach_")


class LeftOut:
    """The lines of the `without` changes."""

    def __init__(self, changes: Changes, files: Files) -> None:
        self._changes = changes
        self._files = files
        self._lines: dict[int, list[tuple[str | None, int]]] = {}
        """By line: the end of the path of its file (None for the snippet), and which change."""
        for number, change in changes.of_kinds("without"):
            if (place := change.place) is not None:
                path, line = place
                self._lines.setdefault(line, []).append((path, number))
        self._entered: list[Any] = []
        """The autocast regions that were entered without effect."""

    def __bool__(self) -> bool:
        return bool(self._lines)

    def take(self, line: int | None, text: str) -> bool:
        """Return whether `text`, on a line (a spot), is left out; it is reported then."""
        if line is None:
            return False
        number, file = line_and_file(line)
        of_line = self._lines.get(number, ())
        taken = [place for path, place in of_line if self._is_file(file, path)]
        for place in taken:
            self._changes.matched(place, text, line=line)
        return bool(taken)

    def _is_file(self, number: int, path: str | None) -> bool:
        if path is None or not number:
            return path is None and not number
        file = self._files.numbered(number)
        if file is None:
            return False
        name, end = os.path.abspath(file.filename), os.path.normpath(path)
        return name == end or name.endswith(os.sep + end)

    # ------------------------------------------------------------------------------------ detach

    def detaches(self, function: TorchFunction, frame: FrameType) -> bool:
        """Return whether a call is a `detach()` of the user's that is left out."""
        if function.qualified_name not in _DETACHES:
            return False
        file = self._files.of(frame)
        if file is None:
            return False
        place, lines = file.place(frame.f_code, frame.f_lasti), {frame.f_lineno}
        if place is not None:
            lines |= set(range(place.line, (place.end_line or place.line) + 1))
        text = f"{function.name}()"
        return any(self.take(file.spot(line), text) for line in sorted(lines & self._lines.keys()))

    # ---------------------------------------------------------------------------------- autocast

    def watch_autocast(self, patches: Patches, mishaps: Mishaps) -> None:
        """Leave out regions of autocast until `patches` is undone."""
        autocast: Any = autocast_mode.autocast
        enter: Callable[..., Any] = autocast.__enter__
        leave: Callable[..., Any] = autocast.__exit__

        def entered(context: Any) -> Any:
            is_off, frame = False, sys._getframe(1)
            with mishaps.around("A region of autocast", frame):
                is_off = self.take(self._line(frame), f"torch.autocast({context.device!r})")
            if not is_off:
                return enter(context)
            self._entered.append(context)
            return context

        def left(context: Any, *error: Any) -> Any:
            if any(one is context for one in self._entered):
                self._entered = [one for one in self._entered if one is not context]
                return None
            return leave(context, *error)

        patches.set(autocast, "__enter__", entered)
        patches.set(autocast, "__exit__", left)

    def _line(self, frame: FrameType | None) -> int | None:
        """Return where the user enters a region of autocast: a `with` or a decorator."""
        function = None
        while frame is not None and _is_of_autocast(frame):
            if frame.f_code.co_name == "decorate_autocast":
                function = frame.f_locals.get("func")
            frame = frame.f_back
        if function is not None:
            file = self._files.of_function(function)
            line = None if file is None else file.decorator_line(function.__code__, "autocast")
            return None if file is None else file.spot(line)
        return None if frame is None else self._files.spot(frame)


def _is_of_autocast(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_filename.endswith("autocast_mode.py") or code.co_filename == CONTEXTLIB_FILE
