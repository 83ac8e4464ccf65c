"""What leaves the window as a file: the trace as a document, the graph as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from app.contract.records import Trace
from app.gui.export_sheet import ExportSheet
from app.gui.graph.export import ExportError
from app.gui.graph.view import GraphView
from app.session.language import tr

if TYPE_CHECKING:
    import networkx as nx

    from app.gui.prepared import Prepared


class Outputs(QObject):
    failed = Signal(str)
    """A file was not written; a sentence."""

    def __init__(self, window: QWidget, graph: GraphView) -> None:
        super().__init__(window)
        self._window, self._graph = window, graph

    def save_trace(self, trace: Trace | None, name: str) -> None:
        """Ask where to, and write the document.  `name` is suggested, without a suffix."""
        if trace is None:
            self.failed.emit(tr("There is no trace yet. Press Run first."))
            return
        from app.session.document import dump  # a trace is there, so it is loaded

        kinds = tr("Traces (*.json)")
        self._save(tr("Save the trace"), f"{name}.json", kinds, lambda _: dump(trace))

    def export_graph(self, prepared: Prepared | None, name: str) -> None:
        """Ask what of the graph is to be written, and where to."""
        if prepared is None:
            self.failed.emit(tr("There is no graph yet. Press Run first."))
            return
        graph = self._graph
        try:
            sheet = ExportSheet(
                self._window,
                lambda in_view, legend: graph.picture(in_view=in_view, with_legend=legend),
            )
        except ExportError as problem:
            self.failed.emit(str(problem))
            return
        trace, drawn = prepared.trace, prepared.graph
        sheet.saveWanted.connect(lambda: self._save_picture(sheet, trace, drawn, name))
        sheet.copyWanted.connect(lambda: self._copy(sheet, trace, drawn))
        sheet.open()

    def _save_picture(
        self, sheet: ExportSheet, trace: Trace, drawn: nx.MultiDiGraph[str], name: str
    ) -> None:
        suffix = sheet.suffix
        kinds = f"{suffix[1:].upper()} (*{suffix})"

        def content(path: Path) -> bytes:
            chosen = path.suffix.lower()
            if chosen == ".dot":
                return _dot(trace, drawn)
            return sheet.picture.data(chosen, sheet.scale)

        if self._save(tr("Export the graph"), f"{name}{suffix}", kinds, content):
            sheet.accept()

    def _copy(self, sheet: ExportSheet, trace: Trace, drawn: nx.MultiDiGraph[str]) -> None:
        clipboard = QGuiApplication.clipboard()
        try:
            if sheet.suffix == ".dot":
                clipboard.setText(_dot(trace, drawn).decode())
            else:
                clipboard.setImage(sheet.picture.image(sheet.scale))
        except ExportError as problem:
            self.failed.emit(str(problem))

    def _save(self, title: str, name: str, kinds: str, content: Callable[[Path], bytes]) -> bool:
        """Ask where to, and write there; whether that was done."""
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, name, kinds)
        if not chosen:
            return False
        path = Path(chosen)
        if not path.suffix:
            path = path.with_suffix(Path(name).suffix)
        try:
            path.write_bytes(content(path))
        except ExportError as problem:
            self.failed.emit(str(problem))
        except OSError as error:
            self.failed.emit(
                tr("{path} was not saved: {strerror}.").format(
                    path=path, strerror=error.strerror or error
                )
            )
        else:
            return True
        return False


def _dot(trace: Trace, drawn: nx.MultiDiGraph[str]) -> bytes:
    from app.session.export import styled
    from graphviz_render import LayoutError, dot_source

    try:
        return dot_source(styled(trace, drawn)).encode()
    except LayoutError as error:
        raise ExportError(str(error)) from error
