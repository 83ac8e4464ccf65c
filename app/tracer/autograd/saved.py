"""Bytes kept for backward: each storage counted once per trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd import graph

from app.contract.messages import SavedFormRow
from app.tracer.autograd.nodes import changed_saved, saved_by_name, saved_tensors
from app.tracer.patches import Patches
from app.tracer.private import storage_id
from app.tracer.stream import Stream
from app.tracer.tensors.kinds import PLAIN
from app.tracer.tensors.table import name_of
from app.tracer.unseen import is_unseen, unseen
from app.tracer.weak import Weak


class SavedBytes:
    """Sums the storages that autograd nodes keep alive.

    A storage is known by a weak reference to it: its address may be used again once it is freed,
    and is then another storage.

    Known limitations: tensors that Python cannot see are not counted: those inside `CopySlices` (an
    in-place update of a view) and those that foreach functions save.
    """

    def __init__(self, stream: Stream, storage_number: Callable[[Tensor], int | None]) -> None:
        self._stream = stream
        self._forms: dict[tuple[str, torch.Size, torch.dtype], int] = {}
        self._storage_number = storage_number
        self._counted: dict[int, _Counted] = {}
        self._forgets = self._forget
        self._hooked = threading.local()
        self._closed: set[int] = set()
        """The numbers of nodes whose saved tensors are not ours to look at."""

    def install(self, patches: Patches) -> None:
        """Watch for saved-tensor hooks, set by the snippet or by `checkpoint`."""
        hooks = graph.saved_tensors_hooks
        enter, leave = hooks.__enter__, hooks.__exit__

        def entering(context: Any) -> None:
            enter(context)
            self._hooked.depth = getattr(self._hooked, "depth", 0) + 1

        def leaving(context: Any, *error: Any) -> None:
            self._hooked.depth -= 1
            leave(context, *error)

        patches.set(hooks, "__enter__", entering)
        patches.set(hooks, "__exit__", leaving)

    def leave_alone(self, nodes: Iterable[Any]) -> None:
        """Do not look at the saved tensors of these nodes: the snippet would notice."""
        self._closed.update(node._sequence_nr() for node in nodes)

    def described(self, node: Any) -> list[int]:
        """Return the tensors that a node saves, as in `app.contract.messages.NodeRow`."""
        found: list[int] = []
        if node._sequence_nr() in self._closed:
            return found
        for name, tensor in saved_by_name(node):
            if type(tensor) not in PLAIN or tensor.layout is not torch.strided or tensor.is_nested:
                continue
            if tensor.dim() or tensor.dtype not in _SMALLER or not _is_number(tensor):
                storage = self._storage_number(tensor)
                found += self._form(name, tensor), -1 if storage is None else storage
        return found

    def _form(self, name: str, tensor: Tensor) -> int:
        key = (name, tensor.shape, tensor.dtype)
        number = self._forms.get(key)
        if number is None:
            number = len(self._forms)
            about = (list(tensor.shape), name_of(tensor.dtype), tensor.nbytes)
            self._stream.put(SavedFormRow(number, name, *about))
            self._forms[key] = number
        return number

    def changed(self, nodes: Sequence[Any]) -> list[tuple[int, str]]:
        """Return the saved tensors changed in place since: (index of the node, torch's name)."""
        return [
            (place, name)
            for place, node in enumerate(nodes)
            if node._sequence_nr() not in self._closed
            for name in changed_saved(node)
        ]

    def of(self, nodes: Iterable[Any]) -> int:
        """Bytes of the storages that these nodes save and no node before them did.

        Nodes whose saved tensors pass through hooks count as 0: the hooks decide what is kept, and
        reading a saved tensor would run them.
        """
        if getattr(self._hooked, "depth", 0):
            self.leave_alone(nodes)
            return 0
        total = 0
        for node in nodes:
            for tensor in saved_tensors(node):
                if tensor.dtype in _SMALLER and not tensor.dim() and _is_number(tensor):
                    continue
                try:
                    if storage_id(tensor) in self._counted:
                        continue
                    storage = tensor.untyped_storage()
                except (NotImplementedError, RuntimeError):  # a layout without one storage
                    continue
                counted = _Counted(storage, self._forgets)
                counted.key = storage._cdata
                self._counted[counted.key] = counted
                total += storage.nbytes()
        return total

    def _forget(self, dead: _Counted) -> None:
        self._counted.pop(dead.key, None)


class _Counted(Weak):
    """A storage of which the bytes have been counted; torch keeps its object for as long as it."""

    __slots__ = ("key",)

    key: int


_SMALLER = {
    torch.int64: torch.zeros((), dtype=torch.uint8),
    torch.float64: torch.zeros((), dtype=torch.float16),
    torch.complex128: torch.zeros((), dtype=torch.complex64),
}


def _is_number(tensor: Tensor) -> bool:
    """Return whether this is a Python number (the 2 of `x * 2`), which torch does not count.

    Saved-tensor hooks do not see such a one.  It is known by giving way to any tensor's type, and
    has one of the types of Python's numbers.
    """
    smaller = _SMALLER[tensor.dtype]
    if is_unseen():
        return torch.result_type(smaller, tensor) is smaller.dtype
    with unseen():
        return torch.result_type(smaller, tensor) is smaller.dtype
