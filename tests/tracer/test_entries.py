"""Every entry into torch: the traced run is the plain one, and the trace is complete."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent

import pytest

from app.contract.records import Trace
from app.process.client import Tracer
from tests.process.running import warm_tracers
from tests.tools.tracing import trace_with
from tests.tracer.entries import AFTER, BEFORE, ENTRIES
from tests.tracer.plain import Ended, run_plainly

tracer = pytest.fixture(scope="module")(warm_tracers())
TEXTS = {name: BEFORE + dedent(text) + AFTER for name, text in ENTRIES.items()}


@pytest.fixture(scope="module")
def plain() -> dict[str, Ended]:
    return dict(zip(TEXTS, run_plainly(list(TEXTS.values())), strict=True))


@pytest.mark.parametrize("entry", TEXTS)
def test_the_run_is_the_plain_one_and_the_trace_is_complete(
    tracer: Tracer, plain: dict[str, Ended], entry: str
) -> None:
    ended = plain[entry]
    assert ended.code == 0, ended.stderr
    trace = trace_with(tracer, TEXTS[entry])
    assert trace.error is None, trace.error.traceback
    assert trace.output.stdout.splitlines() == ended.stdout.splitlines()
    assert trace.output.stderr.splitlines() == ended.stderr.splitlines()
    assert not [note for note in trace.notes if note.code == "incomplete"]
    check_complete(trace)


def check_complete(trace: Trace) -> None:
    """The nodes that backward can reach are the ones that operations name (TRACE_FORMAT)."""
    walked = [
        Counter(line.split()[1:])
        for line in trace.output.stdout.splitlines()
        if line.startswith("REACHABLE")
    ]
    assert len(walked) == len(trace.backward_passes)
    for backward, reachable in zip(trace.backward_passes, walked, strict=True):
        ran = Counter(step.grad_fn for step in backward.steps)
        assert not ran - reachable, "ran, and was not to be reached"
        for step in backward.steps:
            if step.grad_fn != "AccumulateGrad" and step.made_in is None:
                assert step.operation is not None, f"{step.grad_fn} belongs to no operation"
    operations = {operation.id: operation for operation in trace.operations}
    for backward in trace.backward_passes:
        ran_of: dict[int, Counter[str]] = {}
        for step in backward.steps:
            if step.operation is not None:
                ran_of.setdefault(step.operation, Counter())[step.grad_fn] += 1
        for number, names in ran_of.items():
            operation = operations[number]
            missing = names - Counter(operation.grad_fn)
            assert not missing, f"{operation.name} on line {operation.line} lacks {dict(missing)}"


def test_nodes_of_another_thread_with_the_same_numbers_are_not_taken_for_new(
    tracer: Tracer,
) -> None:
    """Each thread counts its nodes from 0."""
    trace = trace_with(
        tracer,
        """
import threading
import torch
x = torch.randn(3, 3, requires_grad=True)
z = (x * 2).exp()

def use():
    torch.einsum("ij,kj->ik", z, z)

thread = threading.Thread(target=use)
thread.start()
thread.join()
use()
""",
    )
    there, here = (op.grad_fn for op in trace.operations if op.name == "einsum")
    assert there == here
