"""What a process that was started for a request does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from app.contract.messages import RunRequest
from app.tracer.measuring.measure import measure_program
from app.tracer.nudging.nudge import nudge_program
from app.tracer.opening.open_step import open_step
from app.tracer.snippet.sandbox import RunConnection, run_snippet


def job_of(request: RunRequest) -> Callable[[RunRequest, RunConnection], NoReturn]:
    """Return what the process is for: to trace, to measure, to nudge, or to open a step."""
    if request.nudge is not None:
        return nudge_program
    if request.opened is not None:
        return open_step
    return run_snippet if request.measured is None else measure_program
