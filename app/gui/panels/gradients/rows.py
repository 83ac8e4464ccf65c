"""The rows of the gradient table: one for each parameter and leaf."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from app.contract.records import Gradient, Summary, Trace, TrainState, Why
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.comparing.what_if import AsWritten, Comparison
from app.session.explain.remade import Remade, remade
from app.session.language import listing, ngettext, number, tr, translatable
from app.session.look.marks import why_look
from app.session.numbers import shape, short
from app.session.run import Run
from app.session.summary import gradient_text
from app.session.summary.why import short_why
from app.session.timeline import Snapshot
from app.session.timeline.grad_status import GradState, grad_then

_MOST_CELLS = 64


class GradientColumn(IntEnum):
    LEAF = 0
    COUNT = 1
    SHAPE = 2
    REQUIRES = 3
    GRAD = 4
    NORM = 5
    WHY = 6


@dataclass(frozen=True, slots=True)
class GradientRow:
    gradient: Gradient
    sizes: list[int]
    """The shape of the tensor itself; the gradient's shape is None if there is no gradient."""
    short_why: str
    glyph: Glyph
    tone: ToneKey
    share: float
    """Its norm as a share of the largest finite norm in the table, 0 to 1."""
    searchable: str
    """The text that a filter searches, in lower case."""
    natural: tuple[tuple[int, int | str], ...]
    """A sort key of its name that orders numbers by value: layer 2 before layer 10."""
    is_waiting: bool = False
    """The running backward pass will fill it."""
    is_unknown: bool = False
    """There was a `.grad`, and the trace does not contain its values."""
    is_now: bool = False
    """The current moment is about it."""
    earlier: tuple[Gradient, ...] = ()
    """One for each earlier tensor of the same name, as a loop makes them."""
    texts: tuple[str, ...] = ()
    """The texts of its cells, by column; empty for a row of a moment, which is rarely asked."""
    state: TrainState | None = None
    """What happened to it in training; None if it is not a parameter of a run with an optimizer."""
    as_written: AsWritten | None = None
    """In a what-if, the `.grad` of the run as written."""
    can_be_held: bool = False
    """Whether a what-if can freeze it or let it require grad: a parameter, or another leaf."""
    said: str = ""
    """What the tree says of it: if it has a gradient, whether it trains, else why it has none."""
    is_covered: bool = False
    """Whether the room is still asked about it: then nothing else here shows its answer."""

    @property
    def count(self) -> int:
        """The number of tensors in this row."""
        return 1 + len(self.earlier)

    @property
    def label(self) -> str:
        """Its name, with the number of tensors that had it: "loss ×3"."""
        name = self.gradient.name
        return name if self.count == 1 else f"{name} ×{number(self.count)}"

    @property
    def summary(self) -> Summary | None:
        return self.gradient.grad

    @property
    def is_bad(self) -> bool:
        """Whether it contains NaN or infinity."""
        return self.summary is not None and bool(self.summary.nan or self.summary.inf)

    @property
    def is_zero(self) -> bool:
        """Whether there is a gradient and it is zero everywhere, which is not None."""
        found = self.summary
        return found is not None and 0 < found.numel == found.zeros

    @property
    def has_cells(self) -> bool:
        """Whether every value is known and a real number, so that a heat map can be drawn."""
        found = self.summary
        if found is None or found.values is None or found.norm is None or self.is_zero:
            return False
        return 0 < found.numel <= _MOST_CELLS and not self.is_bad

    @property
    def cells(self) -> tuple[str, ...]:
        """Its cells for copying, see `app.session.summary.gradient_text`."""
        why = self.short_why
        return gradient_text.cells(self.gradient, self.sizes, why, is_unknown=self.is_unknown)


_WITH_GRADIENT: dict[TrainState, str] = {
    "trained": translatable("trains"),
    "no_step": translatable("not stepped"),
    "stepped_without_gradient": translatable("zero or no gradient"),
    "moved_while_frozen": translatable("moved while frozen"),
    "unchanged": translatable("unchanged by its steps"),
}


def rows_of(run: Run, comparison: Comparison | None = None) -> list[GradientRow]:
    """Return the rows of a run; `comparison` is that of a what-if with the run as written."""
    written = {} if comparison is None else comparison.gradients
    largest = max((norm_of(gradient) for gradient in run.trace.gradients), default=0.0) or 1.0
    rows = []
    made, states = remade(run), _states(run.trace)
    for gradient in run.trace.gradients:
        glyph, tone = why_look(gradient, run.operations)
        share = min(1.0, norm_of(gradient) / largest)
        tensor, why = run.tensors[gradient.tensor], short_why(run, gradient)
        state, said = states.get(gradient.tensor), why
        if state in _WITH_GRADIENT:
            said = tr(_WITH_GRADIENT[state])
        as_written = written.get(gradient.tensor)
        if as_written is not None and as_written.differs:
            text = tr("{said}; as written {as_written}")
            said = text.format(said=said, as_written=as_written.text)
        row = GradientRow(
            gradient,
            tensor.shape,
            why,
            glyph,
            tone,
            share,
            searchable=f"{gradient.name}\n{why}\n{said}".lower(),
            natural=_natural(gradient.name),
            earlier=tuple(_earlier(run, gradient, made)),
            state=state,
            as_written=as_written,
            can_be_held=tensor.is_leaf and (tensor.kind == "parameter" or gradient.requires_grad),
            said=said,
        )
        rows.append(replace(row, texts=tuple(_text(row, column) for column in GradientColumn)))
    return rows


_NOT_TOLD = Why("unknown", "", [], [], None)


def row_covered(row: GradientRow) -> GradientRow:
    """Return a row without its answer: its name and its shape are left of it."""
    gradient = replace(
        row.gradient, requires_grad=True, grad=None, shape=None, passes=[], why=_NOT_TOLD
    )
    said = tr("a value, or None?")
    return replace(
        row, gradient=gradient, short_why=said, said=said, glyph="covered", tone="covered",
        share=0.0, searchable=row.gradient.name.lower(), texts=(), state=None, as_written=None,
        can_be_held=False, is_covered=True,
    )  # fmt: skip


def _states(trace: Trace) -> dict[int, TrainState]:
    """Return what happened to each parameter, by its tensor, if the run has an optimizer."""
    groups = trace.training.groups if trace.training and trace.optimizers else ()
    return {tensor: group.state for group in groups for tensor in group.tensors}


def _earlier(run: Run, gradient: Gradient, made: Mapping[int, Remade]) -> Iterator[Gradient]:
    """Yield the rows of earlier tensors of the same name that the same line made."""
    identity = run.identity(gradient.tensor)
    if (again := made.get(identity)) is not None:
        for other in again.identities:
            if other != identity:
                yield replace(gradient, tensor=run.values[other][-1].id)


def norm_of(gradient: Gradient) -> float:
    """Return the norm of its `.grad`, 0 if there is none or it is not finite."""
    norm = gradient.grad.norm if gradient.grad else None
    return norm if isinstance(norm, (int, float)) and math.isfinite(norm) else 0.0


def row_then(row: GradientRow, then: Snapshot) -> GradientRow:
    """Return a row as it was at a moment of the run."""
    there = [one for one in row.earlier if then.exists(one.tensor)]
    if there and not then.exists(row.gradient.tensor):
        row = replace(row, gradient=there[-1])
    shown = _status_then(row, then)
    identity = then.history.run.identity(row.gradient.tensor)
    return replace(shown, is_now=True) if identity in then.leaves else shown


def _status_then(row: GradientRow, then: Snapshot) -> GradientRow:
    status = grad_then(then, row.gradient)
    if status.state == "never":
        return replace(row, gradient=replace(row.gradient, grad=None, shape=None), texts=())
    glyph, tone = _STATUS_LOOKS[status.state]
    return replace(
        row,
        gradient=replace(row.gradient, grad=status.grad, shape=status.shape),
        short_why=status.words,
        glyph=glyph,
        tone=tone,
        texts=(),
        state=None,
        as_written=None,
        said=status.words,
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
    "frozen": ("padlock", "no_input_requires_grad"),
    "never": ("minus", "neutral"),
}


def cell_text(row: GradientRow, column: GradientColumn) -> str:
    return row.texts[column] if row.texts else _text(row, column)


def _text(row: GradientRow, column: GradientColumn) -> str:
    match column:
        case GradientColumn.LEAF:
            return row.label
        case GradientColumn.COUNT:
            return ""
        case GradientColumn.SHAPE:
            return shape(row.sizes)
        case GradientColumn.REQUIRES:
            return str(row.gradient.requires_grad)
        case GradientColumn.GRAD:
            return grad_text(row)
        case GradientColumn.NORM:
            return norm_text(row)
        case GradientColumn.WHY:
            return why_text(row)


def why_text(row: GradientRow) -> str:
    """Return the reason; in a what-if the `.grad` as written, and why one is gone."""
    if row.as_written is None:
        return row.short_why
    if row.summary is not None or not row.as_written.differs:
        return row.as_written.text
    return tr("{as_written}; now {why}").format(as_written=row.as_written.text, why=row.short_why)


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts)


def _magnitude(row: GradientRow) -> tuple[int, float]:
    """Return a sort key: None, then zero, then values by norm, then NaN and infinity."""
    if row.summary is None:
        return 0, 0.0
    return (2, 0.0) if row.is_bad else (1, norm_of(row.gradient))


SORT_KEYS: dict[GradientColumn, Callable[[GradientRow], Any]] = {
    GradientColumn.LEAF: lambda row: row.natural,
    GradientColumn.COUNT: lambda row: row.count,
    GradientColumn.SHAPE: lambda row: (math.prod(row.sizes), row.sizes),
    GradientColumn.REQUIRES: lambda row: row.gradient.requires_grad,
    GradientColumn.GRAD: _magnitude,
    GradientColumn.NORM: _magnitude,
    GradientColumn.WHY: why_text,
}


def norm_text(row: GradientRow) -> str:
    if row.is_covered:
        return ""
    return short(row.summary.norm) if row.summary else "–"


def grad_text(row: GradientRow) -> str:
    """Return the `.grad` in words: "None", its values, or its shape if it has many."""
    if row.is_covered:
        return "?"
    if row.is_waiting:
        return tr("waiting")
    if row.summary is None:
        return "–" if row.is_unknown else "None"
    if row.is_bad:
        return "NaN" if row.summary.nan else "Inf"
    if row.is_zero:
        return tr("all zero")
    if row.has_cells:
        return str(row.summary.values)
    return shape(row.gradient.shape or [])


def tooltip(row: GradientRow) -> str:
    """Return all about one `.grad`: the whole reason, the fix, its statistics."""
    gradient = row.gradient
    parts = [f"{gradient.name}.grad", gradient.why.text, gradient.why.fix, _statistics(gradient)]
    if row.earlier:
        parts.append(
            tr(
                "{count} tensors had this name, all made on the same line. This is the last."
            ).format(count=number(row.count))
        )
    return "\n\n".join(part for part in parts if part)


def tooltip_then(row: GradientRow) -> str:
    """Return the tooltip for a moment of the run."""
    parts = [f"{row.gradient.name}.grad", row.short_why, _statistics(row.gradient)]
    if row.is_unknown:
        parts.append(tr("The trace does not contain its values at that time."))
    return "\n\n".join(part for part in parts if part)


def _statistics(gradient: Gradient) -> str:
    if (summary := gradient.grad) is None:
        return ""
    s = summary
    figures = (("norm", s.norm), ("min", s.min), ("max", s.max), ("mean", s.mean))
    zeros = ngettext("{count} zero of {total}", "{count} zeros of {total}", s.zeros)
    return listing([
        tr("shape {shape}").format(shape=shape(gradient.shape or [])),
        *(f"{name} {short(value, 4)}" for name, value in figures),
        zeros.format(count=number(s.zeros), total=number(s.numel)),
    ])  # fmt: skip
