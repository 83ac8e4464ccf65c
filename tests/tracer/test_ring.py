"""The ring of rows in shared memory, and what is found there when a run is gone."""

from __future__ import annotations

import os
import threading

import pytest

from app.process.client import Tracer
from app.tracer.child.ring import Ring
from tests.tools.tracing import trace_with

SIZE = 1 << 19


def test_another_process_reads_what_was_written_once() -> None:
    ring = Ring()
    pid = os.fork()
    if not pid:
        ring.write(bytearray(b"one"))
        ring.write(bytearray(b"two"))
        os._exit(0)
    os.waitpid(pid, 0)

    assert ring.read() == b"onetwo"
    assert ring.read() == b""
    ring.close()


def test_what_goes_round_the_end_arrives_in_one_piece() -> None:
    ring = Ring()
    pieces = [bytes([number]) * (SIZE // 3) for number in range(7)]
    read = b""
    for piece in pieces:
        ring.write(bytearray(piece))
        read += ring.read()

    assert read == b"".join(pieces)
    ring.close()


def test_a_writer_waits_for_room_and_loses_nothing() -> None:
    ring = Ring()
    sent = bytes(range(256)) * (SIZE // 64)
    read = bytearray()

    def write() -> None:
        ring.write(bytearray(sent))
        ring.write(bytearray(b"end"))

    writer = threading.Thread(target=write)
    writer.start()
    while not read.endswith(b"end"):
        read += ring.read()
    writer.join()

    assert bytes(read) == sent + b"end"
    assert ring.lost == 0
    ring.close()


def test_counts_that_cannot_be_bring_nothing() -> None:
    """The program can write into its own memory, and so into the counts."""
    ring = Ring()
    ring.write(bytearray(b"one"))
    ring._counts[0] = 1 << 60

    assert ring.read() == b""
    ring.close()


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
