"""Rows that are well formed become a trace; rows that are not are refused with a clear message."""

from __future__ import annotations

import struct
from typing import Any, get_type_hints

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.contract.kinds import MESSAGES, PACKED, Long, Word
from app.contract.messages import (
    ClockRow,
    Exited,
    GradRow,
    LoopsRow,
    NameRow,
    OperationRow,
    Packed,
    Row,
    StepRow,
    SummaryRow,
    TensorRow,
    ValueRow,
    Values,
)
from app.contract.records import LoopPass, Partial, Snippet
from app.session.trace.assembly import OUTPUT_LIMIT, TraceBuilder
from app.session.trace.document import dump, load

STARTED = ["started", "cpu", 0, [], "2.13.0", "3.11.7"]
FUNCTION = ["function", 0, "relu", "torch.relu"]
SITE = ["site", 0, 4, 4, 0, 9]
CAUSE = ["cause", 0, "with", 3, "torch.no_grad()"]


ONE_TWO = Packed("f|2", struct.pack("<2f", 1.0, 2.0))


def figures(numel: int, values: Any, **changes: Any) -> SummaryRow:
    unknown = SummaryRow(numel, values, None, None, None, None, None, 0, 0, 0, False)
    return unknown._replace(**changes)


FORMS: list[list[Any]] = [
    ["tensor_form", int(requires), "constant", [2], "float32", "cpu", requires, True, False, None]
    for requires in (False, True)
]


def tensor(number: int, requires_grad: bool = False, identity: int | None = None) -> TensorRow:
    identity = number if identity is None else identity
    return TensorRow(number, int(requires_grad), number, identity, None, None, None, None)


def operation(number: int, **changes: Any) -> list[Row]:
    """Two rows: a form of its own, and the operation."""
    form: dict[str, Any] = {
        "function": 0, "site": 0, "module": None, "phase": "forward", "in_place": False,
        "reason": "recorded", "would_record": True, "cause": None, "grad_fn": [],
        "grad_mode": True, "inference": False,
    }  # fmt: skip
    own: dict[str, Any] = {
        "occurrence": 0, "event": number, "nanoseconds": 1500, "parent": None,
        "loops": None, "inputs": [0], "outputs": [1], "mutates": [], "kept": [],
    }  # fmt: skip
    for name, value in changes.items():
        (form if name in form else own)[name] = value
    return [["op_form", number, *form.values()], OperationRow(number, number, **own)]


def builder(*rows: Row) -> TraceBuilder:
    """Rows, or lists of rows, after those that the others refer to."""
    made = TraceBuilder(Snippet(None, "x = 1\n" * 9))
    batch: list[Row] = [STARTED, FUNCTION, SITE, CAUSE, *FORMS, tensor(0), tensor(1)]
    for row in rows:
        batch += row if isinstance(row[0], (list, OperationRow)) else [row]
    made.add_batch(batch)
    return made


def test_an_operation_is_put_together_from_what_was_sent_once() -> None:
    made = builder(operation(0, reason="no_grad", cause=0), ["finished", 0.5, False])
    made.add_exited(Exited(0, None, None))
    trace = made.finish().trace
    (op,) = trace.operations
    assert (op.name, op.qualified_name, op.line, op.end_column) == ("relu", "torch.relu", 4, 9)
    assert (op.status, op.seconds) == ("skipped", 1.5e-6)
    assert op.cause is not None
    assert (op.cause.kind, op.cause.line) == ("with", 3)
    assert (trace.run.status, trace.run.seconds, trace.error) == ("ok", 0.5, None)
    assert load(dump(trace)).trace == trace


def test_a_composite_is_recorded_if_any_call_inside_is() -> None:
    made = builder(
        operation(0, reason="no_grad", cause=0),
        operation(1, parent=0, reason="no_grad", cause=0),
        operation(2, parent=0),
        operation(3, parent=1),
    )
    statuses = [(op.status, op.cause) for op in made.finish().trace.operations]
    assert statuses == [("recorded", None)] * 4


def test_what_refers_to_a_call_that_never_returned_refers_to_none() -> None:
    made = builder(
        operation(3, parent=2),
        ["span", 0, "no_grad", 0, 3, 5, None, False, 1],
        ["span_end", 0, 2, 2, 9],
        ["backward", 0, "backward", 5, [1], [], 10],
        StepRow(0, 11, 2, None, None, None, "ReluBackward0", [2], None),
    )
    trace = made.finish().trace
    assert trace.operations[0].parent is None
    assert (trace.grad_modes[0].first_op, trace.grad_modes[0].last_op) == (3, 3)
    assert trace.backward_passes[0].steps[0].operation is None
    assert load(dump(trace)).trace == trace


def test_a_view_is_of_a_tensor_that_was_sent_before() -> None:
    view = [TensorRow(number, 0, 0, number, base, None, None, None)
            for number, base in ((2, 0), (3, 2), (4, 5), (5, 5))]  # fmt: skip
    made = builder()
    made.add_batch(view)
    trace = made.finish().trace
    assert [tensor.is_view_of for tensor in trace.tensors] == [None, None, 0, 2, None, None]
    assert trace.run.partial is not None


def test_a_pass_of_a_loop_is_inside_one_that_was_sent_before() -> None:
    made = builder()
    made.add_batch([LoopsRow(0, 1, 0, 0, None), LoopsRow(1, 2, 0, 3, 0), LoopsRow(2, 3, 0, 4, 2)])
    made.add_batch(operation(0, loops=1) + operation(1, loops=2))
    inside, outside = made.finish().trace.operations
    assert inside.loops == [LoopPass(1, 0, 0), LoopPass(2, 0, 3)]
    assert outside.loops == [LoopPass(3, 0, 4)]


def test_times_of_threads_that_crossed_are_in_order() -> None:
    times = (1, 10), (3, 30), (2, 40), (4, 20), (5, 50)
    made = builder(["clock_began", 7.0], *(ClockRow(*time) for time in times))
    made.add_batch([["wait", 0, "barrier", 4, 6, 60], ["wait_end", 0, 7, 59, True]])
    made.add_batch([["clock_began", 1e300], ["wait", 1, "barrier", 4, 8, -1]])
    trace = made.finish().trace
    assert trace.clock is not None
    assert (trace.clock.began, len(trace.clock.waits)) == (7.0, 1)
    assert [event for event, _ in trace.clock.times] == [1, 3, 5]
    assert load(dump(trace)).trace == trace


def test_requires_grad_set_to_what_it_was_is_no_fact() -> None:
    made = builder(
        ["fact", "requires_grad", 0, 4, False, 1],
        tensor(0, requires_grad=True),
        ["fact", "requires_grad", 0, 5, True, 2],
        ["fact", "requires_grad", 0, 6, True, 3],
        ["fact", "requires_grad", 0, 7, False, 4],
    )
    facts = made.finish().trace.facts
    assert [(fact.line, fact.value) for fact in facts] == [(5, True), (7, False)]


def test_a_tensor_sent_again_keeps_its_name_and_its_values() -> None:
    made = builder(
        ValueRow(0, ONE_TWO),
        NameRow(0, 4, "x", None),
        tensor(0, requires_grad=True),
    )
    found = made.finish().trace.tensors[0]
    assert (found.name, found.line, found.requires_grad) == ("x", 4, True)
    assert (found.summary.values, found.summary.mean) == ([1.0, 2.0], 1.5)


def test_the_last_grad_of_a_variable_counts() -> None:
    made = builder(
        tensor(2, True, identity=0),
        NameRow(0, 4, "w", None),
        GradRow(0, True, 1, False, [2], ONE_TWO),
        GradRow(2, True, 2, True, None, None),
    )
    (gradient,) = made.finish().trace.gradients
    assert (gradient.name, gradient.tensor, gradient.grad) == ("w", 2, None)


def test_a_run_that_broke_off_is_explained_as_far_as_it_came() -> None:
    made = builder(tensor(0, requires_grad=True), NameRow(0, 4, "w", None), operation(0))
    made.add_exited(Exited(None, 11, None))
    trace = made.finish().trace
    assert [(g.name, g.why.code) for g in trace.gradients] == [("w", "no_backward")]
    assert trace.run.status == "crashed"
    assert trace.error is not None
    assert trace.error.message == "The process was ended by signal 11 (SIGSEGV) after 1 operation."


def test_more_output_than_is_kept_is_cut_off_and_said_so() -> None:
    made = builder(*[["output", "stdout", "x" * 1000]] * 1100)
    output = made.finish().trace.output
    assert (len(output.stdout), output.truncated) == (OUTPUT_LIMIT, True)


MALFORMED: dict[str, Row] = {
    "no kind": [7, 1],
    "an empty row": [],
    "an unknown kind": ["pickle", "x"],
    "too short": ["site", 1],
    "a wrong type": ["site", "1", 2, 3, 4, 5],
    "a packed kind in words": ["op", 2, 0, 0, 1, 0, 0, None, None, [], [], []],
    "an unknown reason": operation(2, reason="luck")[0],
    "an unknown form": OperationRow(2, 77, 0, 1, 0, None, None, [], [], [], []),
    "an unknown form of tensors": TensorRow(2, 77, 1, 1, None, None, None, None),
    "a form of tensors with a number for a truth": [
        "tensor_form", 9, "constant", [2], "float32", "cpu", 7, True, False, None,
    ],
    "an unknown function": operation(2, function=77)[0],
    "a value of an unknown tensor": ValueRow(77, ONE_TWO),
    "values that do not fill their shape": ValueRow(0, Packed("f|3", bytes(8))),
    "values that are not numbers": ValueRow(0, figures(1, ["<b>"])),
    "figures that are not numbers": ValueRow(0, figures(99, None, min="__import__")),
    "a step of an unknown pass": StepRow(7, 1, None, None, None, None, "X", [], None),
}  # fmt: skip


@pytest.mark.parametrize("wrong", MALFORMED.values(), ids=list(MALFORMED))
def test_what_is_malformed_is_lost_and_costs_no_other_row(wrong: Row) -> None:
    made = builder(operation(0, event=5))
    made.add_batch([wrong, *operation(1, event=6)])
    made.add_exited(Exited(0, None, None))
    trace = made.finish().trace
    assert [op.id for op in trace.operations] == [0, 1]
    assert trace.run.partial == Partial("lost_rows", 5, "forward")
    assert load(dump(trace)).trace == trace


REFERENCES: dict[str, list[Row]] = {
    "a tensor": operation(1, inputs=[0, 77]),
    "a result": operation(1, outputs=[77]),
    "a place": operation(1, site=77),
    "a cause": operation(1, cause=77, reason="no_grad"),
    "a module": operation(1, module=77),
    "a pass of a loop": operation(1, loops=77),
}


@pytest.mark.parametrize("rows", REFERENCES.values(), ids=list(REFERENCES))
def test_what_was_never_sent_is_not_referred_to(rows: list[Row]) -> None:
    trace = builder(operation(0), rows).finish().trace
    op = trace.operations[1]
    assert set(op.inputs) <= {0}
    assert set(op.outputs) <= {1}
    assert trace.run.partial is not None
    assert trace.run.partial.because == "lost_rows"
    assert load(dump(trace)).trace == trace


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


_FIELDS = {
    int: st.integers(0, 9),
    Long: st.integers(0, 1 << 63),
    bool: st.booleans(),
    int | None: st.none() | st.integers(0, 9),
    Word: st.text(max_size=5),
    Word | None: st.none() | st.text(max_size=5),
    list[int]: st.lists(st.integers(-9, 9), max_size=5),
    list[int] | None: st.none() | st.lists(st.integers(-9, 9), max_size=5),
    Values: st.none()
    | st.builds(Packed, st.sampled_from(["f|2", "q|", "x", "f|9,9"]), st.binary(max_size=16))
    | st.lists(_json, min_size=12, max_size=12).map(
        lambda fields: tuple.__new__(SummaryRow, fields)
    ),
}


def _rows(kind: type) -> st.SearchStrategy[Row]:
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{name: _FIELDS[one] for name, one in hints.items()})


@given(st.lists(st.one_of(*map(_rows, PACKED)), max_size=9))
@example([OperationRow(1, 0, 0, 0, 0, 1, None, [], [], [], [])])  # inside itself
def test_a_trace_comes_of_any_packed_rows(rows: list[Row]) -> None:
    made = builder(operation(0), ["backward", 0, "backward", 5, [1], [], 10])
    made.add_batch(rows)
    trace = made.finish().trace
    assert load(dump(trace)).trace == trace


@given(st.sampled_from(sorted(MESSAGES)), st.lists(_json, max_size=22))
def test_a_trace_comes_of_any_row(kind: str, fields: list[Any]) -> None:
    made = builder()
    made.add_batch([[kind, *fields]])
    assert load(dump(made.finish().trace)).trace.run.torch in ("2.13.0", *map(str, fields))
