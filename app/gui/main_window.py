"""The window: makes the parts, places them, and makes the features that connect them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu

from app.gui.actions import Actions
from app.gui.asking.chips import GuessChips
from app.gui.asking.panel import QuestionPanel
from app.gui.asking.score import ScoreLine
from app.gui.asking.strip import QuestionStrip
from app.gui.controls.reading_order import move_focus
from app.gui.docks import BottomPanel, Docks, column
from app.gui.features.appearance import Appearance, Themed, wanted_theme
from app.gui.features.comparing.comparing import Comparing
from app.gui.features.comparing.on_clock import OnClock
from app.gui.features.comparing.processes import ProcessSwitch
from app.gui.features.exploring.arrangement import Arrangement
from app.gui.features.exploring.bytes_kept import BytesKept
from app.gui.features.exploring.folding import Folding, Redrawing
from app.gui.features.exploring.gradient_paths import GradientPaths
from app.gui.features.exploring.hover import Hover
from app.gui.features.exploring.inspecting import Inspecting
from app.gui.features.exploring.iterations import Iterations
from app.gui.features.exploring.journeys import Journeys
from app.gui.features.exploring.lanes import TimelineLanes
from app.gui.features.exploring.line_notes import LineNotes
from app.gui.features.exploring.locating import Locating
from app.gui.features.exploring.outline import OutlineDock
from app.gui.features.exploring.relations import Relations
from app.gui.features.exploring.replay import Replay
from app.gui.features.exploring.search import Search
from app.gui.features.exploring.selection_link import SelectionLink
from app.gui.features.exploring.shown_graph import ShownGraph
from app.gui.features.exploring.shown_run import ShownRun
from app.gui.features.exploring.verdict import Verdict
from app.gui.features.feature import Feature
from app.gui.features.first_steps import FirstSteps
from app.gui.features.help import Help
from app.gui.features.leaving import Leaving, TemporaryView
from app.gui.features.lecture_page import LecturePage
from app.gui.features.lessons import Lessons
from app.gui.features.marks import MarkCards
from app.gui.features.palette import Palette
from app.gui.features.panes import Panes
from app.gui.features.preferences import Preferences
from app.gui.features.programs.completion import Completion
from app.gui.features.programs.drops import Drops
from app.gui.features.programs.files import Files
from app.gui.features.programs.files_of_run import FilesOfRun
from app.gui.features.programs.findings import Findings
from app.gui.features.programs.how_to_run import HowToRun
from app.gui.features.programs.live import Live
from app.gui.features.programs.measure_tab import MeasureTab
from app.gui.features.programs.places import VisitedPlaces
from app.gui.features.programs.progress import RunProgress
from app.gui.features.programs.repairs import Repairs
from app.gui.features.programs.runs import Runs
from app.gui.features.programs.tabs import Tabs
from app.gui.features.programs.trials import Trials
from app.gui.features.teaching.ask_the_room import AskTheRoom
from app.gui.features.teaching.besides import Besides
from app.gui.features.teaching.lecture_text import LectureText
from app.gui.features.teaching.nudge_tab import NudgeTab
from app.gui.features.teaching.opened_step import ShowNumbers
from app.gui.features.teaching.page_pictures import PagePictures
from app.gui.features.teaching.presentation import Presentation
from app.gui.features.teaching.saved_runs import SavedRuns
from app.gui.features.teaching.scene_tab import SceneTab
from app.gui.features.teaching.scenes import Scenes
from app.gui.features.web_page import WebPage
from app.gui.features.what_if.as_written import AsWritten
from app.gui.features.what_if.changing import Changing
from app.gui.features.what_if.chip import WhatIfChip
from app.gui.features.what_if.holding import Holding
from app.gui.files.documents import Documents
from app.gui.files.run_files import RunFiles
from app.gui.graph.pass_stepper import PassStepper
from app.gui.graph.view import GraphView
from app.gui.lessons.panel import LessonPanel
from app.gui.lessons.preview import PagePreview
from app.gui.menus import example_menu, fill_menu_bar
from app.gui.panels.banner import Banner
from app.gui.panels.chip import Chip
from app.gui.panels.comparing.columns import GraphColumns
from app.gui.panels.comparing.panel import ComparePanel
from app.gui.panels.console import Console
from app.gui.panels.details.inspector import Inspector, InspectorPage
from app.gui.panels.details.panel import DetailsPanel
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.header import Header
from app.gui.panels.outline_panel import OutlinePanel
from app.gui.panels.scenes.strip import SceneStrip
from app.gui.panels.sentence_list import SentenceList
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.status_bar import StatusBar
from app.gui.panels.timeline.panel import Timeline
from app.gui.panels.verdict.bar import VerdictBar
from app.gui.panels.what_if.bar import WhatIfBar
from app.gui.panels.what_if.changed import WhatItChanged
from app.gui.running.run_controller import RunController
from app.gui.settings import Settings
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_BASE
from app.gui.toolbar import Toolbar
from app.process.client import Tracer
from app.session.language import tr
from app.session.workspace import Workspace

if TYPE_CHECKING:
    from app.gui.features.programs.measurements import Measurements
    from app.gui.features.teaching.nudges import Nudges
    from app.gui.running.prepared import Prepared


_Feature = TypeVar("_Feature", bound=Feature)
_LEAST = QSize(1024, 680)
"""The least size of the window, on a screen that has room for it."""


class MainWindow(QMainWindow):
    """`settings` default to the user's own, `tracer` to one of this interpreter.

    Without `asks_before_closing`, unsaved text is kept as a draft when the window closes.
    """

    traceReady = Signal(object)
    """A `Trace`, when every panel shows it; the graph may still be being laid out."""

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
        self.workspace: Workspace[Prepared] = Workspace()
        self._features: list[Feature] = []
        self.controller = RunController(
            tracer or Tracer(self.settings.interpreter), self.settings.interpreter or ""
        )
        theme = wanted_theme(self.settings)
        self._make_parts(theme)
        self._place_parts()
        self._make_features(theme)
        self.resize(1440, 900)
        self.setMinimumSize(_LEAST.boundedTo(self.screen().availableGeometry().size()))
        self.editor.setFocus()

    def _make_parts(self, theme: Theme) -> None:
        self.actions_ = Actions(self, theme)
        self.snippet = SnippetPanel(theme)
        self.editor = self.snippet.editor
        self.documents = Documents(self.editor, self.settings, self)
        self.run_files = RunFiles(self.documents)
        self.graph_header = Header(tr("Graph"))
        self.banner = Banner(theme, self.actions_.run_settings)
        self.graph = GraphView(theme)
        self.passes = PassStepper(theme)
        self.columns = GraphColumns(theme, self.graph, self.actions_)
        self.compare_panel = ComparePanel(theme, self.actions_)
        self.gradients = GradientsPanel(theme)
        self.details = DetailsPanel(theme)
        self.findings = SentenceList(theme, tr("Findings"), "findingsPanel")
        self.words = SentenceList(theme, tr("In words"), "inWordsPanel")
        self.inspector = Inspector(self.gradients, self.findings, self.details)
        self.what_it_changed = WhatItChanged(theme, self.actions_.compare_what_if)
        self.inspector.hold(InspectorPage.WHAT_IF, self.what_it_changed)
        self.console = Console(theme)
        self.timeline = Timeline(theme)
        self.scene_strip = SceneStrip(theme)
        self.status = StatusBar(theme)
        self.examples_menu = example_menu(self, self.documents.open_example)
        self.lessons_menu = QMenu(tr("&Lessons"), self)
        self.layout_menu = QMenu(tr("&Layout"), self)
        self.toolbar = Toolbar(theme, self.actions_, self.examples_menu)
        self.outline_panel = OutlinePanel(theme)
        self.lesson_panel = LessonPanel(theme)
        self.preview = PagePreview()
        self.question_panel = QuestionPanel(theme)
        self.question_strip = QuestionStrip()
        self.score = ScoreLine(theme)
        self.chips = GuessChips(theme, self.editor)
        self.verdict_bar = VerdictBar(theme)
        self.what_if = Chip(theme)
        do = self.actions_
        self.what_if_bar = WhatIfBar(theme, do.write_what_if, do.compare_what_if, do.reset_what_if)
        self._themed: Sequence[Themed] = (
            self.actions_, self.toolbar, self.snippet, self.banner, self.graph, self.gradients,
            self.details, self.console, self.timeline, self.status, self.outline_panel,
            self.lesson_panel, self.passes, self.verdict_bar, self.what_if, self.what_if_bar,
            self.findings,
            self.what_it_changed,
            self.words, self.columns, self.compare_panel, self.scene_strip, self.question_panel,
            self.score, self.chips,
        )  # fmt: skip

    def _place_parts(self) -> None:
        self.addToolBar(self.toolbar)
        self.addToolBarBreak()
        self.addToolBar(self.what_if_bar)
        self.setStatusBar(self.status)
        above = column((self.graph_header, 0), (self.graph.legend_line, 0))
        below = column((self.columns, 1), (self.question_strip, 0))
        self.graph_parts = above, below
        """What the preview of a lecture's page replaces."""
        centre = column((above, 0), (self.banner, 0), (below, 1), (self.preview, 1))
        centre.setMinimumWidth(280)
        self.setCentralWidget(centre)
        for part in (self.compare_panel.header, self.compare_panel):
            part.setParent(self)  # else they are Python's, which frees them in any order
            part.hide()
        self.graph_header.add_widget(self.passes)
        add_button = self.graph_header.add_action
        self._numbers_button = add_button(self.actions_.numbers)
        self._bytes_button = add_button(self.actions_.bytes_kept)
        self._setup_button = add_button(self.actions_.hide_setup)
        self.graph_header.add_widget(self.what_if)
        self.bottom = BottomPanel(self.timeline, self.scene_strip, self.console)
        self.docks = Docks(
            self,
            (self.snippet.header, self.snippet),
            (self.gradients.header, self.inspector),
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
        """Make the features.  Each receives what it needs; what others need is made first."""
        self._show_runs(theme)
        self._make_runs()
        self._find_ways()
        self._edit_text()
        self._make_lectures()
        self._frame()
        self._teach()
        self._shown_run.forget()  # so that all of them show that there is no run yet

    def _add(self, feature: _Feature) -> _Feature:
        self._features.append(feature)
        return feature

    def _show_runs(self, theme: Theme) -> None:
        """Make the features that show the run of the workspace in the panels."""
        add, do, workspace = self._add, self.actions_, self.workspace
        snippet, editor, graph, gradients = self.snippet, self.editor, self.graph, self.gradients
        run_files = self.run_files
        self.appearance = add(
            Appearance(self, self._themed, self.docks, editor, self.settings, do, theme)
        )
        add(ShownGraph(workspace, graph))
        add(Redrawing(workspace, graph))
        add(Folding(workspace, graph, do, self.toolbar.level, self.passes))
        add(SelectionLink(workspace, editor, run_files, gradients, self.details))
        add(Hover(workspace, graph, editor))
        self.replay = add(
            Replay(
                workspace,
                do,
                self.timeline,
                self.bottom,
                run_files,
                snippet,
                self.words,
                gradients,
                self.graph_header,
            )
        )
        self.inspecting = add(
            Inspecting(workspace, self.inspector, snippet, self.words, self.docks)
        )
        add(BytesKept(workspace, graph, gradients, editor, do))
        add(TimelineLanes(self.docks, self.bottom, self.timeline, self.settings, do))
        self._shown_run = add(
            ShownRun(
                workspace, self.documents, run_files, snippet, self.findings, gradients,
                self.console, self.bottom, self.banner, self.status,
            )
        )  # fmt: skip

    def _make_runs(self) -> None:
        """Make the features that start runs and compare them."""
        add, do, workspace = self._add, self.actions_, self.workspace
        editor, graph, banner = self.editor, self.graph, self.banner
        documents, controller = self.documents, self.controller
        self.how_to_run = add(
            HowToRun(self, documents, self.settings, controller, self.toolbar, do)
        )
        add(
            RunProgress(
                workspace, controller, documents, self.how_to_run, self.verdict_bar, graph,
                self.gradients, self.status,
            )
        )  # fmt: skip
        self.runs = add(
            Runs(
                workspace, self._shown_run, controller, documents, self.run_files,
                self.how_to_run, editor, self.console, banner, self.status, self.toolbar, do,
            )
        )  # fmt: skip
        self.runs.ready.connect(self.traceReady)
        self.measure_tab = add(MeasureTab(self.inspector, self.docks, do, self._make_measurements))
        self.nudge_tab = add(
            NudgeTab(
                workspace, self.inspector, self.docks, self.gradients, graph, do,
                self._make_nudges,
            )
        )  # fmt: skip
        self.comparing = add(
            Comparing(
                workspace, documents, editor, graph, self.columns, self.compare_panel,
                self.docks, (self.graph_header, graph.legend_line), self.status,
                self.replay, do,
            )
        )  # fmt: skip
        buttons = self.verdict_bar.processes
        switch = add(
            ProcessSwitch(workspace, documents, self._shown_run, self.comparing, buttons, do)
        )
        add(OnClock(workspace, documents, switch, self.replay, self.bottom, do))
        self.live = add(
            Live(
                workspace, documents, editor, graph, banner, controller, self.settings, do,
                self.runs.run_live,
            )
        )  # fmt: skip
        self.trials = add(Trials(workspace, controller, self._shown_run.show_findings, self))
        self.changing = add(
            Changing(
                workspace, documents, editor, graph, self.what_if_bar, self.toolbar.mode, do,
                self.runs.run_live,
            )
        )  # fmt: skip
        add(WhatIfChip(workspace, self.changing, self.what_if))
        add(Holding(workspace, self.changing, self.gradients, graph, do))
        add(AsWritten(workspace, documents, self.comparing, self.what_it_changed, do))

    def _make_measurements(self) -> Measurements:
        from app.gui.features.programs.measurements import Measurements  # seldom wanted

        return Measurements(
            self, self.controller, self.runs, self.documents, self.editor, self.status,
            self.toolbar, self.appearance, self.settings, self.actions_,
        )  # fmt: skip

    def _make_nudges(self) -> Nudges:
        from app.gui.features.teaching.nudges import Nudges  # seldom wanted

        return Nudges(
            self, self.workspace, self.controller, self.status, self.appearance, self.actions_
        )

    def _find_ways(self) -> None:
        """Make the features for finding and going to places of a run."""
        add, do, workspace, graph = self._add, self.actions_, self.workspace, self.graph
        self.locating = add(Locating(workspace, graph))
        go_to = self.locating.go_to
        self.places = add(
            VisitedPlaces(
                workspace,
                self.documents,
                self.run_files,
                self.snippet,
                self.words,
                self.findings,
                self.details,
                graph,
                self.console,
                self.banner,
                self.status,
                do,
                go_to,
            )
        )
        go_to_line = self.places.go_to_line
        add(
            ShowNumbers(
                workspace, self.controller, graph, self.details.saved,
                (self._numbers_button, self._setup_button), go_to_line, do,
            )
        )  # fmt: skip
        add(
            Findings(
                workspace, self.documents, self.editor, self.findings, self.inspector, self.status,
                self.trials, do, go_to_line, self.run_files, self.appearance, self,
            )
        )  # fmt: skip
        self.iterations = add(
            Iterations(
                workspace, self.gradients, self.findings, self.docks, self.bottom, self.places, do
            )
        )
        field, leave = self.toolbar.search, self.editor.setFocus
        self.search = add(Search(workspace, field, graph, self.gradients, do, go_to, leave))
        add(Relations(workspace, graph, self.gradients, do))
        add(GradientPaths(workspace, self))
        add(Journeys(workspace, graph, do, self.documents))
        self.outline = add(OutlineDock(workspace, self.outline_panel, self.docks, graph, do, go_to))
        self.verdict = add(
            Verdict(workspace, self.verdict_bar, self.docks, self.gradients, do, go_to_line)
        )
        add(Palette(workspace, self, self.appearance, do, go_to))

    def _edit_text(self) -> None:
        add, do, workspace, documents = self._add, self.actions_, self.workspace, self.documents
        self.files = add(
            Files(
                workspace, self, documents, self.controller, self.editor, self.graph, self.banner,
                self.status, self.toolbar, lambda path: self.lessons.open_path(path),
                lambda run: self.besides.others(run).getter(), do,
            )
        )  # fmt: skip
        self.tabs = add(Tabs(documents, self.snippet.tab_bar, self.snippet.notice, do))
        go_to_line = self.places.go_to_line
        add(FilesOfRun(workspace, self.run_files, documents, self.snippet, go_to_line))
        add(LineNotes(workspace, self.snippet, go_to_line))
        add(Repairs(workspace, self, documents, self.editor, self.tabs, self.appearance, do))
        add(Completion(workspace, self.editor, documents, self.controller, self.how_to_run, do))
        texts = (self.editor.viewport(), self.console.viewport())
        add(Drops(self, texts, self.files.open))

    def _make_lectures(self) -> None:
        """Make the features for lessons, scenes and the files of a lecture."""
        add, do, workspace, graph = self._add, self.actions_, self.workspace, self.graph
        self.scenes = add(
            Scenes(workspace, self.documents, graph, self.scene_strip, self.bottom, do)
        )
        self.besides = self.scenes.besides = add(
            Besides(
                workspace, self.documents, self.controller, self.runs, self.comparing, self.status
            )
        )
        self.besides.placed.connect(self.scenes.look_again)
        self.lessons = add(
            Lessons(
                workspace, self, self.lesson_panel, self.docks, self.documents, self.editor,
                self.banner, self.settings, self.lessons_menu, self.scenes, do,
            )
        )  # fmt: skip
        add(
            LectureText(
                self.documents, self.snippet, self.lessons, self.docks, self.preview,
                self.graph_parts, do,
            )
        )  # fmt: skip
        add(SavedRuns(workspace, self._shown_run, self.lessons, self.banner))
        add(
            SceneTab(
                workspace, self.inspector, self.docks, self.bottom, self.scenes, self.lessons
            )
        )  # fmt: skip
        add(
            PagePictures(
                workspace, self.documents, self.lessons, self.scenes, self.scene_strip,
                self.appearance, self.besides,
            )
        )  # fmt: skip

    def _frame(self) -> None:
        """Make the features around a run: pages, help, settings, panes, and what Esc leaves."""
        add, do, workspace, graph = self._add, self.actions_, self.workspace, self.graph
        self.arrangement = add(Arrangement(graph, self.settings, self.layout_menu))
        self.web_page = add(
            WebPage(
                workspace, self.controller, self, self.documents, self.banner, self.status,
                lambda: self.comparing.pinned, do,
            )
        )  # fmt: skip
        add(
            LecturePage(
                self, self.documents, self.controller, self.runs, self.banner, self.status, do
            )
        )
        add(Help(self, self.appearance, self.controller, do))
        self.marks = add(
            MarkCards(
                workspace, self.docks, self.editor, graph, self.gradients, self.appearance, do,
                self.lessons.open_lesson,
            )
        )  # fmt: skip
        self.first_steps = add(
            FirstSteps(
                workspace, self.documents, self.controller, graph, self.appearance,
                self.snippet.next_steps, self.examples_menu, do, self.lessons.open_lesson, self.run,
            )
        )  # fmt: skip
        add(
            Preferences(
                self, self.settings, self.editor, self.appearance, self.arrangement,
                self.how_to_run, self.controller, do,
            )
        )  # fmt: skip
        panes = (
            self.verdict_bar, self.editor, self.snippet.below, graph, self.gradients.header,
            self.gradients, self.compare_panel.header, self.compare_panel, self.inspector.tabbed,
            self.bottom, self.toolbar, self.what_if_bar,
        )  # fmt: skip
        self.panes = add(Panes(self, panes, do))
        add(Leaving(self, self._views()))

    def _teach(self) -> None:
        """Make the features for a class: presentation and questions to the room."""
        add, do, workspace, graph = self._add, self.actions_, self.workspace, self.graph
        self.presentation = add(
            Presentation(
                workspace, self, self.docks, self.snippet, self.words, graph, self.graph_header,
                self.gradients, self.details, self.toolbar, self.what_if_bar, self.replay,
                self.verdict, self.inspecting, self.lessons, self.tabs, self.panes,
                self.appearance, self.scenes, self.nudge_tab, do,
            )
        )  # fmt: skip

        toolbar = self.toolbar
        of_graph = self._bytes_button, self._setup_button
        locked = toolbar.device, toolbar.mode, toolbar.level, toolbar.search
        self.ask_the_room = add(
            AskTheRoom(
                workspace, self.docks, self.snippet, graph, self.gradients, self.inspector,
                self.timeline, self.bottom, self.graph_header, self.status, self.question_panel,
                self.question_strip, self.score, self.chips, self.replay.transport,
                of_graph, locked, do,
            )
        )  # fmt: skip
        self.scenes.asks = self.ask_the_room

    def _views(self) -> Sequence[TemporaryView]:
        """Return what Esc leaves."""
        do, gradients, inspector = self.actions_, self.gradients, self.inspector
        return (
            TemporaryView(
                (gradients.header, gradients),
                lambda: gradients.is_over_iterations,
                gradients.all_iterations.toggle,
                gradients.table,
            ),
            TemporaryView(
                (self.columns, self.compare_panel.header, self.compare_panel),
                do.compare.isChecked,
                do.unpin.trigger,
                self.graph,
            ),
            TemporaryView(
                (inspector.tabbed,),
                lambda: inspector.page == InspectorPage.MEASURE,
                do.measuring.toggle,
                self.editor,
            ),
            TemporaryView(
                (inspector.tabbed,),
                lambda: inspector.page == InspectorPage.NUDGE,
                self.nudge_tab.leave,
                gradients.table,
            ),
        )

    # ------------------------------------------------------------------ what can be asked of it

    def load_text(self, text: str) -> None:
        """Put a snippet into the editor, in place of what is there."""
        self.documents.show_text(text)

    def run(self) -> None:
        """Trace what the editor holds; `traceReady` follows unless there is nothing to run."""
        self.runs.run()

    def open_paths(self, *paths: Path) -> None:
        """Open traces (.json), which may be of several processes, and snippets (anything else)."""
        self.files.open(paths)

    def open_trace(self, path: Path) -> None:
        """Show a trace document in place of the snippet; `traceReady` follows."""
        self.files.open_traces([path])

    @property
    def theme(self) -> Theme:
        return self.appearance.theme

    def set_theme(self, theme: Theme) -> None:
        self.appearance.set_theme(theme)

    def restore(self) -> None:
        """Restore size, position and docks of the last window."""
        self.appearance.restore()
        self.verdict.follow()
        self.lessons.follow()

    # -------------------------------------------------------------------------------- life

    def focusNextPrevChild(self, next: bool) -> bool:
        return move_focus(self, forward=next)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.docks.follow(event.size().width())
        self.toolbar.follow(event.size().width())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.appearance.size_once()
        QTimer.singleShot(0, self.controller.warm_up)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ThemeChange:
            self.appearance.follow_system()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._asks and not self.documents.may_leave():
            event.ignore()
            return
        self.documents.end(given_up=self._asks)
        self.appearance.remember()
        while self._features:
            self._features.pop().close()
        self.controller.close()
        event.accept()
