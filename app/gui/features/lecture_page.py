"""Lessons > Export lecture: writes the lecture of the current tab as one page that steps."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QStatusBar, QWidget

from app.gui.actions import Actions
from app.gui.features.feature import Feature
from app.gui.features.programs.runs import Runs
from app.gui.files.documents import Documents
from app.gui.files.snippet_file import FileProblem
from app.gui.files.writing import Writer
from app.gui.panels.banner import Banner
from app.gui.running.background import IsWanted, NotWantedError
from app.process.client import TracerUnavailableError
from app.session.language import tr
from app.session.numbers import size
from app.session.run_settings import RunSettingsError

if TYPE_CHECKING:
    from app.gui.running.run_controller import Job, RunController
    from app.page.lectures.page import PageOptions
    from app.session.run import Run

_TOLD_MS = 8000
_PATIENCE = 100
"""Tenths of a second to wait for other runs."""


class LecturePage(Feature):
    """Makes the page in a thread, where programs that have no run yet are run unheard."""

    def __init__(
        self,
        window: QWidget,
        documents: Documents,
        controller: RunController,
        runs: Runs,
        banner: Banner,
        status: QStatusBar,
        do: Actions,
    ) -> None:
        super().__init__(window)
        self._window, self._documents, self._controller = window, documents, controller
        self._runs, self._status, self._do = runs, status, do
        self._writer = Writer("lecture page", self)
        self.hear(self._writer.written, self._tell)
        self.hear(self._writer.failed, banner.show_message)
        self.hear(documents.changed, self._follow)
        self.on(do.export_lecture, self._ask)
        self._follow()

    def close(self) -> None:
        """End the thread that writes."""
        super().close()
        self._controller.drop_hidden(self)
        self._writer.close()

    def _follow(self) -> None:
        self._do.export_lecture.setEnabled(self._documents.current.lecture is not None)

    def _tell(self, path: str) -> None:
        said = tr("{path} is written ({size}).")
        self._status.showMessage(
            said.format(path=path, size=size(Path(path).stat().st_size)), _TOLD_MS
        )

    def _ask(self) -> None:
        from app.gui.dialogs.lecture_sheet import LectureSheet  # seldom opened

        sheet = LectureSheet(self._window)
        sheet.accepted.connect(lambda: self._export(sheet.options))
        sheet.open()

    def _export(self, options: PageOptions) -> None:
        opened = self._documents.current.lecture
        if opened is None:
            return
        lecture = opened.lecture
        name = f"{lecture.key}.html"
        path, _ = QFileDialog.getSaveFileName(
            self._window, tr("Export the lecture"), name, tr("Web pages (*.html)")
        )
        if not path:
            return
        self._status.showMessage(tr("Writing {name}…").format(name=Path(path).name))
        jobs = {
            page.program: self._runs.job(page.snippet)
            for page in lecture.pages if page.program is not None
        }  # fmt: skip
        known, controller = self._known(), self._controller

        def content(is_wanted: IsWanted) -> bytes:
            from app.page.lectures.page import lecture_page

            runs = {
                name: known.get(job.text) or _run(controller, self, job, name, is_wanted)
                for name, job in jobs.items()
            }
            return lecture_page(lecture, runs, options)

        self._writer.write(Path(path), content)

    def _known(self) -> Mapping[str, Run]:
        """Return the runs of open programs as written, by their texts."""
        shown = (tab.prepared for tab in self._documents.tabs if not tab.what_if)
        runs = (one.run for one in shown if one is not None and not one.is_running)
        return {run.trace.snippet.text: run for run in runs}


def _run(controller: RunController, asker: object, job: Job, name: str, is_wanted: IsWanted) -> Run:
    """Run a program of the lecture as soon as nothing else runs.

    Raises FileProblem and NotWantedError.
    """
    pause = threading.Event()
    for _ in range(_PATIENCE):
        if not is_wanted():
            raise NotWantedError
        try:
            run = controller.trace_unheard(asker, replace(job, what_if=()), is_wanted)
        except (TracerUnavailableError, RunSettingsError) as error:
            raise FileProblem(str(error)) from None
        if run is not None:
            return run
        pause.wait(0.1)
    text = tr("{name} could not run, because other programs are running. Export again afterwards.")
    raise FileProblem(text.format(name=name))
