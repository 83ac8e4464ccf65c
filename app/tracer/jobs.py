"""What a process that was started for a request does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from app.contract.messages import RunRequest
from app.tracer.measuring.measure import measure_program
from app.tracer.nudging.nudge import nudge_program
from app.tracer.snippet.sandbox import RunConnection, run_snippet


def job_of(request: RunRequest) -> Callable[[RunRequest, RunConnection], NoReturn]:
    """Return what the process of a request is for: to trace, to measure, or to nudge."""
    if request.nudge is not None:
        return nudge_program
    return run_snippet if request.measured is None else measure_program
