"""Runs of programs that the user did not ask for, but what the user asked for needs."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Final

from app.gui.files.snippet_file import FileProblem
from app.gui.running.background import IsWanted, NotWantedError
from app.process.client import TracerUnavailableError
from app.session.language import tr
from app.session.run_settings import RunSettingsError

if TYPE_CHECKING:
    from app.gui.running.run_controller import Job, RunController
    from app.session.run import Run

_PATIENCE: Final = 100
"""Tenths of a second to wait for other runs."""


def run_unheard(
    controller: RunController, asker: object, job: Job, name: str, is_wanted: IsWanted
) -> Run:
    """Run a program as soon as nothing else runs, in the thread that calls this.

    Raises FileProblem and NotWantedError.
    """
    for _ in range(_PATIENCE):
        if not is_wanted():
            raise NotWantedError
        try:
            run = controller.trace_unheard(asker, job, is_wanted)
        except (TracerUnavailableError, RunSettingsError) as error:
            raise FileProblem(str(error)) from None
        if run is not None:
            return run
        sleep(0.1)
    text = tr("{name} could not run, because other programs are running. Try again afterwards.")
    raise FileProblem(text.format(name=name))
