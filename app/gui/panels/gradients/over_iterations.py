"""The lines of the table over all iterations: a parameter, or a group of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite, log10

from app.contract.records import TrainState
from app.gui.panels.gradients.model import MANY
from app.gui.panels.gradients.rows import GradientRow
from app.gui.panels.gradients.tree import Entry, flat
from app.session.iterations.series import (
    Began,
    Series,
    began,
    iterations_of,
    joined,
    main_events,
    series_of,
    worst,
)
from app.session.language import number, tr
from app.session.run import Run

LEAST = 3
"""Iterations from which there is a course to see: a curve of two is a line."""


@dataclass(frozen=True, slots=True)
class IterationLine:
    """`series` is None where no iteration had it, as of a frozen parameter."""

    label: str
    name: str
    tensors: tuple[int, ...]
    series: Series | None
    began: Began | None
    said: str
    """From when on something is wrong with it, or why it is not in any iteration."""
    state: TrainState | None
    children: tuple[IterationLine, ...] = ()


@dataclass(frozen=True, slots=True)
class LogSpan:
    """The logarithms of the least and the greatest positive value of a column."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Return where a positive value is, from 0 to 1."""
        return (log10(value) - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class OverIterations:
    """Made once for a run, not in the window's thread."""

    lines: tuple[IterationLine, ...]
    events: Sequence[int]
    """The iterations of the optimizer that has most."""
    grads: LogSpan
    ratios: LogSpan


def over_iterations(
    run: Run, rows: Sequence[GradientRow], tree: Sequence[Entry]
) -> OverIterations | None:
    """Return the table of a run; None if it has fewer than three iterations."""
    known, events = series_of(run), main_events(iterations_of(run))
    if len(events) < LEAST or not known:
        return None
    entries = tree if len(rows) >= MANY else flat(rows, range(len(rows)))
    of_row = [known.get(run.identity(row.gradient.tensor)) for row in rows]
    lines = tuple(_lines(entries, rows, of_row))
    first = _first_bad(lines)
    if first is not None:
        lines = tuple(_marked(lines, first))
    return OverIterations(
        lines,
        events,
        span_of(value for one in known.values() for value in one.grads),
        span_of(value for one in known.values() for value in one.ratios),
    )


def _lines(
    entries: Iterable[Entry], rows: Sequence[GradientRow], of_row: Sequence[Series | None]
) -> Iterator[IterationLine]:
    """Yield the lines of entries; tensors that are not parameters of a training have none."""
    for entry in entries:
        if entry.children:
            children = tuple(_lines(entry.children, rows, of_row))
            if not children:
                continue
            given = [child.series for child in children if child.series is not None]
            found = worst([child.began for child in children if child.began is not None])
            yield IterationLine(
                entry.label,
                entry.key,
                tuple(tensor for child in children for tensor in child.tensors),
                joined(given) if given else None,
                found,
                "" if found is None else found.text,
                next((child.state for child in children if child.state is not None), None),
                children,
            )
            continue
        row, series = rows[entry.rows[0]], of_row[entry.rows[0]]
        if series is not None and not any(grad is not None for grad in series.grads):
            series = None  # an optimizer has it, and no gradient ever came
        if series is None and row.state is None:
            continue
        found = None if series is None else began(series)
        said = row.said if series is None else ("" if found is None else found.text)
        name, tensors = row.gradient.name, (row.gradient.tensor,)
        yield IterationLine(entry.label, name, tensors, series, found, said, row.state)


def _leaves(lines: Iterable[IterationLine]) -> Iterator[IterationLine]:
    for line in lines:
        if line.children:
            yield from _leaves(line.children)
        else:
            yield line


def _first_bad(lines: Iterable[IterationLine]) -> IterationLine | None:
    """Return the only parameter that went bad first, if others did later."""
    bad = [one for one in _leaves(lines) if one.began and one.began.kind in ("nan", "inf")]
    start = min((one.began.at for one in bad if one.began), default=0)
    first = [one for one in bad if one.began and one.began.at == start]
    return first[0] if len(first) == 1 and len(bad) > 1 else None


def _marked(lines: Iterable[IterationLine], first: IterationLine) -> Iterator[IterationLine]:
    for line in lines:
        if line is first and line.began is not None:
            said = (
                tr("first NaN, {iteration}")
                if line.began.kind == "nan"
                else tr("first Inf, {iteration}")
            )
            yield replace(line, said=said.format(iteration=number(line.began.at + 1)))
        elif line.children:
            yield replace(line, children=tuple(_marked(line.children, first)))
        else:
            yield line


def span_of(values: Iterable[float | None]) -> LogSpan:
    """Return the span of the positive finite values, at least half a power of ten."""
    found = [log10(one) for one in values if one is not None and isfinite(one) and one > 0]
    low, high = min(found, default=0.0), max(found, default=1.0)
    return LogSpan(low, high) if high - low > 0.3 else LogSpan(low - 0.5, high + 0.5)
