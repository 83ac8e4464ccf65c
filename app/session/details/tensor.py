"""The details of a tensor: its variable, which of its values it is, and its state in autograd."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from app.contract.records import Gradient, Tensor
from app.session.details.content import (
    MOST_LISTED,
    copied_values,
    listed,
    operation_fact,
    statistics,
    values_text,
)
from app.session.details.facts import DetailBox, DetailFact, Details, FactTarget
from app.session.details.pictures import CurvePicture, picture_of
from app.session.iterations.series import began, series_of
from app.session.language import number, paragraph, tr
from app.session.look.glyphs import Glyph
from app.session.lookup import tensor_name
from app.session.numbers import shape, short
from app.session.run import Run
from app.session.timeline import Snapshot
from app.session.timeline.grad_status import grad_then
from app.session.words import kind_words


def tensor_details(run: Run, tensor: Tensor, then: Snapshot | None = None) -> Details:
    """Return the details of a tensor at a moment; None is the end of the run."""
    frozen = not tensor.requires_grad and tensor.kind == "parameter"
    glyph: Glyph = "padlock" if frozen else "leaf" if tensor.is_leaf else "dot"
    return Details(
        title=tensor_name(run, tensor.id),
        expression=f"{shape(tensor.shape)} {tensor.dtype}",
        glyph=glyph,
        tone="no_input_requires_grad" if frozen else "neutral",
        words=tr("frozen") if frozen else kind_words(tensor),
        boxes=tuple(_boxes(run, tensor, then)),
        text=_why(run, tensor, then),
    )


def _why(run: Run, tensor: Tensor, then: Snapshot | None) -> str:
    row = run.gradient_of.get(tensor.identity)
    if row is None or row.tensor != tensor.id:
        return ""
    if then is not None and (words := grad_then(then, row).words):
        return f"{words[0].upper()}{words[1:]}."
    return paragraph((row.why.text, row.why.fix))


def _boxes(run: Run, tensor: Tensor, then: Snapshot | None) -> Iterable[DetailBox]:
    yield DetailBox("", tuple(_value_facts(tensor)))
    yield DetailBox(tr("For autograd"), tuple(_autograd_facts(run, tensor, then)))
    yield DetailBox(tr("Over all iterations"), tuple(_iteration_facts(run, tensor)))
    yield DetailBox(tr("Made and used by"), tuple(_use_facts(run, tensor)))
    yield DetailBox(tr("Values of this variable"), tuple(_versions(run, tensor)))
    yield DetailBox(tr("Views and storage"), tuple(_storage_facts(run, tensor)))


def _value_facts(tensor: Tensor) -> Iterable[DetailFact]:
    summary = tensor.summary
    yield DetailFact(tr("Shape"), shape(tensor.shape), mono=True)
    yield DetailFact(tr("dtype, device"), f"{tensor.dtype}, {tensor.device}", mono=True)
    yield DetailFact(
        tr("Values"),
        values_text(summary) or "–",
        mono=True,
        tooltip=statistics(summary),
        picture=picture_of(summary),
        copied=copied_values(summary),
    )
    if summary.norm is not None:
        figures = tr("norm {norm}, std {std}").format(
            norm=short(summary.norm), std=short(summary.std)
        )
        yield DetailFact(tr("Figures"), figures, mono=True, tooltip=statistics(summary))


def _iteration_facts(run: Run, tensor: Tensor) -> Iterable[DetailFact]:
    """Yield the curves of a parameter of a training run."""
    if not tensor.is_leaf:
        return
    series = series_of(run, only=tensor.identity).get(tensor.identity)
    if series is None or len(series.events) < 2:
        return
    for label, values in (
        (tr("Gradient norm"), series.grads),
        (tr("Update / weight"), series.ratios),
    ):
        known = [one for one in values if one is not None and isfinite(one)]
        if known:
            text = tr("{low} to {high}").format(low=short(min(known)), high=short(max(known)))
            picture = CurvePicture(tuple(values), values is series.ratios)
            yield DetailFact(label, text, mono=True, picture=picture)
    if (since := began(series)) is not None:
        yield DetailFact(tr("From when on"), since.text)


def _autograd_facts(run: Run, tensor: Tensor, then: Snapshot | None) -> Iterable[DetailFact]:
    yield DetailFact("requires_grad", str(tensor.requires_grad), mono=True)
    for fact in run.requiring.changes(tensor.id)[-MOST_LISTED:]:
        value, link = str(fact.value), None
        if fact.spot is not None:
            value = tr("{value} on line {line}").format(value=value, line=fact.spot)
            link = FactTarget("line", fact.spot)
        yield DetailFact(tr("requires_grad set"), value, mono=True, link=link)
    yield DetailFact("is_leaf", str(tensor.is_leaf), mono=True)
    yield DetailFact("grad_fn", tensor.grad_fn or "None", mono=True)
    if tensor.is_inference:
        tip = tr("Made under inference_mode: autograd may not save it.")
        yield DetailFact(tr("Inference tensor"), "True", mono=True, tooltip=tip)
    if (row := run.gradient_of.get(tensor.identity)) is not None:
        yield _grad_fact(row, then)


def _grad_fact(row: Gradient, then: Snapshot | None) -> DetailFact:
    grad, is_set, label = row.grad, row.grad is not None, tr(".grad at the end")
    if then is not None:
        status = grad_then(then, row)
        grad, is_set, label = status.grad, status.is_set, tr(".grad at this step")
    if grad is None:
        return DetailFact(label, tr("not known") if is_set else "None", mono=True)
    picture, copied = picture_of(grad), copied_values(grad)
    return DetailFact(label, values_text(grad), mono=True, picture=picture, copied=copied)


def _use_facts(run: Run, tensor: Tensor) -> Iterable[DetailFact]:
    if (maker := run.producers.get(tensor.id)) is not None:
        yield operation_fact(tr("Made by"), maker)
    users, label = run.users.get(tensor.id, ()), tr("Used by")
    yield from listed((operation_fact(label, user) for user in users), label)


def _versions(run: Run, tensor: Tensor) -> Iterable[DetailFact]:
    """Return the successive values of a variable that was updated in place."""
    values = run.values[tensor.identity]
    if len(values) < 2:
        return
    place = next(place for place, value in enumerate(values) if value.id == tensor.id)
    which = tr("{place} of {count}").format(place=number(place + 1), count=number(len(values)))
    yield DetailFact(tr("This is value"), which, mono=True)
    for label, at in ((tr("Before"), place - 1), (tr("After"), place + 1)):
        if 0 <= at < len(values):
            other = values[at]
            text = values_text(other.summary)
            if (maker := run.producers.get(other.id)) is not None:
                text = tr("by {operation}: {values}").format(operation=maker.name, values=text)
            yield DetailFact(label, text, mono=True, link=FactTarget("tensor", other.id))


def _storage_facts(run: Run, tensor: Tensor) -> Iterable[DetailFact]:
    if tensor.is_view_of is not None:
        base = run.tensors[tensor.is_view_of]
        name = tensor_name(run, base.id)
        yield DetailFact(tr("View of"), name, mono=True, link=FactTarget("tensor", base.id))
    views = run.views.get(tensor.id, [])
    label = tr("Viewed by")
    yield from listed((_named(run, label, view) for view in views), label)
    others = [
        other
        for other in run.sharing.get(tensor.storage, [])
        if other.identity != tensor.identity
        and other.id != tensor.is_view_of
        and other.is_view_of != tensor.id
    ]
    label = tr("Shares its storage with")
    yield from listed((_named(run, label, other) for other in others), label)


def _named(run: Run, label: str, tensor: Tensor) -> DetailFact:
    name = f"{tensor_name(run, tensor.id)} {shape(tensor.shape)}"
    return DetailFact(label, name, mono=True, link=FactTarget("tensor", tensor.id))
