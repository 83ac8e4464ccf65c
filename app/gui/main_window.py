"""The window: puts the parts together and says what happens when the user does something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QPlainTextEdit, QVBoxLayout, QWidget

from app.contract.records import Trace
from app.gui import dialogs
from app.gui.actions import Actions
from app.gui.docks import BottomPanel, Docks
from app.gui.documents import Documents
from app.gui.graph.view import GraphView
from app.gui.menus import example_menu, fill_menu_bar
from app.gui.outcome import Outcome, outcome
from app.gui.outputs import Outputs
from app.gui.panels.banner import Banner
from app.gui.panels.console import Console
from app.gui.panels.details_panel import DetailsPanel
from app.gui.panels.gradients_panel import GradientsPanel
from app.gui.panels.header import Header
from app.gui.panels.inspector import Inspector
from app.gui.panels.numbers import counted
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.status_bar import StatusBar
from app.gui.panels.timeline import Timeline
from app.gui.run_controller import Job, RunController
from app.gui.selection_link import SelectionLink
from app.gui.settings import Settings
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_BASE
from app.gui.toolbar import Toolbar
from app.gui.window_style import window_rules
from app.process.client import Tracer

if TYPE_CHECKING:
    from app.gui.prepared import Prepared

_TITLE = "Tapescope"
_NOTHING_YET = "Nothing traced yet. Press Run."
_NOTHING_TO_DRAW = "No operation on a tensor ran, so there is nothing to draw."
_EMPTY_SNIPPET = "There is nothing to run: the snippet is empty."
_WHAT_TO_DO = "Write one, or open an example from the File menu."


class MainWindow(QMainWindow):
    """`settings` default to the user's own, `tracer` to one of this interpreter.

    A window that is not told to ask before it closes leaves unsaved text behind as a draft.
    """

    traceReady = Signal(object)
    """A `Trace`, when every panel shows it; the graph's layout may still be under way."""

    def __init__(
        self,
        settings: Settings | None = None,
        tracer: Tracer | None = None,
        *,
        asks_before_closing: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setFont(ui_font(FONT_BASE))
        self.settings = settings or Settings()
        self._asks = asks_before_closing
        self._shown: Prepared | None = None
        self._unfolded: frozenset[int] = frozenset()
        self._sized = False
        self._theme = self._wanted_theme()
        self.controller = RunController(tracer or Tracer(self.settings.interpreter))
        self._make_parts()
        self._place_parts()
        self._connect_actions()
        self._connect_parts()
        self.set_theme(self._theme)
        self._show_name()
        self._forget_run()
        self.resize(1440, 900)
        self.setMinimumSize(1024, 680)

    # ------------------------------------------------------------------------------ building

    def _make_parts(self) -> None:
        theme = self._theme
        self.actions_ = Actions(self, theme)
        self.snippet = SnippetPanel(theme)
        self.editor = self.snippet.editor
        self.documents = Documents(self.editor, self.settings, self)
        self.graph_header = Header("Graph")
        self.banner = Banner(theme)
        self.graph = GraphView(theme)
        self.outputs = Outputs(self, self.graph)
        self.gradients = GradientsPanel(theme)
        self.details = DetailsPanel(theme)
        self.console = Console(theme)
        self.timeline = Timeline(theme)
        self.status = StatusBar(theme)
        self.examples_menu = example_menu(self, self.documents.open_example)
        self.toolbar = Toolbar(theme, self.actions_, self.examples_menu)
        self.link = SelectionLink(
            self.editor, self.graph, self.gradients, self.details, self.timeline
        )
        if (size := self.settings.font_size) is not None:
            self.editor.set_font_size(size)

    def _place_parts(self) -> None:
        self.addToolBar(self.toolbar)
        self.setStatusBar(self.status)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.graph_header)
        column.addWidget(self.banner)
        column.addWidget(self.graph, 1)
        centre.setMinimumWidth(420)
        self.setCentralWidget(centre)
        self.graph_header.add_action(self.actions_.hide_setup)
        inspector = Inspector(self.gradients, self.details)
        self.bottom = BottomPanel(self.timeline, self.console)
        self.docks = Docks(
            self,
            (self.snippet.header, self.snippet),
            (self.gradients.header, inspector),
            self.bottom,
        )
        fill_menu_bar(
            self, self.actions_, self.docks, self.settings, self.examples_menu, self.documents.open
        )

    def _connect_actions(self) -> None:
        do = self.actions_
        for action, work in (
            (do.new, self.documents.new), (do.open, self.documents.choose_and_open),
            (do.save, self.documents.save), (do.save_as, self.documents.save_as),
            (do.open_trace, self._choose_trace),
            (do.save_trace, lambda: self.outputs.save_trace(self._trace, self._stem)),
            (do.export, lambda: self.outputs.export_graph(self._trace, self._stem)),
            (do.quit, self.close),
            (do.undo, lambda: self._edit(QPlainTextEdit.undo)),
            (do.redo, lambda: self._edit(QPlainTextEdit.redo)),
            (do.cut, lambda: self._edit(QPlainTextEdit.cut)),
            (do.copy, lambda: self._edit(QPlainTextEdit.copy)),
            (do.paste, lambda: self._edit(QPlainTextEdit.paste)),
            (do.select_all, lambda: self._edit(QPlainTextEdit.selectAll)),
            (do.comment, self.editor.toggle_comment), (do.find, self._find),
            (do.run, self.run), (do.stop, self.controller.stop),
            (do.interpreter, self._choose_interpreter),
            (do.zoom_in, lambda: self._zoom(1)), (do.zoom_out, lambda: self._zoom(-1)),
            (do.zoom_reset, lambda: self._zoom(0)), (do.fit, self.graph.fit),
            (do.hide_setup, self._regraph), (do.theme, self._switch_theme),
            (do.reset_layout, self._reset_layout), (do.about, lambda: dialogs.about(self)),
            (do.legend_help, lambda: dialogs.marks_help(self, self._theme)),
        ):  # fmt: skip
            action.triggered.connect(lambda _=False, work=work: work())

    def _connect_parts(self) -> None:
        self.controller.started.connect(self._on_started)
        self.controller.progressed.connect(self._on_progress)
        self.controller.printed.connect(self.console.add_output)
        self.controller.finished.connect(self._on_finished)
        self.controller.failed.connect(self._on_failed)
        self.controller.unavailable.connect(lambda text: self._complain(text))
        self.controller.regraphed.connect(self._on_regraphed)
        self.controller.devicesKnown.connect(self.toolbar.set_devices)
        self.documents.changed.connect(self._show_name)
        self.documents.opened.connect(self._forget_run)
        self.documents.failed.connect(self._complain)
        self.outputs.failed.connect(self._complain)
        self.editor.cursorPositionChanged.connect(self._show_cursor)
        self.console.countChanged.connect(lambda count: self.bottom.header.set_count(1, count))
        self.console.lineActivated.connect(self._go_to_line)
        self.graph.operationActivated.connect(self._open_operation)
        self.banner.activated.connect(self._go_to_error)
        for panel in (self.snippet.words, self.snippet.findings):
            panel.lineChosen.connect(self._go_to_line)
        search = self.toolbar.search
        search.textChanged.connect(self._search)
        search.stepped.connect(self.link.step)
        search.left.connect(self.editor.setFocus)

    # ------------------------------------------------------------------------------ running

    def load_text(self, text: str) -> None:
        """Put a snippet into the editor, in place of what is there."""
        self.documents.show_text(text)

    def run(self) -> None:
        """Trace what the editor holds; `traceReady` follows unless there is nothing to run."""
        text = self.editor.toPlainText()
        if not text.strip():
            self._complain(_EMPTY_SNIPPET, _WHAT_TO_DO)
            return
        self.controller.run(
            Job(
                text=text,
                path=str(self.documents.path) if self.documents.path else None,
                device=self.toolbar.device.value,
                mode=self.toolbar.mode.value,
                level=self.toolbar.level.value,
                hide_setup=self.actions_.hide_setup.isChecked(),
                seconds=self.settings.time_limit,
            )
        )

    def _on_started(self) -> None:
        self._set_running(True)
        self.banner.hide()
        self.editor.set_error(None)
        self.console.start(str(self.documents.path) if self.documents.path else None)
        self.status.set_run("Running…", "waiting", "gradient")

    def _on_progress(self, count: int) -> None:
        if count:
            self.status.set_run(f"Running… {counted(count, 'operation')}", "waiting", "gradient")

    def _on_failed(self, text: str) -> None:
        self._set_running(False)
        self.status.set_run("Not traced", "warning", "cut")
        self._complain(text)

    def _set_running(self, running: bool) -> None:
        self.actions_.run.setEnabled(not running)
        self.actions_.stop.setEnabled(running)

    def _on_finished(self, prepared: Prepared) -> None:
        self._set_running(False)
        trace = prepared.trace
        if prepared.is_from_file:
            if not self.documents.may_leave():
                return
            self.documents.show_text(trace.snippet.text, title=_trace_title(trace))
            self._show_output(trace)
        self._show(prepared)
        self.traceReady.emit(trace)

    def _show_output(self, trace: Trace) -> None:
        self.console.start(trace.snippet.path)
        self.console.add_output("stdout", trace.output.stdout)
        self.console.add_output("stderr", trace.output.stderr)

    def _show(self, prepared: Prepared) -> None:
        trace = prepared.trace
        self._shown, self._unfolded = prepared, frozenset()
        self.editor.set_marks(prepared.marks, trace.snippet.text)
        self.snippet.describe()
        self.snippet.show_words(prepared.words)
        self.snippet.show_findings(prepared.findings)
        self.gradients.show_rows(prepared.rows)
        self.link.show(prepared)
        self._search(self.toolbar.search.text())
        self._show_outcome(trace, outcome(trace, prepared.time_limit))
        self._show_graph(prepared)

    def _show_graph(self, prepared: Prepared) -> None:
        self.timeline.show_blocks(prepared.blocks, prepared.columns)
        calls = sum(prepared.counts.values())
        leaves = counted(len(prepared.rows), "leaf")
        self.graph_header.set_note(f"{counted(calls, 'operation')}, {leaves}")
        self.status.set_calls(counted(calls, "call"))
        if prepared.graph:
            self.graph.show_graph(prepared.graph, prepared.counts)
        else:
            self.graph.clear(_NOTHING_TO_DRAW)

    def _show_outcome(self, trace: Trace, found: Outcome) -> None:
        self.status.set_run(found.status, found.glyph, found.tone)
        self.status.set_environment(_environment(trace))
        self.editor.set_error(found.place)
        self.banner.hide()
        if found.title:
            self.banner.show_message(found.title, found.detail)
        if trace.error is not None:
            if trace.error.traceback.strip() not in trace.output.stderr:
                self.console.add_error(trace.error)
            if trace.error.traceback:
                self.bottom.show_console()

    def _complain(self, title: str, detail: str = "") -> None:
        self.banner.show_message(title, detail)

    def _regraph(self) -> None:
        if self._shown is not None:
            hide = self.actions_.hide_setup.isChecked()
            self.controller.regraph(self._shown.trace, hide_setup=hide, unfolded=self._unfolded)

    def _open_operation(self, operation: int) -> None:
        """Show or hide what a composite call is made of; go to the line of any other."""
        if self._shown is None:
            return
        if operation in self._shown.index.children:
            self._unfolded ^= {operation}
            self._regraph()
        elif (line := self._shown.index.operations[operation].line) is not None:
            self._go_to_line(line)

    def _on_regraphed(self, prepared: Prepared) -> None:
        if self._shown is not None and self._shown.trace is prepared.trace:
            self._shown = prepared
            self._show_graph(prepared)

    def _forget_run(self) -> None:
        """Another text: what is known of the one before says nothing about it."""
        self._shown = None
        self.editor.clear_marks()
        self.editor.set_error(None)
        self.snippet.describe()
        self.snippet.show_words(())
        self.snippet.show_findings(())
        self.gradients.show_rows(None)
        self.timeline.show_blocks((), 0)
        self.link.show(None)
        self.banner.hide()
        self.console.start()
        self.graph.clear(_NOTHING_YET)
        self.graph_header.set_note("")
        self.status.set_run("Ready")
        self.status.set_calls("")

    # ----------------------------------------------------------------------------- going places

    def _go_to_line(self, then: int) -> None:
        if (line := self.editor.line_now(then)) is not None:
            self.editor.go_to(line)
            self.link.select_line(line)

    def _go_to_error(self) -> None:
        place = self.editor.error
        if place and (line := self.editor.line_now(place.line)) is not None:
            self.editor.go_to(line, place.column or 0)

    def _find(self) -> None:
        self.toolbar.search.setFocus()
        self.toolbar.search.selectAll()

    def _search(self, text: str) -> None:
        found = self.link.search(text.strip())
        self.toolbar.search.show_count(None if found is None else f"{found:,}")
        tip = f"No operation, tensor or line matches “{text}”." if found == 0 else ""
        self.toolbar.search.setToolTip(tip)

    def _show_cursor(self) -> None:
        cursor = self.editor.textCursor()
        self.status.set_cursor(cursor.blockNumber() + 1, cursor.positionInBlock() + 1)

    def _show_name(self) -> None:
        name, modified = self.documents.name, self.documents.is_modified
        self.toolbar.set_file_name(name, modified=modified)
        self.setWindowTitle(f"{name}[*] — {_TITLE}")
        self.setWindowModified(modified)

    def _edit(self, work: Callable[[QPlainTextEdit], None]) -> None:
        """Do it to the text that has the keyboard, else to the snippet."""
        focused = self.focusWidget()
        work(focused if isinstance(focused, QPlainTextEdit) else self.editor)

    @property
    def _trace(self) -> Trace | None:
        return self._shown.trace if self._shown else None

    @property
    def _stem(self) -> str:
        """What files made of this snippet are called, without a suffix."""
        return Path(self.documents.name).stem

    # ------------------------------------------------------------------------------- files

    def _choose_trace(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a trace", "", "Traces (*.json)")
        if name:
            self.open_trace(Path(name))

    def open_path(self, path: Path) -> None:
        """Open a trace (.json) or a snippet (anything else)."""
        if path.suffix.lower() == ".json":
            self.open_trace(path)
        else:
            self.documents.open(path)

    def open_trace(self, path: Path) -> None:
        """Show a trace document in place of the snippet; `traceReady` follows."""
        self.controller.open_trace(path, hide_setup=self.actions_.hide_setup.isChecked())

    def _choose_interpreter(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose a Python that has torch")
        if name:
            self.settings.interpreter = name
            self.banner.hide()
            self.controller.use(Tracer(name))

    # -------------------------------------------------------------------------------- look

    def _wanted_theme(self) -> Theme:
        if (name := self.settings.theme) is not None:
            return Theme(name)
        return Theme.of_scheme(QGuiApplication.styleHints().colorScheme())

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setPalette(theme.palette())
        self.setStyleSheet(theme.stylesheet() + window_rules(theme))
        self.actions_.set_theme(theme)
        for part in (
            self.toolbar, self.snippet, self.banner, self.graph, self.gradients, self.details,
            self.console, self.timeline, self.status,
        ):  # fmt: skip
            part.set_theme(theme)

    @property
    def theme(self) -> Theme:
        return self._theme

    def _switch_theme(self) -> None:
        theme = Theme("light" if self._theme.is_dark else "dark")
        self.settings.theme = theme.name
        self.set_theme(theme)

    def _zoom(self, steps: int) -> None:
        self.editor.zoom(steps)
        self.settings.font_size = self.editor.font_size

    def _reset_layout(self) -> None:
        self.settings.forget_window()
        self.docks.set_default_sizes(self.width())

    # -------------------------------------------------------------------------------- life

    def restore(self) -> None:
        """Size, place and docks as the last window left them."""
        if (saved := self.settings.window()) is not None:
            geometry, state, self.docks.is_arranged = saved
            self._sized = self.restoreGeometry(geometry) and self.restoreState(state)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.docks.follow(event.size().width())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._sized:
            self._sized = True
            self.docks.set_default_sizes(self.width())
        QTimer.singleShot(0, self.controller.warm_up)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ThemeChange and self.settings.theme is None:
            self.set_theme(self._wanted_theme())

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._asks and not self.documents.may_leave():
            event.ignore()
            return
        self.documents.save_draft()
        self.settings.set_window(self.saveGeometry(), self.saveState(), self.docks.is_arranged)
        self.controller.close()
        self.graph.close()
        event.accept()


def _environment(trace: Trace) -> str:
    """The torch, without the build in its version, and where it ran: "torch 2.13.0, CPU"."""
    if not trace.run.torch:
        return ""
    device = "CPU" if trace.run.device == "cpu" else trace.run.device
    return f"torch {trace.run.torch.split('+')[0]}, {device}"


def _trace_title(trace: Trace) -> str:
    return Path(trace.snippet.path).name if trace.snippet.path else "Trace"
