"""The blocks on the lanes of the timeline, as plain data by column."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from app.contract.records import GradModeSpan, Operation
from app.gui.panels.timeline.blocks import SIGNS, Block, stretches_of
from app.gui.panels.timeline.curve import LossCurve
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.causes.registry import is_own, mode_of, would_turn_off
from app.session.graph.payloads import STATUS_OF_REASON, StatusKey
from app.session.iterations.series import curve_of, iterations_of, main_events
from app.session.language import number, tr, translatable
from app.session.run import Run
from app.session.timeline import LANE_NAMES, History, Lane, Moment, Snapshot
from app.session.timeline.kept import KeptLane
from app.session.timeline.words import (
    block_text,
    caption,
    note_text,
    position_text,
    region_text,
)

_WORDS: dict[Lane, tuple[str, str]] = {
    "Forward": (translatable("Forward"), translatable("no operation in this run")),
    "Region": (translatable("Region"), translatable("the program opens no region")),
    "Backward": (translatable("Backward"), translatable("no backward pass in this run")),
    "Accumulate": (translatable("Accumulate"), translatable(".grad is not touched in this run")),
}
"""The name of each lane, and its text when it is empty."""
_FROM_LEAVES = translatable("no operation's backward ran in this run")
"""The text of the empty Backward lane if there were backward passes."""


@dataclass(frozen=True, slots=True)
class Row:
    """The text left of a row of blocks, and the one in it if it is empty."""

    title: str
    glyph: Glyph
    tone: ToneKey | None = None
    """The glyph's colour; None for ink."""
    empty: str = ""
    is_parted: bool = False
    """Whether a stronger line parts it from the row above."""
    badge: str = ""
    """The number of a rank, in place of the glyph."""
    is_now: bool = False
    """Whether the badge is that of the run of now, which is filled."""
    note: str = ""
    """After the title."""


@dataclass(frozen=True, slots=True)
class End:
    """A run that is over while another goes on: after `column`, in `row` and the one below."""

    row: int
    column: int
    text: str


@dataclass(slots=True)
class _Regions:
    """Regions of one depth, which do not overlap."""

    firsts: array[int] = field(default_factory=lambda: array("q"))
    blocks: list[Block] = field(default_factory=list)


class Lanes:
    """Blocks by lane and column.  Made once for a history, not in the window's thread."""

    ends: Sequence[End] = ()

    def __init__(self, history: History) -> None:
        self.history = history
        self.columns = len(history)
        self._run: Run = history.run
        self._of_lane: dict[Lane, array[int]] = {lane: array("q") for lane in LANE_NAMES}
        self._tones: dict[Lane, list[ToneKey]] = {lane: [] for lane in LANE_NAMES}
        looks = [(moment.lane, *look(moment)) for moment in history.moments]
        for column, (lane, tone, _) in enumerate(looks):
            if lane != "Region":
                self._of_lane[lane].append(column)
                self._tones[lane].append(tone)
        self.stretches: Sequence[Block] = stretches_of(looks)
        curve = curve_of(self._run)
        self.curve = LossCurve.of(curve, [history.position_of(event) for event in curve.events])
        """The loss over the iterations, if there are several."""
        ends = {step.event: step.end_event for step in self._run.trace.optimizer_steps}
        events = [ends.get(event) or event for event in main_events(iterations_of(self._run))]
        self.iterations = [history.position_of(event) for event in events[:-1]]
        """The columns after which another iteration begins."""
        self.kept = KeptLane(history)
        self._depths: list[_Regions] = []
        self._place_regions()
        self.rows = rows_of(self)

    @property
    def end(self) -> int:
        """The position after the last moment."""
        return self.history.end

    def caption(self, position: int) -> str:
        return caption(self.history, position)

    def position_text(self, position: int) -> str:
        text = position_text(self.history.at(position))
        if not (iteration := iteration_number(self.iterations, position)):
            return text
        return tr("iteration {iteration}, {step}").format(iteration=iteration, step=text)

    def note(self, then: Snapshot) -> str:
        """Return the note at the right of the line in the editor."""
        return note_text(then)

    def event_at(self, position: int) -> int | None:
        """Return the last event that has happened at a position; None at the end."""
        return None if position >= self.end else self.history.at(position).now

    def block(self, column: int) -> Block:
        """Return the moment in a column; a region's start and end are moments."""
        moment = self.history.moments[column]
        tone, status = look(moment)
        text, row = block_text(self._run, moment), LANE_NAMES.index(moment.lane)
        is_path = moment.kind == "accumulate"
        return Block(moment.lane, row, column, column, text, tone, status, column, is_path=is_path)

    def blocks_at(self, column: int) -> Sequence[Block]:
        """Return the blocks in a column; regions are found by `regions`."""
        block = self.block(column)
        return () if block.lane == "Region" else (block,)

    def in_row(self, row: int) -> Sequence[int]:
        """The columns of a row's moments, in order; regions are found by `regions`."""
        return self._of_lane[LANE_NAMES[row]]

    def tones_in(self, row: int) -> Sequence[ToneKey]:
        """The colours of a row's moments, in the same order."""
        return self._tones[LANE_NAMES[row]]

    def is_empty(self, lane: Lane) -> bool:
        return not (self._depths if lane == "Region" else self._of_lane[lane])

    def regions(self, first: int, last: int, stride: int) -> Iterator[Block]:
        """Regions that touch these columns, outer ones before the ones inside them.

        Of those that begin within `stride` columns of each other one is enough.
        """
        for depth in self._depths:
            place = max(0, bisect_left(depth.firsts, first) - 1)
            while place < len(depth.blocks) and depth.firsts[place] <= last:
                block = depth.blocks[place]
                if max(block.last, block.free) >= first:
                    yield block
                place = max(place + 1, bisect_left(depth.firsts, block.first + stride))

    def _place_regions(self) -> None:
        around: list[GradModeSpan] = []
        before: GradModeSpan | None = None
        drawn: dict[int, Block] = {}
        for span in self._run.trace.grad_modes:
            if not (is_own(span.cause) and would_turn_off(span)):
                continue
            around = [one for one in around if one.end_event is None or one.end_event > span.event]
            block = self._region(span, len(around))
            if block is None:
                continue
            before = around[-1] if around else before
            if before is not None:  # whose text has less room now
                other = drawn[before.id]
                drawn[before.id] = replace(other, free=min(other.free, block.first - 1))
            drawn[span.id] = block
            around.append(span)
            before = around[0]
        for block in drawn.values():
            self._add(block)

    def _region(self, span: GradModeSpan, depth: int) -> Block | None:
        """Return the block of a region; None for one that is left out and has nothing inside.

        The start and the end of one that is left out are not moments; its text may be beside it.
        """
        position, end = self.history.position_of, span.end_event
        first = position(span.event) - span.effective
        last = (self.columns if end is None else position(end)) - 1
        if first > last:
            return None
        text, row, off = region_text(span), LANE_NAMES.index("Region"), not span.effective
        status = None if off else mode_of(span)
        free = self.columns - 1 if off and not depth else last
        tone: ToneKey = status or "neutral"
        return Block("Region", row, first, last, text, tone, status, free, depth, is_left_out=off)

    def _add(self, block: Block) -> None:
        while len(self._depths) <= block.depth:
            self._depths.append(_Regions())
        regions = self._depths[block.depth]
        regions.firsts.append(block.first)
        regions.blocks.append(block)


def iteration_number(begun: Sequence[int], position: int) -> str:
    """Return which iteration a position is in, from the columns after which others begin; empty
    where there is one only."""
    return number(bisect_left(begun, position) + 1) if begun else ""


def rows_of(lanes: Lanes | None) -> tuple[Row, ...]:
    """Return the rows of a run, or those that wait for one."""
    return tuple(
        Row(
            tr(_WORDS[lane][0]),
            *SIGNS[lane],
            why_empty(lane, lanes) if lanes is not None and lanes.is_empty(lane) else "",
        )
        for lane in LANE_NAMES
    )


def why_empty(name: Lane, lanes: Lanes) -> str:
    """Return the text of an empty lane."""
    if name == "Backward" and lanes.history.run.trace.backward_passes:
        return tr(_FROM_LEAVES)
    return tr(_WORDS[name][1])


def look(moment: Moment) -> tuple[ToneKey, StatusKey | None]:
    """Return the colour of a moment, and the status whose style its block has."""
    record = moment.records[0]
    if moment.kind == "operation" and isinstance(record, Operation):
        status = STATUS_OF_REASON[record.reason]
        return status, status
    if isinstance(record, GradModeSpan):
        region: StatusKey = mode_of(record)
        return region, region
    if moment.kind in ("step", "accumulate"):
        return "gradient", None
    return "neutral", None
