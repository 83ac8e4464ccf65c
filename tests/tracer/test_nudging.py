"""Runs with a moved value, in real processes."""

from __future__ import annotations

import math

import pytest

from app.contract.messages import RunRequest
from app.contract.records import Snippet
from app.process.client import Tracer
from app.session.nudging.results import Nudging
from app.session.nudging.target import Target, target_of, unrecorded_words
from app.session.run import Run
from app.session.trace.assembly import TraceBuilder
from tests.support import snippet
from tests.tools.tracing import request_for

SWISH = snippet("""
    x = torch.tensor([[2., -1.], [.5, 1.]])
    w = torch.tensor([[1., 2.], [3., -1.]], requires_grad=True)
    a = w * x
    loss = (a * a.sigmoid()).sum()
    loss.backward()
""")


def traced(tracer: Tracer, request: RunRequest) -> Run:
    builder = TraceBuilder(Snippet(path=request.path, text=request.text))
    builder.add_exited(tracer.run(request, builder.add_batch))
    return builder.finish()


def target(tracer: Tracer, request: RunRequest, name: str) -> Target | str:
    run = traced(tracer, request)
    (found,) = (one for one in run.trace.gradients if one.name == name)
    return target_of(run, found.tensor)


def nudged(
    tracer: Tracer, text: str, name: str, element: tuple[int, ...], *steps: float
) -> Nudging:
    """Return the runs with an element as it is, and moved by each of the steps."""
    request = request_for(text)
    found = target(tracer, request, name)
    assert isinstance(found, Target), found
    nudging = Nudging(found, element)
    tracer.run(request._replace(nudge=found.nudge(element, [])), nudging.add)
    if nudging.failure is None:
        values = [nudging.value, *map(nudging.moved_by, steps)]
        ask = found.nudge(element, values, nudging.place)
        tracer.run(request._replace(nudge=ask), nudging.add)
    return nudging


def test_the_change_of_the_loss_comes_near_grad_as_the_step_shrinks(tracer: Tracer) -> None:
    """The figures of the published picture, from torch on the CPU."""
    found = nudged(tracer, SWISH, "w", (1, 1), 0.3, 0.1, 0.01)
    assert found.failure is None
    assert (found.value, found.cells) == (-1.0, [[1.0, 2.0], [3.0, -1.0]])
    assert found.target.loss == found.runs[-1.0].loss
    rows = [found.row(found.moved_by(step)) for step in (0.3, 0.1, 0.01)]
    assert [f"{row.change:.5f} {row.slope:.4f} {row.off:.4f}" for row in rows if row] == [
        "0.03667 0.1222 0.0499", "0.00880 0.0880 0.0156", "0.00074 0.0738 0.0015",
    ]  # fmt: skip
    assert f"{found.grad:.4f}" == "0.0723"
    assert found.row(found.value) is None
    assert found.count == 6
    assert unrecorded_words(found.target) == ""


NET = snippet("""
    net = nn.Sequential(nn.Linear(6, 5), nn.Dropout(0.5), nn.Tanh(), nn.Linear(5, 1))
    nn.init.uniform_(net[0].weight)
    net[3].weight.data.mul_(2)
    x = torch.randn(8, 6)
    for step in range(3):
        loss = net(x).pow(2).mean()
        loss.backward()
    print(loss)
""")


@pytest.mark.parametrize(
    ("name", "element"), [("net.0.weight", (4, 5)), ("net.3.weight", (0, 2)), ("net.3.bias", (0,))]
)
def test_parameters_move_after_their_initial_values_are_there(
    tracer: Tracer, name: str, element: tuple[int, ...]
) -> None:
    found = nudged(tracer, NET, name, element, 0.01, -0.01, 0.1, -0.1)
    assert found.failure is None
    assert found.value in found.runs
    assert found.target.passes == 3
    rows = [found.row(found.moved_by(step)) for step in (0.01, -0.01)]
    assert not found.misses
    middle = sum(row.slope for row in rows if row is not None) / 2
    assert middle == pytest.approx(found.grad, rel=0.02, abs=1e-3)


def test_cells_around_an_element_are_those_of_its_part_of_a_matrix(tracer: Tracer) -> None:
    text = snippet("""
        w = torch.arange(60.).reshape(2, 5, 6).requires_grad_()
        w.sum().backward()
    """)
    found = nudged(tracer, text, "w", (1, 4, 5), 1.0)
    assert found.corner == (4, 4)
    assert found.cells == [[58.0, 59.0]]
    assert found.runs[60.0].loss == found.target.loss + 1


def test_a_skipped_use_moves_the_loss_though_grad_leaves_it_out(tracer: Tracer) -> None:
    text = snippet("""
        w = torch.tensor(3., requires_grad=True)
        loss = w.detach() * w
        loss.backward()
    """)
    found = nudged(tracer, text, "w", (), 0.5, 0.1, -0.1)
    assert (found.grad, found.runs[3.5].loss) == (3.0, 12.25)
    assert found.misses
    assert unrecorded_words(found.target) == (
        "detach on line 4 uses w and is not recorded: the loss may depend on that, and w.grad "
        "leaves it out."
    )
    assert found.cells == [[3.0]]


def test_what_shares_memory_with_the_leaf_stays_as_it_is(tracer: Tracer) -> None:
    text = snippet("""
        start = torch.ones(2)
        w = nn.Parameter(start)
        loss = (w * start).sum()
        loss.backward()
    """)
    found = nudged(tracer, text, "w", (0,), 1.0)
    assert (found.grad, found.runs[2.0].loss) == (1.0, 3.0)


def test_a_value_is_that_of_the_dtype(tracer: Tracer) -> None:
    text = snippet("""
        w = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
        w.sum().backward()
    """)
    found = nudged(tracer, text, "w", (0,), 0.01, 0.001)
    row = found.row(1.01)
    assert row is not None
    assert row.step == 0.0078125
    assert found.row(1.001) is None


def test_a_value_with_which_the_program_fails_or_goes_elsewhere_says_so(tracer: Tracer) -> None:
    text = snippet("""
        w = torch.tensor(1., requires_grad=True)
        if w > 2:
            raise ValueError("too large")
        if w < 0:
            raise SystemExit
        (w.log() if w else w).backward()
    """)
    found = nudged(tracer, text, "w", (), 2.0, -2.0)
    assert found.runs[3.0].error == "ValueError: too large"
    assert found.runs[-1.0].error == "the program ended before the backward pass"
    assert found.row(3.0) is None
    assert math.isnan(found.runs[3.0].loss)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            """
            import time
            w = torch.ones(1, requires_grad=True)
            (w * (time.time_ns() % 1000003)).backward()
            """,
            "Two equal runs differ by ",
        ),
        (
            """
            w = torch.ones(2, requires_grad=True)
            a = w.sum() * 2
            with torch.no_grad():
                w.add_(1)
            (a + w.sum()).backward()
            """,
            "w cannot be nudged: the program changes it in place after its first use.",
        ),
        (
            """
            w = torch.ones(2, requires_grad=True)
            y = w.sum()
            y.backward(torch.tensor(2.))
            """,
            "w cannot be nudged: the program gives the pass a gradient to begin with.",
        ),
        (
            """
            w = torch.ones(2, requires_grad=True)
            w.grad = torch.ones(2)
            w.sum().backward()
            """,
            "w cannot be nudged: its .grad is not None before the pass.",
        ),
        (
            """
            w = torch.ones(2, dtype=torch.complex64, requires_grad=True)
            w.abs().sum().backward()
            """,
            "w cannot be nudged: it is complex64, not real numbers.",
        ),
        (
            """
            w = torch.tensor([float("nan"), 1.], requires_grad=True)
            (w[1] * 2).backward()
            """,
            "w cannot be nudged: the value to move is nan, not a finite number.",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(tracer: Tracer, text: str, reason: str) -> None:
    found = nudged(tracer, snippet(text), "w", (0,))
    assert found.failure is not None
    assert found.failure.startswith(reason)
    assert found.runs == {}


def test_an_element_that_is_not_there_is_refused(tracer: Tracer) -> None:
    found = nudged(tracer, SWISH, "w", (1, 7))
    assert found.failure == ("w cannot be nudged: it has no element [1, 7]: its shape is [2, 2].")


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("w = torch.ones(2, requires_grad=True)\n", "w", "no backward pass filled w.grad"),
        ("w = torch.ones(2, requires_grad=True)\ntorch.autograd.grad(w.sum(), w)\n", "w",
         "no backward pass filled w.grad"),
        ("w = torch.ones(2, requires_grad=True)\n(w * 2).backward(torch.ones(2))\n", "w",
         "does not begin at a single number"),
        ("w = torch.ones((), requires_grad=True)\n(w / 0).backward()\n", "w",
         "The loss is not a finite number."),
    ],
)  # fmt: skip
def test_a_leaf_without_a_gradient_to_compare_with_says_so(
    tracer: Tracer, text: str, name: str, reason: str
) -> None:
    found = target(tracer, request_for("import torch\n" + text), name)
    assert isinstance(found, str)
    assert reason in found


def test_a_program_sees_nothing_of_the_runs(tracer: Tracer) -> None:
    """Neither a mode, nor a frame, nor a reference; and an unmoved run is the traced one."""
    text = snippet("""
        import sys, traceback, weakref
        from torch.overrides import _get_current_function_mode_stack, has_torch_function
        w = torch.ones(2, requires_grad=True)
        y = (w * 2).sum()
        assert not _get_current_function_mode_stack() and not has_torch_function((y,))
        assert weakref.getweakrefcount(w) == 0
        assert len(traceback.extract_stack()) == 1
        assert w._version == 0 and w.is_leaf
        y.backward()
    """)
    found = nudged(tracer, text, "w", (0,), 0.5)
    assert found.failure is None
    assert found.runs[1.5] == (1.5, 5.0, None)
