"""The autograd nodes that a call added, and which operation owns a node.

torch numbers the nodes of a thread in the order in which they are made
(`torch.autograd._get_sequence_nr` is the number of the next one).  So the nodes a call added are
those whose numbers lie between the counter before and after it: no guess, and nothing to look at
when the counter did not move.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from torch import Tensor

from app.tracer.autograd.hooks import notes_on
from app.tracer.private import next_node_number
from app.tracer.tensors.table import node_name

NUMBERS_END = 1 << 62
"""AccumulateGrad nodes carry the largest number there is, and so do those that only raise an error
(NotImplemented, DelayedError): they do not belong to the order in which the others were made."""
_OWNER = "tapescope operation"
"""The note on a node of the operation that made it, where its number does not show it."""


class NodeOwners:
    """Operation ids by node number: eight bytes a node, whatever the length of the run.

    Numbers are a thread's own, so these are the owners of one thread's nodes.  In the snippet's
    first thread (`shared`) nothing is written into torch's nodes; the nodes of other threads, whose
    numbers mean something else here, have a note of their owner.
    """

    def __init__(self) -> None:
        self._base = next_node_number()
        self._owners = array("q")
        self.left: set[int] = set()
        """The numbers of nodes whose owner will be the operation that leads to them."""

    def leave(self, first: int, end: int) -> None:
        """Note that nodes `first` to `end` (exclusive) are not reached from the call's results.

        Autocast makes such nodes: where grad mode is off it still keeps casts of parameters that
        later calls, which are recorded, use.
        """
        self.left.update(range(first, end))

    def claim(self, nodes: Iterable[Any], first: int, end: int, operation: int) -> None:
        """Make `operation` the owner of the nodes `first` to `end` (exclusive) that have none."""
        owners = self._owners
        missing = end - self._base - len(owners)
        if missing > 0:
            owners.extend([-1] * missing)
        for index in range(first - self._base, end - self._base):
            if owners[index] < 0:
                owners[index] = operation
        for node in nodes:
            number = node._sequence_nr()
            if number >= NUMBERS_END:
                notes_on(node).setdefault(_OWNER, operation)
            elif number in self.left:
                self.left.remove(number)
                owners[number - self._base] = operation

    def covers(self, number: int) -> bool:
        """Return whether a node of this number was made since the recording began."""
        return self._base <= number < next_node_number()

    def adopt(self, nodes: Iterable[Any], operation: int) -> None:
        """Make `operation` the owner of nodes that have none; their numbers are covered."""
        for node in nodes:
            index = node._sequence_nr() - self._base
            self._owners.extend([-1] * (index + 1 - len(self._owners)))
            self._owners[index] = operation

    def claim_one(self, number: int, operation: int) -> bool:
        """Make `operation` the owner of the newest node; return False if it had one."""
        owners = self._owners
        if number - self._base != len(owners):
            return False
        owners.append(operation)
        return True

    def transfer(self, nodes: Iterable[Any], operation: int, to: int) -> None:
        """Change the owner of those of `nodes` that belong to `operation` to `to`."""
        for node in nodes:
            index = node._sequence_nr() - self._base
            if 0 <= index < len(self._owners) and self._owners[index] == operation:
                self._owners[index] = to

    def owner(self, node: Any) -> int | None:
        """Return the operation that made `node`, or None if no operation of this thread did."""
        number = node._sequence_nr()
        if number >= NUMBERS_END:
            return _owner_inside(node)
        index = number - self._base
        owner = self._owners[index] if 0 <= index < len(self._owners) else -1
        return owner if owner >= 0 else None


class OwnersInNodes:
    """The owners of nodes made in threads besides the first, as notes on the nodes."""

    left: frozenset[int] = frozenset()

    def leave(self, first: int, end: int) -> None:
        """Do nothing: a node has no owner until it is claimed."""

    def adopt(self, nodes: Iterable[Any], operation: int) -> None:
        """Not called: nodes made elsewhere are adopted only in runs with one thread."""

    def claim_one(self, number: int, operation: int) -> bool:
        """Return False: the number alone does not identify a node here."""
        return False

    def claim(self, nodes: Iterable[Any], first: int, end: int, operation: int) -> None:
        for node in nodes:
            notes_on(node).setdefault(_OWNER, operation)

    def transfer(self, nodes: Iterable[Any], operation: int, to: int) -> None:
        for node in nodes:
            if (notes := notes_on(node)).get(_OWNER) == operation:
                notes[_OWNER] = to

    def owner(self, node: Any) -> int | None:
        return _owner_inside(node)


def _owner_inside(node: Any) -> int | None:
    owner: int | None = notes_on(node).get(_OWNER)
    return owner


def new_nodes(
    outputs: Iterable[Tensor],
    first: int,
    before: Iterable[Any] = (),
    left: Collection[int] = (),
) -> list[Any]:
    """The nodes numbered `first` and later, or in `left`, that `outputs` lead to, output first.

    Only new nodes are walked through: what a new node points to besides was there before.  A node
    without a number is new if no operation owns it.  `before` are nodes that went in: where
    several threads make nodes, those of another one may have the same numbers.  A view that was
    changed through a further view of it (`fill_diagonal_`) gets its node here, by being looked at.
    """
    found: list[Any] = []
    seen: set[Any] = set(before)
    queue = [t.grad_fn for t in outputs if t.grad_fn is not None]
    end = next_node_number()
    for node in queue:
        number = node._sequence_nr()
        numberless = number >= NUMBERS_END
        new = _unclaimed(node) if numberless else first <= number < end or number in left
        if not new or node in seen:
            continue
        seen.add(node)
        found.append(node)
        if end - first > 1 or numberless or left:
            queue.extend(successor for successor, _ in node.next_functions if successor is not None)
    return found


def without_owner(
    tensor: Tensor,
    made_elsewhere: Callable[[Any], bool],
    living: Callable[[], list[tuple[Any, Tensor]]],
) -> tuple[list[Any], list[Tensor]]:
    """Return the nodes behind `tensor` that no operation made, and the tensors they lead to."""
    found: list[Any] = []
    ends: list[Any] = []
    seen: set[Any] = set()
    queue = [tensor.grad_fn]
    for node in queue:
        if node is None or node in seen:
            continue
        seen.add(node)
        if is_leaf_node(node) or made_elsewhere(node):
            ends.append(node)
            continue
        found.append(node)
        queue.extend(following for following, _ in node.next_functions)
    if not found:
        return [], []
    leaves = [node.variable for node in ends if is_leaf_node(node)]
    made = [
        other
        for tracked, other in living()
        if not tracked.leaf and not tracked.outdated and other.grad_fn in ends
    ]
    return found, [*leaves, *made]


def _unclaimed(node: Any) -> bool:
    return not is_leaf_node(node) and _owner_inside(node) is None


def is_leaf_node(node: Any) -> bool:
    """Return whether `node` is an AccumulateGrad."""
    return node._sequence_nr() >= NUMBERS_END and hasattr(node, "variable")


def is_copy_slices(node: Any) -> bool:
    """Return whether `node` is an in-place update of a view; it hides the node inside it."""
    return type(node).__name__ == "CopySlices"


def saved_by_name(node: Any) -> list[tuple[str, Tensor]]:
    """Return the tensors that `node` keeps for backward with torch's names for them.

    They are read from its `_saved_*` attributes.
    """
    found: list[tuple[str, Tensor]] = []
    for attribute, name in _saved_attributes[type(node)]:
        try:
            value = getattr(node, attribute)
        except RuntimeError:  # freed already, or changed in place since: no longer to be had
            continue
        if type(value) is Tensor or isinstance(value, Tensor):
            found.append((name, value))
        elif isinstance(value, (list, tuple)):
            found.extend((name, item) for item in value if isinstance(item, Tensor))
    return found


def saves_tensors(node: Any) -> bool:
    """Return whether nodes of this type keep tensors for backward."""
    return bool(_saved_attributes[type(node)])


def changed_saved(node: Any) -> list[str]:
    """Return the names of saved tensors that were changed in place, so that backward would fail."""
    found = []
    for attribute, name in _saved_attributes[type(node)]:
        try:
            getattr(node, attribute)
        except RuntimeError as error:
            if "modified by an inplace operation" in str(error):
                found.append(name)
    return found


def is_freed(node: Any) -> bool:
    """Return whether what `node` saved has been freed by a pass that ran it."""
    for attribute, _ in _saved_attributes[type(node)]:
        try:
            getattr(node, attribute)
        except RuntimeError as error:
            if "already been freed" in str(error):
                return True
    return False


class _SavedAttributes(dict[type, tuple[tuple[str, str], ...]]):
    """By type of node those of its `_saved_*` attributes that are tensors, with torch's names for
    these.

    They have a `_raw_saved_*` beside.
    """

    def __missing__(self, node_type: type) -> tuple[tuple[str, str], ...]:
        there = dir(node_type)
        names = [n for n in there if n.startswith("_saved_") and f"_raw{n}" in there]
        if hasattr(node_type, "saved_tensors"):  # a custom Function's ctx.save_for_backward
            names.append("saved_tensors")
        known = self[node_type] = tuple((name, name.removeprefix("_saved_")) for name in names)
        return known


_saved_attributes = _SavedAttributes()


def names_of(nodes: Sequence[Any]) -> tuple[str, ...]:
    if len(nodes) == 1:
        return (node_name(nodes[0]),)
    return tuple([node_name(node) for node in nodes])
