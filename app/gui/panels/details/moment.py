"""The details panel's content at a moment of the timeline."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from app.contract.records import BackwardStep, Operation, Summary
from app.session.details.content import copied_values, values_text
from app.session.details.facts import DetailBox, DetailFact, Details, FactTarget
from app.session.details.operation import operation_details
from app.session.details.pictures import picture_of
from app.session.language import tr
from app.session.lookup import tensor_name
from app.session.numbers import gradient_text, shape, short
from app.session.run import Run
from app.session.timeline import Snapshot
from app.session.timeline.words import block_text, caption


def moment_details(then: Snapshot) -> Details | None:
    """Return the details of a moment; None before the first and after the last."""
    moment, run = then.moment, then.history.run
    if moment is None:
        return None
    record = moment.records[0]
    if moment.kind == "operation" and isinstance(record, Operation):
        return operation_details(then, record)
    if isinstance(record, BackwardStep):
        return _step_details(then, record)
    return Details(
        title=block_text(run, moment),
        expression="" if moment.line is None else tr("line {line}").format(line=moment.line),
        glyph="steps",
        tone="neutral",
        words=tr("running now"),
        text=caption(then.history, then.position),
    )


def _step_details(then: Snapshot, step: BackwardStep) -> Details:
    run = then.history.run
    boxes = [DetailBox(tr("Gradient in"), tuple(_gradient_facts(step.grad, step.shape)))]
    owner = run.operations.get(step.operation) if step.operation is not None else None
    if owner is not None:
        boxes.append(DetailBox(tr("Goes on to"), tuple(_outgoing(then, owner, step))))
    if (following := then.ahead) is not None:
        boxes.append(DetailBox(tr("Next"), (_next(run, following),)))
    expression = "" if owner is None else run.code(owner)
    if step.tensor is not None:
        expression = tensor_name(run, step.tensor)
    return Details(
        title=step.grad_fn,
        expression=expression,
        glyph="gradient",
        tone="gradient",
        words=tr("running now"),
        boxes=tuple(boxes),
    )


def _gradient_facts(grad: Summary | None, sizes: list[int]) -> Iterable[DetailFact]:
    if grad is None:
        yield DetailFact(tr("Gradient"), tr("none arrived"), mono=True)
        return
    yield DetailFact(tr("Shape"), shape(sizes), mono=True)
    yield DetailFact(tr("Norm"), short(grad.norm, 4), mono=True)
    picture, copied = picture_of(grad), copied_values(grad)
    yield DetailFact(tr("Values"), values_text(grad), mono=True, picture=picture, copied=copied)


def _outgoing(then: Snapshot, owner: Operation, step: BackwardStep) -> Iterable[DetailFact]:
    """Return the gradients of the operation's inputs, which arrive in later steps."""
    run, backward = then.history.run, then.backward
    if backward is None:
        return
    for taken in dict.fromkeys(owner.inputs):
        tensor = run.tensors[taken]
        steps = then.history.steps_at(tensor)
        place = bisect_right(steps, step.event, key=lambda one: one.event)
        if place == len(steps) or steps[place].event > backward.steps[-1].event:
            continue
        grad = steps[place].grad
        value = gradient_text(steps[place].shape, grad) if grad else tr("none arrived")
        yield DetailFact(
            tensor_name(run, taken),
            value,
            "" if grad is None else values_text(grad),
            mono=True,
            mono_label=True,
            link=FactTarget("tensor", taken),
            picture=picture_of(grad) if grad is not None else None,
        )


def _next(run: Run, step: BackwardStep) -> DetailFact:
    owner = run.operations.get(step.operation) if step.operation is not None else None
    if owner is None:
        return DetailFact(step.grad_fn, "", mono_label=True)
    code, link = run.code(owner), FactTarget("operation", owner.id)
    return DetailFact(step.grad_fn, code, mono=True, mono_label=True, link=link)
