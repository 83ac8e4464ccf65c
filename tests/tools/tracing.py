"""A snippet traced by the real child process."""

from __future__ import annotations

from app.contract.messages import RunRequest
from app.contract.records import Snippet, Trace
from app.process.client import Tracer
from app.session.assembly import TraceBuilder


def request_for(text: str, mode: str = "as-written") -> RunRequest:
    """As `tapescope trace` asks for it, on the CPU and with seed 0."""
    return RunRequest(
        kind="run", text=text, path=None, argv=[], cwd=None, environment={}, device="cpu",
        seed=0, mode=mode, max_ops=200_000, memory_mib=None, stdin="",
    )  # fmt: skip


def trace_with(tracer: Tracer, text: str, mode: str = "as-written") -> Trace:
    """What `tapescope trace` would make of `text`."""
    builder = TraceBuilder(Snippet(path=None, text=text))
    builder.add_exited(tracer.run(request_for(text, mode), builder.add_batch))
    return builder.finish()
