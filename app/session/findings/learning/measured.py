"""Whether the output of a model is measured, or only looked at, like a sample of a generator."""

from __future__ import annotations

from collections.abc import Iterable

from app.contract.records import Operation
from app.session.findings.case import Case

_DECISIONS = frozenset(("argmax", "argsort", "topk", "multinomial"))


def is_measured(case: Case, operations: Iterable[Operation]) -> bool:
    """Return whether values computed from these operations are compared or combined with data that
    is not computed from them (labels, targets), or whether a class is chosen by them.

    What the model around the operations combines inside it does not count.
    """
    own = list(operations)
    roots = {case.outermost(operation.module) for operation in own}
    later = _later(case, own)
    derived = {value for operation in (*own, *later) for value in operation.outputs}
    return any(
        operation.name in _DECISIONS or not derived.issuperset(operation.inputs)
        for operation in later
        if case.outermost(operation.module) not in roots
    )


def _later(case: Case, operations: Iterable[Operation]) -> list[Operation]:
    """Everything that is computed from the results of these operations."""
    found: dict[int, Operation] = {}
    stack = [value for operation in operations for value in operation.outputs]
    while stack:
        for user in case.run.users.get(stack.pop(), ()):
            if user.id not in found:
                found[user.id] = user
                stack += user.outputs
    return list(found.values())
