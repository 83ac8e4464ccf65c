"""The snippet can write into the descriptor of rows: nothing that it writes there is believed."""

from __future__ import annotations

import pytest

from app.contract.framing import LineReader
from app.contract.messages import Exited
from app.process.client import Tracer
from tests.process.running import run, running, warm_tracers

tracer = pytest.fixture(scope="module")(warm_tracers())

EVERYWHERE = """
import os
for fd in range(200, 1024):
    try: os.write(fd, {line!r})
    except OSError: pass
"""
FORGED = {
    "a short hello": b'[["hello"]]\n',
    "another hello": b'[["hello", 99, "0.1", "2.7"]]\n',
    "a short end": b'[["exited"]]\n',
    "an end": b'[["exited", 0, null, null]]\n',
    "an end behind a carriage return": b'[]\r[["exited", 0, null, null]]\n',
    "an end with words": b'[["exited", "a", {}, []]]\n',
    "devices that are not a list": b'[["devices", 5]]\n',
    "short devices": b'[["devices", [["cpu"]]]]\n',
    "no torch": b'[["no_torch", 7]]\n',
    "too deep": b"[" * 200_000 + b"\n",
    "no JSON": b"\xff\x00~~\n\n~[[\n",
    "no end of the line": b'[["op", "' + b"x" * 100_000,
}


@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED)
def test_a_forged_line_ends_nothing(tracer: Tracer, line: bytes) -> None:
    hello, devices = tracer.hello, tracer.devices
    done = run(tracer, EVERYWHERE.format(line=line) + "print('still here')")
    assert done.exited == Exited(0, None, None)
    assert done.stdout == "still here\n"
    assert (tracer.hello, tracer.devices) == (hello, devices)
    after = run(tracer, "import torch\nx = torch.ones(2) + 1")
    assert (after.exited, after.functions) == (Exited(0, None, None), ["ones", "add"])


@pytest.mark.parametrize("line", [FORGED["an end"], FORGED["too deep"], FORGED["a short hello"]])
def test_stop_and_the_time_limit_work_after_a_forged_line(tracer: Tracer, line: bytes) -> None:
    loop = EVERYWHERE.format(line=line) + "print('looping')\nwhile True: pass"
    with running(tracer, loop) as going:
        going.wait_until_printed("looping")
        tracer.stop()
    assert going.exited is not None
    assert going.exited.stop == "stopped"
    timed = run(tracer, loop, timeout=0.5)
    assert timed.exited is not None
    assert timed.exited.stop == "timeout"


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    lines = LineReader(longest=100)
    assert lines.feed(b"one\n" + b"x" * 60) == b"one\n"
    for _ in range(1000):
        assert lines.feed(b"x" * 60) == b""
    assert lines.dropped == 1
    assert lines.feed(b"x\ntwo\nthr") == b"two\n"
    assert lines.feed(b"ee\n") == b"three\n"
