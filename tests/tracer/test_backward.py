"""Backward passes: the nodes that ran, in order, and what they added to."""

from __future__ import annotations

import pytest
import torch

from tests.tracer.support import Recording, packed, record

HEAD = "import torch\nx = torch.tensor([1.0, 2.0], requires_grad=True)\n"


def _accumulated(recording: Recording, index: int = 0) -> set[str | None]:
    end = recording.passes[index].end
    assert end is not None
    return {recording.tensors[number].name for number in end.accumulated_into}


def test_steps_are_the_nodes_in_the_order_in_which_they_ran() -> None:
    recording = record(HEAD + "y = (x * 3).exp()\nloss = y.sum()\nloss.backward()\n")
    (pass_,) = recording.passes
    assert pass_.nodes == ["SumBackward0", "ExpBackward0", "MulBackward0", "AccumulateGrad"]
    assert [recording.tensors[i].name for i in pass_.row.roots] == ["loss"]
    assert (pass_.row.call, pass_.row.line, pass_.ok) == ("backward", 5, True)
    assert _accumulated(recording) == {"x"}


def test_steps_name_their_operation_and_their_leaf() -> None:
    recording = record(HEAD + "loss = (x * 3).sum()\nloss.backward()\n")
    steps = recording.passes[0].steps
    owners = [step.operation for step in steps]
    assert owners == [recording.op("sum").id, recording.op("mul").id, None]
    assert steps[-1].tensor == recording.tensor("x").id
    assert [step.shape for step in steps] == [[], [2], [2]]


def test_retained_graph_runs_twice() -> None:
    text = "loss = (x * x).sum()\nloss.backward(retain_graph=True)\nloss.backward()\n"
    recording = record(HEAD + text)
    assert recording.passes[0].nodes == recording.passes[1].nodes
    assert recording.variables["x"].grad.tolist() == [4.0, 8.0]


def test_failing_backward_is_told() -> None:
    text = "loss = (x * x).sum()\nloss.backward()\nloss.backward()\n"
    recording = record(HEAD + text, raises=RuntimeError)
    assert [pass_.ok for pass_ in recording.passes] == [True, False]


def test_backward_that_raises_half_way() -> None:
    text = "y = x * 2\ny.register_hook(lambda g: 1 / 0)\n(y * 3).sum().backward()\n"
    recording = record(HEAD + text, raises=ZeroDivisionError)
    (pass_,) = recording.passes
    assert not pass_.ok
    assert "AccumulateGrad" not in pass_.nodes


def test_autograd_grad_accumulates_nothing() -> None:
    recording = record(HEAD + "g, = torch.autograd.grad((x * x).sum(), x)\n")
    (pass_,) = recording.passes
    assert pass_.row.call == "autograd.grad"
    assert [recording.tensors[i].name for i in pass_.row.inputs] == ["x"]
    assert _accumulated(recording) == set()
    assert recording.variables["x"].grad is None


def test_backward_for_some_inputs_only() -> None:
    text = "w = torch.ones(2, requires_grad=True)\n(x * w).sum().backward(inputs=[w])\n"
    recording = record(HEAD + text)
    assert _accumulated(recording) == {"w"}
    assert [recording.tensors[i].name for i in recording.passes[0].row.inputs] == ["w"]


def test_double_backward() -> None:
    text = "y = (x**3).sum()\ng, = torch.autograd.grad(y, x, create_graph=True)\n"
    text += "(g * g).sum().backward()\n"
    recording = record(HEAD + text)
    second = recording.passes[1]
    assert second.ok
    owned = {step.grad_fn for step in second.steps if step.operation is not None}
    assert owned >= {"SumBackward0", "MulBackward0"}
    assert any(
        step.operation is None and step.grad_fn != "AccumulateGrad" for step in second.steps
    ), "nodes that the first pass made belong to no operation"
    assert recording.variables["x"].grad.tolist() == [36.0, 288.0]


def test_double_backward_through_a_function_that_can_only_once() -> None:
    """torch marks its results with nodes that raise, numbered like the nodes of leaves."""
    text = """
    import torch
    from torch.autograd.function import once_differentiable
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, t):
            return t * 2
        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            return g * 2
    x = torch.ones(2, requires_grad=True)
    (g,) = torch.autograd.grad((Twice.apply(x) * x).sum(), x, create_graph=True)
    g.sum().backward()
    """
    recording = record(text, raises=RuntimeError)
    assert "twice" in str(recording.error)
    assert [pass_.ok for pass_ in recording.passes] == [True, False]


def test_custom_function_that_returns_none() -> None:
    text = """
    import torch
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a * b
        @staticmethod
        def backward(ctx, g):
            return g, None
    a = torch.ones(2, requires_grad=True)
    b = torch.ones(2, requires_grad=True)
    Half.apply(a, b).sum().backward()
    """
    recording = record(text)
    assert _accumulated(recording) == {"a"}
    assert ("none_returned", "b") in recording.facts()


def test_several_roots() -> None:
    recording = record(HEAD + "a, b = x * 2, x * 3\ntorch.autograd.backward([a.sum(), b.sum()])\n")
    (pass_,) = recording.passes
    assert len(pass_.row.roots) == 2
    assert pass_.nodes.count("MulBackward0") == 2


def test_pass_inside_a_pass() -> None:
    text = """
    import torch
    x = torch.ones(2, requires_grad=True)
    w = torch.ones(2, requires_grad=True)
    y = x * 2
    def hook(g):
        with torch.enable_grad():
            (w * 3).sum().backward()
    y.register_hook(hook)
    y.sum().backward()
    """
    recording = record(text)
    assert [pass_.ok for pass_ in recording.passes] == [True, True]
    assert _accumulated(recording, 0) == {"x"}
    assert _accumulated(recording, 1) == {"w"}


def test_hooks_of_all_kinds_run_once_and_in_order() -> None:
    text = """
    import torch
    seen = []
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: seen.append("tensor"))
    y.grad_fn.register_prehook(lambda gs: seen.append("pre"))
    y.grad_fn.register_hook(lambda ins, outs: seen.append("post"))
    x.register_post_accumulate_grad_hook(lambda t: seen.append("accumulated"))
    y.sum().backward()
    """
    assert record(text).variables["seen"] == ["tensor", "pre", "post", "accumulated"]


def test_hooks_are_gone_after_the_pass() -> None:
    recording = record(HEAD + "y = x * 2\nloss = y.sum()\nloss.backward(retain_graph=True)\n")
    loss = recording.variables["loss"]
    loss.backward()
    assert len(recording.all(type(recording.passes[0].steps[0]))) == 3


def test_gradient_of_a_step_is_the_one_that_flows_into_the_result() -> None:
    recording = record(HEAD + "y = x * 3\n(y * 2).sum().backward()\n")
    flowing = {step.grad_fn: step.grad for step in recording.passes[0].steps[1:]}
    assert flowing["MulBackward0"] is not None
    assert flowing["AccumulateGrad"] == packed("f", torch.tensor([6.0, 6.0]))


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoint_recomputes_in_the_backward_phase(reentrant: bool) -> None:
    text = f"""
    import torch
    from torch.utils.checkpoint import checkpoint
    x = torch.ones(2, requires_grad=True)
    y = checkpoint(lambda t: (t * 2).exp(), x, use_reentrant={reentrant})
    y.sum().backward()
    """
    recording = record(text)
    assert [op.phase for op in recording.named("mul")] == ["forward", "backward"]
    assert recording.variables["x"].grad is not None
    first, again = recording.named("mul")
    assert first.reason == ("no_grad" if reentrant else "recorded")
    assert again.reason == "recorded"
