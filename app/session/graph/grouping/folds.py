"""The fold state: which groups are open, as a small value that outlives a run.

Keys are those of `app.session.graph.grouping.groups`.  What the user said of a group comes before
what holds for all; keys that a tree does not know wait for one that does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

EVERYTHING: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class FoldState:
    """`depth` levels are open, or the default (None); the user's changes come on top."""

    depth: int | None = None
    opened: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    """Groups that are not drawn as one with their like."""
    breaks: frozenset[str] = frozenset()
    """Groups that are not drawn as one with the like before them."""

    def renamed(self, key_of: Callable[[str], str]) -> FoldState:
        """Return the same state of groups with other keys."""

        def all_of(keys: frozenset[str]) -> frozenset[str]:
            return frozenset(map(key_of, keys))

        return FoldState(
            self.depth,
            all_of(self.opened),
            all_of(self.closed),
            all_of(self.apart),
            all_of(self.breaks),
        )


AT_FIRST: Final = FoldState()


def fold_all() -> FoldState:
    return FoldState(depth=0)


def unfold_all() -> FoldState:
    return FoldState(depth=EVERYTHING)


def to_depth(levels: int) -> FoldState:
    """Return the state in which groups with fewer than `levels` groups around them are open."""
    return FoldState(depth=levels)
