"""Saving the trace and exporting the graph to files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from app.contract.records import Trace
from app.gui.dialogs.export_sheet import ExportSheet, PictureSteps
from app.gui.files.writing import Writer
from app.gui.graph.painting.export import ExportError, SceneImage
from app.gui.graph.painting.sequence import Moments, moving, numbered
from app.gui.graph.view import GraphView
from app.session.language import tr
from app.session.run import Run

if TYPE_CHECKING:
    import networkx as nx

    from app.gui.running.prepared import Prepared
    from app.session.scenes.records import Beside, Scene
    from app.session.timeline import History, Snapshot


class Outputs(QObject):
    written = Signal(str)
    """The path."""
    failed = Signal(str)
    """A file was not written; a sentence."""

    def __init__(self, window: QWidget, graph: GraphView) -> None:
        super().__init__(window)
        self._window, self._graph = window, graph
        self._writer = Writer("export", self)
        self._writer.written.connect(self.written)
        self._writer.failed.connect(self.failed)

    def close(self) -> None:
        """End the thread that writes."""
        self._writer.close()

    def save_trace(self, trace: Trace | None, name: Path) -> None:
        """Ask for a file and write the trace.  `name` is suggested, without a suffix."""
        if trace is None:
            self.failed.emit(tr("There is no trace yet. Press Run first."))
            return
        from app.session.trace.document import as_file  # a trace is there, so it is loaded

        kinds = tr("Traces (*.json *.json.gz)")
        path = self._where(tr("Save the trace"), f"{name}.json", kinds)
        if path is not None:
            self._writer.write(path, lambda _: as_file(trace, path.name))

    def export_graph(
        self,
        prepared: Prepared | None,
        moment: Snapshot | None,
        scenes: Sequence[Scene],
        name: Path,
        other: Callable[[Beside], Run | None],
    ) -> None:
        """Let the user choose what to export and where to.  `moment` is that of the picture.

        `other` returns the run that a scene has beside it.
        """
        if prepared is None:
            self.failed.emit(tr("There is no graph yet. Press Run first."))
            return
        graph = self._graph
        try:
            steps = _steps(prepared.history, moment)
            if scenes:
                steps.append(_of_scenes(prepared.run, scenes, other))
            sheet = ExportSheet(self._window, graph.picture, steps)
        except ExportError as problem:
            self.failed.emit(str(problem))
            return
        run, drawn = prepared.run, prepared.graph
        sheet.saveWanted.connect(lambda: self._save_picture(sheet, run, drawn, name))
        sheet.copyWanted.connect(lambda: self._copy(sheet, run, drawn))
        sheet.rejected.connect(self._writer.cancel)
        self._writer.written.connect(sheet.accept)
        self._writer.failed.connect(sheet.set_idle)
        sheet.open()

    def _save_picture(
        self, sheet: ExportSheet, run: Run, drawn: nx.MultiDiGraph[str], name: Path
    ) -> None:
        suffix = sheet.suffix
        kinds = f"{suffix[1:].upper()} (*{suffix})"
        path = self._where(tr("Export the graph"), f"{name}{suffix}", kinds)
        if path is None:
            return
        chosen = path.suffix.lower()
        try:
            picture, sequence = sheet.picture, sheet.sequence
        except ExportError as problem:
            self.failed.emit(str(problem))
            return
        scale, seconds = sheet.scale, sheet.seconds
        sheet.set_writing(path)
        if sequence is not None and chosen == ".svg":
            self._writer.write_files(lambda is_wanted: numbered(sequence, path, is_wanted))
        elif sequence is not None:
            self._writer.write(
                path, lambda is_wanted: moving(sequence, suffix, seconds, scale, is_wanted)
            )
        elif chosen == ".dot":
            self._writer.write(path, lambda _: _dot(run, drawn))
        else:
            self._writer.write(path, lambda is_wanted: picture.data(chosen, scale, is_wanted))

    def _copy(self, sheet: ExportSheet, run: Run, drawn: nx.MultiDiGraph[str]) -> None:
        clipboard = QGuiApplication.clipboard()
        try:
            if sheet.suffix == ".dot":
                clipboard.setText(_dot(run, drawn).decode())
            else:
                clipboard.setImage(sheet.picture.image(sheet.scale))
        except ExportError as problem:
            self.failed.emit(str(problem))

    def _where(self, title: str, name: str, kinds: str) -> Path | None:
        """Ask for a file; a name without a suffix gets that of `name`."""
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, name, kinds)
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix else path.with_suffix(Path(name).suffix)


def _steps(history: History, moment: Snapshot | None) -> list[PictureSteps]:
    """Return what can be drawn step by step: a backward pass, and the run."""
    passes = history.run.trace.backward_passes
    of_moment = None if moment is None else moment.backward
    found = []
    if (backward := of_moment or next(iter(passes), None)) is not None:
        title = tr("The backward pass, step by step")
        if backward.spot is not None and len(passes) > 1:
            title = tr("The backward pass on line {line}, step by step").format(line=backward.spot)
        found.append(_through(title, history, history.positions_through(backward)))
    return [*found, _through(tr("The run, step by step"), history, range(history.end + 1))]


def _through(title: str, history: History, positions: range) -> PictureSteps:
    return PictureSteps(title, len(positions), lambda picture: Moments(picture, history, positions))


def _of_scenes(
    run: Run, scenes: Sequence[Scene], other: Callable[[Beside], Run | None]
) -> PictureSteps:
    from app.gui.graph.painting.drawn_scenes import DrawnScenes  # there are seldom scenes

    def pictures(picture: SceneImage) -> DrawnScenes:
        return DrawnScenes(run, scenes, picture.theme, other)

    return PictureSteps(tr("The scenes"), len(scenes), pictures, are_alike=False)


def _dot(run: Run, drawn: nx.MultiDiGraph[str]) -> bytes:
    from app.drawing.dot import styled
    from graphviz_render import LayoutError, dot_source

    try:
        return dot_source(styled(run, drawn)).encode()
    except LayoutError as error:
        raise ExportError(str(error)) from error
