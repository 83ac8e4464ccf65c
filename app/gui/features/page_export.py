"""What exports a web page: asks for its file, writes it in a thread, and says how far it is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QStatusBar, QToolButton, QWidget

from app.gui.features.feature import Feature
from app.gui.files.writing import Content, Writer
from app.gui.panels.banner import Banner
from app.gui.running.background import IsWanted, NotWantedError
from app.session.language import number, tr
from app.session.numbers import size

_TOLD_MS = 8000


class PageExport(Feature):
    """A feature that writes pages.  Making one takes seconds: a large graph is laid out."""

    written = Signal(str)
    """The path."""
    _ticked = Signal(int)
    """So many parts of the work have begun."""

    def __init__(self, window: QWidget, banner: Banner, status: QStatusBar) -> None:
        super().__init__(window)
        self._window, self._status = window, status
        self._writer = Writer("web page", self)
        self._name = ""
        """Of the file that is being written."""
        self.cancel = QToolButton()
        self.cancel.setText(tr("Cancel"))
        self.cancel.setAccessibleName(tr("Do not write the page"))
        self.cancel.setProperty("flat", True)
        self.cancel.clicked.connect(self._stop)
        self.cancel.hide()
        status.addPermanentWidget(self.cancel)
        self.hear(self._ticked, self._count)
        self.hear(self._writer.written, self.cancel.hide)
        self.hear(self._writer.failed, self.cancel.hide)
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
        self._name = path.name
        self._status.showMessage(tr("Writing {name}…").format(name=self._name))
        self.cancel.show()
        self._writer.write(path, content)

    def _ticking(self, is_wanted: IsWanted) -> Callable[[], None]:
        """Return what the thread that writes calls before each part of its work."""
        parts = count(1)

        def tick() -> None:
            if not is_wanted():
                raise NotWantedError
            self._ticked.emit(next(parts))

        return tick

    def _count(self, part: int) -> None:
        if self.cancel.isVisible():
            text = tr("Writing {name}… part {part}")
            self._status.showMessage(text.format(name=self._name, part=number(part)))

    def _stop(self) -> None:
        self._writer.cancel()
        self.cancel.hide()
        self._status.showMessage(tr("{name} was not written.").format(name=self._name), _TOLD_MS)
