"""The rows of the gradient table: one for each tensor whose `.grad` a user would ask about."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.contract.records import Gradient, Operation, Summary, Trace, WhyCode
from app.gui.panels.numbers import shape, short
from app.gui.panels.why import short_why
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.gui.theme.status import STATUS_STYLES
from app.session.graph_items import STATUS_OF_REASON

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

_WHY_LOOKS: dict[WhyCode, tuple[Glyph, ToneKey]] = {
    "accumulated": ("gradient", "gradient"),
    "accumulated_repeatedly": ("gradient", "gradient"),
    "assigned": ("accumulate", "neutral"),
    "frozen": ("snowflake", "no_input_requires_grad"),
    "no_backward": ("waiting", "neutral"),
    "backward_failed": ("warning", "cut"),
    "unused": ("minus", "neutral"),
    "only_skipped": ("cut", "cut"),
    "cut": ("cut", "cut"),
    "not_on_path": ("minus", "neutral"),
    "returned": ("export", "gradient"),
    "none_returned": ("cut", "cut"),
    "non_leaf": ("leaf", "neutral"),
    "cleared": ("close", "neutral"),
}


@dataclass(frozen=True, slots=True)
class GradientRow:
    gradient: Gradient
    short_why: str
    glyph: Glyph
    tone: ToneKey
    share: float
    """Of the largest finite norm in the table, 0 to 1."""

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
    operations = {operation.id: operation for operation in trace.operations}
    largest = max((_norm(gradient) for gradient in trace.gradients), default=0.0) or 1.0
    rows = []
    for gradient in trace.gradients:
        glyph, tone = _look(gradient, operations)
        share = min(1.0, _norm(gradient) / largest)
        rows.append(GradientRow(gradient, short_why(trace, gradient), glyph, tone, share))
    return rows


def _norm(gradient: Gradient) -> float:
    norm = gradient.grad.norm if gradient.grad else None
    return norm if isinstance(norm, (int, float)) and math.isfinite(norm) else 0.0


def _look(gradient: Gradient, operations: dict[int, Operation]) -> tuple[Glyph, ToneKey]:
    """Where operations were skipped, what skipped them says it best."""
    why = gradient.why
    if why.code == "only_skipped":
        skipped = [operations[id_] for id_ in why.operations if id_ in operations]
        statuses = {STATUS_OF_REASON[operation.reason] for operation in skipped}
        if len(statuses) == 1:
            (status,) = statuses
            return STATUS_STYLES[status].glyph, status
    return _WHY_LOOKS[why.code]


class GradientsModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[GradientRow] = []

    def set_rows(self, rows: list[GradientRow]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

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
            return TITLES[Column(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _text(row, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(row.gradient)
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
    if row.summary is None:
        return "None"
    if row.is_bad:
        return "NaN" if row.summary.nan else "Inf"
    if row.has_cells:
        return str(row.summary.values)
    return shape(row.gradient.shape or [])


def tooltip(gradient: Gradient) -> str:
    """Everything about one `.grad`: the whole reason, what would change it, its statistics."""
    parts = [f"{gradient.name}.grad", gradient.why.text]
    if gradient.why.fix:
        parts.append(gradient.why.fix)
    if (summary := gradient.grad) is not None:
        parts.append(
            f"shape {shape(gradient.shape or [])}, norm {short(summary.norm, 4)}, "
            f"min {short(summary.min, 4)}, max {short(summary.max, 4)}, "
            f"mean {short(summary.mean, 4)}, zeros {summary.zeros:,} of {summary.numel:,}"
        )
    return "\n\n".join(parts)
