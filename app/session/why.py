"""The reason for a `.grad` in a few words; the whole sentence is `Why.text`."""

from __future__ import annotations

from app.contract.records import Gradient, Operation, WhyCode
from app.session.index import TraceIndex
from app.session.words import what_cuts

_SIMPLE: dict[WhyCode, str] = {
    "assigned": "set by hand",
    "frozen": "frozen: requires_grad = False",
    "no_backward": "backward() was not called",
    "backward_failed": "backward() raised an error",
    "unused": "not used",
    "not_on_path": "not used by the loss",
    "none_returned": "its backward returned None",
    "non_leaf": "not a leaf, call retain_grad()",
    "returned": "returned by autograd.grad",
}
_WITH_LINE: dict[WhyCode, str] = {
    "accumulated": "reached on line {}",
    "cleared": "set to None, line {}",
    "assigned": "set by hand, line {}",
    "backward_failed": "backward() failed, line {}",
    "returned": "returned on line {}",
    "frozen": "frozen on line {}",
}


def short_why(index: TraceIndex, gradient: Gradient) -> str:
    """A reason that fits into a table's cell and names the line where there is one."""
    why = gradient.why
    operations = index.operations
    if why.code == "accumulated_repeatedly":
        return f"sum of {len(gradient.passes)} backward passes"
    if why.code == "cut":
        cuts = [operations[id_] for id_ in why.cuts or why.operations if id_ in operations]
        skipped = [operation for operation in cuts if operation.status == "skipped"]
        return f"cut by {what_cuts(skipped[0])}" if skipped else "cut"
    if why.code == "only_skipped":
        skipped = [operations[id_] for id_ in why.operations if id_ in operations]
        names = sorted({_region(operation) for operation in skipped})
        return f"only used in {names[0]}" if len(names) == 1 else "only used where skipped"
    if why.lines and why.code in _WITH_LINE:
        return _WITH_LINE[why.code].format(why.lines[-1])
    return _SIMPLE.get(why.code, why.text)


def _region(operation: Operation) -> str:
    if operation.reason in ("no_grad", "inference_mode"):
        return operation.reason
    return f"skipped {operation.name}"
