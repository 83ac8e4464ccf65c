"""Where a trace was made, in a few words."""

from __future__ import annotations

from app.contract.records import Trace


def environment(trace: Trace) -> str:
    """The torch, without the build in its version, and its device: "torch 2.13.0, CPU"."""
    if not trace.run.torch:
        return ""
    device = "CPU" if trace.run.device == "cpu" else trace.run.device
    return f"torch {trace.run.torch.split('+')[0]}, {device}"


def environment_from(trace: Trace, host: str) -> str:
    """The same as seen from the machine of this name: another one is named."""
    elsewhere = f", on {trace.run.host}" if trace.run.host not in ("", host) else ""
    return f"{environment(trace)}{elsewhere}"


def where_it_ran(trace: Trace) -> str:
    """The same with the Python and the kind of machine, as far as the trace knows them."""
    run = trace.run
    python = f"Python {run.python}" if run.python else ""
    return ", ".join(part for part in (environment(trace), python, run.system) if part)
