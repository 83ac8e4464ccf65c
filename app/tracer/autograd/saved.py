"""Memory kept for backward: which storages saved tensors keep alive, from when to when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import torch
from torch import Tensor
from torch.autograd import graph

from app.contract.messages import KeptRow, MemoryRow, ReleasedRow, SavedFormRow
from app.tracer.autograd.hooks import notes_on
from app.tracer.autograd.nodes import changed_saved, saved_by_name
from app.tracer.autograd.packed import packed_in, recomputing_hooks
from app.tracer.patches import Patches
from app.tracer.private import storage_id
from app.tracer.stream import Stream, row_of
from app.tracer.tensors.kinds import PLAIN
from app.tracer.tensors.table import name_of, storage_handle
from app.tracer.unseen import is_unseen, unseen
from app.tracer.weak import Weak

_KEEPER = "tapescope kept"
"""The note on a node of what it keeps, which is freed with the node."""
_NOTHING: Mapping[Any, Sequence[Tensor]] = {}


class SavedMemory:
    """Counts how many autograd nodes keep each storage alive.

    A storage is known by a weak reference to it: its address may be used again once it is freed,
    and is then another storage.  A node lets go when it has run in a pass that keeps no graph, or
    when torch destroys it.

    Known limitation: what Python cannot see and `app.tracer.calls.views` does not find out is not
    counted.
    """

    def __init__(self, stream: Stream, storage_number: Callable[[int], int | None]) -> None:
        self._stream = stream
        self._forms: dict[tuple[str, torch.Size, torch.dtype], int] = {}
        self._storage_number = storage_number
        self._known: dict[int, _Memory] = {}
        """The living storages that nodes have saved, by torch's handle."""
        self._count = 0
        self._forgets = self._forget
        self._hooked = threading.local()
        self._closed: set[int] = set()
        """The numbers of nodes whose saved tensors are not ours to look at."""
        self._beside: dict[Weak, Keeper] = {}
        """What is kept by things that are not nodes, by references to them."""
        stream.tell_dropped = self.tell_dropped

    def install(self, patches: Patches) -> None:
        """Watch for saved-tensor hooks, set by the snippet or by `checkpoint`."""
        hooks = graph.saved_tensors_hooks
        enter, leave = hooks.__enter__, hooks.__exit__

        def entering(context: Any) -> None:
            enter(context)
            self._contexts().append(context)

        def leaving(context: Any, *error: Any) -> None:
            self._contexts().pop()
            leave(context, *error)

        patches.set(hooks, "__enter__", entering)
        patches.set(hooks, "__exit__", leaving)

    def _contexts(self) -> list[Any]:
        """Return the saved-tensor hooks that this thread has entered; torch calls the last."""
        try:
            found: list[Any] = self._hooked.contexts
        except AttributeError:
            found = self._hooked.contexts = []
        return found

    def leave_alone(self, nodes: Iterable[Any]) -> None:
        """Do not look at the saved tensors of these nodes: the snippet would notice."""
        self._closed.update(node._sequence_nr() for node in nodes)

    def may_look(self, node: Any) -> bool:
        """Return whether the snippet does not notice that a node's saved tensors are looked at."""
        return node._sequence_nr() not in self._closed

    def described(self, node: Any) -> list[int]:
        """Return the tensors that a node saves, as in `app.contract.messages.NodeRow`."""
        found: list[int] = []
        if self._closed and not self.may_look(node):
            return found
        for name, tensor in saved_by_name(node):
            if type(tensor) not in PLAIN or tensor.layout is not torch.strided or tensor.is_nested:
                continue
            key = name, tensor.shape, tensor.dtype
            if key[2] in _SMALLER and not key[1] and _is_number(tensor):
                continue
            form = self._forms.get(key)
            storage = self._storage_number(storage_handle(tensor))
            found.append(self._new_form(key, tensor) if form is None else form)
            found.append(-1 if storage is None else storage)
        return found

    def _new_form(self, key: tuple[str, torch.Size, torch.dtype], tensor: Tensor) -> int:
        number, (name, shape, dtype) = len(self._forms), key
        self._stream.put(SavedFormRow(number, name, list(shape), name_of(dtype), tensor.nbytes))
        self._forms[key] = number
        return number

    def changed(self, nodes: Sequence[Any]) -> list[tuple[int, str]]:
        """Return the saved tensors changed in place since: (index of the node, torch's name)."""
        return [
            (place, name)
            for place, node in enumerate(nodes)
            if self.may_look(node)
            for name in changed_saved(node)
        ]

    def keep(
        self,
        nodes: Sequence[Any],
        inside: Mapping[Any, Sequence[Tensor]] = _NOTHING,
        maker: Keeper | None = None,
    ) -> list[int]:
        """Note what these new nodes save; return the storages that no node before them kept.

        `inside` is what each `CopySlices` among them saves (`app.tracer.calls.views`).  `maker` is
        what the node keeps that made these in a pass with `create_graph`: they may save the same.
        Where saved tensors pass through hooks, nodes keep what the hooks made of these; reading a
        saved tensor would run them.  What a checkpoint computes again, the checkpoint itself keeps.
        """
        contexts, saved = self._contexts(), _saved_in
        if contexts:
            self.leave_alone(nodes)
            self.tell_kept_again()
            if isinstance(contexts[-1], recomputing_hooks):
                return []
            inside, saved = _NOTHING, packed_in
        begun: list[int] = []
        closed = not contexts and self._closed
        for node in nodes:
            if closed and node._sequence_nr() in closed:
                continue
            hidden = inside and inside.get(node)
            tensors = hidden or saved(node)
            if maker is not None:
                tensors = list(tensors)
                self._know_twins(tensors, nodes, maker)
            if (keeper := self._keeper_of(tensors, begun)) is not None:
                notes_on(node)[_KEEPER] = keeper
        return begun

    def keep_with(self, owner: Any, tensors: Iterable[Tensor]) -> None:
        """Note that saved tensors outside a node keep these alive as long as `owner` is there."""
        if self._contexts():
            self.tell_kept_again()  # the hook of a checkpoint around has been given them
            return
        self._tell_kept(self._keep_beside(owner, tensors))

    def keep_again(self, owner: object, tensor: Tensor) -> None:
        """Note that a checkpoint keeps this, which it computes again, as long as `owner` is there.

        That happens inside of a call, so it is reported by `tell_kept_again` after that.
        """
        self._hooked.again = [*self._kept_again(), *self._keep_beside(owner, (tensor,))]

    def tell_kept_again(self) -> None:
        self._tell_kept(self._kept_again())
        self._hooked.again = []

    def _kept_again(self) -> list[int]:
        return getattr(self._hooked, "again", [])

    def _keep_beside(self, owner: object, tensors: Iterable[Tensor]) -> list[int]:
        begun: list[int] = []
        if (keeper := self._keeper_of(tensors, begun)) is not None:
            self._beside[Weak(owner, self._beside.pop)] = keeper
        return begun

    def _tell_kept(self, begun: list[int]) -> None:
        if begun:
            self._stream.put(KeptRow(self._stream.next_event(), begun))

    def _keeper_of(self, tensors: Iterable[Tensor], begun: list[int]) -> Keeper | None:
        """Return what keeps these; add to `begun` the storages that nothing kept before."""
        known = self._known
        memories: dict[int, _Memory] = {}
        for tensor in tensors:
            if tensor.dtype in _SMALLER and not tensor.dim() and _is_number(tensor):
                continue
            try:
                key = storage_id(tensor)
                if key in memories:
                    continue
                memory = known.get(key) or self._new(tensor, key)
            except (NotImplementedError, RuntimeError):  # a layout without one storage
                continue
            memories[key] = memory
            if not memory.keepers:
                begun.append(memory.number)
            memory.keepers += 1
        return Keeper(memories, self._stream.dropped) if memories else None

    def _new(self, tensor: Tensor, key: int) -> _Memory:
        storage = tensor.untyped_storage()
        memory = self._known[key] = _Memory(storage, self._forgets)
        memory.key, memory.number, memory.keepers = key, self._count, 0
        memory.size = storage.nbytes()
        self._count += 1
        row = memory.number, memory.size, self._storage_number(key)
        self._stream.later(row_of(MemoryRow, row))
        return memory

    def _know_twins(self, tensors: Sequence[Tensor], made: Sequence[Any], maker: Keeper) -> None:
        """Recognise, among what nodes save, what only `maker` has and whose twins were counted.

        A twin is gone as soon as it is counted.  Its tensor is recognised by its size, and is not a
        result of the nodes `made`.
        """
        twins = [one for one in maker.memories.values() if one() is None]
        for tensor in tensors if twins else ():
            try:
                key, storage = storage_id(tensor), tensor.untyped_storage()
            except (NotImplementedError, RuntimeError):
                continue
            twin = next((one for one in twins if one.size == storage.nbytes()), None)
            if twin is None or key in self._known or tensor.grad_fn in made:
                continue
            memory = self._known[key] = _Memory(storage, self._forgets)
            memory.key, memory.number, memory.keepers = key, twin.number, twin.keepers
            memory.size = twin.size
            twins.remove(twin)
            del maker.memories[twin.key]
            maker.memories[key] = memory

    def _forget(self, dead: _Memory) -> None:
        self._known.pop(dead.key, None)

    @staticmethod
    def keeper(notes: dict[str, Any]) -> Keeper | None:
        """Return what the node with these notes keeps, or None."""
        found: Keeper | None = notes.get(_KEEPER)
        return found

    def released(self, keeper: Keeper, event: int) -> None:
        """Send what a node let go, having run at `event`."""
        self._send(event, keeper.let_go())

    def tell_dropped(self) -> None:
        """Send what was dropped as of the next event: the one before is still as it was."""
        if dropped := self._stream.dropped[:]:
            del self._stream.dropped[: len(dropped)]  # threads may have added more
            self._send(self._stream.events + 1, dropped)

    def _send(self, event: int, let_go: list[_Memory]) -> None:
        freed: list[int] = []
        outlived: list[int] = []
        for memory in let_go:
            (freed if memory() is None else outlived).append(memory.number)
        if freed or outlived:
            self._stream.later(row_of(ReleasedRow, (event, freed, outlived)))


def _saved_in(node: Any) -> Iterable[Tensor]:
    return map(_tensor_of, saved_by_name(node))


_tensor_of = itemgetter(1)
"""Returns the tensor of one that is saved by name."""


class _Memory(Weak):
    """A storage that nodes have saved; torch keeps its object for as long as it."""

    __slots__ = ("keepers", "key", "number", "size")

    key: int
    number: int
    size: int
    keepers: int
    """The number of nodes that keep it."""


class Keeper:
    """What a node keeps alive; it is destroyed with the node."""

    __slots__ = ("_dropped", "memories")

    def __init__(self, memories: dict[int, _Memory], dropped: list[Any]) -> None:
        self.memories = memories
        """By torch's handle of the storage, each once."""
        self._dropped = dropped

    def let_go(self) -> list[_Memory]:
        """Return the storages that no node keeps any more."""
        for memory in self.memories.values():
            memory.keepers -= 1
        found = [memory for memory in self.memories.values() if not memory.keepers]
        self.memories.clear()
        return found

    def __del__(self) -> None:
        if self.memories:
            self._dropped += self.let_go()  # and sends nothing: this may be anywhere


_SMALLER = {
    torch.int64: torch.zeros((), dtype=torch.uint8),
    torch.float64: torch.zeros((), dtype=torch.float16),
    torch.complex128: torch.zeros((), dtype=torch.complex64),
}


def _is_number(tensor: Tensor) -> bool:
    """Return whether this is a Python number (the 2 of `x * 2`), which torch does not count.

    Saved-tensor hooks do not see these.  They are recognised by type promotion, in which any tensor
    takes precedence over a number, and have one of the types of Python's numbers.
    """
    smaller = _SMALLER[tensor.dtype]
    if is_unseen():
        return torch.result_type(smaller, tensor) is smaller.dtype
    with unseen():
        return torch.result_type(smaller, tensor) is smaller.dtype
