"""What-if runs: the mode chosen for each text, and the chip over the graph that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from app.contract.records import Mode
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.panels.chip import Chip
from app.gui.theme.colors import ToneKey
from app.gui.toolbar import Choice
from app.session.comparing.what_if import NOT_COMPARED
from app.session.language import tr
from app.session.what_if.changes import heading, in_one_sentence, mode_of, with_mode

if TYPE_CHECKING:
    from app.session.shown import Shown
    from app.session.workspace import Workspace


class WhatIfChoice(Feature):
    """Keeps the mode with the open text."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        documents: Documents,
        chip: Chip,
        modes: Choice,
        appearance: Appearance,
        run_live: Callable[[], object],
    ) -> None:
        """`run_live` runs the text if Live is on."""
        super().__init__(chip)
        self._workspace, self._documents = workspace, documents
        self._chip, self._modes, self._appearance = chip, modes, appearance
        self._run_live = run_live
        chip.setObjectName("whatIf")
        chip.hide()
        self.hear(modes.activated, self._choose)
        self.hear(documents.opened, self._show_mode)
        self.hear(workspace.changed, self._show)

    def _choose(self) -> None:
        tab = self._documents.program
        tab.what_if = with_mode(tab.what_if, cast(Mode, self._modes.value))
        self._run_live()

    def _show_mode(self) -> None:
        self._modes.choose(mode_of(self._documents.program.what_if))

    def _show(self) -> None:
        shown = self._workspace.shown
        sign = None if shown is None else heading(shown.run.trace.run)
        self._chip.setVisible(sign is not None)
        if sign is None or shown is None:
            return
        tone: ToneKey = "neutral"
        if sign.icon == "recorded" or sign.icon == "no_grad" or sign.icon == "inference_mode":
            tone = sign.icon
        self._chip.set_status(sign.icon, tone, sign.text)
        found = shown.comparison
        told = [tr(NOT_COMPARED)] if found is None else found.sentences
        self._chip.setToolTip("\n".join([in_one_sentence(shown.run.trace.run) or "", *told]))
