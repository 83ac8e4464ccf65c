"""Of a run whose record ends before it did, nothing is said that is not known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.command_line.writing import summary
from app.contract.records import Partial, Snippet, Trace
from app.gui.running.outcome import outcome
from app.page.html import page
from app.process.client import Tracer
from app.session.run import Run
from app.session.source.lines import marks
from app.session.source.not_run import not_run
from app.session.summary.in_words import in_words
from app.session.trace.assembly import TraceBuilder
from app.session.trace.document import dump, load
from tests.support import gradients_of, snippet
from tests.tools.tracing import request_for, trace_with

Stopped = Callable[[str], Trace]
DEEP = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
"""Then only a signal that kills ends the run, and nothing is said at its end."""


@pytest.fixture(scope="module")
def stopped(tracer: Tracer) -> Stopped:
    """The trace of a text that is stopped when it prints "now"."""

    def run(text: str) -> Trace:
        builder = TraceBuilder(Snippet(None, text))

        def take(batch: list[list[Any]]) -> None:
            builder.add_batch(batch)
            if any(message[0] == "output" and "now" in message[2] for message in batch):
                tracer.stop()

        builder.add_exited(tracer.run(request_for(text), take))
        trace = builder.finish().trace
        assert load(dump(trace)).trace == trace
        return trace

    return run


INSIDE = {
    "a stack of layers": """
        net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        def wait(grad):
            print("now", flush=True)
            while True: pass
        net[0].weight.register_hook(wait)
        net(torch.ones(4, 2)).sum().backward()
        """,
    "a class of its own": """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.first, self.last = nn.Linear(2, 3), nn.Linear(3, 1)
            def forward(self, x):
                h = self.first(x)
                h.register_hook(stay)
                return self.last(h)
        def stay(grad):
            print("now", flush=True)
            while True: pass
        model = Net()
        for batch in range(3):
            loss = model(torch.ones(4, 2)).mean()
            loss.backward()
        """,
    "leaves and a function of its own": """
        a = torch.ones(2, requires_grad=True)
        b = torch.ones(2, requires_grad=True)
        class Slow(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x): return x * 2
            @staticmethod
            def backward(ctx, g):
                print("now", flush=True)
                while True: pass
        (Slow.apply(a) * b).sum().backward()
        """,
}
REACHED = {
    "a stack of layers": {"net.2.weight", "net.2.bias"},
    "a class of its own": {"model.last.weight", "model.last.bias"},
    "leaves and a function of its own": {"b"},
}


@pytest.mark.parametrize("how", ["", DEEP], ids=["soft", "hard"])
@pytest.mark.parametrize("case", INSIDE)
def test_a_pass_that_was_interrupted_has_not_failed(stopped: Stopped, case: str, how: str) -> None:
    trace = stopped(how + snippet(INSIDE[case]))
    (backward,) = trace.backward_passes
    assert (backward.ok, backward.interrupted) == (False, True)
    assert trace.run.partial is not None
    assert (trace.run.partial.because, trace.run.partial.inside) == ("stopped", "backward")
    rows = gradients_of(trace)
    assert {name for name, row in rows.items() if row.grad} >= REACHED[case]
    for name, row in rows.items():
        assert row.why.code == ("accumulated" if row.grad else "unknown"), name
        assert "failed" not in row.why.text
    missing = next(row for row in rows.values() if row.grad is None)
    assert f"cut short in the backward pass on line {backward.line}" in missing.why.text
    assert backward.line is not None
    assert marks(Run(trace))[backward.line].note.startswith("interrupted, reached ")


FORWARD = {
    "before any pass": """
        lin = nn.Linear(2, 2)
        y = lin(torch.ones(1, 2))
        print("now", flush=True)
        while True: pass
        def evaluate(): return lin
        y.sum().backward()
        """,
    "in a loop that never got there": """
        w = torch.ones(2, requires_grad=True)
        for i in range(10**9):
            y = (w * i).sum()
            if i == 3: print("now", flush=True)
            if i > 10**8: y.backward()
        """,
    "in the middle of a block": """
        w = torch.ones(2, requires_grad=True)
        with torch.no_grad():
            y = w * 2
            print("now", flush=True)
            while True: pass
            y = y + 1
        (w * 2).sum().backward()
        """,
    "in evaluation": """
        net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        with torch.no_grad():
            net(torch.ones(1, 2))
            print("now", flush=True)
            while True: pass
        net(torch.ones(1, 2)).sum().backward()
        """,
}


@pytest.mark.parametrize("text", FORWARD.values(), ids=FORWARD)
def test_no_reason_rests_on_what_was_still_to_come(stopped: Stopped, text: str) -> None:
    trace = stopped(snippet(text))
    assert trace.run.partial is not None
    assert trace.run.partial.because == "stopped"
    assert {row.why.code for row in trace.gradients} == {"unknown"}
    assert all("cut short before a backward pass" in row.why.text for row in trace.gradients)
    assert not [one for one in trace.findings if one.severity != "info"]
    assert not any("never" in stretch.text for stretch in not_run(trace))


STEPS = {
    "in a hook of the optimizer": """
        p = nn.Parameter(torch.ones(2))
        opt = torch.optim.SGD([p], lr=0.1)
        (p * 2).sum().backward()
        def stay(*about):
            print("now", flush=True)
            while True: pass
        opt.register_step_post_hook(stay)
        opt.step()
        """,
    "in a closure": """
        w = torch.ones(2, requires_grad=True)
        opt = torch.optim.LBFGS([w])
        def closure():
            opt.zero_grad()
            loss = (w * w).sum()
            loss.backward()
            print("now", flush=True)
            while True: pass
        opt.step(closure)
        """,
    "in a step of its own": """
        class Slow(torch.optim.Optimizer):
            def __init__(self, params): super().__init__(params, {})
            def step(self):
                print("now", flush=True)
                while True: pass
        net = nn.Linear(2, 1)
        optimizer = Slow(net.parameters())
        net(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        """,
}


@pytest.mark.parametrize("how", ["", DEEP], ids=["soft", "hard"])
@pytest.mark.parametrize("text", STEPS.values(), ids=STEPS)
def test_the_record_ends_inside_an_optimizers_step(stopped: Stopped, text: str, how: str) -> None:
    trace = stopped(how + snippet(text))
    assert trace.run.partial is not None
    assert (trace.run.partial.because, trace.run.partial.inside) == ("stopped", "optimizer")
    assert {row.why.code for row in trace.gradients} == {"accumulated"}
    assert "optimizer step on line" in outcome(trace, 3, 60).detail


def test_what_had_happened_before_stays(stopped: Stopped) -> None:
    trace = stopped(
        snippet(
            """
            used, cut, later = nn.Linear(2, 1), nn.Linear(2, 2), nn.Linear(2, 1)
            frozen = torch.ones(1, requires_grad=True)
            frozen.requires_grad_(False)
            with torch.no_grad():
                h = cut(torch.ones(1, 2))
            used(h).sum().backward()
            print("now", flush=True)
            while True: pass
            later(h).sum().backward()
            """
        )
    )
    codes = {name: row.why.code for name, row in gradients_of(trace).items()}
    assert codes["used.weight"] == "accumulated"
    assert codes["cut.weight"] == "only_skipped"
    assert codes["later.weight"] == "unknown"
    assert {module.path for module in trace.modules if module.calls} == {"cut", "used"}


def test_a_run_that_was_killed_has_its_modules(stopped: Stopped) -> None:
    text = DEEP + snippet(
        """
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.up, self.down = nn.Linear(4, 8), nn.Linear(8, 4)
            def forward(self, x): return x + self.down(self.up(x))
        blocks = nn.ModuleList(Block() for _ in range(3))
        x = torch.ones(2, 4)
        for block in blocks: x = block(x)
        print("now", flush=True)
        while True: pass
        """
    )
    trace = stopped(text)
    called = [module.path for module in trace.modules if module.calls]
    assert called[:3] == ["blocks.0", "blocks.0.up", "blocks.0.down"]
    assert {module.calls for module in trace.modules if module.called} == {1}


CUT = {
    "a net": "net = nn.Linear(2, 1)\nnet(torch.ones(3, 2)).sum().backward()",
    "a loop": """
        w = torch.ones(2, requires_grad=True)
        for _ in range(4): (w * 2).sum().backward()
        """,
    "an optimizer": """
        model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        model(torch.ones(1, 2)).sum().backward()
        opt.step()
        """,
}


@pytest.mark.parametrize("text", CUT.values(), ids=CUT)
def test_a_record_that_was_cut_says_so_and_gives_no_reasons(tracer: Tracer, text: str) -> None:
    trace = trace_with(tracer, snippet(text), max_ops=3)
    assert trace.run.status == "ok"
    assert trace.run.truncated
    assert trace.run.partial is not None
    assert (trace.run.partial.because, trace.run.partial.inside) == ("max_ops", "forward")
    assert trace.run.partial.after_event >= max(op.event for op in trace.operations)
    assert {row.why.code for row in trace.gradients} == {"unknown"}
    assert all(row.grad is not None for row in trace.gradients), "they are read at the end"
    said = " ".join([sentence.text for sentence in in_words(Run(trace))] + summary(Run(trace)))
    assert "No `backward()` was called" not in said
    assert "The record is partial: recording stopped after " in said
    assert "Recording stopped after " in outcome(trace, 3, 60).title
    assert b"The record is partial" in page(trace)


def test_a_run_that_raised_is_partial_and_keeps_its_reasons(tracer: Tracer) -> None:
    trace = trace_with(
        tracer, snippet("w = torch.ones(2, requires_grad=True)\ny = w * 2\ny.backward()")
    )
    assert trace.run.partial is not None
    assert (trace.run.partial.because, trace.run.partial.inside) == ("raised", "backward")
    assert [row.why.code for row in trace.gradients] == ["backward_failed"]
    assert not trace.backward_passes[0].interrupted
    early = trace_with(tracer, snippet("lin = nn.Linear(2, 2)\nlin(torch.ones(3))"))
    assert early.run.partial is not None
    assert early.run.partial.inside == "forward"
    assert {row.why.code for row in early.gradients} == {"no_backward"}
    assert "before the error" in early.gradients[0].why.text


@pytest.mark.parametrize(
    "end", ["import os; os.abort()", "import os; os._exit(3)", "import os; os.kill(os.getpid(), 9)"]
)
def test_a_crash_is_partial(tracer: Tracer, end: str) -> None:
    trace = trace_with(tracer, snippet(f"lin = nn.Linear(2, 2)\ny = lin(torch.ones(1, 2))\n{end}"))
    assert trace.run.partial is not None
    assert trace.run.partial.because == "crashed"
    assert {row.why.code for row in trace.gradients} == {"no_backward"}
    assert "not called before the error" in trace.gradients[0].why.text
    assert "The record is partial: the process ended early." in " ".join(summary(Run(trace)))


def test_a_time_limit_is_partial_and_its_place_is_named(tracer: Tracer) -> None:
    text = snippet("x = torch.ones(2, requires_grad=True)\nwhile True:\n    y = x * 2")
    trace = trace_with(tracer, text, timeout=1.5)
    assert trace.run.partial is not None
    assert trace.run.partial.because == "timeout"
    found = outcome(trace, 3, 0)
    assert found.title != "Stopped after 0 s."
    assert found.detail.endswith("It ends on line 5.")


def test_a_whole_run_is_not_partial(tracer: Tracer) -> None:
    trace = trace_with(tracer, snippet("w = torch.ones(2, requires_grad=True)\nw.sum().backward()"))
    assert trace.run.partial is None
    assert not any("partial" in line for line in summary(Run(trace)))
    wrong = trace_with(tracer, "x = (")
    assert (wrong.run.status, wrong.run.partial) == ("syntax_error", None)


def test_what_could_not_be_described_is_named_with_its_line(tracer: Tracer) -> None:
    text = snippet("x = torch.ones(2)\ntorch.Tensor.shape = property(lambda t: 1 / 0)\ny = x + 1")
    trace = trace_with(tracer, text)
    assert isinstance(trace.run.partial, Partial)
    assert trace.run.partial.because == "lost_rows"
    found = outcome(trace, 3, 60)
    assert found.title == "The record is partial: Tapescope could not record everything."
    assert "Line 5: add could not be described" in found.detail


CLEARED = """
    torch.manual_seed(0)
    w, b = torch.ones(2, requires_grad=True), torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.1)
    for step in range(2):
        optimizer.zero_grad()
        (w * 2 + b).sum().backward()
        optimizer.step()
    """


def test_a_record_that_ends_at_any_row_says_only_what_happened(tracer: Tracer) -> None:
    """While a program runs, its record ends wherever the last row is."""
    text = snippet(CLEARED)
    rows: list[Any] = []
    tracer.run(request_for(text), rows.extend)
    said: list[str] = []
    for end in range(len(rows)):
        builder = TraceBuilder(Snippet(None, text))
        builder.add_batch(rows[:end])
        run = builder.finish(is_running=True)
        assert run.trace.run.status == "running"
        assert run.trace.run.partial is None or run.trace.run.partial.because == "running"
        for row in run.trace.gradients:
            assert (row.grad is None) == (row.why.code in ("unknown", "cleared"))
            if row.name == "w" and said[-1:] != [row.why.code]:
                said.append(row.why.code)
    assert said == ["unknown", "accumulated", "cleared", "accumulated"]


LOOP = """
encoder, head, other = nn.Linear(2, 3), nn.Linear(3, 1), nn.Linear(1, 1)
optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters(), *other.parameters()])
for count in range(1000):
    with torch.no_grad():
        h = encoder(torch.ones(4, 2))
    optimizer.zero_grad()
    head(h).mean().backward()
    optimizer.step()
    if count == 3:
        print("now", flush=True)
    while count > 3: pass
"""
WITHOUT_A_STEP = LOOP.replace("    optimizer.step()\n", "")
AFTER: dict[str, str] = {
    "a step later in the loop": LOOP.replace("    optimizer.step()\n", "").replace(
        "    if count", "    if count > 99:\n        optimizer.step()\n    if count", 1
    ),
    "a second stage": LOOP + "(other(torch.ones(1, 1)) + encoder(torch.ones(1, 2))).backward()\n",
    "a second stage in a function": "def tune():\n    encoder(torch.ones(1, 2)).sum().backward()\n"
    + LOOP + "tune()\n",
    "two iterations": LOOP.replace("= 3", "= 0").replace("> 3", "> 0"),
}  # fmt: skip
BESIDE = {
    "nothing else": "",
    "a scheduler, and functions that nothing calls": """
def alone():
    optimizer.step()
torch.optim.lr_scheduler.StepLR(optimizer, 1)
scheduler.step()
print(encoder.eval())
""",
}


@pytest.mark.parametrize("after", BESIDE.values(), ids=list(BESIDE))
def test_a_loop_that_was_stopped_is_judged_by_the_iterations_that_ran(
    stopped: Stopped, after: str
) -> None:
    trace = stopped(snippet(LOOP + after))
    assert trace.run.partial is not None
    rows = gradients_of(trace)
    assert rows["encoder.weight"].why.code == "only_skipped"
    assert rows["other.weight"].why.code == "unused"
    assert {one.code for one in trace.findings} == {"cut_by_grad_mode", "unused_parameter"}
    assert trace.training is not None
    assert trace.training.verdict.startswith("Trains 2 of 6 parameters. 4 do not:")


def test_a_stopped_loop_without_a_step_trains_nothing(stopped: Stopped) -> None:
    trace = stopped(snippet(WITHOUT_A_STEP))
    assert "nothing_trains" in {one.code for one in trace.findings}


@pytest.mark.parametrize("text", AFTER.values(), ids=list(AFTER))
def test_what_may_train_yet_is_waited_for(stopped: Stopped, text: str) -> None:
    trace = stopped(snippet(text))
    assert gradients_of(trace)["other.weight"].why.code == "unknown"
    assert {one.code for one in trace.findings} <= {"cut_by_grad_mode"}
    assert trace.training is not None
    assert {"unknown"} <= {group.state for group in trace.training.groups}


def test_either_branch_of_an_if_is_enough(stopped: Stopped) -> None:
    scaled = (
        "    if count < 0:\n        scaler.step(optimizer)\n    else:\n        optimizer.step()\n"
    )
    trace = stopped(snippet(LOOP.replace("    optimizer.step()\n", scaled)))
    assert gradients_of(trace)["other.weight"].why.code == "unused"


def test_a_record_at_its_limit_is_judged_by_the_iterations_in_it(tracer: Tracer) -> None:
    text = LOOP.replace("1000", "40").replace("while count > 3: pass", "pass")
    trace = trace_with(tracer, snippet(text), max_ops=200)
    assert trace.run.partial is not None
    assert trace.run.partial.because == "max_ops"
    assert {one.code for one in trace.findings} == {"cut_by_grad_mode", "unused_parameter"}
    rows = gradients_of(trace)
    assert rows["other.weight"].why.code == "unused"
