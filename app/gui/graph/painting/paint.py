"""Draws a scene: on the screen, into tiles and into files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from app.drawing.quiet import quiet, quiet_item
from app.drawing.shapes import Shapes
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.painting.paint_hits import paint_hit
from app.gui.graph.scenes.scene import PlacedEdge, PlacedFrame, PlacedNode, Scene
from app.gui.running.background import NotWantedError
from app.gui.theme import Theme
from app.session.graph.part import Part
from app.session.graph.payloads import GroupItem, StatusKey
from app.session.look import geometry as g

if TYPE_CHECKING:
    from app.drawing.opened.card import Opened
    from app.gui.graph.painting.as_it_was import AsItWas
    from app.session.comparing.pairing import Equal


@dataclass(frozen=True, slots=True)
class Filter:
    """What is pale, and what is highlighted."""

    dimmed: frozenset[StatusKey] = frozenset()
    """The statuses that the legend hides."""
    kept: Part | None = None
    """If set, everything else is pale."""
    hits: Mapping[str, int] = field(default_factory=dict)
    """The number of search results in each node, by key."""
    by_training: bool = False
    """Whether nodes are coloured by what happened to their parameters."""
    most_kept: int | None = None
    """What the largest node keeps for backward, if that is to be drawn."""
    as_it_was: AsItWas | None = None
    """The moment of the run, if not its end: what had not happened yet is pale."""
    equal: Equal | None = None
    """What the graph beside it has too, which is drawn without colour."""
    opened: Opened | None = None
    """The numbers of the node that the scene has room for."""
    turning: frozenset[str] = frozenset()
    """The nodes that are turned over, by key, and the share of their width that is seen."""
    turning_width: float = 1.0

    def dims_node(self, node: PlacedNode | None) -> bool:
        if node is None:
            return False
        if self.as_it_was is not None and not self.as_it_was.has_node(node):
            return True
        return node.status in self.dimmed or (
            self.kept is not None and node.key not in self.kept.nodes
        )

    def dims_edge(self, scene: Scene, edge: PlacedEdge) -> bool:
        if self.kept is None and self.as_it_was is None and not self.dimmed:
            return False
        source, target, _ = edge.key
        if self.kept is not None and edge.key not in self.kept.edges:
            return True
        return any(self.dims_node(scene.nodes.get(end)) for end in (source, target))

    def dims_frame(self, frame: PlacedFrame) -> bool:
        return self.as_it_was is not None and not self.as_it_was.has_frame(frame)

    def node(self, node: PlacedNode) -> PlacedNode:
        if node.has_room:
            node = replace(node, opened=self.opened)
        found = node if self.as_it_was is None else self.as_it_was.node(node)
        mode = "" if self.equal is None else self.equal.modes.get(node.key, "")
        if mode and isinstance(found.item, GroupItem):
            return replace(found, item=replace(found.item, detail=mode))
        return found

    def frame(self, frame: PlacedFrame) -> PlacedFrame:
        found = frame if self.as_it_was is None else self.as_it_was.frame(frame)
        mode = "" if self.equal is None else self.equal.modes.get(frame.key, "")
        return replace(found, item=replace(found.item, summary=mode)) if mode else found

    def edge(self, edge: PlacedEdge) -> PlacedEdge:
        return edge if self.as_it_was is None else self.as_it_was.edge(edge)

    def draw_node(self, canvas: Canvas, node: PlacedNode) -> Shapes:
        """Return the drawing of a node that `node` returned."""
        equal = self.equal
        if equal is not None and node.key in equal.nodes:
            plain = replace(node, item=quiet_item(node.item))
            return quiet(self._drawing(canvas, plain))
        drawing = self._drawing(canvas, node)
        if equal is not None and node.key in equal.bodies:
            return quiet(drawing, but_pills=True)
        return drawing

    def _drawing(self, canvas: Canvas, node: PlacedNode) -> Shapes:
        return node.drawing(canvas.lens, by_training=self.by_training, most_kept=self.most_kept)

    def tone_edge(self, edge: PlacedEdge, drawing: Shapes) -> Shapes:
        is_equal = self.equal is not None and edge.key in self.equal.edges
        return quiet(drawing) if is_equal else drawing

    def tone_frame(self, frame: PlacedFrame, drawing: Shapes) -> Shapes:
        is_equal = self.equal is not None and frame.key in self.equal.frames
        return quiet(drawing) if is_equal else drawing


NOTHING_DIMMED = Filter()
_OFTEN: Final = 128
"""The number of things drawn between two checks of `is_wanted`."""
_Drawn = TypeVar("_Drawn")


def always() -> bool:
    """Return True, for a picture that is not cancelled."""
    return True


def _while_wanted(things: Iterable[_Drawn], is_wanted: Callable[[], bool]) -> Iterator[_Drawn]:
    for number, thing in enumerate(things):
        if number % _OFTEN == 0 and not is_wanted():
            raise NotWantedError
        yield thing


def paint_scene(
    painter: QPainter,
    theme: Theme,
    scene: Scene,
    area: QRectF,
    zoom: float,
    filtered: Filter = NOTHING_DIMMED,
    is_wanted: Callable[[], bool] = always,
) -> None:
    """Draw what touches `area` (scene coordinates).  The painter is already scaled by `zoom`.

    Raises NotWantedError soon after `is_wanted` says no.
    """
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    canvas = Canvas(painter, theme, zoom)
    margin = 3 * g.RING_OFFSET
    area = area.adjusted(-margin, -margin, margin, margin)
    frames = scene.frames_in(area)
    for frame in frames:
        with canvas.dimmed(filtered.dims_frame(frame)):
            canvas.play(filtered.tone_frame(frame, frame.drawing()))
    edges = [filtered.edge(edge) for edge in scene.edges_in(area)]
    # Gradient edges last: where two lines cross, the one that carries more is whole.
    ordered = sorted(edges, key=lambda edge: edge.item.kind == "gradient")
    for edge in _while_wanted(ordered, is_wanted):
        with canvas.dimmed(filtered.dims_edge(scene, edge)):
            canvas.play(filtered.tone_edge(edge, edge.drawing(canvas.lens)))
    for frame in frames:
        with canvas.dimmed(filtered.dims_frame(frame)):
            header = filtered.frame(frame).header_drawing(canvas.lens)
            canvas.play(filtered.tone_frame(frame, header))
    nodes = scene.nodes_in(area)
    for node in _while_wanted(nodes, is_wanted):
        paint_filtered(canvas, node, filtered)
    for edge in _while_wanted(edges, is_wanted):
        with canvas.dimmed(filtered.dims_edge(scene, edge)):
            canvas.play(filtered.tone_edge(edge, edge.label_drawing(canvas.lens)))
    if filtered.hits:
        for node in nodes:
            if count := filtered.hits.get(node.key):
                paint_hit(canvas, node, count)


def paint_filtered(canvas: Canvas, node: PlacedNode, filtered: Filter) -> None:
    """Paint a node as `filtered` shows it."""
    turns = node.key in filtered.turning
    squeezed = canvas.squeezed(node.rect, filtered.turning_width) if turns else nullcontext()
    with canvas.dimmed(filtered.dims_node(node)), squeezed:
        canvas.play(filtered.draw_node(canvas, filtered.node(node)))
