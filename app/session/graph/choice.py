"""The user's choices about the graph of a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from app.session.graph.grouping.folds import AT_FIRST, FoldState

Level = Literal["modules", "calls", "autograd"]
LEVELS: tuple[Level, ...] = get_args(Level)
Grouping = Literal["structure", "lines"]
"""By modules, functions and calls, or by functions and lines of the snippet; loops in both."""


def without_answers(level: Level) -> Level:
    """Return a level whose graph has what ran, not what was recorded."""
    return "calls" if level == "autograd" else level


@dataclass(frozen=True, slots=True)
class GraphChoice:
    level: Level = "calls"
    hide_setup: bool = True
    grouping: Grouping = "structure"
    folds: FoldState = AT_FIRST
