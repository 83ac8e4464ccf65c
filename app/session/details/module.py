"""The details of a module: its mode, its calls, its parameters with their gradients."""

from __future__ import annotations

from collections.abc import Iterable

from app.contract.records import Gradient, Module
from app.session.details.content import listed, values_text
from app.session.details.facts import DetailBox, DetailFact, Details, FactTarget
from app.session.details.pictures import picture_of
from app.session.language import number, tr
from app.session.numbers import duration, shape, short, size
from app.session.run import Run
from app.session.summary.why import short_why
from app.session.timeline import Snapshot
from app.session.timeline.grad_status import grad_then


def module_details(run: Run, module: Module, then: Snapshot | None = None) -> Details:
    """Return the details of a module at a moment; None is the end of the run."""
    return Details(
        title=module.path,
        expression=module.type,
        glyph="dot",
        tone="neutral",
        words=tr("train mode") if module.training else tr("eval mode"),
        boxes=tuple(_boxes(run, module, then)),
    )


def _boxes(run: Run, module: Module, then: Snapshot | None) -> Iterable[DetailBox]:
    yield DetailBox("", (*_facts(run, module), *_totals(run, module, then)))
    yield DetailBox(tr("Parameters and their .grad"), tuple(_parameters(run, module, then)))
    yield DetailBox(tr("Buffers"), tuple(_buffers(run, module)))
    children = [other for other in run.trace.modules if other.parent == module.id]
    inside = (
        DetailFact(
            child.path, child.type, mono=True, mono_label=True, link=FactTarget("module", child.id)
        )
        for child in children
    )
    title = tr("Modules inside")
    yield DetailBox(title, tuple(listed(inside, title)))


def _facts(run: Run, module: Module) -> Iterable[DetailFact]:
    yield DetailFact(tr("Calls"), number(module.calls), mono=True)
    tip = tr("Its result depends on train() and eval(), as with Dropout and BatchNorm.")
    depends = tr("yes") if module.mode_sensitive else tr("no")
    yield DetailFact(tr("Depends on train and eval"), depends, mono=True, tooltip=tip)
    if module.parent is not None:
        parent = run.modules[module.parent]
        yield DetailFact(tr("Inside"), parent.path, mono=True, link=FactTarget("module", parent.id))


def _totals(run: Run, module: Module, then: Snapshot | None) -> Iterable[DetailFact]:
    """Return what the module and all inside it add up to; gradients at the end of the run only."""
    prefix, made = f"{module.path}.", run.operation_columns
    inside = {one.id for one in run.trace.modules if f"{one.path}.".startswith(prefix)}
    rows = [row for row in run.trace.gradients if row.name.startswith(prefix)]
    if then is None and rows:
        found = sum(row.grad is not None for row in rows)
        text = tr("{count}, {found} with a gradient")
        words = text.format(count=number(len(rows)), found=number(found))
        yield DetailFact(tr("All parameters"), words, mono=True)
    calls = made.like(lambda form: form.module in inside)
    seconds = sum(made.seconds[place] for place in calls.places)
    yield DetailFact(tr("Time of all calls"), duration(seconds), mono=True)
    kept = run.kept.by_module.get(module.path)
    words = size(0 if kept is None else kept.total)
    tip = tr("Each storage is counted once.")
    yield DetailFact(tr("Kept for backward"), words, mono=True, tooltip=tip)


def _parameters(run: Run, module: Module, then: Snapshot | None) -> Iterable[DetailFact]:
    rows = run.gradient_of
    own = [run.tensors[id_] for id_ in module.parameters]
    facts = (_parameter(run, tensor.id, rows.get(tensor.identity), then) for tensor in own)
    return listed(facts, tr("Parameters"))


def _parameter(run: Run, tensor: int, row: Gradient | None, then: Snapshot | None) -> DetailFact:
    found = run.tensors[tensor]
    name = run.name(tensor) or tr("parameter")
    if row is None:
        return DetailFact(name, shape(found.shape), mono=True, link=FactTarget("tensor", tensor))
    grad, is_set, why, tooltip = row.grad, row.grad is not None, "", row.why.text
    if then is not None:
        status = grad_then(then, row)
        grad, is_set, why = status.grad, status.is_set, status.words
        tooltip = "" if why else tooltip
    words = "None" if row.requires_grad else tr("None, frozen")
    if is_set:
        words = tr("norm {norm}").format(norm=short(None if grad is None else grad.norm))
    return DetailFact(
        name,
        words,
        detail=why or short_why(run, row),
        mono=True,
        mono_label=True,
        tooltip=tooltip,
        link=FactTarget("tensor", tensor),
        picture=picture_of(grad) if grad is not None else None,
    )


def _buffers(run: Run, module: Module) -> Iterable[DetailFact]:
    facts = (
        DetailFact(
            run.name(tensor.id) or tr("buffer"),
            values_text(tensor.summary),
            mono=True,
            mono_label=True,
            link=FactTarget("tensor", tensor.id),
        )
        for tensor in run.module_buffers.get(module.path, [])
    )
    return listed(facts, tr("Buffers"))
