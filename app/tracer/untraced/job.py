"""What every job without the recorder begins and ends with: streams, limits, errors, modules."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import ModuleType
from typing import NoReturn

from app.contract.messages import Row, RunRequest
from app.tracer.child import memory
from app.tracer.child.outgoing import RowSender
from app.tracer.snippet.sandbox import (
    RunConnection,
    be_module,
    filename_of,
    make_main,
    set_up_process,
    set_up_streams,
    set_up_torch,
)
from app.tracer.untraced.apart import silence

_exit = os._exit


class NotPossibleError(Exception):
    """The job cannot be done with this program; the message is why."""


def do_job(
    request: RunRequest,
    connection: RunConnection,
    work: Callable[[RowSender], None],
    refused: Callable[[str], Row],
) -> NoReturn:
    """Do `work`, which sends its rows, and end the process.

    If it raises, the row that `refused` makes of the reason is sent.
    """
    rows = RowSender(connection.write)
    set_up_streams(request.stdin)
    set_up_process(request)
    memory.limit(request.memory_mib)
    silence()
    code = 1
    try:
        work(rows)
        code = 0
    except BaseException as error:  # of the program: whatever it may raise
        if not connection.stopping():
            rows.send(refused(words_of(error)))
    finally:
        connection.close()
        _exit(code)


def words_of(error: BaseException) -> str:
    """Return the last line of Python's report, which runs the error's own code."""
    if isinstance(error, NotPossibleError):
        return str(error)
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:
        return type(error).__name__


def begin(request: RunRequest) -> ModuleType:
    """Return a fresh `__main__` for the program, with torch as it is at the start of a run."""
    main = make_main(request.path is not None, filename_of(request))
    set_up_torch(request)
    if request.module is not None:
        be_module(main, request.module)
    return main
