"""The backward pass, the optimizer step and the passes of loops that an operation belongs to."""

from __future__ import annotations

from collections.abc import Callable

from app.contract.records import LoopPass, Trace

TRAINING = """
import torch
w = torch.ones(2, requires_grad=True)
first = torch.optim.SGD([w], lr=0.1)
second = torch.optim.LBFGS([w], max_iter=2)
w.register_hook(lambda g: g * 2)
for epoch in range(2):
    (w * w).sum().backward()
    first.step()
    first.zero_grad()

def closure():
    second.zero_grad()
    loss = (w - 1).pow(2).sum()
    loss.backward()
    return loss

second.step(closure)
"""


def test_steps_of_two_optimizers(trace: Callable[[str], Trace]) -> None:
    steps = trace(TRAINING).optimizer_steps
    assert [(s.optimizer, s.type, s.step, s.line) for s in steps] == [
        (0, "SGD", 0, 9),
        (0, "SGD", 1, 9),
        (1, "LBFGS", 0, 18),
    ]
    assert [s.loops for s in steps] == [[LoopPass(7, 0, 0)], [LoopPass(7, 0, 1)], []]


def test_what_a_step_does_names_it(trace: Callable[[str], Trace]) -> None:
    done = trace(TRAINING)
    updates = [op for op in done.operations if op.phase == "optimizer" and op.line == 9]
    assert {op.optimizer_step for op in updates} == {0, 1}
    assert all(op.loops == done.optimizer_steps[op.optimizer_step or 0].loops for op in updates)


def test_a_closure_is_forward_and_no_part_of_the_step(trace: Callable[[str], Trace]) -> None:
    done = trace(TRAINING)
    squares = [op for op in done.operations if op.name == "pow"]
    assert len(squares) > 1
    assert {(op.phase, op.optimizer_step) for op in squares} == {("forward", None)}
    assert any(op.phase == "optimizer" and op.optimizer_step == 2 for op in done.operations)


def test_what_a_hook_computes_names_its_pass(trace: Callable[[str], Trace]) -> None:
    done = trace(TRAINING)
    hooked = [op for op in done.operations if op.line == 6 and op.phase == "backward"]
    assert [op.backward_pass for op in hooked] == [b.id for b in done.backward_passes]


def test_a_step_that_raises_is_over(trace: Callable[[str], Trace]) -> None:
    done = trace("""
import torch
class Broken(torch.optim.SGD):
    def step(self, closure=None):
        raise ValueError
w = torch.ones(2, requires_grad=True)
try:
    Broken([w], lr=0.1).step()
except ValueError:
    pass
y = w * 2
""")
    assert [op.phase for op in done.operations if op.name == "mul"] == ["forward"]
    assert done.optimizer_steps[0].end_event is not None
