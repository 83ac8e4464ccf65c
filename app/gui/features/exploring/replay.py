"""The run step by step: moves the timeline, and all parts show that moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Signal

from app.contract.spots import line_and_file
from app.gui.actions import Actions
from app.gui.docks import BottomPanel
from app.gui.features.feature import Feature
from app.gui.files.run_files import RunFiles
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.header import Header
from app.gui.panels.sentence_list import Item, SentenceList
from app.gui.panels.sentences import moment_words
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.timeline.panel import Timeline
from app.gui.panels.timeline.player import Player
from app.gui.panels.timeline.transport import Transport
from app.session.timeline.words import graph_note

if TYPE_CHECKING:
    from app.gui.panels.timeline.both import AnyLanes, BothLanes
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class BothRuns(Protocol):
    """The run of the workspace and the one that it is compared with, step by step."""

    @property
    def lanes(self) -> BothLanes | None:
        """None before they are compared; everything else is to be asked later."""
        ...

    @property
    def sentences(self) -> Sequence[Item]:
        """What differs."""
        ...

    @property
    def position(self) -> int:
        """As in `lanes`."""
        ...

    @property
    def end(self) -> int: ...

    def go_to(self, position: int) -> None: ...


class Replay(Feature):
    """Moves through the run; at its end, where it starts, the parts show the whole run."""

    shown = Signal()
    """The timeline shows another position, or another run."""

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
        self._both: BothRuns | None = None
        self._on_clock: BothLanes | None = None
        self._player = Player(self)
        self.transport = Transport(timeline.key, do.stepping)
        bottom.header.add_widget(self.transport)
        self.hear(bottom.header.changed, self._place_transport)
        self.hear(timeline.positionChosen, self._choose)
        self.hear(timeline.playToggled, self.toggle)
        self.hear(workspace.changed, self._on_run)
        self.hear(workspace.redrawn, self._show)
        self.hear(workspace.covered_changed, self._on_run)
        self.hear(workspace.moment_changed, self._on_moment)
        self.hear(snippet.editor.sheetChanged, self._mark_line)
        self.hear(self._player.stepped, self._step)
        self.hear(self._player.changed, do.show_playing)
        for action, work in (
            (do.step_first, lambda: self._choose(0)),
            (do.step_back, lambda: self._choose(self.steps.position - 1)),
            (do.step_next, lambda: self._choose(self.steps.position + 1)),
            (do.step_last, lambda: self._choose(self.steps.end)),
            (do.play, self.toggle),
        ):
            self.on(action, work)

    def _place_transport(self) -> None:
        """Show the buttons beside the timeline, unless the run is covered."""
        is_here = self._bottom.header.current == 0 and self._workspace.covered is None
        self.transport.setVisible(is_here)

    def show_both(self, both: BothRuns | None) -> None:
        """Step through two runs as long as one of them is shown; None: through that one again."""
        self._both = both
        self._show()

    def show_on_clock(self, lanes: BothLanes | None) -> None:
        """Show these lanes in place of those of their run, with the same steps; None for those."""
        if lanes is not self._on_clock:
            self._on_clock = lanes
            self._show()

    @property
    def lanes(self) -> AnyLanes | None:
        """The moments of what the timeline goes through; None if there is no run."""
        both, shown = self._shown_both, self._workspace.shown
        if both is not None:
            return both.lanes
        if shown is None:
            return None
        is_on_clock = self._on_clock is not None and self._on_clock.now is shown.lanes
        return shown.covered_lanes or (self._on_clock if is_on_clock else shown.lanes)

    @property
    def _shown_both(self) -> BothRuns | None:
        """Both runs, unless the workspace shows another one that is still to be compared."""
        both, shown = self._both, self._workspace.shown
        if both is None or both.lanes is None or shown is None:
            return None
        return both if both.lanes.now is shown.lanes else None

    @property
    def steps(self) -> Workspace[Prepared] | BothRuns:
        """What the timeline goes through."""
        return self._shown_both or self._workspace

    @property
    def position(self) -> int:
        """Where the playhead is: of a covered run, before the line that is asked about."""
        covered = None if self._workspace.shown is None else self._workspace.shown.covered_lanes
        return self.steps.position if covered is None else covered.position

    @property
    def is_playing(self) -> bool:
        return self._player.is_playing

    def toggle(self) -> None:
        """Start playing from here, or from the beginning at the end; or stop."""
        lanes, steps = self.lanes, self.steps
        self._bottom.take_console_back()
        if self._player.is_playing:
            self._player.stop()
        elif lanes is not None and lanes.columns:
            if steps.position == steps.end:
                self.go_to(0)
            self._player.play(lanes.columns)

    def _step(self, by: int) -> None:
        self.go_to(self.steps.position + by)
        if self.steps.position == self.steps.end:
            self._player.stop()

    def go_to(self, position: int) -> None:
        """Show the run, or both runs, at another position of the timeline."""
        self.steps.go_to(position)
        if self._timeline.position != self.steps.position:  # only the other run has moved
            self._show()

    def _choose(self, position: int) -> None:
        """Go to a position that the user chose, and stop playing."""
        self._bottom.take_console_back()
        self._player.stop()
        self.go_to(position)

    # ----------------------------------------------------------------------------------- showing

    def _on_run(self) -> None:
        self._player.stop()
        self._show()

    def _on_moment(self) -> None:
        if (line := self._line) is not None and not self._player.is_playing:
            self._run_files.follow(line_and_file(line)[1])
        self._show()
        self._follow_passes()

    def _show(self) -> None:
        self._show_position()
        self.shown.emit()

    def _show_position(self) -> None:
        shown, moment = self._workspace.shown, self._workspace.moment
        lanes, position = self.lanes, self.steps.position
        if self._timeline.lanes is not lanes:
            self._timeline.show_lanes(lanes)
        self._timeline.set_position(self.position)
        self._gradients.show_moment(moment)
        self._enable()
        self._place_transport()
        self._mark_line()
        if shown is None or lanes is None:
            self.transport.set_text("")
            self._words.set_items(())
            self._header.set_note("")
            return
        self.transport.set_text(lanes.position_text(position))
        self._header.set_note(shown.note if moment is None else graph_note(moment))
        if position == self.steps.end:
            both = self._shown_both
            self._words.set_items(shown.words if both is None else (*both.sentences, *shown.words))
            return
        then = shown.history.at(self._workspace.position)
        self._words.set_items(moment_words(then, lanes.caption(position)))

    @property
    def _line(self) -> int | None:
        """The spot of the moment that is shown; None if it has none."""
        moment = self._workspace.moment
        return None if moment is None or moment.moment is None else moment.moment.line

    def _mark_line(self) -> None:
        """Mark the line of the moment, if the text in the editor has it."""
        editor, moment, line = self._snippet.editor, self._workspace.moment, self._line
        note = "" if moment is None or self.lanes is None else self.lanes.note(moment)
        editor.set_running(editor.line_now(line) if line else None, note)

    def _follow_passes(self) -> None:
        """Show the current pass of a loop, unless playback skips steps.

        In an optimizer step, and where no operation runs, that is the pass of the last one.
        """
        moment = self._workspace.moment
        if moment is None or self._player.is_fast:
            return
        running = next(iter(moment.running), None)
        if running is None or (moment.moment and moment.moment.kind == "optimizer"):
            past = (moment.history.moments[at] for at in range(moment.position - 1, -1, -1))
            last = next((one.operation for one in past if one.kind == "operation"), None)
            running = None if last is None else last.id
        if running is not None:
            self._workspace.follow(running)

    def _enable(self) -> None:
        do, lanes, position = self._actions, self.lanes, self.steps.position
        steps = lanes is not None and lanes.columns > 0
        for action in (do.step_first, do.step_back):
            action.setEnabled(steps and position > 0)
        for action in (do.step_next, do.step_last):
            action.setEnabled(steps and position < self.steps.end)
        do.play.setEnabled(steps)
