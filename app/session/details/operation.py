"""The details of an operation: how torch decided, what went in and came out, what it cost."""

from __future__ import annotations

from collections.abc import Iterable

from app.contract.records import BackwardStep, Operation
from app.session.decision import steps
from app.session.details.content import listed, tensor_fact
from app.session.details.facts import Box, Details, Fact, Link
from app.session.graph_items import STATUS_OF_REASON
from app.session.index import TraceIndex
from app.session.look.status import STATUS_STYLES
from app.session.lookup import expression
from app.session.numbers import duration, shape, short, size
from app.session.timeline import History
from app.session.words import status_words

_CAPTIONS = {
    "recorded": "Why torch recorded it, in the order torch decides",
    "skipped": "Why torch did not record it, in the order torch decides",
}


def operation_details(history: History, operation: Operation) -> Details:
    index = history.index
    status = STATUS_OF_REASON[operation.reason]
    return Details(
        title=operation.name,
        expression=expression(index, operation),
        glyph=STATUS_STYLES[status].glyph,
        tone=status,
        words=status_words(operation),
        caption=_CAPTIONS.get(operation.status, ""),
        steps=() if operation.status == "source" else tuple(steps(index.trace, operation)),
        boxes=tuple(_boxes(history, operation)),
    )


def _boxes(history: History, operation: Operation) -> Iterable[Box]:
    index = history.index
    yield Box("", tuple(_result_facts(operation)))
    for title, ids in (("Went in", operation.inputs), ("Came out", operation.outputs)):
        facts = (tensor_fact(index, index.tensors[id_]) for id_ in ids if id_ in index.tensors)
        yield Box(title, tuple(listed(facts, title)))
    yield Box("Autograd nodes, output first", tuple(_node_facts(history, operation)))
    yield Box("Where and at what cost", tuple(_cost_facts(index, operation)))


def _result_facts(operation: Operation) -> Iterable[Fact]:
    if operation.reason != "to_python":
        head = operation.grad_fn[0] if operation.grad_fn else "None"
        yield Fact("Result", f"grad_fn = {head}", mono=True)
    if operation.reason in ("no_grad", "inference_mode"):
        line = operation.cause.line if operation.cause else None
        without = f"line {line}" if line is not None else operation.reason
        label = f"Without {without} it would have been recorded"
        if operation.would_record:
            yield Fact(label, "Yes", glyph="recorded", tone="recorded")
        else:
            yield Fact(label, "No", tooltip="Nothing that went in requires grad.")
    if operation.in_place:
        yield Fact("In place", "changes its input", tooltip="Makes a new value, no new storage.")


def _node_facts(history: History, operation: Operation) -> Iterable[Fact]:
    """Each node with the gradient that came to it in the last pass that did."""
    ran: dict[str, list[BackwardStep]] = {}
    for step in history.last_steps(operation.id):
        ran.setdefault(step.grad_fn, []).append(step)
    for name in operation.grad_fn:
        steps_of_it = ran.get(name, [])
        grad_words, tip = "no gradient came", "No backward pass went through this node."
        if steps_of_it:
            step = steps_of_it.pop(0)
            tip = "The gradient that came to this node in the last backward pass."
            if step.grad is not None:
                grad_words = f"{shape(step.shape)} norm {short(step.grad.norm)}"
        yield Fact(name, grad_words, mono=True, mono_label=True, tooltip=tip)


def _cost_facts(index: TraceIndex, operation: Operation) -> Iterable[Fact]:
    if operation.line is not None:
        repeat = f", repeat {operation.occurrence + 1}" if operation.occurrence else ""
        link = Link("line", operation.line)
        yield Fact("Called from", f"line {operation.line}{repeat}", mono=True, link=link)
    if operation.module is not None:
        module = index.modules[operation.module]
        text = f"{module.path}: {module.type}"
        yield Fact("Module", text, mono=True, link=Link("module", module.id))
    if operation.parent is not None and operation.parent in index.operations:
        parent = index.operations[operation.parent]
        yield Fact("Inside", parent.name, mono=True, link=Link("operation", parent.id))
    yield Fact("Function", operation.qualified_name, mono=True)
    yield Fact("Time of this call", duration(operation.seconds), mono=True)
    kept = size(operation.saved_bytes)
    yield Fact("Kept for backward", kept, mono=True, tooltip="Each storage is counted once.")
