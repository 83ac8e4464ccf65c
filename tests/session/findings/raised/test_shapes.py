"""Shapes that do not fit: which call wants what, and which operation made what it got."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from app.contract.records import Finding, Trace
from app.session.findings.edits import apply
from app.session.source.code_marks import unmarked
from tests.support import TraceText, snippet

HEAD = """
class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(48)

    def forward(self, h):
        return self.norm({part})

encoder, head = nn.Linear(10, 64), Head()
head(encoder(torch.randn(2, 3, 10)).tanh())
"""
LAYERS = """
def build(sizes):
    return nn.Sequential(*[nn.Linear(a, b) for a, b in sizes])

net = build([(4, 8), (9, 2)])
net(torch.randn(3, 4))
"""


class Told(NamedTuple):
    text: str
    line: int
    says: tuple[str, ...]
    is_fixed: bool


FOUND = {
    "Linear": Told(
        "net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(9, 2))\n"
        "net(torch.randn(3, 4)).sum().backward()\n", 4,
        ("`net.2` (Linear) expects [*, 9]", "[3, 8], made by `relu in net.1`",
         "shape of `linear in net.0`"), True,
    ),
    "Linear from a loop": Told(LAYERS, 7, ("`net.1` (Linear) expects [*, 9]",), False),
    "Linear of an image": Told(
        "net = nn.Sequential(nn.Linear(784, 8), nn.ReLU())\nx = torch.randn(2, 1, 28, 28)\n"
        "net(x)\n", 5, ("`net.0` (Linear) expects [*, 784]", "x of shape [2, 1, 28, 28]"), True,
    ),
    "LayerNorm": Told(
        HEAD.format(part="h[:, 0]"), 9,
        ("`head.norm` (LayerNorm) expects [*, 48]", "[2, 64], made by h[:, 0] on line 9"), True,
    ),
    "LayerNorm of a mean": Told(
        HEAD.format(part="torch.mean(h, dim=1)"), 9,
        ("[2, 64], made by torch.mean(h, dim=1)",), True,
    ),
    "Conv2d": Told(
        "first = nn.Conv2d(in_channels=3, out_channels=8, kernel_size=3)\n"
        "first(torch.randn(1, 5, 8, 8))\n", 4, ("expects [*, 3, *, *]", "[1, 5, 8, 8]"), True,
    ),
    "Conv2d in groups": Told(
        "c = nn.Conv2d(4, 8, 3, groups=2)\nc(torch.randn(1, 6, 8, 8))\n", 4,
        ("expects [*, 4, *, *]",), True,
    ),
    "Conv2d without channels": Told(
        "c = nn.Conv2d(1, 8, 3)\nx = torch.randn(28, 28)\nc(x)\n", 5,
        ("expects [*, 1, *, *]",), True,
    ),
    "a kernel": Told(
        "c = nn.Conv1d(3, 8, 5)\nc(torch.randn(1, 3, 4))\n", 4, ("kernel of [5]",), False,
    ),
    "BatchNorm1d": Told(
        "b = nn.BatchNorm1d(3)\nb(torch.randn(2, 4))\n", 4, ("`b` (BatchNorm1d) expects [*, 3]",),
        True,
    ),
    "BatchNorm2d": Told(
        "b = nn.BatchNorm2d(3)\nb(torch.randn(2, 3))\n", 4, ("input of 4 dimensions", "[2, 3]"),
        False,
    ),
    "LSTM": Told(
        "rnn = nn.LSTM(8, 16)\nrnn(torch.randn(3, 2, 5))\n", 4, ("(LSTM) expects [*, *, 8]",), True,
    ),
    "attention": Told(
        "a = nn.MultiheadAttention(8, 2)\nx = torch.randn(3, 2, 6)\na(x, x, x)\n", 5,
        ("(MultiheadAttention) expects [*, *, 8]", "x of shape [3, 2, 6]"), False,
    ),
    "Embedding": Told(
        "words = nn.Embedding(10, 4)\nids = torch.tensor([1, 12])\nwords(ids)\n", 5,
        ("10 rows, so an index must be 0 to 9, and one is 12", "ids of shape [2]"), True,
    ),
    "F.embedding": Told(
        "table = torch.randn(5, 2, requires_grad=True)\n"
        "nn.functional.embedding(torch.tensor([-1]), table)\n", 4, ("and one is -1",), False,
    ),
    "cross_entropy of batches": Told(
        "logits, y = torch.randn(4, 3), torch.tensor([0, 1, 2])\n"
        "nn.functional.cross_entropy(logits, y)\n", 4, ("targets of [4] for logits of [4, 3]",),
        False,
    ),
    "cross_entropy of sequences": Told(
        "scores, y = torch.randn(2, 5, 7), torch.randint(0, 7, (2, 5))\n"
        "loss = nn.CrossEntropyLoss()\nloss(scores, y)\n", 5, ("the classes are dimension 1",),
        True,
    ),
    "a class that is none": Told(
        "nn.NLLLoss()(torch.randn(2, 3), torch.tensor([0, 4]))\n", 3, ("must be 0 to 2",), False,
    ),
    "binary_cross_entropy": Told(
        "p, y = torch.rand(4, 1), torch.rand(4)\nnn.functional.binary_cross_entropy(p, y)\n", 4,
        ("p of shape [4, 1]", "y of shape [4]"), True,
    ),
    "BCEWithLogitsLoss": Told(
        "def loss(p, y):\n    return nn.BCEWithLogitsLoss()(p, y)\n\n"
        "loss(torch.randn(4, 1), torch.rand(4))\n", 4, ("two tensors of one shape",), True,
    ),
    "mse_loss": Told(
        "nn.functional.mse_loss(torch.randn(4, 3), torch.randn(4, 5))\n", 3, ("[4, 5]",), False,
    ),
    "matmul": Told(
        "a, b = torch.randn(2, 3), torch.randn(2, 3)\nc = a @ b\n", 4,
        ("`a @ b` expects the last dimension of the first (3)", "b of shape [2, 3]"), True,
    ),
    "bmm": Told(
        "q, k = torch.randn(2, 3, 4), torch.randn(2, 3, 4)\ntorch.bmm(q, k)\n", 4, ("(4)",), True,
    ),
    "matmul of a vector": Told(
        "def apply(m, v):\n    return m.matmul(v)\n\napply(torch.randn(2, 3), torch.randn(2))\n", 4,
        ("(3) to equal", "v of shape [2]"), False,
    ),
    "cat": Told(
        "a, b = torch.randn(2, 3), torch.randn(2, 5)\ntorch.cat([a, b])\n", 4,
        ("differ in dimension 0 alone", "b of shape [2, 5]"), True,
    ),
    "cat along another": Told(
        "parts = [torch.randn(n, 3) for n in (2, 4)]\ntorch.cat(parts, dim=1)\n", 4,
        ("[2, 3]", "[4, 3]"), True,
    ),
    "stack": Told(
        "torch.stack([torch.ones(2), torch.ones(3)])\n", 3, ("[2], made by", "[3], made by"), False,
    ),
    "broadcast": Told(
        "rates, weights = torch.randn(4, 3), torch.randn(4)\nrates * weights\n", 4,
        ("sizes that are equal or 1", "weights of shape [4]"), True,
    ),
    "view": Told(
        "x = torch.randn(2, 4)\nx.view(3, 5)\n", 4,
        ("to [3, 5] expects 15 elements", "are 8"), False,
    ),
    "reshape": Told(
        "x = torch.randn(2, 4)\nx.reshape(-1, 3)\n", 4, ("a multiple of 3 elements",), False,
    ),
    "in place": Told(
        "x = torch.zeros(3)\nx += torch.ones(2, 3)\n", 4, ("x of shape [3]", "[2, 3]"), False,
    ),
    "einsum": Told(
        "torch.einsum('ij,jk->ik', torch.rand(2, 3), torch.rand(4, 5))\n", 3, ("[4, 5]",), False,
    ),
}  # fmt: skip


def only(run: Trace) -> Finding:
    (found,) = (one for one in run.findings if one.code == "shape_mismatch")
    return found


@pytest.mark.parametrize("told", FOUND.values(), ids=FOUND)
def test_it_says_what_is_wanted_and_what_came(trace: TraceText, told: Told) -> None:
    text = snippet(told.text)
    found = only(trace(text))
    assert found.line == told.line
    assert found.severity == "error"
    for part in told.says:
        assert unmarked(part) in unmarked(found.text)
    edits = found.fix.edits if found.fix else []
    assert bool(edits) == told.is_fixed
    if edits:
        assert trace(apply(text, edits)).error is None


OTHERS = {
    "shapes that fit": "nn.Linear(4, 2)(torch.randn(3, 4)).sum().backward()\n",
    "an error that was caught": "try:\n    torch.ones(2) + torch.ones(3)\n"
    "except RuntimeError:\n    pass\n",
    "an error of the snippet's own": "def check(x):\n    if x.shape != (2, 2):\n"
    "        raise ValueError('bad shape')\n\ncheck(torch.ones(3))\n",
    "another error, after one that was caught": "try:\n    torch.ones(2) @ torch.ones(3)\n"
    "except RuntimeError:\n    pass\n[].pop()\n",
    "a stride": "torch.ones(2, 3).t().view(6)\n",
    "one example": "nn.BatchNorm1d(3)(torch.ones(1, 3))\n",
    "a dtype": "nn.Linear(2, 2)(torch.ones(1, 2, dtype=torch.double))\n",
    "a gradient's shape": "x = torch.ones(2, requires_grad=True)\n"
    "(x * 2).backward(torch.ones(3))\n",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_what_is_not_about_shapes_has_it_not(trace: TraceText, text: str) -> None:
    assert "shape_mismatch" not in {one.code for one in trace(snippet(text)).findings}
