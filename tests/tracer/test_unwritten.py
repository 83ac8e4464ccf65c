"""Memory that nothing has written to has no values to show."""

from __future__ import annotations

import pytest

from app.contract.messages import SummaryRow
from tests.tracer.support import Recording, record

MAKERS = {
    "empty": "torch.empty(3)",
    "empty_like": "torch.empty_like(torch.ones(3))",
    "new_empty": "torch.ones(2).new_empty(3)",
    "empty_strided": "torch.empty_strided((3,), (2,))",
    "a large one": "torch.empty(300, 300)",
    "the constructor": "torch.Tensor(3)",
    "the constructor, given a shape": "torch.Tensor(torch.Size([3, 1]))",
    "a view": "torch.empty(6)[3:]",
    "a detached one": "torch.empty(3, requires_grad=True).detach()",
}


def values(recording: Recording, name: str) -> list[bool]:
    """Whether each value that went by this name is shown."""
    found = [info.value for info in recording.tensors.values() if info.name == name]
    return [
        not isinstance(v, SummaryRow) or v.values is not None or v.min is not None for v in found
    ]


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_uninitialised_memory_has_no_values_until_it_is_written_to(maker: str) -> None:
    recording = record(f"import torch\ne = {maker}\nv = e.view(-1) if e.is_contiguous() else e\n"
                       "e.fill_(2)\nw = e * 1\n")  # fmt: skip
    assert values(recording, "e") == [False, True]
    assert values(recording, "w") == [True]


@pytest.mark.parametrize(
    "write",
    [
        "e[0] = 1.0",
        "torch.mul(torch.ones(3), 2, out=e)",
        "e.numpy()[:] = 1",
        "e.data.copy_(torch.ones(3))",
        "torch.nn.init.normal_(e)",
        "with torch.no_grad():\n    e.uniform_()",
        "import ctypes\nctypes.memset(e.data_ptr(), 0, 12)",
        "torch._foreach_zero_([e])",
    ],
)
def test_what_writes_gives_values(write: str) -> None:
    recording = record(f"import torch\ne = torch.empty(3)\n{write}\nlater = e.view(3, 1)\n")
    assert values(recording, "later") == [True]


def test_a_gradient_without_values_is_not_shown_either() -> None:
    recording = record(
        "import torch\nw = torch.ones(3, requires_grad=True)\nw.grad = torch.empty_like(w)\n"
    )
    grad = recording.final_grads()["w"].grad
    assert isinstance(grad, SummaryRow)
    assert grad.values is None
    assert grad.min is None


@pytest.mark.parametrize("maker", ["torch.Tensor([1.0, 2.0])", "torch.zeros(2)", "torch.ones(2)"])
def test_values_that_were_given_are_shown(maker: str) -> None:
    assert values(record(f"import torch\nt = {maker}\nt + 1\n"), "t") == [True]
