"""A placed graph: plain data, and an index that finds what lies in a rectangle.

Coordinates are logical pixels at 100 %, y downwards.  A scene never changes once it is built, so
that a thread may build it and the window paint it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress
from math import hypot
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from app.drawing import edges, frames, nodes
from app.drawing.grid import RectangleIndex
from app.drawing.lens import Lens, readable_zoom
from app.drawing.routes import DrawnRoute
from app.drawing.shapes import Shapes
from app.drawing.strip import cells
from app.gui.graph.frame_header import HeaderPart, header_rect, part_at
from app.gui.graph.painting.canvas import box_of, painter_path
from app.session.graph.part import EdgeKey
from app.session.graph.payloads import (
    EdgeItem,
    FrameItem,
    GroupItem,
    Member,
    OperationItem,
    Pill,
    StatusKey,
    TensorItem,
)
from app.session.look import geometry as g
from app.session.look.measure import EdgeLabel, Form, NodeItem
from graphviz_render import Direction

if TYPE_CHECKING:
    from app.drawing.opened.card import Opened
    from app.session.timeline.picture import StepProgress


@dataclass(frozen=True, slots=True)
class PlacedPill:
    """`pills` are the parameters it represents: one, or the rest that got no pill of their own."""

    rect: QRectF
    pills: tuple[Pill, ...]

    @property
    def is_rest(self) -> bool:
        return len(self.pills) > 1


@dataclass(frozen=True, slots=True)
class PlacedNode:
    key: str
    item: NodeItem
    rect: QRectF
    form: Form = "full"
    pills: tuple[PlacedPill, ...] = ()
    note: StepProgress | None = None
    """How far a backward pass is with it; only in a picture of a moment of one."""
    has_room: bool = False
    """Whether there is room in it for the numbers of a step..."""
    opened: Opened | None = None
    """...and these, in a picture that shows them."""

    def drawing(
        self, lens: Lens, *, by_training: bool = False, most_kept: int | None = None
    ) -> Shapes:
        return nodes.node(
            lens, self.item, box_of(self.rect), form=self.form, note=self.note,
            by_training=by_training, most_kept=most_kept, opened=self.opened,
        )  # fmt: skip

    @property
    def kept(self) -> int:
        """The bytes that it keeps for backward."""
        kept = getattr(self.item, "kept", None)
        return 0 if kept is None else kept.total

    @property
    def status(self) -> StatusKey | None:
        item = self.item
        return item.status if isinstance(item, (OperationItem, GroupItem)) else None

    @property
    def radius(self) -> float:
        """Of its corners: tensors are capsules, unless they are open."""
        is_capsule = isinstance(self.item, TensorItem) and not self.has_room
        return self.rect.height() / 2 if is_capsule else g.NODE_RADIUS

    @property
    def tensor(self) -> int | None:
        """The tensor that it is a capsule of."""
        return self.item.tensor if isinstance(self.item, TensorItem) else None

    @property
    def group(self) -> str:
        """The key of the group that unfolds here, "" where there is nothing to unfold."""
        item = self.item
        if isinstance(item, GroupItem):
            return item.group if item.can_open else ""
        return item.group if isinstance(item, OperationItem) else ""

    @property
    def operations(self) -> tuple[int, ...]:
        """The operations that it represents."""
        if isinstance(self.item, GroupItem):
            return self.item.operations
        if not isinstance(self.item, OperationItem):
            return ()
        own = () if self.item.operation is None else (self.item.operation,)
        return (*own, *self.item.operations)


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    key: EdgeKey
    item: EdgeItem
    route: DrawnRoute
    label: EdgeLabel | None = None
    label_rect: QRectF = field(default_factory=QRectF)

    def drawing(self, lens: Lens) -> Shapes:
        """Draw it without its label, which is above all lines."""
        return edges.edge(lens, self.item, self.route)

    def label_drawing(self, lens: Lens) -> Shapes:
        if self.label is None:
            return []
        at = self.label_rect.x(), self.label_rect.y()
        return edges.label(lens, self.item, self.label, at)

    @property
    def points(self) -> tuple[QPointF, ...]:
        """The corners from the producer to the consumer."""
        return tuple(QPointF(x, y) for x, y in self.route.points)

    @property
    def path(self) -> QPainterPath:
        """What is drawn of it.  Do not change what this returns: copy it."""
        return painter_path(self.route.path)

    @property
    def bounds(self) -> QRectF:
        margin = g.CHEVRON_HALF_WIDTH + g.CHEVRON_WIDTH
        lines = QRectF(*self.route.bounds).adjusted(-margin, -margin, margin, margin)
        return lines.united(self.label_rect)

    @property
    def segments(self) -> list[tuple[QPointF, QPointF]]:
        """The straight pieces that are drawn."""
        return [(QPointF(*start), QPointF(*end)) for start, end in self.route.pieces]


@dataclass(frozen=True, slots=True)
class PlacedFrame:
    key: str
    item: FrameItem
    rect: QRectF

    def drawing(self) -> Shapes:
        """What lies below the edges."""
        return [frames.ground(self.item, box_of(self.rect))]

    def header_drawing(self, lens: Lens) -> Shapes:
        return frames.header(lens, self.item, box_of(self.rect))


Thing = PlacedPill | PlacedNode | PlacedEdge | PlacedFrame
"""What can be pointed at."""


class Scene:
    """Nodes, edges and frames in drawing order: frames outermost first."""

    def __init__(
        self,
        nodes: list[PlacedNode],
        edges: list[PlacedEdge],
        frames: list[PlacedFrame],
        *,
        kept: Mapping[str, str] | None = None,
        direction: Direction = "TB",
        room: QRectF | None = None,
    ) -> None:
        """`kept` says of nodes that the picture before had which keys they had there.

        `room` belongs to the scene even where nothing lies in it.
        """
        self.kept: Mapping[str, str] = kept or {}
        self.direction = direction
        self.nodes = {node.key: node for node in nodes}
        self.edges = {edge.key: edge for edge in edges}
        self.frames = frames
        self._node_list = nodes
        self._edge_list = edges
        self._bounds = [edge.bounds for edge in edges]
        self._node_grid = RectangleIndex(box_of(node.rect) for node in nodes)
        self._edge_grid = RectangleIndex(map(box_of, self._bounds))
        self._leaving: dict[str, list[PlacedEdge]] = {}
        self._arriving: dict[str, list[PlacedEdge]] = {}
        for edge in edges:
            self._leaving.setdefault(edge.key[0], []).append(edge)
            self._arriving.setdefault(edge.key[1], []).append(edge)
        self.roomy = next((node for node in nodes if node.has_room), None)
        """The node that has room for the numbers of a step."""
        self.node_of = {operation: node.key for node in nodes for operation in node.operations}
        """The node that represents each operation, by the operation's id."""
        self.holders: dict[int, list[str]] = {}
        """The nodes that show a tensor, as a capsule or as a pill."""
        for node in nodes:
            self._note_tensors(node)
        failed = [node.rect for node in nodes if node.status == "failed"]
        recorded = [node.rect for node in nodes if node.status == "recorded"]
        self.first = next(iter((*failed, *recorded, *(node.rect for node in nodes))), QRectF())
        """What a first look shows: the failed call, or where autograd begins, or else the run."""
        self.reading_order = [node.key for node in sorted(nodes, key=self._reading_place)]
        """All nodes as one reads: rank by rank, and along each rank."""
        heights = [node.rect.height() for node in nodes]
        self.readable_zoom = readable_zoom(min(heights)) if heights else 0.0
        """The zoom below which names have no room."""
        self.bounds = QRectF(room or QRectF())
        for rect in self._rects():
            self.bounds = self.bounds.united(rect)

    @property
    def kind(self) -> tuple[Direction, dict[str, Form]]:
        """What distinguishes two layouts of one graph at first sight: its direction, its nodes."""
        return self.direction, {key: node.form for key, node in self.nodes.items()}

    def _reading_place(self, node: PlacedNode) -> tuple[float, float]:
        x, y = node.rect.x(), node.rect.y()
        return (y, x) if self.direction == "TB" else (x, y)

    def _note_tensors(self, node: PlacedNode) -> None:
        if isinstance(node.item, TensorItem):
            self.holders.setdefault(node.item.tensor, []).append(node.key)
        for pill in node.item.pills if isinstance(node.item, OperationItem) else ():
            self.holders.setdefault(pill.tensor, []).append(node.key)

    def _rects(self) -> Iterator[QRectF]:
        yield from (node.rect for node in self._node_list)
        yield from self._bounds
        yield from (frame.rect for frame in self.frames)

    def leaving(self, key: str) -> list[PlacedEdge]:
        return self._leaving.get(key, [])

    def arriving(self, key: str) -> list[PlacedEdge]:
        return self._arriving.get(key, [])

    def nodes_in(self, rect: QRectF) -> list[PlacedNode]:
        found = (self._node_list[index] for index in self._node_grid.near(box_of(rect)))
        return [node for node in found if node.rect.intersects(rect)]

    def edges_in(self, rect: QRectF) -> list[PlacedEdge]:
        near = self._edge_grid.near(box_of(rect))
        return [self._edge_list[one] for one in near if self._bounds[one].intersects(rect)]

    def frames_in(self, rect: QRectF) -> list[PlacedFrame]:
        return [frame for frame in self.frames if frame.rect.intersects(rect)]

    def is_free(self, rect: QRectF) -> bool:
        """Whether no node lies there, no label and no header of a frame: lines may."""
        return not (
            self.nodes_in(rect)
            or any(edge.label_rect.intersects(rect) for edge in self.edges_in(rect))
            or any(header_rect(frame.rect).intersects(rect) for frame in self.frames)
        )

    def node_at(self, point: QPointF) -> PlacedNode | None:
        around = QRectF(point.x() - 1, point.y() - 1, 2, 2)
        hits = [node for node in self.nodes_in(around) if node.rect.contains(point)]
        return hits[-1] if hits else None

    def pill_at(self, point: QPointF) -> PlacedPill | None:
        node = self.node_at(point)
        pills = node.pills if node else ()
        return next((pill for pill in pills if pill.rect.contains(point)), None)

    def member_at(self, point: QPointF) -> Member | None:
        """The one of several alike groups whose cell is under a point."""
        node = self.node_at(point)
        if node is None or not isinstance(node.item, GroupItem):
            return None
        places = cells(node.item, box_of(node.rect))
        under = (QRectF(*place).contains(point) for place in places)
        return next(compress(node.item.members, under), None)

    def edge_at(self, point: QPointF, reach: float) -> PlacedEdge | None:
        """The edge within `reach` of a point, or whose label is under it."""
        around = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        for edge in reversed(self.edges_in(around)):
            if edge.label_rect.contains(point) or _touches(edge, around):
                return edge
        return None

    def header_at(self, point: QPointF) -> tuple[FrameItem, HeaderPart] | None:
        """The header of an unfolded group under a point, and which part of it."""
        for frame in reversed(self.frames):
            if part := part_at(frame.rect, frame.item, point):
                return frame.item, part
        return None

    def frame_at(self, point: QPointF) -> PlacedFrame | None:
        """The innermost frame around a point."""
        hits = [frame for frame in self.frames if frame.rect.contains(point)]
        return hits[-1] if hits else None


def _touches(edge: PlacedEdge, around: QRectF) -> bool:
    reach = around.width() / 2
    return any(_distance(around.center(), *segment) <= reach for segment in edge.segments)


def _distance(point: QPointF, start: QPointF, end: QPointF) -> float:
    """From a point to a segment."""
    along, to_point = end - start, point - start
    length = QPointF.dotProduct(along, along)
    share = QPointF.dotProduct(to_point, along) / length if length else 0.0
    nearest = start + along * min(1.0, max(0.0, share))
    return hypot(point.x() - nearest.x(), point.y() - nearest.y())
