"""Lessons > Export lecture: writes the lecture of the current tab as one page that steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QStatusBar, QWidget

from app.gui.actions import Actions
from app.gui.features.page_export import PageExport
from app.gui.features.programs.runs import Runs
from app.gui.files.documents import Documents
from app.gui.panels.banner import Banner
from app.gui.running.background import IsWanted
from app.gui.running.unheard import run_unheard
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.running.run_controller import RunController
    from app.page.lectures.page import PageOptions
    from app.session.chain_rule.model import StepPlace
    from app.session.run import Run


class LecturePage(PageExport):
    """Programs that have no run yet are run unheard, in the thread that makes the page."""

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
        super().__init__(window, banner, status)
        self._documents, self._controller = documents, controller
        self._runs, self._do = runs, do
        self.hear(documents.changed, self._follow)
        self.on(do.export_lecture, self._ask)
        self._follow()

    def close(self) -> None:
        """End the thread that writes, and the run that it waits for."""
        self._controller.drop_hidden(self)
        super().close()

    def _follow(self) -> None:
        self._do.export_lecture.setEnabled(self._documents.current.lecture is not None)

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
        path = self._ask_path(tr("Export the lecture"), f"{lecture.key}.html")
        if path is None:
            return
        jobs = {
            page.program: replace(self._runs.job(page.snippet), what_if=())
            for page in lecture.pages if page.program is not None
        }  # fmt: skip
        known, controller = self._known(), self._controller

        def content(is_wanted: IsWanted) -> bytes:
            from app.page.lectures.page import lecture_page
            from app.session.scenes.beside import changes_of
            from app.session.source.effects import first_effect

            runs = {
                name: known.get(job.text) or run_unheard(controller, self, job, name, is_wanted)
                for name, job in jobs.items()
            }
            changed = {}
            for name, beside in lecture.what_ifs():
                job = jobs.get(name)
                changes = None if job is None else changes_of(beside, job.text)
                if job is not None and changes is not None:
                    other = replace(job, what_if=changes)
                    run = run_unheard(controller, self, other, name, is_wanted)
                    changed[name, beside] = run

            def ask(name: str, place: StepPlace) -> list[list[Any]] | None:
                job, rows = jobs[name], list[list[Any]]()
                if first_effect(job.text) is None:
                    controller.open_step(self, job, place, rows.extend, is_wanted)
                return rows or None

            return lecture_page(lecture, runs, options, changed, ask)

        self._write(path, content)

    def _known(self) -> Mapping[str, Run]:
        """Return the runs of open programs as written, by their texts."""
        shown = (tab.prepared for tab in self._documents.tabs if not tab.what_if)
        runs = (one.run for one in shown if one is not None and not one.is_running)
        return {run.trace.snippet.text: run for run in runs}
