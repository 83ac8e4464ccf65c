"""Where a tensor came from, in words: its leaf, its maker, why it does not require grad."""

from __future__ import annotations

from app.contract.records import BackwardPass, Fact, Operation, Tensor
from app.session.explain import phrases, texts
from app.session.explain.flow import Flow
from app.session.language import tr

_LEAVES = 3
_LOOKED_AT = 1000
"""A leaf further away than this many values is not looked for."""


class Origins:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._index = flow.index

    def frozen_by(self, tensor: Tensor) -> Fact | None:
        """The last change of `requires_grad` on the variable, if it switched it off."""
        changes = [
            fact
            for fact in self._index.trace.facts
            if fact.kind == "requires_grad"
            and self._index.tensors[fact.tensor].identity == tensor.identity
        ]
        return changes[-1] if changes and not changes[-1].value else None

    def without_grad(self, tensor: Tensor) -> str:
        """A clause on why a tensor that nothing froze does not require grad."""
        if not tensor.dtype.startswith(("float", "bfloat", "complex")):
            return texts.cannot_require_grad(tensor)
        maker = self._index.producers.get(self._index.values[tensor.identity][0].id)
        if maker is not None and maker.status == "skipped":
            return texts.made_without_grad(self._index, maker)
        return texts.not_asked_for_grad()

    def leaves_of(self, tensor: Tensor) -> list[Tensor]:
        """The leaves that a non-leaf was computed from, the first few."""
        found: dict[int, Tensor] = {}
        seen = {tensor.id}
        stack = [tensor.id]
        while stack and len(seen) < _LOOKED_AT:
            value = stack.pop()
            source = self._index.tensors[value]
            if source.is_leaf and source.requires_grad:
                found[source.identity] = source
            for link in self._flow.links(value):
                if link.passes and link.source not in seen:
                    seen.add(link.source)
                    stack.append(link.source)
        return list(found.values())[:_LEAVES]

    def describe(self, leaf: Tensor) -> str:
        """ "w", or "the unnamed result of randn(3) on line 4"."""
        name = self._index.names.get(leaf.identity)
        if name is not None:
            return name
        maker = self._index.producers.get(leaf.id)
        if maker is None:
            return tr("an unnamed tensor")
        call = phrases.operation(self._index, maker)
        return tr("the unnamed result of {call}").format(call=call)

    def line_of(self, leaf: Tensor) -> int | None:
        maker = self._index.producers.get(leaf.id)
        return leaf.line if maker is None else maker.line

    def returned_none(self, backward: BackwardPass, values: list[Tensor]) -> Operation | None:
        """The operation whose backward had a gradient and passed none on towards `values`.

        Looked for from the variable along its uses towards the loss: the first operation that the
        pass went through with a gradient.
        """
        with_grad = {s.operation for s in backward.steps if s.grad is not None}
        stack = [value.id for value in values]
        seen = set(stack)
        while stack:
            for operation in self._index.users.get(stack.pop(), ()):
                if operation.id in with_grad:
                    return operation
                for output in operation.outputs:
                    if output not in seen:
                        seen.add(output)
                        stack.append(output)
        return None
