"""The run of a program in which one step of a backward pass is opened."""

from __future__ import annotations

import os
from typing import NoReturn

from app.contract.messages import RunRequest
from app.tracer.child.outgoing import RowSender
from app.tracer.opening.opening import Opening
from app.tracer.snippet.sandbox import RunConnection, run_snippet
from app.tracer.untraced.apart import silence

_exit = os._exit


def open_step(request: RunRequest, connection: RunConnection) -> NoReturn:
    """Run the program under the recorder, as it ran before, until the step; send what torch says.

    Passes and steps have the numbers that they have in the trace, so the recorder counts them;
    its rows and what the program prints are dropped.
    """
    assert request.opened is not None
    pass_number, step = request.opened
    rows = RowSender(connection.write)

    def done() -> None:
        connection.close()
        _exit(0)

    opening = Opening(rows.send, pass_number, step, done)

    def close() -> None:
        opening.missed()
        connection.close()

    silence()
    unheard = connection._replace(write=bytearray.clear, close=close)
    run_snippet(request._replace(children=None), unheard, opening)
