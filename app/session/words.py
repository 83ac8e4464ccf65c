"""What a thing is called, decided once: the words for each status and for each reason."""

from __future__ import annotations

from app.contract.records import Operation, Reason

_STATUS_WORDS: dict[Reason, str] = {
    "recorded": "recorded",
    "source": "source",
    "to_python": "left torch",
    "detached": "detached",
    "inference_mode": "skipped — inference_mode",
    "no_grad": "skipped — no_grad",
    "no_input_requires_grad": "no input requires grad",
    "not_differentiable": "not differentiable",
    "unchanged": "unchanged",
}
_BY_MODE: tuple[Reason, ...] = ("no_grad", "inference_mode")


def status_words(operation: Operation) -> str:
    """The status as the user reads it everywhere: "recorded", "skipped — no_grad"."""
    return _STATUS_WORDS[operation.reason]


def status_note(operation: Operation) -> str:
    """The same with the line of the cause, where there is one: "skipped — no_grad, line 9"."""
    words, cause = status_words(operation), operation.cause
    if cause is None or cause.line is None or operation.reason not in _BY_MODE:
        return words
    return f"{words}, line {cause.line}"


def what_cuts(operation: Operation) -> str:
    """What stops a gradient at an operation: "no_grad, line 9", "detach, line 6"."""
    line = operation.line
    name: str = operation.name
    if operation.reason in _BY_MODE:
        name = operation.reason
        line = operation.cause.line if operation.cause is not None else operation.line
    return name if line is None else f"{name}, line {line}"
