"""What the details panel says about an operation or a tensor, before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from app.contract.records import Number, Operation, Summary, Tensor
from app.gui.lookup import expression, tensor_name
from app.gui.panels.decision_list import Step
from app.gui.panels.facts_box import Fact
from app.gui.panels.numbers import duration, shape, short, size
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.gui.theme.status import STATUS_STYLES
from app.session.decision import steps
from app.session.graph_items import STATUS_OF_REASON
from app.session.index import TraceIndex
from app.session.words import status_words

_CAPTIONS = {
    "recorded": "Why torch recorded it, in the order torch decides",
    "skipped": "Why torch did not record it, in the order torch decides",
}


@dataclass(frozen=True, slots=True)
class Box:
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Details:
    title: str
    expression: str
    glyph: Glyph
    tone: ToneKey
    words: str
    caption: str = ""
    steps: tuple[Step, ...] = ()
    boxes: tuple[Box, ...] = ()
    text: str = ""


def operation_details(index: TraceIndex, operation: Operation) -> Details:
    status = STATUS_OF_REASON[operation.reason]
    return Details(
        title=operation.name,
        expression=expression(index, operation),
        glyph=STATUS_STYLES[status].glyph,
        tone=status,
        words=status_words(operation),
        caption=_CAPTIONS.get(operation.status, ""),
        steps=tuple(_steps(index, operation)),
        boxes=tuple(_operation_boxes(index, operation)),
    )


def _steps(index: TraceIndex, operation: Operation) -> Iterable[Step]:
    if operation.status == "source":
        return
    for step in steps(index.trace, operation):
        yield Step(step.question, step.detail, step.answer, step.state)


def _operation_boxes(index: TraceIndex, operation: Operation) -> Iterable[Box]:
    yield Box("", tuple(_result_facts(operation)))
    if operation.inputs:
        yield Box("Went in", tuple(_tensor_facts(index, operation.inputs)))
    if operation.outputs:
        yield Box("Came out", tuple(_tensor_facts(index, operation.outputs)))
    yield Box("Cost", tuple(_cost_facts(operation)))


def _result_facts(operation: Operation) -> Iterable[Fact]:
    nodes = ", ".join(operation.grad_fn)
    if operation.reason != "to_python":
        head = operation.grad_fn[0] if operation.grad_fn else "None"
        tooltip = f"Autograd nodes that this call added, output first: {nodes}" if nodes else ""
        yield Fact("Result", f"grad_fn = {head}", mono=True, tooltip=tooltip)
    if len(operation.grad_fn) > 1:
        yield Fact("Autograd nodes", nodes, mono=True)
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


def _cost_facts(operation: Operation) -> Iterable[Fact]:
    yield Fact("Time of this call", duration(operation.seconds), mono=True)
    kept = size(operation.saved_bytes)
    yield Fact("Kept for backward", kept, mono=True, tooltip="Each storage is counted once.")
    if operation.line is not None:
        repeat = f", repeat {operation.occurrence + 1}" if operation.occurrence else ""
        yield Fact("Called from", f"line {operation.line}{repeat}", mono=True)
    yield Fact("Function", operation.qualified_name, mono=True)


def _tensor_facts(index: TraceIndex, tensors: Iterable[int]) -> Iterable[Fact]:
    for id_ in tensors:
        tensor = index.tensors.get(id_)
        if tensor is None:
            continue
        requires = ", requires grad" if tensor.requires_grad else ""
        yield Fact(
            tensor_name(index, id_),
            f"{shape(tensor.shape)} {tensor.dtype}",
            detail=values_text(tensor.summary),
            mono=True,
            mono_label=tensor.name is not None,
            tooltip=f"{shape(tensor.shape)} {tensor.dtype} on {tensor.device}"
            f"{requires}\n{_statistics(tensor)}",
            target=id_,
        )


def tensor_details(index: TraceIndex, tensor: Tensor) -> Details:
    frozen = not tensor.requires_grad and tensor.kind == "parameter"
    glyph: Glyph = "snowflake" if frozen else "leaf" if tensor.is_leaf else "dot"
    facts = [
        Fact("Shape", shape(tensor.shape), mono=True),
        Fact("dtype", tensor.dtype, mono=True),
        Fact("Device", tensor.device, mono=True),
        Fact("requires_grad", str(tensor.requires_grad), mono=True),
        Fact("is_leaf", str(tensor.is_leaf), mono=True),
        Fact("grad_fn", tensor.grad_fn or "None", mono=True),
        Fact("Values", values_text(tensor.summary) or "–", mono=True, tooltip=_statistics(tensor)),
    ]
    if tensor.is_view_of is not None:
        view = tensor_name(index, tensor.is_view_of)
        facts.append(Fact("View of", view, mono=True, target=tensor.is_view_of))
    if (maker := index.producers.get(tensor.id)) is not None:
        line = f", line {maker.line}" if maker.line is not None else ""
        facts.append(Fact("Result of", f"{maker.name}{line}", mono=True))
    why = next((row.why for row in index.trace.gradients if row.tensor == tensor.id), None)
    return Details(
        title=tensor_name(index, tensor.id),
        expression=f"{shape(tensor.shape)} {tensor.dtype}",
        glyph=glyph,
        tone="no_input_requires_grad" if frozen else "neutral",
        words="frozen" if frozen else tensor.kind,
        boxes=(Box("", tuple(facts)),),
        text=" ".join(part for part in (why.text, why.fix) if part) if why else "",
    )


def values_text(summary: Summary) -> str:
    """The values of a small tensor, the range of a large one."""
    if summary.values is not None and summary.numel <= 8:
        return _nested(summary.values)
    if summary.numel == 0:
        return "no elements"
    about = "about " if summary.sampled else ""
    if summary.min is None:
        return f"{summary.numel:,} values"
    return f"{about}{short(summary.min)} to {short(summary.max)}, mean {short(summary.mean)}"


def _nested(values: object) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_nested(value) for value in values)}]"
    if isinstance(values, bool):
        return str(values)
    if isinstance(values, int):
        return str(values).replace("-", "−")
    return short(cast(Number, values))


def _statistics(tensor: Tensor) -> str:
    s = tensor.summary
    strange = f", {s.nan:,} NaN, {s.inf:,} infinite" if s.nan or s.inf else ""
    return (
        f"{s.numel:,} values, min {short(s.min, 4)}, max {short(s.max, 4)}, "
        f"mean {short(s.mean, 4)}, std {short(s.std, 4)}, norm {short(s.norm, 4)}, "
        f"{s.zeros:,} zeros{strange}"
    )
