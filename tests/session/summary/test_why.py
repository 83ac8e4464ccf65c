"""The few words in a cell of the Why column, on real runs."""

from __future__ import annotations

import pytest

from app.session.run import Run
from app.session.summary.why import short_why
from tests.session.explain.cases import CASES, Case
from tests.support import TraceText, gradients_of, snippet

LEAF = "w = torch.ones(2, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("m = nn.Linear(1, 1)\nm.weight.requires_grad = False\n", "m.weight", "frozen on line 4"),
        (
            LEAF + "for _ in range(2):\n    w.sum().backward()\n    with torch.no_grad():\n"
            "        w = w - 0.1 * w.grad\n    w.requires_grad_(False)\n    break\n",
            "w",
            "no history: no_grad, line 6",
        ),
        (
            LEAF + "h = w * 2\nh.retain_grad()\nh.detach_()\n",
            "h",
            "no history: detach_, line 6",
        ),
        (
            LEAF + "v = torch.ones(2, requires_grad=True)\ny = w * 2\nfor _ in range(2):\n"
            "    z = y.detach()\n    v = v + z\nv.sum().backward()\n",
            "w",
            "cut by detach, line 7",
        ),
        (
            LEAF + "y = w * 2\nv = torch.ones(2, requires_grad=True)\n"
            "((y.detach() * v).sum() + 0.1 * y.data.norm()).backward()\n",
            "w",
            "cut in 2 places, line 6",
        ),
        (
            LEAF + "y = w * 2\nv = torch.ones(2, requires_grad=True)\na = y.detach() * v\n"
            "(a.sum() + 0.1 * y.data.norm()).backward()\n",
            "w",
            "cut in 2 places, lines 6 and 7",
        ),
    ],
)
def test_the_words_name_what_was_done(trace: TraceText, text: str, name: str, words: str) -> None:
    run = trace(snippet(text))

    assert short_why(Run(run), gradients_of(run)[name]) == words


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_every_reason_has_a_few_words(trace: TraceText, case: Case) -> None:
    run = trace(snippet(case.text))
    words = [short_why(Run(run), row) for row in run.gradients]
    assert all(0 < len(one) <= 45 for one in words), words
    assert not any("{" in one or "None" in one.replace("set to None", "") for one in words)
