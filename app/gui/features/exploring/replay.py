"""The run step by step: moves the timeline, and all parts show that moment."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from app.contract.spots import line_and_file
from app.gui.actions import Actions
from app.gui.docks import BottomPanel
from app.gui.features.feature import Feature
from app.gui.files.run_files import RunFiles
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.header import Header
from app.gui.panels.sentence_list import SentenceList
from app.gui.panels.sentences import moment_words
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.timeline.panel import Timeline
from app.gui.panels.timeline.player import Player
from app.gui.panels.timeline.transport import Transport
from app.gui.panels.timeline.words import graph_note, note_text, position_text

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class Replay(Feature):
    """Moves through the run; at its end, where it starts, the parts show the whole run."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        do: Actions,
        timeline: Timeline,
        bottom: BottomPanel,
        run_files: RunFiles,
        snippet: SnippetPanel,
        words: SentenceList,
        gradients: GradientsPanel,
        header: Header,
    ) -> None:
        super().__init__(timeline)
        self._workspace, self._actions = workspace, do
        self._timeline, self._bottom = timeline, bottom
        self._run_files, self._snippet, self._words = run_files, snippet, words
        self._gradients, self._header = gradients, header
        self._player = Player(self)
        self.transport = Transport(timeline.key, do.stepping)
        bottom.header.add_widget(self.transport)
        self.hear(bottom.header.changed, lambda page: self.transport.setVisible(page == 0))
        self.hear(timeline.positionChosen, self._choose)
        self.hear(timeline.playToggled, self.toggle)
        self.hear(workspace.changed, self._on_run)
        self.hear(workspace.redrawn, self._show)
        self.hear(workspace.moment_changed, self._on_moment)
        self.hear(snippet.editor.sheetChanged, self._mark_line)
        self.hear(self._player.stepped, self._step)
        self.hear(self._player.changed, do.show_playing)
        for action, work in (
            (do.step_first, lambda: self._choose(0)),
            (do.step_back, lambda: self._choose(workspace.position - 1)),
            (do.step_next, lambda: self._choose(workspace.position + 1)),
            (do.step_last, lambda: self._choose(workspace.end)),
            (do.play, self.toggle),
        ):
            self.on(action, work)

    @property
    def is_playing(self) -> bool:
        return self._player.is_playing

    def toggle(self) -> None:
        """Start playing from here, or from the beginning at the end; or stop."""
        workspace = self._workspace
        self._bottom.take_console_back()
        if self._player.is_playing:
            self._player.stop()
        elif workspace.shown is not None and len(workspace.shown.history):
            if workspace.is_at_end:
                workspace.go_to(0)
            self._player.play(len(workspace.shown.history))

    def _step(self, by: int) -> None:
        self._workspace.go_to(self._workspace.position + by)
        if self._workspace.is_at_end:
            self._player.stop()

    def _choose(self, position: int) -> None:
        """Go to a position that the user chose, and stop playing."""
        self._bottom.take_console_back()
        self._player.stop()
        self._workspace.go_to(position)

    # ----------------------------------------------------------------------------------- showing

    def _on_run(self) -> None:
        self._player.stop()
        self._show()

    def _on_moment(self) -> None:
        if (line := self._line) is not None and not self._player.is_playing:
            self._run_files.show(line_and_file(line)[1])
        self._show()
        self._follow_passes()

    def _show(self) -> None:
        shown, moment = self._workspace.shown, self._workspace.moment
        lanes = None if shown is None else shown.lanes
        if self._timeline.lanes is not lanes:
            self._timeline.show_lanes(lanes)
        self._timeline.set_position(self._workspace.position)
        self._gradients.show_moment(moment)
        self._enable()
        self._mark_line()
        if shown is None:
            self.transport.set_text("")
            self._words.set_items(())
            self._header.set_note("")
            return
        self.transport.set_text(position_text(shown.history.at(self._workspace.position)))
        if moment is None:
            self._words.set_items(shown.words)
            self._header.set_note(shown.note)
            return
        self._words.set_items(moment_words(moment))
        self._header.set_note(graph_note(moment))

    @property
    def _line(self) -> int | None:
        """The spot of the moment that is shown; None if it has none."""
        moment = self._workspace.moment
        return None if moment is None or moment.moment is None else moment.moment.line

    def _mark_line(self) -> None:
        """Mark the line of the moment, if the text in the editor has it."""
        editor, moment, line = self._snippet.editor, self._workspace.moment, self._line
        note = "" if moment is None else note_text(moment)
        editor.set_running(editor.line_now(line) if line else None, note)

    def _follow_passes(self) -> None:
        """Show the current pass of a loop, unless playback skips steps."""
        moment = self._workspace.moment
        if moment is not None and not self._player.is_fast:
            for operation in islice(moment.running, 1):
                self._workspace.follow(operation)

    def _enable(self) -> None:
        do, shown, position = self._actions, self._workspace.shown, self._workspace.position
        steps = shown is not None and bool(len(shown.history))
        for action in (do.step_first, do.step_back):
            action.setEnabled(steps and position > 0)
        for action in (do.step_next, do.step_last):
            action.setEnabled(steps and position < self._workspace.end)
        do.play.setEnabled(steps)
