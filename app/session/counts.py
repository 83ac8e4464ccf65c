"""How many operations had which fate: what the legend shows."""

from __future__ import annotations

from typing import get_args

from app.contract.records import Trace
from app.session.graph_items import STATUS_OF_REASON, StatusKey
from app.session.index import index_of
from app.session.setup_work import is_setup


def status_counts(trace: Trace) -> dict[StatusKey, int]:
    """Operations by status, a zero for the statuses that did not occur.

    Leaves only, as everywhere where operations are counted, without those that only prepare and
    those that gave back what went in.
    """
    index = index_of(trace)
    counts: dict[StatusKey, int] = dict.fromkeys(get_args(StatusKey), 0)
    for operation in index.leaves:
        status = STATUS_OF_REASON[operation.reason]
        if status != "neutral" and not is_setup(index, operation):
            counts[status] += 1
    return counts


def setup_count(trace: Trace) -> int:
    """The operations that only prepare."""
    index = index_of(trace)
    return sum(is_setup(index, operation) for operation in index.leaves)
