"""What the line above the graph says first, where that is not what trains."""

from __future__ import annotations

from typing import Literal, NamedTuple

from app.session.explain.phrases import Phrases
from app.session.iterations.series import began, first_bad, series_of
from app.session.language import ngettext, number, tr
from app.session.ranks.naming import how_ended, is_one_of_several, process_name
from app.session.run import Run
from app.session.summary.leaf_grads import leaf_grads, reached

_ENDED = "raised", "crashed", "out_of_memory"
HeadlineLook = Literal["good", "warning", "error"]


class Headline(NamedTuple):
    text: str
    look: HeadlineLook
    detail: str = ""
    """What the finding about it adds; "" for the finding's title."""


def headline(run: Run) -> Headline | None:
    """Return how a rank ended, since when gradients are not finite, or how far the run came.

    None where the question is what trains.
    """
    trace = run.trace
    if trace.error is not None and trace.run.status in _ENDED and is_one_of_several(trace.run):
        name = process_name(trace.run.rank, trace.run.child).title
        return Headline(how_ended(name, trace.run.status, trace.error.type), "error")
    if (not_finite := _not_finite(run)) is not None:
        return not_finite
    training, passes = trace.training, trace.backward_passes
    if training is None or training.trained or trace.optimizer_steps:
        return None
    if trace.optimizers:
        text = tr("The record ends before the first optimizer step")
        return Headline(text, "warning") if run.is_cut_short else None
    if trace.run.status != "ok":
        return None
    if not passes:
        return Headline(tr("No backward pass ran"), "warning")
    if all(one.call != "backward" for one in passes):
        return None
    count, total = len(reached(run, passes)), len(leaf_grads(run))
    text = ngettext(
        "backward() reached {count} of {total} leaf",
        "backward() reached {count} of {total} leaves",
        total,
    ).format(count=number(count), total=number(total))
    return Headline(text, "good" if count == total else "warning")


def _not_finite(run: Run) -> Headline | None:
    """Return since which of several iterations gradients are not finite, to the end."""
    found = [one for one in run.trace.findings if one.code == "non_finite_gradient"]
    if not found:
        return None
    series = [one for one in series_of(run).values() if len(one.grads) > 1]
    last = [began(one) for one in series if first_bad(one.grads[-1:]) is not None]
    bad = [one for one in last if one is not None]
    if not bad:
        return None
    detail, makers = "", found[0].operations
    if len(makers) == 1:
        operation = Phrases(run, marks=False).operation(run.operations[makers[0]])
        detail = tr("first in {operation}").format(operation=operation)
    return Headline(min(bad, key=lambda one: one.at).title, "error", detail)
