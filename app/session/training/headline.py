"""What the line above the graph says of a run that has no optimizer, and so is not to train."""

from __future__ import annotations

from typing import NamedTuple

from app.session.language import ngettext, number, tr
from app.session.run import Run
from app.session.summary.leaf_grads import leaf_grads, reached


class Headline(NamedTuple):
    text: str
    is_good: bool
    """Whether every leaf was reached."""


def headline(run: Run) -> Headline | None:
    """Return how far backward() came, or None where the question is what trains."""
    trace = run.trace
    training, passes = trace.training, trace.backward_passes
    if training is None or training.trained or trace.optimizers or trace.optimizer_steps:
        return None
    if trace.run.status != "ok":
        return None
    if not passes:
        return Headline(tr("No backward pass ran"), is_good=False)
    if all(one.call != "backward" for one in passes):
        return None
    count, total = len(reached(run, passes)), len(leaf_grads(run))
    text = ngettext(
        "backward() reached {count} of {total} leaf",
        "backward() reached {count} of {total} leaves",
        total,
    ).format(count=number(count), total=number(total))
    return Headline(text, is_good=count == total)
