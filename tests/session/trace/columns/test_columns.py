"""Records in columns read like those in a list, and take a fraction of their memory."""

from __future__ import annotations

import dataclasses
import json
import struct
import tracemalloc
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.messages import (
    LoopsRow,
    MemoryRow,
    NodeRow,
    OperationRow,
    Packed,
    ReleasedRow,
    Row,
    StepRow,
    TensorRow,
)
from app.contract.records import KeptStorage, LoopPass, Operation, SavedTensor, Snippet, Trace
from app.contract.spots import FileId
from app.session.run import Run
from app.session.trace.assembly import TraceBuilder
from app.session.trace.columns.columns import IdPlaces
from app.session.trace.columns.kept import Kept
from app.session.trace.columns.operations import OUTSIDE, LoopPasses, Operations
from app.session.trace.columns.tensors import Tensors
from app.session.trace.document import dump, load
from app.session.trace.files import FileIds
from app.session.trace.json_text import TraceFormatError
from app.session.trace.values.summaries import Summaries
from tests.support import TraceText, snippet

MUL = Operation(
    7, "mul", "torch.mul", 1, 1, 0, 5, None, None, 0, "forward", [1, 2], [3], False,
    "recorded", "recorded", True, None, ["MulBackward0"], 8, 0.5, 4,
)  # fmt: skip
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
    number, around, none = passes.numbers_of([[outer, inner], [outer], []])
    assert (passes[number], passes[around], none) == ([outer, inner], [outer], OUTSIDE)
    assert passes.numbers_of([[outer, inner]]) == [number]
    assert passes[OUTSIDE] == []
    again = len(passes)
    passes.extend([OUTSIDE, again, number], [(3, 0, 1), (4, 1, 2), (4, 1, 2)])
    assert passes.are_same(again + 1, number)
    assert not passes.are_same(again + 2, number)


def test_passes_of_loops_that_need_more_than_64_bits_leave_nothing() -> None:
    passes = LoopPasses(FileIds())
    outer, wrong = LoopPass(3, 0, 1), LoopPass(4, 1 << 63, 2)
    for _ in range(2):
        with pytest.raises(OverflowError):
            passes.numbers_of([[outer], [outer, wrong]])
    (number,) = passes.numbers_of([[outer]])
    assert (passes[number], len(passes)) == ([outer], 2)


@pytest.mark.parametrize("wrong", ["id", "parent", "saved_bytes", "event", "mutates"])
def test_what_needs_more_than_64_bits_leaves_nothing(wrong: str) -> None:
    operations = Operations(FileIds())
    other = dataclasses.replace(MUL, id=8)
    number: Any = [1 << 64] if wrong == "mutates" else 1 << 64
    large = dataclasses.replace(MUL, **{wrong: number})
    with pytest.raises(OverflowError):
        operations.add_records([other, large])
    assert len(operations) == 0
    assert 8 not in operations.places
    operations.add_records([MUL, other])
    assert list(operations) == [MUL, other]


def test_a_column_is_as_wide_as_its_largest_number() -> None:
    operations = Operations(FileIds())
    large = dataclasses.replace(MUL, id=1 << 40, inputs=[1 << 41], parent=(1 << 63) - 1)
    operations.add_records([MUL])
    assert operations.ids.itemsize == operations.parents.itemsize == 4
    operations.add_records([large])
    assert operations.ids.itemsize == operations.parents.itemsize == 8
    assert operations.events.itemsize == 4
    assert list(operations) == [MUL, large]
    assert operations.by_id[1 << 40] == large


@pytest.mark.parametrize("number", [1 << 70, -(1 << 63) - 1])
def test_a_document_with_a_number_too_large_is_refused(trace: TraceText, number: int) -> None:
    document = json.loads(dump(trace(LOOP)))
    document["operations"][2]["event"] = number
    with pytest.raises(TraceFormatError, match=r"^\$\.operations\[2\]: a number needs more"):
        load(json.dumps(document))


def test_a_long_run_keeps_little_for_each_operation() -> None:
    trace, kept = _kept(_forward)
    assert kept < 170
    assert trace.tensors[-1].summary.values == [float(COUNT - 1), 1.0, 2.0, 3.0]
    assert trace.operations[7].loops == [LoopPass(1, 0, 7)]


def test_a_long_run_with_backward_passes_keeps_little_for_each_operation() -> None:
    trace, kept = _kept(lambda number: [*_forward(number), *_backward(number)])
    assert kept < 300
    assert trace.autograd_nodes[7].next == [6]
    assert trace.autograd_nodes[7].saved == [SavedTensor("self", [4], "float32", 16, 7)]
    (step,) = trace.backward_passes[0].steps[7:8]
    assert (step.grad_fn, step.operation, step.node, step.shape) == ("MulBackward0", 7, 7, [4])
    assert step.grad is not None
    assert step.grad.values == [7.0, 1.0, 2.0, 3.0]


def test_what_is_kept_for_backward_takes_little_more() -> None:
    trace, _ = _kept(
        lambda number: [
            MemoryRow(number, 16, number),
            *_forward(number, [number]),
            ReleasedRow(2 * number + 1, [number], []),
        ]
    )
    columns = [getattr(trace.kept, name) for name in Kept._names]
    assert sum(len(column) * column.itemsize for column in columns) <= 24 * COUNT
    assert trace.kept[7] == KeptStorage(7, 16, 14, 15, 7, 7, False)
    assert trace.operations[7].saved_bytes == 16


COUNT = 5_000


def _kept(rows_of: Callable[[int], list[Row]]) -> tuple[Trace, float]:
    """Return the trace of a long run and the bytes that it keeps for each operation."""
    builder = TraceBuilder(Snippet(None, "x = 1\n"))
    builder.add_batch([
        ["function", 0, "mul", "torch.mul"],
        ["site", 0, 1, 1, 0, 5],
        ["tensor_form", 0, "intermediate", [4], "float32", "cpu", True, False, False, None],
        ["op_form", 0, 0, 0, None, "forward", False, "recorded", True, None, [], True, False],
        ["saved_form", 0, "self", [4], "float32", 16],
        ["backward", 0, "backward", 5, [], [], 10 * COUNT],
        TensorRow(0, 0, 0, 0, None, None, None, None),
    ])  # fmt: skip
    tracemalloc.start()
    for number in range(COUNT):
        builder.add_batch(rows_of(number))
    trace = builder.finish().trace
    del builder
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return trace, kept / COUNT


def _forward(number: int, kept: Sequence[int] = ()) -> list[Row]:
    values = Packed("f|4", struct.pack("<4f", number, 1.0, 2.0, 3.0))
    return [
        LoopsRow(number, 1, 0, number, None),
        TensorRow(number + 1, 0, number + 1, number + 1, None, None, None, values),
        OperationRow(
            number,
            0,
            number,
            2 * number,
            8_000,
            None,
            number,
            [number],
            [number + 1],
            [],
            list(kept),
        ),
    ]


def _backward(number: int) -> list[Row]:
    grad = Packed("f|4", struct.pack("<4f", number, 1.0, 2.0, 3.0))
    event = 10 * COUNT + number
    return [
        NodeRow(0, number, number, None, "MulBackward0", [max(0, number - 1)], [0, number]),
        StepRow(0, event, number, None, None, number, "MulBackward0", [4], grad),
    ]


def test_what_needs_more_than_64_bits_does_not_replace_a_tensor() -> None:
    tensors = Tensors(Summaries())
    form = tensors.forms.number(("value", "float32", "cpu", True, True, False, None, [2]))
    label, values = tensors.labels.number(("x", 1, FileId(0))), tensors.summaries.add_unknown(2)
    tensors.extend([5], [form], [None], [1], [2], [label], [values])
    (before,) = copied = [dataclasses.asdict(tensor) for tensor in tensors]
    for base, storage, identity in ((1 << 64, 1, 2), (None, 1 << 64, 2), (None, 1, 1 << 64)):
        with pytest.raises(OverflowError):
            tensors.replace(0, form, base, storage, identity, label, values)
        with pytest.raises(OverflowError):
            tensors.extend([6], [form], [base], [storage], [identity], [label], [values])
    assert [dataclasses.asdict(tensor) for tensor in tensors] == copied
    assert 6 not in tensors.places
    tensors.replace(0, form, None, 3, 4, label, values)
    assert dataclasses.asdict(tensors[0]) == before | {"storage": 3, "identity": 4}
    assert len(tensors) == 1
