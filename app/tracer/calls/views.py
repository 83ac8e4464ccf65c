"""What in-place updates of views keep for backward.

Autograd wraps the node of such an update into a `CopySlices`, which hides the tensors that it saves
from Python.  Torch shows them to hooks on saved tensors only, and with hooks it would no longer
notice when the program changes one.  So the call is repeated on other memory, as in
`app.tracer.calls.differentiable`, and the hooks see what the repetition saves: twins of the inputs
and of the changed tensor, and tensors as large as those that only the node has.  A foreach function
is repeated for each element of its lists.  A custom Function says itself what it saves
(`app.tracer.calls.custom`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from app.tracer.autograd.nodes import is_copy_slices
from app.tracer.calls.call import Call
from app.tracer.calls.differentiable import is_harmless, is_small, repeat, twin_of
from app.tracer.private import storage_id, transform_level
from app.tracer.tensors.table import tensors_in


def saved_inside(
    call: Call, own: Sequence[Any], changed: Sequence[Tensor], args: Any, kwargs: Any
) -> dict[Any, Sequence[Tensor]]:
    """Return what each `CopySlices` among the call's nodes saves, as far as that is known.

    It is not where other code of the program's own saves something, nor where the inputs are large
    or elsewhere and torch needs their values (a mask as the index).
    """
    hidden = [node for node in own if is_copy_slices(node)]
    if hidden and call.saved_by_context:
        return dict.fromkeys(hidden, call.saved_by_context)
    if not hidden or not call.function.pure or transform_level():
        return {}
    if not is_harmless((args, kwargs)) or any(t.dtype is torch.uint8 for t in call.tensors):
        return {}  # torch warns of a mask of bytes, and would warn again
    found: dict[Any, Sequence[Tensor]] = {}
    updates: dict[int, tuple[list[Any], bool]] = {}
    for target, tensors, *given in _elements(call, changed, args, kwargs):
        base = target._base if target._is_view() else target
        if id(base) not in updates:
            updates[id(base)] = _updates_of(base, hidden)
        nodes, history = updates[id(base)]
        recorded = history or any(t.requires_grad for t in tensors if t is not target)
        if recorded and nodes:
            found[nodes.pop()] = _saved(call, target, tensors, history, *given)
    return found


def _elements(
    call: Call, changed: Sequence[Tensor], args: Any, kwargs: Any
) -> Iterator[tuple[Tensor, list[Tensor], Any, Any]]:
    """Yield what the call updates, one after the other: the tensor, all tensors, the arguments."""
    if not call.function.name.startswith("_foreach_"):
        if len(changed) == 1:
            yield changed[0], call.tensors, args, kwargs
        return
    count = len(args[0])
    for place in range(count):

        def only(value: Any, place: int = place) -> Any:
            listed = isinstance(value, (list, tuple)) and len(value) == count
            return [value[place]] if listed else value

        one = [only(value) for value in args]
        named = {name: only(value) for name, value in kwargs.items()}
        yield args[0][place], tensors_in((*one, *named.values()), []), one, named


def _updates_of(base: Any, hidden: Sequence[Any]) -> tuple[list[Any], bool]:
    """Return the call's updates of a tensor, the last first, and whether it had a grad_fn before.

    Torch makes them in the order of the list that the call received.
    """
    node, found = base.grad_fn, []
    while node in hidden:
        found.append(node)
        node = node.next_functions[0][0]
    return found, node is not None


def _saved(
    call: Call, target: Tensor, tensors: list[Tensor], history: bool, args: Any, kwargs: Any
) -> Sequence[Tensor]:
    """Return what an update of `target` saves, which had a grad_fn before if it has a `history`."""
    kind = _kind((history, args, *kwargs.items()))
    if kind in call.function.updates_without_saving:
        return ()
    would = frozenset(id(t) for t in tensors if t.requires_grad and (history or t is not target))
    small = is_small(tensors)
    twins: dict[int, Any] = {}
    saved: list[Tensor] = []

    def twin(value: Any) -> Any:
        if id(value) not in twins:
            twins[id(value)] = twin_of(value, would, small)
        return twins[id(value)]

    try:
        repeat(call.function, args, kwargs, twin, saved.append)
    except (NotImplementedError, RuntimeError):  # tensors without values do not suffice
        return ()
    if not saved:
        call.function.updates_without_saving.add(kind)
    inputs = {storage_id(twins[id(t)]): t for t in tensors}
    return [inputs.get(storage_id(one), one) for one in saved]


def _kind(value: Any) -> Any:
    """Return what of an argument may decide whether a call saves anything."""
    if isinstance(value, Tensor):
        return value.dtype, value.requires_grad
    if isinstance(value, (list, tuple)):
        return type(value), *map(_kind, value)
    return value if isinstance(value, (bool, str)) else type(value)
