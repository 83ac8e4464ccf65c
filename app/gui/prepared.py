"""Everything that the window shows of a trace, worked out before the window hears of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.gui.editor.line_marks import marks_of
from app.gui.editor.marks import Mark
from app.gui.panels.gradient_rows import GradientRow, rows_of
from app.gui.panels.moment_details import moment_details
from app.gui.panels.sentence_list import Item
from app.gui.panels.sentences import words_of
from app.gui.panels.timeline.lanes import Lanes
from app.session.comparison import Comparison
from app.session.details.autograd_node import autograd_node_details
from app.session.details.facts import Details
from app.session.details.module import module_details
from app.session.details.operation import operation_details
from app.session.details.tensor import tensor_details
from app.session.graph.building import Drawing
from app.session.graph.choice import GraphChoice
from app.session.graph_items import GroupItem, StatusKey
from app.session.leaf_grads import LeafCount
from app.session.lookup import operations_by_line
from app.session.numbers import leaves_counted, operations_counted
from app.session.outline import Outline
from app.session.run import Run
from app.session.timeline import History, Then
from app.session.underlines import Underline, underlines
from app.session.variables import Variables

if TYPE_CHECKING:
    import networkx as nx

    from app.gui.run_controller import Job


@dataclass(frozen=True, slots=True)
class Prepared:
    run: Run
    choice: GraphChoice
    """How the graph is drawn."""
    drawing: Drawing
    """Its groups, and the graphs of other fold states."""
    graph: nx.MultiDiGraph[str]
    outline: Outline
    counts: Mapping[StatusKey, int]
    marks: Mapping[int, Mark]
    words: tuple[Item, ...]
    rows: tuple[GradientRow, ...]
    lanes: Lanes
    underlines: tuple[Underline, ...]
    variables: Variables
    lines: Mapping[int, list[int]]
    """Operation ids by line."""
    time_limit: float
    """Seconds that the run was given; 0 is none."""
    is_from_file: bool
    comparison: Comparison | None = None
    """Of a what-if: with the same text as written."""
    job: Job | None = None
    """What ran; None of a trace that was read from a file."""

    @property
    def calls(self) -> int:
        """Operations that count."""
        return sum(self.counts.values())

    @property
    def leaves(self) -> LeafCount:
        return self.lanes.history.grads.in_all

    @property
    def note(self) -> str:
        """What the graph holds."""
        return f"{operations_counted(self.calls)}, {leaves_counted(self.leaves.total)}"

    def moment_details(self, then: Then) -> Details | None:
        return moment_details(then)

    def operation_details(self, operation: int, then: Then | None = None) -> Details:
        """`then` is the moment at which it is asked about; None is the end of the run."""
        history, found = self.lanes.history, self.run.operations[operation]
        return operation_details(then or history.at(history.end), found, self.comparison)

    def autograd_node_details(
        self, node: int, then: Then | None = None
    ) -> tuple[Details, int | None]:
        """Of one that a backward pass made; and the line of that pass."""
        history = self.lanes.history
        return autograd_node_details(then or history.at(history.end), node)

    def module_details(self, module: int, then: Then | None = None) -> Details:
        return module_details(self.run, self.run.modules[module], then)

    def tensor_details(self, tensor: int, then: Then | None = None) -> Details:
        return tensor_details(self.run, self.run.tensors[tensor], then)


def prepare(
    run: Run,
    *,
    choice: GraphChoice,
    time_limit: float = 0.0,
    is_from_file: bool = False,
    comparison: Comparison | None = None,
    job: Job | None = None,
) -> Prepared:
    """Compute everything that the window shows of a trace.

    Takes time in proportion to the trace: do not call it in the window's thread.
    """
    run.warm_up()
    drawing = Drawing(run, choice, comparison)
    graph = drawing.graph(choice.folds)
    history = History(run, hide_setup=choice.hide_setup)
    history.contents.look_ahead(_groups_in(graph))
    return Prepared(
        run=run,
        choice=choice,
        drawing=drawing,
        graph=graph,
        outline=Outline(run, drawing.tree),
        counts=history.counts.in_all,
        marks=marks_of(run),
        words=tuple(words_of(run, comparison)),
        rows=tuple(rows_of(run, comparison)),
        lanes=Lanes(history),
        underlines=tuple(underlines(run)),
        variables=Variables(run),
        lines=operations_by_line(run),
        time_limit=time_limit,
        is_from_file=is_from_file,
        comparison=comparison,
        job=job,
    )


def redrawn(prepared: Prepared, choice: GraphChoice) -> Prepared:
    """The same with another graph.  Takes time: not for the window's thread."""
    before, drawing, outline = prepared.choice, prepared.drawing, prepared.outline
    if replace(before, folds=choice.folds) != choice:
        drawing = Drawing(prepared.run, choice, prepared.comparison)
        outline = Outline(prepared.run, drawing.tree)
    lanes = prepared.lanes
    if before.hide_setup != choice.hide_setup:
        lanes = Lanes(History(prepared.run, hide_setup=choice.hide_setup))
    graph = drawing.graph(choice.folds)
    lanes.history.contents.look_ahead(_groups_in(graph))
    return replace(
        prepared,
        choice=choice,
        drawing=drawing,
        graph=graph,
        outline=outline,
        lanes=lanes,
    )


def _groups_in(graph: nx.MultiDiGraph[str]) -> Iterator[Sequence[int]]:
    """The operations of each folded group, and of each frame."""
    for node in graph:
        item = graph.nodes[node].get("item")
        if isinstance(item, GroupItem):
            yield item.operations
    for frame in graph.graph.get("frames", {}).values():
        yield frame.operations
