"""Names for tensors: the variables of the snippet that they go to or are found in."""

from __future__ import annotations

from collections.abc import Mapping
from types import FrameType
from typing import Any

from torch import Tensor

from app.tracer.private import CONTEXTLIB_FILE
from app.tracer.snippet.frames import look_at_variables
from app.tracer.tensors.names import Returned, Stored, StoreTargets
from app.tracer.tensors.table import TensorTable, Tracked


class Naming:
    """Gives results their names as they are stored, and inputs theirs where they came unseen."""

    def __init__(self, filename: str, tensors: TensorTable) -> None:
        self._filename = filename
        self._tensors = tensors
        self._targets = StoreTargets()

    def target(self, frame: FrameType | None) -> Stored | None:
        """Where the call in `frame`, a frame of the snippet, puts what it gives back."""
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self._filename:
                target = self._targets.after(code, frame.f_lasti)
                if isinstance(target, Stored):
                    return target
                if not isinstance(target, Returned):
                    return None
            elif code.co_filename != CONTEXTLIB_FILE:  # a decorator hands the value on
                return None
            frame = frame.f_back
        return None

    def result(self, target: Stored | None, value: Any) -> None:
        """`value` goes to `target`."""
        if target is None:
            return
        if isinstance(value, Tensor):
            self._name(value, target.names[0], target.line)
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                name: str | None = f"{target.names[0]}[{index}]"
                if target.unpacked:
                    name = target.names[index] if index < len(target.names) else None
                if isinstance(item, Tensor):
                    self._name(item, name, target.line)

    def _name(self, tensor: Tensor, name: str | None, line: int | None) -> None:
        if name is not None:
            tracked = self._tensors.see(tensor)
            if tracked.name is None:
                self._tensors.name(tracked, name, line)

    def input(self, frame: FrameType | None, tracked: Tracked, tensor: Tensor) -> None:
        """Looks up, once, a tensor that came into `frame` without a call of torch there."""
        tracked.sought = True
        if frame is not None and frame.f_code.co_filename == self._filename:
            name = _variable(frame, tensor)
            if name is not None:
                self._tensors.name(tracked, name, None)


def _variable(frame: FrameType, tensor: Tensor) -> str | None:
    def holding(variables: Mapping[str, Any]) -> str | None:
        return next((name for name, value in list(variables.items()) if value is tensor), None)

    name = look_at_variables(frame, holding)
    return name if name is not None else holding(frame.f_globals)
