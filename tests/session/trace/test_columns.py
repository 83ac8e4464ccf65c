"""Records in columns read like those in a list, and take a fraction of their memory."""

from __future__ import annotations

import dataclasses
import json
import struct
import tracemalloc
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.messages import LoopsRow, OperationRow, Packed, Row, TensorRow
from app.contract.records import LoopPass, Operation, Snippet
from app.contract.spots import FileId
from app.session.run import Run
from app.session.trace.assembly import TraceBuilder
from app.session.trace.columns import NONE, IdPlaces
from app.session.trace.document import dump, load
from app.session.trace.files import FileIds
from app.session.trace.json_text import TraceFormatError
from app.session.trace.operations import OUTSIDE, LoopPasses, OperationForm, Operations
from app.session.trace.summaries import Summaries
from app.session.trace.tensors import Tensors
from tests.support import TraceText, snippet

LOOP = snippet("for i in range(3):\n    x = torch.ones(2) * i\n    x += 1\n")


def test_records_are_had_as_from_a_list(trace: TraceText) -> None:
    operations = trace(LOOP).operations
    listed = list(operations)
    assert len(operations) == len(listed) == 9
    assert operations[-1] == listed[-1] != operations[0]
    assert operations[1:3] == listed[1:3]
    assert [one.id for one in reversed(operations)] == [one.id for one in reversed(listed)]
    assert isinstance(operations[0], Operation)
    with pytest.raises(IndexError):
        operations[9]


def test_records_of_two_traces_are_equal_if_their_fields_are(trace: TraceText) -> None:
    run = trace(LOOP)
    again = load(dump(run)).trace
    assert again.operations == run.operations
    assert again.tensors == run.tensors
    assert deepcopy(run) == run
    assert again.operations[:2] != run.operations[1:3]


def test_like_asks_for_the_fields_that_records_share(trace: TraceText) -> None:
    run = Run(trace(LOOP))
    assert {one.name for one in run.units.like(lambda form: form.in_place)} == {"add_"}
    assert not run.units.like(lambda form: form.name == "matmul")
    assert [one.event for one in run.changing] == [one.event for one in run.units if one.in_place]


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), unique=True))
def test_an_id_is_found_wherever_it_lies(ids: list[int]) -> None:
    places = IdPlaces()
    for place, number in enumerate(ids):
        places.put(number, place)
    assert [places.get(number) for number in ids] == list(range(len(ids)))
    assert IdPlaces(dict(zip(ids, range(len(ids)), strict=True))).get(1 << 64) is None
    assert all(number in places for number in ids)


def test_groups_are_in_the_order_of_the_run(trace: TraceText) -> None:
    run = Run(trace(snippet("x = torch.ones(2)\ny = x * 2\nx += 1\ny += 1\nz = x * y\n")))
    by_hand: dict[int, list[int]] = {}
    for tensor in run.trace.tensors:
        by_hand.setdefault(tensor.identity, []).append(tensor.id)
    assert {i: [t.id for t in values] for i, values in run.values.items()} == by_hand
    assert list(run.values) == list(by_hand)
    several = [[t.id for t in values] for values in run.values.several()]
    assert several == [ids for ids in by_hand.values() if len(ids) > 1]


def test_passes_of_loops_are_read_from_outside_in() -> None:
    passes = LoopPasses(FileIds())
    outer, inner = LoopPass(3, 0, 1), LoopPass(4, 1, 2)
    number = passes.number([outer, inner])
    assert passes[number] == [outer, inner]
    assert passes.number([outer, inner]) == number
    assert passes[OUTSIDE] == []
    assert passes.are_same(passes.add(passes.add(OUTSIDE, (3, 0, 1)), (4, 1, 2)), number)
    assert not passes.are_same(passes.add(number, (4, 1, 2)), number)


@pytest.mark.parametrize("wrong", ["number", "parent", "saved_bytes", "event", "mutates"])
def test_what_needs_more_than_64_bits_leaves_nothing(wrong: str) -> None:
    operations = Operations(FileIds())
    shared = ("mul", "torch.mul", 1, 1, 0, 5, None, "forward", False, "recorded", "recorded")
    form = operations.forms.number(
        (*shared, True, None, True, False, None, 0, (), ["MulBackward0"])
    )
    assert isinstance(operations.forms.values[form], OperationForm)
    fields = {
        "number": 7, "form": form, "parent": None, "occurrence": 0, "inputs": [1, 2],
        "outputs": [3], "mutates": [], "saved_bytes": 8, "seconds": 0.5, "event": 4,
        "loops": OUTSIDE,
    }  # fmt: skip
    with pytest.raises(OverflowError):
        operations.add(**fields | {wrong: [1 << 64] if wrong == "mutates" else 1 << 64})  # type: ignore[arg-type]
    assert len(operations) == 0
    operations.add(**fields)  # type: ignore[arg-type]
    (one,) = operations
    assert (one.id, one.inputs, one.outputs, one.mutates) == (7, [1, 2], [3], [])
    assert (one.parent, one.grad_fn, one.event) == (None, ["MulBackward0"], 4)


@pytest.mark.parametrize("number", [1 << 70, NONE - 1])
def test_a_document_with_a_number_too_large_is_refused(trace: TraceText, number: int) -> None:
    document = json.loads(dump(trace(LOOP)))
    document["operations"][2]["event"] = number
    with pytest.raises(TraceFormatError, match=r"^\$\.operations\[2\]: a number needs more"):
        load(json.dumps(document))


def test_a_long_run_keeps_little_for_each_operation() -> None:
    count = 5_000
    builder = TraceBuilder(Snippet(None, "x = 1\n"))
    builder.add_batch([
        ["function", 0, "mul", "torch.mul"],
        ["site", 0, 1, 1, 0, 5],
        ["tensor_form", 0, "intermediate", [4], "float32", "cpu", True, False, False, None],
        ["op_form", 0, 0, 0, None, "forward", False, "recorded", True, None, [], True, False],
        TensorRow(0, 0, 0, 0, None, None, None, None),
    ])  # fmt: skip
    tracemalloc.start()
    for number in range(count):
        values = Packed("f|4", struct.pack("<4f", number, 1.0, 2.0, 3.0))
        rows: list[Row] = [
            LoopsRow(number, 1, 0, number, None),
            TensorRow(number + 1, 0, number + 1, number + 1, None, None, None, values),
            OperationRow(
                number, 0, number, 2 * number, 16, 8_000, None, number, [number], [number + 1], []
            ),
        ]
        builder.add_batch(rows)
    trace = builder.finish().trace
    del builder
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept / count < 260
    assert trace.tensors[-1].summary.values == [float(count - 1), 1.0, 2.0, 3.0]
    assert trace.operations[7].loops == [LoopPass(1, 0, 7)]


def test_what_needs_more_than_64_bits_does_not_replace_a_tensor() -> None:
    tensors = Tensors(Summaries())
    form = tensors.forms.number(("value", "float32", "cpu", True, True, False, None, [2]))
    label, values = tensors.labels.number(("x", 1, FileId(0))), tensors.summaries.add_unknown(2)
    tensors.put(5, form, None, 1, 2, label, values)
    (before,) = copied = [dataclasses.asdict(tensor) for tensor in tensors]
    for base, storage, identity in ((1 << 64, 1, 2), (None, 1 << 64, 2), (None, 1, 1 << 64)):
        for number in (5, 6):
            with pytest.raises(OverflowError):
                tensors.put(number, form, base, storage, identity, label, values)
    assert [dataclasses.asdict(tensor) for tensor in tensors] == copied
    assert 6 not in tensors.places
    tensors.put(5, form, None, 3, 4, label, values)
    assert dataclasses.asdict(tensors[0]) == before | {"storage": 3, "identity": 4}
    assert len(tensors) == 1
