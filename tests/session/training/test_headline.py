from __future__ import annotations

from dataclasses import replace

import pytest

from app.process.client import Tracer
from app.session.run import Run
from app.session.training.headline import Headline, headline
from tests.support import TraceText, snippet
from tests.tools.tracing import trace_with

LAYERS = "a, b = nn.Linear(2, 2), nn.Linear(2, 2)\nx = torch.ones(1, 2)\n"
NAN = """opt = torch.optim.SGD(b.parameters(), lr=0.1)
for step in range(4):
    opt.zero_grad()
    y = b(x).sum()
    (y * (float("nan") if step in BAD else 1)).backward()
    opt.step()
"""
FIRST = 'first in y * (float("nan") if step in BAD else 1) on line 10'
STEPPED = "opt = torch.optim.SGD(b.parameters(), lr=0.1)\nb(x).sum().backward()\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("b(a(x)).sum().backward()", ("backward() reached 4 of 4 leaves", "good")),
        (
            "with torch.no_grad():\n    h = a(x)\nb(h).sum().backward()",
            ("backward() reached 2 of 4 leaves", "warning"),
        ),
        ("b(a(x))", ("No backward pass ran", "warning")),
        (STEPPED + "opt.step()", None),
        (STEPPED, None),  # it was to train
        (
            "b(x).sum().backward()\nwith torch.no_grad():\n    for p in b.parameters():\n"
            "        p -= 0.1 * p.grad",
            None,
        ),
        ("torch.autograd.grad(b(x).sum(), b.weight)", None),
        ("b(x).sum().backward()\nraise ValueError", None),
    ],
)
def test_a_run_without_an_optimizer_says_how_far_backward_came(
    trace: TraceText, text: str, said: tuple[str, str] | None
) -> None:
    found = headline(Run(trace(snippet(LAYERS + text))))
    assert (None if found is None else (found.text, found.look)) == said


@pytest.mark.parametrize(
    ("bad", "said"),
    [("(2, 3)", ("NaN from iteration 3", "error", FIRST)), ("()", None)],
)
def test_the_iteration_in_which_nan_began(
    trace: TraceText, bad: str, said: tuple[str, ...] | None
) -> None:
    found = headline(Run(trace(snippet(f"BAD = {bad}\n" + LAYERS + NAN))))
    assert (None if found is None else tuple(found)) == said


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("import os; os.abort()", "Rank 1 crashed"),
        ("raise ValueError", "Rank 1 raised ValueError"),
    ],
)
def test_a_rank_that_did_not_end_well_says_so_first(trace: TraceText, end: str, said: str) -> None:
    alone = trace(snippet(LAYERS + "b(x).sum().backward()\n" + end))
    found = headline(Run(replace(alone, run=replace(alone.run, rank=1))))
    assert found == (said, "error", "")
    other = headline(Run(alone))
    assert other is None or "Rank" not in other.text


MANY_CALLS = "for _ in range(40):\n    b(x)\nopt.step()"


def test_a_record_that_ends_before_the_first_step_is_no_failure_to_train(tracer: Tracer) -> None:
    passes = "opt = torch.optim.SGD(b.parameters(), lr=0.1)\nb(x).sum().backward()\n" * 2
    run = Run(trace_with(tracer, snippet(LAYERS + passes + MANY_CALLS), max_ops=40))
    assert run.trace.backward_passes
    assert not run.trace.optimizer_steps
    assert headline(run) == Headline("The record ends before the first optimizer step", "warning")
    assert "gradients_add_up" not in {one.code for one in run.trace.findings}
