"""The timeline of a rank as one of several on a clock, as long as its lanes are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.gui.actions import Actions
from app.gui.docks import BottomPage, BottomPanel
from app.gui.features.comparing.processes import ProcessSwitch
from app.gui.features.exploring.replay import Replay
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.session.comparing.sides import Sides
from app.session.ranks.naming import process_name

if TYPE_CHECKING:
    from app.gui.panels.timeline.rank_lanes import RankLanes
    from app.gui.running.background import IsWanted
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class OnClock(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        switch: ProcessSwitch,
        replay: Replay,
        bottom: BottomPanel,
        do: Actions,
    ) -> None:
        super().__init__(switch)
        self._workspace, self._documents = workspace, documents
        self._replay, self._bottom, self._actions = replay, bottom, do
        self._lanes: RankLanes | None = None
        self._button = bottom.header.add_action(do.on_clock)
        self._reader = self.latest("ranks on a clock", self._on_read)
        self.hear(switch.told, self._follow)
        self.hear(workspace.redrawn, self._follow)
        for signal in (do.on_clock.toggled, do.lanes.toggled, do.compare.toggled):
            self.hear(signal, self._show)
        self.hear(bottom.header.changed, self._enable)
        self._show()

    def _follow(self) -> None:
        """Make the lanes of all ranks with the steps of the one that is shown."""
        shown, processes = self._workspace.shown, self._documents.program.processes
        clock = None if processes is None else processes.clock
        if shown is None or clock is None or clock.lane_of(shown.run) is None:
            self._reader.forget()
            self._on_read(None)
        elif self._lanes is None or self._lanes.now is not shown.lanes:

            def question(_: IsWanted) -> RankLanes:
                from app.gui.panels.timeline.rank_lanes import RankLanes

                name = process_name(shown.run.trace.run.rank, None)
                return RankLanes(None, shown.lanes, clock, Sides(name, name))

            self._reader.ask(question)

    def _on_read(self, lanes: RankLanes | None) -> None:
        self._lanes = lanes
        self._show()

    def _show(self) -> None:
        do = self._actions
        is_on = do.on_clock.isChecked() and do.lanes.isChecked()
        self._replay.show_on_clock(self._lanes if is_on else None)
        self._enable()

    def _enable(self) -> None:
        """Offer the clock where there are lanes for it; two ranks are on it in any case."""
        do = self._actions
        is_on = self._lanes is not None and do.lanes.isChecked() and not do.compare.isChecked()
        do.on_clock.setEnabled(is_on)
        self._button.setVisible(is_on and self._bottom.header.current == BottomPage.TIMELINE)
