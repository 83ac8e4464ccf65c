"""A snippet traced by the real child process."""

from __future__ import annotations

import os
from typing import Any

from app.contract.messages import Exited, RunRequest
from app.contract.records import Mode, Snippet, Trace
from app.process.client import Tracer
from app.session.cells.marks import code_cells
from app.session.trace.assembly import TraceBuilder
from app.session.what_if.changes import of_mode


def request_for(text: str, mode: Mode = "as-written") -> RunRequest:
    """As `tapescope trace` asks for it, on the CPU and with seed 0."""
    return RunRequest(
         text=text, path=None, argv=[], cwd=None, environment={}, device="cpu",
        seed=0, what_if=of_mode(mode), max_ops=200_000, memory_mib=None, stdin="",
        cells=code_cells(text),
    )  # fmt: skip


def trace_with(
    tracer: Tracer,
    text: str,
    mode: Mode = "as-written",
    timeout: float | None = None,
    **changes: Any,
) -> Trace:
    """What `tapescope trace` would make of `text`; `changes` are to its request."""
    request = request_for(text, mode)._replace(**changes)
    builder = TraceBuilder(Snippet(path=request.path, text=text))
    builder.add_exited(tracer.run(request, builder.add_batch, timeout))
    return builder.finish().trace


class LentTracer:
    """A tracer that a command may use and cannot end; its runs begin in the present folder."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tracer, name)

    def run(self, request: RunRequest, *given: Any, **options: Any) -> Exited:
        request = request._replace(cwd=request.cwd or os.getcwd())
        return self._tracer.run(request, *given, **options)

    def close(self) -> None:
        """Leave the tracer to whoever comes next."""
