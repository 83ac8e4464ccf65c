"""Offers to repair a text that was pasted from an article, or that failed for what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.features.programs.tabs import Tabs
from app.gui.files.documents import Documents
from app.session.language import ngettext, number, tr

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.repairs.offer import Repair
    from app.session.workspace import Workspace

_ERRORS = {"SyntaxError", "IndentationError", "TabError", "NameError", "ModuleNotFoundError"}
"""What a text lacks ends a run with one of these."""


class Repairs(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        window: QWidget,
        documents: Documents,
        editor: CodeEditor,
        tabs: Tabs,
        appearance: Appearance,
        do: Actions,
    ) -> None:
        super().__init__(window)
        self._workspace, self._window, self._editor = workspace, window, editor
        self._tabs, self._appearance, self._actions = tabs, appearance, do
        self._latest = self.latest("repairs", self._show)
        self.hear(editor.pasted, self._look)
        self.hear(editor.edited, self._take_back)
        self.hear(documents.opened, self._take_back)
        self.hear(workspace.changed, self._on_run)

    def _on_run(self) -> None:
        shown = self._workspace.shown
        error = shown.run.trace.error if shown is not None else None
        if error is not None and error.type in _ERRORS and not self._editor.is_stale:
            self._look()

    def _look(self) -> None:
        text = self._editor.sheet.text
        if not self._editor.isReadOnly():
            self._latest.ask(lambda _: _repair_of(text))

    def _take_back(self) -> None:
        self._latest.forget()
        self._tabs.set_offer("", [])

    def _show(self, repair: Repair | None) -> None:
        if repair is None:
            return
        more = len(repair.steps) - 1
        text = tr("To run this text: {step}")
        if more:
            text = ngettext(
                "To run this text: {step} And {count} more change.",
                "To run this text: {step} And {count} more changes.",
                more,
            )
        self._tabs.set_offer(
            text.format(step=repair.steps[0].replace("`", ""), count=number(more)),
            [
                (tr("Repair and run"), lambda: self._apply(repair)),
                (tr("Show…"), lambda: self._preview(repair)),
                (tr("Not now"), self._take_back),
            ],
        )

    def _preview(self, repair: Repair) -> None:
        from app.gui.dialogs.repair_sheet import RepairSheet  # seldom opened

        sheet = RepairSheet(
            self._window, self._appearance.theme, self._editor.sheet.text, repair.steps, repair.text
        )
        sheet.accepted.connect(lambda: self._apply(repair))
        sheet.open()

    def _apply(self, repair: Repair) -> None:
        """Repair the text in one undo step, and run it."""
        self._editor.sheet.change_text(repair.text)
        self._editor.setFocus()
        self._actions.run.trigger()


def _repair_of(text: str) -> Repair | None:
    from app.session.repairs.offer import repair_of

    return repair_of(text)
