"""The scenes of a lecture as drawings that share their parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from app.drawing.placing import Places, place
from app.drawing.shapes import Border, Rect, Shapes, shrunk
from app.page.graph_svg import laid_out, parts
from app.page.lectures.boxes import Boxes, around
from app.page.markup import Markup, element, number
from app.page.metrics import MEASURE
from app.page.pen import Pen
from app.session.graph.choice import GraphChoice
from app.session.graph.payloads import (
    FrameItem,
)
from app.session.look import geometry as g
from app.session.look.colors import Color, graphic
from app.session.run import Run
from app.session.scenes.matching import Index
from app.session.scenes.records import Scene
from app.session.scenes.taking import position_of
from app.session.shown import Shown, show
from app.session.timeline import Snapshot, picture
from graphviz_render import Box

if TYPE_CHECKING:
    import networkx as nx

_MARGIN = 24.0
_RUNNING = 5.0
_CHOSEN = 3.0
_HOLE = 8.0
_RADIUS = 14
_FAR = 4000.0
"""Pixels by which the veil reaches beyond the graph."""


class Parts:
    """The parts of all drawings of a page, each once."""

    def __init__(self) -> None:
        self._numbers: dict[Markup, int] = {}

    def number(self, part: Markup) -> int:
        return self._numbers.setdefault(part, len(self._numbers))

    def markup(self) -> Markup:
        """Return them hidden; `use` elements show them."""
        drawn = (element("g", part, id=f"part-{n}") for part, n in self._numbers.items())
        return element("svg", *drawn, class_="symbols", aria_hidden="true")


@dataclass(frozen=True, slots=True)
class ScenePicture:
    """`parts` in their order; `focus` is the part of the `box` that it is about."""

    parts: tuple[int, ...]
    box: Box
    focus: Box | None
    line: int | None
    """The line of its moment."""
    missing: tuple[str, ...]
    """What is no longer in the run, in words."""


class _View(NamedTuple):
    """A graph that several scenes show at different moments."""

    shown: Shown
    places: Places
    box: Box


class ScenePictures:
    """Draws the scenes of one run.  Raises LayoutError."""

    def __init__(self, run: Run, pen: Pen, shared: Parts) -> None:
        self._run, self._pen, self._shared = run, pen, shared
        self._index = Index(run)
        self._views: dict[GraphChoice, _View] = {}

    def draw(self, scene: Scene) -> ScenePicture:
        view = self._view(scene)
        then = self._moment(view, scene)
        graph = _at(view.shown.graph, then)
        drawing = [self._shared.number(part) for part in self._parts(graph, view.places, then)]
        boxes = Boxes(self._index, graph, view.places)
        running = boxes.running(then)
        chosen = [box for thing in scene.selection if (box := boxes.of(thing)) is not None]
        lit = None if scene.spotlight is None else boxes.of(scene.spotlight)
        centre = None if scene.centre is None else boxes.of(scene.centre.thing)
        marks: list[Markup] = [
            self._pen.play([*_rings(running, graphic("gradient"), _RUNNING, 2.5),
                            *_rings(chosen, "ink", _CHOSEN, g.RING_WIDTH)])
        ]  # fmt: skip
        if lit is not None:
            marks.append(_veil(lit, view.box))
        drawing += [self._shared.number(mark) for mark in marks if mark]
        about = [box for box in (centre, lit) if box] or chosen or running
        missing = self._index.missing(scene, view.shown.drawing.tree.groups)
        line = None if then.moment is None else then.moment.line
        return ScenePicture(tuple(drawing), view.box, around(about), line, missing)

    def _view(self, scene: Scene) -> _View:
        choice = scene.choice
        if choice not in self._views:
            shown = show(self._run, choice)
            placed = laid_out(shown.graph)
            box = shrunk(Box(0, 0, placed.width, placed.height), -_MARGIN)
            self._views[choice] = _View(shown, place(shown.graph, placed, MEASURE), box)
        return self._views[choice]

    def _moment(self, view: _View, scene: Scene) -> Snapshot:
        history = view.shown.history
        return history.at(position_of(scene, self._index, history))

    def _parts(
        self, graph: nx.MultiDiGraph[str], places: Places, then: Snapshot
    ) -> Iterator[Markup]:
        """Yield the parts; what has not happened yet is pale."""
        pale = set() if then.is_end else {*_not_yet(graph, then)}
        labels = {
            key: replace(placed, label=MEASURE.edge_label(graph.edges[key]["item"]))
            if placed.label is not None else placed
            for key, placed in places.edges.items()
        }  # fmt: skip
        drawn = Places(places.nodes, labels, places.frames)
        return parts(self._pen, graph, drawn, lambda key, item: {}, pale=pale)


def _not_yet(graph: nx.MultiDiGraph[str], then: Snapshot) -> Iterator[str]:
    """Yield the nodes and frames that were not there yet."""
    for key, data in graph.nodes(data=True):
        if not picture.exists(then, data["item"]):
            yield key
    for key, frame in graph.graph["frames"].items():
        if not picture.has_frame(then, frame):
            yield key


def _at(graph: nx.MultiDiGraph[str], then: Snapshot) -> nx.MultiDiGraph[str]:
    """Return the graph with the items of a moment."""
    if then.is_end:
        return graph
    found = graph.copy()
    for _, data in found.nodes(data=True):
        data["item"] = picture.node(then, data["item"])
    for *_, edge in found.edges(data=True):
        edge["item"] = picture.edge(then, edge["item"])
    frames: dict[str, FrameItem] = graph.graph["frames"]
    found.graph["frames"] = {key: picture.frame(then, frame) for key, frame in frames.items()}
    return found


def _rings(boxes: Sequence[Box], color: Color, offset: float, width: float) -> Shapes:
    border = Border(color, width)
    return [
        Rect("outline", shrunk(box, -offset - width), g.NODE_RADIUS + offset, None, border)
        for box in boxes
    ]


def _veil(lit: Box, view: Box) -> Markup:
    """Cover everything but what is lit, also beside the graph."""
    hole = shrunk(lit, -_HOLE)
    x, y, wide, high = map(number, (hole.x + _RADIUS, hole.y, *_inner(hole)))
    turn = f"a{_RADIUS} {_RADIUS} 0 0 1"
    inner = (
        f"M{x} {y}h{wide}{turn} {_RADIUS} {_RADIUS}v{high}{turn} -{_RADIUS} {_RADIUS}"
        f"h-{wide}{turn} -{_RADIUS} -{_RADIUS}v-{high}{turn} {_RADIUS} -{_RADIUS}z"
    )
    left, top, width, height = map(number, shrunk(view, -_FAR))
    outer = f"M{left} {top}h{width}v{height}h-{width}z"
    return Markup(
        element("path", d=outer + inner, class_="veil") + element("path", d=inner, class_="hole")
    )


def _inner(hole: Box) -> tuple[float, float]:
    """Return the lengths of the straight sides of a hole."""
    return max(hole.width - 2 * _RADIUS, 0), max(hole.height - 2 * _RADIUS, 0)
