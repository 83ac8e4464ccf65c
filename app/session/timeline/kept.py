"""What is kept for backward after each moment of a run, for the lane that draws it."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from app.session.kept import Amount
from app.session.language import tr
from app.session.look.colors import Color, written
from app.session.timeline.moments import Moment

if TYPE_CHECKING:
    from app.session.timeline.history import History

_LOW = 0.6
"""Below this part of the most there is room for a note."""


class KeptNote(NamedTuple):
    """A note about the columns from `first` to `last`, near the top of the lane or the bottom."""

    first: int
    last: int
    text: str
    color: Color
    at_bottom: bool


class KeptLane:
    """Amounts by column: the n-th moment has column n - 1.  Takes time in proportion to the run."""

    def __init__(self, history: History) -> None:
        at = history.run.kept.at
        moments = history.moments
        self.before = at(moments[0].event - 1) if moments else Amount()
        """What is kept before the first moment."""
        amounts = [at(moment.last) for moment in moments]
        self.totals = array("q", (one.total for one in amounts))
        self.only = array("q", (one.only for one in amounts))
        self.most = max(self.before.total, max(self.totals, default=0))
        self.notes = [
            note for note in (self._falls(moments), self._flat(moments)) if note is not None
        ]

    def after(self, column: int) -> Amount:
        """Return what is kept after the moment in a column."""
        return Amount(self.totals[column], self.only[column])

    def _falls(self, moments: list[Moment]) -> KeptNote | None:
        """Return a note about the first pass that frees what was kept, or that keeps the graph."""
        color = written("gradient")
        in_pass = [column for column, one in enumerate(moments) if one.backward is not None]
        for column in in_pass:
            if self.totals[column] <= _LOW * self.most and column and self._fell(column):
                rest = range(column, len(moments))
                high = (one for one in rest if self.totals[one] > _LOW * self.most)
                last = next(high, len(moments)) - 1
                return KeptNote(column, last, tr("falls as backward uses it"), color, False)
        if in_pass and self.most and not any(map(self._fell, in_pass)):
            last = len(moments) - 1
            return KeptNote(in_pass[0], last, tr("stays: retain_graph=True"), color, False)
        return None

    def _fell(self, column: int) -> bool:
        return self.totals[column] < (self.totals[column - 1] if column else self.before.total)

    def _flat(self, moments: list[Moment]) -> KeptNote | None:
        """Return a note about the longest region in which nothing was added."""
        begun: dict[int, int] = {}
        longest: tuple[int, int] | None = None
        kind = ""
        for column, moment in enumerate(moments):
            span = moment.records[0]
            if moment.kind == "enter":
                begun[id(span)] = column
            elif moment.kind == "leave" and (first := begun.pop(id(span), None)) is not None:
                inside = self.totals[first : column + 1]
                is_longest = longest is None or column - first > longest[1] - longest[0]
                if column - first > 1 and is_longest and max(inside) == min(inside):
                    longest, kind = (first, column), getattr(span, "kind", "")
        if longest is None or not self.most:
            return None
        color = written("inference_mode" if kind == "inference_mode" else "no_grad")
        text = tr("flat: nothing is kept under {mode}").format(mode=kind)
        return KeptNote(*longest, text, color, True)
