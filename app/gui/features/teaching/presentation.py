"""The window in front of a room: a bar, large panes, and a foot that steps through the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar, QWidget

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.features.appearance import Appearance
from app.gui.features.exploring.inspecting import Inspecting
from app.gui.features.exploring.replay import Replay
from app.gui.features.exploring.verdict import Verdict
from app.gui.features.feature import Feature
from app.gui.features.lessons import Lessons
from app.gui.features.panes import Panes
from app.gui.features.programs.tabs import Tabs
from app.gui.features.teaching.nudge_tab import NudgeTab
from app.gui.features.teaching.scenes import Scenes
from app.gui.graph.view import ROOM_ZOOM, GraphView
from app.gui.panels.banner import Banner
from app.gui.panels.details.panel import DetailsPanel
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.header import Header
from app.gui.panels.sentence_list import SentenceList
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.timeline.both import BothLanes
from app.gui.presentation.room_keys import RoomKeys
from app.gui.toolbar import Toolbar
from app.session.graph.grouping.folds import AT_FIRST, FoldState, to_depth
from app.session.language import tr
from app.session.look import geometry as g

if TYPE_CHECKING:
    from app.gui.features.teaching.spotlight import Spotlight
    from app.gui.presentation.bar import RoomBar
    from app.gui.presentation.magnifier import Magnifier
    from app.gui.presentation.room import RoomPane, RoomView
    from app.gui.presentation.speaker import SpeakerView
    from app.gui.running.prepared import Prepared
    from app.session.scenes.matching import Index
    from app.session.scenes.records import FreePart, Scene, ScenePane, Thing
    from app.session.workspace import Workspace

FACTOR: Final = 1.5
_ZOOM, _MOST_ZOOMS = 0.1, 5
"""By how much a step makes all panes larger, and how many steps up and down there are."""
_EDITOR_PIXELS: Final = 20
_EDITOR_SHARE, _SHARE = 0.26, 0.29
"""The widths of the text and of other panels beside the graph, as shares of the room's."""
_BETWEEN_ROWS: Final = 18
"""Between two rows of the graph, in its own pixels, about."""
CODE, GRAPH, GRADIENTS, WORDS, DETAILS, LESSON = range(6)


class Presentation(Feature):
    """Enters with F11 and leaves with Esc, which restores everything."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        window: QMainWindow,
        docks: Docks,
        snippet: SnippetPanel,
        words: SentenceList,
        graph: GraphView,
        header: Header,
        gradients: GradientsPanel,
        details: DetailsPanel,
        toolbar: Toolbar,
        what_if_bar: QToolBar,
        replay: Replay,
        verdict: Verdict,
        inspecting: Inspecting,
        lessons: Lessons,
        tabs: Tabs,
        panes: Panes,
        appearance: Appearance,
        scenes: Scenes,
        nudge_tab: NudgeTab,
        do: Actions,
    ) -> None:
        super().__init__(window)
        self._workspace, self._window, self._docks = workspace, window, docks
        self._words = words
        self._snippet, self._editor, self._graph = snippet, snippet.editor, graph
        self._header, self._gradients, self._details = header, gradients, details
        self._toolbar, self._what_if_bar, self._appearance = toolbar, what_if_bar, appearance
        self._replay, self._verdict, self._lessons, self._tabs = replay, verdict, lessons, tabs
        self._inspecting, self._panes = inspecting, panes
        self._scenes, scenes.stage = scenes, self
        self._nudge_tab = nudge_tab
        self._before_nudging: Sequence[int] = ()
        """The panes that were shown before that of the details came for nudging."""
        self.room: RoomView | None = None
        self.spotlight: Spotlight | None = None
        self.speaker: SpeakerView | None = None
        """On the other screen, if there are two."""
        self._actions = do
        self._undo: list[Callable[[], object]] = []
        self._is_asked = False
        """Whether the room is asked."""
        self._larger = 0
        """By how many steps all is larger than a presentation is at first."""
        self._magnifiers: list[Magnifier] = []
        self.on(do.present, self._toggle)
        self.on(do.leave_presentation, self._close_one)
        self.on(do.present_edit, self._allow_editing)
        self.on(do.spotlight, lambda: self._obey("spotlight"))
        self.on(do.find, lambda: self._show_search(True))
        self.hear(toolbar.search.left, lambda: self._show_search(False))
        self._keys = RoomKeys(graph, self)
        self.hear(self._keys.pressed, self._obey)
        self.hear(self._keys.panePressed, self._press_pane)
        self.hear(self._editor.refused, self._offer_editing)
        self.hear(do.stop.changed, self._tell_keys)
        self.hear(replay.shown, self._show_step)
        self.hear(appearance.changed, self._style)
        self.hear(scenes.changed, self._show_scene)
        self.hear(workspace.changed, self._fold_to_fit)
        self.hear(workspace.covered_changed, self._cover)
        self.hear(docks.inspectorTaken, self._make_room_for_two)
        self.hear(nudge_tab.opened, self._show_nudging)
        self.hear(nudge_tab.left, self._leave_nudging)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        self.hear(application.screenRemoved, self._follow_screens)
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
        do.spotlight.setEnabled(self.is_on)

    # ----------------------------------------------------------------------------------- keys

    def _obey(self, command: str) -> None:
        """Do what a key says."""
        if self.spotlight is None:
            return
        light, veil = self.spotlight, self.spotlight.veil
        was_blank = veil.is_blank
        veil.set_blank(command == "blank" and not was_blank)
        match command:
            case "next" | "back":
                self._go(1 if command == "next" else -1)
            case "step" | "step back":
                self._step(1 if command == "step" else -1)
            case "begin" if self._scenes.all:
                self._scenes.show(0)
            case "begin":
                self._replay.go_to(0)
            case "spotlight":
                light.set_pen(None)
                light.toggle()
            case "pen" | "other pen":
                accent = command == "other pen"
                light.set_pen(None if light.pen is accent else accent)
            case "wipe":
                veil.wipe()
            case "swap" if self.speaker is not None:
                self._put_on_screens(self.speaker.screen(), self._window.screen())
            case "nudge" if self._is_nudging:
                self._nudge_tab.leave()
            case "nudge":
                self._actions.nudge.trigger()
        self._actions.spotlight.setChecked(light.is_on)

    def _go(self, by: int) -> None:
        """Go to the next scene, or to the next moment where there are no scenes."""
        if self._scenes.all:
            if self.spotlight is not None:
                self.spotlight.veil.wipe()
            self._scenes.step(by)
        else:
            self._step(by)

    def _step(self, by: int) -> None:
        """Go to the next moment; from the end, where every run is shown first, to the first."""
        replay, steps = self._replay, self._replay.steps
        replay.go_to(1 if steps.position == steps.end and by > 0 else steps.position + by)

    def _zoom(self, steps: int) -> None:
        """Show all panes larger or smaller, or as they were for 0.  It lasts for this time only."""
        before = 1 + self._larger * _ZOOM
        self._larger = max(-_MOST_ZOOMS, min(_MOST_ZOOMS, self._larger + steps)) if steps else 0
        scale = 1 + self._larger * _ZOOM
        self._editor.set_font_size(round(_EDITOR_PIXELS * scale))
        for magnifier in self._magnifiers:
            magnifier.set_factor(FACTOR * scale)
        if steps:
            self._graph.zoom_by(scale / before)
        else:
            self._graph.fit()

    def _give_zoom_back(self) -> None:
        self._appearance.lend_zoom(None)
        if self._larger:
            self._graph.fit()

    def _press_pane(self, pane: int) -> None:
        if self.room is not None:
            self.room.press(pane)

    def _close_one(self) -> None:
        """Take off what lies above the panes, or leave."""
        light = self.spotlight
        if light is not None and (light.is_on or light.pen is not None or light.veil.is_blank):
            light.light(None)
            light.set_pen(None)
            light.veil.set_blank(False)
            self._actions.spotlight.setChecked(False)
        elif self._is_nudging:
            self._nudge_tab.leave()
        else:
            self._leave()

    def _make_room_for_two(self) -> None:
        if self.room is not None:
            self.room.set_two_graphs(self._docks.is_comparing)

    def _show_search(self, shown: bool) -> None:
        if self.room is not None:
            self.room.bar.show_search(shown)
            if shown:
                self._toolbar.search.setFocus()

    def _fold_to_fit(self) -> None:
        """Fold groups as far as makes the graph fit, unless the user or a scene folded some."""
        workspace, graph = self._workspace, self._graph
        shown = workspace.shown
        if self.room is None or shown is None or workspace.choice.folds != AT_FIRST:
            return
        from app.session.graph.grouping.opening import count

        rows = graph.height() / ROOM_ZOOM / (g.WIDE_HEIGHT + _BETWEEN_ROWS)
        states = (AT_FIRST, *map(to_depth, (3, 2, 1, 0)))
        fits = (folds for folds in states if count(shown.drawing.view(folds)) <= rows)
        chosen = next(fits, AT_FIRST)
        if chosen != AT_FIRST:
            workspace.set_folds(chosen)
            self._undo.append(lambda: self._unfold_again(chosen))

    def _unfold_again(self, chosen: FoldState) -> None:
        if self._workspace.choice.folds == chosen:
            self._workspace.set_folds(AT_FIRST)

    # -------------------------------------------------------------------------------- nudging

    @property
    def _is_nudging(self) -> bool:
        """Whether a pane shows the values of a leaf."""
        room = self.room
        return room is not None and self._nudge_tab.is_open and room.panes[DETAILS].isVisible()

    def _show_nudging(self) -> None:
        if (room := self.room) is None:
            return
        self._borrow_nudging(room)
        if not room.panes[DETAILS].isVisible():
            self._before_nudging = room.choice.in_order
        room.show_pane(DETAILS)

    def _borrow_nudging(self, room: RoomView) -> None:
        """Put the values of a leaf into the pane of the details, in place of these."""
        from app.gui.presentation.loans import Loan

        panel = self._nudge_tab.nudges.panel
        magnifier = next(one for one in self._magnifiers if one.holds(self._details))
        if not magnifier.holds(panel):
            self._undo.append(Loan(panel).give_back)
            magnifier.hold(panel)
        self._details.hide()
        panel.show()
        room.show_other(DETAILS, tr("Nudge"), magnifier)

    def _leave_nudging(self) -> None:
        """Show the details again, and the panes from before."""
        if (room := self.room) is None:
            return
        self._nudge_tab.nudges.panel.hide()
        self._details.show()
        room.show_other(DETAILS, tr("Details"), self._details)
        if self._before_nudging and room.panes[DETAILS].isVisible():
            room.show_again(self._before_nudging)
        self._before_nudging = ()

    def _cover(self) -> None:
        """Leave what shows an answer once they are covered.  Heads say that they are."""
        if self.room is not None:
            self.room.describe()
            self._show_scene()
        was_asked, self._is_asked = self._is_asked, self._workspace.covered is not None
        if self.is_on and self._is_asked:
            if self._nudge_tab.is_open:
                self._nudge_tab.leave()
            if self.spotlight is not None and not was_asked:  # what it lit may be gone
                self.spotlight.light(None)
                self._actions.spotlight.setChecked(False)
            room = self.room
            if room is not None and not was_asked and {CODE, GRAPH}.isdisjoint(room.choice.shown):
                room.show_pane(GRAPH)  # the question is below it

    # -------------------------------------------------------------------------------- editing

    def _protect_text(self) -> None:
        """Make the text read-only, so that keys for stepping do not edit it."""
        self._lock(True)
        self._undo.append(lambda: self._lock(False))
        self._keys.start()
        self._undo.append(self._keys.stop)

    def _lock(self, locked: bool) -> None:
        self._editor.set_protected(locked)
        if self.room is not None:
            self.room.bar.show_locked(locked)
        if not locked:
            self._tabs.show_notice()

    def _turn_lock(self) -> None:
        if self.room is not None and self.room.bar.is_locked:
            self._allow_editing()
        else:
            self._lock(True)

    def _offer_editing(self) -> None:
        if self.is_on:
            text = tr("The text is read-only while presenting. Press F2 to edit it.")
            self._snippet.notice.show_notice(text, [(tr("Edit"), self._allow_editing)])

    def _allow_editing(self) -> None:
        self._lock(False)
        if self.room is not None:
            self.room.show_pane(CODE)

    # ------------------------------------------------------------------------------- entering

    def _enter(self) -> None:
        window = self._window
        self._scenes.leave_beside()
        state: QByteArray = window.saveState()
        states = window.windowState()
        place = window.geometry()
        self._undo.append(lambda: window.setGeometry(place))
        self._undo.append(lambda: window.setWindowState(states))
        arranged = self._docks.is_arranged
        self._docks.is_arranged = True  # or they would follow the window's width
        self._docks.is_presenting = True
        self._undo.append(lambda: setattr(self._docks, "is_presenting", False))
        self._undo.append(lambda: setattr(self._docks, "is_arranged", arranged))
        self._undo.append(lambda: window.restoreState(state))
        self._enlarge_editor()
        self._take_panels()
        for part in (window.menuBar(), window.statusBar(), self._header, *self._other_parts()):
            self._hide(part)
        for banner in window.findChildren(Banner):
            banner.set_for_room(True)
            self._undo.append(partial(banner.set_for_room, False))
        self._graph.set_presenting(True)
        self._undo.append(lambda: self._graph.set_presenting(False))
        self._protect_text()
        self._open_speaker_view()
        window.setWindowState(states | Qt.WindowState.WindowFullScreen)
        self._style()
        self._show_step()
        self._show_scene()
        self._fold_to_fit()
        self._tell_keys()
        self._scenes.show_beside()

    def _other_parts(self) -> list[QWidget]:
        """Return all docks and toolbars; a what-if still says that it is one."""
        found = [*self._window.findChildren(QDockWidget), *self._window.findChildren(QToolBar)]
        return [part for part in found if part is not self._what_if_bar]

    def _hide(self, part: QWidget | None) -> None:
        if part is not None and not part.isHidden():
            part.hide()
            self._undo.append(part.show)

    def _enlarge_editor(self) -> None:
        pixels, self._larger = self._editor.font_size, 0
        self._editor.set_font_size(_EDITOR_PIXELS)
        self._appearance.lend_zoom(self._zoom)
        self._undo.append(self._give_zoom_back)
        self._undo.append(lambda: self._editor.set_font_size(pixels))
        self._snippet.want_tabs(False)
        self._undo.append(lambda: self._snippet.want_tabs(True))
        self._snippet.want_below(False)
        self._undo.append(lambda: self._snippet.want_below(True))

    def _take_panels(self) -> None:
        """Put the panels into a room, and that in the middle of the window."""
        from app.gui.features.teaching.spotlight import Spotlight
        from app.gui.presentation.bar import RoomBar
        from app.gui.presentation.foot import RoomFoot
        from app.gui.presentation.room import RoomView

        window, do, theme = self._window, self._actions, self._appearance.theme
        panes = self._borrowed()
        bar = RoomBar(theme, [pane.title for pane in panes], do.run, do.stop, do.spotlight)
        self._lend_to(bar)
        first = (LESSON, GRAPH, CODE) if self._lessons.is_open else (GRAPH, CODE, GRADIENTS)
        room = self.room = RoomView(bar, panes, RoomFoot(theme), first)
        bar.lockPressed.connect(self._turn_lock)
        room.foot.slider.chosen.connect(self._replay.go_to)
        window.setCentralWidget(room)
        room.show()
        self.spotlight = Spotlight(
            theme, room.area, self._graph, self._editor, self._gradients.table, self._magnifiers
        )
        self._before_nudging = ()
        self._cover()
        if self._nudge_tab.is_open:
            self._borrow_nudging(room)
        self._panes.lend(room.turn)
        self._undo.append(lambda: self._panes.lend(None))
        self._undo.append(self.spotlight.close)

    def _borrowed(self) -> list[RoomPane]:
        """Return the panes with the panels that they borrow."""
        from app.gui.presentation.loans import Loan
        from app.gui.presentation.room import RoomPane

        centre = self._window.takeCentralWidget()
        assert centre is not None
        self._undo.append(lambda: self._put_centre_back(centre))
        words, gradients = self._words, self._gradients
        parts: list[tuple[str, QWidget, QWidget, Callable[[], str]]] = [
            (tr("Gradients"), gradients, gradients.table, lambda: gradients.header.note),
            (tr("Words"), words, words, lambda: ""),
            (tr("Details"), self._details, self._details, lambda: ""),
        ]
        if self._lessons.is_open:
            lesson = self._lessons.panel
            parts.append((tr("Lesson"), lesson, lesson, lambda: ""))
        for widget in (self._snippet, *(part[1] for part in parts)):
            self._undo.append(Loan(widget).give_back)
        code_note, graph_note = self._snippet.header, self._header
        return [
            RoomPane(
                tr("Code"), self._snippet, self._editor, _EDITOR_SHARE, lambda: code_note.note
            ),
            RoomPane(tr("Graph"), centre, self._graph, 0.0, lambda: graph_note.note),
            *(
                RoomPane(title, self._magnified(panel), focused, _SHARE, note)
                for title, panel, focused, note in parts
            ),
        ]

    def _put_centre_back(self, centre: QWidget) -> None:
        room, self.room, self.spotlight = self.room, None, None
        centre.setParent(None)
        self._window.setCentralWidget(centre)
        centre.show()
        if room is not None:
            room.deleteLater()

    def _magnified(self, panel: QWidget) -> Magnifier:
        from app.gui.presentation.magnifier import Magnifier  # loads Qt's graphics view

        magnifier = Magnifier(FACTOR)
        magnifier.hold(panel)
        self._magnifiers.append(magnifier)
        return magnifier

    def _lend_to(self, bar: RoomBar) -> None:
        from app.gui.presentation.loans import Loan

        toolbar = self._toolbar
        height = toolbar.level.height()
        for widget in (toolbar.file_name, toolbar.search, toolbar.level):
            self._undo.append(Loan(widget).give_back)
        bar.hold(toolbar.file_name, toolbar.search, toolbar.level)
        self._undo.append(lambda: bar.give_back(height))

    def _style(self) -> None:
        if self.room is None or self.spotlight is None:
            return
        theme = self._appearance.theme
        rules, palette = self._window.styleSheet(), self._window.palette()
        for magnifier in self._magnifiers:
            magnifier.set_style(rules, palette)
        for part in (self.room.bar, self.room.foot, self.spotlight.veil):
            part.set_theme(theme)
        if self.speaker is not None:
            self.speaker.set_style(rules, theme)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.is_on and event.type() == QEvent.Type.StyleChange:
            self._style()
        elif self.is_on and event.type() == QEvent.Type.Close:
            self._leave()  # what is remembered is the window as it was before
        return super().eventFilter(watched, event)

    def _show_step(self) -> None:
        """Show the moment in the foot, and what else depends on it."""
        if self.room is None:
            return
        replay, foot = self._replay, self.room.foot
        lanes, position = replay.lanes, replay.position
        words = "" if lanes is None else lanes.position_text(position)
        if isinstance(lanes, BothLanes):  # the label is short
            words = lanes.step_words(position)
        foot.label.set_text(words)
        columns = 0 if lanes is None else lanes.columns
        foot.slider.show_steps(columns, replay.steps.end, position)
        self.room.describe()
        if self.speaker is not None and not self._scenes.all:
            self.speaker.show_scenes((), None, foot.label.text)
        if self.spotlight is not None:
            self.spotlight.veil.update()

    # ------------------------------------------------------------------------ the other screen

    def _open_speaker_view(self) -> None:
        """Show the room on another screen, if there is one, and here what the speaker needs."""
        here = self._window.screen()
        others = [screen for screen in QGuiApplication.screens() if screen is not here]
        if not others:
            return
        from app.gui.presentation.speaker import SpeakerView

        self.speaker = SpeakerView(self._appearance.theme)
        self.speaker.closeWanted.connect(self._close_one)
        self._undo.append(self._close_speaker_view)
        self._put_on_screens(others[0], here)
        self._window.activateWindow()

    def _put_on_screens(self, audience: QScreen, speaker: QScreen) -> None:
        for window, screen in ((self._window, audience), (self.speaker, speaker)):
            if window is not None:
                window.setWindowState(Qt.WindowState.WindowNoState)
                window.setScreen(screen)
                window.setGeometry(screen.geometry())
                window.showFullScreen()

    def _close_speaker_view(self) -> None:
        if self.speaker is not None:
            self.speaker.end()
            self.speaker = None

    def _follow_screens(self) -> None:
        """Do without the speaker's view if only one screen is left."""
        if len(QGuiApplication.screens()) < 2:
            self._close_speaker_view()

    # --------------------------------------------------------------------------------- scenes

    def _show_scene(self) -> None:
        """Show in the foot what Space shows next, and the sentence of the scene."""
        if self.room is None:
            return
        from app.gui.presentation.foot import Following

        scenes, current = self._scenes.all, self._scenes.current
        foot, place = self.room.foot, -1 if current is None else current
        view = self._scenes.view()
        tells = view is not None and not view.scene.covered and self._workspace.covered is not None
        sentence = "" if view is None or tells else view.scene.sentence
        if view is not None and view.missing and not tells:
            sentence = tr("⚠ {missing}. {sentence}").format(missing=view.missing, sentence=sentence)
        foot.slider.show_sentence(sentence)
        following: Following | None = None
        if place + 1 < len(scenes):
            following = Following(scenes[place + 1].name, place + 2, len(scenes))
        elif scenes and (others := self._lessons.next_scenes):
            following = Following(others[0].name, 1, len(others))
        elif scenes:
            following = Following("", len(scenes), len(scenes))
        foot.show_following(following, asking=self._workspace.covered is not None)
        if self.speaker is not None:
            self.speaker.show_scenes(scenes, current, foot.label.text)

    @property
    def pane(self) -> ScenePane:
        """The pane that was chosen last, if a scene can have it."""
        from app.session.scenes.records import PANES

        latest = GRAPH if self.room is None else self.room.choice.latest
        return PANES[latest] if latest < len(PANES) else "graph"

    def show_pane_of(self, pane: ScenePane) -> None:
        from app.session.scenes.records import PANES

        if self.room is not None and PANES.index(pane) not in self.room.choice.shown:
            self.room.show_pane(PANES.index(pane))

    def lit(self, index: Index) -> dict[str, Thing | FreePart | None]:
        """Return the fields of a scene that say what the spotlight lights."""
        from app.gui.features.teaching.views import part_of, thing_of

        lit = None if self.spotlight is None else self.spotlight.lit
        thing: Thing | None = None
        if lit is not None and lit.kind == "free":
            return {"part": part_of(self._graph, index, lit.rect)}
        if lit is not None and lit.kind == "part":
            thing = thing_of(self._graph, index, lit.key)
        elif lit is not None and lit.kind == "row":
            thing = index.tensor(lit.number, "row")
        elif lit is not None and (spot := self._editor.line_then(lit.number)) is not None:
            thing = index.line(spot)
        return {"spotlight": thing}

    def show_spotlight_of(self, scene: Scene, index: Index) -> None:
        """Light what a scene lights, or take the veil off."""
        from app.gui.features.teaching.views import key_of, rect_of

        light, thing = self.spotlight, scene.spotlight
        if light is None:
            return
        light.light(None)
        if (
            scene.part is not None
            and not (rect := rect_of(self._graph.scene, index, scene.part)).isEmpty()
        ):
            light.light_free(rect)
        id_ = None if thing is None else index.id_of(thing)
        if thing is not None and thing.kind == "line" and id_ is not None:
            line = self._editor.line_now(id_)
            if line is not None:
                light.light_line(line)
        elif thing is not None and thing.kind == "row" and id_ is not None:
            light.light_row(id_)
        elif thing is not None and (key := key_of(self._graph.scene, index, thing)) is not None:
            light.light_part(key)
        self._actions.spotlight.setChecked(light.is_on)

    # -------------------------------------------------------------------------------- leaving

    def _leave(self) -> None:
        self._scenes.leave_beside()
        while self._undo:
            self._undo.pop()()
        self._magnifiers.clear()
        self._verdict.follow()
        self._inspecting.follow()
        self._lessons.follow()
        self._tell_keys()
        self._scenes.show_beside()
