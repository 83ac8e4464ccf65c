"""What the line with the cursor did in a run of several files, and from where it was called."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from app.gui.features.feature import Feature
from app.gui.panels.line_foot import LineNote
from app.gui.panels.snippet_panel import SnippetPanel
from app.session.language import ngettext, number, tr

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace

_MOST = 200
"""Operations of a line whose callers are looked at."""


class LineNotes(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        snippet: SnippetPanel,
        go_to_line: Callable[[int], object],
    ) -> None:
        super().__init__(snippet)
        self._workspace, self._snippet, self._editor = workspace, snippet, snippet.editor
        editor = self._editor
        for signal in (editor.cursorPositionChanged, editor.sheetChanged, editor.edited):
            self.hear(signal, self._show)
        self.hear(workspace.changed, self._show)
        self.hear(snippet.foot.placeChosen, go_to_line)

    def _show(self) -> None:
        shown, sheet = self._workspace.shown, self._editor.sheet
        several = shown is not None and len(shown.run.trace.files) > 1 and sheet.has_marks
        self._snippet.foot.setVisible(several)
        if shown is not None and several:
            self._snippet.foot.show_note(self._note(shown))

    def _note(self, shown: Prepared) -> LineNote:
        sheet, line = self._editor.sheet, self._editor.textCursor().blockNumber() + 1
        then = sheet.line_then(line)
        if then is None:
            return LineNote(tr("Line {line} was edited since the run").format(line=line))
        mark = sheet.mark(line)
        words = "" if mark is None else mark.note or mark.tooltip
        if not words:
            return LineNote(tr("Line {line}").format(line=line), mark)
        said = tr("Line {line}: {words}").format(line=line, words=words)
        operations = [shown.run.operations[n] for n in islice(shown.lines.get(then, ()), _MOST)]
        stacks = [one.stack for one in operations] or shown.switches.get(then, ())
        stacks = [stack for stack in stacks if len(stack) > 1]
        callers = list(dict.fromkeys(stack[1].spot for stack in stacks))
        if not callers:
            return LineNote(said, mark)
        others = len(callers) - 1
        text = tr("{function}, called from")
        if others:
            text = ngettext(
                "{function}, called from {count} other place and",
                "{function}, called from {count} other places and",
                others,
            )
        called = text.format(function=stacks[0][0].function, count=number(others))
        return LineNote(said, mark, called, callers[0])
