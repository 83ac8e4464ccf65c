"""Comparing: a run is pinned, and every later one is shown beside it until it is unpinned."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QTime
from PySide6.QtWidgets import QWidget

from app.gui.actions import Actions
from app.gui.commands import set_words
from app.gui.docks import Docks
from app.gui.editor.changes import Changes, by_spot
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.comparing.together import Together
from app.gui.features.exploring.replay import Replay
from app.gui.features.exploring.shown_graph import ShownGraph
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.graph.scenes.making import Beside, Both
from app.gui.graph.view import GraphView
from app.gui.panels.comparing.columns import GraphColumns
from app.gui.panels.comparing.pairs import PairRow
from app.gui.panels.comparing.panel import ComparePanel
from app.gui.panels.comparing.run_header import RunHeader
from app.gui.panels.status_bar import StatusBar
from app.session import internal_errors
from app.session.comparing.sides import Sides, pinned_and_now
from app.session.comparing.texts import changed_files, changed_lines, counted_in_files
from app.session.language import number, tr, translatable
from app.session.what_if.changes import heading
from app.session.workspace import Workspace

if TYPE_CHECKING:
    from app.contract.records import Trace
    from app.gui.features.comparing.compared import Compared, RunPair
    from app.gui.running.background import IsWanted
    from app.gui.running.prepared import Prepared
    from app.session.graph.grouping.folds import FoldState
    from app.session.graph.grouping.opening import View
    from app.session.run import Run

_EQUAL = translatable("Both runs recorded the same and every .grad is equal.")
_NOTHING_YET = translatable("Run a text to compare it with the pinned run.")


@dataclass(slots=True)
class _Pinned:
    """The pinned run with all that shows it."""

    prepared: Prepared
    name: str
    tab: int
    """The number of the tab with its text."""
    workspace: Workspace[Prepared]
    graph: GraphView
    header: RunHeader
    together: Together
    shown_graph: ShownGraph
    compared: Compared | None = None
    lines: Changes = field(default_factory=dict)
    """What differs at each line."""

    def close(self) -> None:
        self.together.close()
        self.shown_graph.close()


class Comparing(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        editor: CodeEditor,
        graph: GraphView,
        columns: GraphColumns,
        panel: ComparePanel,
        docks: Docks,
        to_hide: Sequence[QWidget],
        status: StatusBar,
        replay: Replay,
        do: Actions,
    ) -> None:
        """`to_hide` is hidden while two runs are compared."""
        super().__init__(columns)
        self._workspace, self._documents, self._graph = workspace, documents, graph
        self._columns, self._panel, self._docks = columns, panel, docks
        self._editor, self._replay = editor, replay
        self._to_hide, self._status, self._actions = to_hide, status, do
        self._pinned: _Pinned | None = None
        self._hidden: Sequence[QWidget] = ()
        """The widgets that comparing hid."""
        self._before: tuple[QWidget, QWidget] | None = None
        """What the inspector held, with its title."""
        self._thread = self.latest("comparing", self._answer)
        self.hear(workspace.changed, self._on_run)
        self.hear(documents.changed, self.show_lines)
        self.hear(workspace.redrawn, self._ask)
        self.hear(panel.table.leafChosen, self._choose_leaf)
        self.on(do.compare, self._toggle)
        self.on(do.pin, self._pin)
        self.on(do.unpin, self._let_go)
        self.on(do.next_difference, lambda: self._step(1))
        self.on(do.previous_difference, lambda: self._step(-1))
        self.on(do.swap_runs, self._swap)
        self.on(do.back_to_pinned, self._take_text_back)

    def close(self) -> None:
        super().close()
        if self._pinned is not None:
            self._pinned.close()
            self._pinned = None

    # ------------------------------------------------------------------- pinning and unpinning

    @property
    def together(self) -> Together | None:
        """What is done to both graphs together; None while no run is pinned."""
        return None if self._pinned is None else self._pinned.together

    @property
    def pinned(self) -> Run | None:
        return None if self._pinned is None else self._pinned.prepared.run

    @property
    def pinned_graph(self) -> GraphView | None:
        return None if self._pinned is None else self._pinned.graph

    def _toggle(self) -> None:
        if self._pinned is None:
            self._pin()
        else:
            self._let_go()

    def _pin(self) -> None:
        """Pin the run that is shown, in place of another one."""
        shown = self._workspace.shown
        if shown is not None and not self._docks.is_presenting:
            time = QTime.currentTime().toString("HH:mm")
            note = tr("{name}, pinned {time}").format(name=self._documents.program.name, time=time)
            self.pin(shown, note)
        self._enable()

    def _let_go(self) -> None:
        if not self._docks.is_presenting:
            self.unpin()
        self._enable()

    def pin(
        self, run: Prepared, note: str, *, is_second: bool = False, name: str | None = None
    ) -> None:
        """Pin a run of the program in the editor or of another one's `name`, in place of one.

        It is left of the run of now, or right of it if it `is_second`.
        """
        if self._pinned is None:
            self._pinned = self._open(run)
            self._name(pinned_and_now())
        self._pinned.prepared = run
        self._pinned.name = name or self._documents.program.name
        self._pinned.tab = 0 if name else self._documents.program.number
        self._pinned.header.set_note(note)
        if self._columns.is_swapped != is_second:
            self._swap()
        self._ask()
        self._enable()

    def _open(self, shown: Prepared) -> _Pinned:
        graph, header, spine = self._columns.open(large=self._docks.is_presenting)
        pinned_workspace: Workspace[Prepared] = Workspace()
        shown_graph = ShownGraph(pinned_workspace, graph)
        together = Together(self._workspace, self._graph, pinned_workspace, graph, spine)
        together.currentChanged.connect(self._show_current)
        graph.groupActivated.connect(self._toggle_group)
        graph.passStepped.connect(self._step_pass)
        for view in (graph, self._graph):
            view.wait_for_beside()
        if self._docks.is_presenting:
            graph.set_presenting(True)
        graph.arrange(*self._graph.arrangement)
        self._graph.arranged.connect(graph.arrange)
        self._hidden = [part for part in self._to_hide if not part.isHidden()]
        for part in self._hidden:
            part.hide()
        self._take_inspector()
        self._docks.set_comparing(True)
        return _Pinned(shown, "", 0, pinned_workspace, graph, header, together, shown_graph)

    def _take_inspector(self) -> None:
        dock = self._docks.inspector
        self._before = dock.widget(), dock.titleBarWidget()
        dock.setWidget(self._panel)
        dock.setTitleBarWidget(self._panel.header)
        for widget in (self._panel, self._panel.header):
            widget.show()

    def unpin(self) -> None:
        if self._pinned is None:
            return
        self._thread.forget()
        self._graph.arranged.disconnect(self._pinned.graph.arrange)
        self._pinned.close()
        self._pinned = None
        self._replay.show_both(None)
        self._columns.close_pinned()
        self._panel.set_swapped(False)
        self._graph.stand_alone()
        for part in self._hidden:
            part.show()
        dock, before = self._docks.inspector, self._before
        assert before is not None
        dock.setWidget(before[0])
        dock.setTitleBarWidget(before[1])
        for widget in before:
            widget.show()
        self._docks.set_comparing(False)
        self.show_lines()
        self._status.set_difference("")
        self._enable()

    def _enable(self) -> None:
        do, is_on = self._actions, self._pinned is not None
        do.compare.setChecked(is_on)
        do.pin.setEnabled(self._workspace.shown is not None)
        do.compare.setEnabled(is_on or self._workspace.shown is not None)
        if not is_on:
            set_words(do.pin, tr("&Pin this run"))
        for action in do.comparing:
            action.setEnabled(is_on)

    # --------------------------------------------------------------------------- the comparison

    def _on_run(self) -> None:
        self._enable()
        if self._pinned is not None and self._workspace.shown is None:
            self._pinned.compared, self._pinned.lines = None, {}
            self.show_lines()
            self._thread.forget()
            self._panel.show_message(tr(_NOTHING_YET))
            self._panel.show_pairs((), (), pinned_and_now())
            self._columns.now_header.set_note(self._documents.program.name)
        self._ask()

    def _ask(self) -> None:
        """Compare what is shown with the pinned run, in a thread."""
        pinned, shown = self._pinned, self._workspace.shown
        if pinned is not None and shown is not None:
            known = None if pinned.compared is None else pinned.compared.runs
            processes = self._documents.program.processes
            clock = None if processes is None else processes.clock

            def question(is_wanted: IsWanted) -> Compared | None:
                from app.gui.features.comparing.compared import compare  # loads networkx

                try:
                    return compare(pinned.prepared, shown, known, is_wanted, clock)
                except Exception:
                    # A bug of ours must not keep the run of now from being shown.
                    sys.excepthook(*sys.exc_info())
                    return None

            self._thread.ask(question)

    def _answer(self, compared: Compared | None) -> None:
        pinned, shown = self._pinned, self._workspace.shown
        if compared is None:
            self._give_up()
            return
        if pinned is None or shown is not compared.now:
            return
        if compared.runs.first is not pinned.prepared:
            return
        was_compared = pinned.compared is not None and pinned.compared.runs is compared.runs
        pinned.compared = compared
        workspace, drawn = pinned.workspace, compared.pinned
        if workspace.shown is not None and workspace.shown.run is drawn.run:
            workspace.redraw(drawn)
        else:
            workspace.show(drawn)
        both = Both(drawn.graph, shown.graph, compared.pairing)
        pinned.graph.stand_beside(Beside(both, is_first=True))
        self._graph.stand_beside(Beside(both, is_first=False))
        pinned.together.show(compared)
        self._replay.show_both(pinned.together)
        if was_compared:
            self._show_current()
        else:
            self._tell(compared)

    def _give_up(self) -> None:
        """Show the run of now alone: comparing failed."""
        self._graph.stand_alone()
        self.unpin()
        text = tr("Tapescope hit an internal error and cannot compare these runs. {details}")
        self._status.showMessage(text.format(details=internal_errors.details()))

    def _tell(self, compared: Compared) -> None:
        runs, panel = compared.runs, self._panel
        traces = runs.first.run.trace, runs.second.run.trace
        assert self._pinned is not None
        words = counted_in_files(*traces)
        is_same = self._pinned.tab == self._documents.program.number
        if traces[0].run.what_if and not changed_lines(*(one.snippet.text for one in traces)):
            words = tr("as written")
        self._pinned.lines = runs.lines or (_changes(*traces) if is_same else {})
        self.show_lines()
        if (changed := heading(runs.second.run.trace.run)) is not None:
            words = f"{words}, {changed.text}"
        if self._pinned.name != self._documents.program.name:
            words = self._documents.program.name
        elif paths := runs.second.paths:
            words = paths[0].name
        self._columns.now_header.set_note(words)
        panel.show_pairs(runs.rows, runs.measures, runs.sides)
        self._name(runs.sides)
        panel.show_message(_message(runs))
        self._show_current()

    def show_lines(self) -> None:
        """Mark in the editor where a process ended, and what differs from the pinned run."""
        shown, processes = self._workspace.shown, self._documents.program.processes
        ends: Changes = {}
        if shown is not None and processes is not None:
            from app.session.ranks.lines import ending_lines  # loaded with the processes

            ends = ending_lines(processes, shown.run)
        lines: Changes = {} if self._pinned is None else self._pinned.lines
        both = {at: [*ends.get(at, ()), *lines.get(at, ())] for at in {**ends, **lines}}
        program = self._documents.program
        sheets = [tab.sheet for tab in self._documents.tabs if tab.program is program]
        self._editor.set_changes(both, sheets)

    def _name(self, sides: Sides) -> None:
        """Call both runs what they are, in the headers, for screen readers, and in the menu."""
        assert self._pinned is not None
        self._pinned.header.chip.set_text(sides.first.title)
        self._columns.now_header.chip.set_text(sides.second.title)
        text = tr("Graph of {run}")
        self._pinned.graph.setAccessibleName(text.format(run=sides.first.name))
        text = tr("&Pin {run} instead")
        set_words(self._actions.pin, text.format(run=sides.second.title))

    def _show_current(self) -> None:
        """Say which difference is chosen, and select the leaves of what is selected."""
        pinned = self._pinned
        if pinned is None:
            return
        together, total = pinned.together, len(pinned.together.differences)
        text = ""
        if total and together.current is not None:
            words = together.words(together.differences[together.current])
            text = tr("difference {place} of {total}: {words}").format(
                place=number(together.current + 1), total=number(total), words=words
            )
        elif total:
            text = tr("{total} differences, F7 for the next").format(total=number(total))
        self._status.set_difference(text)
        self._panel.table.select_names(self._selected_names())

    def _selected_names(self) -> set[str]:
        """Return the names of the leaves that the selected nodes hold."""
        pinned = self._pinned
        if pinned is None or pinned.compared is None:
            return set()
        names: set[str] = set()
        for row in pinned.compared.runs.rows:
            for side, view in ((row.first, pinned.graph), (row.second, self._graph)):
                if side is not None and _is_selected(view, side.gradient.tensor):
                    names.add(row.name)
        return names

    # -------------------------------------------------------------------- what the user does

    def _step(self, by: int) -> None:
        if self._pinned is not None:
            self._pinned.together.step(by)

    def _swap(self) -> None:
        if self._pinned is not None:
            self._columns.swap()
            self._pinned.together.set_swapped(self._columns.is_swapped)
            self._panel.set_swapped(self._columns.is_swapped)
            self._replay.show_both(self._pinned.together)

    def _choose_leaf(self, row: PairRow) -> None:
        """Ring what shows a leaf in both graphs."""
        if row.second is not None:
            self._workspace.select_tensor(row.second.gradient.tensor)
        elif row.first is not None and self._pinned is not None:
            self._pinned.workspace.select_tensor(row.first.gradient.tensor)

    def _toggle_group(self, key: str) -> None:
        """Fold or unfold a group of the pinned graph, and its partner."""
        from app.session.graph.grouping.moves import toggle

        self._fold(lambda view: toggle(view, key))

    def _step_pass(self, loop: str, by: int) -> None:
        from app.session.graph.grouping.moves import step_pass

        self._fold(lambda view: step_pass(view, loop, by))

    def _fold(self, move: Callable[[View], FoldState]) -> None:
        """Change the folding of both graphs as the user wants it of the pinned one."""
        from app.session.comparing.folding import translated

        pinned = self._pinned
        if pinned is not None and pinned.compared and (view := pinned.workspace.view) is not None:
            groups = pinned.compared.runs.found.alignment.groups
            self._workspace.set_folds(translated(move(view), groups))

    def _take_text_back(self) -> None:
        """Put the pinned text into its tab, as one step to undo; into a new one if that is gone."""
        pinned, documents = self._pinned, self._documents
        if pinned is None:
            return
        text, tab = pinned.prepared.run.trace.snippet.text, documents.tab(pinned.tab)
        if tab is None:
            documents.show_in_tab(text, title=pinned.name)
        else:
            documents.activate(tab)
            tab.sheet.change_text(text)


def _changes(first: Trace, second: Trace) -> Changes:
    """Return the lines of the second run's program and files that differ, by spot."""
    text = second.snippet.text
    found = dict(by_spot(changed_lines(first.snippet.text, text), text))
    for changed in changed_files(first, second):
        found.update(by_spot(changed.lines, changed.file.text or "", changed.file.id))
    return found


def _message(runs: RunPair) -> str:
    """Say what there is to say of the whole: nothing differs, or little can be compared."""
    from app.session.comparing.sentences import note_on_alignment  # loaded with the comparison

    endings = {one.run.trace.run.status for one in (runs.first, runs.second)}
    if runs.found.none and len(endings) == 1:
        return tr(_EQUAL)
    if all(other is None for _, other in runs.found.alignment.rows):
        return tr("The run of now called nothing in torch that could be compared.")
    return note_on_alignment(runs.found)


def _is_selected(view: GraphView, tensor: int) -> bool:
    if tensor in view.selected_tensors:
        return True
    return not view.selected_nodes.isdisjoint(view.scene.holders.get(tensor, ()))
