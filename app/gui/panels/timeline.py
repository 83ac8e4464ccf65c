"""The run's events in their order, in four lanes: forward, region, backward, accumulate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QLineF, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.contract.records import GradModeSpan, Trace
from app.gui.lookup import tensor_name
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL, RADIUS_TICK
from app.gui.theme.status import STATUS_STYLES, pen
from app.session.graph_items import STATUS_OF_REASON, StatusKey
from app.session.index import TraceIndex
from app.session.setup_work import is_setup

_LANE, _BLOCK = 22, 17
_LABELS, _RIGHT = 112, 28
_LEAST_TEXT, _LEAST_BLOCK = 60, 4
_MOST_COLUMNS = 1000

LaneName = Literal["Forward", "Region", "Backward", "Accumulate"]
LANES: tuple[tuple[LaneName, Glyph, ToneKey], ...] = (
    ("Forward", "recorded", "recorded"),
    ("Region", "no_grad", "no_grad"),
    ("Backward", "gradient", "gradient"),
    ("Accumulate", "accumulate", "gradient"),
)


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


def blocks_of(index: TraceIndex, *, hide_setup: bool) -> tuple[list[Block], int]:
    """The blocks and how many columns they take: one for each event that is drawn.

    With `hide_setup` there are none for what only made the inputs, as in the graph.
    """
    trace = index.trace
    events = sorted(set(_drawn_events(index, hide_setup)))
    column = {event: number for number, event in enumerate(events)}
    blocks = [
        Block(
            "Forward",
            column[op.event],
            column[op.event],
            f"{op.name} :{op.line}" if op.line is not None else op.name,
            STATUS_OF_REASON[op.reason],
            STATUS_OF_REASON[op.reason],
            op.id,
        )
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
                Block(lane, at, at, leaf or step.grad_fn, "gradient", None, step.operation)
            )
    return _thinned(blocks, len(events)), len(events)


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


def _regions(trace: Trace, column: dict[int, int]) -> Iterator[Block]:
    for span in trace.grad_modes:
        if not _is_drawn(span):
            continue
        end = column.get(span.end_event, len(column) - 1) if span.end_event else len(column) - 1
        lines = f"lines {span.line}–{span.end_line}" if span.end_line else f"line {span.line}"
        text = f"torch.{span.kind}()" + (f"  {lines}" if span.line is not None else "")
        status: StatusKey = "inference_mode" if span.kind == "inference_mode" else "no_grad"
        yield Block("Region", column[span.event], end, text, status, status, None)


class Timeline(QWidget):
    operationChosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self._theme = theme
        self.blocks: list[Block] = []
        self._columns = 0
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_blocks(self, blocks: Sequence[Block], columns: int) -> None:
        self.blocks, self._columns = list(blocks), columns
        count = f"{columns:,} events" if columns != 1 else "1 event"
        self.setAccessibleDescription(f"{count} in the order in which they happened")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(600, _LANE * len(LANES) + 16)

    def _top(self) -> float:
        return max(4.0, (self.height() - _LANE * len(LANES)) // 2)

    def _step(self) -> float:
        return (self.width() - _LABELS - _RIGHT) / max(1, self._columns)

    def rect_of(self, block: Block) -> QRectF:
        step = self._step()
        gap = min(5.0, step / 4) if step >= _LEAST_BLOCK else 0.0
        left = _LABELS + block.first * step + gap
        width = max(2.0, (block.last - block.first + 1) * step - 2 * gap)
        lane = [name for name, _, _ in LANES].index(block.lane)
        top = self._top() + lane * _LANE + (_LANE - _BLOCK) / 2
        return QRectF(round(left) + 0.5, round(top) + 0.5, round(width) - 1, _BLOCK - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        for number, (name, glyph, tone) in enumerate(LANES):
            top = self._top() + number * _LANE
            painter.setPen(colors.divider)
            painter.drawLine(QLineF(0, top + 0.5, self.width(), top + 0.5))
            place = QRectF(14, top + 4, 14, 14)
            paint_glyph(painter, glyph, place, self._theme.tone(tone).graphic)
            painter.setPen(colors.text_secondary)
            painter.setFont(ui_font(FONT_SECONDARY))
            painter.drawText(
                QRectF(36, top, _LABELS - 36, _LANE), Qt.AlignmentFlag.AlignVCenter, name
            )
        seen: set[tuple[str, int]] = set()
        for block in self.blocks:
            rect = self.rect_of(block)
            key = (block.lane, int(rect.left() / 2))
            if rect.width() <= 2 and key in seen:
                continue  # ticks that would cover each other
            seen.add(key)
            self._paint_block(painter, rect, block)

    def _paint_block(self, painter: QPainter, rect: QRectF, block: Block) -> None:
        tone = self._theme.tone(block.tone)
        if rect.width() <= _LEAST_BLOCK:
            painter.fillRect(rect, tone.graphic)
            return
        if block.status is None:
            painter.setPen(QPen(tone.graphic, 1.2))
        else:
            style = STATUS_STYLES[block.status]
            painter.setPen(pen(tone.graphic, 1.2, style.dash, dotted=style.dotted))
        painter.setBrush(tone.fill)
        painter.drawRoundedRect(rect, RADIUS_TICK, RADIUS_TICK)
        if rect.width() < _LEAST_TEXT - 10:
            return
        font = mono_font(FONT_SMALL)
        painter.setFont(font)
        painter.setPen(tone.text)
        text = QFontMetricsF(font).elidedText(
            block.text, Qt.TextElideMode.ElideRight, rect.width() - 8
        )
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def _block_at(self, place: QPoint) -> Block | None:
        for block in reversed(self.blocks):
            if self.rect_of(block).adjusted(-1, -2, 1, 2).contains(place):
                return block
        return None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        block = self._block_at(event.position().toPoint())
        if block is not None and block.operation is not None:
            self.operationChosen.emit(block.operation)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            block = self._block_at(event.pos())
            QToolTip.showText(event.globalPos(), block.text if block else "", self)
            return True
        return super().event(event)
