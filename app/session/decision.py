"""How torch decided whether to record a call: four questions, in torch's own order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from app.contract.records import Cause, Operation
from app.session.causes.registry import kind_of
from app.session.explain.phrases import joined, more
from app.session.language import listing, tr, translatable
from app.session.run import Run

State = Literal["asked", "decided", "not asked"]
_NOT_ASKED: Literal["not asked"] = "not asked"
_STOP = translatable("No — stop")
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class DecisionStep:
    """A question with its answer in a word or two; `detail` gives the reason."""

    question: str
    detail: str
    answer: str
    state: State


def steps(run: Run, operation: Operation) -> list[DecisionStep]:
    """Return the questions for an operation; the last that was asked decided.

    Fast enough for every click: it reads only the operation and its tensors.
    """
    return [
        _inference_mode(operation),
        _grad_mode(operation),
        _inputs(run, operation),
        _output(run, operation),
    ]


_DECIDES_AT = {"inference_mode": 1, "no_grad": 2, "no_input_requires_grad": 3}


def _state(operation: Operation, number: int) -> State:
    """Return whether question `number` was asked; reasons other than modes decide in the last."""
    decided = _DECIDES_AT.get(operation.reason, 4)
    if number == decided:
        return "decided"
    return "asked" if number < decided else _NOT_ASKED


def _inference_mode(operation: Operation) -> DecisionStep:
    question = tr("Is inference mode on?")
    state = _state(operation, 1)
    if state == "decided":
        return DecisionStep(question, _switched(operation.cause, on=True), tr("Yes — stop"), state)
    if operation.inference:
        detail = tr("It is on, which makes no difference here")
        return DecisionStep(question, detail, tr("Yes"), state)
    return DecisionStep(question, tr("No inference_mode block is open"), tr("No"), state)


def _grad_mode(operation: Operation) -> DecisionStep:
    question = tr("Is grad mode on?")
    state = _state(operation, 2)
    if state == "decided":
        return DecisionStep(question, _switched(operation.cause, on=False), tr(_STOP), state)
    if state == _NOT_ASKED:
        return DecisionStep(question, tr("Inference mode has decided"), tr("not asked"), state)
    if not operation.grad_mode:
        detail = tr("It is off, which makes no difference here")
        return DecisionStep(question, detail, tr("No"), state)
    return DecisionStep(question, tr("Nothing has switched it off"), tr("Yes"), state)


def _switched(cause: Cause | None, *, on: bool) -> str:
    if cause is not None:
        return kind_of(cause).switched(cause, on=on)
    return tr("Switched on outside the snippet") if on else tr("Switched off outside the snippet")


def _inputs(run: Run, operation: Operation) -> DecisionStep:
    question = tr("Does an input require grad?")
    state = _state(operation, 3)
    event = operation.event
    taken = list(dict.fromkeys(operation.inputs))
    requiring = [tensor for tensor in taken if run.requiring.at(tensor, event)]
    if state == _NOT_ASKED:
        return DecisionStep(question, _would(run, operation, requiring), tr("not asked"), state)
    if requiring:
        return DecisionStep(question, _named(run, requiring), tr("Yes"), state)
    none = tr("It received no tensor")
    if taken:
        none = tr("Not one of them does: {names}").format(names=_named(run, taken))
    return DecisionStep(question, none, tr(_STOP) if state == "decided" else tr("No"), state)


def _would(run: Run, operation: Operation, requiring: list[int]) -> str:
    if requiring:
        return tr("Would be yes: {names}").format(names=_named(run, requiring))
    if operation.would_record:
        return tr("Would be yes, had the inputs been recorded")
    return tr("Would be no")


def _output(run: Run, operation: Operation) -> DecisionStep:
    question = tr("Can the output carry a gradient?")
    state = _state(operation, 4)
    made = list(dict.fromkeys((*operation.outputs, *operation.mutates)))
    dtypes = joined(list(dict.fromkeys(run.tensors[tensor].dtype for tensor in made)))
    if state == _NOT_ASKED:
        detail = "{dtypes}"
        if operation.would_record:
            detail = tr("Would be yes: {dtypes}")
        elif _integral(dtypes):
            detail = tr("Would be no: {dtypes}")
        return DecisionStep(question, detail.format(dtypes=dtypes), tr("not asked"), state)
    stop = tr(_STOP)
    match operation.reason:
        case "recorded":
            return DecisionStep(question, dtypes, tr("Yes"), state)
        case "to_python":
            return DecisionStep(question, tr("The result is not a torch tensor"), stop, state)
        case "detached":
            detail = tr("{operation} returns a result without history")
            return DecisionStep(question, detail.format(operation=operation.name), stop, state)
        case "unchanged":
            detail = tr("It returned its input tensor")
            return DecisionStep(question, detail, tr("Nothing to record"), state)
        case (
            "not_differentiable" | "source" | "inference_mode" | "no_grad"
            | "no_input_requires_grad"
        ):  # fmt: skip
            if not _integral(dtypes):
                dtypes = tr("{operation} has no derivative").format(operation=operation.name)
            return DecisionStep(question, dtypes, stop, state)
        case _:
            assert_never(operation.reason)


def _integral(dtypes: str) -> bool:
    return not any(kind in dtypes for kind in ("float", "complex"))


def _named(run: Run, tensors: list[int]) -> str:
    names = [_name(run, tensor) for tensor in tensors]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN - 1], more(len(names) - _SHOWN + 1)]
    return listing(names)


def _name(run: Run, tensor: int) -> str:
    if name := run.name(tensor):
        return name
    maker = run.producers.get(tensor)
    if maker is None:
        return tr("an unnamed tensor")
    return tr("the result of {operation}").format(operation=maker.name)
