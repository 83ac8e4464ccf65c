"""Calls into torch that a what-if changes."""

from __future__ import annotations

from collections.abc import Iterable
from types import FrameType
from typing import Any

from app.tracer.calls.functions import TorchFunction
from app.tracer.mishaps import Mishaps
from app.tracer.tensors.table import tensors_in
from app.tracer.what_if.held import Held
from app.tracer.what_if.left_out import LeftOut


class ChangedCalls:
    """Sees every call before torch does, and answers those that are not to reach it."""

    def __init__(self, left_out: LeftOut, held: Held, mishaps: Mishaps) -> None:
        self._left_out = left_out
        self._held = held
        self._mishaps = mishaps

    def instead(
        self,
        function: TorchFunction,
        args: Any,
        kwargs: dict[str, Any],
        frame: FrameType,
        calling: Iterable[int],
    ) -> tuple[Any] | None:
        """Return the result of a call, alone in a tuple, or None where torch is to be called.

        `calling` are the ids of frames that are calling modules.
        """
        with self._mishaps.around("The what-if", frame):
            if self._left_out.detaches(function, frame):
                return (args[0] if args else kwargs["input"],)
            if not self._held:
                return None
            tensors = tensors_in(kwargs.values(), tensors_in(args, []))
            is_set = function.kind == "requires_grad"
            self._held.given(tensors, frame, calling, is_set=is_set)
            state = args[1] if len(args) > 1 else kwargs.get("requires_grad", True)
            if is_set and self._held.set_as_written(args[0], bool(state)):
                return (args[0] if function.name == "requires_grad_" else None,)
        return None
