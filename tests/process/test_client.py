"""The client with the real tracing process behind it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.contract.messages import Exited
from app.process.client import Tracer, TracerUnavailableError
from tests.process.running import (
    STEPS,
    assert_ended_after_a_step,
    request,
    run,
    running,
    warm_tracers,
)

tracer = pytest.fixture(scope="module")(warm_tracers())

ROOT = Path(__file__).resolve().parents[2]
LOOP = """
import time
print("looping")
while True:
    time.sleep(0.01)
"""


def test_a_run_sends_its_rows_and_its_output_and_ends(tracer: Tracer) -> None:
    done = run(
        tracer,
        """
        import torch
        x = torch.ones(3, requires_grad=True)
        print("before")
        (x * x).sum().backward()
        print(x.grad)
        """,
    )
    assert done.exited == Exited(0, None, None)
    assert done.stdout == "before\ntensor([2., 2., 2.])\n"
    assert done.functions == ["ones", "mul", "sum"]
    kinds = [message[0] for message in done.messages if message[0] != "output"]
    assert (kinds[0], *kinds[-2:]) == ("started", "finished", "lines")


def test_what_this_torch_can_run_on_is_known_with_reasons(tracer: Tracer) -> None:
    devices = tracer.wait_for_devices()
    assert tracer.devices == devices
    assert devices[0] == ("cpu", "CPU", None)
    assert all(device.reason is None or device.reason.endswith(".") for device in devices)
    assert {device.name.split(":")[0] for device in devices} == {"cpu", "cuda", "mps"}


def test_runs_in_a_row_are_fresh_and_leave_nothing(tracer: Tracer) -> None:
    text = "import os, sys\nprint(os.getpid(), 'x' in globals())\nx = 1"
    run(tracer, text)
    server = server_of(tracer)
    before = open_files("self"), open_files(server), children_of(server)
    said = [run(tracer, text).stdout.split() for _ in range(20)]
    assert len({pid for pid, _ in said}) == 20
    assert {known for _, known in said} == {"False"}
    assert (open_files("self"), open_files(server), children_of(server)) == before


def test_stop_interrupts_a_loop_and_keeps_what_came_before(tracer: Tracer) -> None:
    with running(tracer, "import torch\ny = torch.ones(2) * 2" + LOOP) as r:
        r.wait_until_printed("looping")
        tracer.stop()
    assert r.exited == Exited(130, None, "stopped")
    assert r.functions == ["ones", "mul"]
    assert r.is_finished
    assert r.error is None
    assert "KeyboardInterrupt" in r.stderr


@pytest.mark.parametrize(
    ("ignored", "ended_by"), [("SIGINT", signal.SIGTERM), ("SIGINT, SIGTERM", signal.SIGKILL)]
)
def test_a_snippet_that_ignores_signals_is_ended_by_the_next(
    tracer: Tracer, ignored: str, ended_by: int
) -> None:
    text = f"""
from signal import SIGINT, SIGTERM, SIG_IGN, signal
for number in ({ignored},):
    signal(number, SIG_IGN)
"""
    with running(tracer, text + LOOP) as r:
        r.wait_until_printed("looping")
        tracer.stop()
    assert r.exited == Exited(None, ended_by, "stopped")


def test_a_limit_that_comes_while_it_runs_ends_a_run_after_a_step(tracer: Tracer) -> None:
    with running(tracer, STEPS) as r:
        r.wait_until_printed("step 2")
        tracer.limit(1)
    assert_ended_after_a_step(r)


def test_a_limit_can_be_taken_back(tracer: Tracer) -> None:
    with running(tracer, STEPS, iterations=100) as r:
        r.wait_until_printed("step 1")
        tracer.limit(None)
        r.wait_until_printed("step 105")
        tracer.limit(1)
    assert_ended_after_a_step(r)


def test_a_stopped_run_names_modules_as_its_variables_do(tracer: Tracer) -> None:
    text = """
        import torch
        class Agent:
            def __init__(self):
                self.net = torch.nn.Linear(2, 1)
                self.net(torch.ones(1, 2))
        def main():
            agent = Agent()
            print("made")
            while True:
                pass
        main()
        """
    with running(tracer, text) as r:
        r.wait_until_printed("made")
        tracer.stop()
    paths = {message[1]: message[2] for message in r.of("module_state")}
    assert list(paths.values()) == ["agent.net"]
    assert "agent.net.weight" in [message[3] for message in r.of("name")]


def test_the_time_limit_stops_a_run(tracer: Tracer) -> None:
    done = run(tracer, "while True: pass", timeout=0.2)
    assert done.exited is not None
    assert done.exited.stop == "timeout"


@pytest.mark.parametrize("limit", [None, 0])
def test_no_time_limit_is_none_or_zero(tracer: Tracer, limit: float | None) -> None:
    assert run(tracer, "print(1)", timeout=limit).exited == Exited(0, None, None)


def test_processes_that_the_snippet_started_end_with_it(tracer: Tracer) -> None:
    text = """
    import subprocess, sys
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(child.pid, "looping", flush=True)
    child.wait()
    """
    with running(tracer, text) as r:
        r.wait_until_printed("looping")
        tracer.stop()
    assert r.exited is not None
    assert r.exited.stop == "stopped"
    assert_gone(int(r.stdout.split()[0]))


def test_a_process_left_behind_holds_nothing_up_and_is_ended(tracer: Tracer) -> None:
    text = """
    import subprocess, sys
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(child.pid)
    """
    done = run(tracer, text)
    assert done.exited == Exited(0, None, None)
    assert_gone(int(done.stdout))


def test_what_the_receiver_raises_stops_the_run_and_comes_back(tracer: Tracer) -> None:
    class OurError(Exception):
        pass

    def refuse(batch: list[list[Any]]) -> None:
        raise OurError

    with pytest.raises(OurError):
        tracer.run(request(LOOP), refuse)
    assert run(tracer, "print(1)").stdout == "1\n"


def test_one_run_at_a_time(tracer: Tracer) -> None:
    with running(tracer, LOOP) as r:
        r.wait_until_printed("looping")
        with pytest.raises(RuntimeError, match="already"):
            run(tracer, "print(1)")
        tracer.stop()


def test_stop_without_a_run_changes_nothing(tracer: Tracer) -> None:
    tracer.stop()
    assert run(tracer, "print(1)").exited == Exited(0, None, None)


def test_stop_while_torch_is_being_imported_prevents_the_run() -> None:
    with closing(Tracer()) as cold:
        ends: list[Exited] = []
        messages: list[list[Any]] = []
        work = threading.Thread(
            target=lambda: ends.append(cold.run(request("print(1)"), messages.extend))
        )
        work.start()
        while work.is_alive():  # a request that comes before the run is one for nothing
            cold.stop()
            work.join(timeout=0.001)
        assert (ends, messages) == ([Exited(0, None, "stopped")], [])
        assert run(cold, "print(1)").stdout == "1\n"


def test_a_lost_server_is_replaced() -> None:
    with closing(Tracer()) as tracer:
        done = run(
            tracer, "import os, signal\nprint(1)\nos.kill(os.getppid(), signal.SIGKILL)" + LOOP
        )
        assert done.exited == Exited(None, signal.SIGKILL, None)
        assert run(tracer, "print(2)").stdout == "2\n"


def test_close_ends_a_run() -> None:
    tracer = Tracer()
    with running(tracer, LOOP) as r:
        r.wait_until_printed("looping")
        tracer.close()
    assert r.exited is not None
    assert r.exited.stop == "stopped"
    with pytest.raises(TracerUnavailableError, match="closed"):
        run(tracer, "print(1)")


def test_the_server_and_its_run_end_when_their_parent_dies() -> None:
    program = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from app.process.client import Tracer
from tests.process.running import request
def take(batch):
    for message in batch:
        if message[0] == "output":
            print(message[2], end="", flush=True)
Tracer().run(request("import os; print(os.getppid(), os.getpid())\\nwhile True: pass"), take)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        server, snippet = parent.stdout.readline().split()
        parent.kill()
    assert_gone(int(server))
    assert_gone(int(snippet))


def test_an_interpreter_that_is_not_there() -> None:
    with (
        closing(Tracer("/no/such/python")) as tracer,
        pytest.raises(
            TracerUnavailableError,
            match=r"^/no/such/python cannot be started: No such file or directory\.",
        ),
    ):
        tracer.start()


def test_an_interpreter_without_torch(tmp_path: Path) -> None:
    # Isolated and without site-packages: a Python that has its standard library and nothing else.
    python = script(tmp_path, f'exec "{sys.executable}" -I -S "$@"')
    with (
        closing(Tracer(python)) as tracer,
        pytest.raises(
            TracerUnavailableError,
            match=r"^PyTorch was not found in this Python\. Choose another interpreter\.$",
        ),
    ):
        run(tracer, "print(1)")


def test_a_torch_that_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('libfoo.so: not found')")
    python = script(tmp_path, f'PYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"')
    with (
        closing(Tracer(python)) as tracer,
        pytest.raises(TracerUnavailableError, match=r"ImportError: libfoo\.so: not found"),
    ):
        tracer.wait_for_devices()


def test_a_torch_that_is_too_old(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("__version__ = '1.13.1+cpu'")
    python = script(tmp_path, f'PYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"')
    with (
        closing(Tracer(python)) as tracer,
        pytest.raises(
            TracerUnavailableError, match=r"torch 1\.13\.1\+cpu, and torch 2\.4 or newer"
        ),
    ):
        tracer.wait_for_devices()


def test_a_program_that_is_no_python(tmp_path: Path) -> None:
    with (
        closing(Tracer(script(tmp_path, "echo what is this >&2; exit 7"))) as tracer,
        pytest.raises(TracerUnavailableError, match="did not start: what is this"),
    ):
        run(tracer, "print(1)")


def script(folder: Path, command: str) -> str:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)
    return str(path)


def server_of(tracer: Tracer) -> str:
    return run(tracer, "import os; print(os.getppid())").stdout.strip()


def open_files(pid: str) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def children_of(pid: str) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


def assert_gone(pid: int) -> None:
    """Returns when the process has ended.  Orphans are children of this process."""
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        assert not Path(f"/proc/{pid}").exists()


def test_variables_are_there_before_anything_is_loaded_and_only_for_their_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    look = "import os, torch\nprint(os.environ.get('OMP_NUM_THREADS'), torch.get_num_threads())"
    with closing(Tracer()) as tracer:
        first = run(tracer, look).stdout
        with_one = run(tracer, look, environment={"OMP_NUM_THREADS": "1"}).stdout
        assert with_one == "1 1\n"
        assert run(tracer, look).stdout == first


def test_waiting_for_devices_goes_on_with_the_process_that_takes_the_place() -> None:
    with closing(Tracer()) as tracer:
        tracer.start()
        with ThreadPoolExecutor(1) as pool:
            devices = pool.submit(tracer.wait_for_devices)
            tracer.prepare({"COLOUR": "blau"})
            assert devices.result()[0].name == "cpu"


@pytest.mark.skipif(shutil.which("yes") is None, reason="there is no `yes`")
def test_what_talks_without_a_greeting_is_no_interpreter() -> None:
    with (
        closing(Tracer(shutil.which("yes"))) as tracer,
        pytest.raises(TracerUnavailableError, match="did not start"),
    ):
        tracer.wait_for_devices()


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_what_an_interpreter_started_ends_with_it(tmp_path: Path) -> None:
    """Such a process holds the pipe that is read: closing waited for its end."""
    script, began = tmp_path / "python", tmp_path / "began"
    os.mkfifo(began)
    script.write_text(f"#!/bin/sh\n(echo >&3; exec sleep 1000) 3> {began} &\nwait\n")
    script.chmod(0o700)
    with closing(Tracer(str(script))) as tracer:
        tracer.start()
        with began.open() as pipe:  # opened by what the script started
            assert pipe.readline() == "\n"  # it runs
            tracer.close()
            assert pipe.read() == ""  # its end: nobody can write to it any more


def test_a_zero_byte_in_the_interpreter_is_told() -> None:
    with (
        closing(Tracer("/usr/bin/py\0thon")) as tracer,
        pytest.raises(TracerUnavailableError, match="cannot be started"),
    ):
        tracer.start()


def test_a_time_limit_beyond_the_clock_is_none(tracer: Tracer) -> None:
    for limit in (float("inf"), 1e300):
        assert run(tracer, "print(1)", timeout=limit).stdout == "1\n"


def test_a_run_that_left_its_process_group_is_stopped_with_what_it_recorded(
    tracer: Tracer,
) -> None:
    text = "import os, torch\nx = torch.ones(2) + 1\nos.setpgid(0, os.getpgid(os.getppid()))\n"
    with running(tracer, text + LOOP) as going:
        going.wait_until_printed("looping")
        tracer.stop()
    assert going.exited is not None
    assert going.exited.stop == "stopped"
    assert going.functions == ["ones", "add"]
    assert going.is_finished


@pytest.mark.skipif(sys.platform != "linux", reason="shared memory is seen in /dev/shm")
@pytest.mark.parametrize("ending", ["os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_shared_memory_is_given_back_by_the_tracker_of_the_run(tracer: Tracer, ending: str) -> None:
    made = "shared_memory.SharedMemory(create=True, size=100).name"
    text = f"import os\nfrom multiprocessing import shared_memory\nprint({made}, flush=True)\n"
    name = run(tracer, text + ending).stdout.strip()
    assert name.startswith("psm_")
    assert not Path("/dev/shm", name).exists()


def test_a_server_that_does_not_answer_is_killed_with_its_run() -> None:
    with closing(Tracer()) as tracer:
        with running(tracer, "import os\nprint(os.getppid())" + LOOP) as r:
            r.wait_until_printed("looping")
            os.kill(int(r.stdout.split()[0]), signal.SIGSTOP)
            tracer.stop()
        assert r.exited == Exited(None, signal.SIGKILL, "stopped")
        assert run(tracer, "print(1)").stdout == "1\n"


def test_a_server_is_not_killed_while_what_it_sent_is_still_being_taken(tracer: Tracer) -> None:
    tracer.wait_for_devices()
    server = os.pidfd_open(int(server_of(tracer)))
    has_ended: list[bool] = []

    def take_slowly(batch: list[list[Any]]) -> None:
        if not has_ended and any(message[0] == "output" for message in batch):
            tracer.stop()
            has_ended.append(bool(select.select([server], [], [], 3.5)[0]))

    ended = tracer.run(request(LOOP), take_slowly)
    os.close(server)
    assert (ended, has_ended) == (Exited(130, None, "stopped"), [False])


def test_a_run_that_is_not_wanted_any_more_does_not_begin(tracer: Tracer) -> None:
    messages: list[list[Any]] = []
    begun: list[None] = []
    ended = tracer.run(
        request("print(1)"),
        messages.extend,
        is_wanted=lambda: False,
        on_begin=lambda: begun.append(None),
    )
    assert (ended, messages, begun) == (Exited(0, None, "stopped"), [], [])
