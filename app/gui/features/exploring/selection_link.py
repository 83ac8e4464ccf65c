"""The selection of a workspace in editor, gradient table and details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.contract.spots import line_and_file
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.files.run_files import RunFiles
from app.gui.panels.details.panel import DetailsPanel
from app.gui.panels.gradients.panel import GradientsPanel

if TYPE_CHECKING:
    from app.session.details.facts import FactTarget
    from app.session.shown import Shown
    from app.session.workspace import Workspace


class SelectionLink(Feature):
    """Lines of a trace are those of the text that ran; the editor's may have moved since."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        editor: CodeEditor,
        run_files: RunFiles,
        gradients: GradientsPanel,
        details: DetailsPanel,
    ) -> None:
        super().__init__(details)
        self._workspace, self._editor, self._run_files = workspace, editor, run_files
        self._gradients, self._details = gradients, details
        self.hear(workspace.changed, self._show_all)
        self.hear(workspace.selection_changed, self._show_selection)
        self.hear(workspace.subject_changed, self._show_details)
        self.hear(editor.lineClicked, self._select_line)
        self.hear(editor.sheetChanged, self._mark_lines)
        self.hear(gradients.tensorChosen, workspace.select_gradient)
        self.hear(gradients.groupChosen, lambda group: workspace.select_users(group, "table"))
        self.hear(details.linkChosen, self._follow)

    def _show_all(self) -> None:
        self._show_selection()
        self._show_details()

    def _show_selection(self) -> None:
        selection = self._workspace.selection
        if selection.origin != "table":
            self._gradients.select_tensors([] if selection.row is None else [selection.row])
        if selection.lines and not self._editor.hasFocus():
            self._show_file(selection.lines)
        self._mark_lines(reveal=selection.origin != "text")

    def _show_file(self, lines: frozenset[int]) -> None:
        """Show a file that has some of the lines.  While the user writes, the text stays."""
        files = {line_and_file(line)[1] for line in lines}
        if self._editor.sheet.file not in files:
            self._run_files.follow(min(files))

    def _mark_lines(self, *, reveal: bool = False) -> None:
        now = (self._editor.line_now(line) for line in self._workspace.selection.lines)
        lines = frozenset(line for line in now if line is not None)
        self._editor.set_selected_lines(lines, reveal=reveal)

    def _show_details(self) -> None:
        details, moment = self._workspace.details, self._workspace.moment
        if details is None and moment is not None and moment.moment is not None:
            from app.gui.panels.details.moment import moment_details  # a run is there: it is loaded

            details = moment_details(moment)
        self._details.show_details(details)

    def _select_line(self, line: int) -> None:
        """Select what a clicked line of the editor did."""
        if (then := self._editor.line_then(line)) is not None:
            self._workspace.select_line(then)

    def _follow(self, link: FactTarget) -> None:
        """Follow a link of the details to a thing of the trace."""
        workspace = self._workspace
        match link.kind:
            case "tensor":
                workspace.select_tensor(link.id)
            case "operation":
                workspace.select_operation(link.id)
            case "module":
                workspace.select_module(link.id)
