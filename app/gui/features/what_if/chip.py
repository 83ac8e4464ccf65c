"""The chip over the graph that says that the run was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.gui.features.feature import Feature
from app.gui.panels.chip import Chip
from app.gui.theme.colors import ToneKey
from app.session.comparing.what_if import NOT_COMPARED
from app.session.language import tr
from app.session.what_if.changes import Sign, heading, in_one_sentence, refusals

if TYPE_CHECKING:
    from app.gui.features.what_if.changing import Changing
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class WhatIfChip(Feature):
    def __init__(self, workspace: Workspace[Prepared], changing: Changing, chip: Chip) -> None:
        super().__init__(chip)
        self._workspace, self._changing, self._chip = workspace, changing, chip
        chip.setObjectName("whatIf")
        chip.hide()
        self.hear(workspace.changed, self._show)
        self.hear(changing.changed, self._show)

    def _show(self) -> None:
        shown = self._workspace.shown
        sign = None if shown is None else heading(shown.run.trace.run)
        if self._changing.is_waiting:
            sign = Sign("fork", tr("Running what if"))
        self._chip.setVisible(sign is not None)
        if sign is None or shown is None:
            return
        tone: ToneKey = "neutral"
        if sign.icon == "recorded" or sign.icon == "no_grad" or sign.icon == "inference_mode":
            tone = sign.icon
        self._chip.set_status(sign.icon, tone, sign.text)
        found, trace = shown.comparison, shown.run.trace
        said = [tr(NOT_COMPARED)] if found is None else found.sentences
        self._chip.setToolTip("\n".join([in_one_sentence(trace) or "", *refusals(trace), *said]))
