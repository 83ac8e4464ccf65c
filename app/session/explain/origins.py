"""Where a tensor came from: its leaf, its maker, why it does not require grad."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from app.contract.records import BackwardPass, Clause, Fact, Operation, Tensor
from app.session.causes.registry import is_by_mode
from app.session.explain.flow import Flow

_LEAVES = 3
_LOOKED_AT = 1000
"""A leaf further away than this many values is not looked for."""


class Origins:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._run = flow.run

    def frozen_by(self, tensor: Tensor) -> Fact | None:
        """The last change of `requires_grad` on the variable, if it switched it off."""
        changes = [
            fact
            for fact in self._run.trace.facts
            if fact.kind == "requires_grad" and self._run.identity(fact.tensor) == tensor.identity
        ]
        return changes[-1] if changes and not changes[-1].value else None

    def lost_history(self, tensor: Tensor) -> Operation | None:
        """Why a tensor that could require grad has no history: what made it, or a `detach_`."""
        if not _can_require_grad(tensor):
            return None
        values = self._run.values[tensor.identity]
        for value in reversed(values):
            if value.id in self._detached_in_place:
                return self._detached_in_place[value.id]
        maker = self._run.producers.get(values[0].id)
        return maker if maker is not None and maker.status == "skipped" else None

    @cached_property
    def _detached_in_place(self) -> dict[int, Operation]:
        """The values made by dropping a history in place (`detach_`), and the operations.

        A tensor that did not require grad before, as one whose `.data` is set, had none.
        """
        return {
            value: operation
            for operation in self._run.units.like(
                lambda form: form.reason == "detached" and form.in_place
            )
            for value in operation.outputs
            if self._run.tensors[operation.inputs[0]].requires_grad
        }

    def without_grad(self, tensor: Tensor) -> Clause:
        """Why a tensor that nothing froze does not require grad."""
        if not _can_require_grad(tensor):
            return Clause("cannot_require_grad", tensors=[tensor.id])
        lost = self.lost_history(tensor)
        if lost is None:
            first = self._run.values[tensor.identity][0]
            was_there = self._run.trace.run.begins_late and first.id not in self._run.producers
            return Clause("frozen_before" if was_there else "not_asked_for_grad")
        is_dropped = lost.reason == "detached" and lost.in_place
        return Clause("history_dropped" if is_dropped else "result_unrecorded", [lost.id])

    def took_the_name_of_a_leaf(self, tensor: Tensor, maker: Operation) -> bool:
        """Whether a result of a region that does not record is called like a leaf it came from."""
        if not is_by_mode(maker) or _is_asked_for(maker):
            return False
        name = self._run.names.get(tensor.identity)
        leaves = self.leaves_of(tensor, carrying=False)
        return any(self._run.names.get(leaf.identity) == name for leaf in leaves)

    def leaves_of(self, tensor: Tensor, *, carrying: bool = True) -> list[Tensor]:
        """The first few leaves that a non-leaf was computed from.

        `carrying`: only along paths on which a gradient comes back.
        """
        found: dict[int, Tensor] = {}
        seen = {tensor.id}
        stack = [tensor.id]
        while stack and len(seen) < _LOOKED_AT:
            value = stack.pop()
            source = self._run.tensors[value]
            if source.is_leaf and source.requires_grad:
                found[source.identity] = source
            for link in self._flow.links(value):
                if (link.passes or not carrying) and link.source not in seen:
                    seen.add(link.source)
                    stack.append(link.source)
        return list(found.values())[:_LEAVES]

    def line_of(self, leaf: Tensor) -> int | None:
        maker = self._run.producers.get(leaf.id)
        return leaf.spot if maker is None else maker.spot

    def returned_none(self, backward: BackwardPass, values: Sequence[Tensor]) -> Operation | None:
        """The operation whose backward had a gradient and passed none on towards `values`.

        Looked for from the variable along its uses towards the loss: the first operation that the
        pass went through with a gradient.
        """
        with_grad = {s.operation for s in backward.steps if s.grad is not None}
        stack = [value.id for value in values]
        seen = set(stack)
        while stack:
            for operation in self._run.users.get(stack.pop(), ()):
                if operation.id in with_grad:
                    return operation
                for output in operation.outputs:
                    if output not in seen:
                        seen.add(output)
                        stack.append(output)
        return None


def _can_require_grad(tensor: Tensor) -> bool:
    return tensor.dtype.startswith(("float", "bfloat", "complex"))


def _is_asked_for(maker: Operation) -> bool:
    """Whether a what-if kept it from being recorded, which the snippet does not."""
    return maker.cause is not None and maker.cause.kind == "what_if"
