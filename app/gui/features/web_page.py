"""File > Export web page: writes the shown run as one HTML file, or both that are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStatusBar, QWidget

from app.gui.actions import Actions
from app.gui.features.page_export import PageExport
from app.gui.files.documents import Documents
from app.gui.panels.banner import Banner
from app.gui.running.background import IsWanted
from app.gui.running.steps_of_torch import asked_of_torch
from app.session.language import tr

if TYPE_CHECKING:
    from app.contract.records import Trace
    from app.gui.running.prepared import Prepared
    from app.gui.running.run_controller import RunController
    from app.session.chain_rule.model import OpenedStep, StepPlace
    from app.session.run import Run
    from app.session.workspace import Workspace


class WebPage(PageExport):
    """For each step of a backward pass the program runs again, as when its node is opened."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        controller: RunController,
        window: QWidget,
        documents: Documents,
        banner: Banner,
        status: QStatusBar,
        pinned: Callable[[], Run | None],
        do: Actions,
    ) -> None:
        """`pinned` is the run with which the shown one is compared, or None."""
        super().__init__(window, banner, status)
        self._workspace, self._controller = workspace, controller
        self._documents, self._banner, self._pinned = documents, banner, pinned
        self.on(do.export_page, self._export)

    def close(self) -> None:
        """End the thread that writes, and the hidden run that it waits for."""
        self._controller.drop_hidden(self)
        super().close()

    def _export(self) -> None:
        shown = self._workspace.shown
        if shown is None:
            self._banner.show_message(tr("There is no trace yet. Press Run first."))
            return
        name = f"{self._documents.program.beside}.html"
        path = self._ask_path(tr("Export as a web page"), name)
        if path is not None:
            pinned = self._pinned()
            if pinned is not None:
                self._write(path, lambda _: _compared(pinned.trace, shown.run.trace))
            else:
                if shown.job is not None:
                    self._controller.use_interpreter(shown.job.how.interpreter)
                self._write(path, lambda is_wanted: self._page(shown, is_wanted))

    def _page(self, shown: Prepared, is_wanted: IsWanted) -> bytes:
        from app.page.html import page  # it is seldom asked for

        run, job, controller = shown.run, shown.job, self._controller

        def ask(place: StepPlace) -> OpenedStep | None:
            if job is None:
                return None
            return asked_of_torch(controller, self, job, run, place, is_wanted)

        return page(run.trace, ask, self._ticking(is_wanted))


def _compared(pinned: Trace, shown: Trace) -> bytes:
    from app.page.comparing import compared_page  # as seldom as the other one

    return compared_page(pinned, shown)
