"""Files: snippets and traces opened, what is on the screen written, the window's title."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.contract.records import Trace
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.outputs import Outputs

_TITLE = "Tapescope"
_TOLD_MS = 8000


class Files(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents = window.documents
        documents.changed.connect(self.show_name)
        documents.failed.connect(lambda text: window.banner.show_message(text))
        do = window.actions_
        for action, work in (
            (do.new, self._new), (do.open, documents.choose_and_open),
            (do.save, documents.save), (do.save_as, documents.save_as),
            (do.open_trace, self._choose_trace), (do.save_trace, self._save_trace),
            (do.export, self._export), (do.quit, window.close),
        ):  # fmt: skip
            do.connect(action, work)

    @cached_property
    def _outputs(self) -> Outputs:
        from app.gui.outputs import Outputs  # what writes pictures: not at the start

        window = self._window
        outputs = Outputs(window, window.graph)
        outputs.failed.connect(lambda text: window.banner.show_message(text))
        outputs.written.connect(self._tell)
        return outputs

    def close(self) -> None:
        """End what still writes."""
        if "_outputs" in self.__dict__:
            self._outputs.close()

    def _tell(self, path: str) -> None:
        said = tr("{path} is written.").format(path=path)
        self._window.status.showMessage(said, _TOLD_MS)

    def show_name(self) -> None:
        window, name, modified = self._window, self._documents.name, self._documents.is_modified
        window.toolbar.set_file_name(name, modified=modified)
        window.setWindowTitle(f"{name}[*] — {_TITLE}")
        window.setWindowModified(modified)

    def _new(self) -> None:
        self._documents.new()
        self._window.editor.setFocus()

    def open(self, path: Path) -> None:
        """Open a trace (.json) or a snippet (anything else)."""
        if path.suffix.lower() == ".json":
            self.open_trace(path)
        else:
            self._documents.open(path)

    def open_trace(self, path: Path) -> None:
        """Show a trace document in place of the snippet; the window's `traceReady` follows."""
        self._window.controller.open_trace(path, self._window.folding.fresh_choice)

    def show_snippet_of(self, trace: Trace) -> None:
        """Put the text of a trace from a file into the editor."""
        title = Path(trace.snippet.path).name if trace.snippet.path else tr("Trace")
        self._documents.show_in_tab(trace.snippet.text, title=title)

    def _choose_trace(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("Open a trace"), "", tr("Traces (*.json)")
        )
        if name:
            self.open_trace(Path(name))

    def _save_trace(self) -> None:
        self._outputs.save_trace(self._window.display.trace, self._stem)

    def _export(self) -> None:
        self._outputs.export_graph(self._window.display.prepared, self._stem)

    @property
    def _stem(self) -> str:
        """What files made of this snippet are called, without a suffix."""
        return Path(self._documents.name).stem
