"""Where the keys lead: along edges, to neighbours, to the first and the last node."""

from __future__ import annotations

from typing import Literal

from app.gui.graph.scene import PlacedNode, Scene

Direction = Literal["down", "up", "left", "right", "first", "last"]


def neighbour(scene: Scene, key: str, direction: Direction) -> str | None:
    """The key of the node in that direction; None where there is none.

    Down and up follow edges, gradient edges first; left and right go to the nearest node whose
    height overlaps.
    """
    if direction in ("first", "last"):
        order = reading_order(scene)
        return order[0 if direction == "first" else -1] if order else None
    node = scene.nodes[key]
    if direction in ("down", "up"):
        return _along_edge(scene, node, direction)
    return _beside(scene, node, 1 if direction == "right" else -1)


def reading_order(scene: Scene) -> list[str]:
    """All nodes from top to bottom, and from left to right at one height."""
    nodes = sorted(scene.nodes.values(), key=lambda node: (node.rect.y(), node.rect.x()))
    return [node.key for node in nodes]


def _along_edge(scene: Scene, node: PlacedNode, direction: Direction) -> str | None:
    if direction == "down":
        ends = [(edge, edge.key[1]) for edge in scene.leaving(node.key)]
    else:
        ends = [(edge, edge.key[0]) for edge in scene.arriving(node.key)]
    others = [(edge.item.kind != "gradient", scene.nodes[end]) for edge, end in ends]
    if not others:
        return None
    x = node.rect.center().x()
    nearest = min(others, key=lambda other: (other[0], abs(other[1].rect.center().x() - x)))
    return nearest[1].key


def _beside(scene: Scene, node: PlacedNode, sign: int) -> str | None:
    x = node.rect.center().x()
    others = [
        other
        for other in scene.nodes.values()
        if other.rect.top() < node.rect.bottom()
        and other.rect.bottom() > node.rect.top()
        and sign * (other.rect.center().x() - x) > 0
    ]
    if not others:
        return None
    return min(others, key=lambda other: abs(other.rect.center().x() - x)).key
