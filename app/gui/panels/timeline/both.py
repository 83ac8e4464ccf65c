"""The lanes of two runs that are compared: one column for each step that either of them has."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace

from app.contract.records import GradModeSpan
from app.gui.asking.lanes import CoveredLanes
from app.gui.panels.timeline.blocks import Block
from app.gui.panels.timeline.lanes import End, Lanes, Row, look
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.comparing.sides import Sides
from app.session.comparing.steps import Step, Steps
from app.session.language import ngettext, number, paragraph, tr
from app.session.timeline import History, Moment, Snapshot
from app.session.timeline.words import (
    before_text,
    happening,
    note_text,
    position_of_ends,
    step_text,
)

_GLYPHS: tuple[Glyph, Glyph] = ("pin", "disc")
"""Of the first run and of the second."""
_OF_BACKWARD = ("Backward", "Accumulate")


class BothLanes:
    """Two rows of each run: forward with its regions, and backward with what it fills.

    Steps that both runs have look quiet, unless their status differs.  Made once, not in the
    window's thread.  The rows of the first run are above those of the second until `swapped`.
    """

    kept = None
    stretches: Sequence[Block] = ()

    def __init__(self, first: Lanes, second: Lanes, steps: Steps, sides: Sides) -> None:
        self._runs, self.steps, self._sides = (first, second), steps, sides
        self._places = steps.first, steps.second
        self._paths = _paths(first.history), _paths(second.history)
        self.columns = len(steps.rows)
        self.end = self.columns + 1
        """The position after the last step of both."""
        self._order = 0, 1
        """The runs from the top."""
        self._in_row = [array("q") for _ in range(4)]
        self._tones: list[list[ToneKey]] = [[] for _ in range(4)]
        for column, step in enumerate(steps.rows):
            for side, _, moment in self._moments(step):
                row = self._row(side, moment)
                self._in_row[row].append(column)
                self._tones[row].append(self._tone(step, moment))
        now = steps.second
        self.iterations = [now.row(column) for column in second.iterations]
        curve = second.curve
        self.curve = curve and replace(curve, columns=[now.row(one) for one in curve.columns])
        """The loss of the run of now."""

    def swapped(self) -> BothLanes:
        """Return the same lanes with the rows of the other run above."""
        other = copy(self)
        other._order = self._order[::-1]
        other._in_row = self._in_row[2:] + self._in_row[:2]
        other._tones = self._tones[2:] + self._tones[:2]
        return other

    @property
    def rows(self) -> Sequence[Row]:
        rows: list[Row] = []
        for place, side in enumerate(self._order):
            run, badge = self._sides[side].title, self._sides[side].badge
            text = tr("{run}, forward").format(run=run)
            row = Row(text, _GLYPHS[side], badge=badge, is_now=side == 1)
            rows.append(replace(row, is_parted=place == 1))
            rows.append(replace(row, title=tr("{run}, backward").format(run=run)))
        return rows

    @property
    def ends(self) -> Sequence[End]:
        return [self._end(side) for side in self._order if self._is_over(side, self.columns)]

    def _row(self, side: int, moment: Moment) -> int:
        return 2 * self._order[side] + (moment.lane in _OF_BACKWARD)

    @property
    def now(self) -> Lanes:
        """The lanes of the run of now alone."""
        return self._runs[1]

    def _moments(self, step: Step) -> Iterator[tuple[int, int, Moment]]:
        """Yield the moments of a step, each with the number of its run and its column there."""
        for side, position in enumerate(step):
            if position is not None:
                yield side, position - 1, self._runs[side].history.moments[position - 1]

    def _tone(self, step: Step, moment: Moment) -> ToneKey:
        looks = [look(one) for _, _, one in self._moments(step)]
        is_common = len(looks) == 2 and looks[0] == looks[1]
        return "neutral" if is_common else look(moment)[0]

    def _is_over(self, side: int, position: int) -> bool:
        """Whether a run is over while the other one is at a step of its own."""
        return self._places[side].last < min(position, self.columns)

    def _end(self, side: int) -> End:
        history, name = self._runs[side].history, self._sides[side].name
        count, error = len(history), history.run.trace.error
        if error is not None and history.run.trace.run.status == "raised":
            text = ngettext(
                "{run} raised {error} here, after {count} step",
                "{run} raised {error} here, after {count} steps",
                count,
            ).format(run=name, error=error.type, count=number(count))
        else:
            text = ngettext(
                "{run} ends here, after {count} step", "{run} ends here, after {count} steps", count
            ).format(run=name, count=number(count))
        return End(2 * self._order[side], self._places[side].last, text)

    # ---------------------------------------------------------------------------- the blocks

    def block(self, column: int) -> Block:
        """Return the last block in a column: that of the run of now, if it has the step."""
        return self.blocks_at(column)[-1]

    def blocks_at(self, column: int) -> Sequence[Block]:
        step = self._step(column + 1)
        return [
            self._named(
                replace(
                    self._runs[side].block(place),
                    row=self._row(side, moment), first=column, last=column, free=column,
                    tone=self._tone(step, moment),
                ),
                side, moment,
            )
            for side, place, moment in self._moments(step)
        ]  # fmt: skip

    def _named(self, block: Block, side: int, moment: Moment) -> Block:
        """Return a block with a shorter text: a module's path, a region's kind or its end."""
        record = moment.records[0]
        if isinstance(record, GradModeSpan):
            return replace(block, text=record.kind if moment.kind == "enter" else tr("exit"))
        path = self._paths[side].get(_module(moment))
        return block if path is None else replace(block, text=path, is_path=True)

    def in_row(self, row: int) -> Sequence[int]:
        """The columns of a row's steps, in order."""
        return self._in_row[row]

    def tones_in(self, row: int) -> Sequence[ToneKey]:
        return self._tones[row]

    def regions(self, first: int, last: int, stride: int) -> Sequence[Block]:
        """None: where a region begins and ends is a block of the forward row."""
        return ()

    # ----------------------------------------------------------------------------- the words

    def caption(self, position: int) -> str:
        """Return what each run does at a position, with code between backquotes.

        "Step 3 of 20. Pinned: `torch.no_grad()` begins, line 9. Now: nothing."
        """
        if position <= 0:
            return before_text(self.columns)
        if position >= self.end:
            return paragraph(
                f"{self._sides[side].title}: {self._runs[side].caption(self._runs[side].end)}"
                for side in self._order
            )
        step = tr("Step {step} of {total}.").format(
            step=number(position), total=number(self.columns)
        )
        return paragraph((step, *(self._said(side, position) for side in self._order)))

    def _step(self, position: int) -> Step:
        return self.steps.rows[position - 1]

    def _said(self, side: int, position: int) -> str:
        place = self._step(position)[side]
        then = None if place is None else self._runs[side].history.at(place)
        if then is not None and then.moment is not None:
            text = happening(then, then.moment)
        else:
            text = tr("over") if self._is_over(side, position) else tr("nothing")
        return f"{self._sides[side].title}: {text}."

    def position_text(self, position: int) -> str:
        """Return the text beside the buttons: "step 7 of 20: sum :12", and which run is over."""
        text = self.step_words(position)
        for side in (0, 1):
            if self._is_over(side, position):
                over = tr("{run} ended at step {step}").format(
                    run=self._sides[side].title, step=number(self._places[side].last)
                )
                text += f" · {over}"
        return text

    def step_words(self, position: int) -> str:
        """Return the same without which run is over."""
        if not 0 < position < self.end:
            return position_of_ends(position, self.columns)
        return f"{step_text(position, self.columns)}: {self.block(position - 1).text}"

    def note(self, then: Snapshot) -> str:
        """Return the note at the line of the run of now: its step among those of both."""
        if then.moment is None or then.backward is not None:
            return note_text(then)
        return step_text(self._places[1].row(then.position), self.columns)

    def event_at(self, position: int) -> int | None:
        """Return the last event of the run of now at a position; None at its end."""
        return self.now.event_at(self._places[1].position(position))


AnyLanes = Lanes | BothLanes | CoveredLanes


def _paths(history: History) -> dict[int | None, str]:
    """Return the paths of modules whose calls are one step each: they say which step it is."""
    modules = history.run.modules
    found = Counter(map(_module, history.moments))
    return {
        module: modules[module].path
        for module, count in found.items()
        if module is not None and count <= modules[module].calls
    }


def _module(moment: Moment) -> int | None:
    """Return the module that made a moment's operation; None for other moments."""
    return moment.operation.module if moment.kind == "operation" and moment.operation else None
