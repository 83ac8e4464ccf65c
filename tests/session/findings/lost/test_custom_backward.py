"""A history that a custom backward drops, which only a second derivative misses."""

from __future__ import annotations

import pytest

from tests.support import TraceText, snippet

SCALE = """
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x * w

    @staticmethod
    def backward(ctx, grad):
        x, w = ctx.saved_tensors
        {code}

w = torch.ones(3, requires_grad=True)
x = torch.randn(3, requires_grad=True)
y = Scale.apply(x, w).pow(2).sum()
"""
PENALTY = """
(g,) = torch.autograd.grad(y, x, create_graph=True)
g.pow(2).sum().backward()
"""
DROPPED = {
    "detach": ("return grad * w.detach(), grad * x", 12, "`w.detach()` on line 12"),
    "data": ("v = w.data; return v * grad, grad * x", 12, "`w.data` on line 12"),
    "no_grad": (
        "with torch.no_grad(): v = w * 1\n        return v * grad, grad * x",
        12,
        "`w * 1` on line 12",
    ),
}
KEPT = {
    "beside the penalty": "return grad * w, grad.detach() * x",
    "of what needs no gradient": "return grad * w * torch.ones(3).detach(), grad * x",
}


@pytest.mark.parametrize(("code", "line", "cut"), DROPPED.values(), ids=DROPPED)
def test_the_place_that_drops_it_is_named(trace: TraceText, code: str, line: int, cut: str) -> None:
    run = trace(snippet(SCALE.format(code=code) + PENALTY))
    (found,) = (one for one in run.findings if one.code == "second_derivative_lost")
    assert (found.severity, found.line) == ("warning", line)
    assert found.text.startswith(f"{cut} drops a history")


@pytest.mark.parametrize("code", KEPT.values(), ids=KEPT)
def test_what_the_penalty_does_not_miss_is_not_told(trace: TraceText, code: str) -> None:
    run = trace(snippet(SCALE.format(code=code) + PENALTY))
    assert "second_derivative_lost" not in {one.code for one in run.findings}


def test_a_first_derivative_misses_nothing(trace: TraceText) -> None:
    code, _, _ = DROPPED["detach"]
    run = trace(snippet(SCALE.format(code=code) + "y.backward()\n"))
    assert "second_derivative_lost" not in {one.code for one in run.findings}


def test_a_checkpoint_that_computes_again_loses_no_history(trace: TraceText) -> None:
    """It does so from detached inputs, one inside the backward pass of the next."""
    text = (
        "from torch.utils.checkpoint import checkpoint\n"
        "stem, a, b = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)\n"
        "h = checkpoint(a, stem(torch.ones(3, 2)), use_reentrant=True)\n"
        "checkpoint(b, h, use_reentrant=True).sum().backward()\n"
    )
    assert trace(snippet(text)).findings == []
