"""What optimizer steps did to parameters, as the tracing process sends it."""

from __future__ import annotations

from math import isinf, isnan

from app.contract.messages import Packed, UpdatesRow
from app.contract.records import Number, Update
from app.session.trace.values.packed import elements


def updates_of(row: UpdatesRow) -> list[Update]:
    """Return what a row says of each parameter.  Raises ValueError if its parts do not fit."""
    if not isinstance(row.figures, Packed):
        return []  # nothing was fetched: the run broke off
    numbers, (_, count) = elements(row.figures)
    norms = numbers[:count], numbers[count : 2 * count], numbers[2 * count :]
    return [
        Update(
            tensor,
            None if grad < 0 else as_number(grad),
            as_number(value),
            None if value == 0 else as_number(change / value),
            bool(sampled),
        )
        for tensor, sampled, grad, value, change in zip(
            row.tensors, row.sampled, *norms, strict=True
        )
    ]


def as_number(value: float) -> Number:
    """
    >>> as_number(0.5), as_number(float("nan")), as_number(float("-inf"))
    (0.5, 'nan', '-inf')
    """
    if isnan(value):
        return "nan"
    if isinf(value):
        return "inf" if value > 0 else "-inf"
    return value
