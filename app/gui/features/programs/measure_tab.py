"""The tab Measure, which is made when it is first opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.features.feature import Feature
from app.gui.panels.details.inspector import Inspector, InspectorPage

if TYPE_CHECKING:
    from app.gui.features.programs.measurements import Measurements


class MeasureTab(Feature):
    def __init__(
        self, inspector: Inspector, docks: Docks, do: Actions, make: Callable[[], Measurements]
    ) -> None:
        super().__init__(inspector)
        self._inspector, self._docks, self._actions = inspector, docks, do
        self._make = make
        self._made: Measurements | None = None
        self.hear(do.measuring.toggled, self._show)
        self.on(do.measure, self._measure)
        self.hear(docks.inspectorTaken, self._enable)

    @property
    def measurements(self) -> Measurements:
        """What the tab shows."""
        if self._made is None:
            self._made = self._make()
            self._inspector.hold(InspectorPage.MEASURE, self._made.panel)
        return self._made

    def _enable(self) -> None:
        for action in (self._actions.measure, self._actions.measuring):
            action.setEnabled(self._docks.has_inspector)

    def _show(self, on: bool) -> None:
        measurements = self.measurements
        self._inspector.set_available(InspectorPage.MEASURE, on)
        if on:
            self._docks.inspector.show()
            self._docks.inspector.raise_()
            self._inspector.show_page(InspectorPage.MEASURE)
            measurements.look()

    def _measure(self) -> None:
        self._actions.measuring.setChecked(True)
        self._inspector.show_page(InspectorPage.MEASURE)
        self.measurements.measure_here()

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
        super().close()
