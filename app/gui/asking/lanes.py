"""The lanes of a timeline without their answers: every column stays where it is."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.contract.records import GradModeSpan, Operation
from app.gui.panels.timeline.blocks import Block
from app.gui.panels.timeline.lanes import Lanes, Row
from app.gui.theme.colors import ToneKey
from app.session.language import tr
from app.session.timeline import LANE_NAMES, Moment, Snapshot

if TYPE_CHECKING:
    from app.session.asking.covered import Covered


def _is_late(moment: Moment) -> bool:
    """Return whether a moment is part of what stays covered until the end."""
    return moment.lane in ("Backward", "Accumulate")


class _Columns:
    """Which columns a line, a region or the backward passes cover: the same for a whole round."""

    def __init__(self, bare: Lanes) -> None:
        self._late = bytearray(bare.columns)
        self._of_spot: dict[int, list[int]] = {}
        self._spans: list[tuple[int, GradModeSpan]] = []
        self.early: list[int] = []
        """Those before and between the backward passes."""
        for column, moment in enumerate(bare.history.moments):
            if _is_late(moment):
                self._late[column] = True
                continue
            self.early.append(column)
            record = moment.records[0]
            if isinstance(record, GradModeSpan):
                self._spans.append((column, record))
            elif isinstance(record, Operation) and (spot := record.spot) is not None:
                self._of_spot.setdefault(spot, []).append(column)

    def hidden(self, covered: Covered) -> bytearray:
        """Return for each column whether it is covered."""
        found = bytearray(self._late)
        for spot in covered.spots:
            for column in self._of_spot.get(spot, ()):
                found[column] = True
        for column, span in self._spans:
            found[column] = covered.hides_span(span)
        return found


class CoveredLanes:
    """Forward has a "?" for each operation that is covered; backward is one block.

    The playhead is before the line that is asked about.
    """

    ends = ()
    kept = None
    stretches: Sequence[Block] = ()

    def __init__(self, bare: Lanes, covered: Covered, before: CoveredLanes | None = None) -> None:
        """`before` are those of the same run at another step of its round."""
        self._bare, self._covered = bare, covered
        self.columns, self.end = bare.columns, bare.end
        self.iterations, self.curve = bare.iterations, bare.curve
        self._found: _Columns = _Columns(bare) if before is None else before._found
        self._shown_at = self._found.early
        self._hidden = self._found.hidden(covered)
        self.rows = tuple(self._row(row) for row in bare.rows)
        self.position = self._position()
        self._columns: dict[int, array[int]] = {}
        self._tones: dict[int, list[ToneKey]] = {}

    def _row(self, row: Row) -> Row:
        """Return a row that does not say whether it is empty."""
        lane = LANE_NAMES[self._bare.rows.index(row)]
        return replace(row, empty=tr("covered") if lane in ("Region", "Accumulate") else "")

    def _position(self) -> int:
        question = self._covered.round.question
        moments = self._bare.history.moments
        if question is None:
            return self.end
        if question.spot is None:
            return len(self._shown_at)
        found = (n for n, one in enumerate(moments) if one.line == question.spot)
        return next(found, self.columns)

    # ---------------------------------------------------------------------------- in words

    def caption(self, position: int) -> str:
        if 0 < position <= self.columns and not self._hidden[position - 1]:
            return self._bare.caption(position)
        return tr("Covered until it is turned over.")

    def position_text(self, position: int) -> str:
        return ""

    def note(self, then: Snapshot) -> str:
        return ""

    def event_at(self, position: int) -> int | None:
        return self._bare.event_at(self.end)

    def question_at(self, column: int) -> int | None:
        """Return the number of the question about the line of a column."""
        line = self._bare.history.moments[column].line
        return None if line is None else self._covered.question_at(line)

    # -------------------------------------------------------------------------- the blocks

    def block(self, column: int) -> Block:
        """Return the moment in a column, or what covers it."""
        moment = self._bare.history.moments[column]
        if not self._hidden[column]:
            return self._bare.block(column)
        if _is_late(moment):
            first, last = self._late_around(column)
            text = tr("?  backward: covered until everything is turned over")
            row = LANE_NAMES.index("Backward")
            return Block("Backward", row, first, last, text, "covered", "covered", last)
        line = moment.line
        text = "?" if line is None else f"?  :{line}"
        row = LANE_NAMES.index(moment.lane)
        return Block(moment.lane, row, column, column, text, "covered", "covered", column)

    def _late_around(self, column: int) -> tuple[int, int]:
        """Return the first and the last column of the backward pass around one."""
        place = bisect_left(self._shown_at, column)
        first = self._shown_at[place - 1] + 1 if place else 0
        last = self._shown_at[place] - 1 if place < len(self._shown_at) else self.columns - 1
        return first, last

    def blocks_at(self, column: int) -> Sequence[Block]:
        block = self.block(column)
        return () if block.lane == "Region" or block.first < column else (block,)

    def in_row(self, row: int) -> Sequence[int]:
        self._fill(row)
        return self._columns[row]

    def tones_in(self, row: int) -> Sequence[ToneKey]:
        self._fill(row)
        return self._tones[row]

    def _fill(self, row: int) -> None:
        if row not in self._columns:
            known = zip(self._bare.in_row(row), self._bare.tones_in(row), strict=True)
            if LANE_NAMES[row] == "Accumulate":
                known = zip((), (), strict=True)
            found = [(at, "covered" if self._hidden[at] else tone) for at, tone in known]
            self._columns[row] = array("q", (at for at, _ in found))
            self._tones[row] = [tone for _, tone in found]

    def regions(self, first: int, last: int, stride: int) -> Iterator[Block]:
        found = self._bare.regions(first, last, stride)
        return (block for block in found if not self._hidden[block.first])
