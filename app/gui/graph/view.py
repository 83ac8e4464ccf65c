"""The graph view: what autograd recorded, as a picture that can be pointed at.

`stage` shows and moves a scene, `interaction` selects on it; here graphs come in and are laid out,
and cards float above them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QKeyEvent,
    QPainter,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from app.gui.graph.camera import Camera, fitting
from app.gui.graph.floating.cards import Cards
from app.gui.graph.floating.legend import Legend
from app.gui.graph.floating.legend_line import LegendLine
from app.gui.graph.floating.minimap import Minimap
from app.gui.graph.floating.waiting import Waiting, WaitingCard
from app.gui.graph.numbers import NodeWithNumbers
from app.gui.graph.painting.backdrop import paint_message, paint_veil
from app.gui.graph.painting.text import FACES
from app.gui.graph.painting.ties import Ties, paint_ties
from app.gui.graph.painting.travel import Travel
from app.gui.graph.scenes.layouter import Layouter
from app.gui.graph.scenes.making import Beside, Wish
from app.gui.graph.scenes.scene import Scene
from app.gui.running.letting_go import let_go_if_large
from app.gui.theme import Theme
from app.session.graph.part import Part
from app.session.graph.payloads import StatusKey
from app.session.language import ngettext, number, tr, translatable
from app.session.look import geometry as g
from app.session.look.measure import Room, Size
from app.session.numbers import rough_duration
from graphviz_render import Direction as LayoutDirection
from graphviz_render import Engine

if TYPE_CHECKING:
    import networkx as nx

    from app.drawing.opened.card import Opened
    from app.gui.graph.painting.export import Ground, SceneImage
    from app.session.asking.covered import Covered
    from app.session.chain_rule.model import OpenedStep
    from app.session.timeline import Snapshot

EMPTY_TEXT: Final = translatable("Nothing traced yet. Press Run, or turn on Live.")
EMPTY_ROOM_TEXT: Final = translatable("Nothing traced yet. Press Run.")


class _ToOpen(NamedTuple):
    """A step that a node is to show, by the node's key."""

    key: str
    step: OpenedStep
    waits: bool


_SETTLED_MS: Final = 250
"""After a change of its size: then the view counts as left at that size."""
_WORTH_MOVING: Final = 1.1
"""How much larger a graph must be for that."""
_MOST_SUITED: Final = 400
"""Nodes of a graph that is laid out again for another size: others are rows of any length."""
_CLEAR: Final = 6
"""Between a card and the nodes beside it."""
ROOM_ZOOM: Final = 1.5
"""In front of a room: a name has 20 pixels."""
ROOM_LEAST_ZOOM: Final = 16 / 11
"""The least, at which the smallest text has 16 pixels."""
ROOM_MARGINS: Final = 80
_NODES_PER_SECOND: Final = 1000
"""Of layouts and placing, on a usual machine."""
_CANCELLED: Final = translatable("The layout was cancelled. Fold some groups, or run again.")


class GraphView(NodeWithNumbers):
    """Shows graphs of `app.session.graph`.  `close` ends its thread and its layout process."""

    sceneChanged = Signal()
    """Another graph is shown, or the same otherwise."""
    arranged = Signal(str, object)
    """Graphs are laid out by another engine, or in another direction (None: see `arrange`)."""
    excerptClosed = Signal()
    """The user wants to see everything again."""
    mapToggled = Signal(bool)
    """The user shows or hides the map."""
    largeAccepted = Signal()
    """The user wants the large graph that `ask_about` asked about."""
    layoutFinished = Signal()
    layoutCancelled = Signal()
    """The picture before stays: it shows the same run, otherwise."""
    layoutFailed = Signal(str)
    """Why there is no picture, in words; the view shows it as well."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("graphView")
        self.setAccessibleName(tr("Graph of operations"))
        self._again, self._held = False, ""
        self._counts: Mapping[StatusKey, int] = {}
        self._travel = Travel(self)
        self._travel.stepped.connect(self.refresh)
        self._last: Scene | None = None
        self._last_whole: Scene | None = None
        """Of a run that had ended."""
        self._grows = False
        """The last picture with nodes, whose order the next one follows."""
        self._bare = self._scene
        """The picture with its answers, from which the one that is shown is made."""
        self._covered: Covered | None = None
        self._ahead: tuple[Scene, Covered, Scene] | None = None
        """A scene, and how it will look covered."""
        self._message: str | None = None
        """None says that nothing was traced yet."""
        self._announce = False
        self.filled.connect(self._announce_picture)
        self._requested = 0
        self._is_announced = False
        """Whether it waits for a graph that is still being made."""
        self._waiting = Waiting(self)
        self._waiting.changed.connect(self.refresh)
        self._waiting.late.connect(self._offer_to_cancel)
        self._waiting_card = WaitingCard(theme, self)
        self._waiting_card.cancelled.connect(self._cancel)
        self._waiting_card.accepted.connect(self.largeAccepted)
        self._wish = Wish()
        self._layouter = Layouter(self)
        self._layouter.placed.connect(self._placed)
        self._layouter.failed.connect(self._failed)
        self._lit = ""
        self._shows_bytes = False
        self._graph: nx.MultiDiGraph[str] | None = None
        self._laid_out: nx.MultiDiGraph[str] | None = None
        self._beside: Beside | None = None
        self._ties: Ties | None = None
        self._step: _ToOpen | None = None
        self._numbers: Opened | None = None
        """What is shown of it as soon as there is room."""
        self._is_presenting = False
        self._laid_for: tuple[Size | None, int] = None, 0
        self._laid_in, self._is_suiting = QRectF(), False
        """The room of the last layout, and whether it was asked for because of another room."""
        self._settled = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settled.timeout.connect(self._suit_room)
        self._waits_for_beside = False
        self._cards = Cards(theme, self)
        self.legend_line = LegendLine(theme, self._cards.legend)
        """To be placed above the graph."""
        self._connect_cards()

    def _connect_cards(self) -> None:
        cards = self._cards
        cards.legend.hiddenChanged.connect(self._hide_statuses)
        self.legend_line.trainingToggled.connect(self.color_by_training)
        for card in (cards.zoom, cards.minimap):
            card.zoomed.connect(self.zoom_by)
        cards.zoom.reset.connect(lambda: self.zoom_to(1.0))
        cards.zoom.fitted.connect(self.fit)
        cards.minimap.wanted.connect(self.centre_on)
        cards.excerpt.closed.connect(self._show_all)
        cards.zoom.mapToggled.connect(self.set_map)
        cards.zoom.mapToggled.connect(self.mapToggled)
        self.excerptClosed.connect(lambda: self.set_excerpt(None))
        self.zoomChanged.connect(cards.zoom.set_percent)
        self.moved.connect(self._on_moved)

    def _on_moved(self, *, asked: bool = False) -> None:
        """Show in the minimap what is in sight; `asked` says that the user wants the minimap."""
        seen = self.visible_area()
        self._cards.minimap.set_seen(seen)
        self._cards.place_minimap(
            self.size(),
            is_whole=not self._scene.nodes or seen.contains(self._scene.bounds),
            keeps=asked or self.aim == "free",
            covered_by=self._covered_by,
        )

    def _covered_by(self, place: QRectF) -> int:
        """Return 0 if a card at `place` covers nothing, else more the more nodes it covers."""
        area = self._camera.rect_to_scene(place)
        return 0 if self._scene.is_free(area) else 1 + len(self._scene.nodes_in(area))

    def set_map(self, shown: bool) -> None:
        """Show a map of graphs that need one, or none."""
        self._cards.has_map = shown
        self._cards.zoom.set_map(shown)
        self._on_moved(asked=shown)

    # -------------------------------------------------------------------------------- the graph

    def show_graph(
        self,
        graph: nx.MultiDiGraph[str],
        counts: Mapping[StatusKey, int],
        *,
        covered: Covered | None = None,
        again: bool = False,
        held: str = "",
        follows: bool = True,
        grows: bool = False,
    ) -> None:
        """Lay `graph` out and show it; `layoutFinished` follows.  Do not change it afterwards.

        `again` says that it shows the same run, so that operations keep their numbers; the group
        `held`, by its key, stays where it is whether it is a node or a frame.  `follows` says that
        it is of the same program as the picture before, whose order it keeps.  `grows` says
        that the run goes on: how far it was is chance, so the picture of the whole run keeps no
        order from it.
        """
        self._again, self._held = again, held
        if not follows:
            self._last = self._last_whole = None
        elif self._grows and not grows:
            self._last = self._last_whole
        self._grows = grows
        self._take_cover(covered, counts)
        self._message = ""
        self._laid_out = graph
        self._lay_out(graph)

    def arrange(self, engine: Engine, direction: LayoutDirection | None) -> None:
        """Lay graphs out like this, the one that is shown as well.

        Without a direction they run down, or to the right where only that can be read.
        """
        if (engine, direction) == self.arrangement:
            return
        self._wish = replace(
            self._wish, engine=engine, direction=direction or "TB", may_turn=direction is None
        )
        self.arranged.emit(engine, direction)
        if self._laid_out is not None:
            self._lay_out(self._laid_out)

    @property
    def arrangement(self) -> tuple[Engine, LayoutDirection | None]:
        """The engine and the direction as `arrange` takes them."""
        return self._wish.engine, None if self._wish.may_turn else self._wish.direction

    def stand_alone(self) -> None:
        """Lay graphs out for themselves, this one as well if another one was beside it."""
        was_beside, self._beside = self._beside is not None, None
        self._waits_for_beside = False
        if was_beside and self._laid_out is not None:
            self._lay_out(self._laid_out)

    def wait_for_beside(self) -> None:
        """From now on lay a graph out only when `stand_beside` says what is beside it."""
        self._waits_for_beside = True

    def stand_beside(self, beside: Beside) -> None:
        """Lay the graph out beside another one; what both have is drawn without colour."""
        self._beside = beside
        if self._laid_out is beside.graph:
            self._lay_out(beside.graph)

    def open_node(self, key: str, step: OpenedStep, *, waits: bool = False) -> None:
        """Show the numbers of a step in a node, in place of any other.

        `layoutFinished` follows if they need other room than before.  `waits` says that more
        numbers are to come.  Nothing happens while answers are covered.
        """
        if self._covered is not None:
            return
        self._step = _ToOpen(key, step, waits)
        self._make_room()

    def close_node(self) -> None:
        """Show a node as all others."""
        if self._step is not None:
            self._step = None
            self._make_room()

    def _make_room(self) -> None:
        """Lay the graph out with room for the numbers, or show them where there is room already."""
        from app.drawing.opened.card import opened  # for numbers only: not at the start

        step, before = self._step, self._filter.opened
        numbers, room = None, None
        if step is not None:
            chosen = None if before is None else before.chosen
            shown = Size(self.width() / self._largest, self.height() / self._largest)
            numbers = opened(step.step, FACES, shown, chosen, waits=step.waits)
            room = Room(step.key, numbers.size)
        self._numbers = numbers
        if room != self._wish.opened:
            held = room or self._wish.opened
            self._wish = replace(self._wish, opened=room)
            if self._laid_out is not None:
                self._again, self._held = True, "" if held is None else held.key
                self._lay_out(self._laid_out)
        elif (node := self._scene.roomy) is not None:
            self._filter = replace(self._filter, opened=numbers)
            self.repaint_areas([node.rect])
            self._speak()

    def _lay_out(self, graph: nx.MultiDiGraph[str], *, suits: bool = False) -> None:
        """Ask for a scene; what only `suits` another room does not pale what is shown."""
        beside = self._beside if self._beside and self._beside.graph is graph else None
        if beside is None and self._waits_for_beside:
            self._waiting.start(graph.number_of_nodes())
            return
        room = self.room()
        zoom = ROOM_ZOOM if self._is_presenting else 1.0
        wish = replace(
            self._wish, width=room.width() / zoom, height=room.height() / zoom, wide=self._wide,
            before=self._last, beside=beside,
        )  # fmt: skip
        self._laid_for, self._laid_in, self._is_suiting = (wish.wide, self.height()), room, suits
        self._requested = self._layouter.request(graph, wish)
        if not suits:
            self._waiting.start(graph.number_of_nodes())

    def clear(self, message: str = "") -> None:
        """Show no graph, but a sentence that says why; without one, also forget the one before."""
        self._requested, self._laid_out = 0, None
        if not message:
            self._last = self._last_whole = None
        self._take_cover(None, {})
        self._message = message or None
        self._set_scene(Scene([], [], []))

    def set_message(self, message: str) -> None:
        """What is said where there is no picture; an empty one: that nothing was traced yet."""
        self._message = message or None
        if not self._scene.nodes:
            self.update()

    def ask_about(self, nodes: int) -> None:
        """Ask whether a graph of so many nodes is to be drawn, and say how long that takes.

        `largeAccepted` or `layoutCancelled` follows; the picture stays until then.
        """
        seconds = max(1, round(nodes / _NODES_PER_SECOND))
        words = tr("Unfold {count} nodes? Their layout takes about {time}.")
        words = words.format(count=number(nodes), time=rough_duration(seconds))
        self._waiting_card.ask(words, self.room())

    def wait_for(self, nodes: int) -> None:
        """Say at once that a graph of so many nodes is being made; `layoutCancelled` may follow."""
        self._is_announced = True
        self._waiting.start(nodes)
        self._offer_to_cancel()

    def keys_in_sight(self) -> list[str]:
        """Return the keys of the nodes in sight, as they are read."""
        seen = self._scene.nodes_in(self.visible_area())
        return [node.key for node in sorted(seen, key=lambda node: (node.rect.y(), node.rect.x()))]

    def stop_asking(self) -> None:
        """Take the question back, or what `wait_for` announced: something else was chosen."""
        if self._waiting_card.is_asking:
            self._waiting_card.hide()
        elif self._is_announced and not self._requested:
            self._stop_waiting()
            self.refresh()

    def _cancel(self) -> None:
        if self._waiting_card.is_asking:
            self._waiting_card.hide()
            self.setFocus()
            self.layoutCancelled.emit()
        elif self._is_announced and not self._requested:
            self._stop_waiting()
            self.refresh()
            self.layoutCancelled.emit()
        else:
            self.cancel_layout()

    def _offer_to_cancel(self) -> None:
        count, seconds = self._waiting.nodes, self._waiting.seconds
        words = ngettext("Laying out {count} node…", "Laying out {count} nodes…", count)
        words = words.format(count=number(count))
        if seconds and count > _NODES_PER_SECOND:
            expected = max(seconds, round(count / _NODES_PER_SECOND))
            text = tr("{what} {now} of about {expected}")
            words = text.format(
                what=words, now=rough_duration(seconds), expected=rough_duration(expected)
            )
        self._waiting_card.say(words, self.room())

    def _stop_waiting(self) -> None:
        self._is_announced = False
        self._waiting.stop()
        self._waiting_card.hide()

    def cancel_layout(self) -> None:
        """Do without the picture that is being made.

        The one before stays if it shows the same run; else it says nothing of what is shown.
        """
        self._layouter.cancel()
        if self._again and self._graph is not None:
            self._requested, self._laid_out = 0, self._graph
            self._again, self._held = False, ""
            self._stop_waiting()
            self.refresh()
            self.layoutCancelled.emit()
            return
        self._requested, self._laid_out = 0, None
        self._message = tr(_CANCELLED)
        self._set_scene(Scene([], [], []))

    def _placed(self, number: int, scene: Scene) -> None:
        if number != self._requested:
            return
        self._requested = 0
        if not self._is_suiting:
            self._announce = True
            self._set_scene(scene)
        elif self.aim != "free" and self._suits_better(scene):
            self._set_scene(scene)
            self._transition.stop()
            self.look()
        if self.room() != self._laid_in:
            self._settled.start()

    def _announce_picture(self) -> None:
        """A picture counts as made when it can be seen."""
        if self._announce and not self.is_changing:
            self._announce = False
            self.layoutFinished.emit()

    def _failed(self, number: int, reason: str) -> None:
        if number != self._requested:
            return
        self._requested = 0
        if not self._is_suiting:
            text = tr("The graph could not be drawn. {reason}")
            self._message = text.format(reason=reason)
            self._set_scene(Scene([], [], []))
            self.layoutFailed.emit(reason)

    def _set_scene(self, scene: Scene) -> None:
        """Swap the picture, keeping in place what the user is looking at."""
        self._stop_waiting()
        self._travel.stop()
        self.repaint_scene(marks_hold=False)
        before, self._bare = self._scene, scene
        self._scene = scene = self._as_covered(scene)
        if scene.nodes:
            self._last = scene
            self._last_whole = self._last_whole if self._grows else scene
        self._hide_card()
        selected = self._marks.nodes
        self._graph = self._laid_out
        beside = self._beside if self._beside and self._beside.graph is self._graph else None
        self._filter = replace(
            self._filter, kept=None, hits={}, equal=None if beside is None else beside.equal,
            most_kept=self._most_kept(), opened=self._numbers,
        )  # fmt: skip
        is_plain = beside is not None or self._is_presenting or self._covered is not None
        self._marks = replace(self._marks, are_neighbours_plain=is_plain)
        self._lit = ""
        self._tell_what_is_pale()
        self._cards.minimap.set_scene(scene)
        self._keep_selection(before)
        self.follow(before, selected, self._held)
        self._see_opened(before)
        self._again, self._held = False, ""
        self.sceneChanged.emit()
        let_go_if_large(before, len(before.nodes))

    def _as_covered(self, scene: Scene) -> Scene:
        if self._covered is None or not scene.nodes:
            return scene
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] is scene and ahead[1] is self._covered:
            return ahead[2]
        from app.gui.graph.scenes.covering import cover  # for few runs only: not at the start

        return cover(scene, self._covered)

    def cover_ahead(self, covered: Covered) -> None:
        """Make the picture that `show_covered` is to show next.  In any thread."""
        from app.gui.graph.scenes.covering import cover

        if (bare := self._bare).nodes:
            self._ahead = (bare, covered, cover(bare, covered))

    def show_covered(
        self, covered: Covered | None, counts: Mapping[StatusKey, int] = MappingProxyType({})
    ) -> None:
        """Cover the answers in the picture, or show all; everything stays in its place.

        What is covered has no legend: neither statuses nor parameters have colours.
        """
        self._take_cover(covered, counts)
        self._hide_card()
        scene = self._scene = self._last = self._as_covered(self._bare)
        held = {key for key in self._marks.nodes if key in scene.nodes}
        self._marks = replace(
            self._marks,
            nodes=frozenset(held),
            hovered=None,
            hovered_edge=None,
            pointed=frozenset(),
            are_neighbours_plain=covered is not None or self._is_presenting,
        )
        self._current = self._current if self._current in held else None
        self._cards.minimap.set_scene(scene)
        self._speak()
        self.repaint_scene()

    def turn(self, operations: Iterable[int], tensors: Iterable[int], width: float) -> None:
        """Show the cards of operations and the capsules of tensors at a share of their width."""
        scene = self._scene
        keys = {scene.node_of.get(one, "") for one in operations}
        held = (key for one in tensors for key in scene.holders.get(one, ()))
        keys.update(key for key in held if scene.nodes[key].tensor is not None)
        keys &= scene.nodes.keys()
        self._filter = replace(self._filter, turning=frozenset(keys), turning_width=width)
        self.repaint_areas(scene.nodes[key].rect for key in keys)

    def _take_cover(self, covered: Covered | None, counts: Mapping[StatusKey, int]) -> None:
        """Cover the next picture like this."""
        changes = (covered is None) != (self._covered is None)
        self._covered, self._counts = covered, counts
        legend = self._cards.legend
        legend.set_counts(counts)
        if changes:
            self.close_node()
            legend.show_all()
            legend.open(False)
            self.legend_line.setVisible(self._has_legend)
            self.color_by_training(covered is None and self.legend_line.shows_training)

    @property
    def _has_legend(self) -> bool:
        return self._covered is None and self._cards.are_wanted

    def _keep_selection(self, before: Scene) -> None:
        """Keep what is selected and still there; say so where nothing is left."""
        now = {old: key for key, old in self._scene.kept.items()}
        if self._again:
            now |= self._instead(before, self._marks.nodes - now.keys())
        kept = frozenset(now[key] for key in self._marks.nodes if key in now)
        lost = bool(self._marks.nodes) and not kept
        was = self._filter.as_it_was
        running = was.running(self._scene) if was is not None else frozenset()
        self._marks = replace(
            self._marks,
            nodes=kept,
            running=running,
            hovered=None,
            hovered_edge=None,
            pointed=frozenset(),
        )
        self._current = now.get(self._current) if self._current else None
        if lost:
            self.selectionCleared.emit()

    def _instead(self, before: Scene, lost: Iterable[str]) -> dict[str, str]:
        """Return the nodes that replace those folded, unfolded, or drawn at another level."""
        node_of = self._scene.node_of
        found: dict[str, str] = {}
        for key in lost:
            held = before.nodes[key].operations if key in before.nodes else ()
            first = next((id_ for id_ in held if id_ in node_of), None)
            if first is not None:
                found[key] = node_of[first]
        return found

    @property
    def message(self) -> str:
        """What is said in place of a picture; empty where there is one."""
        if self._scene.nodes:
            return ""
        if self._message is None:
            return tr(EMPTY_ROOM_TEXT if self._is_presenting else EMPTY_TEXT)
        return self._message

    @property
    def is_waiting(self) -> bool:
        """Whether what is shown is pale because something newer is being drawn."""
        return self._waiting.is_veiled

    def picture(
        self, *, in_view: bool = False, with_legend: bool = False, ground: Ground = "window"
    ) -> SceneImage:
        """All of the graph, or what is in sight of it.  Raises `export.ExportError`."""
        from app.gui.graph.painting.export import SceneImage, drawn_legend, on_ground

        theme = on_ground(self._theme, ground)
        area = self._target.area(QSizeF(self.size())) if in_view else None
        legend = drawn_legend(theme, self._cards.legend.counts) if with_legend else None
        return SceneImage(self._scene, theme, self._filter, area, legend)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._cards.set_theme(theme)
        self.legend_line.set_theme(theme)
        self._waiting_card.set_theme(theme)
        self.pointing.card.set_theme(theme)
        self.repaint_scene()

    def set_presenting(self, on: bool) -> None:
        """Show rows for a room, in large type and without cards, or nodes as usual."""
        self._is_presenting = on
        self.show_cards(not on)
        self.legend_line.setVisible(self._has_legend)
        self.set_zoom_range(*((ROOM_LEAST_ZOOM, ROOM_ZOOM) if on else (0.0, 1.0)))
        if self._laid_out is not None:
            self._lay_out(self._laid_out)

    @property
    def _wide(self) -> Size | None:
        """The size of a row for a room; None if nodes are usual."""
        if not self._is_presenting:
            return None
        room = (self.width() - ROOM_MARGINS) / ROOM_ZOOM
        is_high = self.height() / ROOM_ZOOM >= g.WIDE_HIGH
        height = g.WIDE_LARGE_HEIGHT if is_high else g.WIDE_HEIGHT
        return Size(min(g.WIDE_MOST, max(g.WIDE_LEAST, room)), height)

    def show_cards(self, shown: bool) -> None:
        self._cards.set_wanted(shown)

    def set_ties(self, ties: Ties | None) -> None:
        """Draw lines from these places to the graph beside this one, or none."""
        if ties != self._ties:
            self._ties = ties
            self.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._waiting.stop()
        self._layouter.close()
        super().closeEvent(event)

    # ------------------------------------------------------------------------------- the cards

    @property
    def graph(self) -> nx.MultiDiGraph[str] | None:
        """What the scene shows, as it was handed over."""
        return self._graph

    @property
    def legend(self) -> Legend:
        return self._cards.legend

    @property
    def minimap(self) -> Minimap:
        return self._cards.minimap

    def room(self) -> QRectF:
        """What the cards leave: graphs open above them."""
        return self._cards.room(QRectF(self.rect()))

    def is_clear(self, camera: Camera) -> bool:
        places = (card.adjusted(-_CLEAR, -_CLEAR, _CLEAR, _CLEAR) for card in self._cards.fixed)
        return all(self._scene.is_free(camera.rect_to_scene(place)) for place in places)

    def covered(self) -> QRegion:
        return self._cards.covered()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._cards.place(self.size())
        super().resizeEvent(event)
        self._on_moved()
        if self._step is not None:
            self._make_room()
        has_other_room = (self._wide, self.height()) != self._laid_for
        if self._is_presenting and has_other_room and self._laid_out is not None:
            self._lay_out(self._laid_out)
        self._settled.start()

    def _suits_better(self, scene: Scene) -> bool:
        """Return whether a layout for the room that there is now is worth that all moves."""
        now, then = (fitting(one.bounds, self.room()).zoom for one in (self._bare, scene))
        return scene.kind != self._bare.kind or then > _WORTH_MOVING * now

    def _suit_room(self) -> None:
        """Lay the graph out again for the room that there is now, unless the user moved over it.

        Columns, rows or the other direction may be larger there; if nothing is, nothing changes.
        """
        graph, is_alone = self._laid_out, self._beside is None and not self._waits_for_beside
        is_still = not self._requested and self.aim != "free" and self.room() != self._laid_in
        if graph is None or not (is_alone and is_still and self._scene.nodes):
            return
        if graph.number_of_nodes() <= _MOST_SUITED and self._wish.opened is None:
            self._lay_out(graph, suits=True)

    # -------------------------------------------------------------- what is put forward or aside

    def set_hits(self, hits: Mapping[str, int]) -> None:
        """Ring these nodes in yellow, and no others: how many hits there are in each, by key."""
        hits = {key: count for key, count in hits.items() if key in self._scene.nodes}
        if hits != self._filter.hits:
            self._filter = replace(self._filter, hits=hits)
            self._cards.minimap.set_hits(hits)
            self.repaint_scene()

    @property
    def hits(self) -> Mapping[str, int]:
        return self._filter.hits

    def set_excerpt(self, part: Part | None, words: str = "") -> None:
        """Dim all but a part of the graph, or nothing (None); and say so."""
        if part != self._filter.kept:
            self._filter = replace(self._filter, kept=part)
            self.repaint_scene()
        self._lit = words
        self._tell_what_is_pale()

    @property
    def excerpt(self) -> Part | None:
        return self._filter.kept

    @property
    def excerpt_words(self) -> str:
        """What is lit; empty where nothing is."""
        return self._lit

    def show_moment(self, then: Snapshot | None) -> None:
        """The picture as it was then; None is the run as a whole."""
        # here, as the window is to be there before networkx is loaded
        from app.gui.graph.painting.as_it_was import AsItWas, changed

        before = self._filter.as_it_was
        now = None if then is None else AsItWas(then)
        self._hide_card()
        self._cards.legend.set_progress(None if then is None else then.progress)
        self._cards.legend.set_counts(self._counts if then is None else then.counts)
        self._filter = replace(self._filter, as_it_was=now)
        self._cards.minimap.set_filter(replace(self._filter, kept=None, hits={}))
        self._marks = replace(
            self._marks,
            running=now.running(self._scene) if now else frozenset(),
            filling=now.filling if now else frozenset(),
        )
        self._travel.stop()
        if before is not None and now is not None and self._glides():
            self._travel.begin(now.taken_from(before, self._scene))
        areas = changed(self._scene, before.then, then) if before and then else None
        if areas is None:
            self.repaint_scene()
        else:
            self.repaint_areas(areas)
        holders = (self._scene.holders.get(tensor, ()) for tensor in self._marks.filling)
        if keys := self._marks.running or frozenset(key for keys in holders for key in keys):
            self._reveal(keys)

    @property
    def is_gliding(self) -> bool:
        """Whether anything moves: the picture, its nodes, or a gradient along its edges."""
        return super().is_gliding or self._travel.is_running

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._waiting_card.isVisible():
            self._cancel()
        elif event.key() == Qt.Key.Key_Escape and self.excerpt_words:
            self.excerptClosed.emit()
        else:
            super().keyPressEvent(event)

    def color_by_training(self, wanted: bool) -> None:
        """Colour nodes by what happened to their parameters, or by their status."""
        self._filter = replace(self._filter, by_training=wanted)
        self.repaint_scene()

    def show_bytes(self, wanted: bool) -> None:
        """Show on each node what it keeps for backward, on the scale of the largest."""
        self._shows_bytes = wanted
        self._filter = replace(self._filter, most_kept=self._most_kept())
        self.repaint_scene()

    def _most_kept(self) -> int | None:
        if not self._shows_bytes:
            return None
        return max((node.kept for node in self._scene.nodes.values()), default=0)

    def _hide_statuses(self, hidden: frozenset[StatusKey]) -> None:
        self._filter = replace(self._filter, dimmed=hidden)
        self._cards.minimap.set_filter(replace(self._filter, kept=None, hits={}))
        self.repaint_scene()
        self._tell_what_is_pale()

    def _tell_what_is_pale(self) -> None:
        self._cards.excerpt.say(self._lit or self._cards.legend.hidden_words)

    def _show_all(self) -> None:
        if self._lit:
            self.excerptClosed.emit()
        else:
            self._cards.legend.show_all()

    # --------------------------------------------------------------------------------- messages

    def paint_above(self, painter: QPainter) -> None:
        if self._ties is not None and not self.is_changing:
            area = QRectF(self.rect())
            paint_ties(painter, self._theme, self._scene, self._camera, self._ties, area)
        if self._travel.is_running:
            self.paint_on_scene(painter, self._travel.paint)
        if self._waiting.is_veiled:
            paint_veil(painter, self._theme, QRectF(self.rect()))
        if self.message and not self._waiting.is_veiled:
            paint_message(painter, self._theme, self.room(), self.message, self._largest)
