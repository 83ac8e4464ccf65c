"""What the details panel says while the timeline is at a moment of the run."""

from __future__ import annotations

from collections.abc import Iterable

from app.contract.records import BackwardStep, Operation, Summary
from app.gui.lookup import tensor_name
from app.gui.panels.details_content import Box, Details, operation_details, values_text
from app.gui.panels.facts_box import Fact
from app.gui.panels.numbers import shape, short
from app.gui.panels.timeline.words import block_text, caption
from app.session.index import TraceIndex
from app.session.timeline import Then


def moment_details(then: Then) -> Details | None:
    """None before the first moment and after the last."""
    moment, index = then.moment, then.history.index
    if moment is None:
        return None
    record = moment.records[0]
    if moment.kind == "operation" and isinstance(record, Operation):
        return operation_details(index, record)
    if isinstance(record, BackwardStep):
        return _step_details(then, record)
    return Details(
        title=block_text(index, moment),
        expression="" if moment.line is None else f"line {moment.line}",
        glyph="steps",
        tone="neutral",
        words="running now",
        text=caption(then.history, then.position),
    )


def _step_details(then: Then, step: BackwardStep) -> Details:
    index = then.history.index
    boxes = [Box("Gradient in", tuple(_gradient_facts(step.grad, step.shape)))]
    owner = index.operations.get(step.operation) if step.operation is not None else None
    if owner is not None:
        boxes.append(Box("Goes on to", tuple(_outgoing(then, owner, step))))
    following = then.ahead
    if following is not None:
        boxes.append(Box("", (Fact("Next", _next(index, following), mono=True),)))
    expression = "" if owner is None else index.code(owner)
    if step.tensor is not None:
        expression = tensor_name(index, step.tensor)
    return Details(
        title=step.grad_fn,
        expression=expression,
        glyph="gradient",
        tone="gradient",
        words="running now",
        boxes=tuple(boxes),
    )


def _gradient_facts(grad: Summary | None, sizes: list[int]) -> Iterable[Fact]:
    if grad is None:
        yield Fact("Gradient", "none came", mono=True)
        return
    yield Fact("Shape", shape(sizes), mono=True)
    yield Fact("Norm", short(grad.norm, 4), mono=True)
    yield Fact("Values", values_text(grad), mono=True)


def _outgoing(then: Then, owner: Operation, step: BackwardStep) -> Iterable[Fact]:
    """The gradients of what had gone into the operation, as they arrive in the steps to come."""
    index, backward = then.history.index, then.backward
    if backward is None:
        return
    for taken in dict.fromkeys(owner.inputs):
        tensor = index.tensors[taken]
        steps = [s for s in then.history.steps_at(tensor) if s.event > step.event]
        if not steps or steps[0].event > backward.steps[-1].event:
            continue
        grad = steps[0].grad
        value = f"{shape(steps[0].shape)} norm {short(grad.norm)}" if grad else "none came"
        detail = "" if grad is None or grad.numel > 8 else values_text(grad)
        yield Fact(tensor_name(index, taken), value, detail, mono=True, mono_label=True)


def _next(index: TraceIndex, step: BackwardStep) -> str:
    owner = index.operations.get(step.operation) if step.operation is not None else None
    return step.grad_fn if owner is None else f"{step.grad_fn} of {index.code(owner)}"
