"""Builds the graph that is drawn from a trace."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from itertools import accumulate, chain
from typing import Final, NamedTuple

import networkx as nx

from app.contract.records import AutogradNode, Operation, Tensor
from app.session.comparing.what_if import Comparison
from app.session.graph.autograd import AutogradNodes, connect
from app.session.graph.choice import GraphChoice
from app.session.graph.cuts import put_cuts
from app.session.graph.drawn import DrawnGraph
from app.session.graph.flows import Flows
from app.session.graph.frames import AnyRegion, Regions, region_item
from app.session.graph.grouping.chains import tree_of
from app.session.graph.grouping.folds import FoldState
from app.session.graph.grouping.groups import ROOT, Group
from app.session.graph.grouping.opening import Opening, View, opening_of
from app.session.graph.items import Items
from app.session.graph.lifting import Edges
from app.session.graph.payloads import FrameItem, GroupItem, OperationItem
from app.session.run import Run

FAILED_CALL: Final = "failed"
"""The key of the node of the call that ended the run."""
_NEAR: Final = 3
"""Two uses of a value share a capsule if at most this many nodes are between them."""
_CROWD: Final = 6
"""From this many values from outside on, a node has one capsule for all of them."""
_CROWD_OF_GROUP: Final = 3
"""The same of a folded group: it does not say what it does with each."""
_FAR: Final = 8
"""From this many nodes between its maker and its use on, a value has no edge."""


def build(run: Run, choice: GraphChoice | None = None) -> nx.MultiDiGraph[str]:
    """Return the graph of `choice`; by default calls, without set-up operations."""
    choice = choice or GraphChoice()
    return Drawing(run, choice).graph(choice.folds)


class _Flow(NamedTuple):
    """A value that an operation uses: `maker` and `taker` are positions, -1 is outside."""

    maker: int
    taker: int
    tensor: Tensor
    capsule: bool
    """Whether it may come from a capsule of its own."""
    outside: bool = False
    """Whether it went through Python: `maker` took it out of torch."""


class Drawing:
    """A trace as graphs: one for each fold state.  What they share is worked out once.

    Nodes and edges are in the order of the run, so the same trace gives the same graph.
    """

    def __init__(self, run: Run, choice: GraphChoice, comparison: Comparison | None = None) -> None:
        self.run = run
        run = self.run
        self.nodes = AutogradNodes(run) if choice.level == "autograd" else None
        self.units = run.units_beside_set_up if choice.hide_setup else run.units
        if self.nodes is not None:
            self.units = self.units.like(lambda form: bool(form.grad_fn))
        self.tree = tree_of(
            run,
            self.units,
            grouping=choice.grouping,
            whole_modules=choice.level == "modules",
        )
        self._backward = sorted(one.event for one in run.trace.backward_passes)
        self.opening = opening_of(self.tree, self._trains)
        self.items = Items(run, comparison)
        self.flows = Flows(run)
        self.regions = Regions(run, self.units)
        self._entering: dict[tuple[int, int], Sequence[_Flow]] = {}

    def opened_as(self, opening: Opening) -> Drawing:
        """Return the same with other groups open at first."""
        again = copy(self)
        again.opening = opening
        return again

    def view(self, state: FoldState) -> View:
        """Return the view of the tree in this state."""
        return View(self.tree, state, self.opening)

    def graph(self, state: FoldState, within: str = ROOT) -> nx.MultiDiGraph[str]:
        """Return a new graph in this fold state; `graph.payloads` defines its attributes.

        `within` is the key of a group, or of several alike ones: only what lies in it is drawn,
        with capsules for what comes from elsewhere and for what goes on.  For calls only.
        """
        return _Picture(self, self.view(state), within, pills=self.opening.plain).graph

    def _trains(self, loop: Group) -> bool:
        first, last = self.units[loop.start].event, self.units[loop.end - 1].event
        return bisect_right(self._backward, first) < bisect_left(self._backward, last)

    @cached_property
    def taken(self) -> list[_Flow]:
        """All drawn values that operations use."""
        run, tree, made = self.run, self.tree, self.run.operation_columns
        found: list[_Flow] = []
        passed: dict[int, int] = {}
        """By value, the position of the operation that handed it on unchanged."""
        units = made.taken_and_made(self.units.places)
        for place, (at, inputs, _) in enumerate(units):
            form = made.form_at(at)
            for id_ in dict.fromkeys(inputs):
                identity = run.identity(id_)
                owned = form.module is not None and self.items.owns(made[at], run.tensors[id_])
                if owned and identity in run.buffers:
                    continue  # running statistics: a module's own affair from call to call
                maker = run.maker(id_)
                origin = None if maker is None else tree.position(maker)
                origin = passed.get(id_, origin)
                capsule = identity in run.names and identity not in run.buffers and not owned
                if origin is not None or capsule:
                    tensor = run.tensors[id_]
                    found.append(_Flow(-1 if origin is None else origin, place, tensor, capsule))
            outputs = made.outputs(at)
            if form.reason == "unchanged" or not set(inputs).isdisjoint(outputs):
                passed |= dict.fromkeys(outputs, place)  # also where nothing is recorded
            for left in run.came_back.get(made.ids[at], ()):
                origin = tree.position(left.id)
                if origin is not None and left.inputs:
                    tensor = run.tensors[left.inputs[0]]
                    found.append(_Flow(origin, place, tensor, False, outside=True))
        return found

    def entering(self, start: int, end: int) -> Sequence[_Flow]:
        """Return the values that operations `start` to `end` (exclusive) use from outside.

        Kept for each range of several: as a group is folded and unfolded it stays the same.
        """
        flows = self.taken[self._first_flow[start] : self._first_flow[end]]
        if end - start == 1:
            return flows
        known = self._entering.get((start, end))
        if known is None:
            found: dict[tuple[int, int], _Flow] = {}
            for flow in flows:
                if flow.maker < start:
                    same = found.get((flow.maker, flow.tensor.id))
                    if same is None or not self._carries(same):
                        found[flow.maker, flow.tensor.id] = flow
            known = self._entering[start, end] = list(found.values())
        return known

    def _carries(self, flow: _Flow) -> bool:
        return self.flows.carries(flow.tensor, self.tree.order[flow.taker])

    @cached_property
    def _first_flow(self) -> list[int]:
        """The index in `taken` at which each position's flows begin; one more for the end."""
        first = [0] * (len(self.units) + 1)
        for flow in self.taken:
            first[flow.taker + 1] += 1
        return list(accumulate(first))

    def is_side_input(self, flow: _Flow) -> bool:
        """Return whether it is data from outside that one operation uses beside its main input."""
        if flow.maker >= 0 or flow.tensor.requires_grad or self._uses[flow.tensor.identity] > 1:
            return False
        own = self.entering(flow.taker, flow.taker + 1)
        return own[0].tensor.identity != flow.tensor.identity

    @cached_property
    def _uses(self) -> Counter[int]:
        """How many operations use each value from outside, by its identity."""
        return Counter(flow.tensor.identity for flow in self.taken if flow.maker < 0)

    @cached_property
    def last_taker(self) -> dict[int, int]:
        """The position of the last operation that uses a value, by the value's id."""
        return {flow.tensor.id: flow.taker for flow in self.taken}

    @cached_property
    def unused(self) -> list[tuple[int, int]]:
        """Named results that no drawn operation uses, as (position of the maker, tensor)."""
        operations, tensors = self.run.operation_columns, self.run.tensor_columns
        units = operations.taken_and_made(self.units.places)
        taken = set(chain.from_iterable(inputs for _, inputs, _ in units))
        return [
            (place, made)
            for place, at in enumerate(self.units.places)
            for made in operations.outputs(at)
            if made not in taken and tensors.label_of(made).name is not None
        ]


class _Picture:
    """A graph while it is being built."""

    def __init__(self, drawing: Drawing, view: View, within: str, *, pills: bool) -> None:
        self._drawing, self._view, self._pills = drawing, view, pills
        self._run, self._items = drawing.run, drawing.items
        self.graph: nx.MultiDiGraph[str] = DrawnGraph()
        self._frames: dict[str, FrameItem] = {}
        self._keys: list[str] = []
        self._place_of: dict[str, int] = {}
        self._end_of: list[int] = []
        """For each node the position after its last operation."""
        members = drawing.tree.members(within)
        self._start, self._end = members[0].start, members[-1].end
        self._node_at = [0] * len(drawing.units)
        self._capsules: dict[int, tuple[str, int]] = {}
        self._edges = Edges(self.graph, drawing.flows)
        if drawing.units:
            outer = members[0] if len(members) == 1 else drawing.tree[members[0].parent]
            self._add(outer, None, ())
        if drawing.nodes is None:
            self._connect()
        else:
            if self._end - self._start == len(drawing.units):
                for key, item in drawing.nodes.made_by_backward:
                    self._put(key, item, None, self._end, self._end)
            connect(self.graph, drawing.nodes, self._key_of_autograd, self._leaf)
            self._connect_unreached(drawing.nodes)
        self._add_results()
        if drawing.nodes is None and self._end - self._start == len(drawing.units):
            self._add_failed_call()
        if self._end - self._start < len(drawing.units):
            self._add_leaving()
        self._edges.draw()
        put_cuts(self.graph, self._run, self._node, self._frames)
        self.graph.graph["frames"] = self._frames

    # ------------------------------------------------------------------------- nodes and frames

    def _add(self, group: Group, outer: str | None, inside: tuple[int, ...]) -> None:
        """Draw the contents of an open group in the frame `outer`; `inside` are spans' ids."""
        for part in self._view.parts(group):
            if isinstance(part, int):
                first = last = part
            else:
                first, last = part[0].start, part[-1].end - 1
            if last < self._start or first >= self._end:
                continue
            frame, spans = outer, inside
            for span in self._drawing.regions.around(first, last):
                if span.id not in spans:
                    frame, spans = self._region(span, frame), (*spans, span.id)
            if isinstance(part, int):
                self._add_operation(part, frame)
            elif len(part) == 1 and self._view.is_open(part[0]):
                self._open(part[0], frame, spans)
            else:
                self._add_folded(part, frame)

    def _open(self, group: Group, frame: str | None, spans: tuple[int, ...]) -> None:
        if self._view.has_frame(group):
            key = f"frame:{group.key}"
            self._frames[key] = self._items.frame(self._view, group, frame)
            frame = key
        self._add(group, frame, spans)

    def _region(self, span: AnyRegion, outer: str | None) -> str:
        """Return the key of the frame of a region; a region split by other frames has several."""
        key = f"span:{span.id}"
        if key in self._frames and self._frames[key].parent != outer:
            key = f"{key}@{outer or ''}"
        if key not in self._frames:
            self._frames[key] = region_item(span, outer)
        return key

    def _add_operation(self, place: int, frame: str | None) -> None:
        unit = self._drawing.units[place]
        if self._drawing.nodes is not None:
            self._add_nodes(self._drawing.nodes.items(unit), frame, place, place + 1)
            return
        item = self._items.operation(unit, [unit], pills=self._pills or frame is None)
        self._put(f"op:{unit.id}", item, frame, place, place + 1)

    def _add_folded(self, members: Sequence[Group], frame: str | None) -> None:
        first, end = members[0], members[-1].end
        is_one, pills = end - first.start == 1, self._pills or frame is None
        if self._drawing.nodes is not None and is_one:
            unit = self._drawing.units[first.start]
            self._add_nodes(self._drawing.nodes.items(unit), frame, first.start, end)
        elif len(members) == 1 and first.step.operation is not None:
            call = self._run.operations[first.step.operation]
            item = self._items.operation(call, self._drawing.units[first.start : end], pills=pills)
            item = replace(item, group=first.key)
            self._put(f"op:{call.id}", item, frame, first.start, end)
        elif is_one and first.kind == "module":
            unit = self._drawing.units[first.start]
            module = self._items.module(self._view.tree, first, unit, pills=pills)
            self._put(first.key, module, frame, first.start, end)
        else:
            group = self._items.group(self._view.tree, members)
            self._put(group.group, group, frame, first.start, end)

    def _add_nodes(
        self, nodes: Sequence[tuple[str, OperationItem]], frame: str | None, start: int, end: int
    ) -> None:
        """Add the autograd nodes of an operation; the first one represents it."""
        for key, item in reversed(nodes):
            self._put(key, item, frame, start, end)

    def _put(self, key: str, item: object, frame: str | None, start: int, end: int) -> None:
        cluster = {} if frame is None else {"cluster": frame}
        self.graph.add_node(key, item=item, **cluster)
        self._node_at[start:end] = [len(self._keys)] * (end - start)
        self._place_of[key] = len(self._keys)
        self._end_of.append(end)
        self._keys.append(key)

    def _node(self, operation: int) -> str | None:
        """Return the key of the node that represents an operation, or None."""
        place = self._drawing.tree.position(operation)
        if place is None or not self._start <= place < self._end:
            return None
        return self._keys[self._node_at[place]]

    # ------------------------------------------------------------------------------------- edges

    def _key_of_autograd(self, node: AutogradNode) -> str | None:
        """Return the key of an autograd node's own node, or of its group's."""
        key = f"node:{node.id}"
        if key in self.graph or node.operation is None:
            return key if key in self.graph else None
        return self._node(node.operation)

    def _leaf(self, node: AutogradNode, target: str) -> str | None:
        """Return the AccumulateGrad beside the node that leads to it; groups contain theirs."""
        tensor = self._run.tensors[node.tensor or 0]
        if tensor.kind == "parameter" and not _is_operation(target):
            return None
        key = self._capsule(tensor, self._place_of[target])
        self.graph.nodes[key]["item"] = self._items.leaf_node(tensor)
        if (frame := self.graph.nodes[target].get("cluster")) is not None:
            self.graph.nodes[key]["cluster"] = frame
        return key

    def _connect_unreached(self, nodes: AutogradNodes) -> None:
        """Connect nodes that no backward pass reached, by the values between them."""
        for flow in self._entering():
            unit = self._drawing.units[flow.taker]
            if flow.maker >= 0 and not nodes.of(unit):
                source = self._keys[self._node_at[flow.maker]]
                target = self._keys[self._node_at[flow.taker]]
                self._edges.add(source, target, flow.tensor, unit.id)

    def _connect(self) -> None:
        for flow in self._entering():
            target = self._node_at[flow.taker]
            source = self._source(flow, target)
            if source is not None and flow.outside:
                self._edges.add_outside(source, self._keys[target], flow.tensor)
            elif source is not None:
                taker = self._drawing.tree.order[flow.taker]
                self._edges.add(source, self._keys[target], flow.tensor, taker)

    def _entering(self) -> Iterator[_Flow]:
        """Yield the values that nodes use from others, in the order of the run."""
        start = self._start
        while start < self._end:
            end = self._end_of[self._node_at[start]]
            yield from self._drawing.entering(start, end)
            start = end

    def _source(self, flow: _Flow, target: int) -> str | None:
        """Return the node that a value comes from; None if no edge is drawn.

        A value from outside the picture gets a capsule where it is used, and another one where it
        is used again later; so does one that was made long before and carries no gradient.  A long
        edge shows little and pulls unrelated nodes together.
        """
        if 0 <= flow.maker < self._start:
            return self._from_elsewhere(flow)
        if flow.maker >= 0:
            source = self._node_at[flow.maker]
            if not (flow.capsule and self._is_far(flow, source, target)):
                return None if source == target else self._keys[source]
        if not flow.capsule:
            return None
        if flow.maker < 0 and target in self._crowds:
            return self._crowd(target)
        if self._drawing.is_side_input(flow) and self._put_inside(flow.tensor, self._keys[target]):
            return None
        return self._capsule(flow.tensor, target)

    def _put_inside(self, tensor: Tensor, target: str) -> bool:
        """Draw an input in the node of an operation; return False where it is a group."""
        item = self.graph.nodes[target]["item"]
        if not isinstance(item, OperationItem):
            return False
        self.graph.nodes[target]["item"] = self._items.with_input(item, tensor)
        return True

    def _from_elsewhere(self, flow: _Flow) -> str:
        key = f"from:{flow.tensor.id}"
        if key not in self.graph:
            maker = self._drawing.units[flow.maker]
            self.graph.add_node(key, item=self._items.elsewhere(flow.tensor, "from", maker))
        return key

    @cached_property
    def _crowds(self) -> dict[int, list[Tensor]]:
        """Return the values from outside of nodes that use many, as a step uses all gradients."""
        taken: dict[int, dict[int, Tensor]] = defaultdict(dict)
        for flow in self._entering():
            if flow.maker < 0:
                values = taken[self._node_at[flow.taker]]
                values.setdefault(flow.tensor.identity, flow.tensor)
        return {
            target: list(values.values())
            for target, values in taken.items()
            if len(values) >= (_CROWD_OF_GROUP if self._is_group(target) else _CROWD)
        }

    def _is_group(self, target: int) -> bool:
        return isinstance(self.graph.nodes[self._keys[target]]["item"], GroupItem)

    def _crowd(self, target: int) -> str:
        key = f"tensors:{self._keys[target]}"
        if key not in self.graph:
            self.graph.add_node(key, item=self._items.tensors(self._crowds[target]))
        return key

    def _is_far(self, flow: _Flow, source: int, target: int) -> bool:
        """Return whether data, such as labels, was made long before; not a module's result."""
        maker = self._drawing.units[flow.maker]
        data = not flow.tensor.requires_grad and maker.module is None
        return data and target - source > _FAR

    def _capsule(self, tensor: Tensor, target: int) -> str:
        key, last_use = self._capsules.get(tensor.identity, ("", 0))
        if not key or target - last_use > _NEAR:
            key = f"tensor:{tensor.identity}" + (f":{self._keys[target]}" if key else "")
            self.graph.add_node(key, item=self._items.tensor(tensor))
        self._capsules[tensor.identity] = (key, target)
        return key

    # ----------------------------------------------------------------------------------- results

    def _add_results(self) -> None:
        """Add capsules for roots of backward, unused named results, and a group's last result."""
        roots = [root for one in self._run.trace.backward_passes for root in one.roots]
        shown: dict[str, dict[int, None]] = {}
        for id_ in dict.fromkeys([*self._unused(), *roots]):
            maker = self._run.producers.get(id_)
            source = None if maker is None else self._node(maker.id)
            if source is None or self._is_stack(source):
                continue
            if not _is_operation(source):
                shown[source] = {}
            shown.setdefault(source, {})[id_] = None
        for source, ends in shown.items():
            for id_ in ends:
                tensor = self._run.tensors[id_]
                key = f"tensor:{tensor.identity}:{id_}"
                self.graph.add_node(key, item=self._items.result(tensor))
                if (frame := self.graph.nodes[source].get("cluster")) is not None:
                    self.graph.nodes[key]["cluster"] = frame
                self._edges.add(source, key, tensor, None)

    def _add_failed_call(self) -> None:
        """Add the call that raised the error which ended the run, below what it was given."""
        error = self._run.trace.error
        call = None if error is None else error.call
        if error is None or call is None or call.backward_pass is not None:
            return
        key = FAILED_CALL
        self.graph.add_node(key, item=self._items.failed(error, call))
        for tensor in (self._run.tensors[id_] for id_ in dict.fromkeys(call.inputs)):
            maker = self._run.producers.get(tensor.id)
            source = None if maker is None else self._node(maker.id)
            if source is None and tensor.kind != "parameter" and self._run.name(tensor.id):
                source = self._capsule(tensor, len(self._keys))
            if source is not None:
                self._edges.add(source, key, tensor, None)
                if (frame := self.graph.nodes[source].get("cluster")) is not None:
                    self.graph.nodes[key]["cluster"] = frame

    def _add_leaving(self) -> None:
        """Add capsules for values that operations outside the picture use."""
        drawing = self._drawing
        leaving: dict[str, dict[int, Operation]] = defaultdict(dict)
        for place in range(self._start, self._end):
            for made in drawing.units[place].outputs:
                last = drawing.last_taker.get(made, -1)
                if last >= self._end:
                    leaving[self._keys[self._node_at[place]]][made] = drawing.units[last]
        for source, values in leaving.items():
            tensors = [self._run.tensors[made] for made in values]
            key = f"to:{source}"
            if len(values) >= _CROWD:
                self.graph.add_node(key, item=self._items.tensors(tensors))
            for tensor in tensors:
                if len(values) < _CROWD:
                    key = f"to:{tensor.id}"
                    item = self._items.elsewhere(tensor, "to", values[tensor.id])
                    self.graph.add_node(key, item=item)
                self._edges.add(source, key, tensor, values[tensor.id].id)

    def _unused(self) -> list[int]:
        """Return the unused results of operations that have a node of their own."""
        keys, node_at = self._keys, self._node_at
        found = self._drawing.unused
        return [
            made
            for place, made in found
            if self._start <= place < self._end and _is_operation(keys[node_at[place]])
        ]

    def _is_stack(self, key: str) -> bool:
        """Return whether a node represents several alike groups, each with its own results."""
        return key not in self._view.tree and len(self._view.tree.members(key)) > 1


def _is_operation(key: str) -> bool:
    return key.startswith(("op:", "node:"))
