"""The reason for a `.grad` in a few words; the whole sentence is `Why.text`."""

from __future__ import annotations

from app.contract.records import Gradient, Operation, WhyCode
from app.session.index import TraceIndex
from app.session.language import tr, translatable
from app.session.words import sum_of_passes, what_cuts

_SIMPLE: dict[WhyCode, str] = {
    "assigned": translatable("set by hand"),
    "frozen": translatable("frozen: requires_grad = False"),
    "no_backward": translatable("backward() was not called"),
    "backward_failed": translatable("backward() raised an error"),
    "unused": translatable("not used"),
    "not_on_path": translatable("not used by the loss"),
    "none_returned": translatable("its backward returned None"),
    "non_leaf": translatable("not a leaf, call retain_grad()"),
    "returned": translatable("returned by autograd.grad"),
}
_WITH_LINE: dict[WhyCode, str] = {
    "accumulated": translatable("reached on line {line}"),
    "cleared": translatable("set to None, line {line}"),
    "assigned": translatable("set by hand, line {line}"),
    "backward_failed": translatable("backward() failed, line {line}"),
    "returned": translatable("returned on line {line}"),
    "frozen": translatable("frozen on line {line}"),
}


def short_why(index: TraceIndex, gradient: Gradient) -> str:
    """A reason that fits into a table's cell and names the line where there is one."""
    why = gradient.why
    operations = index.operations
    if why.code == "accumulated_repeatedly":
        return sum_of_passes(len(gradient.passes))
    if why.code == "cut":
        cuts = [operations[id_] for id_ in why.cuts or why.operations if id_ in operations]
        skipped = [operation for operation in cuts if operation.status == "skipped"]
        return tr("cut by {what}").format(what=what_cuts(skipped[0])) if skipped else tr("cut")
    if why.code == "frozen" and why.operations:
        return tr("no history: {what}").format(what=what_cuts(operations[why.operations[0]]))
    if why.code == "only_skipped":
        skipped = [operations[id_] for id_ in why.operations if id_ in operations]
        names = sorted({_region(operation) for operation in skipped})
        if len(names) > 1:
            return tr("only used where skipped")
        return tr("only used in {where}").format(where=names[0])
    if why.lines and why.code in _WITH_LINE:
        return tr(_WITH_LINE[why.code]).format(line=why.lines[-1])
    return tr(_SIMPLE[why.code]) if why.code in _SIMPLE else why.text


def _region(operation: Operation) -> str:
    if operation.reason in ("no_grad", "inference_mode"):
        return operation.reason
    return tr("skipped {operation}").format(operation=operation.name)
