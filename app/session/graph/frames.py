"""The regions that the snippet entered: those that switch recording off, and of autocast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.contract.records import AutocastRegion, GradModeSpan, Operation
from app.session.causes.registry import is_own, mode_of, turns_off
from app.session.graph.payloads import FrameItem
from app.session.run import Run

if TYPE_CHECKING:
    import networkx as nx

AnyRegion = GradModeSpan | AutocastRegion


class Regions:
    """The regions around each operation of an order, as far as they are drawn.

    A frame is drawn for a region that the snippet opened and that switches recording off, or on
    again inside of one, or autocast on or off; what libraries, optimizers and custom Functions
    switch is theirs.
    """

    def __init__(self, run: Run, units: Sequence[Operation]) -> None:
        modes = (span for span in run.trace.grad_modes if _is_drawn(run, span))
        self._spans: list[AnyRegion] = sorted(
            [*modes, *run.trace.autocasts], key=lambda span: span.event
        )
        self._around = self._assign(units)

    def around(self, first: int, last: int) -> Sequence[AnyRegion]:
        """Those that hold all operations from position `first` to `last`, outer ones first."""
        outer, inner = self._around[first], self._around[last]
        if outer is inner:
            return outer
        return [span for span in outer if span in inner]

    def _assign(self, units: Sequence[Operation]) -> list[Sequence[AnyRegion]]:
        """In one sweep over the run's events."""
        found: list[Sequence[AnyRegion]] = []
        open_: Sequence[AnyRegion] = ()
        position = 0
        for unit in units:
            ended = any(
                span.end_event is not None and span.end_event < unit.event for span in open_
            )
            begun = position
            while begun < len(self._spans) and self._spans[begun].event < unit.event:
                begun += 1
            if ended or begun > position:
                both = [*open_, *self._spans[position:begun]]
                open_ = [s for s in both if s.end_event is None or s.end_event > unit.event]
                position = begun
            found.append(open_)
        return found


def region_item(span: AnyRegion, outer: str | None) -> FrameItem:
    if isinstance(span, AutocastRegion):
        return FrameItem(None, "autocast", span.text, span.spot, "neutral", outer)
    return FrameItem(
        span=span.id,
        kind=span.kind,
        title=span.cause.text,
        line=span.spot,
        status=mode_of(span) if turns_off(span) else "recorded",
        parent=outer,
    )


def _is_drawn(run: Run, span: GradModeSpan) -> bool:
    if not is_own(span.cause) or span.first_op is None:
        return False
    return turns_off(span) or _turns_on_again(run, span)


def _turns_on_again(run: Run, span: GradModeSpan) -> bool:
    """Whether a region turns on what the one around it turned off; inference mode stays on."""
    around = None if span.parent is None else run.spans[span.parent]
    if around is None or not span.effective or not turns_off(around):
        return False
    while around is not None and around.kind != "inference_mode":
        around = None if around.parent is None else run.spans[around.parent]
    return around is None and span.kind != "inference_mode"


def holding(graph: nx.MultiDiGraph[str], frames: Mapping[str, FrameItem]) -> set[str]:
    """The frames that hold a node, themselves or in a frame within."""
    used: set[str] = set()
    for _, inside in graph.nodes(data="cluster"):
        frame = str(inside)
        while frame in frames and frame not in used:
            used.add(frame)
            frame = str(frames[frame].parent)
    return used
