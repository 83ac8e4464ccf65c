"""The rows of the gradient table: one for each tensor whose `.grad` a user would ask about."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.contract.records import Gradient, Summary, Trace
from app.gui.panels.numbers import shape, short
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.index import index_of
from app.session.look.marks import why_look
from app.session.timeline import Then
from app.session.timeline.grad_status import GradState, grad_then
from app.session.why import short_why

AnyIndex = QModelIndex | QPersistentModelIndex
_MOST_CELLS = 64


class Column(IntEnum):
    LEAF = 0
    GRAD = 1
    NORM = 2
    WHY = 3


TITLES = {Column.LEAF: "Leaf", Column.GRAD: ".grad", Column.NORM: "Norm", Column.WHY: "Why"}
ROW_ROLE = Qt.ItemDataRole.UserRole
"""The `GradientRow` itself, for the delegates."""
SORT_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class GradientRow:
    gradient: Gradient
    short_why: str
    glyph: Glyph
    tone: ToneKey
    share: float
    """Of the largest finite norm in the table, 0 to 1."""
    is_waiting: bool = False
    """The running backward pass will fill it."""
    is_unknown: bool = False
    """There was a `.grad`, and the trace does not say what was in it."""

    @property
    def summary(self) -> Summary | None:
        return self.gradient.grad

    @property
    def is_bad(self) -> bool:
        """NaN or infinity is in it."""
        return self.summary is not None and bool(self.summary.nan or self.summary.inf)

    @property
    def has_cells(self) -> bool:
        """Whether every value is known, so that a heat map can be drawn."""
        found = self.summary
        return found is not None and found.values is not None and 0 < found.numel <= _MOST_CELLS


def rows_of(trace: Trace) -> list[GradientRow]:
    index = index_of(trace)
    largest = max((_norm(gradient) for gradient in trace.gradients), default=0.0) or 1.0
    rows = []
    for gradient in trace.gradients:
        glyph, tone = why_look(gradient, index.operations)
        share = min(1.0, _norm(gradient) / largest)
        rows.append(GradientRow(gradient, short_why(index, gradient), glyph, tone, share))
    return rows


def _norm(gradient: Gradient) -> float:
    norm = gradient.grad.norm if gradient.grad else None
    return norm if isinstance(norm, (int, float)) and math.isfinite(norm) else 0.0


def row_then(row: GradientRow, then: Then) -> GradientRow:
    """A row as it was at a moment of the run."""
    status = grad_then(then, row.gradient)
    if status.state == "never":
        return replace(row, gradient=replace(row.gradient, grad=None, shape=None))
    glyph, tone = _STATUS_LOOKS[status.state]
    return replace(
        row,
        gradient=replace(row.gradient, grad=status.grad, shape=status.shape),
        short_why=status.words,
        glyph=glyph,
        tone=tone,
        is_waiting=status.state == "due" and not status.is_set,
        is_unknown=status.is_set and status.grad is None,
    )


_STATUS_LOOKS: dict[GradState, tuple[Glyph, ToneKey]] = {
    "filled": ("check", "gradient"),
    "reached": ("gradient", "gradient"),
    "due": ("waiting", "neutral"),
    "not yet": ("waiting", "neutral"),
    "changed": ("accumulate", "neutral"),
    "cleared": ("close", "neutral"),
    "frozen": ("snowflake", "no_input_requires_grad"),
    "never": ("minus", "neutral"),
}


class GradientsModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[GradientRow] = []
        self._then: Then | None = None

    def set_rows(self, rows: list[GradientRow]) -> None:
        self.beginResetModel()
        self.rows = rows
        self._then = None
        self.endResetModel()

    def show_moment(self, then: Then | None) -> None:
        """Every `.grad` as it was then; None is the end of the run."""
        self._then = then
        if self.rows:
            last = self.index(len(self.rows) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, Column.WHY, Column.WHY)

    def row(self, number: int) -> GradientRow:
        """As it is shown."""
        row = self.rows[number]
        return row if self._then is None else row_then(row, self._then)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            at_a_moment = self._then is not None and section == Column.WHY
            return "State" if at_a_moment else TITLES[Column(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.row(index.row())
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _text(row, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(row) if self._then is None else tooltip_then(row)
        return None


def _text(row: GradientRow, column: Column) -> str:
    if column == Column.LEAF:
        return row.gradient.name
    if column == Column.GRAD:
        return grad_text(row)
    if column == Column.NORM:
        return norm_text(row)
    return row.short_why


def norm_text(row: GradientRow) -> str:
    return short(row.summary.norm) if row.summary else "–"


def grad_text(row: GradientRow) -> str:
    """The `.grad` in words: "None", its values, or its shape where these are too many."""
    if row.is_waiting:
        return "waiting"
    if row.summary is None:
        return "–" if row.is_unknown else "None"
    if row.is_bad:
        return "NaN" if row.summary.nan else "Inf"
    if row.has_cells:
        return str(row.summary.values)
    return shape(row.gradient.shape or [])


def tooltip(row: GradientRow) -> str:
    """Everything about one `.grad`: the whole reason, what would change it, its statistics."""
    gradient = row.gradient
    parts = [f"{gradient.name}.grad", gradient.why.text, gradient.why.fix, _statistics(gradient)]
    return "\n\n".join(part for part in parts if part)


def tooltip_then(row: GradientRow) -> str:
    """The same for a moment of the run."""
    parts = [f"{row.gradient.name}.grad", row.short_why, _statistics(row.gradient)]
    if row.is_unknown:
        parts.append("The trace does not hold the values that it had then.")
    return "\n\n".join(part for part in parts if part)


def _statistics(gradient: Gradient) -> str:
    if (summary := gradient.grad) is None:
        return ""
    return (
        f"shape {shape(gradient.shape or [])}, norm {short(summary.norm, 4)}, "
        f"min {short(summary.min, 4)}, max {short(summary.max, 4)}, "
        f"mean {short(summary.mean, 4)}, zeros {summary.zeros:,} of {summary.numel:,}"
    )
