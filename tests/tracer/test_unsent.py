"""Rows that wait in shared memory, and what is found there when a run is gone."""

from __future__ import annotations

import os

import pytest

from app.process.client import Tracer
from app.tracer.child.unsent import Unsent
from tests.tools.tracing import trace_with


def test_another_process_finds_what_was_put() -> None:
    unsent = Unsent()
    pid = os.fork()
    if not pid:
        unsent.put(b"one\n")
        unsent.put(b"two\n")
        os._exit(0)
    os.waitpid(pid, 0)

    assert unsent.lines() == b"one\ntwo\n"
    unsent.close()


def test_what_was_sent_is_not_found_again() -> None:
    unsent = Unsent()
    unsent.put(b"one\n")
    unsent.clear()

    assert unsent.lines() == b""
    unsent.put(b"two\n")
    assert unsent.lines() == b"two\n"
    unsent.close()


def test_a_line_without_room_is_refused_whole() -> None:
    unsent = Unsent()
    assert unsent.put(b"one\n")

    assert not unsent.put(b"x" * (1 << 20))
    assert unsent.lines() == b"one\n"
    unsent.close()


@pytest.mark.parametrize(
    "end", ["os.kill(os.getpid(), 11)", "os.abort()", "os._exit(3)", "ctypes.string_at(0)"]
)
def test_every_operation_before_a_crash_is_there_after_it(tracer: Tracer, end: str) -> None:
    text = (
        "import ctypes, os, torch\n"
        "w = torch.ones(3, requires_grad=True)\n"
        "y = w * 2\n"
        "y.sum().backward()\n"
        "z = y + 1\n"
        f"{end}\n"
    )

    found = trace_with(tracer, text)

    assert [op.name for op in found.operations] == ["ones", "mul", "sum", "add"]
    assert [t.name for t in found.tensors if t.name] == ["w", "y", "w.grad", "z"]
    assert [step.grad_fn for step in found.backward_passes[0].steps] == [
        "SumBackward0",
        "MulBackward0",
        "AccumulateGrad",
    ]
