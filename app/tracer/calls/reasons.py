"""Why a call was recorded or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from app.tracer.calls.call import Call
from app.tracer.calls.differentiable import would_record
from app.tracer.grad_modes.regions import GradModes
from app.tracer.stream import Stream
from app.tracer.tensors.tracked import Tracked


def reason_of(
    call: Call,
    added: Sequence[Any],
    outputs: list[Tensor],
    changed: list[tuple[Tracked, Tensor]],
    stream: Stream,
    modes: GradModes,
) -> tuple[str, int | None]:
    """Return why the call was recorded or not, in torch's order, and the number of the cause."""
    if added or call.recorded_inside:
        return "recorded", None
    if call.rows:
        # Made of other calls, all unrecorded: the last one's reason is this one's.
        last = stream.form(call.rows[-1].form)
        return last.reason, last.cause
    if not call.tensors:
        return "source", None
    if call.function.to_python:
        return "to_python", None
    if call.function.cuts:
        return "detached", None
    if call.inference:
        return "inference_mode", modes.cause(inference=True)
    if not call.grad_mode:
        return "no_grad", modes.cause(inference=False)
    if not call.requires_grad:
        return "no_input_requires_grad", None
    if not changed and all(any(o is t for t in call.tensors) for o in outputs):
        return "unchanged", None
    return "not_differentiable", None


def would_be_recorded(call: Call, reason: str, args: Any, kwargs: Any, made: list[Tensor]) -> bool:
    """Return whether autograd would have recorded it with grad mode on, here and for its inputs."""
    if call.would_inside:
        return True
    if reason not in ("no_grad", "inference_mode", "no_input_requires_grad"):
        return False
    willing = frozenset(
        id(tensor)
        for tracked, tensor in zip(call.tracked, call.tensors, strict=True)
        if tracked.would_require_grad
    )
    if not willing or call.rows:
        return False
    return would_record(call.function, args, kwargs, made, willing)
