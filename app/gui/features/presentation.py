"""Presentation mode: everything one and a half times as large, one section at a time.

A narrow window shows one pane at a time: text, graph or sections.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QWidget

from app.gui.actions import Actions
from app.gui.docks import BottomPanel, Docks
from app.gui.features.exploring.inspecting import Inspecting
from app.gui.features.exploring.replay import Replay
from app.gui.features.exploring.verdict import Verdict
from app.gui.features.feature import Feature
from app.gui.features.lessons import Lessons
from app.gui.features.panes import Panes
from app.gui.features.programs.tabs import Tabs
from app.gui.graph.view import GraphView
from app.gui.panels.details.panel import DetailsPanel
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.header import Header
from app.gui.panels.sentence_list import SentenceList
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.timeline.panel import Timeline
from app.gui.presentation.loans import Loan
from app.gui.presentation.one_pane import OnePane, Pane
from app.gui.presentation.sections import Sections
from app.gui.presentation.stepping import SteppingKeys
from app.gui.theme.metrics import SPACE
from app.gui.toolbar import Toolbar
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.presentation.magnifier import Magnifier

FACTOR: Final = 1.5
_EDITOR_PIXELS: Final = 20
_SECTIONS_SHARE: Final = 0.31
_EDITOR_SHARE: Final = 0.31
_SLIDER_HEIGHT: Final = 32
_NARROW: Final = 1400
"""Pixels; a narrower window has no room for three panes in large type."""
_TEXT, _GRAPH, _SECTIONS = range(3)


class Presentation(Feature):
    """Enters with F11 and leaves with Esc, which restores everything."""

    def __init__(
        self,
        window: QMainWindow,
        docks: Docks,
        snippet: SnippetPanel,
        words: SentenceList,
        graph: GraphView,
        header: Header,
        gradients: GradientsPanel,
        details: DetailsPanel,
        timeline: Timeline,
        bottom: BottomPanel,
        toolbar: Toolbar,
        replay: Replay,
        verdict: Verdict,
        inspecting: Inspecting,
        lessons: Lessons,
        tabs: Tabs,
        panes: Panes,
        do: Actions,
    ) -> None:
        super().__init__(window)
        self._window, self._docks = window, docks
        self._words = words
        self._snippet, self._editor, self._graph = snippet, snippet.editor, graph
        self._header, self._gradients, self._details = header, gradients, details
        self._timeline, self._bottom, self._toolbar = timeline, bottom, toolbar
        self._replay, self._verdict, self._lessons, self._tabs = replay, verdict, lessons, tabs
        self._inspecting, self._panes = inspecting, panes
        self._one_pane: OnePane | None = None
        self._actions = do
        self._undo: list[Callable[[], object]] = []
        self._magnifiers: list[Magnifier] = []
        self.on(do.present, self._toggle)
        self.on(do.leave_presentation, self._leave)
        self.on(do.present_edit, self._allow_editing)
        self._keys = SteppingKeys(self)
        self.hear(self._keys.stepped, self._step)
        self.hear(self._editor.refused, self._offer_editing)
        self.hear(do.stop.changed, self._tell_keys)
        window.installEventFilter(self)
        self._tell_keys()

    @property
    def is_on(self) -> bool:
        return bool(self._undo)

    def _toggle(self) -> None:
        if self.is_on:
            self._leave()
        else:
            self._enter()

    def _tell_keys(self) -> None:
        """Let Esc stop a run while one is going on, and otherwise leave the presentation."""
        do = self._actions
        do.present.setChecked(self.is_on)
        do.leave_presentation.setEnabled(self.is_on and not do.stop.isEnabled())
        do.present_edit.setEnabled(self.is_on)

    def _step(self, by: int) -> None:
        """Go to the next moment; from the end, where every run is shown first, to the first."""
        replay, steps = self._replay, self._replay.steps
        replay.go_to(1 if steps.position == steps.end and by > 0 else steps.position + by)

    # -------------------------------------------------------------------------------- editing

    def _protect_text(self) -> None:
        """Make the text read-only, so that keys for stepping do not edit it."""
        self._editor.set_protected(True)
        self._undo.append(self._unprotect_text)
        self._keys.start()
        self._undo.append(self._keys.stop)

    def _offer_editing(self) -> None:
        if self.is_on:
            text = tr("The text is read-only while presenting. Press F2 to edit it.")
            self._snippet.notice.show_notice(text, [(tr("Edit"), self._allow_editing)])

    def _unprotect_text(self) -> None:
        self._editor.set_protected(False)
        self._tabs.show_notice()

    def _allow_editing(self) -> None:
        self._unprotect_text()
        if self._one_pane is not None:
            self._one_pane.show_pane(_TEXT)

    # ------------------------------------------------------------------------------- entering

    def _enter(self) -> None:
        window = self._window
        state: QByteArray = window.saveState()
        states = window.windowState()
        self._undo.append(lambda: window.setWindowState(states))
        arranged = self._docks.is_arranged
        self._docks.is_arranged = True  # or they would follow the window's width
        self._docks.is_presenting = True
        self._undo.append(lambda: setattr(self._docks, "is_presenting", False))
        self._undo.append(lambda: setattr(self._docks, "is_arranged", arranged))
        self._undo.append(lambda: window.restoreState(state))
        for part in (
            window.menuBar(),
            window.statusBar(),
            self._header,
            self._verdict.dock,
        ):
            self._hide(part)
        self._toolbar.set_presenting(True)
        self._undo.append(lambda: self._toolbar.set_presenting(False))
        self._graph.set_presenting(FACTOR)
        self._undo.append(lambda: self._graph.set_presenting(None))
        self._enlarge_editor()
        sections = self._show_sections()
        self._show_timeline()
        self._protect_text()
        self._turn_panes(sections)
        window.setWindowState(states | Qt.WindowState.WindowFullScreen)
        self._style()
        self._size()
        self._tell_keys()

    def _hide(self, part: QWidget | None) -> None:
        if part is not None and not part.isHidden():
            part.hide()
            self._undo.append(part.show)

    def _enlarge_editor(self) -> None:
        pixels = self._editor.font_size
        self._editor.set_font_size(_EDITOR_PIXELS)
        self._undo.append(lambda: self._editor.set_font_size(pixels))
        self._without_title(self._docks.snippet)
        self._snippet.want_tabs(False)
        self._undo.append(lambda: self._snippet.want_tabs(True))
        self._snippet.want_below(False)
        self._undo.append(lambda: self._snippet.want_below(True))

    def _without_title(self, dock: QDockWidget) -> None:
        title = dock.titleBarWidget()
        dock.setTitleBarWidget(QWidget())
        self._undo.append(lambda: dock.setTitleBarWidget(title))

    def _show_sections(self) -> Sections:
        panels: list[tuple[str, QWidget]] = [
            (tr("Gradients"), self._gradients),
            (tr("Details"), self._details),
            (tr("In words"), self._words),
        ]
        if self._lessons.is_open:
            panels.append((tr("Lesson"), self._lessons.panel))
        sections = Sections(panels)
        if self._lessons.is_open:
            sections.show_section(len(panels) - 1)
            self._hide(self._lessons.dock)
        self._undo.append(sections.give_back)
        self._magnify(self._docks.inspector, sections)
        return sections

    def _turn_panes(self, sections: Sections) -> None:
        """Let F6 turn from pane to pane, as long as the window is too narrow for all of them."""
        docks, centre = self._docks, self._window.centralWidget()
        assert centre is not None
        panes = (
            Pane(docks.snippet, self._editor),
            Pane(centre, self._graph),
            Pane(docks.inspector, sections.header.tab(0)),
        )
        self._one_pane = OnePane(panes, _SECTIONS if self._lessons.is_open else _GRAPH)
        self._undo.append(lambda: self._show_one(False))

    def _show_one(self, on: bool) -> None:
        if self._one_pane is None or on == self._one_pane.is_on:
            return
        self._one_pane.set_on(on)
        self._panes.lend(self._one_pane.turn if on else None)
        keys = tr("F6 next pane  ·  Space next step  ·  F2 edit  ·  Esc leave")
        self._toolbar.show_hint(keys if on else "")
        if on:
            self._graph.fit()

    def _show_timeline(self) -> None:
        """Show the timeline's slider with its buttons."""
        self._bottom.show_timeline()
        slim = self._timeline.is_slim
        self._timeline.set_slim(False)
        self._undo.append(lambda: self._timeline.set_slim(slim))
        loans = [Loan(part) for part in (self._timeline, self._replay.transport)]
        for loan in loans:
            self._undo.append(loan.give_back)
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, SPACE, 0)
        row.addWidget(self._timeline, 1)
        row.addWidget(self._replay.transport)
        for part in (self._timeline, self._replay.transport):
            part.show()
        magnifier = self._magnify(self._docks.bottom, bar)
        magnifier.setFixedHeight(round(_SLIDER_HEIGHT * FACTOR))

    def _magnify(self, dock: QDockWidget, content: QWidget) -> Magnifier:
        """Show the content of a dock magnified in its place."""
        from app.gui.presentation.magnifier import Magnifier  # loads Qt's graphics view

        before = dock.widget()
        magnifier = Magnifier(FACTOR)
        magnifier.hold(content)
        self._without_title(dock)
        dock.setWidget(magnifier)
        self._magnifiers.append(magnifier)

        def put_back() -> None:
            dock.setWidget(before)
            before.show()
            magnifier.deleteLater()

        self._undo.append(put_back)
        return magnifier

    def _style(self) -> None:
        rules, palette = self._window.styleSheet(), self._window.palette()
        for magnifier in self._magnifiers:
            magnifier.set_style(rules, palette)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.is_on and event.type() == QEvent.Type.StyleChange:
            self._style()
        elif self.is_on and event.type() == QEvent.Type.Resize:
            self._size()
        elif self.is_on and event.type() == QEvent.Type.Close:
            self._leave()  # what is remembered is the window as it was before
        return super().eventFilter(watched, event)

    def _size(self) -> None:
        window = self._window
        self._show_one(window.width() < _NARROW)
        editor, sections = window.width() * _EDITOR_SHARE, window.width() * _SECTIONS_SHARE
        docks = self._docks
        window.resizeDocks(
            [docks.snippet, docks.inspector],
            [round(editor), round(sections)],
            Qt.Orientation.Horizontal,
        )

    # -------------------------------------------------------------------------------- leaving

    def _leave(self) -> None:
        while self._undo:
            self._undo.pop()()
        self._magnifiers.clear()
        self._one_pane = None
        self._verdict.follow()
        self._inspecting.follow()
        self._lessons.follow()
        self._tell_keys()
