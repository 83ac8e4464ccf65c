"""The trace document: bytes in, `Trace` out, and back.

A document may come from anyone, so nothing in it is taken on trust: the structure is decoded
against the records of `app.contract`, then ids and references are checked.  Unknown fields are
ignored; fields of ours that the published format does not have may be missing.
"""

from __future__ import annotations

import codecs
import dataclasses
import gzip
import io
import json
import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from app.contract.records import (
    FORMAT,
    LAST_SECOND,
    VERSION,
    AutogradNode,
    BackwardPass,
    Clock,
    GradientReading,
    KeptStorage,
    Lines,
    Operation,
    Tensor,
    TimeAt,
    Trace,
)
from app.contract.spots import LINES, FileId, PlacedRange, Spot, line_and_file
from app.session.cells.marks import cells_of
from app.session.language import code, tr
from app.session.run import Run
from app.session.trace.columns.backward import BackwardSteps, Nodes, Readings
from app.session.trace.columns.columns import (
    NONE,
    Columns,
    ColumnsById,
    IdPlaces,
    RecordsAt,
    or_none,
)
from app.session.trace.columns.kept import Kept
from app.session.trace.columns.operations import Operations, Parts
from app.session.trace.columns.tensors import Tensors
from app.session.trace.files import FileIds
from app.session.trace.json_text import PIECE, ObjectText, TraceFormatError, decode
from app.session.trace.light import light
from app.session.trace.values import coarse
from app.session.trace.values.summaries import Summaries, flatten


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


_LARGEST = 4_000_000_000
"""Bytes of a compressed document at most: some kilobytes can be made to fill all memory."""


def load(data: bytes | str) -> Run:
    """Return the run that `data` (UTF-8 JSON, or that compressed by gzip) contains.

    Its sentences are in the reader's language.

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
    files.name_cells(cells_of(trace.snippet.text))
    run = Run(trace)
    _check(run)
    if trace.run.language != code():
        from app.session.trace.rewording import reword  # loads all that explains and finds

        reword(run)
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
        with gzip.open(io.BytesIO(data)) as file:
            text = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise TraceFormatError(tr("$: damaged gzip data: {error}").format(error=error)) from None
    if len(text) > _LARGEST:
        raise TraceFormatError(tr("$: the gzip data has more than {size} GB").format(size=4))
    return text


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
    return data.removeprefix(codecs.BOM_UTF8)


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
    if isinstance(value, Spot):
        return line_and_file(value)[0]
    return int(value) if isinstance(value, FileId) else list(value)


# ------------------------------------------------------------------------------------- structure


def _trace(data: bytes, files: FileIds) -> Trace:
    """Decode the fields of a trace, long lists piece by piece.

    At once, the decoder would hold the interpreter lock, and stop the window, for a second at
    100,000 operations.
    """
    found = {}
    text, readers = ObjectText(data), _readers(files)
    for name in text.names():
        read = readers.get(name)
        if read is None:
            text.value(_raw, f"$.{name}")
        else:
            found[name] = read(text, f"$.{name}")
    for name in _REQUIRED:
        if name not in found:
            raise TraceFormatError(tr("{path}: missing").format(path=f"$.{name}"))
    for name, (_, make) in _COLUMNS.items():
        found.setdefault(name, make(files))
    return Trace(**found)


def _reader(kind: Any, files: FileIds) -> Callable[[ObjectText, str], Any]:
    """Return a function that decodes a value of a type, given where it is and its path."""
    decoder = msgspec.json.Decoder(kind, dec_hook=files.read)
    if get_origin(kind) is list:
        return lambda text, path: [one for _, items in text.pieces(decoder, path) for one in items]
    return lambda text, path: text.value(decoder, path)


def _column_reader(
    kind: Any, columns: Callable[[FileIds], Any], files: FileIds
) -> Callable[[ObjectText, str], Any]:
    """Return a function that decodes records of a kind into columns."""
    decoder = msgspec.json.Decoder(list[light(kind)], dec_hook=files.read)  # type: ignore[misc]

    def read(text: ObjectText, path: str) -> Any:
        found = columns(files)
        for first, records in text.pieces(decoder, path):
            _check_summaries(path, records, first)
            if records:
                _add(found, records, path, first)
        return found

    return read


def _add(columns: Any, records: Sequence[Any], path: str, first: int) -> None:
    """Add records to columns; the first has this index."""
    if isinstance(columns, ColumnsById) and not columns.places.are_new([r.id for r in records]):
        seen: set[int] = set()
        for index, record in enumerate(records, first):
            if record.id in columns.places or record.id in seen:
                raise _taken(f"{path}[{index}].id", record.id)
            seen.add(record.id)
    try:
        columns.add_records(records)
    except OverflowError:
        if len(records) == 1:
            raise TraceFormatError(
                tr("{path}: a number needs more than 64 bits").format(path=f"{path}[{first}]")
            ) from None
        for index, record in enumerate(records, first):
            _add(columns, [record], path, index)


def _pass_reader(files: FileIds) -> Callable[[ObjectText, str], Any]:
    """Return a function that decodes backward passes, whose steps are in columns."""
    kind = light(BackwardPass)
    decoder = msgspec.json.Decoder(list[kind], dec_hook=files.read)  # type: ignore[valid-type]

    def read(text: ObjectText, path: str) -> list[BackwardPass]:
        passes: list[BackwardPass] = []
        steps = BackwardSteps(Summaries())
        for _, found in text.pieces(decoder, path):
            for backward in found:
                own = f"{path}[{len(passes)}].steps"
                begin = len(steps)
                _check_summaries(own, backward.steps, 0)
                if backward.steps:
                    _add(steps, backward.steps, own, 0)
                backward.steps = RecordsAt(steps, range(begin, len(steps)))
                passes.append(BackwardPass(*msgspec.structs.astuple(backward)))
        return passes

    return read


def _readers(files: FileIds) -> dict[str, Callable[[ObjectText, str], Any]]:
    """Return what decodes each field of a trace."""
    return (
        {name: _reader(kind, files) for name, kind in _TYPES.items()}
        | {name: _column_reader(kind, make, files) for name, (kind, make) in _COLUMNS.items()}
        | {"backward_passes": _pass_reader(files)}
    )


_TYPES = get_type_hints(Trace)
_COLUMNS: dict[str, tuple[type, Callable[[FileIds], Any]]] = {
    "operations": (Operation, Operations),
    "tensors": (Tensor, lambda _: Tensors(Summaries())),
    "autograd_nodes": (AutogradNode, lambda _: Nodes()),
    "gradient_readings": (GradientReading, lambda _: Readings(Summaries())),
    "kept": (KeptStorage, lambda _: Kept()),
}
"""Lists of records that are kept in columns: the kind of record, and what makes the columns."""


# ---------------------------------------------------------------------------- ids and references


def _check(run: Run) -> None:
    trace = run.trace
    known: dict[str, _Known] = {
        "tensor": run.tensor_columns.places,
        "operation": run.operation_columns.places,
        "module": _ids("modules", trace.modules),
        "grad mode span": _ids("grad_modes", trace.grad_modes),
        "backward pass": _ids("backward_passes", trace.backward_passes),
        "optimizer step": _ids("optimizer_steps", trace.optimizer_steps),
        "recomputation": _ids("recomputations", trace.recomputations),
        "autograd node": run.node_columns.places,
        "file": _ids("files", trace.files) | {0},
    }
    are_known = all(_are_known(known[kind], numbers) for kind, numbers in _in_columns(run))
    for path, kind, reference in _references(trace, but_columns=are_known):
        if reference not in known[kind]:
            raise TraceFormatError(f"{path}: there is no {kind} with id {reference}")
    operations = run.operation_columns
    _check_parents("operations", operations.ids, map(or_none, operations.parents))
    for name in ("modules", "grad_modes"):
        records = getattr(trace, name)
        ids, parents = ([getattr(one, key) for one in records] for key in ("id", "parent"))
        _check_parents(name, ids, parents)
    _check_summaries("$.gradients", trace.gradients, 0)
    _check_kept(run.kept_columns)
    _check_clock(trace.clock)
    _check_regions("$.grad_modes", trace.grad_modes)
    _check_regions("$.autocasts", trace.autocasts)
    _check_lines("$.lines", trace.lines, trace.snippet.text)
    for index, file in enumerate(trace.files):
        _check_lines(f"$.files[{index}].lines", file.lines, file.text)


def _check_kept(kept: Kept) -> None:
    """Check that what is kept, also all together, is a number of bytes."""
    sizes, total = [form.bytes for form in kept.forms.values], 0
    for index, form in enumerate(kept.form):
        total += sizes[form]
        if sizes[form] < 0 or total >= 2**63:
            said = tr("{path}: there is no memory of {count} bytes")
            path = f"$.kept[{index}].bytes"
            raise TraceFormatError(said.format(path=path, count=sizes[form]))


def _check_clock(clock: Clock | None) -> None:
    """Check that times follow each other and have an end: they are searched, and drawn to scale."""
    if clock is None:
        return
    before = TimeAt(-1, 0.0)
    for index, time in enumerate(clock.times):
        if time.event <= before.event:
            raise _no_time(f"times[{index}][0]", time.event)
        if not before.seconds <= time.seconds <= LAST_SECOND:
            raise _no_time(f"times[{index}][1]", time.seconds)
        before = time
    for index, wait in enumerate(clock.waits):
        end = wait.seconds if wait.end_seconds is None else wait.end_seconds
        if not 0 <= wait.seconds <= end <= LAST_SECOND:
            raise _no_time(f"waits[{index}]", end)
    if not 0 <= clock.began <= LAST_SECOND:
        raise _no_time("began", clock.began)


def _no_time(path: str, time: float) -> TraceFormatError:
    said = tr("{path}: {time} is before the one before it, or no time at all")
    return TraceFormatError(said.format(path=f"$.clock.{path}", time=time))


def _check_regions(path: str, regions: Iterable[PlacedRange]) -> None:
    """Check the lines of regions, which are gone over one by one too."""
    for index, region in enumerate(regions):
        first, end = region.line, region.end_line
        if first is not None and end is not None and not max(first, end) < LINES:
            raise _not_lines(f"{path}[{index}]", first, end, LINES - 1)


def _not_lines(path: str, first: int, end: int, last: int) -> TraceFormatError:
    said = tr("{path}: {first} to {end} are not lines from 1 to {last}")
    return TraceFormatError(said.format(path=path, first=first, end=end, last=last))


def _check_lines(path: str, lines: Lines | None, text: str | None) -> None:
    """Check that ranges of lines are in the text: they are gone over line by line."""
    last = LINES - 1 if text is None else text.count("\n") + 1
    for name in ("ran", "not_run") if lines is not None else ():
        for index, (first, end) in enumerate(getattr(lines, name)):
            if not 1 <= first <= end <= last:
                raise _not_lines(f"{path}.{name}[{index}]", first, end, last)


def _check_summaries(path: str, records: Sequence[Any], first: int) -> None:
    """Check the summaries of tensors, or of gradients where some arrived."""
    names = [name for name in ("summary", "grad") if records and hasattr(records[0], name)]
    for index, record in enumerate(records, first):
        for name in names:
            if (summary := getattr(record, name)) is not None:
                part = "values"
                try:
                    flatten(summary.values)
                    part = "picture"
                    if summary.picture is not None:
                        coarse.check(summary.picture)
                except ValueError as error:
                    raise TraceFormatError(f"{path}[{index}].{name}.{part}: {error}") from None


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


_Known = IdPlaces | set[int]


def _are_known(known: _Known, numbers: Iterable[int | None]) -> bool:
    referred = {number for number in set(numbers) if number is not None and number != NONE}
    return known.have_all(referred) if isinstance(known, IdPlaces) else referred <= known


def _in_columns(run: Run) -> Iterator[tuple[str, Iterable[int | None]]]:
    """Yield the kind and the ids of all references that are in columns."""
    made, tensors, nodes = run.operation_columns, run.tensor_columns, run.node_columns
    yield "tensor", made.lists.items
    yield "tensor", tensors.bases
    yield "operation", made.parents
    yield "module", (form.module for form in made.forms.values)
    yield "file", (form.file for form in made.forms.values)
    yield "file", (frame.file for form in made.forms.values for frame in form.stack)
    yield "file", (form.cause.file for form in made.forms.values if form.cause is not None)
    yield "file", made.passes.files
    yield "file", (label.file for label in tensors.labels.values)
    for name in Parts._fields:
        numbers = (getattr(parts, name) for parts in made.parts.values)
        yield _fields_of(Operation).ids[name], numbers
    yield "operation", nodes.operations
    yield "tensor", nodes.tensors
    yield "autograd node", (one for at in range(len(nodes)) for one in nodes.following(at))
    for steps in run.step_columns:
        yield "operation", steps.operations
        yield "tensor", steps.tensors
        yield "backward pass", steps.makers
        yield "autograd node", steps.nodes
    yield "tensor", run.reading_columns.tensors
    yield "operation", run.kept_columns.operations


def _references(trace: Trace, *, but_columns: bool) -> Iterator[tuple[str, str, int]]:
    """Yield path, kind and id of each reference, but for those in columns if asked so."""
    for name in _fields_of(Trace).records:
        yield from _in_value(f"$.{name}", getattr(trace, name), but_columns)


def _in_value(path: str, value: Any, but_columns: bool) -> Iterator[tuple[str, str, int]]:
    """Yield the references in a record or in a list of them."""
    if isinstance(value, Columns | RecordsAt) and but_columns:
        return
    if isinstance(value, Sequence) and not hasattr(value, "_fields"):
        for place, record in enumerate(value):
            yield from _in_value(f"{path}[{place}]", record, but_columns)
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
            yield from _in_value(f"{path}.{name}", getattr(value, name), but_columns)
