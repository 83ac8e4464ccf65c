"""A placement as bands and stops: what the orthogonal router moves.

A *band* is a row of nodes or labels with free space before and after it.  Where an edge leaves its
node, passes a band and enters its node it has a *stop*: a place on a line along the band that can
be shifted as far as its neighbours let it.  Coordinates are across (along a band) and deep (from
band to band), so that the router need not know the direction.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Final

from graphviz_render.geometry import along
from graphviz_render.model import Box, Point
from graphviz_render.problem import Placement, Problem

CLEARANCE: Final = 8.0
"""Pixels between a line and a node, a label or another line that it passes."""
PORT_GAP: Final = 24.0
"""Pixels between two lines on one side of a node, if there is room."""
PORT_INSET: Final = 16.0
"""Pixels between a line and the corner of the node that it enters."""


@dataclass(slots=True, eq=False)
class Stop:
    """Something at `x` along a band, `width` to its right included.

    `low` and `high` bound `x`; `before` and `after` are the neighbours that it keeps `gap` from.
    """

    x: float
    width: float = 0.0
    low: float = -inf
    high: float = inf
    gap: float = CLEARANCE
    before: Stop | None = None
    after: Stop | None = None

    def room(self) -> tuple[float, float]:
        """The range of `x`."""
        low, high = self.low, self.high
        if self.before is not None:
            low = max(low, self.before.x + self.before.width + self.gap)
        if self.after is not None:
            high = min(high, self.after.x - self.gap - self.width)
        return low, high


@dataclass(slots=True)
class Band:
    top: float
    bottom: float
    stops: list[Stop] = field(default_factory=list)


@dataclass(slots=True)
class Wire:
    """An edge that runs down from band `first` to band `last`, with a stop in each of them."""

    edge: int
    first: int
    last: int
    stops: list[Stop]
    label: int | None = None
    """Which of the stops has the label at its right."""


@dataclass(slots=True)
class BandPlan:
    bands: list[Band]
    wires: list[Wire]


def make_plan(problem: Problem, placement: Placement) -> BandPlan:
    """Return the bands and wires of `placement`, in its own axes: see `orthogonal`.

    Tunnels, loops and edges within one band have no wire: they stay as they are.
    """
    labels = _label_boxes(problem, placement)
    bands = _bands([*placement.nodes, *labels.values()])
    bottoms = [band.bottom for band in bands]
    band_of = [_at(bottoms, box) for box in placement.nodes]
    for box, number in zip(placement.nodes, band_of, strict=True):
        bands[number].stops.append(Stop(box.x, box.width))
    wires = []
    for edge, route in enumerate(placement.routes):
        first, last = band_of[problem.tails[edge]], band_of[problem.heads[edge]]
        if first > last:
            first, last = last, first
        label = labels.get(edge)
        at = _at(bottoms, label) if label is not None else -1
        if route.kind != "tunnel" and first < last:
            wires.append(_wire(edge, first, last, along(route), bands, label, at))
        elif label is not None:
            bands[at].stops.append(Stop(label.x, label.width))
    for band in bands:
        _link(band.stops)
        _enclose(band.stops, placement.width)
    _add_ports(problem, placement, wires)
    return BandPlan(bands, wires)


def _label_boxes(problem: Problem, placement: Placement) -> dict[int, Box]:
    boxes = {}
    for edge, route in enumerate(placement.routes):
        if route.label is not None:
            (x, y), width = route.label, problem.label_widths[edge]
            height = problem.label_heights[edge]
            boxes[edge] = Box(x - width / 2, y - height / 2, width, height)
    return boxes


def _bands(boxes: list[Box]) -> list[Band]:
    """Return the ranges of depth that boxes occupy, joined where they overlap."""
    bands: list[Band] = []
    for box in sorted(boxes, key=lambda box: box.y):
        if bands and box.y < bands[-1].bottom:
            bands[-1].bottom = max(bands[-1].bottom, box.bottom)
        else:
            bands.append(Band(box.y, box.bottom))
    return bands


def _at(bottoms: list[float], box: Box) -> int:
    """Return the index of the band around a box."""
    return bisect_left(bottoms, box.y + box.height / 2)


def _wire(
    edge: int,
    first: int,
    last: int,
    line: list[Point],
    bands: list[Band],
    label: Box | None,
    at: int,
) -> Wire:
    """Return a wire with its stops between the ends; `_add_ports` adds those at the ends.

    `label` lies in band `at`.
    """
    if line[0][1] > line[-1][1]:
        line = line[::-1]
    wire = Wire(edge, first, last, [])
    for number in range(first + 1, last):
        band = bands[number]
        if label is not None and number == at:
            wire.label = number - first
            stop = Stop(label.x, label.width)
        else:
            stop = Stop(_across_at(line, (band.top + band.bottom) / 2))
        wire.stops.append(stop)
        band.stops.append(stop)
    if label is not None and wire.label is None:
        bands[at].stops.append(Stop(label.x, label.width))
    return wire


def _across_at(line: list[Point], depth: float) -> float:
    """Return where a line that runs down crosses `depth`."""
    for (x, y), (next_x, next_y) in pairwise(line):
        if y <= depth <= next_y:
            return x + (next_x - x) * ((depth - y) / (next_y - y) if next_y > y else 0.0)
    return line[-1][0]


def _link(stops: list[Stop]) -> None:
    stops.sort(key=lambda stop: stop.x + stop.width / 2)
    for left, right in pairwise(stops):
        left.after, right.before = right, left


def _enclose(stops: list[Stop], width: float) -> None:
    """Keep what can move within the drawing."""
    stops[0].before = Stop(-CLEARANCE)
    stops[-1].after = Stop(width + CLEARANCE)


# ------------------------------------------------------------------------------------------- ports


def _add_ports(problem: Problem, placement: Placement, wires: list[Wire]) -> None:
    """Add the stops at both ends of each wire, spread over the sides in the order of the wires."""
    leaving: dict[int, list[tuple[float, int]]] = {}
    entering: dict[int, list[tuple[float, int]]] = {}
    for number, wire in enumerate(wires):
        ends = problem.tails[wire.edge], problem.heads[wire.edge]
        upper, lower = sorted(ends, key=lambda node: placement.nodes[node].y)
        first = wire.stops[0].x if wire.stops else placement.nodes[lower].center[0]
        last = wire.stops[-1].x if wire.stops else placement.nodes[upper].center[0]
        leaving.setdefault(upper, []).append((first, number))
        entering.setdefault(lower, []).append((last, number))
    for node, edges in leaving.items():
        for port, (_, number) in zip(
            _ports(placement.nodes[node], len(edges)), sorted(edges), strict=True
        ):
            wires[number].stops.insert(0, port)
    for node, edges in entering.items():
        for port, (_, number) in zip(
            _ports(placement.nodes[node], len(edges)), sorted(edges), strict=True
        ):
            wires[number].stops.append(port)


def _ports(box: Box, count: int) -> list[Stop]:
    """Return `count` stops along a side of a node, around its middle."""
    inset = min(PORT_INSET, box.width / 4)
    room = box.width - 2 * inset
    step = min(PORT_GAP, room / max(1, count - 1))
    first = box.x + box.width / 2 - step * (count - 1) / 2
    low, high = box.x + inset, box.x + box.width - inset
    ports = [
        Stop(first + step * place, 0.0, low, high, min(step, CLEARANCE)) for place in range(count)
    ]
    _link(ports)
    return ports
