"""The effect of an edit: compares the traces of the text before and after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.contract.records import Gradient, Summary, Trace
from app.session.explain import phrases
from app.session.findings.case import Case
from app.session.language import ngettext, number, tr
from app.session.numbers import size
from app.session.run import Run
from app.session.trace.partial import is_cut_short
from app.session.training.evidence import Evidence


def effect_of(run: Run, after: Trace) -> str:
    """Return what is different, without a full stop: "`G` gets gradients, no error"."""
    before = run.trace
    found = [*_of_gradients(run, after), *_of_training(before, after)]
    changes = phrases.joined((found or [*_of_values(run, after)])[:_MOST])
    failed = before.error is not None and not is_cut_short(before.run)  # a stop is none
    if failed and after.error is None:
        text = tr("{changes}, the error is gone") if changes else tr("the error is gone")
    elif after.error is not None:
        text = tr("{changes}, the same error as before")
    else:
        text = tr("{changes}, no error")
    return text.format(changes=changes or tr("the finding is gone"))


_MOST = 2
"""The number of changes that are named."""


def _of_gradients(run: Run, after: Trace) -> Iterator[str]:
    """Yield how gradients changed: which arrived, which were lost, which have other values."""
    case = Case(Evidence(run))
    now = {row.name: row for row in after.gradients}
    pairs = [(row, now[row.name]) for row in run.trace.gradients if row.name in now]

    def those(matches: Callable[[Gradient, Gradient], bool]) -> list[Gradient]:
        return [row for row, new in pairs if matches(row, new)]

    if vain := those(lambda row, new: _is_gained(row, new) and _is_zero(new.grad)):
        yield tr("the gradients of {names} are zero everywhere").format(names=case.owners(vain))
    if gained := those(lambda row, new: _is_gained(row, new) and not _is_zero(new.grad)):
        text = tr("{names} gets a gradient") if len(gained) == 1 else _several(case, gained)
        yield text.format(names=case.owners(gained))
    if lost := those(_is_lost):
        yield tr("no gradient reaches {names}").format(names=case.owners(lost))
    if repaired := those(lambda row, new: _is_bad(row.grad) and not _is_bad(new.grad)):
        yield tr("the gradients of {names} are finite").format(names=case.owners(repaired))
    if moved := those(lambda row, new: _is_zero(row.grad) and not _is_zero(new.grad)):
        yield tr("the gradients of {names} are not zero").format(names=case.owners(moved))
    if apart := those(_adds_up_no_longer):
        text = tr("the gradients of {names} no longer add up")
        yield text.format(names=case.owners(apart))


def _several(case: Case, rows: list[Gradient]) -> str:
    is_one = " " not in case.owners(rows)
    return tr("{names} gets gradients") if is_one else tr("{names} get gradients")


def _is_gained(row: Gradient, new: Gradient) -> bool:
    """Return whether a backward pass reaches it now, even if it is cleared afterwards."""
    return row.grad is None and row.why.code != "cleared" and (
        new.grad is not None or new.why.code == "cleared"
    )  # fmt: skip


def _is_lost(row: Gradient, new: Gradient) -> bool:
    return row.grad is not None and new.grad is None and new.why.code != "cleared"


def _adds_up_no_longer(row: Gradient, new: Gradient) -> bool:
    return row.why.code == "accumulated_repeatedly" and new.why.code in ("accumulated", "cleared")


def _is_bad(summary: Summary | None) -> bool:
    return summary is not None and bool(summary.nan or summary.inf)


def _is_zero(summary: Summary | None) -> bool:
    return summary is not None and summary.numel > 0 and summary.zeros == summary.numel


def _of_training(before: Trace, after: Trace) -> Iterator[str]:
    """Yield how many parameters are trained, if that changed."""
    was, now = before.training, after.training
    if was is None or now is None or now.trained == was.trained:
        return
    text = ngettext(
        "{now} of {all} parameter is trained instead of {was}",
        "{now} of {all} parameters are trained instead of {was}",
        now.parameters,
    )
    yield text.format(now=number(now.trained), all=number(now.parameters), was=number(was.trained))


def _of_values(run: Run, after: Trace) -> Iterator[str]:
    """Yield minor changes: memory kept for backward, other values of gradients."""
    before = run.trace
    was, now = (sum(op.saved_bytes for op in trace.operations) for trace in (before, after))
    if now < was and before.error is None:
        text = tr("autograd keeps {now} instead of {was} for backward")
        yield text.format(now=size(now), was=size(was))
    grads = {row.name: row.grad for row in after.gradients}
    others = [row for row in before.gradients
              if row.grad and grads.get(row.name) not in (None, row.grad)]  # fmt: skip
    if others and before.error is None:
        text = tr("the gradients of {names} have other values")
        yield text.format(names=Case(Evidence(run)).owners(others))
