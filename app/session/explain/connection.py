"""What connects a tensor to the loss: the path of its gradient, or where that path is cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import networkx as nx

from app.contract.records import BackwardPass
from app.session.explain.flow import Flow, FlowEdge
from app.session.language import ngettext, number, paragraph, tr
from app.session.run import Run
from app.session.words import what_cuts

_START: Final = "start"
_LOSS: Final = "loss"


@dataclass(frozen=True, slots=True)
class Connection:
    """`operations` lie on the path, those that cut it included; `values` too, both ends included.

    `words` is a sentence.  If no path leads to a loss, `operations` are those that the reason for
    the missing gradient names.
    """

    values: frozenset[int]
    operations: frozenset[int]
    cuts: tuple[int, ...]
    words: str


def connection(run: Run, tensor: int) -> Connection:
    """What connects a tensor (its id), in all its values, to what backward was called on.

    Of several backward passes the last one counts whose root was computed from it.  Takes time in
    proportion to the trace.
    """
    return _Connecting(run, tensor).connection()


class _Connecting:
    def __init__(self, run: Run, tensor: int) -> None:
        self._flow = Flow(run)
        self._trace = run.trace
        run = self._flow.run
        identity = run.identity(tensor)
        self._values = {value.id for value in run.values[identity]}
        self._name = run.name(tensor) or tr("this tensor")
        self._why = next(
            (row.why for row in run.trace.gradients if run.identity(row.tensor) == identity),
            None,
        )

    def connection(self) -> Connection:
        for backward in reversed(self._trace.backward_passes):
            paths = self._paths(backward)
            for carrying in (True, False):
                if links := _through(paths, carrying=carrying):
                    return self._found(links, backward, carrying=carrying)
        return self._nothing()

    def _paths(self, backward: BackwardPass) -> nx.DiGraph[int | str]:
        """Every value that the roots were computed from, back to those of the tensor."""
        paths: nx.DiGraph[int | str] = nx.DiGraph()
        paths.add_edges_from((_START, value) for value in self._values)
        paths.add_edges_from((root, _LOSS) for root in backward.roots)
        stack, entered = list(backward.roots), set(backward.roots)
        while stack:
            value = stack.pop()
            if value in self._values:
                continue
            for link in self._flow.links(value):
                paths.add_edge(link.source, value, link=link)
                if link.source not in entered:
                    entered.add(link.source)
                    stack.append(link.source)
        return paths

    def _found(
        self, links: list[FlowEdge], backward: BackwardPass, *, carrying: bool
    ) -> Connection:
        operations = {link.operation.id: link.operation for link in links if link.operation}
        made = {value for id_ in operations for value in operations[id_].outputs}
        values = {link.source for link in links} | (made & set(backward.roots))
        cuts = sorted({link.operation.id for link in links if link.cut and link.operation})
        root = self._flow.run.name(backward.roots[0]) or tr("the loss")
        if carrying:
            words = ngettext(
                "The gradient comes from {root} to {name} through one operation.",
                "The gradient comes from {root} to {name} through {count} operations.",
                len(operations),
            ).format(root=root, name=self._name, count=number(len(operations)))
        else:
            words = tr("The path from {name} to {root} is cut: {cuts}.").format(
                name=self._name, root=root, cuts=self._where(cuts)
            )
        return Connection(frozenset(values), frozenset(operations), tuple(cuts), words)

    def _where(self, cuts: Iterable[int]) -> str:
        operations = self._flow.run.operations
        nearest = (self._why.cuts if self._why is not None else []) or list(cuts)
        named = dict.fromkeys(what_cuts(operations[cut]) for cut in nearest)
        return "; ".join(named) or tr("a value on it requires no grad")

    def _nothing(self) -> Connection:
        operations = frozenset(self._why.operations if self._why is not None else ())
        words = tr("Nothing connects {name} to a loss.").format(name=self._name)
        if self._why is not None:
            words = paragraph((words, self._why.text))
        return Connection(frozenset(self._values), operations, (), words)


def _through(paths: nx.DiGraph[Any], *, carrying: bool) -> list[FlowEdge]:
    """Return the links on all paths from start to loss; empty if there is no path."""
    if carrying:
        passing = [
            (source, value)
            for source, value, data in paths.edges(data=True)
            if "link" not in data or data["link"].passes
        ]
        paths = paths.edge_subgraph(passing).copy()  # a view would be searched slowly
    if _START not in paths or _LOSS not in paths:
        return []
    inside = nx.descendants(paths, _START) & nx.ancestors(paths, _LOSS)
    return [data["link"] for _, _, data in paths.subgraph(inside).edges(data=True)]
