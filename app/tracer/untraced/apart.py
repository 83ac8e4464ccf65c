"""A run in a process of its own, whose result comes back."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from app.tracer.child.forked import die_with_parent, fork

_exit = os._exit


def apart(run: Callable[[], Sequence[Any]]) -> list[Any] | str:
    """Return what `run` returns in a forked process, which reads its input from the start again.

    What it returns is plain data.  Where the process ends without it, return words on how it ended.
    """
    reader, writer = os.pipe()
    pid = fork()
    if not pid:
        os.close(reader)
        _answer(run, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if not data:
        return f"the process ended with status {status}"
    answer: list[Any] = json.loads(data)
    return answer


def _answer(run: Callable[[], Sequence[Any]], writer: int) -> None:
    try:
        die_with_parent()
        os.lseek(0, 0, os.SEEK_SET)
        data = json.dumps(run()).encode()
        os.write(writer, data)
    finally:
        _exit(0)


def silence() -> None:
    """Let what is printed go nowhere."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    sys.stdout.flush()
    sys.stderr.flush()
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
