"""File, Export web page: what is shown as one HTML file."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.contract.records import Trace
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow

_TOLD_MS = 8000


class WebPage(QObject):
    """The page is made in a thread: laying out a large graph takes seconds."""

    written = Signal(str)
    """The path."""
    _failed = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.written.connect(self._tell)
        self._failed.connect(lambda text: window.banner.show_message(text))
        window.actions_.connect(window.actions_.export_page, self._export)

    def _tell(self, path: str) -> None:
        said = tr("{path} is written.").format(path=path)
        self._window.status.showMessage(said, _TOLD_MS)

    def _export(self) -> None:
        trace = self._window.display.trace
        if trace is None:
            self._failed.emit(tr("There is no trace yet. Press Run first."))
            return
        name = f"{Path(self._window.documents.name).stem}.html"
        path, _ = QFileDialog.getSaveFileName(
            self._window, tr("Export as a web page"), name, tr("Web pages (*.html)")
        )
        if path:
            threading.Thread(target=self._write, args=(trace, path), name="web page").start()

    def _write(self, trace: Trace, path: str) -> None:
        from app.report.page import page  # it is seldom asked for

        with suppress(RuntimeError):  # the window is gone
            try:
                Path(path).write_bytes(page(trace))
            except OSError as error:
                self._failed.emit(
                    tr("{path} was not written: {reason}.").format(
                        path=path, reason=error.strerror or error
                    )
                )
            else:
                self.written.emit(path)
