from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from app.contract.records import Trace
from app.session.trace import document as document_of_traces
from app.session.trace.document import as_file, dump, load
from app.session.trace.json_text import TraceFormatError
from tests.support import TraceText, snippet

Change = Callable[[dict[str, Any]], object]

TEXT = """
m = nn.Linear(2, 1)
with torch.no_grad():
    m(torch.ones(1, 2))
m(torch.ones(1, 2)).sum().backward()
"""


@pytest.fixture
def document(trace: TraceText) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(dump(trace(snippet(TEXT))))
    return decoded


def test_what_is_written_is_read_back_the_same(trace: TraceText) -> None:
    run = trace(snippet(TEXT))
    assert load(dump(run)).trace == run
    assert load(dump(run).decode()).trace == run


@pytest.mark.parametrize(("name", "begins"), [("a.json", b"{"), ("a.JSON.gz", b"\x1f\x8b")])
def test_a_file_is_compressed_if_its_name_says_so(
    trace: TraceText, name: str, begins: bytes
) -> None:
    run = trace(snippet(TEXT))
    data = as_file(run, name)
    assert data.startswith(begins)
    assert load(data).trace == run


def test_a_mark_of_utf_8_may_come_first(trace: TraceText) -> None:
    run = trace(snippet(TEXT))
    assert load(codecs.BOM_UTF8 + dump(run)).trace == run


def test_what_would_fill_the_memory_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_of_traces, "_LARGEST", 1_000_000)
    with pytest.raises(TraceFormatError, match="the gzip data has more than"):
        load(gzip.compress(b" " * 1_000_001))
    with pytest.raises(TraceFormatError, match="not JSON"):
        load(gzip.compress(b" " * 1_000_000))


@pytest.mark.parametrize("dtype", ["bool", "int64", "uint8", "float16", "bfloat16", "complex64"])
def test_values_of_every_kind_of_number_are_read_back(trace: TraceText, dtype: str) -> None:
    run = trace(
        f"import torch\nx = torch.ones(3).to(torch.{dtype})\ny = torch.zeros((), dtype=x.dtype)"
    )
    assert load(dump(run)).trace == run


def test_the_document_has_the_published_fields_in_their_order(document: dict[str, Any]) -> None:
    published = ["format", "version", "snippet", "run", "error", "output", "operations", "tensors",
                 "modules", "grad_modes", "backward_passes", "gradients", "findings"]  # fmt: skip
    assert list(document)[: len(published)] == published
    assert (document["format"], document["version"]) == ("tapescope-trace", 1)


OURS = {
    "operations": ("event", "mutates", "grad_mode", "inference"),
    "tensors": ("identity",),
    "grad_modes": ("enabled", "event", "end_event"),
    "backward_passes": ("inputs", "event"),
}
"""Fields beyond the published ones: documents by other programs lack them."""


def test_a_document_without_our_own_fields_is_read(document: dict[str, Any]) -> None:
    del document["facts"]
    for name, fields in OURS.items():
        for record in document[name]:
            for field in fields:
                del record[field]
    for gradient in document["gradients"]:
        del gradient["why"]["cuts"]
    for backward in document["backward_passes"]:
        for step in backward["steps"]:
            del step["tensor"], step["event"]
    read = load(json.dumps(document)).trace
    assert isinstance(read, Trace)
    assert read.facts == []
    assert [op.name for op in read.operations] == [op["name"] for op in document["operations"]]


def test_unknown_fields_are_ignored(document: dict[str, Any]) -> None:
    document["of_a_later_version"] = {"a": [1]}
    document["operations"][0]["colour"] = "blue"
    assert "colour" not in json.loads(dump(load(json.dumps(document)).trace))["operations"][0]


AUTOCAST = {
    "id": 0, "device": "cpu", "dtype": "bfloat16", "enabled": True, "line": 2, "end_line": 3,
    "event": 1, "file": 0,
}  # fmt: skip
WAIT = {"what": "barrier", "line": 2, "event": 1, "seconds": 2.0, "end_seconds": 3.0, "file": 0}


def clock(**changes: Any) -> dict[str, Any]:
    return {"began": 0.0, "times": [[1, 0.5]], "waits": [WAIT], **changes}


def test_a_clock_and_regions_of_autocast_are_read(document: dict[str, Any]) -> None:
    document.update(autocasts=[AUTOCAST], clock=clock())
    read = load(json.dumps(document)).trace
    assert read.clock is not None
    assert (read.clock.times[0].seconds, read.clock.waits[0].what) == (0.5, "barrier")
    assert [region.text for region in read.autocasts] == ['torch.autocast("cpu", bfloat16)']


WRONG: dict[str, tuple[Change, str]] = {
    "another format": (lambda d: d.update(format="netron"), '$.format: this is "netron"'),
    "another version": (lambda d: d.update(version=2), "$.version: this trace has version 2"),
    "a missing field": (lambda d: d["run"].pop("seed"), "$.run.seed: missing"),
    "a wrong type": (
        lambda d: d["operations"][2].update(line="8"),
        "$.operations[2].line: expected int | null, got str",
    ),
    "an unknown word": (
        lambda d: d["operations"][1].update(status="lost"),
        "$.operations[1].status: expected a known value, got 'lost'",
    ),
    "an id twice": (
        lambda d: d["tensors"][1].update(id=d["tensors"][0]["id"]),
        "$.tensors[1].id: 0 is taken",
    ),
    "a tensor that is not there": (
        lambda d: d["operations"][0].update(outputs=[999]),
        "$.operations[0].outputs[0]: there is no tensor with id 999",
    ),
    "an operation that is not there": (
        lambda d: d["gradients"][0]["why"].update(operations=[999]),
        "$.gradients[0].why.operations[0]: there is no operation with id 999",
    ),
    "a step of no operation": (
        lambda d: d["backward_passes"][0]["steps"][0].update(operation=999),
        "$.backward_passes[0].steps[0].operation: there is no operation with id 999",
    ),
    "a gradient returned for no tensor": (
        lambda d: d["backward_passes"][0].update(returned=[None, 999]),
        "$.backward_passes[0].returned[1]: there is no tensor with id 999",
    ),
    "what outlived a pass and is not there": (
        lambda d: d["backward_passes"][0].update(outlived=[999]),
        "$.backward_passes[0].outlived[0]: there is no tensor with id 999",
    ),
    "a saved tensor of no node": (
        lambda d: d["backward_passes"][0].update(changed=[[999, "self"]]),
        "$.backward_passes[0].changed[0][0]: there is no autograd node with id 999",
    ),
    "a call inside itself": (
        lambda d: d["operations"][0].update(parent=d["operations"][0]["id"]),
        "$.operations[0].parent: ",
    ),
    "more bytes than there can be": (
        lambda d: d["kept"][0].update(bytes=2**63),
        "$.kept[0].bytes: there is no memory of 9223372036854775808 bytes",
    ),
    "lines without end": (
        lambda d: d["lines"].update(not_run=[[-(2**62), 5]]),
        "$.lines.not_run[0]: -4611686018427387904 to 5 are not lines from 1 to ",
    ),
    "lines after the last": (
        lambda d: d["lines"].update(ran=[[1, 1], [2, 2**62]]),
        "$.lines.ran[1]: 2 to 4611686018427387904 are not lines from 1 to ",
    ),
    "a region without end": (
        lambda d: d["grad_modes"][0].update(line=1, end_line=2**62),
        "$.grad_modes[0]: 1 to 4611686018427387904 are not lines from 1 to 1048575",
    ),
    "autocast without end": (
        lambda d: d.update(autocasts=[dict(AUTOCAST, end_line=2**62)]),
        "$.autocasts[0]: 2 to 4611686018427387904 are not lines from 1 to 1048575",
    ),
    "autocast in a file that is not there": (
        lambda d: d.update(autocasts=[dict(AUTOCAST, file=9)]),
        "$.autocasts[0].file: there is no file with id 9",
    ),
    "a clock without end": (
        lambda d: d.update(clock=clock(times=[[1, 0.5], [2, 1e300]])),
        "$.clock.times[1][1]: 1e+300 is before the one before it, or no time at all",
    ),
    "a clock that runs back": (
        lambda d: d.update(clock=clock(times=[[1, 0.5], [2, 0.4]])),
        "$.clock.times[1][1]: 0.4 is before",
    ),
    "an event twice on a clock": (
        lambda d: d.update(clock=clock(times=[[3, 0.5], [3, 0.6]])),
        "$.clock.times[1][0]: 3 is before",
    ),
    "a clock that began never": (
        lambda d: d.update(clock=clock(began=-1)),
        "$.clock.began: -1.0 is before",
    ),
    "a wait that ends before it begins": (
        lambda d: d.update(clock=clock(waits=[dict(WAIT, end_seconds=1)])),
        "$.clock.waits[0]: 1.0 is before",
    ),
    "a wait in a file that is not there": (
        lambda d: d.update(clock=clock(waits=[dict(WAIT, file=9)])),
        "$.clock.waits[0].file: there is no file with id 9",
    ),
    "values that are not numbers": (
        lambda d: d["tensors"][0]["summary"].update(values=[["<script>"]]),
        "$.tensors[0].summary.values: expected numbers, got '<script>'",
    ),
    "values nested without end": (
        lambda d: d["tensors"][0]["summary"].update(values=json.loads("[" * 90 + "]" * 90)),
        "$.tensors[0].summary.values: nested deeper than a tensor can be",
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_named_with_its_path(
    document: dict[str, Any], wrong: tuple[Change, str]
) -> None:
    change, message = wrong
    change(document)
    with pytest.raises(TraceFormatError) as raised:
        load(json.dumps(document))
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "$: not JSON"),
        (b"{", "$: not JSON"),
        (b"import torch", "$: not JSON"),
        (b"[]", "$: expected object, got array"),
        (b"{}", "$.format: missing"),
        (b'{"format": "\xff", "version": 1}', "$: not UTF-8"),
        (b'{"format": "tapescope-trace", "version": 1, "x": "\xc3"}', "$: not UTF-8"),
        ('{"format": "\ud800", "version": 1}', "$: not UTF-8"),
        (b'{"format": "tapescope-trace", "version": 1, "x": ' + b"[" * 100_000, "$: nested"),
    ],
)
def test_what_is_no_trace_gets_a_clear_message(data: bytes | str, message: str) -> None:
    with pytest.raises(TraceFormatError) as raised:
        load(data)
    assert str(raised.value).startswith(message)


def test_half_a_surrogate_pair_in_the_output_can_be_written(trace: TraceText) -> None:
    run = deepcopy(trace(snippet("x = torch.ones(1)")))
    run.output.stdout = "broken \ud83d"
    assert load(dump(run)).trace.output.stdout == "broken ?"
