"""Calls that ask no function mode, compilers, and what `checkpoint` computes again."""

from __future__ import annotations

import pytest

from app.contract.records import Operation, Snippet, Trace
from app.process.client import Tracer
from app.session.trace.assembly import TraceBuilder
from tests.process.running import request, warm_tracers
from tests.tools.tracing import trace_with

tracer = pytest.fixture(scope="module")(warm_tracers())

HEAD = "import warnings\nwarnings.simplefilter('ignore')\nimport torch\nfrom torch import nn\n"


def named(trace: Trace, name: str) -> list[Operation]:
    assert trace.error is None, trace.error.traceback
    return [operation for operation in trace.operations if operation.name == name]


@pytest.mark.parametrize("part", ["real", "imag"])
def test_setting_a_part_of_a_complex_tensor(tracer: Tracer, part: str) -> None:
    text = f"""{HEAD}
v = torch.ones(2, requires_grad=True)
c = torch.zeros(2, dtype=torch.complex64)
c.{part} = v
c.abs().sum().backward()
"""
    trace = trace_with(tracer, text)
    (setting,) = named(trace, part)
    assert (setting.line, setting.reason, setting.grad_fn) == (8, "recorded", ["CopySlices"])
    assert [g.why.code for g in trace.gradients if g.name == "v"] == ["accumulated"]


def test_as_subclass_is_an_operation(tracer: Tracer) -> None:
    text = f"""{HEAD}
class Ours(torch.Tensor):
    pass
x = torch.ones(2, requires_grad=True).as_subclass(Ours)
y = x * 2
"""
    trace = trace_with(tracer, text)
    assert [op.grad_fn for op in named(trace, "as_subclass")] == [["AliasBackward0"]]
    assert [op.name for op in trace.operations if op.line == 9] == ["mul"]


@pytest.mark.parametrize(
    ("call", "cuts"),
    [
        ("nn.Parameter(w)", True),
        ("nn.Parameter((w * 2).detach())", True),
        ("torch.autograd.Variable(w * 2)", True),
        ("torch.Tensor([w[0], w[1]])", True),
        ("nn.Parameter(torch.ones(2) * 2)", False),
        ("nn.Parameter(torch.empty(2))", False),
        ("torch.autograd.Variable(torch.ones(2))", False),
        ("torch.Tensor(2, 3)", False),
    ],
)
def test_making_a_leaf_of_a_history_is_an_operation(tracer: Tracer, call: str, cuts: bool) -> None:
    trace = trace_with(tracer, f"{HEAD}w = torch.ones(2, requires_grad=True)\ny = {call}\n")
    assert trace.error is None
    made = [op for op in trace.operations if op.name in ("Parameter", "Variable", "Tensor")]
    assert [(op.reason, op.would_record) for op in made] == [("detached", False)] * cuts
    kinds = {t.id: t.name for t in trace.tensors}
    assert [kinds[op.outputs[0]] for op in made] == ["y"] * cuts


SCRIPTED = f"""{HEAD}
@torch.jit.script
def f(x, n: int):
    for i in range(n):
        x = x * 2
    return x.tanh()
net = torch.jit.script(nn.Linear(2, 1))
w = torch.ones(2, requires_grad=True)
y = f(w, 2)
with torch.no_grad():
    z = f(w, 1)
net(y).sum().backward()
"""


def test_a_scripted_function_is_one_operation_and_said_to_be(tracer: Tracer) -> None:
    trace = trace_with(tracer, SCRIPTED)
    recorded, skipped = named(trace, "f")
    assert recorded.grad_fn == ["TanhBackward0", "MulBackward1", "MulBackward1"]
    assert (skipped.reason, skipped.would_record) == ("no_grad", True)
    assert [(note.code, note.line) for note in trace.notes] == [
        ("scripted", 13),
        ("scripted", 15),
        ("scripted", 16),
    ]


def test_a_scripted_module_uses_its_parameters(tracer: Tracer) -> None:
    trace = trace_with(tracer, SCRIPTED)
    (call,) = named(trace, "forward")
    names = {t.id: t.name for t in trace.tensors}
    assert {"net.weight", "net.bias"} <= {names[i] for i in call.inputs}
    assert all(g.why.code == "accumulated" for g in trace.gradients)


def test_what_torch_jit_trace_runs_to_note_it_down_is_no_operation(tracer: Tracer) -> None:
    text = f"{HEAD}f = torch.jit.trace(lambda x: x.sin(), torch.ones(2))\ny = f(torch.zeros(2))\n"
    trace = trace_with(tracer, text)
    assert [op.name for op in trace.operations] == ["ones", "zeros", "_lambda"]


@pytest.mark.parametrize(
    ("looks", "called"),
    [
        ("torch.jit.trace(net, x)", "torch.jit.trace"),
        ("torch.jit.trace_module(net, {'forward': x})", "torch.jit.trace_module"),
        ("torch.export.export(net, (x,))", "torch.export.export"),
        ("__import__('torch._dynamo')._dynamo.explain(net)(x)", "torch._dynamo.explain"),
    ],
)
def test_what_looks_at_code_by_running_it_is_said_not_to_be_recorded(
    tracer: Tracer, looks: str, called: str
) -> None:
    text = f"{HEAD}net = nn.Linear(2, 1)\nx = torch.ones(1, 2)\n\n{looks}\ny = net(x)\n"
    trace = trace_with(tracer, text)
    line = text[: text.index(looks)].count("\n") + 1
    assert [(note.code, note.line) for note in trace.notes] == [("unseen", line)]
    assert trace.notes[0].text.startswith(called + ":")
    assert [op.line for op in named(trace, "linear")] == [line + 1]
    assert trace.run.partial is None


def test_what_is_to_be_compiled_runs_eagerly_and_is_said_to(tracer: Tracer) -> None:
    text = f"""{HEAD}
@torch.compile
def f(x):
    return x.sin() * 2
w = torch.ones(2, requires_grad=True)
f(w).sum().backward()
"""
    trace = trace_with(tracer, text)
    assert [op.line for op in named(trace, "sin")] == [8]
    assert [(note.code, note.line) for note in trace.notes] == [("compiled", 6)]
    assert [g.why.code for g in trace.gradients] == ["accumulated"]


@pytest.mark.parametrize("reentrant", [False, True])
def test_what_checkpoint_computes_once_more_is_said_to_be_that(
    tracer: Tracer, reentrant: bool
) -> None:
    text = f"""{HEAD}
from torch.utils.checkpoint import checkpoint
def f(x):
    return x.sin().exp()
x = torch.ones(2, requires_grad=True)
x.register_hook(lambda g: g.cos())
checkpoint(f, x, use_reentrant={reentrant}).sum().backward()
"""
    trace = trace_with(tracer, text)
    first, again = named(trace, "sin")
    assert (first.phase, first.recomputation) == ("forward", None)
    assert (again.phase, again.recomputation) == ("backward", 0)
    assert [r.line for r in trace.recomputations] == [11]
    (hooked,) = named(trace, "cos")
    assert (hooked.phase, hooked.recomputation) == ("backward", None)


def test_nodes_that_a_backward_pass_made_name_the_pass(tracer: Tracer) -> None:
    text = f"""{HEAD}
x = torch.ones(2, requires_grad=True)
(g,) = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)
(g ** 2).sum().backward()
"""
    trace = trace_with(tracer, text)
    made = [step for step in trace.backward_passes[1].steps if step.made_in is not None]
    assert made
    assert {(step.made_in, step.operation) for step in made} == {(0, None)}


def test_gradients_of_nested_tensors(tracer: Tracer) -> None:
    text = f"""{HEAD}
a, b = torch.ones(1, 2, requires_grad=True), torch.ones(3, 2, requires_grad=True)
n = torch.nested.as_nested_tensor([a, b])
torch.nested.to_padded_tensor(n * 2, 0.0).sum().backward()
"""
    trace = trace_with(tracer, text)
    assert [(g.name, g.why.code) for g in trace.gradients] == [
        ("a", "accumulated"),
        ("b", "accumulated"),
    ]


def test_transforms_of_torch_func_are_noted(tracer: Tracer) -> None:
    text = f"""{HEAD}
x = torch.ones(3, requires_grad=True)
y = torch.func.vmap(lambda t: t * 2)(x)
g = torch.func.grad(lambda t: t.sin().sum())(torch.ones(2))
y.sum().backward()
"""
    trace = trace_with(tracer, text)
    assert [(note.code, note.line) for note in trace.notes] == [
        ("transformed", 7),
        ("transformed", 8),
    ]
    (batched,) = named(trace, "mul")
    assert (batched.reason, "MulBackward0" in batched.grad_fn) == ("recorded", True)


def test_what_stands_for_a_parameter_inside_torch_func_has_no_row_of_its_own(
    tracer: Tracer,
) -> None:
    text = f"""{HEAD}
net = nn.Linear(2, 1)
def loss(parameters):
    return torch.func.functional_call(net, parameters, (torch.ones(1, 2),)).sum()
torch.func.grad(loss)(dict(net.named_parameters()))
loss(dict(net.named_parameters())).backward()
"""
    trace = trace_with(tracer, text)
    assert [(g.name, g.why.code) for g in trace.gradients] == [
        ("net.weight", "accumulated"),
        ("net.bias", "accumulated"),
    ]


def test_meta_tensors_are_traced_without_values(tracer: Tracer) -> None:
    text = f"""{HEAD}
net = nn.Linear(2, 1, device="meta")
net(torch.ones(3, 2, device="meta")).sum().backward()
"""
    trace = trace_with(tracer, text)
    weight = next(g for g in trace.gradients if g.name == "net.weight")
    assert (weight.why.code, weight.shape) == ("accumulated", [1, 2])
    assert weight.grad is not None
    assert weight.grad.values is None
    assert {t.device for t in trace.tensors} == {"meta"}


def test_a_default_device_without_values(tracer: Tracer) -> None:
    builder = TraceBuilder(Snippet(path=None, text=""))
    text = "import torch\nw = torch.ones(2, requires_grad=True)\n(w * 2).sum().backward()\n"
    builder.add_exited(tracer.run(request(text, device="meta"), builder.add_batch))
    trace = builder.finish().trace
    assert trace.error is None
    assert [(g.name, g.why.code) for g in trace.gradients] == [("w", "accumulated")]
    assert {t.device for t in trace.tensors} == {"meta"}
