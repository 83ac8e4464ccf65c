"""Bytes kept for backward: each storage counted once per trace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.tracer.nodes import saved_tensors
from app.tracer.private import saving_is_hooked, storage_reference


class SavedBytes:
    """Sums the storages that autograd nodes keep alive.

    A storage is known by torch's weak reference to it: its address may be used again once it is
    freed, and is then another storage.
    """

    def __init__(self) -> None:
        self._counted: dict[int, Any] = {}

    def of(self, nodes: Iterable[Any]) -> int:
        """Bytes of the storages that these nodes save and no node before them did.

        Where saved tensors pass hooks, what is kept is the hooks' affair, and looking at a saved
        tensor would run them: such nodes count as 0.
        """
        if saving_is_hooked():
            return 0
        total = 0
        for node in nodes:
            for tensor in saved_tensors(node):
                try:
                    storage = tensor.untyped_storage()
                except (NotImplementedError, RuntimeError):  # a layout without one storage
                    continue
                known = self._counted.get(storage._cdata)
                if known is None or known.expired():
                    self._counted[storage._cdata] = storage_reference(storage)
                    total += storage.nbytes()
        return total
