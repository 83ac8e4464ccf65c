"""At the edges of torch too, the traced run is the plain one."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent

import pytest
import torch

from app.process.client import Tracer
from tests.process.running import warm_tracers
from tests.tools.tracing import trace_with
from tests.tracer.edges import EDGES
from tests.tracer.plain import Ended, run_plainly

tracer = pytest.fixture(scope="module")(warm_tracers())
BEFORE = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
TEXTS = {name: BEFORE + dedent(text) for name, text in EDGES.items()}


@pytest.fixture(scope="module")
def plain() -> dict[str, Ended]:
    return dict(zip(TEXTS, run_plainly(list(TEXTS.values())), strict=True))


@pytest.mark.parametrize("edge", TEXTS)
def test_the_traced_run_is_the_plain_one(
    tracer: Tracer, plain: dict[str, Ended], edge: str
) -> None:
    if "set_stance" in TEXTS[edge] and not hasattr(torch.compiler, "set_stance"):
        pytest.skip("this torch has no torch.compiler.set_stance")
    ended = plain[edge]
    assert ended.code == 0, ended.stderr
    trace = trace_with(tracer, TEXTS[edge])
    assert trace.error is None, trace.error.traceback
    assert trace.output.stdout.splitlines() == ended.stdout.splitlines()
    assert _own(trace.output.stderr) == _own(ended.stderr)
    assert not [note for note in trace.notes if note.code == "incomplete"]


def _own(stderr: str) -> list[str]:
    """What the program wrote: the profiler adds lines with the number of the process."""
    return [line for line in stderr.splitlines() if not line.startswith("USDT:")]


COMPLETE = {
    "gradcheck": """
        x = torch.ones(2, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda t: t * 2, [x])
        """,
    "a callable in C++": """
        w = torch.ones(2, requires_grad=True)
        u = torch._C._functions.UndefinedGrad()(w * 3)
        torch._C._functions.UndefinedGrad()(w).sum().backward()
        (u * 2 + w).sum().backward()
        """,
    "a node that gets another number": """
        w = torch.ones(2, requires_grad=True)
        b = w * 2
        c = b.exp() + 1
        b.grad_fn._set_sequence_nr(10**9)
        c.grad_fn._set_sequence_nr(10**6)
        c.sum().backward()
        """,
    "casts that autocast keeps": """
        lin = nn.Linear(2, 2)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                target = lin(torch.ones(1, 2))
            z = lin(torch.ones(1, 2))
        (z - target).float().sum().backward()
        """,
    "casts that autocast keeps, of several layers in a loop": """
        net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Conv1d(1, 1, 2))
        for step in range(2):
            with torch.amp.autocast("cpu"):
                with torch.inference_mode(False), torch.set_grad_enabled(False):
                    net(torch.ones(1, 1, 2))
                loss = net(torch.ones(1, 1, 2)).float().pow(2).mean()
            loss.backward()
        """,
    "second derivatives, which a pass makes": """
        w = torch.ones(2, requires_grad=True)
        (g,) = torch.autograd.grad((w ** 3).sum(), w, create_graph=True)
        (g * w).sum().backward()
        """,
}


@pytest.mark.parametrize("text", COMPLETE.values(), ids=COMPLETE)
def test_every_node_of_a_backward_pass_belongs_to_an_operation(tracer: Tracer, text: str) -> None:
    trace = trace_with(tracer, BEFORE + dedent(text))

    assert trace.run.status == "ok"
    recorded = {op.id: Counter(op.grad_fn) for op in trace.operations if op.status == "recorded"}
    for backward in trace.backward_passes:
        for step in backward.steps:
            if step.grad_fn != "AccumulateGrad" and step.made_in is None:
                assert step.operation is not None, step.grad_fn
                assert step.grad_fn in recorded[step.operation]


def test_recording_goes_on_where_describing_a_call_fails(tracer: Tracer) -> None:
    """An error inside the recorder is a note with the line, and the program has none."""
    text = """
        class Odd:
            __hash__ = None
            def __call__(self, t):
                return t * 2
        odd = Odd()
        class Sub(torch.Tensor):
            pass
        w = torch.ones(2, requires_grad=True)
        t = torch.ones(2).as_subclass(Sub)
        try:
            torch.overrides.handle_torch_function(odd, (t,), t)
        except TypeError as error:
            print(error)
        (w * 3).sum().backward()
        print(w.grad)
        """
    [ended] = run_plainly([BEFORE + dedent(text)])
    trace = trace_with(tracer, BEFORE + dedent(text))

    assert trace.output.stdout == ended.stdout
    assert len(trace.backward_passes) == 1
