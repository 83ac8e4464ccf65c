"""Facts about tensors and operations, and how values are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from app.contract.records import Number, Operation, Summary, Tensor
from app.session.details.facts import Fact, Link
from app.session.details.pictures import picture_of
from app.session.index import TraceIndex
from app.session.lookup import tensor_name
from app.session.numbers import shape, short

MOST_LISTED = 8
_MOST_WRITTEN = 8


def tensor_fact(index: TraceIndex, tensor: Tensor, *, pictured: bool = True) -> Fact:
    """A tensor in a list: its name leads to it, its values are below."""
    requires = ", requires grad" if tensor.requires_grad else ""
    kind = f"{shape(tensor.shape)} {tensor.dtype}"
    return Fact(
        tensor_name(index, tensor.id),
        kind,
        detail=values_text(tensor.summary),
        mono=True,
        mono_label=tensor.name is not None,
        tooltip=f"{kind} on {tensor.device}{requires}\n{statistics(tensor.summary)}",
        link=Link("tensor", tensor.id),
        picture=picture_of(tensor.summary) if pictured else None,
        copied=copied_values(tensor.summary),
    )


def operation_fact(label: str, operation: Operation) -> Fact:
    line = f", line {operation.line}" if operation.line is not None else ""
    return Fact(label, f"{operation.name}{line}", mono=True, link=Link("operation", operation.id))


def listed(facts: Iterable[Fact], label: str) -> Sequence[Fact]:
    """The first few, and how many more there are."""
    found = list(facts)
    if len(found) <= MOST_LISTED + 1:
        return found
    more = Fact(f"{label}, {len(found) - MOST_LISTED:,} more", "")
    return [*found[:MOST_LISTED], more]


def values_text(summary: Summary) -> str:
    """The values of a small tensor, the range of a large one."""
    if summary.values is not None and summary.numel <= _MOST_WRITTEN:
        return nested(summary.values)
    if summary.numel == 0:
        return "no elements"
    about = "about " if summary.sampled else ""
    if summary.min is None:
        return f"{summary.numel:,} values"
    return f"{about}{short(summary.min)} to {short(summary.max)}, mean {short(summary.mean)}"


def copied_values(summary: Summary) -> str:
    """Every value where the trace has them, as Python writes them; else the figures."""
    return statistics(summary) if summary.values is None else str(summary.values)


def nested(values: object) -> str:
    if isinstance(values, list):
        return f"[{', '.join(nested(value) for value in values)}]"
    if isinstance(values, bool):
        return str(values)
    if isinstance(values, int):
        return str(values).replace("-", "−")
    return short(cast(Number, values))


def statistics(s: Summary) -> str:
    strange = f", {s.nan:,} NaN, {s.inf:,} infinite" if s.nan or s.inf else ""
    return (
        f"{s.numel:,} values, min {short(s.min, 4)}, max {short(s.max, 4)}, "
        f"mean {short(s.mean, 4)}, std {short(s.std, 4)}, norm {short(s.norm, 4)}, "
        f"{s.zeros:,} zeros{strange}"
    )
