"""The transforms of `torch.func` (`grad`, `vmap`, `jacrev`, ...): the trace says where they ran.

What their functions compute with stands for a batch, or for a derivative on another level.  Calls
are recorded with the nodes of every level; such tensors have no values of their own to show.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from torch._functorch import eager_transforms, vmap

from app.tracer.patches import Patches
from app.tracer.shared import Shared
from app.tracer.threads import Threads

_LEVELS = (
    (vmap, "vmap_increment_nesting", "vmap"),
    (eager_transforms, "grad_increment_nesting", "grad"),
    (eager_transforms, "jvp_increment_nesting", "jvp"),
)
"""Where torch begins a level, and the transform that it is for (`jacrev` is made of `vmap`)."""


def watch_transforms(patches: Patches, threads: Threads, shared: Shared) -> None:
    """Watch the transforms until `patches` is undone."""
    for module, name, transform in _LEVELS:
        patches.set(module, name, _telling(vars(module)[name], transform, threads, shared))


def _telling(
    original: Callable[..., Any], transform: str, threads: Threads, shared: Shared
) -> Callable[..., Any]:
    text = f"torch.func, a level of {transform}: tensors inside represent {_STANDS_FOR[transform]}."

    def begin(*args: Any, **kwargs: Any) -> Any:
        if threads.here() is not None:
            frame = sys._getframe(1)
            with shared.mishaps.around(f"A level of {transform}", frame):
                shared.note("transformed", shared.sites.line(frame), text)
        return original(*args, **kwargs)

    return begin


_STANDS_FOR = {
    "vmap": "whole batches and show no values of their own",
    "grad": "values whose gradient is taken on a level of its own",
    "jvp": "values with their derivatives",
}
