"""Runs without fork: each process does one run itself, and the next one is started ahead."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.contract.messages import Exited
from app.process.client import Tracer
from tests.process.running import STEPS, assert_ended_after_a_step, run, running, warm_tracers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="asserts what POSIX signals do")


@pytest.fixture
def tracer() -> Iterator[Tracer]:
    """One for each test: processes come and go with the runs."""
    yield from warm_tracers(once=True)()


def test_each_run_has_a_process_of_its_own(tracer: Tracer) -> None:
    text = "import os, torch\nx = torch.ones(2) * 2\nprint(os.getpid())"
    first, second = run(tracer, text), run(tracer, text)
    assert first.exited == second.exited == Exited(0, None, None)
    assert first.stdout != second.stdout
    assert first.functions == second.functions == ["ones", "mul"]
    assert first.is_finished


def test_everything_written_on_the_way_out_arrives(tracer: Tracer) -> None:
    done = run(
        tracer,
        """
        import atexit, os, sys
        class Last:
            def __del__(self):
                print("finaliser", "x" * 100_000)
        last = Last()
        atexit.register(print, "atexit")
        os.write(2, b"straight to the descriptor")
        sys.exit(5)
        """,
    )
    assert done.exited == Exited(5, None, None)
    assert done.stdout == f"atexit\nfinaliser {'x' * 100_000}\n"
    assert done.stderr == "straight to the descriptor"
    assert done.error is not None
    assert done.error.type == "SystemExit"


def test_a_program_that_closes_descriptors_runs_to_its_end(tracer: Tracer, tmp_path: Path) -> None:
    done = run(
        tracer,
        f"""
        import os, torch
        w = torch.ones(2)
        os.closerange(3, 1024)
        w.requires_grad_()
        model = torch.nn.Linear(2, 1).eval()
        model(w).sum().backward()
        grad, w.grad = w.grad, None
        open({str(tmp_path / "end")!r}, "w").write(str(grad.shape))
        """,
    )
    assert done.exited == Exited(0, None, None)
    assert (tmp_path / "end").read_text() == "torch.Size([2])"


LOOP = "print('looping')\nwhile True: pass"


def test_stop_interrupts(tracer: Tracer) -> None:
    with running(tracer, LOOP) as r:
        r.wait_until_printed("looping")
        tracer.stop()
    assert r.exited == Exited(130, None, "stopped")
    assert r.is_finished


def test_a_limit_that_comes_while_it_runs_ends_a_run_after_a_step(tracer: Tracer) -> None:
    with running(tracer, STEPS) as r:
        r.wait_until_printed("step 2")
        tracer.limit(1)
    assert_ended_after_a_step(r)


def test_what_ignores_signals_is_killed_and_the_next_run_goes_well(tracer: Tracer) -> None:
    ignoring = "import signal\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\n"
    with running(tracer, ignoring + LOOP) as r:
        r.wait_until_printed("looping")
        tracer.stop("timeout")
    assert r.exited == Exited(None, signal.SIGKILL, "timeout")
    assert run(tracer, "print(1)").stdout == "1\n"


def test_a_crash_is_told_from_the_process_that_is_gone(tracer: Tracer) -> None:
    done = run(tracer, "import os\nos.kill(os.getpid(), 11)")
    assert done.exited == Exited(None, signal.SIGSEGV, None)
    assert done.of("started")
    assert not done.is_finished


def test_close_ends_a_run() -> None:
    with closing(Tracer(once=True)) as tracer, running(tracer, LOOP) as r:
        r.wait_until_printed("looping")
        tracer.close()
    assert r.exited is not None
    assert r.exited.stop == "stopped"
