"""The height of the timeline: one row and the slider, or lanes for those who want more."""

from __future__ import annotations

from app.gui.actions import Actions
from app.gui.docks import BottomPage, BottomPanel, Docks
from app.gui.features.feature import Feature
from app.gui.panels.timeline.panel import SLIM_HEIGHT, Timeline
from app.gui.settings import Settings


class TimelineLanes(Feature):
    """The choice is remembered."""

    def __init__(
        self,
        docks: Docks,
        bottom: BottomPanel,
        timeline: Timeline,
        settings: Settings,
        do: Actions,
    ) -> None:
        super().__init__(timeline)
        self._docks, self._bottom, self._timeline = docks, bottom, timeline
        self._settings = settings
        do.lanes.setChecked(settings.lanes)
        self._button = bottom.header.add_action(do.lanes)
        self.hear(do.lanes.toggled, self._choose)
        self.hear(bottom.header.changed, self._fit)
        self._show(settings.lanes)

    def _choose(self, on: bool) -> None:
        self._settings.lanes = on
        self._show(on)
        self._fit()

    def _show(self, on: bool) -> None:
        self._timeline.set_slim(not on)
        self._timeline.key.setVisible(on)
        self._bottom.set_slim(None if on else SLIM_HEIGHT)

    def _fit(self) -> None:
        self._button.setVisible(self._bottom.header.current == BottomPage.TIMELINE)
        if not self._bottom.is_slim:
            self._docks.open_bottom()
