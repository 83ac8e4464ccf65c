"""NaN and infinity in gradients: which operation gave them, and why."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from app.contract.records import Finding, Trace
from app.session.findings.edits import apply
from app.session.source.code_marks import unmarked
from tests.support import TraceText, snippet

W = "w = torch.tensor([0.0, 1.0, 2.0], requires_grad=True)\n"
PAIRS = """
class Spread(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(5, 3)

    def forward(self, x):
        points = self.net(x)
        gaps = points[:, None] - points[None]
        return {distance}

x = torch.randn(4, 5)
spread = Spread()
far = spread(x) * (1 - torch.eye(4))
(far - 1).clamp(min=0).pow(2).mean().backward()
"""
ATTENTION = """
import math

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(4, 4) for _ in range(3))

    def forward(self, x, pad):
        scores = self.q(x) @ self.k(x).transpose(1, 2) / 2
        scores = {masked}
        return {weights} @ self.v(x)

net = Attention()
pad = torch.tensor([[False, False, True], [True, True, True]])
net(torch.randn(2, 3, 4), pad)[0].pow(2).mean().backward()
"""


class Told(NamedTuple):
    text: str
    line: int
    title: str
    says: str
    is_fixed: bool


FOUND = {
    "a loss that no scale makes finite": Told(
        'net = nn.Linear(1, 1)\nsgd = torch.optim.SGD(net.parameters(), lr=0.1)\n'
        'scaler = torch.amp.GradScaler("cpu", init_scale=1e30)\nfor _ in range(3):\n'
        "    loss = (net(torch.ones(1, 1)) * 1e12).pow(2).mean()\n    sgd.zero_grad()\n"
        "    scaler.scale(loss).backward()\n    scaler.step(sgd)\n    scaler.update()\n",
        7, "infinity", "The GradScaler skipped every step: it skips those with NaN or infinity.",
        False,
    ),
    "a root of 0, masked afterwards": Told(
        PAIRS.format(distance="gaps.pow(2).sum(-1).sqrt()"), 11, "NaN",
        "slope of `sqrt` is infinite at 0, and its input is 0 in 4 places", True,
    ),
    "a power of one half": Told(
        PAIRS.format(distance="(gaps ** 2).sum(dim=2) ** 0.5"), 11, "NaN",
        "0 times infinity", True,
    ),
    "torch.sqrt": Told(
        PAIRS.format(distance="torch.sqrt(torch.sum(gaps * gaps, -1))"), 11, "NaN",
        "masking the result afterwards does not help", True,
    ),
    "where": Told(
        W + "torch.where(w > 0, w.sqrt(), torch.zeros(3)).sum().backward()\n", 4, "NaN",
        "0 in one place", True,
    ),
    "a root that is used": Told(
        W + "torch.pow(w, 0.3).sum().backward()\n", 4, "infinity", "slope of `pow`", True,
    ),
    "a gradient's norm by hand": Told(
        "net = nn.Linear(3, 1, bias=False)\nx = torch.zeros(2, 3, requires_grad=True)\n"
        "nn.init.zeros_(net.weight)\n"
        "(g,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)\n"
        "((g.pow(2).sum(1).sqrt() - 1) ** 2).mean().backward()\n", 7, "NaN",
        "its input is 0 everywhere", True,
    ),
    "the entropy of a probability of 0": Told(
        W + "p = w / w.sum()\nloss = -(p * torch.log(p)).sum()\nloss.backward()\n", 5, "NaN",
        "`torch.log(p)` on line 5 already gave infinity", True,
    ),
    "a division by 0": Told(
        W + "(1 / w).sum().backward()\n", 4, "infinity", "denominator is 0 in one place", True,
    ),
    "0 divided by 0": Told(
        W + "parts = torch.tensor([0.0, 1.0, 2.0])\n(w / parts).sum().backward()\n", 5, "infinity",
        "0 / 0 is NaN", True,
    ),
    "exp overflows": Told(
        "w = torch.tensor([1.0, 200.0], requires_grad=True)\np = w.exp() / w.exp().sum()\n"
        "p.sum().backward()\n", 4, "NaN", "goes up to 200, and the result is too large", False,
    ),
    "softmax by masked_fill": Told(
        ATTENTION.format(
            masked="scores.masked_fill(pad[:, None, :], float('-inf'))",
            weights="scores.softmax(-1)",
        ), 13, "NaN", "a row of its input holds nothing but -inf", True,
    ),
    "softmax by where": Told(
        ATTENTION.format(
            masked="torch.where(pad[:, None], -math.inf, scores)",
            weights="torch.softmax(scores, dim=-1)",
        ), 13, "NaN", "holds nothing but -inf", True,
    ),
    "softmax by an added mask": Told(
        ATTENTION.format(
            masked="scores + torch.zeros(2, 1, 3).masked_fill(pad[:, None], -torch.inf)",
            weights="nn.functional.softmax(scores, -1)",
        ), 13, "NaN", "holds nothing but -inf", True,
    ),
    "the deviation of one": Told(
        "w = torch.ones(1, requires_grad=True)\n(w * 2).std().backward()\n", 4, "NaN",
        "divides by 0", False,
    ),
    "an arc cosine": Told(
        "w = torch.ones(2, requires_grad=True)\ntorch.acos(w * 1).sum().backward()\n", 4,
        "infinity", "infinite at 1 and -1", False,
    ),
    "two that are at fault": Told(
        W + "a = w.sqrt()\nb = w ** 0.25\n(a.sum() + b.sum()).backward()\n", 4, "infinity",
        "one of these: `w.sqrt()` on line 4 and `w ** 0.25` on line 5", False,
    ),
    "one of two": Told(
        W + "a = w.sqrt()\nb = w ** 2\n(a.sum() + b.sum()).backward()\n", 4, "infinity",
        "out of the backward of `w.sqrt()`", True,
    ),
}  # fmt: skip


def only(run: Trace) -> Finding:
    (found,) = (one for one in run.findings if one.code == "non_finite_gradient")
    return found


@pytest.mark.parametrize("told", FOUND.values(), ids=FOUND)
def test_it_says_where_it_began_and_why(trace: TraceText, told: Told) -> None:
    text = snippet(told.text)
    found = only(trace(text))
    assert found.line == told.line
    assert found.title == f"A gradient holds {told.title}"
    assert unmarked(told.says).lower() in unmarked(found.text).lower()
    edits = found.fix.edits if found.fix else []
    assert bool(edits) == told.is_fixed
    if edits:
        run = trace(apply(text, edits))
        assert run.error is None
        assert "non_finite_gradient" not in {one.code for one in run.findings}


@pytest.mark.parametrize("told", ["softmax by masked_fill", "softmax by where"])
def test_what_was_masked_on_purpose_is_not_blamed(trace: TraceText, told: str) -> None:
    text = unmarked(only(trace(snippet(FOUND[told].text))).text)
    assert "masked_fill" not in text
    assert "where(" not in text


SOUND = {
    "a masked row that is left out": "w = torch.randn(2, 3, requires_grad=True)\n"
    "mask = torch.tensor([[True, False, False], [False, True, True]])\n"
    "w.masked_fill(mask, float('-inf')).softmax(-1).pow(2).sum().backward()\n",
    "a root with something under it": W + "(w + 1e-12).sqrt().sum().backward()\n",
    "a norm at 0": W + "(w * 0).norm().backward()\n",
    "a root outside of the graph": W + "print(w.sqrt())\n(w * 2).sum().backward()\n",
    "the mask first": W + "torch.where(w > 0, w, torch.ones(3)).sqrt().sum().backward()\n",
    "powers": W + "(w ** 2 + w ** 3).sum().backward()\n",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_finite_gradients_have_it_not(trace: TraceText, text: str) -> None:
    run = trace(snippet(text))
    assert run.error is None
    assert "non_finite_gradient" not in {one.code for one in run.findings}
