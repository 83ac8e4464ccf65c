"""What an in-place update of a view keeps for backward.

Autograd wraps the node of such a call into a `CopySlices`, where Python sees none of the tensors
that it saves.  Torch shows them to hooks on saved tensors only, and with hooks it would no longer
notice when the program changes one.  So the call is repeated on other memory, and the hooks see
what the repetition saves: the inputs themselves, the changed tensor, and tensors that the node
alone has, of which those of the repetition have the size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from app.tracer.autograd.nodes import is_copy_slices
from app.tracer.calls.call import Call
from app.tracer.calls.differentiable import with_twins
from app.tracer.private import storage_id, transform_level
from app.tracer.unseen import unseen

_REPEATED_ON = ("cpu", "cuda", "meta")
"""The devices whose random state can be put back."""


def saved_inside(
    call: Call, own: Sequence[Any], changed: Sequence[Tensor], args: Any, kwargs: Any
) -> list[Tensor]:
    """Return what the `CopySlices` among the call's nodes saves.

    Nothing is known of what the program's own code saves there, nor of foreach functions.
    """
    update = next((node for node in own if is_copy_slices(node)), None)
    if update is None or len(changed) != 1 or not call.function.pure or transform_level():
        return []
    if changed[0].device.type not in _REPEATED_ON:
        return []
    history = update.next_functions[0][0] is not None
    kind = _kind((history, args, *kwargs.items()))
    if kind in call.function.updates_without_saving:
        return []
    saved = _repeated(call.function.function, changed[0], history, args, kwargs)
    if not saved:
        call.function.updates_without_saving.add(kind)
    return saved


def _kind(value: Any) -> Any:
    """Return what of an argument may decide whether a call saves anything."""
    if isinstance(value, Tensor):
        return value.dtype, value.requires_grad
    if isinstance(value, (list, tuple)):
        return type(value), *map(_kind, value)
    return value if isinstance(value, (bool, str)) else type(value)


def _repeated(function: Any, target: Tensor, history: bool, args: Any, kwargs: Any) -> list[Tensor]:
    saved: list[Tensor] = []
    with unseen(recording=True, saving=saved.append), _same_random_state(target.device):
        stand_in = _stand_in(target, history)
        saved.clear()

        def twin(value: Any) -> Any:
            if value is target:
                return stand_in
            if isinstance(value, Tensor):
                return value.detach().requires_grad_(value.requires_grad)
            return torch.Generator(value.device) if isinstance(value, torch.Generator) else value

        function(*with_twins(args, twin), **with_twins(kwargs, twin))
        memory = storage_id(stand_in)
        return [target if _is_on(memory, one) else one for one in saved]


def _is_on(memory: int, tensor: Tensor) -> bool:
    return tensor.layout is torch.strided and storage_id(tensor) == memory


def _same_random_state(device: torch.device) -> Any:
    return torch.random.fork_rng([device] if device.type == "cuda" else [])


def _stand_in(tensor: Tensor, history: bool) -> Tensor:
    """Return memory for a tensor like this one, which requires grad as the result of a call if it
    has a `history`."""
    shape = tensor.size(), tensor.stride()
    found = torch.empty_strided(*shape, dtype=tensor.dtype, device=tensor.device)
    if history:  # an update of none of its elements
        none = found.new_empty(0, requires_grad=True)
        found.as_strided((0,), (1,)).copy_(none)
    return found
