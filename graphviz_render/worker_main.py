"""The process behind `graphviz_render.worker`: makes layouts until its input ends."""

from __future__ import annotations

import gc
import os
import signal
import sys
from dataclasses import fields
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

from graphviz_render import messages
from graphviz_render.engines import solve
from graphviz_render.model import LayoutError, Solving
from graphviz_render.problem import Placement, Problem


def main() -> None:
    """Answer requests on standard input.  Ends, whatever it is doing, when its parent is gone."""
    answers = _take_stdout()
    requests: SimpleQueue[dict[str, Any]] = SimpleQueue()
    Thread(target=_read_requests, args=(requests,), daemon=True).start()
    gc.disable()  # looking for garbage in the midst of a layout makes it up to twice as long
    while True:
        messages.write(answers, _answer(requests.get()))
        gc.collect()


def _take_stdout() -> BinaryIO:
    """Return standard output for the answers; prints of libraries go to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _read_requests(requests: SimpleQueue[dict[str, Any]]) -> None:
    while (request := messages.read(sys.stdin.buffer)) is not None:
        requests.put(request)
    if sys.platform == "win32":
        os._exit(0)
    os.killpg(os.getpgid(0), signal.SIGKILL)  # a dot that is running, too


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        how = {name: request.pop(name) for name in Solving.__required_keys__}
        placement = solve(Problem(**request), **how)
    except LayoutError as error:
        return {"error": str(error)}
    return {entry.name: getattr(placement, entry.name) for entry in fields(Placement)}
