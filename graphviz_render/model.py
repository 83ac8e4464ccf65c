"""The data types of a layout.  Lengths are logical pixels (72 to the inch), y grows downwards."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypedDict

NODE_GAP: Final = 32.0
RANK_GAP: Final = 32.0

Point = tuple[float, float]
EdgeId = tuple[Hashable, Hashable, Hashable]
Direction = Literal["TB", "LR"]
Engine = Literal["layered", "native", "embedded"]
"""Our own, or Graphviz: the program `dot` on this system, or the one bundled as WebAssembly."""
Routing = Literal["free", "orthogonal"]
RouteKind = Literal["spline", "polyline", "tunnel"]


class LayoutError(Exception):
    """A graph that cannot be laid out or drawn: the text says what, why and what to do."""


class LayoutCancelledError(LayoutError):
    """`Worker.cancel` or `Worker.close` ended the layout."""


class Box(NamedTuple):
    """A rectangle by its top left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def center(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


class Route(NamedTuple):
    """The route of an edge from its tail to its head.

    `points` of a *spline* are the control points of joined cubic Bezier curves: a start, then three
    for each curve.  Those of a *polyline* are its corners.  A *tunnel* is an edge too long to be
    drawn at rest; its four points are the stub that leaves the tail and the stub that enters the
    head, and the line between the stubs is drawn on demand.

    `label` is the centre of the room that was kept for the label, None where none was asked for.
    """

    kind: RouteKind
    points: list[Point]
    label: Point | None = None


@dataclass(slots=True)
class Layout:
    """The places of everything, from (0, 0) to (width, height).

    A cluster without nodes has no box.
    """

    width: float = 0.0
    height: float = 0.0
    nodes: dict[Hashable, Box] = field(default_factory=dict)
    edges: dict[EdgeId, Route] = field(default_factory=dict)
    clusters: dict[Hashable, Box] = field(default_factory=dict)


class Options(TypedDict, total=False):
    """The options of a layout."""

    engine: Engine
    """*layered* by default."""
    direction: Direction
    """TB (top to bottom, the default) or LR."""
    node_gap: float
    """Pixels between nodes of one rank; `NODE_GAP` by default."""
    rank_gap: float
    """Pixels between ranks; `RANK_GAP` by default."""
    routing: Routing
    """*free*, the default, leaves the lines as the engine drew them (curves by Graphviz, polylines
    by the layered engine); *orthogonal* makes polylines of upright and level pieces."""
    before: Mapping[Hashable, Point]
    """The middles of nodes in the picture that this one follows.  Their order within ranks is kept:
    by the layered engine unless it makes far more lines cross, by Graphviz as far as it lets
    itself be led."""


class Solving(TypedDict):
    """The part of `Options` that is not in a problem."""

    engine: Engine
    routing: Routing


def solving(options: Options) -> Solving:
    return Solving(engine=options.get("engine", "layered"), routing=options.get("routing", "free"))
