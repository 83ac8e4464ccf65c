"""Remembers figures of the same elements in the same memory.

A transpose or a reshape of all of a tensor holds what the tensor holds, and so does the gradient
that flows back through them: half of the tensors of a Transformer are such.  Their figures are
computed once, as long as nothing has written there.

Writing moves torch's version counter, or is seen by the recorder, which then calls `forget`.
Memory that somebody else may write to (NumPy, another process, whoever asked for its address) is
not remembered.

Known limitations: what an extension in C++ writes past the version counter stays unnoticed.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import torch
from torch import Tensor

from app.contract.messages import SummaryRow
from app.tracer.private import storage_id
from app.tracer.tensors.pictures import Grid
from app.tracer.weak import Weak

_Elements = tuple[Any, int, Any]
"""Where they begin, how many they are, their dtype."""


class Known(NamedTuple):
    """Figures, with the picture of the elements on `grid`."""

    version: int
    figures: SummaryRow
    grid: Grid


class _Memory(Weak):
    """A storage; torch keeps its object in Python for as long as it, so the key stays its own."""

    __slots__ = ("key", "known")

    key: int
    known: dict[_Elements, Known] | None
    """None if its address was given away."""


class Remembered:
    """Figures by storage, while it lives."""

    def __init__(self) -> None:
        self._memories: dict[int, _Memory] = {}
        self._dies = self._gone

    def known(self, flat: Tensor, sampled: bool) -> Known | None:
        """Return the figures of `flat`, one dimension without gaps, or None.

        If `sampled`, figures of a sample count too.
        """
        memory = self._of(storage_id(flat))
        if memory is None or memory.known is None or flat.is_inference() or flat.is_neg():
            return None
        known = memory.known.get((flat.storage_offset(), flat.numel(), flat.dtype))
        if known is None or known.version != flat._version:
            return None
        return known if sampled or not known.figures.sampled else None

    def remember(self, flat: Tensor, figures: SummaryRow, grid: Grid) -> None:
        """Remember the figures of `flat`, which is in this process's memory."""
        storage = flat.untyped_storage()
        if flat.is_inference() or flat.is_neg() or storage.is_shared() or not storage.resizable():
            return
        key = storage_id(flat)
        memory = self._of(key) or self._add(key, storage, {})
        if memory.known is not None:
            place = (flat.storage_offset(), flat.numel(), flat.dtype)
            memory.known[place] = Known(flat._version, figures, grid)

    def forget(self, storage: int) -> None:
        """Forget the figures of a storage, given by torch's handle, after a write."""
        if (memory := self._memories.get(storage)) is not None and memory.known is not None:
            del self._memories[storage]

    def give_away(self, tensor: Tensor) -> None:
        """Remember nothing of the storage of `tensor` from now on: others may write there."""
        with suppress(NotImplementedError, RuntimeError):  # a layout without one storage
            self._add(storage_id(tensor), tensor.untyped_storage(), None)

    def _of(self, key: int) -> _Memory | None:
        memory = self._memories.get(key)
        return None if memory is None or memory() is None else memory

    def _add(
        self, key: int, storage: torch.UntypedStorage, known: dict[_Elements, Known] | None
    ) -> _Memory:
        memory = self._memories[key] = _Memory(storage, self._dies)
        memory.key, memory.known = key, known
        return memory

    def _gone(self, memory: _Memory) -> None:
        if self._memories.get(memory.key) is memory:
            del self._memories[memory.key]


remembered = Remembered()
"""The figures of this process, which traces one run."""
