"""How torch decided whether to record a call: four questions, in torch's own order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.contract.records import Operation, Trace
from app.session.explain.phrases import joined
from app.session.index import TraceIndex, index_of

State = Literal["asked", "decided", "not asked"]
_NOT_ASKED: Literal["not asked"] = "not asked"
_STOP = "No — stop"
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class DecisionStep:
    """`answer` is a word or two; `detail` says what it rests on."""

    question: str
    detail: str
    answer: str
    state: State


def steps(trace: Trace, operation: Operation) -> list[DecisionStep]:
    """The questions for one operation; the last that was asked is the one that decided.

    Cheap enough for every click: only the operation and its tensors are looked at.
    """
    index = index_of(trace)
    return [
        _inference_mode(operation),
        _grad_mode(operation),
        _inputs(index, operation),
        _output(index, operation),
    ]


_DECIDES_AT = {"inference_mode": 1, "no_grad": 2, "no_input_requires_grad": 3}


def _state(operation: Operation, number: int) -> State:
    """Whether question `number` was asked; what is no matter of modes is decided by the last."""
    decided = _DECIDES_AT.get(operation.reason, 4)
    if number == decided:
        return "decided"
    return "asked" if number < decided else _NOT_ASKED


def _inference_mode(operation: Operation) -> DecisionStep:
    question = "Is inference mode on?"
    state = _state(operation, 1)
    if state == "decided":
        return DecisionStep(question, f"Switched on {_by(operation)}", "Yes — stop", state)
    if operation.inference:
        return DecisionStep(question, "It is on, which makes no difference here", "Yes", state)
    return DecisionStep(question, "No inference_mode block is open", "No", state)


def _grad_mode(operation: Operation) -> DecisionStep:
    question = "Is grad mode on?"
    state = _state(operation, 2)
    if state == "decided":
        return DecisionStep(question, f"Switched off {_by(operation)}", _STOP, state)
    if state == _NOT_ASKED:
        return DecisionStep(question, "Inference mode has decided", _NOT_ASKED, state)
    if not operation.grad_mode:
        return DecisionStep(question, "It is off, which makes no difference here", "No", state)
    return DecisionStep(question, "Nothing has switched it off", "Yes", state)


def _by(operation: Operation) -> str:
    cause = operation.cause
    if cause is None:
        return "outside the snippet"
    if cause.kind == "what_if":
        return f"by the what-if: {cause.text} everywhere"
    line = "" if cause.line is None else f" on line {cause.line}"
    return f"{cause.text}{line}" if cause.text.startswith("inside ") else f"by {cause.text}{line}"


def _inputs(index: TraceIndex, operation: Operation) -> DecisionStep:
    question = "Does an input require grad?"
    state = _state(operation, 3)
    event = operation.event
    taken = list(dict.fromkeys(operation.inputs))
    requiring = [tensor for tensor in taken if index.requiring.at(tensor, event)]
    if state == _NOT_ASKED:
        return DecisionStep(question, _would(index, operation, requiring), _NOT_ASKED, state)
    if requiring:
        return DecisionStep(question, _named(index, requiring), "Yes", state)
    none = f"None of them does: {_named(index, taken)}" if taken else "No tensor went in"
    return DecisionStep(question, none, _STOP if state == "decided" else "No", state)


def _would(index: TraceIndex, operation: Operation, requiring: list[int]) -> str:
    if requiring:
        return f"Would be yes: {_named(index, requiring)}"
    if operation.would_record:
        return "Would be yes, had the inputs been recorded"
    return "Would be no"


def _output(index: TraceIndex, operation: Operation) -> DecisionStep:
    question = "Can the output carry a gradient?"
    state = _state(operation, 4)
    made = list(dict.fromkeys((*operation.outputs, *operation.mutates)))
    dtypes = joined(list(dict.fromkeys(index.tensors[tensor].dtype for tensor in made)))
    if state == _NOT_ASKED:
        would = "yes" if operation.would_record else "no" if _integral(dtypes) else "open"
        detail = f"Would be {would}: {dtypes}" if would != "open" else dtypes
        return DecisionStep(question, detail, _NOT_ASKED, state)
    match operation.reason:
        case "recorded":
            return DecisionStep(question, dtypes, "Yes", state)
        case "to_python":
            return DecisionStep(question, "The result is no tensor of torch", _STOP, state)
        case "detached":
            detail = f"{operation.name} gives its result no history"
            return DecisionStep(question, detail, _STOP, state)
        case "unchanged":
            detail = "The very tensor that went in came back"
            return DecisionStep(question, detail, "Nothing to record", state)
    detail = dtypes if _integral(dtypes) else f"{operation.name} has no derivative"
    return DecisionStep(question, detail, _STOP, state)


def _integral(dtypes: str) -> bool:
    return not any(kind in dtypes for kind in ("float", "complex"))


def _named(index: TraceIndex, tensors: list[int]) -> str:
    names = [_name(index, tensor) for tensor in tensors]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN - 1], f"{len(names) - _SHOWN + 1} more"]
    return ", ".join(names)


def _name(index: TraceIndex, tensor: int) -> str:
    maker = index.producers.get(tensor)
    unnamed = "an unnamed tensor" if maker is None else f"the result of {maker.name}"
    return index.name(tensor) or unnamed
