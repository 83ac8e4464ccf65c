"""A call in progress, and which of its inputs it changed."""

from __future__ import annotations

from collections.abc import Sequence
from types import FrameType
from typing import Any

import torch
from torch import Tensor

from app.contract.messages import OperationRow
from app.tracer.calls.composite import Asking
from app.tracer.calls.functions import TorchFunction
from app.tracer.snippet.frames import CallSite
from app.tracer.tensors.table import behind
from app.tracer.tensors.tracked import Tracked


class Call:
    """A call in progress: the state before it, and the rows of the calls made inside it."""

    __slots__ = (
        "body", "came_from", "frame", "function", "grad_mode", "id", "inference", "inputs",
        "loops", "module", "parent", "phase", "recorded_inside", "requires_grad", "rows",
        "saved_by_context", "site", "stack", "started", "tensors", "tracked", "versions",
        "would_inside",
    )  # fmt: skip

    body: Asking | None
    """The function, if the calls inside it are recorded."""
    came_from: Sequence[Any]
    """The autograd nodes of what went in, where several threads make nodes."""
    frame: FrameType | None
    """The innermost frame of the user's, where the call's site is."""
    function: TorchFunction
    grad_mode: bool
    id: int
    inference: bool
    inputs: list[int]
    loops: int | None
    module: int | None
    parent: Call | None
    phase: str
    recorded_inside: bool
    requires_grad: bool
    rows: list[OperationRow]
    saved_by_context: Sequence[Tensor]
    """What a custom Function gave to `ctx.save_for_backward`."""
    site: CallSite
    stack: int | None
    """The number of the user's frames."""
    started: int
    """The number of the next autograd node when the call began."""
    tensors: list[Tensor]
    tracked: list[Tracked]
    versions: list[int]
    """Of `tensors`, before the call."""
    would_inside: bool


def changed_inputs(
    call: Call, outputs: list[Tensor], args: Any, kwargs: Any
) -> list[tuple[Tracked, Tensor]]:
    """Return the inputs that the call changed, each once: those whose version increased.

    If no version increased, return the inputs that the call changes according to its name:
    inference tensors have no version, and fused optimizers and batch norm do not increase it.
    """
    changed: dict[Tensor, Tracked] = {}
    for place, tensor in enumerate(call.tensors):
        tracked = call.tracked[place]
        if call.versions[place] != (0 if tracked.inference else tensor._version):
            changed[tensor] = tracked
    if not changed and not call.function.changes_inputs and not kwargs:
        return []
    by_name: Sequence[Any] = ()
    if call.function.changes_inputs or "out" in kwargs:
        by_name = call.function.changed_by_name(args, kwargs)
    if not changed:
        if not by_name:
            return []
        inputs = zip(call.tensors, call.tracked, strict=True)
        changed = {t: k for t, k in inputs if any(t is named for named in by_name)}
    elif len(changed) > 1:
        # Of inputs that share a storage the version is the same: `v += w` changes only v.
        meant = [*outputs, *by_name]
        direct = {t: k for t, k in changed.items() if any(t is m for m in meant)}
        storages = {tracked.storage for tracked in direct.values()}
        others = {t: k for t, k in changed.items() if k.storage not in storages}
        changed = direct | others
    return [(tracked, tensor) for tensor, tracked in changed.items()]


def changes_a_view_of(call: Call, args: Any) -> Tensor | None:
    """Return the view that an index assignment changes through a further view, or None.

    Autograd then sees a change of the base: the base gets the new node, and the view its grad_fn
    only when it is asked for next.  `v[...] = x` and `v[mask] = x` change `v` itself.
    """
    if call.function.name != "setitem" or not isinstance(args[0], Tensor):
        return None
    target: Tensor = args[0]
    if behind(target) is None or _is_whole(args[1], target):
        return None
    return target


def _is_whole(index: Any, target: Tensor) -> bool:
    """Return whether indexing selects the tensor itself, so that it makes no view."""
    parts = index if isinstance(index, tuple) else (index,)
    dimension = 0
    for part in parts:
        if part is Ellipsis:
            dimension = target.dim() - sum(_dimensions(p) for p in parts[parts.index(part) + 1 :])
        elif isinstance(part, slice):
            size = target.shape[dimension]
            if part.indices(size) != (0, size, 1):
                return False
            dimension += 1
        elif isinstance(part, (list, Tensor)) and not _is_number(part):
            dimension += _dimensions(part)
        else:
            return False
    return True


def _dimensions(part: Any) -> int:
    """Return how many dimensions a part of an index covers."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    return part.dim() if isinstance(part, Tensor) and part.dtype is torch.bool else 1


def _is_number(part: Any) -> bool:
    return isinstance(part, Tensor) and not part.dim()
