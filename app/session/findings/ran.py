"""The nodes of a backward pass that ran."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from functools import cached_property

from app.contract.records import BackwardPass, BackwardStep, Operation
from app.session.findings.case import Case


class Ran:
    """The nodes of a backward pass that ran, and the paths between them."""

    def __init__(self, case: Case, backward: BackwardPass) -> None:
        self._case = case
        self.backward = backward

    @cached_property
    def steps(self) -> dict[int, BackwardStep]:
        return {step.node: step for step in self.backward.steps if step.node is not None}

    @cached_property
    def before(self) -> dict[int | None, list[int]]:
        """Return, for each node, the nodes that passed gradients to it."""
        before: dict[int | None, list[int]] = defaultdict(list)
        for node in self.steps:
            for after in self._case.nodes[node].next:
                before[after].append(node)
        return before

    @cached_property
    def operations_before(self) -> dict[int | None, Operation]:
        """Return, by node, the last operation that ran between the node before it and it.

        Hooks and custom backwards run operations in a pass.
        """
        steps = sorted(self.steps.values(), key=lambda step: step.event)
        events = [step.event for step in steps]
        found: dict[int | None, Operation] = {}
        made = self._case.run.operation_columns.like(lambda form: form.phase == "backward")
        for operation in made:
            place = bisect_right(events, operation.event)
            is_of_pass = operation.backward_pass == self.backward.id and operation.parent is None
            if is_of_pass and place < len(steps):
                found[steps[place].node] = operation
        return found

    @cached_property
    def leaves(self) -> dict[int, int | None]:
        """The AccumulateGrad of each variable, by identity."""
        return {
            self._case.identity(step.tensor): step.node
            for step in self.backward.steps
            if step.tensor is not None
        }
