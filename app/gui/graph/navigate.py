"""Navigation by keys: along edges, to neighbours, to the first and the last node."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QRectF

from app.gui.graph.scenes.scene import PlacedNode, Scene

Direction = Literal["down", "up", "left", "right", "first", "last"]

_ONWARD: Final[dict[str, Direction]] = {"TB": "down", "LR": "right"}
_BACK: Final[dict[str, Direction]] = {"TB": "up", "LR": "left"}


def neighbour(scene: Scene, key: str, direction: Direction) -> str | None:
    """Return the key of the node in that direction, or None.

    Along the direction in which the graph is drawn, and against it, one follows edges, gradient
    edges first; across it one goes to the nearest node at the same height (or breadth).
    """
    if direction in ("first", "last"):
        order = scene.reading_order
        return order[0 if direction == "first" else -1] if order else None
    node = scene.nodes[key]
    if direction == _ONWARD[scene.direction]:
        ends = [(edge.item.kind != "gradient", edge.key[1]) for edge in scene.leaving(key)]
        return _nearest(scene, node, ends)
    if direction == _BACK[scene.direction]:
        ends = [(edge.item.kind != "gradient", edge.key[0]) for edge in scene.arriving(key)]
        return _nearest(scene, node, ends)
    return _beside(scene, node, 1 if direction in ("right", "down") else -1)


def _nearest(scene: Scene, node: PlacedNode, ends: list[tuple[bool, str]]) -> str | None:
    """Return the end of an edge that is most directly ahead."""
    here = _across(scene, node.rect)
    others = [(rest, abs(_across(scene, scene.nodes[key].rect) - here), key) for rest, key in ends]
    return min(others)[2] if others else None


def _beside(scene: Scene, node: PlacedNode, sign: int) -> str | None:
    """Return the next node in the same rank, or None."""
    here = _across(scene, node.rect)
    others = [
        (sign * (_across(scene, other.rect) - here), other.key)
        for other in scene.nodes_in(_rank(scene, node.rect))
        if sign * (_across(scene, other.rect) - here) > 0
    ]
    return min(others)[1] if others else None


def _across(scene: Scene, rect: QRectF) -> float:
    return rect.center().x() if scene.direction == "TB" else rect.center().y()


def _rank(scene: Scene, rect: QRectF) -> QRectF:
    """Return the band beside a rectangle."""
    whole = scene.bounds
    if scene.direction == "TB":
        return QRectF(whole.left(), rect.top(), whole.width(), rect.height())
    return QRectF(rect.left(), whole.top(), rect.width(), whole.height())
