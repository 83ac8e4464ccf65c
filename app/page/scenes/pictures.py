"""Scenes as drawings that share their parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from app.drawing.covering import cover
from app.drawing.placing import Places, place
from app.drawing.shapes import Border, Rect, Shapes, shrunk
from app.page.beside import SideBySide, side_by_side
from app.page.graph_svg import Numbers, laid_out, parts
from app.page.markup import Markup, element, number
from app.page.metrics import MEASURE
from app.page.pen import Pen
from app.page.scenes.boxes import Boxes, around
from app.page.scenes.opening import Open, open_node
from app.session.asking.covered import Covered
from app.session.asking.questions import RoomQuestion
from app.session.chain_rule.model import StepPlace
from app.session.chain_rule.opening import opened_step
from app.session.comparing.differences import differences
from app.session.comparing.pairing import Equal
from app.session.comparing.steps import Steps, steps
from app.session.graph.choice import GraphChoice
from app.session.graph.payloads import FrameItem
from app.session.language import listing, tr
from app.session.look import geometry as g
from app.session.look.colors import Color, graphic
from app.session.run import Run
from app.session.scenes.beside import words_of
from app.session.scenes.matching import Index
from app.session.scenes.records import Beside, Scene, Thing
from app.session.scenes.taking import position_of
from app.session.shown import Shown, show
from app.session.timeline import Snapshot, picture
from app.session.what_if.changes import signs
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
        self.size = 0
        """In characters."""

    def number(self, part: Markup) -> int:
        known = len(self._numbers)
        place = self._numbers.setdefault(part, known)
        self.size += len(part) if place == known else 0
        return place

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
    answers: tuple[int, ...] = ()
    """The parts with the answers, where `parts` are covered."""
    question: RoomQuestion | None = None
    """What a covered scene asks."""


class _View(NamedTuple):
    """A graph that several scenes show at different moments."""

    graph: nx.MultiDiGraph[str]
    places: Places
    box: Box
    numbers: Numbers | None


class _Both(NamedTuple):
    """The graph of a scene with that of another run."""

    placed: SideBySide
    indexes: tuple[Index, Index]
    steps: Steps


class _Rings(NamedTuple):
    drawn: Markup
    centre: Box | None
    """The place of what is in the middle."""
    about: Box | None
    """The part of the graph that a scene is about."""


class _Drawn(NamedTuple):
    parts: tuple[int, ...]
    focus: Box | None


class ScenePictures:
    """Draws the scenes of one run.  Raises LayoutError.

    `open_step` returns a step with its numbers; without it, they have those of the trace.
    """

    def __init__(
        self,
        run: Run,
        pen: Pen,
        shared: Parts,
        open_step: Open | None = None,
        shown: Shown | None = None,
        other: Callable[[Beside], Run | None] = lambda _: None,
    ) -> None:
        """`shown` is what is known already of how the run is shown.

        `other` returns the run that a scene has beside it, or None if there is none.
        """
        self._other = other
        self._pairs: dict[tuple[GraphChoice, Beside], _Both | None] = {}
        self._run, self._pen, self._shared = run, pen, shared
        self._open = open_step or (lambda place: opened_step(run, *place))
        self.index = Index(run)
        self._shown = {} if shown is None else {shown.choice: shown}
        self._views: dict[tuple[GraphChoice, StepPlace | None], _View] = {}
        self._covered: Covered | None = None

    def draw(self, scene: Scene) -> ScenePicture:
        """Return a scene; one that is covered has no moment, and its answers beside it."""
        shown = self._shown_by(scene.choice)
        then = shown.history.at(position_of(scene, self.index, shown.history))
        missing = self.index.missing(scene, shown.drawing.tree.groups)
        if scene.covered:
            self._covered = self._covered or Covered.whole(self._run)
            view, end = self._view(shown, None), shown.history.at(shown.history.end)
            drawn = self._drawn(scene, view, end, self._covered)
            answers = self._drawn(scene, view, then).parts
            place = None if scene.asks is None else self.index.question_of(scene.asks)
            asked = None if place is None else self.index.questions[place]
            return ScenePicture(drawn.parts, view.box, drawn.focus, None, missing, answers, asked)
        line = None if then.moment is None else then.moment.line
        if scene.beside is not None:
            if (both := self._both(shown, scene.beside)) is not None:
                drawn = self._drawn_both(scene, scene.beside, both, then)
                return ScenePicture(drawn.parts, both.placed.box, drawn.focus, line, missing)
            text = tr("there is no run of {name}").format(name=words_of(scene.beside))
            missing = (*missing, text)
        view = self._view(shown, then if scene.numbers else None)
        drawn = self._drawn(scene, view, then)
        return ScenePicture(drawn.parts, view.box, drawn.focus, line, missing)

    def _shown_by(self, choice: GraphChoice) -> Shown:
        if choice not in self._shown:
            self._shown[choice] = show(self._run, choice)
        return self._shown[choice]

    def _view(self, shown: Shown, then: Snapshot | None) -> _View:
        """Return the graph, with the node of the step at `then` open if it is drawn."""
        found = None if then is None else open_node(shown.graph, then)
        key = shown.choice, None if found is None else found.place
        if key not in self._views:
            numbers = None
            if found is not None:
                numbers = Numbers.of(found.key, self._open(found.place))
            placed = laid_out(shown.graph, None if numbers is None else numbers.room)
            box = shrunk(Box(0, 0, placed.width, placed.height), -_MARGIN)
            places = place(shown.graph, placed, MEASURE)
            self._views[key] = _View(shown.graph, places, box, numbers)
        return self._views[key]

    def _both(self, shown: Shown, beside: Beside) -> _Both | None:
        """Return the graph with that of the run beside it; None if there is no such run."""
        key = shown.choice, beside
        if key not in self._pairs:
            other, both = self._other(beside), None
            if other is not None:
                found = differences(self._run, other)
                placed = side_by_side(shown, show(other, shown.choice), found)
                aligned = steps(shown.history, placed.shown[1].history, found.alignment.pairs)
                both = _Both(placed, (self.index, Index(other)), aligned)
            self._pairs[key] = both
        return self._pairs[key]

    def _drawn_both(self, scene: Scene, beside: Beside, both: _Both, then: Snapshot) -> _Drawn:
        """Draw the run of a scene, and right of it the other one at the same step."""
        placed = both.placed
        at = both.steps.second.position(both.steps.first.row(then.position))
        moments = then, placed.shown[1].history.at(at)
        equal = placed.pairing.first, placed.pairing.second
        drawn: list[Markup] = []
        about: list[Box | None] = []
        for side in (0, 1):
            graph, places = _at(placed.graphs[side], moments[side]), placed.places[side]
            boxes = Boxes(both.indexes[side], graph, places)
            rings = self._rings(scene, boxes, moments[side], None)
            own = [*self._parts(graph, places, moments[side], None, equal[side]), rings.drawn]
            drawn += map(placed.to_the_right, filter(None, own)) if side else own
            about.append(rings.about)
        name = self._run.trace.snippet.path if beside.program else None
        what = listing(one.text for one in signs(both.indexes[1].run.trace.run))
        names = name or tr("as written"), beside.program or what
        drawn.append(placed.marks(self._pen, names))
        return _Drawn(tuple(map(self._shared.number, filter(None, drawn))), about[0])

    def _drawn(
        self, scene: Scene, view: _View, then: Snapshot, covered: Covered | None = None
    ) -> _Drawn:
        graph, places = _at(view.graph, then), view.places
        boxes = Boxes(self.index, graph, places)
        rings, lit = self._rings(scene, boxes, then, covered), _lit(scene, boxes, covered)
        if covered is not None:
            graph, places = cover(graph, places, covered, MEASURE)
        drawing = [*self._parts(graph, places, then, view.numbers)]
        drawing.append(rings.drawn)
        if lit is not None:
            drawing.append(_veil(lit, view.box))
        about = rings.about if lit is None else around([*filter(None, [rings.centre]), lit])
        return _Drawn(tuple(map(self._shared.number, filter(None, drawing))), about)

    def _rings(self, scene: Scene, boxes: Boxes, then: Snapshot, covered: Covered | None) -> _Rings:
        """Ring what is selected in a scene and what its moment is about."""
        things = [one for one in scene.selection if _is_known(one, covered)]
        running, middle = boxes.running(then), scene.centre
        chosen = [box for thing in things if (box := boxes.of(thing)) is not None]
        centre = boxes.of(middle.thing) if middle and _is_known(middle.thing, covered) else None
        drawn = self._pen.play([*_ringed(running, graphic("gradient"), _RUNNING, 2.5),
                                *_ringed(chosen, "ink", _CHOSEN, g.RING_WIDTH)])  # fmt: skip
        return _Rings(drawn, centre, around([centre] if centre else chosen or running))

    def _parts(
        self,
        graph: nx.MultiDiGraph[str],
        places: Places,
        then: Snapshot,
        numbers: Numbers | None,
        equal: Equal | None = None,
    ) -> Iterator[Markup]:
        """Yield the parts; what has not happened yet is pale."""
        pale = set() if then.is_end else {*_not_yet(graph, then)}
        labels = {
            key: replace(placed, label=MEASURE.edge_label(graph.edges[key]["item"]))
            if placed.label is not None else placed
            for key, placed in places.edges.items()
        }  # fmt: skip
        drawn = Places(places.nodes, labels, places.frames)
        return parts(self._pen, graph, drawn, lambda *_: {}, equal, numbers, pale)


def _lit(scene: Scene, boxes: Boxes, covered: Covered | None) -> Box | None:
    """Return what the spotlight of a scene lights: a free part, or a thing and some room."""
    if scene.part is not None:
        return boxes.part(scene.part) if _is_known(scene.part.thing, covered) else None
    thing = scene.spotlight
    found = boxes.of(thing) if thing and _is_known(thing, covered) else None
    return None if found is None else shrunk(found, -_HOLE)


def _is_known(thing: Thing, covered: Covered | None) -> bool:
    """Return whether a ring around a thing gives no answer away."""
    return covered is None or thing.kind not in ("cut", "region")


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


def _ringed(boxes: Sequence[Box], color: Color, offset: float, width: float) -> Shapes:
    border = Border(color, width)
    return [
        Rect("outline", shrunk(box, -offset - width), g.NODE_RADIUS + offset, None, border)
        for box in boxes
    ]


def _veil(lit: Box, view: Box) -> Markup:
    """Cover everything but what is lit, also beside the graph."""
    x, y, wide, high = map(number, (lit.x + _RADIUS, lit.y, *_inner(lit)))
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
