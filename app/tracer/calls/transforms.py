"""The transforms of `torch.func` (`grad`, `vmap`, `jacrev`, ...): the trace says where they ran.

What their functions compute with represents a batch, or a derivative on another level.  Calls are
recorded with the nodes of every level; such tensors have no values of their own to show.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from app.tracer.patches import Patches
from app.tracer.private import BEGINNINGS_OF_LEVELS
from app.tracer.shared import Shared
from app.tracer.threads import Threads


def watch_transforms(patches: Patches, threads: Threads, shared: Shared) -> None:
    """Watch the transforms until `patches` is undone."""
    for transform, places in BEGINNINGS_OF_LEVELS.items():
        patches.wrap(places, partial(_telling, transform, threads, shared))


def _telling(
    transform: str, threads: Threads, shared: Shared, original: Callable[..., Any]
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
