"""Facts about tensors and operations, and how values are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from app.contract.records import Number, Operation, Summary, Tensor
from app.session.details.facts import DetailFact, FactTarget
from app.session.details.pictures import picture_of
from app.session.explain.phrases import more
from app.session.language import listing, ngettext, number, tr
from app.session.lookup import tensor_name
from app.session.numbers import shape, short, spread_text, values_counted
from app.session.places import at_line
from app.session.run import Run

MOST_LISTED = 8
_MOST_WRITTEN = 8


def tensor_fact(run: Run, tensor: Tensor, *, pictured: bool = True) -> DetailFact:
    """Return a row for a tensor: its name is a link, its values are below."""
    kind = f"{shape(tensor.shape)} {tensor.dtype}"
    facts = [tr("{kind} on {device}").format(kind=kind, device=tensor.device)]
    if tensor.requires_grad:
        facts.append(tr("requires grad"))
    return DetailFact(
        tensor_name(run, tensor.id),
        kind,
        detail=values_text(tensor.summary),
        mono=True,
        mono_label=tensor.name is not None,
        tooltip=f"{', '.join(facts)}\n{statistics(tensor.summary)}",
        link=FactTarget("tensor", tensor.id),
        picture=picture_of(tensor.summary) if pictured else None,
        copied=copied_values(tensor.summary),
    )


def operation_fact(label: str, operation: Operation) -> DetailFact:
    link = FactTarget("operation", operation.id)
    return DetailFact(label, at_line(operation.name, operation.spot), mono=True, link=link)


def listed(facts: Iterable[DetailFact], label: str) -> Sequence[DetailFact]:
    """Return the first few facts, and one that counts the others."""
    found = list(facts)
    if len(found) <= MOST_LISTED + 1:
        return found
    return [*found[:MOST_LISTED], DetailFact(listing((label, more(len(found) - MOST_LISTED))), "")]


def values_text(summary: Summary) -> str:
    """Return the values of a small tensor, or the range of a large one."""
    if summary.values is not None and summary.numel <= _MOST_WRITTEN:
        return nested(summary.values)
    if summary.numel == 0:
        return tr("no elements")
    if summary.min is None:
        return values_counted(summary.numel)
    return spread_text(summary)


def copied_values(summary: Summary) -> str:
    """Return all values as Python writes them, or the figures if the trace has no values."""
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
    figures = (("min", s.min), ("max", s.max), ("mean", s.mean), ("std", s.std), ("norm", s.norm))
    facts = [values_counted(s.numel), *(f"{name} {short(value, 4)}" for name, value in figures)]
    zeros = ngettext("{count} zero", "{count} zeros", s.zeros)
    facts.append(zeros.format(count=number(s.zeros)))
    if s.nan or s.inf:
        facts.append(tr("{count} NaN").format(count=number(s.nan)))
        facts.append(tr("{count} infinite").format(count=number(s.inf)))
    return listing(facts)
