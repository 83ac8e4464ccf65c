"""The trace document: bytes in, `Trace` out, and back.

A document may come from anyone, so nothing in it is taken on trust: the structure is decoded
against the records of `app.contract`, then ids and references are checked.  Unknown fields are
ignored; fields of ours that the published format does not have may be missing.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from app.contract.records import FORMAT, VERSION, Operation, Summary, Tensor, Trace
from app.session.language import tr
from app.session.run import Run
from app.session.trace import coarse
from app.session.trace.columns import NONE, or_none
from app.session.trace.operations import Operations, Parts
from app.session.trace.summaries import Summaries, flatten
from app.session.trace.tensors import Tensors


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
    run = Run(_trace(data))
    _check(run)
    return run


def _check_encoding(data: bytes | str) -> None:
    """Raise our own error for invalid UTF-8: the decoder's error depends on its version."""
    try:
        data.decode() if isinstance(data, bytes) else data.encode()
    except UnicodeError as error:
        raise TraceFormatError(tr("$: not UTF-8 text: {error}").format(error=error)) from None


def dump(trace: Trace) -> bytes:
    """Return the document as one line of UTF-8 JSON, with a newline at its end."""
    try:
        return msgspec.json.encode(trace, enc_hook=_records) + b"\n"
    except UnicodeEncodeError:
        # A snippet may print half a surrogate pair, which UTF-8 cannot hold: it becomes "?".
        builtins = msgspec.to_builtins(trace, enc_hook=_records)
        text = json.dumps(builtins, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace") + b"\n"


def _records(columns: Any) -> list[Any]:
    return list(columns)


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


def _column_reader(kind: type, columns: Callable[[], Any]) -> Callable[[msgspec.Raw, str], Any]:
    """Return a function that decodes records of a kind into columns."""
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind)

    def read(raw: msgspec.Raw, path: str) -> Any:
        found = columns()
        for index, item in enumerate(_decode(_list, raw, path)):
            record = _decode(decoder, item, path, index)
            if record.id in found.places:
                raise _taken(f"{path}[{index}].id", record.id)
            if isinstance(record, Tensor):
                _check_summary(f"{path}[{index}].summary", record.summary)
            try:
                found.add_record(record)
            except OverflowError:
                raise TraceFormatError(
                    tr("{path}: a number needs more than 64 bits").format(path=f"{path}[{index}]")
                ) from None
        return found

    return read


_READERS = {name: _reader(kind) for name, kind in get_type_hints(Trace).items()} | {
    "operations": _column_reader(Operation, Operations),
    "tensors": _column_reader(Tensor, lambda: Tensors(Summaries())),
}


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


def _check(run: Run) -> None:
    trace = run.trace
    modules = _ids("modules", trace.modules)
    spans = _ids("grad_modes", trace.grad_modes)
    passes = _ids("backward_passes", trace.backward_passes)
    steps = _ids("optimizer_steps", trace.optimizer_steps)
    nodes = _ids("autograd_nodes", trace.autograd_nodes)
    again = _ids("recomputations", trace.recomputations)
    known: dict[str, Container[int]] = {
        "tensor": run.tensors,
        "operation": run.operations,
        "module": modules,
        "grad mode span": spans,
        "backward pass": passes,
        "optimizer step": steps,
        "recomputation": again,
        "autograd node": nodes,
    }
    in_columns = () if _refer_to_known(run, known) else ("operations", "tensors")
    for path, kind, reference in _references(trace, in_columns):
        if reference not in known[kind]:
            raise TraceFormatError(f"{path}: there is no {kind} with id {reference}")
    operations = run.operation_columns
    _check_parents("operations", operations.ids, map(or_none, operations.parents))
    for name in ("modules", "grad_modes"):
        records = getattr(trace, name)
        ids, parents = ([getattr(one, key) for one in records] for key in ("id", "parent"))
        _check_parents(name, ids, parents)
    for path, summary in _summaries(trace):
        _check_summary(path, summary)


def _check_summary(path: str, summary: Summary) -> None:
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
            raise _taken(f"$.{name}[{index}].id", record.id)
        seen.add(record.id)
    return seen


def _taken(path: str, number: int) -> TraceFormatError:
    return TraceFormatError(f"{path}: {number} is taken by another one")


def _check_parents(name: str, ids: Sequence[int], parents: Iterable[int | None]) -> None:
    """Check that chains of parents have no cycle, so that walking up always ends."""
    around = dict(zip(ids, parents, strict=True))
    ends: set[int | None] = {None}
    for index, number in enumerate(ids):
        chain: list[int] = []
        step: int | None = number
        while step is not None and step not in ends:
            chain.append(step)
            ends.add(step)
            step = around[step]
        if step in chain:
            raise TraceFormatError(f"$.{name}[{index}].parent: {number} is inside itself")


def _summaries(trace: Trace) -> Iterator[tuple[str, Summary]]:
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


class _Fields(NamedTuple):
    """The fields of a record that hold ids, each with the kind of what they refer to, and those
    that hold further records."""

    ids: dict[str, str]
    records: list[str]
    is_array: bool


@cache
def _fields_of(kind: Hashable) -> _Fields:
    """Read the fields off the types of the contract (`records.TensorId` and the others)."""
    fields = _Fields({}, [], hasattr(kind, "_fields"))
    for name, hint in get_type_hints(kind, include_extras=True).items():
        for part in _parts_of(hint):
            if get_origin(part) is Annotated:
                fields.ids[name] = part.__metadata__[0]
            elif dataclasses.is_dataclass(part) or hasattr(part, "_fields"):
                fields.records.append(name)
    return fields


def _parts_of(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in (list, Sequence, Union, UnionType):
        for part in get_args(hint):
            yield from _parts_of(part)
    else:
        yield hint


def _refer_to_known(run: Run, known: dict[str, Container[int]]) -> bool:
    """Return whether operations and tensors refer only to what there is."""
    made, tensors = run.operation_columns, run.tensor_columns
    references: list[tuple[str, Iterable[int | None]]] = [
        ("tensor", made.tensors),
        ("tensor", tensors.bases),
        ("operation", made.parents),
        ("module", (form.module for form in made.forms.values)),
    ]
    for name in Parts._fields:
        numbers = (getattr(parts, name) for parts in made.parts.values)
        references.append((_fields_of(Operation).ids[name], numbers))
    return all(
        number is None or number == NONE or number in known[kind]
        for kind, numbers in references
        for number in numbers
    )


def _references(trace: Trace, in_columns: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Yield path, kind and id of each reference; of what is in columns, only of these lists."""
    skipped = {"operations", "tensors"}.difference(in_columns)
    for name in _fields_of(Trace).records:
        if name not in skipped:
            yield from _in_value(f"$.{name}", getattr(trace, name))


def _in_value(path: str, value: Any) -> Iterator[tuple[str, str, int]]:
    """Yield the references in a record or in a list of them."""
    if isinstance(value, Sequence) and not hasattr(value, "_fields"):
        for place, record in enumerate(value):
            yield from _in_value(f"{path}[{place}]", record)
    elif value is not None:
        kind: Any = type(value)
        fields = _fields_of(kind)
        for name, what in fields.ids.items():
            reference = getattr(value, name)
            # A NamedTuple is an array in the document.
            at = f"{path}[{value.index(reference)}]" if fields.is_array else f"{path}.{name}"
            if isinstance(reference, list):
                for place, one in enumerate(reference):
                    if one is not None:
                        yield f"{at}[{place}]", what, one
            elif reference is not None:
                yield at, what, reference
        for name in fields.records:
            yield from _in_value(f"{path}.{name}", getattr(value, name))
