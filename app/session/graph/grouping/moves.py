"""The user's changes to the groups of a graph; each returns the next fold state.

All take a `View`, which is a tree with its present state.  Keys that it does not know change
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.session.graph.grouping.folds import FoldState
from app.session.graph.grouping.groups import Group
from app.session.graph.grouping.opening import View

_APART: Final = 12
"""A stack of so many groups falls apart into single ones, a larger one into this many parts."""


def toggle(view: View, key: str) -> FoldState:
    """Fold an open group, unfold any other, and take a stack of alike ones apart."""
    group = view.tree.groups.get(key)
    return fold(view, key) if group is not None and view.is_open(group) else unfold(view, key)


def unfold(view: View, key: str) -> FoldState:
    """Open a group, or take a stack of alike groups apart."""
    state, members = view.state, view.tree.members(key)
    if len(members) == 1:
        return _open(view, state, members[0])
    if len(members) <= _APART:
        return replace(state, apart=state.apart | {group.key for group in members})
    share = -(-len(members) // _APART)
    return replace(state, breaks=state.breaks | {group.key for group in members[::share]})


def unfold_first(view: View, keys: Sequence[str], most: int) -> FoldState:
    """Open the groups in those that `keys` name, in order, until about `most` nodes are shown.

    Stacks of alike groups are taken apart as far as that goes.
    """
    tree, state = view.tree, view.state
    waiting = [group for key in reversed(keys) for group in reversed(tree.members(key))]
    opened: set[str] = set()
    count = 0
    while waiting and count < most:
        group = waiting.pop()
        if not tree.can_open(group):
            count += 1
            continue
        opened.add(group.key)
        inner = tree.children(group.key)
        count += len(group.contents) - len(inner)
        waiting.extend(reversed(inner))
    return replace(
        state,
        opened=state.opened | opened,
        closed=state.closed - opened,
        apart=state.apart | opened,
    )


def _open(view: View, state: FoldState, group: Group) -> FoldState:
    if not view.tree.can_open(group):
        return state
    opened = {group.key}
    if group.kind == "loop" and not view.open_passes(group.key):
        opened.add(view.tree.children(group.key)[0].key)
    apart = {key for key in opened if view.tree[key].kind == "iteration"}
    return replace(
        state,
        opened=state.opened | opened,
        closed=state.closed - opened,
        apart=state.apart | apart,
    )


def fold(view: View, key: str) -> FoldState:
    """Close a group; one that was taken out of a stack, or out of its part, returns to it."""
    state = view.state
    if key not in view.tree:
        return state
    return replace(
        state,
        opened=state.opened - {key},
        closed=state.closed | {key},
        apart=state.apart - {key},
    )


def fold_around(view: View, operation: int) -> FoldState:
    """Close the innermost open group around the node that shows an operation."""
    around = [group for group in view.around(operation) if view.is_open(group)]
    if around and around[-1].kind == "iteration" and not view.has_frame(around[-1]):
        around.pop()
    return fold(view, around[-1].key) if around else view.state


def reveal(view: View, operation: int) -> FoldState:
    """Open the groups around an operation, so that it has a node of its own."""
    state = view.state
    for group in view.around(operation):
        view = View(view.tree, state, view.opening)
        if group.kind == "iteration":
            state = show_pass(view, group.parent, group.step.number)
        elif not view.is_open(group):
            state = _open(view, state, group)
            state = replace(state, apart=state.apart | {group.key})
    return state


def follow(view: View, operation: int) -> FoldState:
    """Of each loop around an operation that shows one pass, show the pass that it is part of."""
    state = view.state
    for group in view.around(operation):
        view = View(view.tree, state, view.opening)
        if group.kind == "iteration" and len(view.open_passes(group.parent)) == 1:
            state = show_pass(view, group.parent, group.step.number)
    return state


def step_pass(view: View, loop: str, by: int) -> FoldState:
    """Show the pass `by` later of a loop that shows one pass; stop at the ends."""
    open_ = view.open_passes(loop) if loop in view.tree else []
    if len(open_) != 1:
        return view.state
    passes = view.tree.children(loop)
    place = next(i for i, one in enumerate(passes) if one.key == open_[0].key) + by
    return _show(view, open_, passes[min(max(place, 0), len(passes) - 1)])


def show_pass(view: View, loop: str, number: int) -> FoldState:
    """Show one pass of a loop in place of the one that is shown; others stay open."""
    open_ = view.open_passes(loop)
    wanted = next((one for one in view.tree.children(loop) if one.step.number == number), None)
    return view.state if wanted is None else _show(view, open_, wanted)


def show_member(view: View, key: str) -> FoldState:
    """Open one of several alike groups; of the passes of a loop, in place of the one shown."""
    group = view.tree.groups.get(key)
    if group is None:
        return view.state
    if group.kind == "iteration" and len(view.open_passes(group.parent)) == 1:
        return show_pass(view, group.parent, group.step.number)
    return _open(view, view.state, group)


def _show(view: View, open_: list[Group], wanted: Group) -> FoldState:
    """Show another pass, with the same groups open inside it."""
    state = view.state
    if wanted in open_:
        return state
    if len(open_) != 1:
        return _open(view, state, wanted)
    before, after = open_[0].key, wanted.key

    moved = state.renamed(
        lambda key: after + key[len(before) :] if key.startswith(f"{before}>") else key
    )
    return replace(
        moved,
        opened=moved.opened - {before} | {after},
        closed=moved.closed - {after} | {before},
        apart=moved.apart - {before} | {after},
    )
