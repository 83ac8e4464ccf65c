"""The changes for the runs of the open program: kept with its tab, listed in the bar, run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QTextCursor

from app.contract.records import Change, Mode
from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.files.history import UndoStates
from app.gui.files.tab import Anchor
from app.gui.graph.view import GraphView
from app.gui.panels.what_if.bar import WhatIfBar
from app.gui.panels.what_if.pill import Listed
from app.gui.toolbar import Choice
from app.session.language import tr
from app.session.what_if.changes import mode_of, refusals, sign, with_mode, without
from app.session.what_if.switches import Switch, switches

if TYPE_CHECKING:
    from app.gui.running.background import IsWanted
    from app.gui.running.prepared import Prepared
    from app.session.what_if.writing import Plan
    from app.session.workspace import Workspace

PAUSE_MS: Final = 400
"""After the last change the program runs again."""
_Switches = dict[int, list[Switch]]


class Changing(Feature):
    changed = Signal()
    """The program in the editor has other changes, or there is another program."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        editor: CodeEditor,
        graph: GraphView,
        bar: WhatIfBar,
        modes: Choice,
        do: Actions,
        run: Callable[[], object],
    ) -> None:
        """`run` runs the program without delaying other runs, as Live does."""
        super().__init__(bar)
        self._workspace, self._documents, self._editor = workspace, documents, editor
        self._graph, self._bar, self._modes, self._actions = graph, bar, modes, do
        self._switches: _Switches = {}
        self._is_read = False
        """Whether these are the switches of the text in the editor as it is now."""
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(run)
        self._thread = self.latest("switches", self._have_switches)
        self._planner = self.latest("writing", self._have_plan)
        self._history: UndoStates[tuple[Change, ...]] = UndoStates()
        self._plan: Plan | None = None
        """How to write the changes into the text, once it is known."""
        self.hear(modes.activated, self._choose_mode)
        self.hear(bar.removed, self.take_back)
        self.hear(bar.left, editor.setFocus)
        self.hear(bar.undo_keys.undoWanted, do.undo_what_if.trigger)
        self.hear(bar.undo_keys.redoWanted, do.redo_what_if.trigger)
        self.hear(editor.switchClicked, self.toggle_line)
        self.hear(editor.edited, self._on_edit)
        self.hear(editor.sheetChanged, self._on_edit)
        self.hear(editor.cursorPositionChanged, self._enable)
        self.hear(documents.opened, self._on_program)
        self.hear(documents.closed, self._history.forget)
        self.hear(workspace.changed, self._show)
        self.on(do.reset_what_if, lambda: self.set(()))
        self.on(do.undo_what_if, self._undo)
        self.on(do.redo_what_if, self._redo)
        self.on(do.write_what_if, self._write)
        self.on(do.leave_out, lambda: self.toggle_line(editor.textCursor().blockNumber() + 1))
        self._on_edit()

    def close(self) -> None:
        super().close()
        self._pause.stop()

    # ---------------------------------------------------------------------------- the changes

    @property
    def changes(self) -> tuple[Change, ...]:
        return self._documents.program.what_if

    def set(self, changes: tuple[Change, ...]) -> None:
        """Make these changes in the next runs of the program, and run it soon."""
        if changes != self.changes:
            self._history.change(self._documents.program, self.changes)
            self._put(changes)

    def _undo(self) -> None:
        self._put(self._history.undo(self._documents.program, self.changes))

    def _redo(self) -> None:
        self._put(self._history.redo(self._documents.program, self.changes))

    def _put(self, changes: tuple[Change, ...]) -> None:
        """Show the changes of the program, and run it if the run that is shown has others."""
        self._documents.program.what_if = changes
        self._hold_lines()
        self._modes.choose(mode_of(self.changes))
        self._show()
        self._plan_writing()
        self.changed.emit()
        if self.is_waiting:
            self._pause.start()
        else:
            self._pause.stop()

    def take_back(self, change: Change) -> None:
        self.set(tuple(one for one in self.changes if one != change))

    def toggle_line(self, line: int) -> None:
        """Leave out what a line of the text in the editor says about recording, or no longer."""
        change = without(line, self._path)
        if change in self.changes:
            self.take_back(change)
        elif line in self._switches:
            self._documents.program.anchors.pop(change, None)  # it was of the line before edits
            self.set((*self.changes, change))

    def _choose_mode(self) -> None:
        self.set(with_mode(self.changes, cast(Mode, self._modes.value)))

    @property
    def _is_shown(self) -> bool:
        """Whether the run that is shown has these changes and no others."""
        shown = self._workspace.shown
        if shown is None:
            return False
        return [one.change for one in shown.run.trace.run.what_if] == list(self.changes)

    @property
    def is_waiting(self) -> bool:
        """Whether the run that is shown is not the one with these changes."""
        return self._workspace.shown is not None and not self._is_shown

    # ------------------------------------------------------------------------- lines of the text

    @property
    def _path(self) -> str | None:
        """The path of the file in the editor, None for the program itself."""
        tab = self._documents.current
        return None if tab is tab.program else str(tab.path)

    def _hold_lines(self) -> None:
        """Follow the lines of changes that nothing follows yet."""
        tab = self._documents.program
        for change in tab.what_if:
            if change not in tab.anchors and (anchor := self._anchor(change)) is not None:
                tab.anchors[change] = anchor

    def _anchor(self, change: Change) -> Anchor | None:
        """Return what follows the line of a change through edits of its text."""
        place = change.place
        if place is None or place[0] != self._path or not self._is_read:
            return None
        sheet, (_, line) = self._editor.sheet, place
        block = sheet.block(line)
        cursor = QTextCursor(block)
        text = block.text()
        indent = len(text) - len(text.lstrip())
        cursor.setPosition(block.position() + min(indent + 1, len(text)))
        cursor.setKeepPositionOnInsert(True)
        names = tuple(one.name for one in self._switches.get(line, ()))
        return Anchor(sheet, cursor, names)

    def _on_edit(self) -> None:
        """Follow the lines of the changes, and look for switches in the text."""
        tab, sheet = self._documents.program, self._editor.sheet
        moved: dict[Change, Change] = {}
        for change, anchor in tab.anchors.items():
            place = change.place
            if anchor.sheet is sheet and place is not None:
                moved[change] = without(anchor.cursor.blockNumber() + 1, place[0])

        def follow(changes: tuple[Change, ...]) -> tuple[Change, ...]:
            return tuple(dict.fromkeys(moved.get(one, one) for one in changes))

        tab.what_if = follow(tab.what_if)
        self._history.update(tab, follow)
        tab.anchors = {moved.get(one, one): anchor for one, anchor in tab.anchors.items()}
        text, self._is_read = sheet.text, False

        def question(is_wanted: IsWanted) -> tuple[str, _Switches]:
            return text, switches(text)

        self._thread.ask(question)
        self._show()
        self._plan_writing()

    def _have_switches(self, answer: tuple[str, _Switches]) -> None:
        text, found = answer
        if text == self._editor.sheet.text:
            self._switches, self._is_read = found, True
            self._hold_lines()
            self._show()

    # ------------------------------------------------------------------------- writing the text

    def _plan_writing(self) -> None:
        """Find out which changes could be written into the text of the program."""
        text, changes = self._documents.program.sheet.text, self.changes
        self._plan = None
        self._enable()

        def question(is_wanted: IsWanted) -> tuple[str, tuple[Change, ...], Plan]:
            from app.session.what_if.writing import plan  # loads the edits

            return text, changes, plan(text, changes)

        if changes:
            self._planner.ask(question)

    def _have_plan(self, answer: tuple[str, tuple[Change, ...], Plan]) -> None:
        text, changes, plan = answer
        if (text, changes) == (self._documents.program.sheet.text, self.changes):
            self._plan = plan
            self._enable()

    def _write(self) -> None:
        """Write the changes that can be into the text, as one undo step; the others stay."""
        plan = self._plan
        if plan is not None:
            self._history.change(self._documents.program, self.changes)
            self._documents.program.what_if = tuple(
                one for one in self.changes if one not in plan.changes
            )
            self._documents.program.sheet.apply(plan.edits)  # other lines move
            self._put(self.changes)

    def _on_program(self) -> None:
        self._pause.stop()
        self._modes.choose(mode_of(self.changes))
        self._on_edit()
        self.changed.emit()

    # -------------------------------------------------------------------------------- what is seen

    def _show(self) -> None:
        self._bar.show_changes(list(self._listed()))
        places = (change.place for change in self.changes)
        off = frozenset(place[1] for place in places if place and place[0] == self._path)
        names = {line: found[0].name for line, found in self._switches.items()}
        self._editor.set_switches(names, off)
        if self.is_waiting or not self._documents.program.sheet.is_stale:
            self._graph.set_outdated(self.is_waiting)
        self._enable()

    def _listed(self) -> Iterator[Listed]:
        shown = self._workspace.shown
        trace = None if shown is None or not self._is_shown else shown.run.trace
        ran = {} if trace is None else {one.change: one for one in trace.run.what_if}
        for change in self.changes:
            done, problem = ran.get(change), self._problem(change)
            found = self._names(change) if done is None else done.matched or self._names(change)
            if trace is not None and done is not None and not problem:
                problem = "\n".join(refusals(trace, done))
                if not (problem or found or mode_of([change]) != "as-written"):
                    problem = tr("Nothing in the last run matches it.")
            yield Listed(change, sign(change, found), problem)

    def _names(self, change: Change) -> tuple[str, ...]:
        anchor = self._documents.program.anchors.get(change)
        return () if anchor is None else anchor.names

    def _problem(self, change: Change) -> str:
        """Return why a line can no longer be left out; empty if it can."""
        anchor, place = self._documents.program.anchors.get(change), change.place
        if anchor is None or not anchor.names or place is None:
            return ""
        if anchor.sheet is not self._editor.sheet or not self._is_read:
            return ""
        names = {one.name for one in self._switches.get(place[1], ())}
        if names & set(anchor.names):
            return ""
        text = tr("Line {line} no longer says anything about recording that could be left out.")
        return text.format(line=place[1])

    def _enable(self) -> None:
        line = self._editor.textCursor().blockNumber() + 1
        change = without(line, self._path)
        self._actions.leave_out.setEnabled(line in self._switches or change in self.changes)
        self._actions.reset_what_if.setEnabled(bool(self.changes))
        tab = self._documents.program
        self._actions.undo_what_if.setEnabled(self._history.can_undo(tab))
        self._actions.redo_what_if.setEnabled(self._history.can_redo(tab))
        plan = self._plan
        self._actions.write_what_if.setEnabled(plan is not None and bool(plan.changes))
        problems = () if plan is None else plan.problems
        words = tr("Write these changes into the text, as one step to undo")
        self._actions.write_what_if.setToolTip("\n".join((words, *problems)))
