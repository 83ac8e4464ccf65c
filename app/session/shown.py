"""A run with everything that is computed before it is shown, and its graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from app.session.comparing.what_if import Comparison
from app.session.details.autograd_node import autograd_node_details
from app.session.details.facts import Details
from app.session.details.group import group_details
from app.session.details.module import module_details
from app.session.details.operation import operation_details
from app.session.details.tensor import tensor_details
from app.session.graph.building import Drawing
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.opening import count
from app.session.graph.outline import Outline
from app.session.graph.payloads import GroupItem, StatusKey
from app.session.language import listing, number, tr
from app.session.lookup import operations_by_line
from app.session.numbers import leaves_counted, operations_counted
from app.session.run import Run
from app.session.summary.leaf_grads import LeafCount
from app.session.timeline import History, Snapshot
from app.session.workspace import Subject

if TYPE_CHECKING:
    import networkx as nx

    from app.session.asking.covered import Covered


class ManyNodesError(Exception):
    """A graph that takes long to lay out."""

    def __init__(self, nodes: int) -> None:
        super().__init__(nodes)
        self.nodes = nodes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shown:
    run: Run
    choice: GraphChoice
    """How the graph is drawn."""
    drawing: Drawing
    """Its groups, and the graphs of other fold states."""
    graph: nx.MultiDiGraph[str]
    outline: Outline
    history: History
    lines: Mapping[int, list[int]]
    """Operation ids by line."""
    comparison: Comparison | None = None
    """Of a what-if: with the same text as written."""
    covered: Covered | None = None
    """What is covered of it while a room is asked about it."""

    @property
    def program(self) -> object:
        """What identifies its program: the path of its file."""
        return self.run.trace.snippet.path

    @property
    def is_running(self) -> bool:
        """Whether the run goes on, and this is how far it has come."""
        return self.run.trace.run.status == "running"

    @property
    def counts(self) -> Mapping[StatusKey, int]:
        """The operations by status; none while they are covered."""
        return self.history.counts.in_all if self.covered is None else {}

    @property
    def leaves(self) -> LeafCount:
        return self.history.grads.in_all

    @property
    def calls(self) -> int:
        """The number of operations that the legend counts."""
        return sum(self.history.counts.in_all.values())

    @property
    def note(self) -> str:
        """What the graph holds, or how much of it has been turned over."""
        if self.covered is not None:
            asked = self.covered.round.asked
            done = sum(one in asked for one in self.covered.round.turned)
            text = tr("{count} of {total} turned over")
            return text.format(count=number(done), total=number(len(asked)))
        return listing((operations_counted(self.calls), leaves_counted(self.leaves.total)))

    def details(self, subject: Subject, moment: Snapshot | None) -> Details | None:
        """Return what there is to say of something at a moment; None is the end of the run.

        A group that the graph no longer has, as at another level, has no details.
        """
        if subject[0] == "group":
            return group_details(self.drawing, subject[1])
        kind, number = subject
        then = moment or self.history.at(self.history.end)
        match kind:
            case "operation":
                return operation_details(then, self.run.operations[number], self.comparison)
            case "autograd_node":
                return autograd_node_details(then, number)[0]
            case "module":
                return module_details(self.run, self.run.modules[number], moment)
            case "tensor":
                return tensor_details(self.run, self.run.tensors[number], moment)

    def line_of_autograd_node(self, node: int) -> int | None:
        """Return the line of the backward pass that made an autograd node."""
        return autograd_node_details(self.history.at(self.history.end), node)[1]

    def redrawn(self, choice: GraphChoice, most: int | None = None) -> Self:
        """The same with another graph.  Takes time: not for the window's thread.

        Raises `ManyNodesError` if the graph has more than `most` nodes.
        """
        before, drawing, outline, history = self.choice, self.drawing, self.outline, self.history
        if replace(before, folds=choice.folds) != choice:
            drawing = Drawing(self.run, choice, self.comparison)
            outline = Outline(self.run, drawing.tree)
        if most is not None and (nodes := count(drawing.view(choice.folds))) > most:
            raise ManyNodesError(nodes)
        if before.hide_setup != choice.hide_setup:
            history = History(self.run, hide_setup=choice.hide_setup)
        graph = drawing.graph(choice.folds)
        history.contents.look_ahead(_groups_in(graph))
        return replace(
            self, choice=choice, drawing=drawing, graph=graph, outline=outline, history=history
        )


def show(run: Run, choice: GraphChoice, comparison: Comparison | None = None) -> Shown:
    """Compute what is shown of a run.  Takes time in proportion to the trace."""
    run.warm_up()
    drawing = Drawing(run, choice, comparison)
    graph = drawing.graph(choice.folds)
    history = History(run, hide_setup=choice.hide_setup)
    history.contents.look_ahead(_groups_in(graph))
    return Shown(
        run=run,
        choice=choice,
        drawing=drawing,
        graph=graph,
        outline=Outline(run, drawing.tree),
        history=history,
        lines=operations_by_line(run),
        comparison=comparison,
    )


def _groups_in(graph: nx.MultiDiGraph[str]) -> Iterator[Sequence[int]]:
    """The operations of each folded group, and of each frame."""
    for node in graph:
        item = graph.nodes[node].get("item")
        if isinstance(item, GroupItem):
            yield item.operations
    for frame in graph.graph.get("frames", {}).values():
        yield frame.operations
