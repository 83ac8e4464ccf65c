"""The call that raised the error which ended the run, with what went in."""

from __future__ import annotations

import pytest

from app.contract.records import FailedCall, Trace
from tests.support import TraceText, snippet

MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x):
        return self.norm(x)

Model()(torch.randn(2, 3))
"""
FAILED = {
    "a function in C++": ("torch.ones(2, 3) @ torch.ones(2, 3)\n", "matmul", [[2, 3], [2, 3]]),
    "a call inside a module": (
        "nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 5))(torch.ones(1, 2))\n",
        "linear", [[1, 3], [5, 4], [5]],
    ),
    "a function in Python": (
        "nn.functional.binary_cross_entropy(torch.rand(4, 1), torch.rand(4))\n",
        "binary_cross_entropy", [[4, 1], [4]],
    ),
    "a module that checks its input": (
        "nn.LSTM(8, 16)(torch.ones(3, 2, 5))\n", "LSTM", [[3, 2, 5]],
    ),
    "a module inside one of the snippet's": (MODEL, "BatchNorm2d", [[2, 3]]),
    "an optimizer that is made": (
        "w = torch.ones(2, requires_grad=True) * 2\ntorch.optim.Adam([w])\n",
        "add_param_group", [[2]],
    ),
    "an optimizer's step": (
        "table, head = nn.Embedding(5, 2, sparse=True), nn.Linear(2, 1)\n"
        "optimizer = torch.optim.Adam([*table.parameters(), *head.parameters()])\n"
        "head(table(torch.tensor([1]))).sum().backward()\noptimizer.step()\n",
        "step", [[5, 2]],
    ),
    "the last of several": (
        "for size in (3, 4, 5):\n    try:\n        torch.ones(2) + torch.ones(size)\n"
        "    except RuntimeError:\n        pass\ntorch.ones(2) + torch.ones(6)\n",
        "add", [[2], [6]],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "name", "shapes"), FAILED.values(), ids=FAILED)
def test_it_has_its_name_and_the_shapes(
    trace: TraceText, text: str, name: str, shapes: list[list[int]]
) -> None:
    run = trace(snippet(text))
    call = called(run)
    tensors = {tensor.id: tensor for tensor in run.tensors}
    assert call.name == name
    assert [tensors[value].shape for value in call.inputs] == shapes


def called(run: Trace) -> FailedCall:
    assert run.error is not None
    assert run.error.call is not None
    return run.error.call


def test_the_module_is_told(trace: TraceText) -> None:
    run = trace(snippet("net = nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 5))\n"
                        "net(torch.ones(1, 2))\n"))  # fmt: skip
    (module,) = (one for one in run.modules if one.id == called(run).module)
    assert module.path == "net.1"


COPIED = """
import copy

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        self.last = self.layer(x)
        return self.last

net = nn.Sequential(Block())
net(torch.ones(1, 2))
copy.deepcopy(net)
"""


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        (COPIED, "0.last"),
        ("import copy\ncopy.deepcopy({'kept': [torch.ones(2, requires_grad=True) * 2]})\n", "kept"),
        ("import copy\ncopy.deepcopy(torch.ones(2, requires_grad=True) * 2)\n", None),
    ],
)
def test_of_a_copy_the_attribute_is_told(
    trace: TraceText, text: str, attribute: str | None
) -> None:
    assert called(trace(snippet(text))).attribute == attribute


@pytest.mark.parametrize(
    "text",
    [
        "raise ValueError('of my own')\n",
        "class Mine(nn.Module):\n    def forward(self, x):\n        raise ValueError('shape')\n"
        "nn.Sequential(Mine())(torch.ones(2))\n",
        "torch.ones(2, 3)\nint('x')\n",
    ],
)
def test_an_error_of_the_snippets_own_is_no_failed_call(trace: TraceText, text: str) -> None:
    run = trace(snippet(text))
    assert run.error is not None
    assert run.error.call is None
