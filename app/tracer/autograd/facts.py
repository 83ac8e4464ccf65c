"""What happens to a tensor outside any operation: requires_grad set, .grad read, set, cleared."""

from __future__ import annotations

import copy
from types import FrameType
from typing import Any

import torch
from torch import Tensor, overrides

from app.contract.records import Fact, FactKind
from app.contract.spots import line_and_file
from app.tracer.autograd.gradients import GradientRows
from app.tracer.calls.functions import TorchFunction
from app.tracer.failures import Failures
from app.tracer.mishaps import Mishaps
from app.tracer.private import TENSOR_FILE, is_functorch_wrapped
from app.tracer.snippet.frames import Sites
from app.tracer.stream import Stream
from app.tracer.tensors.table import TensorTable, grad_of
from app.tracer.tensors.tracked import Tracked


class Facts:
    """Handlers for attribute accesses that matter to autograd.

    Each passes the call on unchanged and returns torch's result, even if describing it fails.
    """

    def __init__(
        self,
        stream: Stream,
        tensors: TensorTable,
        sites: Sites,
        gradients: GradientRows,
        failures: Failures,
        mishaps: Mishaps,
    ) -> None:
        self._stream = stream
        self._tensors = tensors
        self._sites = sites
        self._gradients = gradients
        self._failures = failures
        self._mishaps = mishaps

    def put(self, fact: FactKind, tensor: Tensor, frame: FrameType | None, value: bool) -> None:
        tracked = self._tensors.see(tensor)
        line, file = line_and_file(self._sites.line(frame))
        event = self._stream.next_event()
        stack = self._sites.frames(frame) if fact == "requires_grad" else []
        self._stream.put(Fact(fact, tracked.id, line, value, event, file, stack))

    def requires_grad(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        tensor: Tensor = args[0]
        tracked, before = None, False
        with self._mishaps.around("requires_grad", frame):
            tracked, before = self._tensors.see(tensor), tensor.requires_grad
        try:
            result = func(*args, **kwargs)
        except Exception as error:
            with self._mishaps.around("requires_grad", frame):
                modes = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
                name, qualified_name = function.name, function.qualified_name
                inputs = [] if tracked is None else [tracked.id]
                self._failures.note(error, name, qualified_name, inputs, *modes)
            raise
        if tracked is not None:
            with self._mishaps.around("requires_grad", frame):
                self._requires_grad_set(tracked, tensor, before, frame)
        return result

    def hold(self, tensor: Tensor, value: bool) -> int:
        """Set `requires_grad` for a what-if, and return the identity of the tensor.

        Raises RuntimeError where torch refuses.
        """
        tracked, before = self._tensors.see(tensor), tensor.requires_grad
        tensor.requires_grad_(value)
        tracked.deserves_row = True
        if value != before:
            self._tensors.redescribe(tracked, tensor)
            self.put("requires_grad", tensor, None, value)
        return tracked.identity

    def _requires_grad_set(
        self, tracked: Tracked, tensor: Tensor, before: bool, frame: FrameType
    ) -> None:
        if tensor.requires_grad != before:
            self._tensors.redescribe(tracked, tensor)
        if (before or tensor.requires_grad) and not is_functorch_wrapped(tensor):
            tracked.deserves_row = True
        self.put("requires_grad", tensor, frame, tensor.requires_grad)

    def grad_get(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        tensor: Tensor = args[0]
        result = func(*args, **kwargs)
        with self._mishaps.around("Reading .grad", frame):
            if self._sites.files.of(frame) is not None:
                self._gradients.asked_for.add(self._tensors.see(tensor).identity)
                self.put("grad_read", tensor, frame, result is not None)
            if isinstance(result, Tensor):  # a subclass may answer with anything
                self.name_grad(tensor, result)
        return result

    def name_grad(self, tensor: Tensor, grad: Tensor) -> None:
        """Name the tensor in `.grad` after the tensor that it belongs to."""
        tracked = self._tensors.see(tensor)
        owned = self._tensors.see(grad)
        owned.exact = True
        if owned.name is None and tracked.name is not None:
            self._tensors.name(owned, f"{tracked.name}.grad", None)

    def grad_set(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        tensor: Tensor = args[0]
        had = False
        with self._mishaps.around("Setting .grad", frame):
            had = grad_of(tensor) is not None
        result = func(*args, **kwargs)
        with self._mishaps.around("Setting .grad", frame):
            if len(args) > 1 and args[1] is not None:
                self.put("grad_assigned", tensor, frame, True)
                self._gradients.now(tensor, final=False)
            elif had:
                self._gradients.cleared(self._tensors.see(tensor))
                self.put("grad_cleared", tensor, frame, False)
        return result

    def deepcopy(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        """Handle `deepcopy`: torch refuses tensors with history; note which attribute holds one."""
        try:
            return func(*args, **kwargs)
        except Exception as error:
            tracked = self._tensors.see(args[0])
            modes = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
            self._failures.note(
                error, "deepcopy", "torch.Tensor.__deepcopy__", [tracked.id], *modes,
                attribute=_copied_attribute(frame),
            )  # fmt: skip
            raise

    def retain_grad(
        self, function: TorchFunction, func: Any, args: Any, kwargs: Any, frame: FrameType
    ) -> Any:
        tensor: Tensor = args[0]
        result = func(*args, **kwargs)
        with self._mishaps.around("retain_grad", frame):
            self._gradients.asked_for.add(self._tensors.see(tensor).identity)
            self.put("retain_grad", tensor, frame, True)
        return result


_COPYING = (copy.__file__, TENSOR_FILE, overrides.__file__)


def _copied_attribute(frame: FrameType | None) -> str | None:
    """Return the attribute that `copy.deepcopy` is copying, from the object it was called on."""
    keys: list[str] = []
    while frame is not None and frame.f_code.co_filename in _COPYING:
        if frame.f_code.co_name == "_deepcopy_dict":
            keys.append(str(frame.f_locals.get("key")))
        frame = frame.f_back
    named = [key for key in reversed(keys) if key not in ("_modules", "_parameters", "_buffers")]
    return ".".join(named) or None
