"""What the hidden run sent of an opened step, decoded and checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.contract.messages import NotOpenedRow, OpenedRow, OpenedValueRow, Packed
from app.contract.records import Picture
from app.session.received import received
from app.session.trace.values import packed
from app.session.trace.values.summaries import summary_of


@dataclass(frozen=True, slots=True)
class Values:
    """A tensor: its elements in row-major order where they were sent, and figures."""

    shape: tuple[int, ...]
    numbers: tuple[float, ...] | None
    norm: float | None
    picture: Picture | None


@dataclass(slots=True)
class StepAnswers:
    """Takes rows, which are not trusted: what cannot be understood is left out."""

    row: OpenedRow | None = None
    refused: str = ""
    """Why the step was not opened."""
    values: dict[tuple[str, int, str], Values] = field(default_factory=dict)
    """By role, number and name."""

    def add(self, batch: Sequence[Any]) -> None:
        for row in batch:
            if isinstance(row, OpenedValueRow):
                with suppress(msgspec.ValidationError, ValueError):
                    self.values[row.role, row.number, row.name] = _values(row)
        for row in received(batch, OpenedRow, NotOpenedRow):
            if isinstance(row, OpenedRow):
                self.row = row
            else:
                self.refused = row.reason

    def value(self, role: str, number: int = 0, name: str = "") -> Values | None:
        return self.values.get((role, number, name))

    def derivative(self, number: int) -> tuple[str, Values] | None:
        """Return how an outgoing gradient follows from what arrived, and the values."""
        for kind in ("cells", "row", "matrix", "ones"):
            if (found := self.value("derivative", number, kind)) is not None:
                return kind, found
        return None

    def saved(self, name: str) -> Values | None:
        """Return the tensor that the node saved under this name, if it is one only."""
        found = [
            one for (role, _, known), one in self.values.items() if (role, known) == ("saved", name)
        ]
        return found[0] if len(found) == 1 else None

    @property
    def arrived(self) -> dict[int, Values]:
        """What arrived, by slot."""
        return {place: one for (role, place, _), one in self.values.items() if role == "arrived"}

    @property
    def first_arrived(self) -> Values | None:
        return next(iter(self.arrived.values()), None)


def _values(row: OpenedValueRow) -> Values:
    """Raises ValueError and msgspec.ValidationError where the row contradicts itself."""
    shape = tuple(row.shape)
    if row.values is None:
        return Values(shape, None, None, None)
    summary = summary_of(row.values)
    if summary.numel != math.prod(shape):
        raise ValueError(f"{summary.numel} elements do not fill {shape}")
    norm = summary.norm if isinstance(summary.norm, (int, float)) else None
    numbers = None
    if isinstance(row.values, Packed):
        numbers = tuple(float(one) for one in packed.elements(row.values)[0])
    return Values(shape, numbers, norm, summary.picture)
