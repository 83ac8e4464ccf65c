"""The autograd nodes of an operation: those that the call added, and no others."""

from __future__ import annotations

import pytest

from tests.tracer.support import record, run_plainly

HEAD = "import torch\nx = torch.randn(3, 3, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("statement", "name", "nodes"),
    [
        ("y = x * 2", "mul", ["MulBackward0"]),
        ("y = torch.nn.functional.linear(x, x)", "linear", ["MmBackward0", "TBackward0"]),
        ("y = x.reshape(9)", "reshape", ["ViewBackward0"]),
        ("y = x.t().reshape(9)", "reshape", ["UnsafeViewBackward0", "CloneBackward0"]),
        ("y = x.unbind()", "unbind", ["UnbindBackward0"]),
        ("y = x.clone()\ny.mul_(2)", "mul_", ["MulBackward0"]),
        ("y = x.clone()\ny[0] = 1.0", "setitem", ["CopySlices"]),
        ("y = x.clone()\ny[0].exp_()", "exp_", ["AsStridedBackward0", "CopySlices"]),
        ("y = x.clone()\ny[0][1:].exp_()", "exp_", ["AsStridedBackward0", "CopySlices"]),
        ("y = x.clone()\ny.t().exp_()", "exp_", ["AsStridedBackward0", "CopySlices"]),
        ("y = x.clone()\ny[:, 0] = x[0] * 2", "setitem", ["CopySlices"]),
        ("y = x.detach()\ny[0] = x[0]", "setitem", ["CopySlices"]),
        ("y = x.clone()\ny[0][1] = x[0, 0]", "setitem", ["CopySlices"]),
        ("y = x.clone()\nv = y[1:]\nv[0] = x[0]", "setitem", ["CopySlices"]),
        (
            "y = x.clone()\nv = y[1:]\nv.fill_diagonal_(0)",
            "fill_diagonal_",
            ["AsStridedBackward0", "CopySlices"],
        ),
        ("y = x.clone()\ny[None][0] = 1.0", "setitem", ["CopySlices"]),
        ("y = x.clone()\nv = y[0]\nv[:] = x[0]", "setitem", ["AsStridedBackward0", "CopySlices"]),
        ("y = x.clone()\nv = y[0]\nv[...] = 1", "setitem", ["AsStridedBackward0", "CopySlices"]),
        ("y = x.clone()\nv = y[0]\nv[v > 0] = 1", "setitem", ["AsStridedBackward0", "CopySlices"]),
    ],
)
def test_nodes_of_an_operation(statement: str, name: str, nodes: list[str]) -> None:
    assert record(f"{HEAD}{statement}\n").op(name).grad_fn == nodes


def test_all_that_one_call_added_is_named() -> None:
    recording = record(HEAD + "y = torch.randn(2, 3, 3) @ x\n")
    added = recording.op("matmul").grad_fn
    assert added[0] == recording.op("matmul").outputs[0].row.grad_fn
    assert "MmBackward0" in added


def test_a_node_belongs_to_the_call_that_made_it() -> None:
    recording = record(HEAD + "y = x * 2\nz = y + 1\ny.exp()\nz.sum().backward()\n")
    (pass_,) = recording.passes
    owners = {step.grad_fn: step.operation for step in pass_.steps}
    assert owners["MulBackward0"] == recording.op("mul").id
    assert owners["AddBackward0"] == recording.op("add").id
    assert owners["AccumulateGrad"] is None


def test_view_changed_behind_its_back_gets_its_node_from_the_call_that_uses_it() -> None:
    recording = record(HEAD + "y = x.clone()\nv, w = y[0], y[1]\nv.mul_(2)\nz = w.exp()\n")
    assert recording.op("exp").grad_fn == ["ExpBackward0", "AsStridedBackward0"]


def test_reading_grad_fn_of_such_a_view_is_what_makes_its_node() -> None:
    text = "y = x.clone()\nv, w = y[0], y[1]\nv.mul_(2)\nn = w.grad_fn\nz = w.exp()\n"
    recording = record(HEAD + text)
    assert recording.op("grad_fn").grad_fn == ["AsStridedBackward0"]
    assert recording.op("exp").grad_fn == ["ExpBackward0"]


def test_view_made_without_grad_mode_is_not_asked_for_its_history() -> None:
    """torch raises when such a view's grad_fn is read after its base was changed."""
    text = "y = x.clone()\nwith torch.no_grad():\n    v = y[0]\ny.mul_(2)\n"
    recording = record(HEAD + text)
    assert recording.op("mul_").reason == "recorded"
    assert [info.name for info in recording.op("mul_").mutates] == ["v"]


def test_unbound_views_of_what_is_changed_later() -> None:
    recording = record(
        HEAD + "y = x.clone()\na, b, c = y.unbind()\ny.mul_(2)\ny.sum().backward()\n"
    )
    assert recording.passes[0].ok


def test_nodes_that_only_raise_have_an_owner() -> None:
    recording = record("""
        import torch
        x = torch.randn(8, requires_grad=True)
        out = torch.empty(5, dtype=torch.complex64)
        torch.fft.ihfft(x, out=out)
    """)
    op = recording.ops[-1]
    assert op.reason == "recorded"
    assert op.grad_fn[0] == "NotImplemented"


def test_in_place_update_of_a_view_without_grad_mode_adds_nothing() -> None:
    recording = record(
        HEAD + "y = x.clone()\nwith torch.no_grad():\n    y[0].mul_(2)\nz = y.sum()\n"
    )
    assert recording.op("mul_").reason == "no_grad"
    assert recording.op("mul_").grad_fn == []
    assert recording.op("sum").grad_fn == ["SumBackward0"]


def test_view_whose_part_was_assigned_gets_its_node_when_it_is_used() -> None:
    recording = record(HEAD + "y = x.clone()\nv = y[1:]\nv[0] = x[0]\nz = v.exp()\n")
    assert recording.op("exp").grad_fn == ["ExpBackward0", "AsStridedBackward0"]


@pytest.mark.parametrize("statement", ["v.exp()", "torch.outer(v, x[1])", "Dirty.apply(v)"])
def test_call_that_fails_as_a_view_cannot_tell_its_history_fails_as_it_does(statement: str) -> None:
    text = f"""
class Dirty(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(3)

y = x.clone()
with torch.no_grad():
    v = y[0]
y.mul_(2)
try:
    {statement}
except RuntimeError as error:
    message = str(error)
"""
    message = record(HEAD + text).variables["message"]
    assert message.startswith("A view was created in no_grad mode and its base")


_WALKED = """
    import threading
    import torch
    from torch.utils.checkpoint import checkpoint

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y
        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    seen = []
    def look(tensor):
        nodes = [tensor.grad_fn]
        for node in nodes:
            nodes += [following for following, _ in node.next_functions if following is not None]
        seen.append([(node.name(), dict(node.metadata)) for node in nodes])

    x = torch.randn(3, requires_grad=True)
    y = Exp.apply(x).tanh() * x
    y.register_hook(lambda grad: look(y))
    handle = y.grad_fn.register_prehook(lambda grads: None)
    loss = checkpoint(torch.sin, y, use_reentrant=False).sum()
    look(loss)
    loss.backward(retain_graph=True)
    look(loss)
    (g,) = torch.autograd.grad(loss, [x], create_graph=True)
    look(g.sum())
    loss.backward()
    look(loss)
    out = torch.empty(2, dtype=torch.complex64)
    torch.fft.ihfft(x, out=out)
    look(out.abs().sum())
    thread = threading.Thread(target=lambda: look((x.exp() * x).sum()))
    thread.start()
    thread.join()
    hooks = [len(handle.hooks_dict_ref())]
"""


def test_a_program_sees_no_notes_on_its_nodes() -> None:
    """Neither in `metadata`, nor as hooks beside its own."""
    plain, traced = run_plainly(_WALKED), record(_WALKED)
    assert all(not metadata for walk in plain["seen"] for _, metadata in walk)
    assert traced.variables["seen"] == plain["seen"]
    assert traced.variables["hooks"] == plain["hooks"] == [1]
    assert traced.op("tanh").id in traced.saved_bytes
