from __future__ import annotations

from collections.abc import Callable

import pytest

from app.contract.messages import ErrorRow, Exited
from app.contract.records import RunStatus, Trace
from app.session.trace.ending import arguments_hint, ending_error, run_status

RAISED = ErrorRow("raised", "ValueError", "no", 3, 0, "", None)
MEMORY = ErrorRow("out_of_memory", "MemoryError", "no", 3, 0, "", None)
ASKS = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", required=True)
parser.parse_args()
"""


def left(code: int | None = 0, signal: int | None = None, stop: str | None = None) -> Exited:
    return Exited(code, signal, stop)  # type: ignore[arg-type]  # any word, to keep the table short


@pytest.mark.parametrize(
    ("error", "exited", "status"),
    [
        (None, left(), "ok"),
        (None, None, "ok"),
        (RAISED, left(1), "raised"),
        (MEMORY, left(1), "out_of_memory"),
        (None, left(None, 11), "crashed"),
        (None, left(None, 9, "timeout"), "timeout"),
        (RAISED, left(1, None, "stopped"), "stopped"),
        (None, left(3), "crashed"),
        (None, left(1), "crashed"),
    ],
)
def test_being_stopped_explains_more_than_a_signal_and_a_signal_more_than_an_error(
    error: ErrorRow | None, exited: Exited | None, status: RunStatus
) -> None:
    assert run_status(error, exited) == status


@pytest.mark.parametrize(
    ("status", "exited", "message"),
    [
        ("stopped", left(None, 15, "stopped"), "Stopped after 42 operations."),
        ("timeout", left(None, 9, "timeout"), "Stopped at the time limit after 42 operations."),
        ("crashed", left(None, 6), "The process was ended by signal 6 (SIGABRT) after 42 oper"),
        ("crashed", left(None, 250), "The process was ended by signal 250 (unknown) after 42"),
        ("crashed", left(7), "The process exited with code 7 after 42 operations."),
    ],
)
def test_what_was_stopped_or_crashed_says_after_how_much(
    status: RunStatus, exited: Exited, message: str
) -> None:
    error = ending_error(status, exited, 42)
    assert error is not None
    assert error.message.startswith(message)


def test_a_run_that_ended_by_itself_has_no_error_of_ours() -> None:
    assert ending_error("ok", left(), 42) is None
    assert ending_error("raised", left(1), 42) is None


def test_a_killed_process_may_have_run_out_of_memory() -> None:
    error = ending_error("crashed", left(None, 9), 1)
    assert error is not None
    assert "out of memory" in (error.hint or "")


def test_a_program_that_asks_for_arguments_says_where_to_give_them(
    trace: Callable[[str], Trace],
) -> None:
    error = trace(ASKS).error
    assert error is not None
    assert error.hint == (
        "The following arguments are required: --epochs. Give arguments in Run settings "
        "(Ctrl+Shift+R), or after `--` on the command line."
    )
    assert arguments_hint("SystemExit", "usage is over: error: no") is None
    assert arguments_hint("ValueError", "usage: a\na: error: no") is None
