"""Lines whose regions and `detach()` calls run as if they were not there.

A region of grad mode is entered and switches nothing (`app.tracer.grad_modes`), and so is one of
autocast (`app.tracer.grad_modes.autocast`).  `detach()` hands back the tensor that it was called
on.  Whatever else is on the line runs as ever, and the text, its line numbers and its source are
untouched.
"""

from __future__ import annotations

import os
from types import FrameType

from app.contract.spots import line_and_file
from app.tracer.calls.functions import TorchFunction
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
