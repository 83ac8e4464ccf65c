"""Which groups are open at first: a readable graph of ten to forty nodes, if possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.session.graph.grouping.folds import AT_FIRST, FoldState
from app.session.graph.grouping.groups import ROOT, Group, Tree

READABLE: Final = 40
"""Up to this many nodes everything is open; above, groups start folded."""
_LEAST_PASSES: Final = 3
_SMALL_LOOP: Final = 16
"""The passes of a loop with more operations are shown one at a time."""
_SMALL_BLOCK: Final = 8
"""A repeated module of more operations stays folded at first."""
_AT_REST: Final = ("call", "step", "backward", "setup")
"""Kinds that stay folded whatever the size of the picture."""


@dataclass(frozen=True, slots=True)
class Opening:
    """`stepped` loops show their first pass; `plain`: open groups need no frame to be understood.

    What is open in one pass of a loop is open in all: keys do not name the pass.
    """

    open: frozenset[str]
    stepped: frozenset[str]
    plain: bool

    def opens(self, group: Group, tree: Tree) -> bool:
        if group.kind == "iteration":
            is_first = tree[group.parent].contents[0] == group.key
            return is_first or tree.any_pass(group.parent) not in self.stepped
        return tree.any_pass(group.key) in self.open


class View:
    """A tree with a fold state: which groups are open, and which of those have a frame."""

    def __init__(self, tree: Tree, state: FoldState, opening: Opening) -> None:
        self.tree, self.state, self.opening = tree, state, opening

    def is_open(self, group: Group) -> bool:
        state = self.state
        if not self.tree.can_open(group):
            return False
        if group.key in state.opened:
            return True
        if group.key in state.closed:
            return False
        if state.depth is not None:
            return group.depth < state.depth
        return self.opening.opens(group, self.tree)

    def has_frame(self, group: Group) -> bool:
        """Whether a frame is drawn around the contents of an open group."""
        if group.kind == "iteration":
            opened = filter(self.is_open, self._can_be_open(group.parent))
            return sum(1 for _ in islice(opened, 2)) > 1
        if group.kind == "loop" or group.key in self.state.opened:
            return True
        if self.state.depth is not None:
            return True
        is_plain = self.opening.plain and group.kind != "function"
        return not is_plain and not self.is_whole(group)

    def is_whole(self, group: Group) -> bool:
        """Return whether a group is nearly the whole graph, so that a frame would be useless."""
        return group.parent == ROOT and 2 * group.size > len(self.tree.order)

    def around(self, operation: int) -> list[Group]:
        """The groups around an operation, outer ones first."""
        home = self.tree.home(operation)
        if home is None or home == ROOT:
            return []
        return [*reversed(list(self.tree.ancestors(home))), self.tree[home]]

    def open_passes(self, loop: str) -> list[Group]:
        return [one for one in self._can_be_open(loop) if self.is_open(one)]

    def _can_be_open(self, loop: str) -> Sequence[Group]:
        """Return the passes of a loop that may be open: the first, and those the user opened."""
        passes = self.tree.children(loop)
        if self.state.depth is not None or self.tree.any_pass(loop) not in self.opening.stepped:
            return passes
        opened = (self.tree[key] for key in self.state.opened if key in self.tree)
        found = {one.key: one for one in (*passes[:1], *opened) if one.parent == loop}
        return sorted(found.values(), key=lambda one: one.step.number)

    def parts(self, group: Group) -> list[int | list[Group]]:
        """Return the contents of an open group: operations, groups, stacks of alike ones."""
        found: list[int | list[Group]] = []
        for inner in group.contents:
            if isinstance(inner, int):
                found.append(inner)
                continue
            one = self.tree[inner]
            last = found[-1] if found else None
            if isinstance(last, list) and self._joins(last[-1], one):
                last.append(one)
            else:
                found.append([one])
        return [part for stack in found for part in self._unless_small(stack)]

    def _unless_small(self, part: int | list[Group]) -> list[int | list[Group]]:
        if isinstance(part, int) or len(part) >= self.tree.least_stack(part[0]):
            return [part]
        return [[one] for one in part]

    def _joins(self, before: Group, one: Group) -> bool:
        state = self.state
        if one.key in state.apart or before.key in state.apart or one.key in state.breaks:
            return False
        if not self.tree.can_stack(before, one):
            return False
        return not self.is_open(before) and not self.is_open(one)


def opening_of(tree: Tree, trains: Callable[[Group], bool]) -> Opening:
    """Return the default opening; `trains` says whether backward runs between a loop's passes."""
    stepped = frozenset(
        tree.any_pass(group.key)
        for group in tree.groups.values()
        if group.kind == "loop" and (group.size > READABLE or _shows_one(group, trains))
    )
    levels: dict[int, set[str]] = {}
    for group in tree.groups.values():
        if group.key != ROOT and group.kind not in _AT_REST:
            levels.setdefault(group.depth, set()).add(tree.any_pass(group.key))
    every = frozenset(key for level in levels.values() for key in level)
    at_rest = {
        tree.any_pass(group.key)
        for group in tree.groups.values()
        if group.kind == "preparation" or _is_repeated_block(tree, group)
    } | _stacked_blocks(tree)
    whole = Opening(every - at_rest if stepped else every, stepped, plain=True)
    if count(View(tree, AT_FIRST, whole)) <= READABLE:
        return whole
    found = Opening(frozenset(), stepped, plain=False)
    for _, keys in sorted(levels.items()):
        keys -= at_rest
        deeper = Opening(found.open | keys, stepped, plain=False)
        if count(View(tree, AT_FIRST, deeper)) > READABLE:
            break
        found = deeper
    return found


def _shows_one(loop: Group, trains: Callable[[Group], bool]) -> bool:
    """Return whether one pass of a small loop says enough of it: a few of those lie side by side
    in a picture that is too wide to be read."""
    many = len(loop.contents) >= _LEAST_PASSES
    return many and (loop.size > _SMALL_LOOP or trains(loop))


def _is_repeated_block(tree: Tree, group: Group) -> bool:
    """Return whether it is a module that a loop in another module's forward calls again and again:
    then the period (block, gate, sigmoid, mul) says more than what is in a block."""
    if group.kind != "module" or group.size <= _SMALL_BLOCK:
        return False
    outer = [one.kind for one in tree.ancestors(group.key)]
    return outer[:2] == ["iteration", "loop"] and "module" in outer[2:]


def _stacked_blocks(tree: Tree) -> set[str]:
    """Return the modules that are drawn as one with a count, unless they are small or opened."""
    folded = View(tree, AT_FIRST, Opening(frozenset(), frozenset(), plain=True))
    stacks = (part for outer in tree.groups.values() for part in folded.parts(outer))
    return {
        tree.any_pass(one.key)
        for stack in stacks
        if isinstance(stack, list) and len(stack) > 1 and stack[0].kind == "module"
        for one in stack
        if one.size > _SMALL_BLOCK
    }


def count(view: View) -> int:
    """Return the number of nodes drawn in a fold state, without capsules."""
    tree = view.tree
    total = 0
    waiting = [tree[ROOT]]
    while waiting:
        for part in view.parts(waiting.pop()):
            if isinstance(part, list) and len(part) == 1 and view.is_open(part[0]):
                waiting.append(part[0])
            else:
                total += 1
    return total
