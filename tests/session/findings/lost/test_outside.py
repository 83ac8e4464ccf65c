"""Values that NumPy or Python computed on a path to the loss, in many spellings."""

from __future__ import annotations

import pytest

from app.contract.records import Finding, Trace
from tests.support import TraceText, snippet

START = """
import math
import numpy as np

layer = nn.Linear(2, 2)
head = nn.Linear(2, 1)
x = torch.ones(3, 2)
"""
"""The line below it is 9."""
DETOURS = {
    "in one expression": (
        "z = torch.from_numpy(np.tanh(layer(x).detach().numpy()))\n",
        9,
        "`layer(x).detach().numpy()` on line 9",
        "on line 9 made a new tensor of it",
    ),
    "over several lines": (
        "h = layer(x)\na = h.detach().cpu().numpy()\na = a / 2\nb = np.log1p(np.abs(a))\n"
        "z = torch.as_tensor(b)\n",
        10,
        "`h.detach().cpu().numpy()` on line 10",
        "`torch.as_tensor(b)` on line 13",
    ),
    "in a function of the program": (
        "def smooth(h):\n    values = h.detach().numpy()\n    return np.cumsum(values, axis=1)\n"
        "z = torch.tensor(smooth(layer(x)))\n",
        10,
        "`h.detach().numpy()` on line 10",
        "`torch.tensor(smooth(layer(x)))` on line 12",
    ),
    "row by row into a list": (
        "rows = []\nfor h in layer(x):\n    rows.append(np.exp(h.detach().numpy()))\n"
        "z = torch.tensor(np.stack(rows))\n",
        11,
        "`h.detach().numpy()` on line 11",
        "`torch.tensor(np.stack(rows))` on line 12",
    ),
    "number by number": (
        "h = layer(x)\nz = torch.tensor([[math.tanh(h[i, j].item()) for j in range(2)]\n"
        "                  for i in range(3)])\n",
        10,
        "`h[i, j].item()` on line 10",
        "on line 10 made a new tensor of it",
    ),
    "in a module's forward": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.layer = layer\n    def forward(self, x):\n"
        "        return torch.from_numpy(np.sign(self.layer(x).detach().numpy()) * 2)\n"
        "z = Net()(x)\n",
        14,
        "`self.layer(x).detach().numpy()` on line 14",
        "on line 14 made a new tensor of it",
    ),
}


def only(run: Trace, code: str) -> Finding:
    (found,) = (one for one in run.findings if one.code == code)
    return found


@pytest.mark.parametrize(("code", "line", "left", "back"), DETOURS.values(), ids=DETOURS)
def test_where_values_left_and_came_back_is_said(
    trace: TraceText, code: str, line: int, left: str, back: str
) -> None:
    run = trace(snippet(START + code + "head(z).sum().backward()\n"))
    found = only(run, "computed_outside_torch")
    assert found.line == line
    assert found.text.startswith("`layer` got no gradient. ")
    assert left in found.text
    assert back in found.text


@pytest.mark.parametrize(("code", "line", "left", "back"), DETOURS.values(), ids=DETOURS)
def test_it_is_the_reason_of_a_loss_without_history(
    trace: TraceText, code: str, line: int, left: str, back: str
) -> None:
    run = trace(snippet(START + code + "loss = z.sum()\nloss.backward()\n"))
    found = only(run, "backward_without_history")
    assert found.line == line
    assert left in found.text
    assert back in found.text


def test_a_metric_is_no_detour(trace: TraceText) -> None:
    """The values left for a metric, and the batch was made from an array of its own."""
    run = trace(
        snippet(
            START
            + "for step in range(2):\n    batch = torch.from_numpy(np.ones((3, 2), dtype='f'))\n"
            "    loss = head(batch).sum()\n    loss.backward()\n"
            "    metric = layer(batch).detach().numpy().mean()\n"
        )
    )
    assert "computed_outside_torch" not in {finding.code for finding in run.findings}
