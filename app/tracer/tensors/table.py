"""Every tensor the snippet makes or uses, described once, held never.

A `Tracked` is a weak reference that carries what the recorder knows of a tensor.  The tensor's
life is the snippet's affair: when it dies, the reference goes with it.  A value changed in place
gets a new id (the trace's tensors are values); its `identity` stays, which is how the successive
values of one variable are tied together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from torch import Tensor, nn

from app.contract.messages import NameRow, TensorFormRow, TensorRow, ValueRow
from app.tracer.private import is_functorch_wrapped, storage_id
from app.tracer.stream import Stream, row_of
from app.tracer.tensors.fetching import MaybeFetched, Pending
from app.tracer.tensors.kinds import PLAIN, dispatches, shape_of
from app.tracer.tensors.remembered import remembered
from app.tracer.tensors.tracked import Tracked
from app.tracer.tensors.unwritten import unwritten
from app.tracer.tensors.values import counted, summarise


class _Names(dict[Any, str]):
    """The names of dtypes, devices and autograd nodes, made once each."""

    def __missing__(self, key: Any) -> str:
        name = self[key] = str(key).removeprefix("torch.").removeprefix("torch::autograd::")
        return name


_names = _Names()


def name_of(what: Any) -> str:
    """Return the name of a dtype or a device in the trace."""
    return _names[what]


def is_parameter(tensor: Tensor) -> bool:
    """Return isinstance(tensor, nn.Parameter), without Python's check for plain tensors."""
    return type(tensor) is not Tensor and isinstance(tensor, nn.Parameter)


def version_of(tensor: Tensor) -> int:
    """Return the version counter; 0 for inference tensors, which have none (torch raises)."""
    return 0 if tensor.is_inference() else tensor._version


class TensorTable:
    """Numbers tensors and sends their rows."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._forms: dict[tuple[Any, ...], int] = {}
        self._live: dict[int, Tracked] = {}
        self._storages: dict[int, int] = {}
        """Numbers by torch's handle, while a tracked tensor is on the storage."""
        self._on_storage: dict[int, Tracked | dict[int, Tracked]] = {}
        """The tensors on each storage: one, or several by `key`."""
        self._dies = self._forget
        self._next = 0
        self._next_storage = 0
        self.some_outdated = False
        """Whether there ever was an outdated view."""
        self.names: dict[int, tuple[str, str]] = {}
        """Names known in advance by id(tensor): parameters and buffers, as (name, kind)."""
        self.strangers: list[Tracked] = []
        """Tensors with a history that no recorded call made."""
        self.on_death: Callable[[Tracked], None] | None = None

    # -------------------------------------------------------------------------------- looking up

    def known(self, tensor: Tensor) -> Tracked | None:
        """Return what is known of `tensor`, or None, without describing it."""
        tracked = self._live.get(id(tensor))
        return tracked if tracked is not None and tracked() is tensor else None

    def see(self, tensor: Tensor) -> Tracked:
        """Return `tensor` as an input; describe a new one, renumber a changed one."""
        tracked = self._live.get(id(tensor))
        if tracked is None or tracked() is not tensor:
            return self._adopt(tensor, made_by_call=False)
        if tracked.version != (0 if tracked.inference else tensor._version):
            self.renew(tracked, tensor)
            self._stream.put_ahead()
        return tracked

    def made(
        self, tensor: Tensor, from_tensors: bool, name: str | None = None, line: int | None = None
    ) -> Tracked:
        """Return `tensor` as the result of a call, which had tensor inputs if `from_tensors`.

        `name` and `line` are those of the variable that it is assigned to; an older name is kept.
        """
        tracked = self._live.get(id(tensor))
        if tracked is None or tracked() is not tensor:
            return self._adopt(tensor, from_tensors, name, line)
        if name is not None and tracked.name is None:
            self.name(tracked, name, line)
        return tracked

    def outdated(self, tensor: Tensor) -> bool:
        """Return whether reading `tensor.grad_fn` would make torch renew it."""
        if not self.some_outdated:
            return False
        tracked = self.known(tensor)
        if tracked is None or not tracked.outdated:
            return False
        return tracked.version == version_of(tensor)  # else autograd has just seen it changed

    def aliases(self, tracked: Tracked) -> list[tuple[Tracked, Tensor]]:
        """Return the other living tensors on the same storage, in the order first seen."""
        there = self._on_storage.get(tracked.storage_key)
        if not isinstance(there, dict):
            return []
        pairs = [(other, other()) for other in there.values() if other is not tracked]
        alive = [(other, tensor) for other, tensor in pairs if tensor is not None]
        return sorted(alive, key=lambda pair: pair[0].identity)

    def storage_number(self, handle: int) -> int | None:
        """Return the number of the storage with this handle, if a tracked tensor is on it."""
        return self._storages.get(handle)

    def living(self) -> list[tuple[Tracked, Tensor]]:
        """Return all living tracked tensors, in the order first seen."""
        pairs = [(tracked, tracked()) for tracked in list(self._live.values())]
        alive = [(tracked, tensor) for tracked, tensor in pairs if tensor is not None]
        return sorted(alive, key=lambda pair: pair[0].identity)

    @property
    def count(self) -> int:
        """The number of values so far."""
        return self._next

    def results_before(self, number: int, most: int) -> list[int]:
        """Return living results of recorded operations with numbers below `number`, oldest first;
        at most `most`."""
        living = list(self._live.values())
        old = (t.id for t in living if t.identity < number and t.requires_grad and not t.leaf)
        return list(islice(old, most))

    # --------------------------------------------------------------------------------- describing

    def _adopt(
        self,
        tensor: Tensor,
        made_by_call: bool,
        name: str | None = None,
        line: int | None = None,
    ) -> Tracked:
        key = id(tensor)
        tracked = Tracked(tensor, self._dies)
        tracked.key = key
        tracked.identity = self._next
        tracked.made_by_call = made_by_call
        tracked.maker = None
        tracked.would_require_grad = tensor.requires_grad
        try:
            tracked.inference, version = False, tensor._version
        except RuntimeError:  # there are fewer questions so
            tracked.inference, version = tensor.is_inference(), version_of(tensor)
        tracked.exact = tracked.outdated = tracked.sought = tracked.deserves_row = False
        tracked.cut_off = False
        self._join_storage(tracked, storage_handle(tensor))
        tracked.name, tracked.line = name, line
        if self.names and key in self.names:
            tracked.name, tracked.line = self.names[key][0], None
        base = tensor._base if tensor._is_view() else None
        known = None if base is None else self.known(base)
        tracked.view_of = None if known is None else known.id
        try:
            self._describe(tracked, tensor, version)
        except BaseException:
            self._leave_storage(tracked)
            raise
        self._live[key] = tracked
        if not made_by_call and not tracked.leaf:
            self.strangers.append(tracked)
        return tracked

    def renew(self, tracked: Tracked, tensor: Tensor, rebased: bool = False) -> None:
        """Give `tensor`, which was changed in place (or by `.data =`), a new number.

        `rebased` says that autograd saw the change and gave `tensor` its new grad_fn.
        """
        has_history = not tracked.leaf or behind(tensor) is not None
        tracked.outdated = not rebased and has_history and tensor._is_view()
        self.some_outdated |= tracked.outdated
        handle = storage_handle(tensor)
        remembered.forget(handle)
        unwritten.forget(handle)
        if handle != tracked.storage_key:
            self._leave_storage(tracked)
            self._join_storage(tracked, handle)
        self._describe(tracked, tensor, 0 if tracked.inference else tensor._version)

    def swapped(self, tensor: Tensor) -> None:
        """Describe `tensor` again after `torch.utils.swap_tensors` exchanged it with another."""
        tracked = self.known(tensor)
        if tracked is None:
            return
        tracked.inference = tensor.is_inference()
        tracked.would_require_grad = tensor.requires_grad
        tracked.leaf, tracked.deserves_row = True, False
        self.renew(tracked, tensor, rebased=True)

    def _describe(self, tracked: Tracked, tensor: Tensor, version: int) -> None:
        """Give the value a number, which counts only after its row was put."""
        number = self._next
        self._next += 1
        parameter = type(tensor) is not Tensor and is_parameter(tensor)
        values = summarise(tensor, tracked.exact or parameter)
        self._send_row(tracked, number, tensor, parameter, values)
        tracked.id = number
        tracked.version = version

    def _send_row(
        self, tracked: Tracked, number: int, tensor: Tensor, parameter: bool, values: MaybeFetched
    ) -> None:
        requires_grad = tracked.requires_grad = tensor.requires_grad
        grad_fn: str | None = None
        if tracked.outdated:
            leaf, grad_fn = False, "AsStridedBackward0"  # what torch makes when asked for it
        else:
            node = tensor.grad_fn  # reading `is_leaf` would be the same question
            leaf = node is None
            if not leaf:
                grad_fn = _node_names.get(type(node)) or node_name(node)
        tracked.leaf = leaf
        if parameter or (leaf and requires_grad and behind(tensor) is None):
            # One of `torch.func` represents a value on a level of its own, which has no `.grad`.
            tracked.deserves_row = not is_functorch_wrapped(tensor)
        if parameter:
            kind = "parameter"
        elif tracked.key in self.names:
            kind = self.names[tracked.key][1]
        elif tracked.made_by_call:
            kind = "intermediate"
        else:
            kind = "leaf" if requires_grad and is_leaf(tensor) else "constant"
        about = kind, tensor.dtype, tensor.device, requires_grad, leaf, tracked.inference, grad_fn
        key: tuple[Any, ...]
        try:
            key = (tensor.shape, about)
            form = self._forms.get(key)
        except (RuntimeError, TypeError):  # a nested tensor has no one shape, a symbol no hash
            key, form = (shape_of(tensor), about), None
        if form is None:
            form = self._forms[key] = self._new_form(tensor, *about)
        where = tracked.storage, tracked.identity, tracked.view_of, tracked.line, tracked.name
        row = row_of(TensorRow, (number, form, *where, values))
        if tracked.made_by_call:  # and the row of the call follows
            self._stream.later(row)
        else:
            self._stream.put(row)

    def _new_form(self, tensor: Tensor, kind: str, dtype: Any, device: Any, *about: Any) -> int:
        number, shape = len(self._forms), list(shape_of(tensor))
        self._stream.put(TensorFormRow(number, kind, shape, _names[dtype], _names[device], *about))
        return number

    def redescribe(self, tracked: Tracked, tensor: Tensor) -> None:
        """Send the row again under the same number, because `requires_grad` was set."""
        tracked.would_require_grad = tensor.requires_grad
        self._send_row(tracked, tracked.id, tensor, is_parameter(tensor), None)
        self._stream.put_ahead()

    def count_parameters(self) -> None:
        """Send the values of the living parameters again, with every element counted."""
        for tracked, tensor in self.living():
            if is_parameter(tensor):
                known = summarise(tensor, exact=True)
                values = counted(known, tensor)
                if values is not known and not isinstance(values, Pending):
                    self._stream.put(ValueRow(tracked.id, values))

    def name(self, tracked: Tracked, name: str, line: int | None, kind: str | None = None) -> None:
        self._stream.put(NameRow(tracked.id, line, name, kind))
        tracked.name = name
        tracked.line = line

    # ----------------------------------------------------------------------------------- storages

    def _join_storage(self, tracked: Tracked, handle: int) -> None:
        """Note that `tracked` is on the storage with this handle of torch's.

        A handle may be used again after the storage was freed, so a storage keeps its number only
        as long as a tracked tensor is on it.
        """
        tracked.storage_key = handle
        there = self._on_storage.get(handle)
        if there is not None:
            there = self._still_there(there, handle)
        if there is None:
            tracked.storage = self._storages[handle] = self._next_storage
            self._next_storage += 1
            self._on_storage[handle] = tracked
            return
        tracked.storage = self._storages[handle]
        if isinstance(there, dict):
            there[tracked.key] = tracked
        else:
            self._on_storage[handle] = {there.key: there, tracked.key: tracked}

    def _still_there(
        self, there: Tracked | dict[int, Tracked], handle: int
    ) -> Tracked | dict[int, Tracked] | None:
        """Return the tensors on a storage, without those that went to another one unseen.

        Where all of them did, the handle may be that of a new storage; one that is there shows
        that it is not.
        """
        for other in list(there.values()) if isinstance(there, dict) else (there,):
            tensor = other()
            now = handle if tensor is None else storage_handle(tensor)
            if now == handle:
                break
            self._leave_storage(other)
            self._join_storage(other, now)
        return self._on_storage.get(handle)

    def _leave_storage(self, tracked: Tracked) -> None:
        handle = tracked.storage_key
        there = self._on_storage.get(handle)
        if isinstance(there, dict):
            if there.get(tracked.key) is tracked:
                del there[tracked.key]
            if there:
                return
        elif there is not tracked:
            return
        del self._on_storage[handle], self._storages[handle]

    def _forget(self, dead: Any) -> None:
        tracked: Tracked = dead
        key = tracked.key
        if self._live.get(key) is not dead:
            return
        if tracked.deserves_row and self.on_death is not None:
            self.on_death(tracked)
        del self._live[key]
        if self.names:
            self.names.pop(key, None)
        handle = tracked.storage_key
        if self._on_storage.get(handle) is dead:  # alone, as most are
            del self._on_storage[handle], self._storages[handle]
        else:
            self._leave_storage(tracked)


def storage_handle(tensor: Tensor) -> int:
    """Return torch's handle of the storage; tensors without one (sparse, ...) use their own id."""
    if type(tensor) not in PLAIN and dispatches(tensor):
        return -id(tensor)
    try:
        return storage_id(tensor)
    except (NotImplementedError, RuntimeError):
        return -id(tensor)


def behind(tensor: Tensor) -> Tensor | None:
    """Return the tensor that `tensor` is a view of and whose history it shares, or None.

    Such a view gets its grad_fn again when the storage has changed since, at the moment that
    `grad_fn` or `is_leaf` is read: a node is made, or an error raised where the view was made
    without grad mode.  Made without grad mode it also says that it requires grad, with no grad_fn.
    """
    base = tensor._base if tensor._is_view() else None
    return base if base is not None and base.requires_grad else None


def is_leaf(tensor: Tensor) -> bool:
    """Return whether `tensor` is a leaf, without making torch create a node."""
    return behind(tensor) is None and tensor.is_leaf


def grad_of(tensor: Tensor) -> Tensor | None:
    """Return `.grad`; None, without torch's warning, where autograd would never set it."""
    return tensor.grad if is_leaf(tensor) or tensor.retains_grad else None


_node_names: dict[type, str] = {}
"""The names of nodes whose Python type is called as they are."""


def node_name(node: Any) -> str:
    """Return an autograd node's type name without the C++ namespace."""
    kind = type(node)
    name = _node_names.get(kind)
    if name is None:
        name = _names[node.name()]
        if kind.__name__ == name:
            _node_names[kind] = name
    return name


def tensors_in(values: Iterable[Any], found: list[Tensor]) -> list[Tensor]:
    """Return the tensors among `values` and inside their lists, tuples and dicts, in order."""
    for value in values:
        kind = type(value)
        if kind in PLAIN:
            found.append(value)
        elif kind in _PLAIN_VALUES:
            continue
        elif isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            tensors_in(value, found)
        elif isinstance(value, dict):
            tensors_in(value.values(), found)
    return found


_PLAIN_VALUES = frozenset((int, float, bool, str, type(None)))
