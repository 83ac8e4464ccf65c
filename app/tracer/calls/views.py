"""What an in-place update of a view keeps for backward.

Autograd wraps the node of such a call into a `CopySlices`, where Python sees none of the tensors
that it saves.  Torch shows them to hooks on saved tensors only, and with hooks it would no longer
notice when the program changes one.  So the call is repeated on other memory, as in
`app.tracer.calls.differentiable`, and the hooks see what the repetition saves: twins of the inputs
and of the changed tensor, and tensors that the node alone has, of which those of the repetition
have the size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from app.tracer.autograd.nodes import is_copy_slices
from app.tracer.calls.call import Call
from app.tracer.calls.differentiable import is_harmless, is_small, repeat, twin_of
from app.tracer.private import storage_id, transform_level


def saved_inside(
    call: Call, own: Sequence[Any], changed: Sequence[Tensor], args: Any, kwargs: Any
) -> list[Tensor]:
    """Return what the `CopySlices` among the call's nodes saves.

    Nothing is known of what the program's own code saves there, nor of foreach functions, nor
    where the inputs are large or elsewhere and torch needs their values (a mask as the index).
    """
    update = next((node for node in own if is_copy_slices(node)), None)
    if update is None or len(changed) != 1 or not call.function.pure or transform_level():
        return []
    if not is_harmless((args, kwargs)) or any(t.dtype is torch.uint8 for t in call.tensors):
        return []  # torch warns of a mask of bytes, and would once more
    history = update.next_functions[0][0] is not None
    kind = _kind((history, args, *kwargs.items()))
    if kind in call.function.updates_without_saving:
        return []
    try:
        saved = _saved(call, changed[0], history, args, kwargs)
    except (NotImplementedError, RuntimeError):  # tensors without values do not suffice
        return []
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


def _saved(call: Call, target: Tensor, history: bool, args: Any, kwargs: Any) -> list[Tensor]:
    """Return what a repetition saves: inputs of the call, or tensors of the repetition alone.

    `history` says that the `target` of the update had a grad_fn before.
    """
    would = frozenset(
        id(t) for t in call.tensors if t.requires_grad and (history or t is not target)
    )
    small = is_small(call.tensors)
    twins: dict[int, Any] = {}
    saved: list[Tensor] = []

    def twin(value: Any) -> Any:
        if id(value) not in twins:
            twins[id(value)] = twin_of(value, would, small)
        return twins[id(value)]

    repeat(call.function, args, kwargs, twin, saved.append)
    inputs = {storage_id(twins[id(t)]): t for t in call.tensors}
    return [inputs.get(storage_id(one), one) for one in saved]
