"""Compares a graph with the one before it: which nodes are the same, and the shift that keeps
them in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF

from app.session.graph.payloads import CutItem, GroupItem, TensorItem
from app.session.look.measure import NodeItem

if TYPE_CHECKING:
    import networkx as nx

    from app.gui.graph.scenes.scene import PlacedNode, Scene

_MOST_COMPARED: Final = 600
"""Nodes between the first and the last difference that are compared one by one."""


def same_nodes(before: Mapping[str, NodeItem], graph: nx.MultiDiGraph[str]) -> dict[str, str]:
    """For each node of `graph` that was there before, the key that it had.

    Folding keeps keys.  A run of an edited text numbers operations differently: then the two
    pictures are compared like two texts, in the order of the run.
    """
    items: dict[str, NodeItem] = {key: data["item"] for key, data in graph.nodes(data=True)}
    common = [key for key in items if key in before]
    if all(_name(items[key]) == _name(before[key]) for key in common):
        return {key: key for key in common}
    return _aligned(before, items)


def _aligned(before: Mapping[str, NodeItem], after: Mapping[str, NodeItem]) -> dict[str, str]:
    old, new = list(before), list(after)
    old_names, new_names = ([_name(items[key]) for key in items] for items in (before, after))
    start, least = 0, min(len(old), len(new))
    while start < least and old_names[start] == new_names[start]:
        start += 1
    end = 0
    while end < least - start and old_names[-1 - end] == new_names[-1 - end]:
        end += 1
    pairs = [*zip(new[:start], old[:start], strict=True)]
    if end:
        pairs += zip(new[-end:], old[-end:], strict=True)
    middle = slice(start, len(old) - end), slice(start, len(new) - end)
    if max(len(old), len(new)) - start - end <= _MOST_COMPARED:
        matcher = SequenceMatcher(None, old_names[middle[0]], new_names[middle[1]], autojunk=False)
        for block in matcher.get_matching_blocks():
            for step in range(block.size):
                pairs.append((new[start + block.b + step], old[start + block.a + step]))
    return dict(pairs)


def _name(item: NodeItem) -> tuple[str, str]:
    """Return a node's name, which does not depend on its line number."""
    if isinstance(item, CutItem):
        return "cut", ""
    if isinstance(item, GroupItem):
        return item.title, item.detail
    return item.title, "" if isinstance(item, TensorItem) else item.module


def place_of_group(scene: Scene, key: str) -> QRectF | None:
    """Return the rectangle of a group, folded or not, or of the first of a stack; or None."""
    for wanted in (key, key.rpartition("+")[0]):
        for frame in scene.frames:
            if wanted and frame.item.group == wanted:
                return frame.rect
        for node in scene.nodes.values():
            if wanted and (node.key == wanted or node.group == wanted or _has(node, wanted)):
                return node.rect
    return None


def _has(node: PlacedNode, key: str) -> bool:
    """Return whether a node represents several groups, this one among them."""
    members = node.item.members if isinstance(node.item, GroupItem) else ()
    return any(one.group == key for one in members)


def shift_between(
    before: Scene, after: Scene, seen: QRectF, selected: frozenset[str], held: str = ""
) -> QPointF | None:
    """By how much what was seen of `before` lies elsewhere in `after`.

    It is what the group `held` moved by, else a selected node in sight, else what most nodes in
    sight did, or in another direction the one nearest to the middle.  None where nothing in sight
    is still there, or little of the whole.  `selected` are keys of `before`.
    """
    was, is_ = (place_of_group(scene, held) if held else None for scene in (before, after))
    if was is not None and is_ is not None:
        return QPointF(is_.center().x() - was.center().x(), is_.top() - was.top())
    if 2 * len(after.kept) < len(before.nodes):
        return None
    now = {old: key for key, old in after.kept.items()}
    there = [node for node in before.nodes_in(seen) if node.key in now]
    moves = {
        node.key: after.nodes[now[node.key]].rect.center() - node.rect.center() for node in there
    }
    chosen = [key for key in moves if key in selected]
    if chosen:
        return moves[chosen[0]]
    middle = seen.center()
    there.sort(key=lambda node: (node.rect.center() - middle).manhattanLength())
    shifts = [(moves[node.key].x(), moves[node.key].y()) for node in there]
    if not shifts:
        return None
    if before.direction != after.direction:
        return QPointF(*shifts[0])
    return QPointF(*Counter(shifts).most_common(1)[0][0])
