"""Offers to repair a text that was pasted from an article, or that failed for what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QWidget

from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.features.programs.tabs import Tabs
from app.gui.files.documents import Documents
from app.gui.panels.notice_bar import Choice
from app.session.language import ngettext, number, paragraph, tr

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.repairs.ipython import Plain
    from app.session.repairs.offer import Repair
    from app.session.workspace import Workspace

_ERRORS = {"SyntaxError", "IndentationError", "TabError", "NameError", "ModuleNotFoundError"}
"""What a text lacks ends a run with one of these."""


class _Looked(NamedTuple):
    """What is known of a text: it as plain Python, and what else it needs to run."""

    before: str
    plain: Plain
    repair: Repair | None


class Repairs(Feature):
    """Takes prompts and lines for IPython off at once; other repairs are offered."""

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
        self._documents = documents
        self._tabs, self._appearance, self._actions = tabs, appearance, do
        self._latest = self.latest("repairs", self._show)
        self._is_run = False
        """Whether the question is about a text that was run."""
        self.hear(editor.pasted, self._look)
        self.hear(editor.edited, self._take_back)
        self.hear(documents.opened, self._take_back)
        self.hear(workspace.changed, self._on_run)

    def _on_run(self) -> None:
        shown = self._workspace.shown
        error = shown.run.trace.error if shown is not None else None
        is_program = self._documents.current is self._documents.program
        if error is not None and error.type in _ERRORS and is_program and not self._editor.is_stale:
            self._look(is_run=True)

    def _look(self, *, is_run: bool = False) -> None:
        text = self._editor.sheet.text
        self._is_run = is_run
        if not self._editor.isReadOnly() and self._editor.sheet.language == "python":
            self._latest.ask(lambda _: _looked(text))

    def _take_back(self) -> None:
        self._latest.forget()
        self._tabs.set_offer("", [])

    def _show(self, looked: _Looked) -> None:
        plain, repair = looked.plain, looked.repair
        choices: list[Choice] = []
        said = []
        if plain.text != looked.before:
            self._editor.sheet.change_text(plain.text)
            said.append(_taken_off(plain))
            choices.append((tr("Undo"), self._editor.undo))
            if self._is_run and repair is None:
                self._actions.run.trigger()
        if repair is not None:
            said.append(_offer_of(repair))
            choices += [
                (tr("Repair and run"), lambda: self._apply(repair)),
                (tr("Show…"), lambda: self._preview(repair)),
            ]
        if said:
            choices.append((tr("Not now") if repair else tr("Close"), self._take_back))
            self._tabs.set_offer(paragraph(said), choices)

    def _preview(self, repair: Repair) -> None:
        from app.gui.dialogs.changes_sheet import ChangesSheet, Hunk, changes  # seldom opened

        whole = Hunk("", changes(self._editor.sheet.text, repair.text))
        title, accept = tr("Repair this text"), tr("Repair and run")
        theme = self._appearance.theme
        sheet = ChangesSheet(self._window, theme, title, repair.steps, [whole], accept)
        sheet.accepted.connect(lambda: self._apply(repair))
        sheet.open()

    def _apply(self, repair: Repair) -> None:
        """Repair the text in one undo step, and run it."""
        self._editor.sheet.change_text(repair.text)
        self._editor.setFocus()
        self._actions.run.trigger()


def _looked(text: str) -> _Looked:
    from app.session.repairs.ipython import plain_python
    from app.session.repairs.offer import repair_of

    plain = plain_python(text)
    return _Looked(text, plain, repair_of(plain.text))


def _taken_off(plain: Plain) -> str:
    said = []
    if plain.prompts:
        text = ngettext("Took off {count} prompt.", "Took off {count} prompts.", plain.prompts)
        said.append(text.format(count=number(plain.prompts)))
    if plain.magics:
        text = ngettext(
            "{count} line is for IPython and will not run.",
            "{count} lines are for IPython and will not run.",
            plain.magics,
        )
        said.append(text.format(count=number(plain.magics)))
    return paragraph(said)


def _offer_of(repair: Repair) -> str:
    more = len(repair.steps) - 1
    text = tr("To run this text: {step}")
    if more:
        text = ngettext(
            "To run this text: {step} And {count} more change.",
            "To run this text: {step} And {count} more changes.",
            more,
        )
    return text.format(step=repair.steps[0].replace("`", ""), count=number(more))
