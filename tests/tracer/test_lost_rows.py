"""What cannot be recorded or sent costs as little as it can, and the trace says so."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from app.process.client import Tracer
from app.session.trace.document import dump, load
from tests.process.running import warm_tracers
from tests.tools.tracing import trace_with

tracer = pytest.fixture(scope="module")(warm_tracers())

X = "import torch\nx = torch.ones(3, requires_grad=True)\n"

RECURSIONS = {
    "a function": "def f(t): return f(t + 1)\nf(x)",
    "what it comes back to": "def f(t): return (f(t - 1) + t).relu()\nf(x)",
    "a method": """
        class Deep:
            def go(self, t):
                t = t * 2
                return self.go(t)
        Deep().go(x)
        """,
    "a hook": "def h(g): return h(g * 2)\ny = x * 2\ny.register_hook(h)\ny.sum().backward()",
    "a module": """
        class M(torch.nn.Module):
            def forward(self, t): return self(t.sin())
        M()(x)
        """,
}


@pytest.mark.parametrize("text", RECURSIONS.values(), ids=RECURSIONS)
def test_a_recursion_without_end_keeps_what_came_before(tracer: Tracer, text: str) -> None:
    trace = trace_with(tracer, X + dedent(text))
    assert trace.run.status == "raised"
    assert trace.error is not None
    assert trace.error.type == "RecursionError"
    assert len(trace.operations) > 150
    assert load(dump(trace)).trace == trace


@pytest.mark.parametrize("name", ["\\ud800", "\\udcff.py", "\\0", "", "a\\n"])
def test_code_of_a_file_that_cannot_be_is_recorded(tracer: Tracer, name: str) -> None:
    code = f"compile('y = x * 2', 'a', 'exec').replace(co_filename='{name}')"
    trace = trace_with(tracer, f"{X}exec({code})\ny.sum().backward()")
    assert [one.name for one in trace.operations] == ["ones", "mul", "sum"]
    assert trace.run.partial is None
    assert json.loads(dump(load(dump(trace)).trace)) == json.loads(dump(trace))


def test_what_is_missed_at_an_unknown_place_is_noted(tracer: Tracer) -> None:
    text = f"{X}import os\nos.path.abspath = None\nexec(compile('y = x * 2', 'a', 'exec'))"
    trace = trace_with(tracer, text)
    assert [one.name for one in trace.operations] == ["ones"]
    assert trace.run.partial is not None
    assert trace.run.partial.because == "lost_rows"
    assert [(note.code, note.line) for note in trace.notes] == [("incomplete", None)]


def test_a_recursion_that_is_caught_leaves_a_whole_trace(tracer: Tracer) -> None:
    text = X + dedent(
        """
        depth = 0
        def f(t):
            global depth
            depth += 1
            return f(t * 1)
        try:
            f(x)
        except RecursionError:
            print(depth)
        (x * 2).sum().backward()
        """
    )
    trace = trace_with(tracer, text)
    assert (trace.run.status, trace.run.partial, trace.notes) == ("ok", None, [])
    calls = [op for op in trace.operations if op.line == 8]
    assert len(calls) >= int(trace.output.stdout) - 1
    assert [(row.name, row.why.code) for row in trace.gradients] == [("x", "accumulated")]


REPLACED = {
    "requires_grad": "torch.Tensor.requires_grad = 7",
    "dtype": "torch.Tensor.dtype = 'q'",
    "shape": "torch.Tensor.shape = property(lambda tensor: 1 / 0)",
    "is_leaf": "torch.Tensor.is_leaf = {1}",
}


@pytest.mark.parametrize("text", REPLACED.values(), ids=REPLACED)
def test_a_replaced_property_of_tensor_costs_no_document(tracer: Tracer, text: str) -> None:
    trace = trace_with(tracer, f"{X}y = x * 2\n{text}\nz = y * 3")
    assert trace.run.status == "ok"
    assert [op.name for op in trace.operations][:2] == ["ones", "mul"]
    assert load(dump(trace)).trace == trace


@pytest.mark.parametrize(
    "deed",
    ["os.closerange(3, 1024)", "[os.set_blocking(fd, False) for fd in map(int, os.listdir(path))]"],
)
def test_no_row_is_lost_where_descriptors_are_closed_or_do_not_block(
    tracer: Tracer, deed: str
) -> None:
    text = X + (
        f"import os\ny, path = x, '/proc/self/fd'\ntry: {deed}\n"
        "except OSError: pass\nfor i in range(12000): y = y + 1\n"
    )
    trace = trace_with(tracer, text)
    assert (trace.run.status, trace.run.partial) == ("ok", None)
    assert len(trace.operations) == 12001
