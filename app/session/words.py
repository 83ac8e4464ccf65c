"""The words of the program for each status and each reason."""

from __future__ import annotations

from app.contract.records import Operation, Reason, Tensor, TensorKind
from app.session.causes.registry import is_by_mode, kind_of
from app.session.graph.payloads import Stepper
from app.session.language import listing, ngettext, number, tr, translatable
from app.session.places import at_line

_STATUS_WORDS: dict[Reason, str] = {
    "recorded": translatable("recorded"),
    "source": translatable("source"),
    "to_python": translatable("left torch"),
    "detached": translatable("detached"),
    "inference_mode": translatable("skipped — inference_mode"),
    "no_grad": translatable("skipped — no_grad"),
    "no_input_requires_grad": translatable("no input requires grad"),
    "not_differentiable": translatable("not differentiable"),
    "unchanged": translatable("passes through"),
}
_KINDS: dict[TensorKind, str] = {
    "parameter": translatable("parameter"),
    "buffer": translatable("buffer"),
    "leaf": translatable("leaf"),
    "intermediate": translatable("intermediate"),
    "constant": translatable("constant"),
}


def status_words(operation: Operation) -> str:
    """Return the status in words: "recorded", "skipped — no_grad"."""
    return tr(_STATUS_WORDS[operation.reason])


def mode_words(*, training: bool) -> str:
    """Return the mode of a module as the program sets it."""
    return "train" if training else "eval"


def kind_words(tensor: Tensor) -> str:
    return tr(_KINDS[tensor.kind])


def status_note(operation: Operation) -> str:
    """Return the status with the line of its cause, if any: "skipped — no_grad, line 9"."""
    words, cause = status_words(operation), operation.cause
    return words if cause is None else kind_of(cause).noted(words, cause)


def what_cuts(operation: Operation) -> str:
    """Return what stops a gradient at an operation: "no_grad, line 9", "detach, line 6"."""
    if operation.cause is not None:
        return kind_of(operation.cause).noted(operation.reason, operation.cause)
    name = operation.reason if is_by_mode(operation) else operation.name
    return at_line(name, operation.spot)


def line_words(line: int | None) -> str:
    """ "line 4"; empty where no line is known."""
    return "" if line is None else tr("line {line}").format(line=line)


def iteration_words(passed: int) -> str:
    """Return words for a pass of a loop, counted from 0: "iteration 1"."""
    return tr("iteration {number}").format(number=number(passed + 1))


def repeat_words(place: int) -> str:
    """Return words for one of several equal sequences of operations, counted from 0: "repeat 1"."""
    return tr("repeat {number}").format(number=number(place + 1))


def section_words(place: int) -> str:
    """Return words for a section of a long list of operations, counted from 0."""
    return tr("part {number}").format(number=number(place + 1))


def sum_of_passes(count: int) -> str:
    """Return the number of summed backward passes in a few words."""
    text = ngettext("sum of {count} pass", "sum of {count} passes", count)
    return text.format(count=number(count))


def fates(recorded: int, skipped: int, total: int) -> str:
    """Return the counts of operations: "12 recorded, 3 skipped", or the number of sources."""
    parts = []
    if recorded:
        parts.append(tr("{count} recorded").format(count=number(recorded)))
    if skipped:
        parts.append(tr("{count} skipped").format(count=number(skipped)))
    if parts:
        return listing(parts)
    return ngettext("{count} source", "{count} sources", total).format(count=number(total))


def step_words(stepper: Stepper) -> str:
    text = tr("iteration {number} of {count}")
    return text.format(number=number(stepper.number + 1), count=number(stepper.count))
