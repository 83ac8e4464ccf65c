"""Where the things of a scene are in a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.drawing.placing import Places
from app.session.graph.payloads import CutItem, OperationItem, TensorItem
from app.session.look.measure import NodeItem
from app.session.scenes.matching import Index
from app.session.scenes.records import FreePart, Thing
from app.session.timeline import Snapshot
from graphviz_render import Box

if TYPE_CHECKING:
    import networkx as nx


class Boxes:
    """Where things of a run are in a drawing."""

    def __init__(self, index: Index, graph: nx.MultiDiGraph[str], places: Places) -> None:
        self._index, self._places = index, places
        self._run = index.run
        self._nodes: dict[int, str] = {}
        self._cuts: dict[int, str] = {}
        self._values: dict[int, str] = {}
        """Nodes by operation, and by the identity of a tensor."""
        self._regions = {
            frame.span: places.frames[key] for key, frame in graph.graph["frames"].items()
            if key in places.frames
        }  # fmt: skip
        for key, data in graph.nodes(data=True):
            self._add(key, data["item"])

    def _add(self, key: str, item: NodeItem) -> None:
        if isinstance(item, CutItem):
            self._cuts[item.operation] = key
        elif isinstance(item, TensorItem):
            self._values[self._run.identity(item.tensor)] = key
        else:
            inside = item.operations or (getattr(item, "operation", None),)
            self._nodes.update({one: key for one in inside if one is not None})
            if isinstance(item, OperationItem):
                identities = (self._run.identity(pill.tensor) for pill in item.pills)
                self._values.update(dict.fromkeys(identities, key))

    def of(self, thing: Thing) -> Box | None:
        """Return the place of a thing; None if it is not drawn."""
        if thing.kind == "group":
            return self._box(thing.name)
        id_ = self._index.id_of(thing)
        if id_ is None:
            return None
        match thing.kind:
            case "region":
                return self._regions.get(id_)
            case "cut":
                return self._box(self._cuts.get(id_))
            case "operation":
                return self._box(self._nodes.get(id_))
            case "line":
                ids = (one.id for one in self._run.units if one.spot == id_)
                return around([box for one in ids if (box := self._box(self._nodes.get(one)))])
        return self._of_tensor(id_)

    def part(self, part: FreePart) -> Box | None:
        """Return a free part; None if the thing that it is beside is not drawn."""
        beside = self.of(part.thing)
        if beside is None:
            return None
        left = beside.center[0] + part.x - part.width / 2
        top = beside.center[1] + part.y - part.height / 2
        return Box(left, top, part.width, part.height)

    def _of_tensor(self, id_: int) -> Box | None:
        identity = self._run.identity(id_)
        if identity in self._values:
            return self._box(self._values[identity])
        maker = self._run.producers.get(id_)
        return None if maker is None else self._box(self._nodes.get(maker.id))

    def running(self, then: Snapshot) -> list[Box]:
        """Return the places of what a moment is about."""
        keys = {self._nodes.get(operation) for operation in then.running}
        keys |= {self._values.get(identity) for identity in then.leaves}
        return [box for key in sorted(filter(None, keys)) if (box := self._box(key)) is not None]

    def _box(self, key: str | None) -> Box | None:
        return None if key is None else self._places.nodes.get(key)


def around(boxes: Sequence[Box]) -> Box | None:
    """Return the smallest box around some."""
    if not boxes:
        return None
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    return Box(left, top, right - left, bottom - top)
