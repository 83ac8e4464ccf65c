"""Functions of torch that are written in Python: one operation, with what autograd sees inside."""

from __future__ import annotations

import pytest
import torch

from tests.tracer.support import record, run_plainly

HEAD = "import torch\nimport torch.nn.functional as F\nx = torch.randn(3, 3, requires_grad=True)\n"


def test_children_name_their_parent() -> None:
    recording = record(HEAD + "y = F.normalize(x)\n")
    normalize = recording.op("normalize")
    assert normalize.parent is None
    assert {child.name for child in normalize.children} >= {"norm", "clamp_min", "div"}
    assert normalize.reason == "recorded"
    assert normalize.grad_fn == [], "the children name the nodes"
    assert normalize.outputs[0].name == "y"


def test_a_function_that_only_hands_on_is_one_operation() -> None:
    recording = record(HEAD + "y = F.relu(x)\nz = F.softmax(y, 0)\n")
    assert recording.names()[1:] == ["relu", "softmax"]
    assert recording.op("relu").grad_fn == ["ReluBackward0"]
    assert recording.op("softmax").qualified_name == "torch.nn.functional.softmax"


def test_a_function_with_one_other_inside_shows_both() -> None:
    recording = record(HEAD + "z = F.cross_entropy(x, torch.tensor([0, 1, 2]))\n")
    (inside,) = recording.op("cross_entropy").children
    assert (inside.name, recording.op("cross_entropy").grad_fn) == ("cross_entropy_loss", [])
    assert inside.grad_fn == ["NllLossBackward0", "LogSoftmaxBackward0"]


def test_composite_is_skipped_for_the_reason_of_what_is_inside() -> None:
    recording = record(HEAD + "with torch.no_grad():\n    y = F.normalize(x)\n")
    assert recording.op("normalize").reason == "no_grad"
    assert recording.op("normalize").row.would_record
    assert {child.reason for child in recording.op("normalize").children} == {"no_grad"}


def test_composites_inside_composites() -> None:
    text = "q = torch.randn(2, 1, 4, requires_grad=True)\n"
    text += "w, b = torch.randn(12, 4), torch.zeros(12)\n"
    text += "y, _ = F.multi_head_attention_forward(q, q, q, 4, 2, w, b, None, None, False, 0.0,\n"
    text += "                                      w[:4], b[:4])\n"
    recording = record(HEAD + text)
    attention = recording.op("multi_head_attention_forward")
    assert {"linear", "softmax", "bmm"} <= {child.name for child in attention.children}
    assert all(child.line == 6 for child in attention.children)


def test_an_exception_leaves_what_ran_before_it() -> None:
    text = "try:\n    F.cosine_embedding_loss(x, x.exp(), torch.ones(7))\n"
    text += "except RuntimeError:\n    pass\n"
    recording = record(HEAD + text + "y = x * 2\n")
    assert "exp" in recording.names()
    assert recording.op("mul").parent is None


def test_a_function_of_the_snippet_by_the_same_name_is_its_own() -> None:
    recording = record(HEAD + "def relu(t):\n    return F.relu(t) + 1\ny = relu(x)\n")
    assert [op.name for op in recording.ops if op.parent is None] == ["randn", "relu", "add"]


@pytest.mark.parametrize(
    "call",
    [
        "F.normalize(x)",
        "F.gumbel_softmax(x)",
        "F.dropout(x, 0.5)",
        "F.max_pool2d(x[None], 2, return_indices=True)[0]",
        "F.cosine_similarity(x, x * 2)",
        "torch.einsum('ij,jk->ik', x, x)",
        "F.rrelu(x, training=True)",
        "torch.cdist(x, x)",
        "F.embedding(torch.tensor([1, 2]), x, max_norm=1.0)",
        "F.interpolate(x[None, None], scale_factor=2)",
        "F.pad(x, (1, 1), mode='circular')",
        "torch.stft(x.view(-1), 4, return_complex=True, window=torch.ones(4)).abs()",
        "F.triplet_margin_loss(x, x * 2, x + 1)",
        "torch.block_diag(x, x)",
        "torch.split(x, 2)[0]",
        "torch.meshgrid(x[0], x[1], indexing='ij')[0]",
        "torch.lobpcg(x @ x.t())[0]",
        "torch.nn.init.orthogonal_(x.detach())",
        "x.norm()",
        "x.unique()",
        "x.split([1, 2])[1]",
        "x.istft if False else x",
        "torch.functional.tensordot(x, x)",
    ],
)
def test_values_are_those_of_a_plain_run(call: str) -> None:
    text = f"{HEAD}y = {call}\n"
    assert torch.equal(record(text).variables["y"], run_plainly(text)["y"])


def test_functions_that_share_their_code_are_told_apart() -> None:
    """torch wraps the reflected operators in one closure each, all of the same code."""
    text = """
        import torch
        x = torch.tensor([2.0, 3.0])
        results = [1 - x, 1 / x, x // 2, 2 ** x, 7 // x, 7 % x]
    """
    traced = [t.tolist() for t in record(text).variables["results"]]
    assert traced == [t.tolist() for t in run_plainly(text)["results"]]
