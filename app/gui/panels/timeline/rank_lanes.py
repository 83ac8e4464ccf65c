"""A lane for each rank of a run, on a clock of all of them; steps are those of the shown ones."""

from __future__ import annotations

from collections.abc import Sequence

from app.gui.panels.timeline.both import BothLanes
from app.gui.panels.timeline.lanes import Lanes, Row, look
from app.gui.theme.colors import ToneKey
from app.session.comparing.sides import Sides
from app.session.comparing.steps import by_time
from app.session.language import ngettext, number, paragraph, tr
from app.session.numbers import duration
from app.session.ranks.clock import RankClock, RankLane
from app.session.timeline.words import before_text

_MOST = 8
"""Lanes; of more ranks, those that are shown come first, then those that raised or waited most."""


class RankLanes(BothLanes):
    """The steps of both ranks in the order of their times: a position is a time.

    Without a first one, the positions are those of the second, which is shown alone.
    """

    def __init__(self, first: Lanes | None, second: Lanes, clock: RankClock, sides: Sides) -> None:
        times = [_times(first, clock), _times(second, clock)]
        super().__init__(first or second, second, by_time(times[0], times[1]), sides)
        self.clock, self._is_alone = clock, first is None
        moments = (moment for step in self.steps.rows for *_, moment in self._moments(step))
        self._looks = [look(moment)[0] for moment in moments]
        self._times = sorted([*times[0], *times[1]])
        shown = [one.history.run for one in (first, second) if one is not None]
        self.lanes = _chosen(clock.lanes, shown)
        self.edges = [0.0, *(min(1.0, max(0.0, time / clock.seconds)) for time in self._times)]
        """Where each step has happened, as a part of the whole time."""

    def swapped(self) -> BothLanes:
        """Return itself: the lanes are in the order of the ranks."""
        return self

    ends = ()

    @property
    def rows(self) -> Sequence[Row]:
        rows = [self._row_of(lane) for lane in self.lanes]
        if rest := len(self.clock.lanes) - len(rows):
            text = ngettext("{count} more rank", "{count} more ranks", rest)
            rows.append(Row(text.format(count=number(rest)), "dot"))
        return rows

    def _row_of(self, lane: RankLane) -> Row:
        trace, note = lane.run.trace, ""
        if trace.run.status == "raised":
            note = tr("raised")
        elif trace.run.status == "crashed":
            note = tr("crashed")
        elif trace.run.status != "ok":
            note = tr("stopped")
        elif lane.waited:
            note = tr("waited {time}").format(time=duration(lane.waited))
        is_now = lane.run is self.now.history.run
        tone: ToneKey | None = "cut" if trace.run.status in ("raised", "crashed") else None
        return Row(lane.name.title, "dot", tone, badge=lane.name.badge, is_now=is_now, note=note)

    def in_row(self, row: int) -> Sequence[int]:
        """The columns of the one row that is left where the timeline is slim."""
        return range(self.columns) if row == 0 else ()

    def tones_in(self, row: int) -> Sequence[ToneKey]:
        return self._looks if row == 0 else ()

    def time_at(self, position: int) -> float:
        """Return the time of a position, in seconds."""
        return 0.0 if position <= 0 else self._times[min(position, self.columns) - 1]

    # ----------------------------------------------------------------------------- the words

    def caption(self, position: int) -> str:
        """Return what each rank did at a time: of those that are shown, their steps too."""
        if position <= 0:
            return before_text(self.columns)
        if position >= self.end:
            return self.now.caption(self.now.end) if self._is_alone else super().caption(position)
        time = self.time_at(position)
        did = [self._did(lane, time) for lane in self.lanes]
        step = [self._said(side, position) for side, one in enumerate(self._step(position)) if one]
        return paragraph((f"{self._clock_text(time)}.", *step, *did))

    def _did(self, lane: RankLane, time: float) -> str:
        if (span := lane.at(time)) is not None:
            return f"{span.words}."
        text = (
            tr("{rank} has ended.") if time > lane.end else tr("{rank} makes no call into torch.")
        )
        return text.format(rank=lane.name.title)

    def _clock_text(self, time: float) -> str:
        text = tr("{time} of {total}")
        return text.format(time=duration(time), total=duration(self.clock.seconds))

    def position_text(self, position: int) -> str:
        """Return the text beside the buttons: "31 ms of 0.15 s: lin1 on rank 0"."""
        if not 0 < position < self.end:
            clock = tr("one clock of all ranks")
            if not self.clock.has_one_machine:
                clock = tr("clocks of several machines, which may differ")
            text = super().position_text(position)
            if self._is_alone:
                text = self.now.position_text(position)
            return f"{text} · {clock}"
        (side,) = (side for side, one in enumerate(self._step(position)) if one)
        text = tr("{time}: {step} {where}")
        time, step = self._clock_text(self.time_at(position)), self.block(position - 1).text
        return text.format(time=time, step=step, where=self._sides[side].where)

    def words_at(self, row: int, time: float) -> str:
        """Return what a lane says at a time; "" where it did nothing."""
        span = self.lanes[row].at(time) if row < len(self.lanes) else None
        if span is None:
            return ""
        return f"{span.words}: {duration(span.seconds)}".replace("`", "")


def _times(lanes: Lanes | None, clock: RankClock) -> Sequence[float]:
    """Return when each step of a rank has happened."""
    lane = None if lanes is None else clock.lane_of(lanes.history.run)
    if lanes is None or lane is None:
        return ()
    return [lane.time_of(moment.event) for moment in lanes.history.moments]


def _chosen(lanes: Sequence[RankLane], shown: Sequence[object]) -> Sequence[RankLane]:
    """Return the lanes to draw, in their order."""
    if len(lanes) <= _MOST:
        return lanes
    ranked = sorted(
        lanes,
        key=lambda lane: (lane.run in shown, lane.run.trace.error is not None, lane.waited),
        reverse=True,
    )
    return [lane for lane in lanes if lane in ranked[:_MOST]]
