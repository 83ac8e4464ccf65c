"""How a run ended: its status, and an error where the snippet did not raise one itself."""

from __future__ import annotations

import signal

from app.contract.messages import ErrorRow, Exited
from app.contract.records import Error, RunStatus

_OF_ERROR_ROW: dict[str, RunStatus] = {
    "raised": "raised",
    "syntax_error": "syntax_error",
    "out_of_memory": "out_of_memory",
}


def run_status(error: ErrorRow | None, exited: Exited | None, finished: bool) -> RunStatus:
    """Being stopped explains whatever came of it; a signal explains what no error row does.

    `exited` is None while the run goes on.  A process that left by itself without closing its
    books (`os._exit`) ran to the end it chose if its code was 0, else it crashed.
    """
    if exited is not None and exited.stop is not None:
        return exited.stop
    if exited is not None and exited.signal is not None:
        return "crashed"
    if error is not None:
        return _OF_ERROR_ROW.get(error.status, "raised")
    if exited is not None and exited.code and not finished:
        return "crashed"
    return "ok"


def ending_error(status: RunStatus, exited: Exited | None, operations: int) -> Error | None:
    """The error of a run that was stopped or crashed; None for the others."""
    counted = f"after {operations} operation{'s' if operations != 1 else ''}"
    if status == "stopped":
        return _error("Stopped", f"Stopped {counted}.", None)
    if status == "timeout":
        return _error("TimeLimit", f"Stopped at the time limit {counted}.", "Raise the time limit.")
    if status == "crashed" and exited is not None:
        return _error("Crashed", f"{_manner(exited)} {counted}.", _hint(exited))
    return None


def _error(kind: str, message: str, hint: str | None) -> Error:
    return Error(kind, message, None, None, "", hint)


def _manner(exited: Exited) -> str:
    if exited.signal is None:
        return f"The process left by itself with exit code {exited.code}"
    try:
        name = signal.Signals(exited.signal).name
    except ValueError:
        name = "unknown"
    return f"The process was ended by signal {exited.signal} ({name})"


def _hint(exited: Exited) -> str | None:
    if exited.signal == getattr(signal, "SIGKILL", None):
        return "The system may have run out of memory: try smaller tensors."
    return None
