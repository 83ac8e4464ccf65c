"""The server child by its protocol alone: lines in, lines out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.contract.framing import OF_ROWS, decode_line, encode_batch, rows_in
from app.contract.kinds import plain
from app.contract.messages import PROTOCOL, StopRequest
from app.contract.packing import Decoder
from tests.process.running import request

LAUNCH = Path(__file__).resolve().parents[2] / "app" / "tracer" / "launch.py"


class Server:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._rows = Decoder()

    def send(self, *requests: tuple[Any, ...]) -> None:
        assert self._process.stdin is not None
        for one in requests:
            self._process.stdin.write(encode_batch([one]))
        self._process.stdin.flush()

    def read(self) -> list[list[Any]]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith(OF_ROWS):
            return decode_line(line)
        rows = self._rows.feed(rows_in(line))
        return [row if isinstance(row, list) else plain(row) for row in rows]

    def read_run(self) -> list[list[Any]]:
        """Everything up to the end of the run."""
        messages = self.read()
        while not messages or messages[-1][0] != "exited":
            messages += self.read()
        self._rows = Decoder()
        return messages

    def close(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(timeout=60)


@contextmanager
def server() -> Iterator[Server]:
    with subprocess.Popen(
        [sys.executable, str(LAUNCH)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        yield Server(process)


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    """A server that has said what it says by itself."""
    with server() as one:
        one.read()
        one.read()
        yield one
        one.close()


def output(messages: list[list[Any]]) -> str:
    return "".join(message[2] for message in messages if message[:2] == ["output", "stdout"])


def test_it_greets_names_devices_runs_and_ends_with_its_parent() -> None:
    with server() as s:
        [[kind, protocol, torch, python]] = s.read()
        assert (kind, protocol) == ("hello", PROTOCOL)
        [[kind, devices]] = s.read()
        assert kind == "devices"
        assert devices[0] == ["cpu", "CPU", None]
        s.send(request("print(1)"))
        messages = s.read_run()
        assert messages[0][:6] == ["started", "cpu", 0, [], torch, python]
        assert messages[-1] == ["exited", 0, None, None]
        assert s.close() == 0


def test_nothing_that_a_snippet_writes_gets_into_the_protocol(served: Server) -> None:
    fake = json.dumps([["exited", 0, None, None]])
    text = f"""
    import os, subprocess, sys
    print({fake!r})
    os.write(1, {fake!r}.encode() + b"\\n")
    sys.__stdout__.write("no newline")
    sys.__stdout__.flush()
    subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    for descriptor in range(3, 100):
        try:
            os.write(descriptor, b"[[]]\\n garbage \\n")
        except OSError:
            pass
    os.write(1, b"\\xff\\xc3")
    """
    served.send(request(text))
    messages = served.read_run()
    assert messages[-1] == ["exited", 0, None, None]
    assert output(messages) == f"{fake}\n{fake}\nno newlinefrom a child\n\ufffd\ufffd"
    assert {message[0] for message in messages} == {
        "started", "output", "finished", "lines", "exited",
    }  # fmt: skip


def test_characters_cut_by_the_pipe_arrive_whole(served: Server) -> None:
    text = "import os\nfor byte in 'aé€😀'.encode(): os.write(1, bytes([byte]))"
    served.send(request(text))
    assert output(served.read_run()) == "aé€😀"


def test_a_flood_of_output_and_rows_arrives_whole_and_can_be_stopped(served: Server) -> None:
    counted = "import torch\nfor i in range(3000): print(i, torch.ones(1).sum().item())"
    served.send(request(counted))
    messages = served.read_run()
    assert output(messages) == "".join(f"{i} 1.0\n" for i in range(3000))
    assert sum(message[0] == "op" for message in messages) == 9000
    served.send(request("while True: print('x' * 1000)"), StopRequest("stopped"))
    assert served.read_run()[-1][3] == "stopped"
    served.send(request("print(1)"))
    assert output(served.read_run()) == "1\n"


def test_a_request_to_stop_what_has_ended_is_no_request_for_the_next(served: Server) -> None:
    served.send(StopRequest("stopped"), request("print(1)"))
    assert served.read_run()[-1] == ["exited", 0, None, None]


def test_a_message_about_torch_comes_from_an_interpreter_without_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCH)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        message = decode_line(process.stdout.read())
    assert message == [["no_torch", "ModuleNotFoundError: No module named 'torch'"]]


@pytest.mark.parametrize("version", ["python3.8", "python3.9"])
def test_an_interpreter_that_is_too_old_says_so(version: str) -> None:
    """Where one is installed: the script must still be syntax that it reads."""
    try:
        said = subprocess.run(
            [version, str(LAUNCH)], stdin=subprocess.DEVNULL, capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"there is no {version}")
    [[kind, reason]] = decode_line(said)
    assert kind == "no_torch"
    found = version.replace("python", "Python ")
    assert reason == f"this is {found}, and Python 3.10 or newer is needed"
