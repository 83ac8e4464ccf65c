"""Where a trace was made, in a few words."""

from __future__ import annotations

from app.contract.records import Trace
from app.session.language import listing, tr


def environment(trace: Trace) -> str:
    """Return torch's version without its build, and the device: "torch 2.13.0, CPU"."""
    if not trace.run.torch:
        return ""
    device = "CPU" if trace.run.device == "cpu" else trace.run.device
    return listing((f"torch {trace.run.torch.split('+')[0]}", device))


def environment_from(trace: Trace, host: str) -> str:
    """Return the environment, with the machine's name unless it is `host`."""
    if trace.run.host in ("", host):
        return environment(trace)
    text = tr("{environment}, on {host}")
    return text.format(environment=environment(trace), host=trace.run.host)


def where_it_ran(trace: Trace) -> str:
    """Return the environment with Python's version and the kind of machine, if known."""
    run = trace.run
    python = f"Python {run.python}" if run.python else ""
    return listing(part for part in (environment(trace), python, run.system) if part)
