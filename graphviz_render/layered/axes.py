"""Directions taken out of the problem: across is along a rank, deep is from rank to rank.

From top to bottom a node's width lies across; from left to right its height does.  The engine
thinks in these two alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphviz_render.model import Box, Point
from graphviz_render.problem import Problem


@dataclass(frozen=True, slots=True)
class Insets:
    """The pixels between a cluster's border and its contents, on its four sides."""

    before: float
    after: float
    left: float
    right: float


@dataclass(slots=True)
class Axes:
    """The sizes of a problem: `across` and `deep` of nodes, of labels, and insets of clusters."""

    upright: bool
    across: list[float]
    deep: list[float]
    labels_across: list[float]
    labels_deep: list[float]
    insets: list[Insets]

    @classmethod
    def of(cls, problem: Problem) -> Axes:
        upright = problem.direction == "TB"
        sizes = (problem.widths, problem.heights)
        labels = (problem.label_widths, problem.label_heights)
        if not upright:
            sizes, labels = sizes[::-1], labels[::-1]
        insets = []
        for margin, header in zip(problem.margins, problem.headers, strict=True):
            top = margin + header
            insets.append(
                Insets(top, margin, margin, margin)
                if upright
                else Insets(margin, margin, top, margin)
            )
        return cls(upright, *sizes, *labels, insets)

    def point(self, across: float, deep: float) -> Point:
        return (across, deep) if self.upright else (deep, across)

    def box(self, across: float, deep: float, size_across: float, size_deep: float) -> Box:
        """Return a box in the problem's axes, given its first corner."""
        if self.upright:
            return Box(across, deep, size_across, size_deep)
        return Box(deep, across, size_deep, size_across)
