"""A part of a drawn graph, by keys."""

from __future__ import annotations

from dataclasses import dataclass

EdgeKey = tuple[str, str, int]
"""Producer, consumer and number of an edge, as networkx has it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some nodes of a drawn graph and some of the edges among them."""

    nodes: frozenset[str] = frozenset()
    edges: frozenset[EdgeKey] = frozenset()
