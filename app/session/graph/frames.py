"""The frames around nodes: no_grad and inference_mode regions, unfolded calls."""

from __future__ import annotations

from app.contract.records import GradModeSpan, Operation
from app.session.graph_items import STATUS_OF_REASON, FrameItem
from app.session.index import TraceIndex

_WRITTEN = ("with", "decorator", "call")


class Frames:
    """Finds the innermost frame of each operation, and keeps those that are needed.

    A frame is drawn for a region that the snippet opened and that switches recording off; what
    libraries, optimizers and custom Functions switch is theirs.
    """

    def __init__(self, index: TraceIndex, unfolded: frozenset[int]) -> None:
        self._index = index
        self._unfolded = unfolded
        self._used: dict[str, FrameItem] = {}
        self._spans = [span for span in index.trace.grad_modes if _is_drawn(span)]
        self._of_operation = self._assign()

    def of(self, operation: Operation) -> str | None:
        """The key of the innermost frame that `operation` lies in."""
        parent = operation.parent
        if parent is not None and parent in self._unfolded:
            return self._use_call(self._index.operations[parent])
        span = self._of_operation.get(operation.id)
        return None if span is None else self._use_span(span)

    def used(self) -> dict[str, FrameItem]:
        """The frames that something lies in, and those around them; outer ones first."""
        return self._used

    def _assign(self) -> dict[int, GradModeSpan]:
        """The innermost drawn span of each unit, in one sweep over the run's events."""
        found: dict[int, GradModeSpan] = {}
        waiting = sorted(self._spans, key=lambda span: span.event)
        open_: list[GradModeSpan] = []
        position = 0
        for unit in self._index.units:
            while position < len(waiting) and waiting[position].event < unit.event:
                open_.append(waiting[position])
                position += 1
            open_ = [s for s in open_ if s.end_event is None or s.end_event > unit.event]
            if open_:
                found[unit.id] = open_[-1]
        return found

    def _use_span(self, span: GradModeSpan) -> str:
        key = f"span:{span.id}"
        if key not in self._used:
            parent = self._parent(span)
            outer = None if parent is None else self._use_span(parent)
            inference = span.kind == "inference_mode"
            self._used[key] = FrameItem(
                span=span.id,
                kind=span.kind,
                title=span.cause.text,
                line=span.line,
                status="inference_mode" if inference else "no_grad",
                parent=outer,
            )
        return key

    def _parent(self, span: GradModeSpan) -> GradModeSpan | None:
        spans = self._index.spans
        step = span.parent
        while step is not None:
            if _is_drawn(spans[step]):
                return spans[step]
            step = spans[step].parent
        return None

    def _use_call(self, operation: Operation) -> str:
        key = f"call:{operation.id}"
        if key not in self._used:
            outer = self.of(operation)
            self._used[key] = FrameItem(
                span=None,
                kind="operation",
                title=operation.name,
                line=operation.line,
                status=STATUS_OF_REASON[operation.reason],
                parent=outer,
            )
        return key


def _is_drawn(span: GradModeSpan) -> bool:
    switches_off = span.enabled == (span.kind == "inference_mode")
    return span.cause.kind in _WRITTEN and switches_off and span.first_op is not None
