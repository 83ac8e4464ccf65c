"""The run step by step: the timeline moves, and every part shows what was so then."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gui.panels.sentences import moment_words
from app.gui.panels.timeline.player import Player
from app.gui.panels.timeline.transport import Transport
from app.gui.panels.timeline.words import graph_note, note_text, position_text
from app.session.timeline import History, Then

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared


class Replay(QObject):
    """At the end of the run, where it is after every run, the parts show the run as a whole."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._history: History | None = None
        self._is_drawn = False
        """The picture is that of this run: until it is, the one before stays as it is."""
        self._player = Player(self)
        do = window.actions_
        self.transport = Transport(do.stepping)
        window.bottom.header.add_widget(self.transport)
        window.bottom.header.changed.connect(lambda page: self.transport.setVisible(page == 0))
        window.timeline.positionChosen.connect(self._choose)
        window.timeline.playToggled.connect(self.toggle)
        window.display.changed.connect(self._take)
        window.display.regraphed.connect(self._take_again)
        window.graph.sceneChanged.connect(self._on_scene)
        self._player.stepped.connect(lambda by: self._step(by))
        self._player.changed.connect(do.show_playing)
        for action, work in (
            (do.step_first, lambda: self._choose(0)),
            (do.step_back, lambda: self._choose(self.position - 1)),
            (do.step_next, lambda: self._choose(self.position + 1)),
            (do.step_last, lambda: self._choose(self._end)),
            (do.play, self.toggle),
        ):
            do.connect(action, work)
        self._take(None)

    @property
    def position(self) -> int:
        """As in `app.session.timeline.History`."""
        return self._window.timeline.position

    @property
    def _end(self) -> int:
        return self._history.end if self._history is not None else 0

    @property
    def is_at_end(self) -> bool:
        return self.position == self._end

    @property
    def is_playing(self) -> bool:
        return self._player.is_playing

    def toggle(self) -> None:
        """Play from here, from the beginning where this is the end; or stop."""
        self._window.bottom.take_console_back()
        if self._player.is_playing:
            self._player.stop()
        elif self._history is not None and len(self._history):
            if self.position == self._end:
                self.go_to(0)
            self._player.play(len(self._history))

    def _step(self, by: int) -> None:
        self.go_to(self.position + by)
        if self.position == self._end:
            self._player.stop()

    def _choose(self, position: int) -> None:
        """The user went there: that ends the playing."""
        self._window.bottom.take_console_back()
        self._player.stop()
        self.go_to(position)

    def go_to(self, position: int) -> None:
        """Show the run as it was at this position."""
        if self._history is None:
            return
        position = max(0, min(position, self._end))
        was_end = self.position == self._end
        self._window.timeline.set_position(position)
        then = self._history.at(position)
        if was_end and not then.is_end:
            self._window.graph.clear_selection()
        elif then.is_end and not was_end:
            self._window.details.clear()  # what it says runs now has run
        self._show(then)
        self._enable()

    # ------------------------------------------------------------------------------------ traces

    def _take(self, prepared: Prepared | None) -> None:
        """Another run, or none."""
        self._player.stop()
        self._history = prepared.lanes.history if prepared else None
        self._is_drawn = False
        self._window.timeline.show_lanes(prepared.lanes if prepared else None)
        self._show(self._history.at(self._end) if self._history is not None else None)
        self._enable()

    def _take_again(self, prepared: Prepared) -> None:
        """The same run with other steps: stay at the same moment."""
        before = self._history.at(self.position) if self._history is not None else None
        self._history = history = prepared.lanes.history
        if self._window.timeline.lanes is not prepared.lanes:
            self._window.timeline.show_lanes(prepared.lanes)
        if before is not None and not before.is_end:
            self.go_to(history.position_of(before.now))

    def _enable(self) -> None:
        do, position, end = self._window.actions_, self.position, self._end
        steps = bool(self._history is not None and len(self._history))
        for action in (do.step_first, do.step_back):
            action.setEnabled(steps and position > 0)
        for action in (do.step_next, do.step_last):
            action.setEnabled(steps and position < end)
        do.play.setEnabled(steps)

    # ----------------------------------------------------------------------------------- showing

    def _show(self, then: Then | None) -> None:
        window, prepared = self._window, self._window.display.prepared
        self.transport.set_text(position_text(then) if then is not None else "")
        moment = None if then is None or then.is_end else then
        window.link.then = moment
        window.hover.show_moment(moment)
        if then is None or then.is_end or prepared is None:
            window.graph.show_moment(None)
            window.gradients.show_moment(None)
            window.editor.set_running(None)
            if prepared is not None:
                window.snippet.show_words(prepared.words)
                window.graph_header.set_note(prepared.note)
            return
        window.graph.show_moment(then if self._is_drawn else None)
        window.gradients.show_moment(then)
        line = then.moment.line if then.moment is not None else None
        window.editor.set_running(window.editor.line_now(line) if line else None, note_text(then))
        window.snippet.show_words(moment_words(then))
        window.graph_header.set_note(graph_note(then))
        self._show_details(then)
        self._follow(then)

    def _on_scene(self) -> None:
        """Another picture: bring into sight what runs in it."""
        self._is_drawn = True
        if self._history is not None and self.position != self._end:
            self._window.graph.show_moment(self._history.at(self.position))

    def _follow(self, then: Then) -> None:
        """Into another pass of a loop; not where these fly by."""
        scene = self._window.graph.scene
        for operation in islice(then.running, 1):
            node = scene.nodes.get(scene.node_of.get(operation, ""))
            if node is not None and len(node.operations) > 1 and not self._player.is_fast:
                self._window.folding.follow(operation)

    def _show_details(self, then: Then) -> None:
        prepared = self._window.display.prepared
        if prepared is None or then.moment is None:
            self._window.details.clear()
            return
        self._window.details.show_details(prepared.moment_details(then))
