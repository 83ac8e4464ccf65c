"""Which autograd nodes a call added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from app.tracer.autograd import nodes
from app.tracer.calls.call import Call
from app.tracer.calls.views import saved_inside
from app.tracer.private import is_functorch_wrapped, levels_of, next_node_number
from app.tracer.shared import Shared
from app.tracer.tensors.kinds import PLAIN, dispatches
from app.tracer.tensors.table import behind


class AddedNodes:
    """Finds the autograd nodes of one thread's calls and records their owners."""

    def __init__(self, shared: Shared, owners: nodes.NodeOwners | nodes.OwnersInNodes) -> None:
        self._shared = shared
        self._owners = owners

    def claim(
        self, call: Call, result: Any, made: list[Tensor], in_place: bool, ended: int
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """Return all nodes that the call added, and those that no call inside it added.

        `made` are the tensors that it made or changed, `in_place` says that it changed some, and
        `ended` is the number of the next node when it was over.
        """
        if not in_place and ended - call.started == 1 and type(result) is Tensor:
            only = self._one_node(call, result)
            if only:
                return only, only
        added = self._added(call, made, ended)
        own = [node for node in added if self._owners.owner(node) is None]
        if ended != call.started and not (added or call.grad_mode or in_place):
            self._owners.leave(call.started, ended)
        elif added or ended != call.started:
            self._owners.claim(added, call.started, next_node_number(), call.id)
        return added, own

    def _one_node(self, call: Call, result: Tensor) -> Sequence[Any]:
        """Return the node that the call added in the commonest case: one, which made the result.

        Return nothing in other cases.
        """
        if self._shared.tensors.some_outdated or call.rows or self._owners.left:
            return ()
        node = result.grad_fn
        if node is None or node._sequence_nr() != call.started:
            return ()
        return (node,) if self._owners.claim_one(call.started, call.id) else ()

    def _added(self, call: Call, made: list[Tensor], ended: int) -> list[Any]:
        """Return the autograd nodes that the call and the calls inside it added."""
        if ended != call.started:
            readable = [t for t in made if not self._shared.tensors.outdated(t)]
            if not call.grad_mode:  # then no view has been given a new node
                readable = [t for t in readable if behind(t) is None]
            if any(map(is_functorch_wrapped, readable)):
                readable = [level for t in readable for level in levels_of(t)]
        elif call.grad_mode and call.requires_grad and not call.inference:
            # Only a node that has no number can be new; looking at a view might make one.
            readable = [t for t in made if t.requires_grad and behind(t) is None]
        else:
            return []
        return nodes.new_nodes(readable, call.started, call.came_from, self._owners.left)

    def behind(self, tensors: list[Tensor]) -> list[Any]:
        """Return the grad_fn of each tensor, except where torch would have to make a new node."""
        outdated = self._shared.tensors.outdated
        return [t.grad_fn for t in tensors if t.requires_grad and not outdated(t)]

    def kept_by(
        self, call: Call, own: Sequence[Any], outputs: list[Tensor], changed: list[Tensor],
        args: Any, kwargs: Any,
    ) -> list[int]:  # fmt: skip
        """Return what the call's nodes are the first to keep, as in `OperationRow`.

        That is nothing if reading it would call a subclass.
        """
        if not own:
            return []
        for tensor in (*call.tensors, *outputs):
            if type(tensor) not in PLAIN and dispatches(tensor):
                self._shared.saved.leave_alone(own)
                return []
        inside: dict[Any, Sequence[Tensor]] = {}
        if changed:
            with self._shared.mishaps.around("What an update of a view keeps", call.frame):
                inside = saved_inside(call, own, changed, args, kwargs)
        return self._shared.saved.keep(own, inside)
