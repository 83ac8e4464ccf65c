"""What exports a web page: asks for its file, writes it in a thread, and says so."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QStatusBar, QWidget

from app.gui.features.feature import Feature
from app.gui.files.writing import Content, Writer
from app.gui.panels.banner import Banner
from app.session.language import tr
from app.session.numbers import size

_TOLD_MS = 8000


class PageExport(Feature):
    """A feature that writes pages.  Making one takes seconds: a large graph is laid out."""

    written = Signal(str)
    """The path."""

    def __init__(self, window: QWidget, banner: Banner, status: QStatusBar) -> None:
        super().__init__(window)
        self._window, self._status = window, status
        self._writer = Writer("web page", self)
        self.hear(self._writer.written, self._tell)
        self.hear(self._writer.written, self.written.emit)
        self.hear(self._writer.failed, banner.show_message)

    def close(self) -> None:
        """End the thread that writes."""
        super().close()
        self._writer.close()

    def _tell(self, path: str) -> None:
        said = tr("{path} is written ({size}).")
        self._status.showMessage(
            said.format(path=path, size=size(Path(path).stat().st_size)), _TOLD_MS
        )

    def _ask_path(self, title: str, name: str) -> Path | None:
        path, _ = QFileDialog.getSaveFileName(self._window, title, name, tr("Web pages (*.html)"))
        return Path(path) if path else None

    def _write(self, path: Path, content: Content) -> None:
        self._status.showMessage(tr("Writing {name}…").format(name=path.name))
        self._writer.write(path, content)
