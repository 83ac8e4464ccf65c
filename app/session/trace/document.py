"""The trace document: bytes in, `Trace` out, and back.

A document may come from anyone, so nothing in it is taken on trust: the structure is decoded
against the records of `app.contract`, then ids and references are checked.  Unknown fields are
ignored; fields of ours that the published format does not have may be missing.
"""

from __future__ import annotations

import codecs
import dataclasses
import gzip
import json
import zlib
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from app.contract.records import FORMAT, VERSION, Operation, Summary, Tensor, Trace
from app.contract.spots import FileId
from app.session.language import tr
from app.session.run import Run
from app.session.trace import coarse
from app.session.trace.columns import NONE, or_none
from app.session.trace.files import FileIds
from app.session.trace.json_text import PIECE, Text, TraceFormatError, decode
from app.session.trace.operations import Operations, Parts
from app.session.trace.summaries import Summaries, flatten
from app.session.trace.tensors import Tensors


class _Header(msgspec.Struct):
    format: str
    version: int


_GZIP = b"\x1f\x8b"
"""The first bytes of such data."""
_header = msgspec.json.Decoder(_Header)
_raw = msgspec.json.Decoder(msgspec.Raw)
_REQUIRED = [
    part.name
    for part in dataclasses.fields(Trace)
    if part.default is part.default_factory is dataclasses.MISSING
]


def load(data: bytes | str) -> Run:
    """Return the run that `data` (UTF-8 JSON, or that compressed by gzip) contains.

    Raises TraceFormatError, for example "$.operations[3].line: expected int | null, got str".
    """
    text, files = _as_utf8(_decompressed(data)), FileIds()
    try:
        trace = _trace(text, files)
    except TraceFormatError:
        _check_header(decode(_header, text))  # that it is not a trace at all comes first
        raise
    _check_header(trace)
    files.name(trace.files)
    run = Run(trace)
    _check(run)
    return run


def _check_header(header: _Header | Trace) -> None:
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


def _decompressed(data: bytes | str) -> bytes | str:
    if isinstance(data, str) or not data.startswith(_GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise TraceFormatError(tr("$: damaged gzip data: {error}").format(error=error)) from None


def _as_utf8(data: bytes | str) -> bytes:
    """Return the bytes.  Raise our own error where they are not UTF-8: the decoder's error depends
    on its version."""
    try:
        if isinstance(data, str):
            return data.encode()
        check = codecs.getincrementaldecoder("utf-8")()
        for begin in range(0, len(data), PIECE):
            check.decode(data[begin : begin + PIECE])
        check.decode(b"", final=True)
    except UnicodeError as error:
        raise TraceFormatError(tr("$: not UTF-8 text: {error}").format(error=error)) from None
    return data


def dump(trace: Trace) -> bytes:
    """Return the document as one line of UTF-8 JSON, with a newline at its end."""
    try:
        return msgspec.json.encode(trace, enc_hook=_plain) + b"\n"
    except UnicodeEncodeError:
        # A snippet may print half a surrogate pair, which UTF-8 cannot hold: it becomes "?".
        builtins = msgspec.to_builtins(trace, enc_hook=_plain)
        text = json.dumps(builtins, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace") + b"\n"


def as_file(trace: Trace, name: str) -> bytes:
    """Return the document as a file of this name has it: compressed if that ends in .gz."""
    data = dump(trace)
    return gzip.compress(data, mtime=0) if name.lower().endswith(".gz") else data


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, FileId) else list(value)


# ------------------------------------------------------------------------------------- structure


def _trace(data: bytes, files: FileIds) -> Trace:
    """Decode the fields of a trace, long lists piece by piece.

    At once, the decoder would hold the interpreter lock, and stop the window, for a second at
    100,000 operations.
    """
    found = {}
    text, readers = Text(data), _readers(files)
    for name in text.names():
        read = readers.get(name)
        if read is None:
            text.value(_raw, f"$.{name}")
        else:
            found[name] = read(text, f"$.{name}")
    for name in _REQUIRED:
        if name not in found:
            raise TraceFormatError(tr("{path}: missing").format(path=f"$.{name}"))
    return Trace(**found)


def _reader(kind: Any, files: FileIds) -> Callable[[Text, str], Any]:
    """Return a function that decodes a value of a type, given where it is and its path."""
    decoder = msgspec.json.Decoder(kind, dec_hook=files.read)
    if get_origin(kind) is list:
        return lambda text, path: list(text.items(decoder, path))
    return lambda text, path: text.value(decoder, path)


def _column_reader(
    kind: Any, columns: Callable[[], Any], files: FileIds
) -> Callable[[Text, str], Any]:
    """Return a function that decodes records of a kind into columns."""
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[kind], dec_hook=files.read)

    def read(text: Text, path: str) -> Any:
        found = columns()
        for index, record in enumerate(text.items(decoder, path)):
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


def _readers(files: FileIds) -> dict[str, Callable[[Text, str], Any]]:
    """Return what decodes each field of a trace."""
    return {name: _reader(kind, files) for name, kind in _TYPES.items()} | {
        "operations": _column_reader(Operation, lambda: Operations(files), files),
        "tensors": _column_reader(Tensor, lambda: Tensors(Summaries()), files),
    }


_TYPES = get_type_hints(Trace)


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
        "file": _ids("files", trace.files) | {0},
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
    if get_origin(hint) in (list, tuple, Sequence, Union, UnionType):
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
        ("file", (form.file for form in made.forms.values)),
        ("file", (frame.file for form in made.forms.values for frame in form.stack)),
        ("file", (form.cause.file for form in made.forms.values if form.cause is not None)),
        ("file", made.passes.files),
        ("file", (label.file for label in tensors.labels.values)),
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
