"""The window: makes the parts, places them, and makes the features that connect them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QVBoxLayout, QWidget

from app.gui.actions import Actions
from app.gui.docks import BottomPanel, Docks
from app.gui.documents import Documents
from app.gui.graph.view import GraphView
from app.gui.menus import example_menu, fill_menu_bar
from app.gui.panels.banner import Banner
from app.gui.panels.console import Console
from app.gui.panels.details_panel import DetailsPanel
from app.gui.panels.gradients_panel import GradientsPanel
from app.gui.panels.header import Header
from app.gui.panels.inspector import Inspector
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.status_bar import StatusBar
from app.gui.panels.timeline.panel import Timeline
from app.gui.run_controller import RunController
from app.gui.selection_link import SelectionLink
from app.gui.settings import Settings
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_BASE
from app.gui.toolbar import Toolbar
from app.gui.window.arrangement import Arrangement
from app.gui.window.asking import Asking
from app.gui.window.completion import Completion
from app.gui.window.display import Display
from app.gui.window.drops import Drops
from app.gui.window.files import Files
from app.gui.window.findings import Findings
from app.gui.window.folding import Folding
from app.gui.window.gradient_paths import GradientPaths
from app.gui.window.help import Help
from app.gui.window.hover import Hover
from app.gui.window.how_to_run import HowToRun
from app.gui.window.journeys import Journeys
from app.gui.window.lessons import Lessons
from app.gui.window.live import Live
from app.gui.window.locating import Locating
from app.gui.window.look import Look, wanted_theme
from app.gui.window.outline import OutlineDock
from app.gui.window.panes import Panes
from app.gui.window.places import Places
from app.gui.window.preferences import Preferences
from app.gui.window.presentation import Presentation
from app.gui.window.relations import Relations
from app.gui.window.replay import Replay
from app.gui.window.runs import Runs
from app.gui.window.search import Search
from app.gui.window.tabs import Tabs
from app.gui.window.trials import Trials
from app.gui.window.verdict import Verdict
from app.gui.window.web_page import WebPage
from app.gui.window.what_if import WhatIf
from app.process.client import Tracer
from app.session.language import tr


class Themed(Protocol):
    def set_theme(self, theme: Theme) -> None: ...


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
        self.controller = RunController(
            tracer or Tracer(self.settings.interpreter), self.settings.interpreter or ""
        )
        theme = wanted_theme(self.settings)
        self._make_parts(theme)
        self._place_parts()
        self._make_features(theme)
        self.resize(1440, 900)
        self.setMinimumSize(1024, 680)
        self.editor.setFocus()

    def _make_parts(self, theme: Theme) -> None:
        self.actions_ = Actions(self, theme)
        self.snippet = SnippetPanel(theme)
        self.editor = self.snippet.editor
        self.documents = Documents(self.editor, self.settings, self)
        self.graph_header = Header(tr("Graph"))
        self.banner = Banner(theme)
        self.graph = GraphView(theme)
        self.gradients = GradientsPanel(theme)
        self.details = DetailsPanel(theme)
        self.console = Console(theme)
        self.timeline = Timeline(theme)
        self.status = StatusBar(theme)
        self.examples_menu = example_menu(self, self.documents.open_example)
        self.lessons_menu = QMenu(tr("&Lessons"), self)
        self.layout_menu = QMenu(tr("&Layout"), self)
        self.toolbar = Toolbar(theme, self.actions_, self.examples_menu)
        self.themed: Sequence[Themed] = (
            self.actions_, self.toolbar, self.snippet, self.banner, self.graph, self.gradients,
            self.details, self.console, self.timeline, self.status,
        )  # fmt: skip
        self.link = SelectionLink(self.editor, self.graph, self.gradients, self.details)

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
            self,
            self.actions_,
            self.docks,
            self.settings,
            self.examples_menu,
            self.lessons_menu,
            self.layout_menu,
            self.documents.open,
        )

    def _make_features(self, theme: Theme) -> None:
        """A line each: a feature takes the parts that it needs and connects itself."""
        self.display = Display(self)
        self.how_to_run = HowToRun(self)
        self.folding = Folding(self)
        self.runs = Runs(self)
        self.files = Files(self)
        self.places = Places(self)
        self.trials = Trials(self)
        self.findings = Findings(self)
        self.tabs = Tabs(self)
        self.search = Search(self)
        self.live = Live(self)
        self.completion = Completion(self)
        self.drops = Drops(self)
        self.arrangement = Arrangement(self)
        self.locating = Locating(self)
        self.relations = Relations(self)
        self.gradient_paths = GradientPaths(self)
        self.journeys = Journeys(self)
        self.hover = Hover(self)
        self.look = Look(self, theme)
        self.verdict = Verdict(self)
        self.lessons = Lessons(self)
        self.outline = OutlineDock(self)
        self.replay = Replay(self)
        self.asking = Asking(self)
        self.web_page = WebPage(self)
        self.help = Help(self)
        self.preferences = Preferences(self)
        self.panes = Panes(self)
        self.presentation = Presentation(self)
        self.what_if = WhatIf(self, theme)
        self.files.show_name()
        self.display.forget()

    # ------------------------------------------------------------------ what can be asked of it

    def load_text(self, text: str) -> None:
        """Put a snippet into the editor, in place of what is there."""
        self.documents.show_text(text)

    def run(self) -> None:
        """Trace what the editor holds; `traceReady` follows unless there is nothing to run."""
        self.runs.run()

    def open_path(self, path: Path) -> None:
        """Open a trace (.json) or a snippet (anything else)."""
        self.files.open(path)

    def open_trace(self, path: Path) -> None:
        """Show a trace document in place of the snippet; `traceReady` follows."""
        self.files.open_trace(path)

    @property
    def theme(self) -> Theme:
        return self.look.theme

    def set_theme(self, theme: Theme) -> None:
        self.look.set_theme(theme)

    def restore(self) -> None:
        """Size, place and docks as the last window left them."""
        self.look.restore()
        self.verdict.follow()
        self.lessons.follow()

    # -------------------------------------------------------------------------------- life

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.docks.follow(event.size().width())
        self.toolbar.follow(event.size().width())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look.size_once()
        QTimer.singleShot(0, self.controller.warm_up)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ThemeChange:
            self.look.follow_system()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._asks and not self.documents.may_leave():
            event.ignore()
            return
        self.documents.end(given_up=self._asks)
        self.look.remember()
        self.search.close()
        self.asking.close()
        self.relations.close()
        self.gradient_paths.close()
        self.files.close()
        self.web_page.close()
        self.completion.close()
        self.trials.close()
        self.controller.close()
        self.graph.close()
        event.accept()
