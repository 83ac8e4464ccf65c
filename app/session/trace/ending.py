"""How a run ended: its status, and an error if the snippet did not raise one itself."""

from __future__ import annotations

import signal

from app.contract.messages import ErrorRow, Exited
from app.contract.records import Error, RunStatus
from app.session.language import ngettext, number, tr

_OF_ERROR_ROW: dict[str, RunStatus] = {
    "raised": "raised",
    "syntax_error": "syntax_error",
    "out_of_memory": "out_of_memory",
}


def run_status(error: ErrorRow | None, exited: Exited | None) -> RunStatus:
    """Return how a run ended: a requested stop counts first, then a signal, then the error row.

    `exited` is None while the run goes on.  A process that left by itself and said nothing of an
    error (`os._exit`) ran to the end it chose if its code was 0, else it crashed.
    """
    if exited is not None and exited.stop is not None:
        return exited.stop
    if exited is not None and exited.signal is not None:
        return "crashed"
    if error is not None:
        return _OF_ERROR_ROW.get(error.status, "raised")
    if exited is not None and exited.code != 0:
        return "crashed"
    return "ok"


def ending_error(status: RunStatus, exited: Exited | None, operations: int) -> Error | None:
    """Return the error of a run that was stopped or crashed; None for others.

    `operations` is how many it says had run.
    """
    if status == "crashed" and exited is not None:
        return _error("Crashed", _manner(exited, operations), _hint(exited))
    if status == "stopped":
        kind, hint = "Stopped", None
        text = ngettext(
            "Stopped after {count} operation.", "Stopped after {count} operations.", operations
        )
    elif status == "timeout":
        kind, hint = "TimeLimit", tr("Raise the time limit.")
        text = ngettext(
            "Stopped at the time limit after {count} operation.",
            "Stopped at the time limit after {count} operations.",
            operations,
        )
    else:
        return None
    return _error(kind, text.format(count=number(operations)), hint)


def arguments_hint(kind: str, stderr: str) -> str | None:
    """Return what to do where `argparse` ended a program; `stderr` is what it printed."""
    last = stderr.rstrip().rpartition("\n")[2]
    _, found, said = last.partition(": error: ")
    if kind != "SystemExit" or not found or "usage: " not in stderr:
        return None
    text = tr(
        "{said}. Give arguments in Run settings (Ctrl+Shift+R), or after `--` on the command line."
    )
    return text.format(said=said[:1].upper() + said[1:])


def _error(kind: str, message: str, hint: str | None) -> Error:
    return Error(kind, message, None, None, "", hint)


def _manner(exited: Exited, operations: int) -> str:
    count = number(operations)
    if exited.signal is None and exited.code is None:
        text = ngettext(
            "The process ended for an unknown reason after {count} operation.",
            "The process ended for an unknown reason after {count} operations.",
            operations,
        )
        return text.format(count=count)
    if exited.signal is None:
        text = ngettext(
            "The process exited with code {code} after {count} operation.",
            "The process exited with code {code} after {count} operations.",
            operations,
        )
        return text.format(code=exited.code, count=count)
    try:
        name = signal.Signals(exited.signal).name
    except ValueError:
        name = tr("unknown")
    text = ngettext(
        "The process was ended by signal {signal} ({name}) after {count} operation.",
        "The process was ended by signal {signal} ({name}) after {count} operations.",
        operations,
    )
    return text.format(signal=exited.signal, name=name, count=count)


def _hint(exited: Exited) -> str | None:
    if exited.signal == getattr(signal, "SIGKILL", None):
        return tr("The system may have run out of memory: try smaller tensors.")
    return None
