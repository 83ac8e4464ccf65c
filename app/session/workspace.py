"""A run that is shown, and the user's choices about it, without widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from psygnal import Signal

from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import AT_FIRST, FoldState

if TYPE_CHECKING:
    from app.contract.records import Finding
    from app.session.asking.covered import Covered
    from app.session.details.facts import Details
    from app.session.graph.grouping.opening import View
    from app.session.graph.outline import Filtered
    from app.session.graph.part import Part
    from app.session.shown import Shown
    from app.session.timeline import Snapshot

Subject = (
    tuple[Literal["operation", "autograd_node", "tensor", "module"], int]
    | tuple[Literal["group"], str]
)
"""A thing of the trace, by its id; a group of the graph, by its key."""
Origin = Literal["", "graph", "table", "text"]
Hit = tuple[Literal["operation", "tensor"], int]
S = TypeVar("S", bound="Shown", covariant=True)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected, as ids of the trace.

    `operations` and `tensors` are ringed in the graph.  `row` is the tensor whose row of the
    gradient table is marked.  `lines` are those of the text that ran.  `origin` is where the user
    selected it: that part shows it already.
    """

    operations: tuple[int, ...] = ()
    tensors: tuple[int, ...] = ()
    row: int | None = None
    lines: frozenset[int] = frozenset()
    origin: Origin = ""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """The rows of the gradient table that are wanted: those of `tensors`, or all (none)."""

    tensors: tuple[int, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The results of a search, in the order of the run; `nodes` counts them in each node."""

    query: str = ""
    order: tuple[Hit, ...] = ()
    nodes: Mapping[str, int] | None = None
    filtered: Filtered | None = None
    """The rows of the outline that lead there."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of the graph: all else is dimmed.  `words` say what it is."""

    part: Part | None
    words: str


class Workspace(Generic[S]):
    """One run at a time, and all that is chosen about it.

    Parts connect to the signals and read what they need, without keeping a copy.  When a signal
    arrives everything here is already up to date, so the order in which parts receive it does not
    matter.  Signals are sent in the thread that made the change.

    >>> workspace = Workspace()
    >>> _ = workspace.choice_changed.connect(lambda: print(workspace.choice.level))
    >>> workspace.choose(level="autograd")
    autograd
    """

    changed = Signal()
    """Another run is shown, or none; nothing is selected, and the moment is the end."""
    redrawn = Signal()
    """The graph of the same run is another; it is still to be laid out."""
    covered_changed = Signal()
    """More of the same run is covered, or less, or nothing."""
    drawn_changed = Signal()
    """The picture shows another graph, or the same one laid out again, or none."""
    choice_changed = Signal()
    moment_changed = Signal()
    selection_changed = Signal()
    subject_changed = Signal()
    rows_changed = Signal()
    found_changed = Signal()
    excerpt_changed = Signal()
    findings_changed = Signal()

    def __init__(self) -> None:
        self._shown: S | None = None
        self._drawn: S | None = None
        self._choice = GraphChoice()
        self._held = ""
        self._position = 0
        self._selection = Selection()
        self._subject: Subject | None = None
        self._rows = RowFilter()
        self._found = SearchResults()
        self._excerpt: Excerpt | None = None
        self._among_processes: Sequence[Finding] = ()

    # --------------------------------------------------------------------------------- the run

    @property
    def shown(self) -> S | None:
        return self._shown

    def show(self, shown: S | None) -> None:
        """Show another run, or none.  Its folds count from now on."""
        self._shown = shown
        self._held = ""
        self._position = 0 if shown is None else shown.history.end
        self._selection, self._subject = Selection(), None
        self._rows, self._drawn, self._excerpt = RowFilter(), None, None
        self._among_processes = ()
        if shown is None:
            self._found = SearchResults()
        folds = AT_FIRST if shown is None else shown.choice.folds
        self._choice = replace(self._choice, folds=folds)
        self.changed.emit()

    @property
    def drawn(self) -> S | None:
        """What the picture shows of the run, maybe another graph of it; None before its first."""
        return self._drawn

    @property
    def is_drawn(self) -> bool:
        """Whether the picture shows the run as it is chosen, not as it was chosen before."""
        drawn, shown = self._drawn, self._shown
        if drawn is None or shown is None:
            return False
        return shown.choice == self._choice and drawn.graph is shown.graph

    def note_drawn(self, *, is_there: bool) -> None:
        """Note that there is another picture, and whether it belongs to what is shown."""
        self._drawn = self._shown if is_there else None
        self.drawn_changed.emit()

    def redraw(self, again: S) -> None:  # type: ignore[misc]
        """Show another graph of the same run; nothing happens if another run is shown by now."""
        if self._shown is None or self._shown.run is not again.run:
            return
        moment, history = self.moment, self._shown.history
        self._shown = again
        end = again.history.end
        self._position = end if moment is None else again.history.position_of(moment.now)
        self.redrawn.emit()
        if moment is not None and again.history is not history:  # with other steps
            self.moment_changed.emit()

    @property
    def covered(self) -> Covered | None:
        """What is covered of the shown run while a room is asked about it.

        Then there are no details and no findings, and the moment is the end of the run.
        """
        return None if self._shown is None else self._shown.covered

    def cover(self, again: S) -> None:  # type: ignore[misc]
        """Show the same run with more of it covered, or less, or nothing."""
        began = self.covered is None and again.covered is not None
        if began:
            self.go_to(self.end)
            self.set_excerpt(None)
            self.set_found(SearchResults())
            self.filter_rows(RowFilter())
        if self._drawn is self._shown:
            self._drawn = again
        self._shown = again
        self.covered_changed.emit()
        if began or again.covered is None:
            self.findings_changed.emit()
        if began:
            self.clear_selection()

    def take_back(self) -> None:
        """Choose again what the picture shows: the new one is not waited for."""
        if self._drawn is not None:
            self._choice = self._drawn.choice
            self.redraw(self._drawn)
            self.choice_changed.emit()

    # ------------------------------------------------------------------------ how it is drawn

    @property
    def choice(self) -> GraphChoice:
        """The choices about the graph; folds belong to each run, the others are kept."""
        return self._choice

    @property
    def fresh_choice(self) -> GraphChoice:
        """The choices about the graph of another text."""
        return replace(self._choice, folds=AT_FIRST)

    @property
    def held(self) -> str:
        """The key of the group that stays in place in the next picture; "" for none."""
        return self._held

    def choose(self, **changes: object) -> None:
        """Change the level, the grouping, or whether setup is hidden."""
        self._set_choice(replace(self._choice, **changes))  # type: ignore[arg-type]

    def set_folds(self, folds: FoldState, held: str = "") -> None:
        self._set_choice(replace(self._choice, folds=folds), held)

    def _set_choice(self, choice: GraphChoice, held: str = "") -> None:
        if self.covered is not None:  # neither autograd's own nodes nor other steps
            now = self._choice
            choice = replace(choice, level=now.level, hide_setup=now.hide_setup)
        if choice != self._choice:
            self._choice, self._held = choice, held
            self.choice_changed.emit()

    @property
    def view(self) -> View | None:
        """The groups of the shown run with the chosen folds, or None."""
        return None if self._shown is None else self._shown.drawing.view(self._choice.folds)

    def move(self, move: Callable[[View], FoldState], held: str = "") -> None:
        """Fold as one of `app.session.graph.grouping.moves` says."""
        if (view := self.view) is not None:
            self.set_folds(move(view), held)

    def toggle(self, key: str) -> None:
        """Unfold a group or a stack of groups, fold an open group, by its key."""
        from app.session.graph.grouping.moves import toggle

        self.move(lambda view: toggle(view, key), key)

    def reveal(self, operation: int) -> None:
        """Unfold the groups around an operation."""
        from app.session.graph.grouping.moves import reveal

        self.move(lambda view: reveal(view, operation))

    def follow(self, operation: int) -> None:
        """Of loops that show one pass, show the one that an operation is part of."""
        from app.session.graph.grouping.moves import follow

        self.move(lambda view: follow(view, operation))

    def step_pass(self, loop: str, by: int) -> None:
        """Show the pass `by` later of a loop that shows one pass.  `loop` is its key."""
        from app.session.graph.grouping.moves import step_pass

        self.move(lambda view: step_pass(view, loop, by), loop)

    def show_member(self, key: str) -> None:
        """Open one of several alike groups that are drawn as one."""
        from app.session.graph.grouping.moves import show_member

        self.move(lambda view: show_member(view, key), key)

    # ------------------------------------------------------------------------------ the moment

    @property
    def position(self) -> int:
        """As in `app.session.timeline.History`."""
        return self._position

    @property
    def end(self) -> int:
        return 0 if self._shown is None else self._shown.history.end

    @property
    def is_at_end(self) -> bool:
        return self._position == self.end

    @property
    def moment(self) -> Snapshot | None:
        """The state at the current moment; None at the end, where the whole run is shown."""
        if self._shown is None or self.is_at_end:
            return None
        return self._shown.history.at(self._position)

    def go_to(self, position: int) -> None:
        """Show the run at this position, unless some of it is covered."""
        if self._shown is None or self.covered is not None:
            return
        position = max(0, min(position, self.end))
        if position == self._position == self.end:
            return
        was_at_end, self._position = self.is_at_end, position
        self._subject = None  # the details are about the moment
        leaves_end = was_at_end and not self.is_at_end
        if leaves_end:
            self._selection = Selection()
        self.moment_changed.emit()
        if leaves_end:
            self.selection_changed.emit()
        self.subject_changed.emit()

    # --------------------------------------------------------------------------- the selection

    @property
    def selection(self) -> Selection:
        return self._selection

    @property
    def subject(self) -> Subject | None:
        """The subject of the details; None if they describe the moment, or nothing."""
        return self._subject

    @property
    def details(self) -> Details | None:
        """The details of the subject, or None."""
        if self._shown is None or self._subject is None or self.covered is not None:
            return None
        return self._shown.details(self._subject, self.moment)

    def select(self, selection: Selection, subject: Subject | None = None) -> None:
        self._selection, self._subject = selection, subject
        self.selection_changed.emit()
        self.subject_changed.emit()

    def clear_selection(self, origin: Origin = "") -> None:
        self.select(Selection(origin=origin))

    def select_operation(self, operation: int, origin: Origin = "") -> None:
        if self._shown is not None:
            line = self._shown.run.operations[operation].spot
            found = Selection((operation,), lines=_lines(line), origin=origin)
            self.select(found, ("operation", operation))

    def select_group(self, key: str, origin: Origin = "") -> None:
        """Select a group, with the line of its first operation; a module is shown as such."""
        if self._shown is None or not (members := self._shown.drawing.tree.members(key)):
            return
        operation = self._shown.drawing.tree.operations(key)[0]
        module = members[0].step.module if len(members) == 1 else None
        lines = _lines(self._shown.run.operations[operation].spot)
        subject: Subject = ("group", key) if module is None else ("module", module)
        self.select(Selection((operation,), lines=lines, origin=origin), subject)

    def select_autograd_node(self, node: int, origin: Origin = "") -> None:
        """Select a node that a backward pass made: no operation did."""
        if self._shown is not None:
            line = self._shown.line_of_autograd_node(node)
            self.select(Selection(lines=_lines(line), origin=origin), ("autograd_node", node))

    def select_tensor(self, tensor: int, origin: Origin = "") -> None:
        """Select a tensor in all its values."""
        if self._shown is not None:
            run = self._shown.run
            found = run.tensors[tensor]
            values = tuple(value.id for value in run.values[found.identity])
            chosen = Selection((), values, tensor, _lines(found.spot), origin)
            self.select(chosen, ("tensor", tensor))

    def select_module(self, module: int) -> None:
        """Select the operations of a module."""
        if self._shown is not None:
            ran = [op for op in self._shown.run.trace.operations if op.module == module]
            lines = _lines(*(op.spot for op in ran))
            self.select(Selection(tuple(op.id for op in ran), lines=lines), ("module", module))

    def select_users(self, tensors: Iterable[int], origin: Origin = "") -> None:
        """Select the operations of the forward pass that use parameters, in any of their values."""
        if self._shown is None:
            return
        run = self._shown.run
        values = {value.id for tensor in tensors for value in run.values[run.identity(tensor)]}
        users = tuple(
            operation.id
            for operation in run.trace.operations
            if operation.phase == "forward" and not values.isdisjoint(operation.inputs)
        )
        self.select(Selection(users, origin=origin))

    def select_gradient(self, tensor: int) -> None:
        """Select everything that the reason of a row of the table mentions."""
        if self.covered is not None:
            self.select_tensor(tensor, "table")
        elif self._shown is not None:
            rows = self._shown.run.trace.gradients
            why = next(row.why for row in rows if row.tensor == tensor)
            lines = frozenset(why.spots)
            chosen = Selection(tuple(why.operations), row=tensor, lines=lines, origin="table")
            self.select(chosen, ("tensor", tensor))

    def select_path(self, operations: Iterable[int]) -> None:
        """Ring the path of a gradient, without changing the subject of the details."""
        if self._shown is not None:
            found = self._shown.run.operations
            path = tuple(operations)
            lines = _lines(*(found[one].spot for one in path))
            chosen = replace(self._selection, operations=path, lines=lines)
            self.select(chosen, self._subject)

    def select_line(self, line: int) -> None:
        """Select what a line of the text that ran did."""
        if self._shown is not None:
            found = tuple(self._shown.lines.get(line, ()))
            lines = _lines(line if found else None)
            subject: Subject | None = ("operation", found[0]) if found else None
            self.select(Selection(found, lines=lines, origin="text"), subject)

    def mark_line(self, line: int) -> None:
        """Mark this line, independent of the selection's lines."""
        self.select(replace(self._selection, lines=_lines(line)), self._subject)

    # --------------------------------------------------------------- what is found and put forward

    @property
    def findings(self) -> Sequence[Finding]:
        """The findings about the processes of the run, then those of the shown one."""
        if self.covered is not None:
            return ()
        own = () if self._shown is None else self._shown.run.trace.findings
        return (*self._among_processes, *own)

    @property
    def findings_among_processes(self) -> Sequence[Finding]:
        return self._among_processes

    def set_findings_among_processes(self, findings: Sequence[Finding]) -> None:
        """Set what differs between the processes of the run, until another run is shown."""
        if findings != self._among_processes:
            self._among_processes = findings
            self.findings_changed.emit()

    @property
    def rows(self) -> RowFilter:
        return self._rows

    def filter_rows(self, rows: RowFilter) -> None:
        if rows != self._rows:
            self._rows = rows
            self.rows_changed.emit()

    @property
    def found(self) -> SearchResults:
        return self._found

    def set_found(self, found: SearchResults) -> None:
        self._found = found
        self.found_changed.emit()

    @property
    def excerpt(self) -> Excerpt | None:
        return self._excerpt

    def set_excerpt(self, excerpt: Excerpt | None) -> None:
        if excerpt != self._excerpt:
            self._excerpt = excerpt
            self.excerpt_changed.emit()


def _lines(*lines: int | None) -> frozenset[int]:
    return frozenset(line for line in lines if line is not None)
