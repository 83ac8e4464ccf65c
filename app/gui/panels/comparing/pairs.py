"""The rows of the table of both runs' gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.gui.panels.gradients.rows import GradientRow, grad_text, norm_text
from app.session.language import listing, ngettext, number, tr

if TYPE_CHECKING:
    from app.session.comparing.differences import Differences
    from app.session.comparing.sides import Sides


@dataclass(frozen=True, slots=True)
class PairRow:
    """A leaf and its `.grad` in both runs; None where a run does not have the leaf."""

    name: str
    first: GradientRow | None
    second: GradientRow | None
    is_equal: bool
    is_close: bool = False
    """Whether the values are equal within the tolerance only."""

    def spoken(self, sides: Sides) -> str:
        """Return what a screen reader says."""
        rows = zip(sides, (self.first, self.second), strict=True)
        words = [f"{side.title}: {_said(row)}" for side, row in rows]
        return listing([self.name, *words])


@dataclass(frozen=True, slots=True)
class EqualRows:
    """All leaves that are equal in both runs, folded into one row or above their own rows."""

    names: tuple[str, ...]
    is_open: bool
    are_close: bool
    """Whether the values of some are equal within the tolerance only."""

    @property
    def how(self) -> str:
        return (
            tr("within {tolerance}").format(tolerance="1e-6")
            if self.are_close
            else tr("to the last bit")
        )

    @property
    def count(self) -> str:
        count = len(self.names)
        return ngettext("{count} equal", "{count} equal", count).format(count=number(count))

    def spoken(self, sides: Sides) -> str:
        return listing([self.count, *self.names, self.how])


Row = PairRow | EqualRows


def _said(row: GradientRow | None) -> str:
    if row is None:
        return tr("not in this run")
    if row.summary is None:
        return listing((grad_text(row), row.short_why))
    return tr("norm {norm}").format(norm=norm_text(row)) + f", {row.short_why}"


def pairs_of(
    first: Sequence[GradientRow], second: Sequence[GradientRow], found: Differences
) -> list[PairRow]:
    """Return the rows of both runs by name, in the order of the second."""
    differ = {difference.name for difference in found.gradients}
    sides: tuple[Mapping[str, GradientRow], Mapping[str, GradientRow]] = (
        {row.gradient.name: row for row in first},
        {row.gradient.name: row for row in second},
    )
    names = dict.fromkeys([*sides[1], *sides[0]])
    return [
        PairRow(
            name,
            sides[0].get(name),
            sides[1].get(name),
            _is_equal(name, differ, sides),
            name in found.close,
        )
        for name in names
    ]


def _is_equal(
    name: str, differ: set[str], sides: tuple[Mapping[str, GradientRow], Mapping[str, GradientRow]]
) -> bool:
    return name not in differ and all(name in side for side in sides)
