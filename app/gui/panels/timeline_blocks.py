"""What stands on the timeline: the run's events in their order, and which lane each is in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from app.contract.records import GradModeSpan, Operation, Trace
from app.gui.lookup import tensor_name
from app.gui.theme.colors import ToneKey
from app.session.graph_items import STATUS_OF_REASON, StatusKey
from app.session.index import TraceIndex
from app.session.setup_work import is_setup

LaneName = Literal["Forward", "Region", "Backward", "Accumulate"]
_MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True)
class Block:
    """An event, or a region from its first event to its last (columns, both inclusive)."""

    lane: LaneName
    first: int
    last: int
    text: str
    tone: ToneKey
    status: StatusKey | None
    operation: int | None
    free: int
    """The last column that no region inside it covers: its text ends there."""
    depth: int = 0
    """Of a region: how many it lies in."""


def blocks_of(index: TraceIndex, *, hide_setup: bool) -> tuple[list[Block], int]:
    """The blocks and how many columns they take: one for each event that is drawn.

    With `hide_setup` there are none for what only made the inputs, as in the graph.
    """
    trace = index.trace
    events = sorted(set(_drawn_events(index, hide_setup)))
    column = {event: number for number, event in enumerate(events)}
    blocks = [
        _operation_block(op, column[op.event])
        for op in index.units
        if not (hide_setup and is_setup(index, op))
    ]
    blocks.extend(_regions(trace, column))
    for backward in trace.backward_passes:
        for step in backward.steps:
            leaf = tensor_name(index, step.tensor) if step.tensor is not None else None
            lane: LaneName = "Accumulate" if leaf else "Backward"
            at = column[step.event]
            blocks.append(
                Block(lane, at, at, leaf or step.grad_fn, "gradient", None, step.operation, at)
            )
    return _thinned(blocks, len(events)), len(events)


def _operation_block(operation: Operation, at: int) -> Block:
    status = STATUS_OF_REASON[operation.reason]
    line = f" :{operation.line}" if operation.line is not None else ""
    text = f"{operation.name}{line}"
    return Block("Forward", at, at, text, status, status, operation.id, at)


def _thinned(blocks: list[Block], columns: int) -> list[Block]:
    """At most one block of a kind for each thousandth of a long run: more cannot be seen."""
    if columns <= _MOST_COLUMNS:
        return blocks
    kept: dict[tuple[str, ToneKey, int], Block] = {}
    for block in blocks:
        place = block.first * _MOST_COLUMNS // columns
        known = kept.setdefault((block.lane, block.tone, place), block)
        if block.last - block.first > known.last - known.first:
            kept[block.lane, block.tone, place] = block
    return list(kept.values())


def _drawn_events(index: TraceIndex, hide_setup: bool) -> Iterator[int]:
    for operation in index.units:
        if not (hide_setup and is_setup(index, operation)):
            yield operation.event
    for span in index.trace.grad_modes:
        if _is_drawn(span):
            yield span.event
            if span.end_event is not None:
                yield span.end_event
    for backward in index.trace.backward_passes:
        for step in backward.steps:
            yield step.event


def _is_drawn(span: GradModeSpan) -> bool:
    """Regions of the snippet's own that switch recording off."""
    switches_off = span.enabled if span.kind == "inference_mode" else not span.enabled
    return switches_off and span.cause.kind not in ("library", "optimizer")


def _regions(trace: Trace, column: dict[int, int]) -> list[Block]:
    """Outer regions before the ones inside them."""
    found: dict[int, Block] = {}
    outer: dict[int, int | None] = {}
    for span in trace.grad_modes:
        around = outer.get(span.parent) if span.parent is not None else None
        if not _is_drawn(span):
            outer[span.id] = around
            continue
        outer[span.id] = span.id
        first = column[span.event]
        last = len(column) - 1 if span.end_event is None else column[span.end_event]
        depth = 0
        if around is not None:
            depth = found[around].depth + 1
            free = min(found[around].free, first - 1)
            found[around] = replace(found[around], free=free)
        status: StatusKey = "inference_mode" if span.kind == "inference_mode" else "no_grad"
        text = _region_text(span)
        found[span.id] = Block("Region", first, last, text, status, status, None, last, depth)
    return list(found.values())


def _region_text(span: GradModeSpan) -> str:
    if span.line is None:
        return f"torch.{span.kind}()"
    many = span.end_line is not None and span.end_line > span.line
    lines = f"lines {span.line}–{span.end_line}" if many else f"line {span.line}"
    return f"torch.{span.kind}()  {lines}"
