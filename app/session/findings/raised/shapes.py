"""Shapes that do not fit: what a call expects, what it got, and which operations made that.

Shapes are read off the inputs of the failed call.  Torch's message confirms the kind of error, and
gives what the tensors cannot show, such as the groups of a convolution.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.contract.records import FailedCall, Finding, Fix, Operation, Tensor
from app.session.explain import phrases
from app.session.findings.case import Case, finding
from app.session.findings.raised.failing import error_line
from app.session.findings.raised.shape_rules import (
    Mismatch,
    RefusedCall,
    caller,
    mismatch,
    shape_words,
)
from app.session.language import tr


def shape_mismatch(case: Case) -> Iterator[Finding]:
    call = _call(case, case.failed_call)
    if call is None or not call.inputs:
        return
    found = mismatch(call)
    if found is not None:
        yield _finding(call, found)


def _call(case: Case, call: FailedCall | None) -> RefusedCall | None:
    error = case.trace.error
    if call is None or error is None or call.backward_pass is not None:
        return None
    if error.type not in ("RuntimeError", "ValueError", "IndexError", "AssertionError"):
        return None
    module = None if call.module is None else case.run.modules[call.module]
    inputs = [case.tensor(value) for value in call.inputs]
    return RefusedCall(case, call.name.strip("_"), error.message, inputs, module)


def _finding(call: RefusedCall, found: Mismatch) -> Finding:
    case, line = call.case, error_line(call.case)
    origins = [_origin(case, tensor.id) for tensor in found.given]
    parts = [_described(case, tensor, origin) for tensor, origin in
             zip(found.given, origins, strict=True)]  # fmt: skip
    text = tr("{rule} It got {given}.").format(rule=found.rule, given=phrases.joined(parts))
    fix = None if found.advice is None else Fix(found.advice, list(found.edits))
    makers = dict.fromkeys(maker.id for origin in origins for maker in origin)
    title = found.title or tr("The shapes do not fit in {call}").format(call=caller(call))
    return finding(
        "shape_mismatch", "error", line, title, text,
        [case.run.operations[number] for number in makers],
        [tensor.id for tensor in found.given], fix,
    )  # fmt: skip


def _origin(case: Case, value: int) -> list[Operation]:
    """The operation that made a value, and the one that first gave it this shape."""
    maker = case.run.producers.get(value)
    if maker is None:
        return []
    first, shape = maker, case.tensor(value).shape
    while True:
        alike = [v for v in first.inputs if case.tensor(v).shape == shape]
        before = case.run.producers.get(alike[0]) if alike else None
        if before is None or before.event >= first.event:
            return [maker] if first.id == maker.id else [maker, first]
        first = before


def _described(case: Case, tensor: Tensor, origin: list[Operation]) -> str:
    """ "`h` of shape [2, 64], made by `x[:, 0]` on line 9"."""
    name = case.run.name(tensor.id)
    said = {"name": f"`{name}`", "shape": shape_words(tensor.shape)}
    text = tr("{shape}") if name is None else tr("{name} of shape {shape}")
    if origin and tensor.kind != "parameter":
        said["maker"] = case.say(origin[0])
        text = tr("{shape}, made by {maker}")
        if name is not None:
            text = tr("{name} of shape {shape}, made by {maker}")
    if len(origin) > 1 and tensor.kind != "parameter":
        said["first"] = case.say(origin[1])
        text = tr("{shape}, made by {maker}, with the shape of {first}")
        if name is not None:
            text = tr("{name} of shape {shape}, made by {maker}, with the shape of {first}")
    return text.format(**said)
