"""What leaves the window as a file: the trace as a document, the graph as a picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.contract.records import Trace
from app.gui.graph.export import ExportError
from app.gui.graph.view import GraphView


class Outputs(QObject):
    failed = Signal(str)
    """A file was not written; a sentence."""

    def __init__(self, window: QWidget, graph: GraphView) -> None:
        super().__init__(window)
        self._window, self._graph = window, graph

    def save_trace(self, trace: Trace | None, name: str) -> None:
        """Ask where to, and write the document.  `name` is suggested, without a suffix."""
        if trace is None:
            self.failed.emit("There is no trace yet. Press Run first.")
            return
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save the trace", f"{name}.json", "Traces (*.json)"
        )
        if not path:
            return
        from app.session.document import dump  # a trace is there, so it is loaded

        try:
            Path(path).write_bytes(dump(trace))
        except OSError as error:
            self.failed.emit(f"{path} was not saved: {error.strerror or error}.")

    def export_graph(self, trace: Trace | None, name: str) -> None:
        """Ask where to, and write the picture that its suffix names."""
        if trace is None:
            self.failed.emit("There is no graph yet. Press Run first.")
            return
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Export the graph", f"{name}.svg", "Pictures (*.svg *.pdf *.png)"
        )
        if not path:
            return
        try:
            self._graph.export(path)
        except ExportError as problem:
            self.failed.emit(str(problem))
