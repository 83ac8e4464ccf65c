"""Where values went and where gradients could come back: one link per value and input.

A link says: this value was computed from that one, by this operation; and either autograd can
carry a gradient back along it, or it cannot, and then whether the operation is what cuts.

Left out are the optimizer's own operations and the in-place updates of leaves under no_grad: they
give a parameter its next value, they do not use it.  So is what makes a parameter follow another
one, and what a library does to a parameter while it constructs or copies a module, or loads what
`state_dict` gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from app.contract.records import Operation, Reason, Tensor
from app.session.graph.setup_work import is_initialisation, only_prepares
from app.session.run import Run

CUTTING: frozenset[Reason] = frozenset(
    ("inference_mode", "no_grad", "detached", "not_differentiable", "to_python")
)
"""Reasons that stop a gradient by themselves.

`no_input_requires_grad` does not: the gradient had stopped before, or nothing had asked for one.
"""

_FIRST_ONLY = frozenset(("expand_as", "view_as", "reshape_as", "type_as", "to"))
"""Calls that take only the shape or the type of what comes after their first tensor."""
_NO_VALUE = frozenset(("zeros_like", "ones_like", "empty_like", "rand_like", "randn_like",
                       "randint_like", "new_zeros", "new_ones", "new_empty"))  # fmt: skip
"""Calls that take only the shape or the type of their tensor."""


class FlowEdge(NamedTuple):
    """From a value back to one of those it was computed from."""

    source: int
    operation: Operation | None
    """None: the variable changed in place outside any operation that was seen."""
    passes: bool
    """Autograd carries a gradient back along it."""
    cut: bool
    """It does not, and the operation is the reason."""


class Flow:
    """The links of a trace, by the value they lead back from."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.requiring = self.run.requiring

    def links(self, value: int) -> list[FlowEdge]:
        """What `value` was computed from; empty for sources, leaves and unknown origins."""
        place = self.run.producers.places.get(value)
        before = self._previous.get(value)
        if place is None:
            return [] if before is None else [self._unseen(value, before)]
        made = self.run.operation_columns
        form = made.form_at(place)
        if form.phase == "optimizer" or form.name in _NO_VALUE:
            return []
        operation, event = made[place], made.events[place]
        passes = self.carries(operation, value)
        if not passes and value in operation.mutates and form.status == "recorded":
            return []  # running statistics: no result of the operation
        cut = not passes and self._cuts(operation, value)
        taken = made.inputs(place)
        sources = dict.fromkeys(taken[:1] if form.name in _FIRST_ONLY else taken)
        if before is not None:
            sources[before] = None
        if is_initialisation(self.run, operation):
            sources = dict.fromkeys(one for one in sources if not self._only_copies(one))
        if form.status != "recorded" and self._is_parameter(value):
            sources = dict.fromkeys(one for one in sources if self._has_history(one))
        return [
            self._link(source, operation, event, passes, cut)
            for source in sources
            if self._is_older(source, event)
            and (form.status == "recorded" or not self._is_update(operation, source))
        ] + self._from_outside(operation)

    def _from_outside(self, operation: Operation) -> list[FlowEdge]:
        """Return links from values that it took as Python numbers or NumPy arrays."""
        return [
            FlowEdge(source, left, False, True)
            for left in self.run.came_back.get(operation.id, ())
            for source in left.inputs
            if self._is_older(source, operation.event)
        ]

    def _is_older(self, source: int, event: int) -> bool:
        """What an operation took in was made before it: so links never go round in a circle."""
        maker = self.run.producers.places.get(source)
        return maker is None or self.run.operation_columns.events[maker] < event

    def _link(
        self, source: int, operation: Operation, event: int, passes: bool, cut: bool
    ) -> FlowEdge:
        detached = self._detached.get(source)
        if detached is not None and detached.event < event and not cut:
            return FlowEdge(source, detached, False, True)
        passes = passes and self.requiring.at(source, event)
        return FlowEdge(source, operation, passes, cut)

    def uses(self, values: Sequence[Tensor]) -> list[tuple[Operation, int]]:
        """The operations that took one of a variable's values, and which.

        Of a backward pass these are what hooks did without being recorded.
        """
        found = {
            operation.id: (operation, value.id)
            for value in values
            for operation in self.run.users.get(value.id, ())
            if (operation.phase == "forward" or _is_in_hook(operation))
            and operation.id not in self._only_prepares
            and not self._is_update(operation, value.id)
        }
        return [found[number] for number in sorted(found)]

    @cached_property
    def _only_prepares(self) -> frozenset[int]:
        return only_prepares(self.run)

    def _only_copies(self, value: int) -> bool:
        """Whether a value was only made to give another parameter its values."""
        maker = self.run.producers.get(value)
        return maker is not None and maker.id in self._only_prepares

    def carries(self, operation: Operation, output: int) -> bool:
        """Whether a gradient that reaches `output` goes on into the operation."""
        form = self.run.tensor_columns.form_of(output)
        return operation.status == "recorded" and (form.grad_fn is not None or form.requires_grad)

    def _cuts(self, operation: Operation, output: int) -> bool:
        if operation.reason in CUTTING or operation.status == "recorded":
            return True
        return not _can_carry(self.run.tensors[output])

    def _is_update(self, operation: Operation, value: int) -> bool:
        """Whether the operation gives the leaf `value` its next value, without a history."""
        if operation.status == "recorded" or not (operation.in_place or operation.mutates):
            return False
        identity = self.run.identity(value)
        made = (self.run.tensors[m] for m in (*operation.outputs, *operation.mutates))
        return any(t.identity == identity and t.is_leaf and t.requires_grad for t in made)

    def _is_parameter(self, value: int) -> bool:
        form = self.run.tensor_columns.form_of(value)
        return form.kind == "parameter" and form.requires_grad

    def _has_history(self, value: int) -> bool:
        """Whether a value, or what it was computed from unrecorded, was the result of something
        recorded.

        Weights that follow others, as those of a target network, are computed from these
        themselves, and no gradient is meant to go back.
        """
        stack, seen = [value], {value}
        while stack:
            one = stack.pop()
            if self.run.tensor_columns.form_of(one).grad_fn is not None:
                return True
            place = self.run.producers.places.get(one)
            if place is not None:
                fresh = [taken for taken in self.run.operation_columns.inputs(place)
                         if taken not in seen]  # fmt: skip
                seen.update(fresh)
                stack += fresh
        return False

    def _unseen(self, value: int, before: int) -> FlowEdge:
        carries = self.run.tensors[value].grad_fn is not None
        return FlowEdge(before, None, carries, False)

    @cached_property
    def _detached(self) -> dict[int, Operation]:
        """The values whose history was dropped in place (`detach_`), and by what."""
        return {
            value: operation
            for operation in self.run.units.like(lambda form: form.reason == "detached")
            for value in operation.outputs
            if value in operation.inputs
        }

    @cached_property
    def _previous(self) -> dict[int, int]:
        """The value before, by id, for each value made by changing a variable in place.

        Left out are leaves that require grad: what is written to such a leaf is a leaf again.
        """
        previous = {}
        for values in self.run.values.several():
            for before, after in pairwise(values):
                if not (after.is_leaf and after.requires_grad):
                    previous[after.id] = before.id
        return previous


def _is_in_hook(operation: Operation) -> bool:
    return operation.cause is not None and operation.cause.kind == "backward"


def _can_carry(tensor: Tensor) -> bool:
    """Only floating point and complex tensors can require grad."""
    return tensor.dtype.startswith(("float", "bfloat", "complex"))
