"""File, Export web page: what is shown as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.contract.records import Trace
from app.gui.writing import Writer
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow

_TOLD_MS = 8000


class WebPage(QObject):
    """The page is made in a thread: laying out a large graph takes seconds."""

    written = Signal(str)
    """The path."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._writer = Writer("web page", self)
        self._writer.written.connect(self._tell)
        self._writer.written.connect(self.written)
        self._writer.failed.connect(lambda text: window.banner.show_message(text))
        window.actions_.connect(window.actions_.export_page, self._export)

    def close(self) -> None:
        """End the thread that writes."""
        self._writer.close()

    def _tell(self, path: str) -> None:
        said = tr("{path} is written.").format(path=path)
        self._window.status.showMessage(said, _TOLD_MS)

    def _export(self) -> None:
        window, trace = self._window, self._window.display.trace
        if trace is None:
            window.banner.show_message(tr("There is no trace yet. Press Run first."))
            return
        name = f"{Path(window.documents.name).stem}.html"
        path, _ = QFileDialog.getSaveFileName(
            window, tr("Export as a web page"), name, tr("Web pages (*.html)")
        )
        if path:
            window.status.showMessage(tr("Writing {name}…").format(name=Path(path).name))
            self._writer.write(Path(path), lambda _: _content(trace))


def _content(trace: Trace) -> bytes:
    from app.page.html import page  # it is seldom asked for

    return page(trace)
