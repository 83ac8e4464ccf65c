"""The trace document: bytes in, `Trace` out, and back.

A document may come from anyone, so nothing in it is taken on trust: the structure is decoded
against the records of `app.contract`, then ids and references are checked.  Unknown fields are
ignored; fields of ours that the published format does not have may be missing.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from app.contract.records import FORMAT, VERSION, Summary, Trace
from app.session.language import tr
from app.session.run import Run
from app.session.trace import coarse
from app.session.trace.summaries import flatten


class TraceFormatError(ValueError):
    """Not a trace document of this version; the message begins with the path of the error."""


class _Header(msgspec.Struct):
    format: str
    version: int


_ABSENT = msgspec.Raw()
_header = msgspec.json.Decoder(_Header)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_PARTS = dataclasses.fields(Trace)
_REQUIRED = {
    part.name for part in _PARTS if part.default is part.default_factory is dataclasses.MISSING
}
_parts = msgspec.json.Decoder(
    msgspec.defstruct("Parts", [(part.name, msgspec.Raw, _ABSENT) for part in _PARTS])
)


def load(data: bytes | str) -> Run:
    """Return the run that `data` (UTF-8 JSON) contains.

    Raises TraceFormatError, for example "$.operations[3].line: expected int | null, got str".
    """
    _check_encoding(data)
    header: _Header = _decode(_header, data)
    if header.format != FORMAT:
        raise TraceFormatError(
            tr('$.format: this is "{format}", not a trace; expected "{expected}"').format(
                format=header.format, expected=FORMAT
            )
        )
    if header.version != VERSION:
        raise TraceFormatError(
            tr(
                "$.version: this trace has version {version}; this program reads version {known}. "
                "Write it again with this program, or open it with a newer one"
            ).format(version=header.version, known=VERSION)
        )
    trace = _trace(data)
    _check(trace)
    return Run(trace)


def _check_encoding(data: bytes | str) -> None:
    """Raise our own error for invalid UTF-8: the decoder's error depends on its version."""
    try:
        data.decode() if isinstance(data, bytes) else data.encode()
    except UnicodeError as error:
        raise TraceFormatError(tr("$: not UTF-8 text: {error}").format(error=error)) from None


def dump(trace: Trace) -> bytes:
    """Return the document as one line of UTF-8 JSON, with a newline at its end."""
    try:
        return msgspec.json.encode(trace) + b"\n"
    except UnicodeEncodeError:
        # A snippet may print half a surrogate pair, which UTF-8 cannot hold: it becomes "?".
        text = json.dumps(msgspec.to_builtins(trace), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace") + b"\n"


# ------------------------------------------------------------------------------------- structure


def _trace(data: bytes | str) -> Trace:
    """Decode record by record: at once, the decoder would hold the interpreter lock, and stop the
    window, for a second at 100,000 operations."""
    parts = _decode(_parts, data)
    found = {}
    for name, read in _READERS.items():
        raw = getattr(parts, name)
        if raw is not _ABSENT:
            found[name] = read(raw, f"$.{name}")
        elif name in _REQUIRED:
            raise TraceFormatError(tr("{path}: missing").format(path=f"$.{name}"))
    return Trace(**found)


def _reader(kind: Any) -> Callable[[msgspec.Raw, str], Any]:
    """Return a function that decodes a value of a type, given the value and its path."""
    if get_origin(kind) is list:
        decoder = msgspec.json.Decoder(get_args(kind)[0])
        return lambda raw, path: [
            _decode(decoder, item, path, index)
            for index, item in enumerate(_decode(_list, raw, path))
        ]
    decoder = msgspec.json.Decoder(kind)
    return lambda raw, path: _decode(decoder, raw, path)


_READERS = {name: _reader(kind) for name, kind in get_type_hints(Trace).items()}


def _decode(
    decoder: msgspec.json.Decoder[Any], data: Any, path: str = "$", index: int | None = None
) -> Any:
    """`data` is JSON: bytes, text, or what was left raw of it at `path`, or in the list there."""
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        place = path if index is None else f"{path}[{index}]"
        raise TraceFormatError(_message(str(error), place)) from None
    except msgspec.DecodeError as error:
        raise TraceFormatError(tr("$: not JSON: {error}").format(error=error)) from None
    except RecursionError:
        raise TraceFormatError(tr("$: nested too deeply for a trace")) from None


_AT = re.compile(r"(?s)(.*?)(?: - at `(.*)`)?")
_MISSING = re.compile(r"Object missing required field `(.*)`")


def _message(text: str, start: str) -> str:
    """msgspec's message with the path in front: "$.run.seed: expected int | null, got str"."""
    match = _AT.fullmatch(text)
    problem, path = (match[1], match[2] or "$") if match else (text, "$")
    path = start + path.removeprefix("$")
    missing = _MISSING.fullmatch(problem)
    if missing:
        return tr("{path}: missing").format(path=f"{path}.{missing[1]}")
    problem = problem.replace("`", "").replace("Invalid enum value", "expected a known value, got")
    return f"{path}: {problem[:1].lower()}{problem[1:]}"


# ---------------------------------------------------------------------------- ids and references


def _check(trace: Trace) -> None:
    tensors = _ids("tensors", trace.tensors)
    operations = _ids("operations", trace.operations)
    modules = _ids("modules", trace.modules)
    spans = _ids("grad_modes", trace.grad_modes)
    passes = _ids("backward_passes", trace.backward_passes)
    steps = _ids("optimizer_steps", trace.optimizer_steps)
    nodes = _ids("autograd_nodes", trace.autograd_nodes)
    again = _ids("recomputations", trace.recomputations)
    known = {
        "tensor": tensors,
        "operation": operations,
        "module": modules,
        "grad mode span": spans,
        "backward pass": passes,
        "optimizer step": steps,
        "recomputation": again,
        "autograd node": nodes,
    }
    for path, kind, reference in _references(trace):
        if reference not in known[kind]:
            raise TraceFormatError(f"{path}: there is no {kind} with id {reference}")
    for name in ("operations", "modules", "grad_modes"):
        _check_parents(name, getattr(trace, name))
    for path, summary in _summaries(trace):
        try:
            flatten(summary.values)
        except ValueError as error:
            raise TraceFormatError(f"{path}.values: {error}") from None
        if summary.picture is not None:
            try:
                coarse.check(summary.picture)
            except ValueError as error:
                raise TraceFormatError(f"{path}.picture: {error}") from None


def _ids(name: str, records: Iterable[Any]) -> set[int]:
    seen: set[int] = set()
    for index, record in enumerate(records):
        if record.id in seen:
            raise TraceFormatError(f"$.{name}[{index}].id: {record.id} is taken by another one")
        seen.add(record.id)
    return seen


def _check_parents(name: str, records: list[Any]) -> None:
    """Check that chains of parents have no cycle, so that walking up always ends."""
    parents = {record.id: record.parent for record in records}
    ends: set[int | None] = {None}
    for index, record in enumerate(records):
        chain: list[int] = []
        step: int | None = record.id
        while step is not None and step not in ends:
            chain.append(step)
            ends.add(step)
            step = parents[step]
        if step in chain:
            raise TraceFormatError(f"$.{name}[{index}].parent: {record.id} is inside itself")


def _summaries(trace: Trace) -> Iterator[tuple[str, Summary]]:
    for index, tensor in enumerate(trace.tensors):
        yield f"$.tensors[{index}].summary", tensor.summary
    for index, gradient in enumerate(trace.gradients):
        if gradient.grad is not None:
            yield f"$.gradients[{index}].grad", gradient.grad
    for index, reading in enumerate(trace.gradient_readings):
        if reading.grad is not None:
            yield f"$.gradient_readings[{index}].grad", reading.grad
    for index, backward in enumerate(trace.backward_passes):
        for number, step in enumerate(backward.steps):
            if step.grad is not None:
                yield f"$.backward_passes[{index}].steps[{number}].grad", step.grad


_REFERENCES: dict[str, dict[str, str]] = {
    "operations": {
        "parent": "operation",
        "module": "module",
        "inputs": "tensor",
        "outputs": "tensor",
        "mutates": "tensor",
        "optimizer_step": "optimizer step",
        "backward_pass": "backward pass",
        "recomputation": "recomputation",
    },
    "tensors": {"is_view_of": "tensor"},
    "modules": {"parent": "module", "parameters": "tensor"},
    "grad_modes": {"first_op": "operation", "last_op": "operation", "parent": "grad mode span"},
    "backward_passes": {"roots": "tensor", "accumulated_into": "tensor", "inputs": "tensor"},
    "gradients": {"tensor": "tensor", "passes": "backward pass"},
    "findings": {"operations": "operation", "tensors": "tensor"},
    "optimizers": {"parameters": "tensor"},
    "module_modes": {"module": "module"},
    "facts": {"tensor": "tensor"},
    "came_back": {"operation": "operation", "sources": "operation"},
    "gradient_readings": {"tensor": "tensor"},
    "autograd_nodes": {"operation": "operation", "tensor": "tensor", "next": "autograd node"},
}
"""What each field of a list's records refers to; a field is one id, a list of ids or None."""


_OF_CLAUSE = {"operations": "operation", "passes": "backward pass", "tensors": "tensor"}
_OF_STEP = {"operation": "operation", "tensor": "tensor", "made_in": "backward pass",
            "node": "autograd node"}  # fmt: skip


def _references(trace: Trace) -> Iterator[tuple[str, str, int]]:
    for name, fields in _REFERENCES.items():
        for index, record in enumerate(getattr(trace, name)):
            yield from _of_record(f"$.{name}[{index}]", record, fields)
    for index, backward in enumerate(trace.backward_passes):
        for number, step in enumerate(backward.steps):
            path = f"$.backward_passes[{index}].steps[{number}]"
            yield from _of_record(path, step, _OF_STEP)
        for place, changed in enumerate(backward.changed):
            yield f"$.backward_passes[{index}].changed[{place}]", "autograd node", changed.node
    if trace.error is not None and trace.error.call is not None:
        failed = {"inputs": "tensor", "backward_pass": "backward pass"}
        yield from _of_record("$.error.call", trace.error.call, failed)
    if trace.training is not None:
        for index, group in enumerate(trace.training.groups):
            yield from _of_record(f"$.training.groups[{index}]", group, {"tensors": "tensor"})
    for index, gradient in enumerate(trace.gradients):
        fields = dict.fromkeys(("operations", "cuts", "cuts_elsewhere"), "operation")
        path = f"$.gradients[{index}].why"
        yield from _of_record(path, gradient.why, fields)
        for number, clause in enumerate(gradient.why.clauses):
            yield from _of_record(f"{path}.clauses[{number}]", clause, _OF_CLAUSE)
        if gradient.why.advice is not None:
            yield from _of_record(f"{path}.advice", gradient.why.advice, _OF_CLAUSE)


def _of_record(path: str, record: Any, fields: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    for field, kind in fields.items():
        value = getattr(record, field)
        if isinstance(value, list):
            for place, reference in enumerate(value):
                yield f"{path}.{field}[{place}]", kind, reference
        elif value is not None:
            yield f"{path}.{field}", kind, value
