"""From a trace to the graph that is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx

from app.contract.records import Operation, Tensor, Trace
from app.session.graph.cuts import put_cuts
from app.session.graph.flows import Flows
from app.session.graph.folding import folds, stand_ins
from app.session.graph.frames import Frames
from app.session.graph.items import Items
from app.session.index import TraceIndex, index_of
from app.session.setup_work import is_setup

_NEAR = 3
"""Operations between two uses of a value up to which both come from one capsule."""
_FAR = 8
"""Operations between a value's making and its use from which on no edge joins the two."""
_MOST_RESULTS = 12


def build(
    trace: Trace, *, hide_setup: bool = True, unfolded: frozenset[int] = frozenset()
) -> nx.MultiDiGraph[str]:
    """The graph at the level of calls; `app.session.graph_items` says what stands on it.

    `unfolded` holds the composite calls whose inside is drawn.  `hide_setup` leaves out what only
    sets the stage (`app.session.setup_work`).  Nodes and edges stand in the order of the run, so
    the same trace gives the same graph.
    """
    return _Builder(index_of(trace), hide_setup, unfolded).build()


class _Builder:
    def __init__(self, index: TraceIndex, hide_setup: bool, unfolded: frozenset[int]) -> None:
        self._index = index
        self._hide_setup = hide_setup
        self._unfolded = unfolded
        self._graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        self._items = Items(index)
        self._flows = Flows(index)
        self._frames = Frames(index, unfolded)
        self._node_of: dict[int, str] = {}
        self._edges: set[tuple[str, str, int]] = set()
        self._position_of: dict[int, int] = {}
        self._capsules: dict[int, tuple[str, int]] = {}

    def build(self) -> nx.MultiDiGraph[str]:
        units = [
            u for u in self._index.units if not (self._hide_setup and is_setup(self._index, u))
        ]
        self._add_operations(units)
        self._add_flows(units)
        self._add_results(units)
        put_cuts(self._graph, self._index, self._node_of)
        self._graph.graph["frames"] = self._frames.used()
        return self._graph

    # ------------------------------------------------------------------------------------- nodes

    def _add_operations(self, units: Sequence[Operation]) -> None:
        drawn_for = stand_ins(self._index, self._unfolded)
        inside: dict[int, list[Operation]] = {}
        for unit in units:
            inside.setdefault(drawn_for[unit.id].id, []).append(unit)
        drawn = [self._index.operations[id_] for id_ in inside]
        for group in folds(drawn):
            members = [unit for operation in group for unit in inside[operation.id]]
            key = f"op:{group[0].id}" if len(group) == 1 else f"group:{group[0].id}"
            if len(group) == 1:
                item = self._items.operation(group[0], members)
            else:
                item = self._items.fold(members)
            self._graph.add_node(key, item=item, **self._cluster(members))
            self._node_of.update({unit.id: key for unit in members})

    def _cluster(self, members: Sequence[Operation]) -> dict[str, Any]:
        """The frame that all of these lie in, as a node attribute; nothing where there is none."""
        frames = {self._frames.of(unit) for unit in members}
        frame = frames.pop() if len(frames) == 1 else None
        return {} if frame is None else {"cluster": frame}

    # ------------------------------------------------------------------------------------- edges

    def _add_flows(self, units: Sequence[Operation]) -> None:
        self._position_of = {unit.id: position for position, unit in enumerate(units)}
        for position, unit in enumerate(units):
            for id_ in dict.fromkeys(unit.inputs):
                tensor = self._index.tensors[id_]
                source = self._source(unit, tensor, position)
                if source is not None:
                    self._connect(source, self._node_of[unit.id], tensor, unit.id)

    def _source(self, unit: Operation, tensor: Tensor, position: int) -> str | None:
        """The node that `tensor` comes from; None where it is drawn elsewhere or not at all.

        A value from outside the picture gets a capsule where it is used, and another one where it
        is used again later; so does one that was made long before and carries no gradient.  Long
        edges tell little and tie together what has nothing to do with each other.
        """
        maker = self._index.producers.get(tensor.id)
        named = self._index.name(tensor.id) is not None
        if maker is not None and maker.id in self._node_of:
            far = position - self._position_of[maker.id] > _FAR
            if not (far and named and not tensor.requires_grad):
                return self._node_of[maker.id]
        if self._items.owns(unit, tensor) or tensor.identity in self._index.buffers or not named:
            return None
        key, last_use = self._capsules.get(tensor.identity, ("", 0))
        if not key or position - last_use > _NEAR:
            key = f"tensor:{tensor.identity}" + (f":{unit.id}" if key else "")
            self._graph.add_node(key, item=self._items.tensor(tensor))
        self._capsules[tensor.identity] = (key, position)
        return key

    def _connect(self, source: str, target: str, tensor: Tensor, consumer: int | None) -> None:
        if source == target or (source, target, tensor.id) in self._edges:
            return
        self._edges.add((source, target, tensor.id))
        self._graph.add_edge(source, target, item=self._flows.edge(tensor, consumer))

    # ----------------------------------------------------------------------------------- results

    def _add_results(self, units: Sequence[Operation]) -> None:
        roots = [root for b in self._index.trace.backward_passes for root in b.roots]
        if len(units) > len(self._graph):
            ends = list(dict.fromkeys(roots))[-_MOST_RESULTS:]
        else:
            ends = list(dict.fromkeys([*self._unused(units), *roots]))
        for id_ in ends:
            maker = self._index.producers.get(id_)
            if maker is None or maker.id not in self._node_of:
                continue
            tensor = self._index.tensors[id_]
            key = f"tensor:{tensor.identity}:{id_}"
            self._graph.add_node(key, item=self._items.result(tensor))
            self._connect(self._node_of[maker.id], key, tensor, None)

    def _unused(self, units: Sequence[Operation]) -> list[int]:
        """Named results that no drawn operation took."""
        taken = {t for unit in units for t in unit.inputs}
        return [
            made
            for unit in units
            for made in unit.outputs
            if made not in taken
            and made not in unit.inputs
            and self._index.tensors[made].name is not None
        ]
