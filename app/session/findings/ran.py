"""The nodes of a backward pass that ran."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from app.contract.records import BackwardPass, BackwardStep
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
    def leaves(self) -> dict[int, int | None]:
        """The AccumulateGrad of each variable, by identity."""
        return {
            self._case.identity(step.tensor): step.node
            for step in self.backward.steps
            if step.tensor is not None
        }
