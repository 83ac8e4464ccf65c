"""What the ranks of a run did when, on a clock of all of them.

Every time is read from the records (`app.contract.records.Clock`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from app.contract.records import BackwardPass, Clock, OptimizerStep, Wait
from app.session.language import tr
from app.session.numbers import duration
from app.session.ranks.naming import ProcessName

if TYPE_CHECKING:
    from app.session.ranks.sisters import Process
    from app.session.run import Run

SpanKind = Literal["forward", "backward", "optimizer", "wait", "error"]
_ENDED_BY_OTHERS = ("stopped", "timeout", "crashed", "out_of_memory")
"""Statuses of runs that end without a last row."""


_Part = BackwardPass | OptimizerStep


class Span(NamedTuple):
    """What a rank did from one moment to another, in seconds of the common clock."""

    kind: SpanKind
    begin: float
    end: float
    text: str
    """In a few words."""
    words: str
    """As a sentence, without a full stop."""

    @property
    def seconds(self) -> float:
        return self.end - self.begin


class RankLane:
    """A rank on the common clock; `offset` is that of its own one.

    All of it is worked out at once, which takes time in proportion to the run.
    """

    def __init__(self, name: ProcessName, run: Run, clock: Clock, offset: float) -> None:
        self.name, self.run, self.clock, self.offset = name, run, clock, offset
        self._events = [event for event, _ in clock.times]
        self.spans: Sequence[Span] = self._spans()
        """What it did, in order; none lies in another one."""
        self.waited = sum(span.seconds for span in self.spans if span.kind == "wait")

    @cached_property
    def last_wait(self) -> Wait | None:
        """The wait after which it did nothing more."""
        trace, waits = self.run.trace, self.clock.waits
        done = [max(self.run.operation_columns.events, default=0)]
        for parts in (trace.backward_passes, trace.optimizer_steps):
            done += (part.event for part in parts[-1:])
        for backward in trace.backward_passes[-1:]:
            done += (step.event for step in backward.steps[-1:])
        return waits[-1] if waits and waits[-1].event > max(done) else None

    def shift(self, by: float) -> None:
        """Begin the common clock later by so many seconds."""
        self.offset -= by
        self.spans = [
            span._replace(begin=span.begin - by, end=span.end - by) for span in self.spans
        ]

    def time_of(self, event: int) -> float:
        """Return when an event was: as late as is known for certain."""
        place = max(0, bisect_right(self._events, event) - 1)
        return self.offset + self.clock.times[place].seconds

    @property
    def end(self) -> float:
        """When its record ends."""
        last, info = self.clock.times[-1].seconds, self.run.trace.run
        return self.offset + (max(last, info.seconds) if info.status in _ENDED_BY_OTHERS else last)

    def _spans(self) -> list[Span]:
        waits, error = [*map(self._waiting, self.clock.waits)], self.run.trace.error
        found = [*_without(waits, self._work()), *waits]
        if error is not None and self.run.trace.run.status == "raised":
            text = tr("{rank} raised {error} on line {line}")
            words = self._said(text, error.spot, error=error.type)
            known = [span.end for span in found]
            if error.call is not None:
                known.append(self.time_of(error.call.event))
            begin = max(known, default=self.end)
            found.append(Span("error", begin, self.end, error.type, words or error.type))
        return sorted(found, key=lambda span: span.begin)

    def _work(self) -> Iterator[Span]:
        """Yield passes and optimizer steps, and the calls between these and waits."""
        trace, called = self.run.trace, self._forward()
        events = [event for event, _ in called]
        parts: list[_Part | Wait] = [
            *trace.backward_passes, *trace.optimizer_steps, *self.clock.waits
        ]  # fmt: skip
        parts.sort(key=lambda part: part.event)
        after = 0
        for part in [*parts, None]:
            first = bisect_left(events, after)
            behind = len(events) if part is None else bisect_left(events, part.event)
            if first < behind:
                began = self.time_of(events[first]) - called[first][1]
                ended = self.time_of(events[behind - 1])
                words = self._said(tr("{rank} calls torch outside of backward passes and steps"), 0)
                yield Span("forward", began, ended, tr("forward"), words)
            if part is not None:
                if not isinstance(part, Wait):
                    yield self._part(part)
                after = max(after, part.end_event or part.event)

    def _part(self, part: _Part) -> Span:
        begin = self.time_of(part.event)
        end = self.end if part.end_event is None else self.time_of(part.end_event)
        if isinstance(part, BackwardPass):
            words = self._said(tr("{rank} runs the backward pass on line {line}"), part.spot)
            return Span("backward", begin, end, tr("backward"), words)
        words = self._said(tr("{rank} runs the optimizer step on line {line}"), part.spot)
        return Span("optimizer", begin, end, tr("step"), words)

    def _forward(self) -> Sequence[tuple[int, float]]:
        """The events of the calls of forward passes, with their seconds, not those that prepare."""
        made, aside, places = self.run.operation_columns, self.run.set_up, self.run.units.places
        return sorted(
            (made.events[place], made.seconds[place])
            for place in places
            if made.form_at(place).phase == "forward" and made.ids[place] not in aside
        )

    def _waiting(self, wait: Wait) -> Span:
        if wait.what == "backward":
            text = tr("waits for gradients")
            words = tr("{rank} waits for the gradients of the other ranks on line {line}")
        elif wait.what:
            text, words = tr("waits in {function}"), tr("{rank} waits in {function} on line {line}")
        else:
            text, words = tr("waits"), tr("{rank} waits for the other ranks on line {line}")
        begin = self.offset + wait.seconds
        end = self.end if wait.end_seconds is None else self.offset + wait.end_seconds
        text = f"{text.format(function=wait.what)}: {duration(end - begin)}"
        words = self._said(words, wait.spot, function=wait.what) or text
        return Span("wait", begin, end, text, words)

    def _said(self, text: str, at: int | None, **given: str) -> str:
        """Return a text with its line; "" where that is not known."""
        return "" if at is None else text.format(rank=self.name.title, line=at, **given)

    def at(self, time: float) -> Span | None:
        """Return what the rank did at a time."""
        place = bisect_right(self.spans, time, key=lambda span: span.begin) - 1
        span = self.spans[place] if place >= 0 else None
        return span if span is not None and time <= span.end else None


def _without(waits: Sequence[Span], work: Iterable[Span]) -> Iterator[Span]:
    """Yield the parts of work between the waits in it."""
    begins = [wait.begin for wait in waits]
    for span in work:
        begin = span.begin
        for wait in waits[max(0, bisect_right(begins, begin) - 1) : bisect_left(begins, span.end)]:
            if begin < wait.begin:
                yield span._replace(begin=begin, end=wait.begin)
            begin = max(begin, wait.end)
        if begin < span.end:
            yield span._replace(begin=begin)


@dataclass(frozen=True, slots=True, eq=False)
class RankClock:
    """The ranks in their order, from the first to the last moment that one of them did something.

    `seconds` is the length of it.  `has_one_machine`: the clocks of several machines may differ.
    """

    lanes: Sequence[RankLane]
    seconds: float
    has_one_machine: bool

    def lane_of(self, run: Run) -> RankLane | None:
        return next((lane for lane in self.lanes if lane.run is run), None)


def rank_clock(processes: Sequence[Process]) -> RankClock | None:
    """Return the clock of the ranks that have one; None if fewer than two, or if no time passed."""
    known = [
        (process, clock)
        for process in processes
        if (clock := process.run.trace.clock) is not None
        and clock.times
        and process.run.trace.run.child is None
    ]
    if len(known) < 2:
        return None
    first = known[0][1].began
    lanes = [RankLane(one.name, one.run, clock, clock.began - first) for one, clock in known]
    began = min((lane.spans[0].begin for lane in lanes if lane.spans), default=0)
    for lane in lanes:
        lane.shift(began)
    seconds = max(lane.end for lane in lanes)
    if not seconds:
        return None
    hosts = {lane.run.trace.run.host for lane in lanes}
    return RankClock(lanes, seconds, len(hosts) < 2)
