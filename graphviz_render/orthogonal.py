"""Edges as upright and level pieces: straight where the ends allow it, elbows where not.

Works on what any engine placed.  Nodes stay where they are across; gaps between ranks grow where
more level pieces lie in them than have room.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from math import inf
from typing import Final

from graphviz_render.bands import PORT_GAP, Band, Stop, Wire, make_plan
from graphviz_render.geometry import turned, turned_problem, without_straight
from graphviz_render.model import Box, Route
from graphviz_render.problem import Placement, Problem
from graphviz_render.tracks import assign_tracks

TRACK_GAP: Final = 12.0
"""Pixels between level pieces, if there is room."""
_LEAST_TRACK_GAP: Final = 8.0


def route_orthogonally(problem: Problem, placement: Placement) -> Placement:
    """Return `placement` with polylines instead of the engine's lines; tunnels and loops stay.

    An edge between two nodes of one rank keeps the engine's line too.
    """
    if problem.direction == "LR":
        return turned(_route(turned_problem(problem), turned(placement)))
    return _route(problem, placement)


def _route(problem: Problem, placement: Placement) -> Placement:
    plan = make_plan(problem, placement)
    for wire in sorted(plan.wires, key=lambda wire: (-problem.weights[wire.edge], len(wire.stops))):
        _straighten(wire)
    for wire in plan.wires:
        _spread(wire)
    gaps = [_Gap(*zone) for zone in _zones(plan.bands, placement.clusters)]
    for wire in plan.wires:
        for place, (stop, following) in enumerate(pairwise(wire.stops)):
            gaps[wire.first + place].add(wire.edge, stop.x, following.x)
    shifts = _Shifts(gaps)
    routes = [
        shifts.route(route, placement.nodes[tail])
        for route, tail in zip(placement.routes, problem.tails, strict=True)
    ]
    for wire in plan.wires:
        routes[wire.edge] = _drawn(wire, problem, placement, gaps, shifts)
    return Placement(
        placement.width,
        placement.height + shifts.total,
        [box._replace(y=shifts.depth(box.y)) for box in placement.nodes],
        routes,
        [box and shifts.frame(box) for box in placement.clusters],
    )


def _drawn(
    wire: Wire, problem: Problem, placement: Placement, gaps: list[_Gap], shifts: _Shifts
) -> Route:
    ends = placement.nodes[problem.tails[wire.edge]], placement.nodes[problem.heads[wire.edge]]
    upper, lower = sorted(ends, key=lambda box: box.y)
    points = [(wire.stops[0].x, shifts.depth(upper.bottom))]
    for place, (stop, following) in enumerate(pairwise(wire.stops)):
        if stop.x != following.x:
            number = wire.first + place
            depth = gaps[number].depth(wire.edge) + shifts.before(number)
            points += [(stop.x, depth), (following.x, depth)]
    points.append((wire.stops[-1].x, shifts.depth(lower.y)))
    points = without_straight(points)
    if ends[0] is lower:
        points.reverse()
    label = placement.routes[wire.edge].label
    if label is not None:
        x = label[0]
        if wire.label is not None:
            x = wire.stops[wire.label].x + problem.label_widths[wire.edge] / 2
        label = (x, shifts.depth(label[1]))
    return Route("polyline", points, label)


# -------------------------------------------------------------------------------------- straight


def _straighten(wire: Wire) -> None:
    """Give as many stops in a row as possible the same place."""
    run: list[Stop] = []
    low, high = -inf, inf
    for stop in wire.stops:
        least, most = stop.room()
        if least > most:  # squeezed: it stays where it is
            least = most = stop.x
        if run and max(low, least) > min(high, most):
            _settle(run, low, high)
            run, low, high = [], -inf, inf
        run.append(stop)
        low, high = max(low, least), min(high, most)
    _settle(run, low, high)


def _settle(run: list[Stop], low: float, high: float) -> None:
    """Put the stops of a run at one place: that of the most confined port if there is one."""
    wanted = min(run, key=lambda stop: stop.high - stop.low)
    if wanted.high == inf:
        wanted = run[len(run) // 2]
    place = min(max(wanted.x, low), high)
    for stop in run:
        stop.x = place


def _spread(wire: Wire) -> None:
    """Move the ends that are not straight anyway away from their neighbours on the same side."""
    for port, following in (wire.stops[:2], wire.stops[:-3:-1]):
        low = port.low if port.before is None else max(port.low, port.before.x + PORT_GAP)
        high = port.high if port.after is None else min(port.high, port.after.x - PORT_GAP)
        if port.x != following.x and low <= high:
            port.x = min(max(port.x, low), high)


# ------------------------------------------------------------------------------------------- gaps


def _zones(bands: list[Band], frames: list[Box | None]) -> list[tuple[float, float]]:
    """Return the range between each two bands in which no frame of a cluster begins or ends."""
    zones = [(upper.bottom, lower.top) for upper, lower in pairwise(bands)]
    tops, bottoms = [low for low, _ in zones], [high for _, high in zones]
    middles = [(band.top + band.bottom) / 2 for band in bands]
    for frame in frames:
        if frame is None:
            continue
        above, below = bisect_right(middles, frame.y) - 1, bisect_right(middles, frame.bottom) - 1
        if 0 <= above < len(zones):
            bottoms[above] = min(bottoms[above], frame.y)
        if 0 <= below < len(zones):
            tops[below] = max(tops[below], frame.bottom)
    return [
        (top, bottom) if top < bottom else zone
        for top, bottom, zone in zip(tops, bottoms, zones, strict=True)
    ]


class _Gap:
    """The space between a band and the next, and the level pieces in it."""

    def __init__(self, top: float, bottom: float) -> None:
        self.bottom = bottom
        self._top = top
        self._edges: list[int] = []
        self._pieces: list[tuple[float, float]] = []
        self._tracks: dict[int, int] = {}
        self._first = self._step = 0.0

    def add(self, edge: int, start: float, end: float) -> None:
        if start != end:
            self._edges.append(edge)
            self._pieces.append((start, end))

    def stretch(self) -> float:
        """Lay the tracks; return the additional room that they need."""
        tracks = assign_tracks(self._pieces)
        self._tracks = dict(zip(self._edges, tracks, strict=True))
        count = max(tracks, default=0) + 1
        room = max(self.bottom - self._top, (count + 1) * _LEAST_TRACK_GAP if tracks else 0.0)
        self._step = min(TRACK_GAP, room / (count + 1))
        self._first = self._top + (room - self._step * (count - 1)) / 2
        return room - (self.bottom - self._top)

    def depth(self, edge: int) -> float:
        return self._first + self._step * self._tracks[edge]


class _Shifts:
    """The distances by which things move down because gaps above them grew."""

    def __init__(self, gaps: list[_Gap]) -> None:
        self._ends = [gap.bottom for gap in gaps]
        self._sums = [0.0, *accumulate(gap.stretch() for gap in gaps)]
        self.total = self._sums[-1]

    def before(self, gap: int) -> float:
        return self._sums[gap]

    def depth(self, depth: float) -> float:
        return depth + self._sums[bisect_right(self._ends, depth)]

    def frame(self, box: Box) -> Box:
        """Return a cluster's frame, which grows with the gaps inside it."""
        top = self.depth(box.y)
        return Box(box.x, top, box.width, self.depth(box.bottom) - top)

    def route(self, route: Route, tail: Box) -> Route:
        """Return a moved loop, or line within a rank, which moves with its node as a whole."""
        if route.kind == "tunnel":
            return Route("tunnel", [(x, self.depth(y)) for x, y in route.points])
        down = self.depth(tail.y) - tail.y
        label = route.label and (route.label[0], route.label[1] + down)
        return Route(route.kind, [(x, y + down) for x, y in route.points], label)
