"""Steps of a backward pass with the numbers that torch gives in a hidden run.  In any thread."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.gui.running.background import IsWanted
from app.process.client import TracerUnavailableError
from app.session import internal_errors
from app.session.chain_rule.model import StepPlace
from app.session.language import tr
from app.session.run_settings import RunSettingsError

if TYPE_CHECKING:
    from app.gui.running.run_controller import Job, RunController
    from app.session.chain_rule.model import OpenedStep
    from app.session.run import Run


def as_traced(run: Run, place: StepPlace, rows: list[Any] | None = None) -> OpenedStep:
    """Return a step; without the `rows` of a hidden run, what the trace itself has."""
    from app.session.chain_rule.opening import opened_step  # a run is there: it is loaded

    return opened_step(run, *place, rows)


def asked_of_torch(
    controller: RunController,
    asker: object,
    job: Job,
    run: Run,
    place: StepPlace,
    is_wanted: IsWanted,
) -> OpenedStep | None:
    """Ask torch in a hidden run; None if another run stopped it, or if it is no longer wanted."""
    from app.session.chain_rule.opening import not_asked

    if (step := not_asked(run, place)) is not None:
        return step
    rows: list[list[Any]] = []
    try:
        controller.open_step(asker, job, place, rows.extend, is_wanted)
        return as_traced(run, place, rows) if rows and is_wanted() else None
    except (TracerUnavailableError, RunSettingsError) as error:
        problem = str(error)
    except Exception:  # the node must not say that torch is asked for good
        sys.excepthook(*sys.exc_info())
        problem = tr("Tapescope hit an internal error. {details}")
        problem = problem.format(details=internal_errors.details())
    return replace(as_traced(run, place), problem=problem)
