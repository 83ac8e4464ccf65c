"""Opening a step of a backward pass, in a real process: what the node itself answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch

from app.contract.messages import OpenedRow, OpenedValueRow, Packed
from app.process.client import Tracer
from app.session.trace.values.packed import unpack
from tests.support import TraceText, snippet
from tests.tools.tracing import request_for

SWISH = snippet("""
    x = torch.tensor([[2., -1.], [.5, 1.]])
    w = torch.tensor([[1., 2.], [3., -1.]], requires_grad=True)
    a = w * x
    s = a.sigmoid()
    y = a * s
    loss = y.sum()
    print("ran")
    loss.backward()
""")


class Opened(NamedTuple):
    row: OpenedRow
    values: dict[tuple[str, int, str], Any]
    """By role, number and name."""

    def value(self, role: str, number: int = 0, name: str = "") -> Any:
        return self.values[role, number, name]

    def derivative(self, number: int = 0) -> tuple[str, Any]:
        (found,) = [
            (name, value)
            for (role, place, name), value in self.values.items()
            if role == "derivative" and place == number
        ]
        return found


Open = Callable[..., Opened]


@pytest.fixture
def opened(tracer: Tracer, trace: TraceText) -> Open:
    """Open the only step of a text's last pass that runs a node of this name."""

    def open_it(text: str, name: str, nth: int = 0) -> Opened:
        last = trace(text).backward_passes[-1]
        places = [place for place, step in enumerate(last.steps) if step.grad_fn == name]
        rows = rows_of(tracer, text, last.id, places[nth] + 1)
        assert rows[-1][0] == "opened", rows[-1]
        return Opened(OpenedRow(*rows[-1][1:]), dict(map(_read, rows[:-1])))

    return open_it


def rows_of(tracer: Tracer, text: str, number: int, step: int) -> list[Any]:
    rows: list[Any] = []
    tracer.run(request_for(text)._replace(opened=(number, step)), rows.extend)
    return [row for row in rows if row[0] != "lines"]  # those that ran, whatever a run is for


def _read(row: OpenedValueRow) -> tuple[tuple[str, int, str], Any]:
    values = row.values
    assert values is not None
    found = torch.tensor(unpack(values)) if isinstance(values, Packed) else values
    return (row.role, row.number, row.name), found


def test_what_arrives_by_each_path_and_what_goes_on(opened: Open) -> None:
    x = torch.tensor([[2.0, -1.0], [0.5, 1.0]])
    w = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    found = opened(SWISH, "MulBackward0", 1)
    a = w * x
    s = a.sigmoid()
    assert found.row.name == "MulBackward0"
    assert found.row.edges == [0, -1]
    assert found.row.steps == [2, 3]  # mul, then sigmoid
    assert found.row.limit == ""
    assert torch.equal(found.value("path", 0), s)
    assert torch.allclose(found.value("path", 1), a * s * (1 - s))
    assert torch.equal(found.value("arrived"), found.value("path", 0) + found.value("path", 1))
    assert torch.equal(found.value("going"), found.value("arrived") * x)
    assert torch.equal(found.value("saved", 0, "other"), x)
    name, values = found.derivative()
    assert name == "cells"
    assert torch.equal(values, x)


def test_nothing_but_the_answer_comes_from_the_run(tracer: Tracer) -> None:
    kinds = {row[0] if type(row) is list else type(row) for row in rows_of(tracer, SWISH, 0, 4)}
    assert kinds == {OpenedValueRow, "opened"}


def test_the_first_step_begins_with_the_call_of_backward(opened: Open) -> None:
    found = opened(SWISH, "SumBackward0")
    assert found.row.steps == [0]
    assert torch.equal(found.value("path"), torch.tensor(1.0))
    name, values = found.derivative()
    assert name == "row"
    assert torch.equal(values, torch.ones(2, 2))


def test_a_leaf_adds_to_what_is_there(opened: Open) -> None:
    text = SWISH.replace("loss.backward()", "loss.backward(retain_graph=True)\nloss.backward()")
    found = opened(text, "AccumulateGrad")
    assert torch.equal(found.value("after"), found.value("before") + found.value("arrived"))
    assert torch.equal(found.value("before"), found.value("arrived"))


def test_a_product_of_matrices_has_a_matrix_of_derivatives(opened: Open) -> None:
    text = snippet("""
        x = torch.tensor([[1., 2., 3.]])
        w = torch.tensor([[1., 0.], [2., 1.], [-1., 3.]], requires_grad=True)
        (x @ w).sum().backward()
    """)
    found = opened(text, "MmBackward0")
    name, values = found.derivative(1)
    assert name == "matrix"
    arrived = found.value("arrived").reshape(-1)
    assert torch.equal((arrived @ values).reshape(3, 2), found.value("going", 1))


def test_what_was_broadcast_is_summed_as_the_engine_sums_it(opened: Open) -> None:
    text = snippet("""
        x = torch.arange(6.).reshape(2, 3)
        b = torch.ones(3, requires_grad=True)
        (x * b).sum().backward()
    """)
    found = opened(text, "MulBackward0")
    name, values = found.derivative(1)
    assert name == "matrix"
    arrived = found.value("arrived").reshape(-1)
    assert torch.equal(arrived @ values, found.value("going", 1))
    assert torch.equal(found.value("going", 1), torch.tensor([3.0, 5.0, 7.0]))


def test_of_several_outputs_only_some_get_a_gradient(opened: Open) -> None:
    text = snippet("""
        x = torch.arange(6.).reshape(2, 3).requires_grad_()
        first, second = x.unbind()
        (second * 2).sum().backward()
    """)
    found = opened(text, "UnbindBackward0")
    assert found.row.slots == [1]
    assert ("arrived", 0, "") not in found.values
    assert torch.equal(found.value("going"), torch.tensor([[0.0] * 3, [2.0] * 3]))
    assert found.derivative()[0] == "matrix"


def test_a_larger_node_is_asked_once(opened: Open) -> None:
    text = snippet("""
        x = torch.linspace(-1, 1, 100).requires_grad_()
        x.tanh().sum().backward()
    """)
    found = opened(text, "TanhBackward0")
    name, values = found.derivative()
    assert name == "ones"
    assert torch.allclose(values, 1 - torch.linspace(-1, 1, 100).tanh() ** 2, atol=1e-6)


def test_of_many_values_there_are_figures(opened: Open) -> None:
    text = snippet("""
        x = torch.ones(5000, requires_grad=True)
        (x * 2).sum().backward()
    """)
    found = opened(text, "MulBackward0").value("going")
    assert (found.numel, found.min, found.max, found.sampled) == (5000, 2.0, 2.0, False)


def test_the_programs_own_function_is_not_called_again(opened: Open) -> None:
    text = snippet("""
        class Twice(torch.autograd.Function):
            calls = 0
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return 2 * x
            @staticmethod
            def backward(ctx, grad):
                Twice.calls += 1
                assert Twice.calls == 1
                return 2 * grad
        x = torch.ones(2, requires_grad=True)
        Twice.apply(x).sum().backward()
    """)
    found = opened(text, "TwiceBackward")
    assert found.row.limit == "custom"
    assert torch.equal(found.value("going"), torch.tensor([2.0, 2.0]))


def test_hooks_of_saved_tensors_are_not_called_again(opened: Open) -> None:
    text = snippet("""
        seen = []
        def unpack(x):
            seen.append(x)
            assert len(seen) <= 2, "asked again"
            return x
        x = torch.ones(2, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda x: x, unpack):
            y = x * x
        y.sum().backward()
    """)
    found = opened(text, "MulBackward0")
    assert found.row.limit == "hooks"
    assert torch.equal(found.value("going", 1), torch.ones(2))


def test_a_backward_pass_that_is_recorded_itself(opened: Open) -> None:
    text = snippet("""
        x = torch.tensor([3.], requires_grad=True)
        (g,) = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)
        g.sum().backward()
    """)
    found = opened(text, "MulBackward0")
    assert torch.equal(found.value("arrived"), torch.ones(1))


def test_a_step_that_is_not_there_and_a_program_that_fails(tracer: Tracer) -> None:
    assert rows_of(tracer, SWISH, 0, 9) == [["not_opened", "not_reached"]]
    assert rows_of(tracer, SWISH, 1, 1) == [["not_opened", "not_reached"]]
    assert rows_of(tracer, "1 / 0\n", 0, 1) == [["not_opened", "not_reached"]]
    assert rows_of(tracer, "1 /\n", 0, 1) == [["not_opened", "not_reached"]]
