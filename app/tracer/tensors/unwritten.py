"""Memory that nothing has written to: `torch.empty` and others contain whatever was there before.

Such values differ from run to run and say nothing, so they are not shown.  Writing moves torch's
version counter, or is seen by the recorder, which then calls `forget`; from then on the values
count.  Memory whose address was given away may be written to unseen, and is forgotten too.

Known limitations: a write to a part of the memory makes all of it count, and `torch.FloatTensor(3)`
and its like are not noticed.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from app.tracer.private import storage_id
from app.tracer.weak import Weak


class _Storage(Weak):
    __slots__ = ("key", "version")

    key: int
    version: int


class Unwritten:
    """Storages by torch's handle, while they live and nothing was written to them."""

    def __init__(self) -> None:
        self.storages: dict[int, _Storage] = {}
        self._dies = self._gone

    def add(self, tensor: Tensor) -> None:
        """Add the storage of `tensor`, which was made without values."""
        if torch.are_deterministic_algorithms_enabled():
            return  # torch fills it then
        try:
            key = storage_id(tensor)
            storage = _Storage(tensor.untyped_storage(), self._dies)
        except (NotImplementedError, RuntimeError):  # a layout without one storage
            return
        storage.key = key
        storage.version = 0 if tensor.is_inference() else tensor._version
        self.storages[key] = storage

    def holds(self, tensor: Tensor) -> bool:
        """Return whether the elements of `tensor` have no values yet."""
        try:
            storage = self.storages.get(storage_id(tensor))
        except (NotImplementedError, RuntimeError):
            return False
        if storage is None or storage() is None:
            return False
        return tensor.is_inference() or tensor._version == storage.version

    def forget(self, storage: int) -> None:
        """Remove a storage, given by torch's handle, that was or may be written to."""
        self.storages.pop(storage, None)

    def _gone(self, dead: Any) -> None:
        storage: _Storage = dead
        if self.storages.get(storage.key) is storage:
            del self.storages[storage.key]


unwritten = Unwritten()
"""Of this process, which traces one run."""
