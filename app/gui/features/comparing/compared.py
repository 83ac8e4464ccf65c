"""Everything that is computed of two runs before they are shown beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from app.gui.panels.comparing.pairs import PairRow, pairs_of
from app.gui.panels.flow_text import spans_of
from app.gui.panels.sentence_list import Item
from app.gui.panels.timeline.both import BothLanes
from app.gui.panels.timeline.rank_lanes import RankLanes
from app.session.comparing.alignment import StoppedError
from app.session.comparing.differences import Differences, differences
from app.session.comparing.folding import folded_alike
from app.session.comparing.measures import Measure, measures
from app.session.comparing.pairing import Pairing, pair
from app.session.comparing.sentences import sentences
from app.session.comparing.sides import Sides, pinned_and_now, sides_of
from app.session.comparing.steps import Steps, steps
from app.session.comparing.texts import LineChange
from app.session.garbage import undisturbed
from app.session.ranks.lines import differing_lines

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.ranks.clock import RankClock


@dataclass(frozen=True, slots=True, eq=False)
class RunPair:
    """What two runs have in common, whatever is drawn of them."""

    first: Prepared
    second: Prepared
    found: Differences
    rows: Sequence[PairRow]
    measures: Sequence[Measure]
    sides: Sides
    lines: Mapping[int, Sequence[LineChange]]
    """What lines do in one of two processes only, by spot."""
    words: Sequence[Item]
    """What differs, for the panel In words."""


@dataclass(frozen=True, eq=False)
class Compared:
    """The pinned run as it is drawn now, the one of now, and how both belong together."""

    runs: RunPair
    pinned: Prepared
    now: Prepared
    pairing: Pairing
    steps: Steps
    """The steps of both, equal ones together."""
    lanes: BothLanes
    """The steps of both in the timeline."""

    @cached_property
    def to_now(self) -> Mapping[int, int]:
        """The operation of now by the pinned one."""
        return self.runs.found.alignment.pairs

    @cached_property
    def to_pinned(self) -> Mapping[int, int]:
        return {other: one for one, other in self.to_now.items()}

    @cached_property
    def tensors_now(self) -> Mapping[int, int]:
        """The leaf of now by the pinned one of the same name."""
        rows = self.runs.rows
        return {
            row.first.gradient.tensor: row.second.gradient.tensor
            for row in rows
            if row.first is not None and row.second is not None
        }

    @cached_property
    def tensors_pinned(self) -> Mapping[int, int]:
        return {other: one for one, other in self.tensors_now.items()}

    def partner_of_tensor(self, tensor: int) -> int | None:
        """Return the tensor of the pinned run for one of now: of the same name, or made alike."""
        if tensor in self.tensors_pinned:
            return self.tensors_pinned[tensor]
        maker = self.now.run.producers.get(tensor)
        other = None if maker is None else self.to_pinned.get(maker.id)
        if maker is None or other is None:
            return None
        outputs = self.pinned.run.operations[other].outputs
        place = maker.outputs.index(tensor)
        return outputs[place] if place < len(outputs) else None

    def partner_of_module(self, module: int) -> int | None:
        """Return the module of the pinned run with the path of one of now."""
        path = self.now.run.modules[module].path
        return next((one.id for one in self.pinned.run.trace.modules if one.path == path), None)


def compare(
    pinned: Prepared,
    now: Prepared,
    known: RunPair | None,
    is_wanted: Callable[[], bool],
    clock: RankClock | None = None,
) -> Compared | None:
    """Compare a run with the pinned one; None if nobody waits for it any more.

    If both are ranks on a `clock`, the timeline goes by it.

    `known` is used if it is about the same runs.  Takes time in proportion to the runs.
    """
    with undisturbed():
        if known is None or known.first.run is not pinned.run or known.second.run is not now.run:
            try:
                found = differences(pinned.run, now.run, is_wanted)
            except StoppedError:
                return None
            rows = pairs_of(pinned.rows, now.rows, found)
            sides = sides_of(pinned.run.trace.run, now.run.trace.run)
            are_processes = sides != pinned_and_now()
            lines = differing_lines(pinned.run, now.run, found, sides) if are_processes else {}
            words = list(_words(pinned, now, found, sides))
            counts = measures(pinned.run, now.run, found)
            known = RunPair(pinned, now, found, rows, counts, sides, lines, words)
        found = known.found
        keys = {other: one for one, other in found.alignment.groups.items()}
        drawn = cast("Prepared", folded_alike(pinned, now, keys))
        pairing = pair(drawn, now, found)
        both = steps(drawn.history, now.history, found.alignment.pairs)
        if clock and clock.lane_of(drawn.run) and clock.lane_of(now.run):
            lanes: BothLanes = RankLanes(drawn.lanes, now.lanes, clock, known.sides)
        else:
            lanes = BothLanes(drawn.lanes, now.lanes, both, known.sides)
        return Compared(known, drawn, now, pairing, both, lanes)


def _words(pinned: Prepared, now: Prepared, found: Differences, sides: Sides) -> Iterator[Item]:
    """Yield what differs; of a what-if beside the run as written its own words say that."""
    if now.comparison is None or now.comparison.written is not pinned.run:
        for text in sentences(pinned.run, now.run, found, sides.first.name):
            yield Item("compare", None, tuple(spans_of(text)))
