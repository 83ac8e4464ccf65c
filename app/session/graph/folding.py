"""Which node stands for an operation: its own, its composite call's, or a fold of many.

A fold always holds operations that follow each other in time.  Values flow forward in time, so
however much is folded the picture has no cycles that the run did not have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.contract.records import Operation
from app.session.index import TraceIndex

MOST_NODES = 500
"""Above this many operations are folded to begin with: a picture of more is read by nobody."""


def stand_ins(index: TraceIndex, unfolded: frozenset[int]) -> dict[int, Operation]:
    """For each unit the operation that is drawn for it.

    That is the outermost composite call around it which is not unfolded, or the unit itself.
    """
    found: dict[int, Operation] = {}
    for unit in index.units:
        drawn = unit
        step: Operation | None = unit
        while step is not None:
            if step.id not in unfolded:
                drawn = step
            step = None if step.parent is None else index.operations[step.parent]
        found[unit.id] = drawn
    return found


def folds(operations: Sequence[Operation], most: int = MOST_NODES) -> list[list[Operation]]:
    """The operations, in order, as at most `most` groups of neighbours.

    One each if they are few enough; else those of one line together; else those of one round of a
    loop (lines going forward); else equal shares.
    """
    groups = [[operation] for operation in operations]
    for together in (_same_line, _same_round):
        if len(groups) <= most:
            return groups
        groups = _merge(groups, together)
    if len(groups) <= most:
        return groups
    share = -(-len(groups) // most)
    return [
        [operation for group in groups[start : start + share] for operation in group]
        for start in range(0, len(groups), share)
    ]


def _merge(
    groups: list[list[Operation]], together: Callable[[Operation, Operation], bool]
) -> list[list[Operation]]:
    merged: list[list[Operation]] = []
    for group in groups:
        if merged and together(merged[-1][-1], group[0]):
            merged[-1].extend(group)
        else:
            merged.append(list(group))
    return merged


def _same_line(one: Operation, other: Operation) -> bool:
    return one.line == other.line and one.phase == other.phase


def _same_round(one: Operation, other: Operation) -> bool:
    return (one.line or 0) <= (other.line or 0)
