"""The level of autograd's own nodes: what each operation left on the graph, and what it saves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import networkx as nx

from app.contract.records import (
    AutogradNode,
    BackwardPass,
    BackwardStep,
    Operation,
    SavedTensor,
)
from app.session.graph.flows import gradient_words, shape_words
from app.session.graph.payloads import EdgeItem, GroupItem, OperationItem
from app.session.language import listing, ngettext, number, tr
from app.session.run import Run

_UNITS = ("B", "KiB", "MiB", "GiB")


class AutogradNodes:
    """The nodes of a trace by operation, and the gradients that they received."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.all = run.trace.autograd_nodes
        self.by_id = {node.id: node for node in self.all}
        self._of: dict[int, list[AutogradNode]] = defaultdict(list)
        for node in self.all:
            if node.operation is not None:
                self._of[node.operation].append(node)
        self._steps: dict[int | None, dict[int, BackwardStep]] = defaultdict(dict)
        """By node and by pass."""
        for one in run.trace.backward_passes:
            for step in one.steps:
                self._steps[step.node][one.id] = step

    def of(self, operation: Operation) -> Sequence[AutogradNode]:
        """The nodes that an operation made and a backward pass could reach, output first."""
        return self._of.get(operation.id, ())

    def items(self, operation: Operation) -> list[tuple[str, OperationItem]]:
        """What is drawn for an operation: its nodes, or what they are called where no pass came."""
        known = self.of(operation)
        if known:
            return [(f"node:{node.id}", self._item(operation, node)) for node in known]
        name, rest = operation.grad_fn[0], len(operation.grad_fn) - 1
        beside = f"+{rest}" if rest else ""
        item = _item(operation, name, tr("no backward pass reached this node"), beside)
        return [(f"node:op{operation.id}", item)]

    @property
    def made_by_backward(self) -> Iterator[tuple[str, OperationItem]]:
        """What is drawn for the nodes that a pass with `create_graph` left on the graph."""
        passes = {one.id: one for one in self._run.trace.backward_passes}
        for node in self.all:
            if node.operation is not None or node.tensor is not None:
                continue
            words, line = _saved_words(node.saved), None
            steps = self._steps.get(node.id, {}).values()
            maker = next((passes[s.made_in] for s in steps if s.made_in in passes), None)
            if maker is not None:
                words, line = listing((made_by(maker), words)), maker.spot
            item = _item(None, node.name, words, "")
            yield f"node:{node.id}", replace(item, node=node.id, line=line)

    def _item(self, operation: Operation, node: AutogradNode) -> OperationItem:
        item = _item(operation, node.name, _saved_words(node.saved), operation.name)
        return replace(item, node=node.id)

    def _step_between(self, source: AutogradNode, target: AutogradNode) -> BackwardStep | None:
        """The last gradient that `source` received in a pass that had gone through `target`."""
        came, ran = self._steps.get(source.id, {}), self._steps.get(target.id, {})
        return next((came[one] for one in reversed(came) if one in ran), None)

    def edge(self, source: AutogradNode, target: AutogradNode) -> EdgeItem:
        """Return the edge from a node to one that passes gradients back to it, as values flow."""
        step = self._step_between(source, target)
        tensor = self._tensor(source)
        words = tr("no gradient arrived") if step is None else gradient_words(step)
        kind: Literal["gradient", "data"] = "data" if step is None else "gradient"
        return EdgeItem(tensor, kind, "", words, node=source.id)

    def _tensor(self, node: AutogradNode) -> int:
        if node.tensor is not None:
            return node.tensor
        made = [] if node.operation is None else self._run.operations[node.operation].outputs
        return made[0] if made else -1


def made_by(maker: BackwardPass) -> str:
    return tr("made by {call}()").format(call=maker.call)


def _item(operation: Operation | None, name: str, words: str, beside: str) -> OperationItem:
    return OperationItem(
        operation=None if operation is None else operation.id,
        title=name,
        module=beside,
        line=None if operation is None else operation.spot,
        status="recorded",
        words=words,
        shapes="",
        pills=(),
    )


def _saved_words(saved: Sequence[SavedTensor]) -> str:
    """ "saves mat1 [2, 2], 16 B"."""
    if not saved:
        return tr("saves no tensor")
    names = listing(f"{one.name} {shape_words(one.shape)}" for one in saved)
    size = _bytes_words(sum(one.bytes for one in saved))
    return tr("saves {names}, {size}").format(names=names, size=size)


def _bytes_words(count: float) -> str:
    for unit in _UNITS:
        if count < 1024 or unit == _UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def connect(
    graph: nx.MultiDiGraph[str],
    nodes: AutogradNodes,
    key_of: Callable[[AutogradNode], str | None],
    capsule: Callable[[AutogradNode, str], str | None],
) -> None:
    """Draw `next_functions`.  `key_of` gives the key that shows a node, None if it is not shown;
    `capsule` the key of the AccumulateGrad of a leaf beside the node that leads to it."""
    between: dict[tuple[str, str], list[EdgeItem]] = {}
    for node in nodes.all:
        target = None if node.tensor is not None else key_of(node)
        if target is None:
            continue
        for following in (nodes.by_id[id_] for id_ in node.next):
            leaf = following.tensor is not None
            source = capsule(following, target) if leaf else key_of(following)
            if source is not None and source != target:
                between.setdefault((source, target), []).append(nodes.edge(following, node))
    for (source, target), items in between.items():
        ends = (graph.nodes[end]["item"] for end in (source, target))
        if len(items) > 1 and any(isinstance(item, GroupItem) for item in ends):
            graph.add_edge(source, target, item=_together(items))
        else:
            for item in dict.fromkeys(items):
                graph.add_edge(source, target, item=item)


def _together(items: Sequence[EdgeItem]) -> EdgeItem:
    carrying = [item for item in items if item.kind == "gradient"]
    first = (carrying or items)[0]
    tensors = tuple(dict.fromkeys(item.tensor for item in items))
    text = ngettext("{count} edge", "{count} edges", len(items))
    words = text.format(count=number(len(items)))
    return EdgeItem(first.tensor, first.kind, "", words, tensors)
