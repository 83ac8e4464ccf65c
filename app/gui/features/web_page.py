"""File > Export web page: writes the shown run as one HTML file, or both that are compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QStatusBar, QWidget

from app.contract.records import Trace
from app.gui.actions import Actions
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.files.writing import Writer
from app.gui.panels.banner import Banner
from app.session.language import tr

if TYPE_CHECKING:
    from app.session.run import Run
    from app.session.shown import Shown
    from app.session.workspace import Workspace

_TOLD_MS = 8000


class WebPage(Feature):
    """Makes the page in a thread: laying out a large graph takes seconds."""

    written = Signal(str)
    """The path."""

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
        super().__init__(window)
        self._workspace, self._window, self._documents = workspace, window, documents
        self._banner, self._status, self._pinned = banner, status, pinned
        self._writer = Writer("web page", self)
        self.hear(self._writer.written, self._tell)
        self.hear(self._writer.written, self.written.emit)
        self.hear(self._writer.failed, banner.show_message)
        self.on(do.export_page, self._export)

    def close(self) -> None:
        """End the thread that writes."""
        super().close()
        self._writer.close()

    def _tell(self, path: str) -> None:
        said = tr("{path} is written.").format(path=path)
        self._status.showMessage(said, _TOLD_MS)

    def _export(self) -> None:
        shown = self._workspace.shown
        if shown is None:
            self._banner.show_message(tr("There is no trace yet. Press Run first."))
            return
        name = f"{Path(self._documents.program.name).stem}.html"
        path, _ = QFileDialog.getSaveFileName(
            self._window, tr("Export as a web page"), name, tr("Web pages (*.html)")
        )
        if path:
            self._status.showMessage(tr("Writing {name}…").format(name=Path(path).name))
            trace, run = shown.run.trace, self._pinned()
            pinned = None if run is None else run.trace
            self._writer.write(Path(path), lambda _: _content(trace, pinned))


def _content(trace: Trace, pinned: Trace | None) -> bytes:
    if pinned is not None:
        from app.page.comparing import compared_page  # as seldom as the other one

        return compared_page(pinned, trace)
    from app.page.html import page  # it is seldom asked for

    return page(trace)
