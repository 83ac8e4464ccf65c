"""File > Export web page: writes the shown run as one HTML file, or both that are compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStatusBar, QWidget

from app.contract.records import Trace
from app.gui.actions import Actions
from app.gui.features.page_export import PageExport
from app.gui.files.documents import Documents
from app.gui.panels.banner import Banner
from app.session.language import tr

if TYPE_CHECKING:
    from app.session.run import Run
    from app.session.shown import Shown
    from app.session.workspace import Workspace


class WebPage(PageExport):
    def __init__(
        self,
        workspace: Workspace[Shown],
        window: QWidget,
        documents: Documents,
        banner: Banner,
        status: QStatusBar,
        pinned: Callable[[], Run | None],
        do: Actions,
    ) -> None:
        """`pinned` is the run with which the shown one is compared, or None."""
        super().__init__(window, banner, status)
        self._workspace, self._documents = workspace, documents
        self._banner, self._pinned = banner, pinned
        self.on(do.export_page, self._export)

    def _export(self) -> None:
        shown = self._workspace.shown
        if shown is None:
            self._banner.show_message(tr("There is no trace yet. Press Run first."))
            return
        name = f"{Path(self._documents.program.name).stem}.html"
        path = self._ask_path(tr("Export as a web page"), name)
        if path is not None:
            trace, run = shown.run.trace, self._pinned()
            pinned = None if run is None else run.trace
            self._write(path, lambda _: _content(trace, pinned))


def _content(trace: Trace, pinned: Trace | None) -> bytes:
    if pinned is not None:
        from app.page.comparing import compared_page  # as seldom as the other one

        return compared_page(pinned, trace)
    from app.page.html import page  # it is seldom asked for

    return page(trace)
