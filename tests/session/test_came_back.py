"""Values that left torch and came back, known by the object itself."""

from __future__ import annotations

import pytest

from tests.support import TraceText, snippet

W = "w = torch.ones(2, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("text", "taker", "maker"),
    [
        ("torch.tensor(w.sum().item())", "tensor", "item"),
        ("torch.tensor([0.5, w.sum().item()])", "tensor", "item"),
        ("torch.tensor((w.tolist(), w.tolist()))", "tensor", "tolist"),
        ("torch.full((2,), fill_value=float(w.sum()))", "full", "float"),
        ("w * w.sum().item()", "mul", "item"),
        ("torch.tensor(w.detach().numpy())", "tensor", "numpy"),
        ("torch.from_numpy(w.detach().numpy()[1:])", "from_numpy", "numpy"),
        ("torch.as_tensor(w.detach().numpy().T)", "as_tensor", "numpy"),
    ],
)
def test_what_comes_back_is_known(trace: TraceText, text: str, taker: str, maker: str) -> None:
    run = trace(snippet(f"{W}y = {text}\n"))
    names = {operation.id: operation.name for operation in run.operations}
    told = [(names[c.operation], {names[s] for s in c.sources}) for c in run.came_back]
    assert told == [(taker, {maker})]


@pytest.mark.parametrize(
    "text",
    [
        "torch.tensor(1.5)",
        "torch.tensor(w.sum().item() + 0)",
        "torch.tensor(int(w.sum()))",
        "torch.zeros(int(w.sum()))",
        "torch.tensor(bool(w.sum() > 0))",
    ],
)
def test_other_values_are_not_taken_for_it(trace: TraceText, text: str) -> None:
    assert trace(snippet(f"{W}w.sum().item()\ny = {text}\n")).came_back == []


def test_a_number_is_known_whatever_was_made_since(trace: TraceText) -> None:
    """Ids of objects are given again; those that are remembered are not."""
    text = f"{W}one = w.sum().item()\nfor _ in range(300):\n    w.sum().item()\ny = w * one\n"
    run = trace(snippet(text))
    first = next(operation for operation in run.operations if operation.name == "item")
    assert [c.sources for c in run.came_back] == [[first.id]]
