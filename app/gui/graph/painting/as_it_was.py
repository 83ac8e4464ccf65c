"""The graph at a moment of the run: the same places, with the items of that moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QRectF

from app.contract.records import BackwardStep, GradModeSpan
from app.gui.graph.frame_header import header_rect
from app.gui.graph.painting.text import MEASURE
from app.gui.graph.scenes.scene import PlacedEdge, PlacedFrame, PlacedNode, PlacedPill, Scene, Thing
from app.session.graph.payloads import OperationItem
from app.session.look import geometry as g
from app.session.timeline import Snapshot, picture

_MOST_STEPS: Final = 32
"""The largest number of steps between two moments that are painted as differences."""
_MOST_USERS: Final = 1000
"""The largest number of users of a changed `.grad` that are painted as differences."""
_MOST_RINGED: Final = 64
_AROUND: Final = 2 * g.RING_OFFSET


@dataclass(frozen=True)
class AsItWas:
    """Gives the items at a moment; asked while painting, only for what is visible."""

    then: Snapshot

    def has_node(self, node: PlacedNode) -> bool:
        return picture.exists(self.then, node.item)

    def has_edge(self, scene: Scene, edge: PlacedEdge) -> bool:
        ends = (scene.nodes.get(end) for end in edge.key[:2])
        return all(self.has_node(node) for node in ends if node is not None)

    def has_frame(self, frame: PlacedFrame) -> bool:
        return picture.has_frame(self.then, frame.item)

    def node(self, node: PlacedNode) -> PlacedNode:
        item = node.item
        note = picture.note(self.then, item) if isinstance(item, OperationItem) else None
        return replace(node, item=picture.node(self.then, item), note=note)

    def pill(self, placed: PlacedPill) -> PlacedPill:
        return PlacedPill(placed.rect, tuple(picture.pill(self.then, one) for one in placed.pills))

    def frame(self, frame: PlacedFrame) -> PlacedFrame:
        return replace(frame, item=picture.frame(self.then, frame.item))

    def edge(self, edge: PlacedEdge) -> PlacedEdge:
        item = picture.edge(self.then, edge.item)
        if item is edge.item:
            return edge
        label = MEASURE.edge_label(item) if edge.label is not None else None
        return replace(edge, item=item, label=label)

    def shown(self, thing: Thing) -> Thing:
        """Return a thing of the scene as it is painted at this moment."""
        if isinstance(thing, PlacedPill):
            return self.pill(thing)
        if isinstance(thing, PlacedNode):
            return self.node(thing)
        return self.edge(thing) if isinstance(thing, PlacedEdge) else self.frame(thing)

    def running(self, scene: Scene) -> frozenset[str]:
        """The nodes that this moment is about."""
        keys = {scene.node_of.get(operation) for operation in self.then.running}
        if (node := self.then.node_now) is not None and (key := f"node:{node}") in scene.nodes:
            keys = {key}
        return frozenset(key for key in keys if key is not None)

    def taken_from(self, before: AsItWas, scene: Scene) -> list[PlacedEdge]:
        """The edges that a gradient came along in the one step from `before` to this moment."""
        if self.then.position != before.then.position + 1 or self.then.backward is None:
            return []
        holders = (scene.holders.get(tensor, ()) for tensor in self.filling)
        keys = {*self.running(scene), *(key for found in holders for key in found)}
        edges = (edge for key in keys for edge in scene.leaving(key))
        return [edge for edge in edges if self._has_come(edge) and not before._has_come(edge)]

    def _has_come(self, edge: PlacedEdge) -> bool:
        return self.edge(edge).item.kind == "gradient"

    @property
    def filling(self) -> frozenset[int]:
        """The tensors whose `.grad` this moment is about."""
        if self.then.moment is None or self.then.moment.lane != "Accumulate":
            return frozenset()
        records = self.then.moment.records[:_MOST_RINGED]
        tensors = (getattr(record, "tensor", None) for record in records)
        return frozenset(tensor for tensor in tensors if tensor is not None)


def changed(scene: Scene, before: Snapshot, after: Snapshot) -> list[QRectF] | None:
    """Return the rectangles that differ between two moments; None if that may be all."""
    first, last = sorted((before.position, after.position))
    if last - first > _MOST_STEPS or before.backward is not after.backward:
        return None
    history = after.history
    keys: set[str] = set()
    rects: list[QRectF] = []
    for position in range(first, last + 1):
        then = history.at(position)
        keys.update(AsItWas(then).running(scene))
        if then.ahead is not None:
            keys.update(_of_step(scene, then.ahead))
        for identity in then.leaves:
            for value in history.run.values.get(identity, ()):
                keys.update(scene.holders.get(value.id, ()))
                users = history.run.users.get(value.id, ())
                if len(users) > _MOST_USERS:
                    return None
                keys.update(scene.node_of.get(user.id, "") for user in users)
        rects.extend(_of_regions(scene, then))
    for key in keys & scene.nodes.keys():
        rects.extend(_rects(scene, key))
    return rects


def _of_step(scene: Scene, step: BackwardStep) -> Iterator[str]:
    if step.operation is not None:
        yield scene.node_of.get(step.operation, "")
    if step.node is not None:
        yield f"node:{step.node}"


def _of_regions(scene: Scene, then: Snapshot) -> Iterator[QRectF]:
    """Yield the frames of regions that are entered or left."""
    spans = {
        r.id for r in (then.moment.records if then.moment else ()) if isinstance(r, GradModeSpan)
    }
    if spans:
        yield from (frame.rect for frame in scene.frames if frame.item.span in spans)


def _rects(scene: Scene, key: str) -> list[QRectF]:
    """Return the rectangles of a node, its edges and labels, and the headers around it."""
    node = scene.nodes[key].rect
    rects = [header_rect(frame.rect) for frame in scene.frames if frame.rect.contains(node)]
    rects.append(node)
    for edge in (*scene.leaving(key), *scene.arriving(key)):
        rects.extend((edge.bounds, edge.label_rect))
    return [rect.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND) for rect in rects]
