"""Between scenes and the window: what is in the middle of the graph, and its small picture."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF

from app.gui.graph.camera import Camera
from app.gui.graph.view import GraphView
from app.session.graph.payloads import CutItem, GroupItem, OperationItem, TensorItem
from app.session.look.colors import graphic
from app.session.look.status import STATUS_STYLES
from app.session.scenes.records import Centre, FreePart, Scene, Shape, Thing

if TYPE_CHECKING:
    from app.gui.graph.scenes.scene import PlacedNode
    from app.gui.graph.scenes.scene import Scene as Placed
    from app.session.scenes.matching import Index

_SHAPES: Final = 120
"""Of a small picture at most."""
_ASPECT: Final = 196 / 116
_LEAST: Final = 0.02
"""The least height of a shape, as a share."""


def thing_of(graph: GraphView, index: Index, key: str) -> Thing | None:
    """Describe a node or a frame of the graph; None if it cannot be found again."""
    node = graph.scene.nodes.get(key)
    if node is not None:
        return _of_node(node, index)
    frame = next((frame.item for frame in graph.scene.frames if frame.key == key), None)
    if frame is None:
        return None
    if frame.span is not None:
        return index.region(frame.span)
    if frame.group:
        return index.group(frame.group)
    return None if frame.line is None else index.line(frame.line)


def _of_node(node: PlacedNode, index: Index) -> Thing | None:
    match node.item:
        case OperationItem(operation=int(operation)):
            return index.operation(operation)
        case GroupItem(group=group):
            return index.group(group)
        case TensorItem(tensor=tensor):
            return index.tensor(tensor)
        case CutItem(operation=operation):
            return index.operation(operation, "cut")
    return None


def key_of(scene: Placed, index: Index, thing: Thing) -> str | None:
    """Return the key of the node or frame that a thing is drawn as, or None."""
    id_ = index.id_of(thing)
    match thing.kind:
        case "operation":
            return None if id_ is None else scene.node_of.get(id_)
        case "cut":
            cuts = ((key, one.item) for key, one in scene.nodes.items())
            found = (
                key for key, item in cuts if isinstance(item, CutItem) and item.operation == id_
            )
            return next(found, None)
        case "tensor" if id_ is not None:
            values = {value.id for value in index.run.values[index.run.identity(id_)]}
            holders = (node.key for node in scene.nodes.values() if node.tensor in values)
            return next(holders, None)
        case "region":
            frames = (one for one in scene.frames if one.item.span is not None)
            return next((one.key for one in frames if one.item.span == id_), None)
        case "group":
            if thing.name in scene.nodes:
                return thing.name
            groups = (one.key for one in scene.frames if one.item.group == thing.name)
            return next(groups, None)
    return None


def centre_of(graph: GraphView, index: Index) -> tuple[float, Centre] | None:
    """Return zoom and centre of the graph; None if the camera is not the user's."""
    scene = graph.scene
    if graph.aim != "free" or not scene.nodes:
        return None
    found = _from_nearest(graph, index, graph.visible_area().center())
    if found is None:
        return None
    thing, by = found
    return graph.camera.zoom, Centre(thing=thing, x=by.x(), y=by.y())


def part_of(graph: GraphView, index: Index, rect: QRectF) -> FreePart | None:
    """Describe a rectangle of the scene; None if there is nothing that it can be found by."""
    found = _from_nearest(graph, index, rect.center())
    if found is None:
        return None
    thing, by = found
    size = {"width": round(rect.width(), 1), "height": round(rect.height(), 1)}
    return FreePart(thing=thing, x=by.x(), y=by.y(), **size)


def rect_of(scene: Placed, index: Index, part: FreePart) -> QRectF:
    """Return the rectangle of a part in a scene; empty if what it is found by is gone."""
    key = key_of(scene, index, part.thing)
    node = None if key is None else scene.nodes.get(key)
    if node is None:
        return QRectF()
    rect = QRectF(0, 0, part.width, part.height)
    rect.moveCenter(node.rect.center() + QPointF(part.x, part.y))
    return rect


def _from_nearest(graph: GraphView, index: Index, point: QPointF) -> tuple[Thing, QPointF] | None:
    """Return the thing that is nearest to a point of the scene, and how far from its middle."""
    for node in sorted(graph.scene.nodes.values(), key=lambda node: _distance(node.rect, point)):
        if (thing := _of_node(node, index)) is not None:
            by = point - node.rect.center()
            return thing, QPointF(round(by.x(), 1), round(by.y(), 1))
    return None


def _distance(rect: QRectF, point: QPointF) -> float:
    by = rect.center() - point
    return by.x() ** 2 + by.y() ** 2


def look_at(graph: GraphView, index: Index, scene: Scene, least: float) -> None:
    """Show the graph as it was kept; all of it if nothing was, or what it was centred on is gone.

    It is shown at least as large as `least`, and as a whole if that is larger than it was kept.  If
    all of it is too small to read, what the scene points at is in the middle.
    """
    zoom, centre = scene.zoom, scene.centre
    is_kept = zoom is not None and centre is not None
    if least and scene.things and not is_kept and not graph.fits:
        zoom, centre = least, Centre(thing=scene.things[-1])
    is_small = zoom is not None and zoom < least and graph.fits
    key = None if centre is None else key_of(graph.scene, index, centre.thing)
    if zoom is None or centre is None or key is None or is_small:
        graph.fit()
        return
    rect = graph.part_rect(key)
    at = graph.camera.rect_to_scene(rect).center() + QPointF(centre.x, centre.y)
    camera = Camera(max(zoom, least)).centred(at, QRectF(graph.rect()))
    graph.aim = "free"
    graph.go_to(camera if is_kept else camera.within(graph.scene.bounds, graph.room()))


# -------------------------------------------------------------------------- the small picture


def picture_of(*graphs: GraphView) -> tuple[Shape, ...]:
    """Return the shapes that are in sight of graphs beside each other, without text."""
    count, found = len(graphs), []
    for place, graph in enumerate(graphs):
        area = graph.visible_area()
        if area.isEmpty() or not graph.scene.nodes:
            return ()
        shapes = _shapes(graph, _filling(area, _ASPECT / count))
        for word, x, y, width, height in islice(shapes, _SHAPES // count):
            left, end = x, x + width
            if count > 1:  # not into the other one
                left, end = (max(0.0, min(1.0, share)) for share in (left, end))
            start, wide = (left + place) / count, (end - left) / count
            found.append((word, round(start, 3), y, round(wide, 3), height))
    if count > 1:
        found.append(("fill line", 0.498, 0.0, 0.004, 1.0))
    return tuple(found)


def _filling(area: QRectF, aspect: float) -> QRectF:
    """Return an area with more above and below or beside it, of a width by its height."""
    if area.width() / area.height() < aspect:
        wide = area.height() * aspect
        return QRectF(area.center().x() - wide / 2, area.y(), wide, area.height())
    high = area.width() / aspect
    return QRectF(area.x(), area.center().y() - high / 2, area.width(), high)


def _shapes(graph: GraphView, area: QRectF) -> Iterator[Shape]:
    scene, selected, shown = graph.scene, graph.selected_nodes, graph.filter
    then = shown.as_it_was
    for frame in scene.frames:
        if frame.rect.intersects(area):
            style = "line line" if frame.item.is_plain else f"dash {graphic(frame.item.status)}"
            yield _shape(style, frame.rect, area)
    for edge in scene.edges.values():
        for start, end in zip(edge.route.points, edge.route.points[1:], strict=False):
            kind = shown.edge(edge).item.kind
            role = "gradient-g" if kind in ("gradient", "waiting") else "line"
            line = QRectF(QPointF(*start), QPointF(*end)).normalized()
            around = 2.0 if role == "gradient-g" else 1.0
            line = line.adjusted(-around, -around, around, around)
            if line.intersects(area) and (then is None or then.has_edge(scene, edge)):
                how = "dots" if kind == "waiting" else "fill"
                yield _shape(f"{how} {role}", line, area, least=0.0)
    for node in scene.nodes.values():
        if not node.rect.intersects(area):
            continue
        if node.key in graph.running_nodes:
            yield _shape("ring gradient-g", node.rect.adjusted(-8, -8, 8, 8), area)
        if node.key in selected:
            yield _shape("ring ink", node.rect.adjusted(-8, -8, 8, 8), area)
        if then is not None and not then.has_node(node):
            yield _shape("line divider", node.rect, area)
        elif isinstance(node.item, CutItem):
            yield _shape("fill cut-g", node.rect, area)
        else:
            yield _shape(_style(shown.node(node)), node.rect, area)


def _style(node: PlacedNode) -> str:
    if node.status is None:
        return "line line"
    is_dashed = bool(STATUS_STYLES[node.status].dash)
    return f"{'dash' if is_dashed else 'line'} {graphic(node.status)}"


def _shape(word: str, rect: QRectF, area: QRectF, least: float = _LEAST) -> Shape:
    share = (
        (rect.x() - area.x()) / area.width(),
        (rect.y() - area.y()) / area.height(),
        rect.width() / area.width(),
        max(least, rect.height() / area.height()),
    )
    x, y, width, height = (round(max(-4.0, min(4.0, number)), 3) for number in share)
    return word, x, y, width, height
