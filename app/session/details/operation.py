"""The details of an operation: how torch decided, inputs and outputs, cost."""

from __future__ import annotations

from collections.abc import Iterable

from app.contract.records import BackwardStep, Operation
from app.session.causes.registry import is_by_mode, kind_of
from app.session.comparing.what_if import Comparison
from app.session.decision import steps
from app.session.details.content import listed, tensor_fact
from app.session.details.facts import DetailBox, DetailFact, Details, FactTarget
from app.session.graph.payloads import STATUS_OF_REASON
from app.session.language import number, tr, translatable
from app.session.look.status import STATUS_STYLES
from app.session.lookup import expression
from app.session.numbers import duration, gradient_text, size
from app.session.run import Run
from app.session.timeline import Snapshot
from app.session.timeline.modes import Modes
from app.session.words import line_words, mode_words, status_words

_CAPTIONS = {
    "recorded": translatable("Why torch recorded it, in the order torch decides"),
    "skipped": translatable("Why torch did not record it, in the order torch decides"),
}


def operation_details(
    then: Snapshot, operation: Operation, comparison: Comparison | None = None
) -> Details:
    """`then` is the moment at which it is asked about, or the end of the run.

    `comparison`: of a what-if with the run as written, where there is one.
    """
    run = then.history.run
    status = STATUS_OF_REASON[operation.reason]
    if not then.has_happened(operation.id):
        return _to_come(run, operation)
    return Details(
        title=operation.name,
        expression=expression(run, operation),
        glyph=STATUS_STYLES[status].glyph,
        tone=status,
        words=status_words(operation),
        caption=tr(_CAPTIONS[operation.status]) if operation.status in _CAPTIONS else "",
        steps=() if operation.status == "source" else tuple(steps(run, operation)),
        boxes=tuple(_boxes(then, operation, comparison)),
    )


def _to_come(run: Run, operation: Operation) -> Details:
    where = DetailFact(tr("Called from"), line_words(operation.spot), mono=True)
    return Details(
        title=operation.name,
        expression=expression(run, operation),
        glyph="waiting",
        tone="neutral",
        words=tr("not run yet"),
        boxes=() if operation.spot is None else (DetailBox("", (where,)),),
        text=tr("At this step of the timeline it has not run yet."),
    )


def _boxes(
    then: Snapshot, operation: Operation, comparison: Comparison | None
) -> Iterable[DetailBox]:
    run = then.history.run
    yield DetailBox("", (*_result_facts(run, operation), *_written_facts(operation, comparison)))
    for title, ids in ((tr("Inputs"), operation.inputs), (tr("Outputs"), operation.outputs)):
        facts = (tensor_fact(run, run.tensors[id_]) for id_ in ids if id_ in run.tensors)
        yield DetailBox(title, tuple(listed(facts, title)))
    yield DetailBox(tr("Autograd nodes, output first"), tuple(_node_facts(then, operation)))
    yield DetailBox(tr("Where and at what cost"), tuple(_cost_facts(run, operation)))


def _result_facts(run: Run, operation: Operation) -> Iterable[DetailFact]:
    if operation.reason != "to_python":
        head = operation.grad_fn[0] if operation.grad_fn else "None"
        if operation.reason == "unchanged" and operation.outputs:  # it hands on its input's
            head = run.tensors[operation.outputs[0]].grad_fn or "None"
        yield DetailFact(tr("Result"), f"grad_fn = {head}", mono=True)
    if is_by_mode(operation):
        label = tr("With grad mode on it would have been recorded")
        cause = operation.cause
        if cause is not None and not run.trace.run.what_if:  # else that changes nothing
            label = kind_of(cause).without(cause)
        if operation.would_record:
            yield DetailFact(label, tr("Yes"), glyph="recorded", tone="recorded")
        else:
            yield DetailFact(label, tr("No"), tooltip=tr("No input requires grad."))
    if operation.in_place:
        yield DetailFact(
            tr("In place"),
            tr("changes its input"),
            tooltip=tr("Makes a new value, no new storage."),
        )


def _written_facts(operation: Operation, comparison: Comparison | None) -> Iterable[DetailFact]:
    change = None if comparison is None else comparison.operations.get(operation.id)
    if change is not None:
        yield DetailFact(tr("As written"), change.as_written)


def _node_facts(then: Snapshot, operation: Operation) -> Iterable[DetailFact]:
    """Return each node with the gradient that it received in the last pass so far."""
    ran: dict[str, list[BackwardStep]] = {}
    for step in then.last_steps(operation.id):
        ran.setdefault(step.grad_fn, []).append(step)
    for name in operation.grad_fn:
        steps_of_it = ran.get(name, [])
        grad_words = tr("no gradient arrived")
        tip = tr("No backward pass went through this node.")
        if steps_of_it:
            step = steps_of_it.pop(0)
            tip = tr("The gradient that this node received in the last backward pass.")
            if step.grad is not None:
                grad_words = gradient_text(step.shape, step.grad)
        yield DetailFact(name, grad_words, mono=True, mono_label=True, tooltip=tip)


def _stack_facts(operation: Operation) -> Iterable[DetailFact]:
    """Return the places in the user's code that led to the call, innermost first."""
    label = tr("Called from")
    for frame in operation.stack:
        place = line_words(frame.spot)
        if not frame.function.startswith("<"):  # <module>, <lambda>
            place = tr("{place} in {function}").format(place=place, function=frame.function)
        if frame is operation.stack[0]:
            place = _with_repeat(place, operation)
        yield DetailFact(label, place, mono=True, link=FactTarget("line", frame.spot))
        label = tr("from")


def _with_repeat(place: str, operation: Operation) -> str:
    """Return a place, and which of its runs there it is: "line 9, repeat 2"."""
    if not operation.occurrence:
        return place
    repeat = number(operation.occurrence + 1)
    return tr("{place}, repeat {repeat}").format(place=place, repeat=repeat)


def _cost_facts(run: Run, operation: Operation) -> Iterable[DetailFact]:
    if len(operation.stack) > 1:
        yield from listed(_stack_facts(operation), tr("Called from"))
    elif operation.spot is not None:
        place = _with_repeat(line_words(operation.spot), operation)
        yield DetailFact(
            tr("Called from"), place, mono=True, link=FactTarget("line", operation.spot)
        )
    if operation.module is not None:
        module = run.modules[operation.module]
        text = f"{module.path}: {module.type}"
        yield DetailFact(tr("Module"), text, mono=True, link=FactTarget("module", module.id))
    mode = Modes(run).that_counts(operation)
    if mode is not None:
        text = mode_words(training=mode.training)
        link = None if mode.spot is None else FactTarget("line", mode.spot)
        if mode.spot is not None:
            text = tr("{mode}, since line {line}").format(mode=text, line=mode.spot)
        yield DetailFact(tr("Mode of the module"), text, mono=True, link=link)
    if operation.parent is not None and operation.parent in run.operations:
        parent = run.operations[operation.parent]
        yield DetailFact(
            tr("Inside"), parent.name, mono=True, link=FactTarget("operation", parent.id)
        )
    yield DetailFact(tr("Function"), operation.qualified_name, mono=True)
    yield DetailFact(tr("Time of this call"), duration(operation.seconds), mono=True)
    kept = size(operation.saved_bytes)
    yield DetailFact(
        tr("Kept for backward"), kept, mono=True, tooltip=tr("Each storage is counted once.")
    )
