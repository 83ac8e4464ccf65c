"""What each optimizer step did to its parameters, and runs that end after some steps."""

from __future__ import annotations

import math

import pytest

from app.contract.records import Iteration
from app.process.client import Tracer
from tests.process.running import run
from tests.support import TraceText
from tests.tools.tracing import trace_with

SGD = """
import torch
from torch import nn
a = nn.Parameter(torch.tensor([3.0, 4.0]))
b = nn.Parameter(torch.ones(2), requires_grad=False)
optimizer = torch.optim.SGD([a, b], lr=0.5)
for step in range(3):
    optimizer.zero_grad()
    (a * a).sum().backward()
    (a * 0).sum().backward()
    optimizer.step()
"""


def test_each_step_has_loss_norms_and_the_change(trace: TraceText) -> None:
    first, second, third = trace(SGD).iterations
    assert (first.loss, second.loss, third.loss) == (25.0, 0.0, 0.0)
    of_a, of_b = first.of
    assert (of_a.grad_norm, of_a.value_norm, of_a.update_ratio) == (10.0, 5.0, 1.0)
    assert (of_b.grad_norm, of_b.update_ratio, of_b.sampled) == (None, 0.0, False)
    assert (second.of[0].value_norm, second.of[0].update_ratio) == (0.0, None)
    assert first.event < second.event < third.event


def only(iterations: list[Iteration]) -> Iteration:
    (found,) = iterations
    return found


LARGE = """
import torch
from torch import nn
w = nn.Parameter(torch.ones(300, 200).t() * 2)
table = nn.Embedding(9000, 2, sparse=True)
c = nn.Parameter(torch.tensor([3 + 4j]))
none = nn.Parameter(torch.ones(0))
optimizer = torch.optim.SGD([w, *table.parameters(), c, none], lr=0.25)
loss = w.sum() + table(torch.arange(8)).sum() + (c * c.conj()).real.sum()
loss.backward()
optimizer.step()
"""


def test_large_sparse_and_complex_parameters_are_estimated(trace: TraceText) -> None:
    of_w, of_table, of_c = only(trace(LARGE).iterations).of
    assert (of_w.sampled, of_table.sampled, of_c.sampled) == (True, True, False)
    assert of_w.value_norm == pytest.approx(2 * math.sqrt(60_000), rel=1e-6)
    assert of_w.grad_norm == pytest.approx(math.sqrt(60_000), rel=1e-6)
    assert of_w.update_ratio == pytest.approx(0.125, rel=1e-6)
    assert of_table.grad_norm == pytest.approx(4.0)
    assert (of_c.grad_norm, of_c.value_norm, of_c.update_ratio) == (10.0, 5.0, 0.5)


def test_a_closure_computes_the_gradients_inside_the_step(trace: TraceText) -> None:
    text = """
import torch
p = torch.nn.Parameter(torch.tensor([2.0]))
optimizer = torch.optim.LBFGS([p], max_iter=1)
def closure():
    optimizer.zero_grad()
    loss = (p * p).sum()
    loss.backward()
    return loss
optimizer.step(closure)
"""
    found = only(trace(text).iterations)
    assert (found.loss, found.of[0].grad_norm) == (4.0, 4.0)


def test_where_nothing_steps_backward_passes_are_the_iterations(trace: TraceText) -> None:
    text = """
import torch
w = torch.tensor([3.0, 4.0], requires_grad=True)
for step in range(2):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
        w.grad = None
"""
    first, second = trace(text).iterations
    assert (first.loss, first.of[0].grad_norm, first.of[0].value_norm) == (25.0, 10.0, 5.0)
    assert (second.loss, second.of[0].grad_norm, second.of[0].update_ratio) == (0.0, 0.0, None)
    assert {first.optimizer, second.optimizer} == {-1}


def test_a_nan_that_the_sample_does_not_have_is_found(trace: TraceText) -> None:
    text = """
import torch
w = torch.nn.Parameter(torch.ones(100, 100))
optimizer = torch.optim.SGD([w], lr=0.1)
factor = torch.ones(100, 100)
factor.view(-1)[1] = float("nan")
(w * factor).sum().backward()
optimizer.step()
"""
    found = only(trace(text).iterations).of[0]
    assert (found.sampled, found.grad_norm) == (True, "nan")


ENDLESS = """
import torch
p = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([p], lr=0.1)
try:
    while True:
        optimizer.zero_grad()
        p.sum().backward()
        optimizer.step()
except Exception:
    print("never")
finally:
    print("cleaned up")
"""


def test_a_run_ends_after_the_steps_that_were_asked_for(tracer: Tracer) -> None:
    found = trace_with(tracer, ENDLESS, iterations=3)
    assert (found.run.status, found.run.partial, found.run.iterations) == ("ok", None, 3)
    assert (found.error, found.output.stdout) == (None, "cleaned up\n")
    assert len(found.iterations) == len(found.optimizer_steps) == 3
    assert found.gradients[0].grad is not None


def test_it_ends_too_after_recording_has_stopped(tracer: Tracer) -> None:
    done = run(tracer, ENDLESS, iterations=5, max_ops=4)
    assert (done.stdout, done.error) == ("cleaned up\n", None)
    assert done.exited is not None
    assert done.exited.code == 0


def test_a_run_that_ends_before_says_nothing_of_it(tracer: Tracer) -> None:
    assert trace_with(tracer, SGD, iterations=4).run.iterations is None


RATES = """
import numpy
import torch
class Own(torch.optim.Optimizer):
    def step(self, closure=None):
        pass
rates = 0.5, 1, numpy.float32(0.25), torch.tensor(2.0), 10**400, float("inf"), "fast", 1j, None
groups = [{"params": [torch.ones(2, requires_grad=True)], "lr": rate} for rate in rates]
Own(groups, {}).step()
"""


def test_a_rate_that_is_not_a_finite_number_costs_no_more_than_itself(tracer: Tracer) -> None:
    found = trace_with(tracer, RATES)
    assert found.error is None
    assert not found.notes
    [step] = found.optimizer_steps
    assert [group.rate for group in step.rates] == [0.5, 1.0, 0.25, 2.0] + [None] * 5
