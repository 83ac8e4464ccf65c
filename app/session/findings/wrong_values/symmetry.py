"""Layers whose units all compute the same, because they began with the same values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.contract.records import Finding, Fix, Summary
from app.session.findings.case import Case, finding
from app.session.language import number, tr


def units_are_alike(case: Case) -> Iterator[Finding]:
    """Find weights that were trained and whose rows, and those of the gradient, are all equal.

    Read off the elements, which the record has of small tensors only.
    """
    for identity, row in case.rows.items():
        values = case.run.values[identity]
        steps = case.evidence.steps(identity)
        tensor = values[-1]
        if len(tensor.shape) != 2 or tensor.shape[0] < 2 or len(steps) < 2:
            continue
        if not _are_alike(tensor.summary) or row.grad is None or not _are_alike(row.grad):
            continue
        if row.grad.zeros == row.grad.numel:
            continue
        name = f"`{row.name}`"
        title = tr("The units of a layer are all the same")
        text = tr(
            "All {count} rows of {name} are equal, and so are those of its gradient. Its units "
            "compute the same and change alike with each step, so they stay one unit."
        ).format(count=number(tensor.shape[0]), name=name)
        fix = Fix(tr("Give it random values at the start."), [])
        yield finding("units_are_alike", "warning", steps[0].spot, title, text, [],
                      [row.tensor], fix)  # fmt: skip


def _are_alike(summary: Summary) -> bool:
    rows: Any = summary.values
    return isinstance(rows, list) and len(rows) > 1 and all(one == rows[0] for one in rows)
