"""What saved-tensor hooks of the program made of the tensors that a node saves.

torch hands it out as it is (`SavedTensor.data`), without calling the hook that unpacks it.
"""

from __future__ import annotations

import gc
from types import ModuleType
from typing import Any

from torch import Tensor, nn

from app.tracer.private import recomputation
from app.tracer.tensors.kinds import dispatches

recomputing_hooks: tuple[type, ...] = () if recomputation is None else (recomputation,)
"""Hooks of torch's own: what passes through them is kept beside the graph."""
_MOST = 100
"""So many objects are looked at in what a hook returned for one tensor."""


def packed_in(node: Any) -> list[Tensor]:
    """Return the tensors in what was packed for a new node; none where this torch has no `data`."""
    found: list[Tensor] = []
    for attribute in dir(type(node)):
        if attribute.startswith("_raw_saved_"):
            saved = getattr(node, attribute)
            for one in saved if isinstance(saved, (list, tuple)) else (saved,):
                _tensors_of(_data_of(one), found)
    return found


def _data_of(saved: Any) -> Any:
    try:
        return getattr(saved, "data", None)
    except RuntimeError:  # changed in place since
        return None


def _tensors_of(packed: Any, found: list[Tensor]) -> None:
    """Add the tensors in containers and in the attributes of objects, without calling these.

    A module, a class or a function may be named there, and has tensors that are not kept for this.
    """
    waiting, seen = [packed], 0
    while waiting and seen < _MOST:
        one = waiting.pop()
        seen += 1
        if issubclass(type(one), Tensor):
            if not dispatches(one):  # it would see that it is looked at
                found.append(one)
        elif not issubclass(type(one), _OTHER):
            waiting += gc.get_referents(one)


_OTHER = (type, ModuleType, nn.Module, type(lambda: None), type(len), str, bytes, int, float)
