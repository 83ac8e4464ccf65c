"""Processes with torch imported, in which torch lacks a name.

    python -m tests.tracer.torch_without SOCKET

torch is imported once, and forked from for each `interpreter` that connects to the socket: a new
process for each name would spend a second and more on that.
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
LACKING = "TORCH_LACKS"
"""The environment variable with the name that is to be missing."""

_INTERPRETER = """\
#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    given = json.dumps([os.environ["{lacking}"], sys.argv[1:]]).encode()
    socket.send_fds(server, [given], [0, 1, 2])
    for standard in (0, 1, 2):
        os.close(standard)
    os._exit(int(server.recv(8) or b"1"))
"""


@contextmanager
def interpreter(folder: Path) -> Iterator[str]:
    """Make a program that runs a Python script with a torch that lacks `$TORCH_LACKS`."""
    address, program = str(folder / "socket"), folder / "python"
    text = _INTERPRETER.format(python=sys.executable, address=address, lacking=LACKING)
    program.write_text(text, "utf-8")
    program.chmod(0o755)
    command = [sys.executable, "-m", "tests.tracer.torch_without", address]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield str(program)
        server.kill()


def main(address: str) -> None:
    importlib.import_module("torch._dynamo")  # torch itself, and what it loads during a run
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        print("ready", flush=True)
        while True:
            connection, _ = server.accept()
            with connection:
                given, standard, _, _ = socket.recv_fds(connection, 1 << 16, 3)
                if not given:  # it was killed before it said what to run
                    continue
                child = os.fork()
                if not child:
                    server.close()
                    connection.close()
                    name, argv = json.loads(given)
                    _run(name, argv, standard)
                for descriptor in standard:
                    os.close(descriptor)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                with suppress(ConnectionError):  # it was killed: nobody asks for the code
                    connection.send(str(code).encode())


def _run(name: str, argv: list[str], standard: list[int]) -> None:
    for descriptor, given in enumerate(standard):
        os.dup2(given, descriptor)
        os.close(given)
    remove(name)
    sys.argv = argv
    runpy.run_path(argv[0], run_name="__main__")
    os._exit(0)


def remove(path: str) -> None:
    """Delete a name from torch as a new version would: torch's own code does without it."""
    owner_path, _, name = path.rpartition(".")
    parts = owner_path.split(".")
    owner: Any = importlib.import_module(parts[0])
    for part in parts[1:]:
        owner = getattr(owner, part)
    value = getattr(owner, name)
    delattr(owner, name)
    if isinstance(owner, ModuleType):
        setattr(builtins, name, value)  # where the functions of the module find it

        def for_torch_alone(asked: str) -> Any:
            if asked == name and "/torch/" in sys._getframe(1).f_code.co_filename:
                return value
            raise AttributeError(asked)

        vars(owner)["__getattr__"] = for_torch_alone
    if isinstance(value, ModuleType):
        sys.modules.pop(path, None)
        sys.meta_path.insert(0, _Absent(path))


class _Absent:
    def __init__(self, path: str) -> None:
        self._path = path

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == self._path:
            raise ModuleNotFoundError(name)


if __name__ == "__main__":
    main(sys.argv[1])
