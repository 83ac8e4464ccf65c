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

    def result(self, frame: FrameType | None, value: Any) -> None:
        """`value` is what the call in `frame`, a frame of the snippet, gives back."""
        while frame is not None:
            if frame.f_code.co_filename == self._filename:
                target = self._targets.after(frame.f_code, frame.f_lasti)
                if isinstance(target, Stored):
                    self._store(target, value)
                    return
                if not isinstance(target, Returned):
                    return
            elif frame.f_code.co_filename != CONTEXTLIB_FILE:  # a decorator hands the value on
                return
            frame = frame.f_back

    def _store(self, target: Stored, value: Any) -> None:
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

    def inputs(self, frame: FrameType | None, tensors: list[tuple[Tracked, Tensor]]) -> None:
        """Looks up, once each, tensors that came into `frame` without a call of torch there."""
        for tracked, tensor in tensors:
            if tracked.sought or tracked.name is not None:
                continue
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
