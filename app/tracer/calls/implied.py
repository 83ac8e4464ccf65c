"""Operations without a Python call: only the nodes that autograd made reveal them."""

from __future__ import annotations

from types import FrameType
from typing import TYPE_CHECKING

from torch import Tensor

from app.tracer.autograd import nodes
from app.tracer.calls.call import Call
from app.tracer.calls.functions import TorchFunction
from app.tracer.shared import Shared
from app.tracer.tensors.table import node_name

if TYPE_CHECKING:
    from app.tracer.calls.call_mode import CallMode


def introduce(mode: CallMode, shared: Shared, frame: FrameType | None) -> None:
    """Record calls that gave tensors a history without passing a function mode.

    Torch's C++ code and extensions do so.  The nodes show what such a call added and which
    tensors it received; the operation is named after its first node.
    """
    strangers = shared.tensors.strangers
    while strangers:
        tracked = strangers.pop()
        tensor = tracked()
        if tensor is None or shared.owners_elsewhere is not None:
            continue
        added, inputs = nodes.without_owner(tensor, shared.made_elsewhere, shared.tensors.living)
        if not added:
            continue
        name = node_name(added[0]).removesuffix("0").removesuffix("Backward")
        function = shared.functions.get(name)
        if function is None:
            function = TorchFunction.opaque(tensor, name, f"torch.autograd.{name}")
            shared.functions[name] = function
        call = mode.begin(function, inputs, {}, frame)
        if call is None:
            continue
        mode.owners.adopt(added, call.id)
        tracked.maker = call.id
        mode.sending.operation(
            call,
            reason="recorded",
            cause=None,
            would=True,
            in_place=False,
            added=added,
            own=added,
            kept=shared.saved.keep(added),
            outputs=[tracked.id],
            mutated=[],
            nanoseconds=0,
        )


def renewed(
    mode: CallMode, shared: Shared, tensor: Tensor, before: int, frame: FrameType | None
) -> None:
    """Record that torch gave a view a new grad_fn, numbered `before` or later."""
    asked = vars(Tensor.__base__)["grad_fn"].__get__
    function = shared.functions.setdefault(asked, TorchFunction(asked))
    call = mode.begin(function, (tensor,), {}, frame)
    if call is None:
        return
    call.tracked[0].outdated = False
    call.started = before
    call.frame = None  # the variable takes no tensor
    mode.end(call, tensor, (tensor,), {}, 0)


def renewed_by_failing(mode: CallMode, shared: Shared, call: Call) -> None:
    """Record views whose grad_fn torch renewed in a call that raised."""
    for tensor in call.tensors:
        if shared.tensors.outdated(tensor) and _tells_its_history(tensor):
            renewed(mode, shared, tensor, call.started, call.frame)


def _tells_its_history(tensor: Tensor) -> bool:
    """Return False for a view made without grad mode whose base was changed: reading may fail."""
    try:
        return tensor.grad_fn is not None
    except RuntimeError:
        return False
