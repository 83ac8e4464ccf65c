"""The reason for a `.grad` in a few words; the whole sentence is `Why.text`."""

from __future__ import annotations

from typing import assert_never

from app.contract.records import Gradient, Operation, WhyCode
from app.session.causes.registry import is_by_mode
from app.session.explain.phrases import joined
from app.session.language import ngettext, number, tr, translatable
from app.session.run import Run
from app.session.what_if.changes import is_frozen
from app.session.words import sum_of_passes, what_cuts

_SIMPLE: dict[WhyCode, str] = {
    "accumulated": translatable("reached by a backward pass"),
    "cleared": translatable("set to None"),
    "assigned": translatable("set by hand"),
    "frozen": translatable("frozen: requires_grad = False"),
    "no_backward": translatable("backward() was not called"),
    "backward_failed": translatable("backward() raised an error"),
    "unused": translatable("not used"),
    "not_on_path": translatable("not used by the loss"),
    "none_returned": translatable("its backward returned None"),
    "non_leaf": translatable("not a leaf, call retain_grad()"),
    "returned": translatable("returned by autograd.grad"),
    "unknown": translatable("unknown: the record ends before"),
}
_WITH_LINE: dict[WhyCode, str] = {
    "accumulated": translatable("reached on line {line}"),
    "cleared": translatable("set to None, line {line}"),
    "assigned": translatable("set by hand, line {line}"),
    "backward_failed": translatable("backward() failed, line {line}"),
    "returned": translatable("returned on line {line}"),
    "frozen": translatable("frozen on line {line}"),
}

_LINES = 3
"""The number of lines that fit a cell."""


def short_why(run: Run, gradient: Gradient) -> str:
    """Return a reason that fits a table cell, with its line if there is one."""
    why = gradient.why
    operations = run.operations
    match why.code:
        case "accumulated_repeatedly":
            return sum_of_passes(len(gradient.passes))
        case "cut":
            cuts = [operations[id_] for id_ in why.cuts or why.operations]
            skipped = [operation for operation in cuts if operation.status == "skipped"]
            return _cut_by(skipped) if skipped else tr("cut")
        case "frozen" if is_frozen(run.trace, run.identity(gradient.tensor)):
            return tr("frozen by the what-if")
        case "frozen" if why.operations:
            return tr("no history: {what}").format(what=what_cuts(operations[why.operations[0]]))
        case "only_skipped":
            names = {_region(operations[id_]) for id_ in why.operations}
            if len(names) != 1:
                return tr("only used where skipped")
            return tr("only used in {where}").format(where=names.pop())
        case "accumulated" | "assigned" | "backward_failed" | "cleared" | "frozen" | "returned":
            if why.spots:
                return tr(_WITH_LINE[why.code]).format(line=why.spots[-1])
            return tr(_SIMPLE[why.code])
        case "no_backward" | "unused" | "not_on_path" | "none_returned" | "non_leaf" | "unknown":
            return tr(_SIMPLE[why.code])
        case _:
            assert_never(why.code)


def _cut_by(cuts: list[Operation]) -> str:
    """Name the cut if it is only one: mending one of several is useless."""
    places = list(dict.fromkeys(what_cuts(operation) for operation in cuts))
    if len(places) == 1:
        return tr("cut by {what}").format(what=places[0])
    lines = sorted({line for line in map(_line_of_cut, cuts) if line is not None})
    text = ngettext("cut in {count} place", "cut in {count} places", len(places))
    if 0 < len(lines) <= _LINES:
        text = ngettext(
            "cut in {count} places, line {lines}",
            "cut in {count} places, lines {lines}",
            len(lines),
        )
    return text.format(count=number(len(places)), lines=joined([str(line) for line in lines]))


def _line_of_cut(operation: Operation) -> int | None:
    """Return the line that `what_cuts` names."""
    if is_by_mode(operation) and operation.cause is not None:
        return operation.cause.spot
    return operation.spot


def _region(operation: Operation) -> str:
    if is_by_mode(operation):
        return operation.reason
    return tr("skipped {operation}").format(operation=operation.name)
