"""From a graph to a scene: measured, laid out, placed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Unpack

from app.drawing.lens import CLEAR_ROWS, readable_zoom
from app.gui.graph.painting.text import MEASURE
from app.gui.graph.scenes.columns import in_columns
from app.gui.graph.scenes.following import same_nodes
from app.gui.graph.scenes.pieces import lay_out_pieces
from app.gui.graph.scenes.placing import place
from app.gui.graph.scenes.scene import Scene
from app.session.look import geometry as g
from app.session.look.measure import Room, Size, is_chain
from graphviz_render import (
    Direction,
    Engine,
    Layout,
    LayoutCancelledError,
    Options,
)

if TYPE_CHECKING:
    import networkx as nx

    from app.drawing.beside import Union
    from app.session.comparing.pairing import Equal, Pairing

_AROUND: Final = 16
"""Above and below wide rows together, if there is room."""
_MOST_TWICE: Final = 60
"""Larger graphs are rows anyway, and take longer to lay out."""
_FULL_NODES: Final = 0.7
"""At a smaller zoom nodes are drawn as one row, so then each is laid out as one."""
_EASY_ZOOM: Final = 0.5
"""At a smaller zoom names are read with effort."""
_CLOSE: Final = 20.0, 12.0
"""Between ranks, and between the nodes of one, where names would have no room otherwise."""
_ACROSS: Final[dict[Direction, Direction]] = {"TB": "LR", "LR": "TB"}
_TURNED: Final = 1.2
"""How much larger a graph must be in the other direction."""
_SURE: Final = 0.93
"""The share of the height that is left when lines above the graph have appeared."""
_PATIENCE: Final = 0.05
"""Seconds between two looks at whether a picture is still wanted."""


@dataclass(frozen=True, eq=False)
class Both:
    """Two graphs beside each other: what both have is laid out at the same place.

    Whichever of the two is laid out first lays out both; the other one waits for that.
    """

    first: nx.MultiDiGraph[str]
    second: nx.MultiDiGraph[str]
    pairing: Pairing
    _lock: Lock = field(default_factory=Lock)
    _known: dict[tuple[Engine, Direction, float], tuple[Union, Layout]] = field(
        default_factory=dict
    )

    def layout(
        self, *, is_first: bool, lay_out: LayOut, wish: Wish, is_wanted: Callable[[], bool]
    ) -> Layout:
        """Return the layout of one graph as part of that of both.

        Raises LayoutCancelledError soon after `is_wanted` says no.  `before` has no say in it: the
        other graph is to get the same.
        """
        while not self._lock.acquire(timeout=_PATIENCE):
            if not is_wanted():
                raise LayoutCancelledError("The picture is not wanted any more.")
        try:
            key = wish.engine, wish.direction, wish.width
            if (known := self._known.get(key)) is None:
                known = self._known[key] = self._laid_out(lay_out, wish)
        finally:
            self._lock.release()
        both, found = known
        return (both.first if is_first else both.second).layout(found)

    def _laid_out(self, lay_out: LayOut, wish: Wish) -> tuple[Union, Layout]:
        from app.drawing.beside import union  # for two runs only: not at the start

        upright = wish.direction == "TB"
        first, second = (
            MEASURE.measured(one, upright=upright) for one in (self.first, self.second)
        )
        both = union(first, second, self.pairing)
        options = _options(replace(wish, before=None), {})
        return both, lay_out_pieces(both.graph, lambda piece: lay_out(piece, **options), wish.width)


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A graph that is shown beside another one."""

    both: Both
    is_first: bool

    @property
    def graph(self) -> nx.MultiDiGraph[str]:
        return self.both.first if self.is_first else self.both.second

    @property
    def equal(self) -> Equal:
        pairing = self.both.pairing
        return pairing.first if self.is_first else pairing.second


@dataclass(frozen=True, slots=True)
class Wish:
    """How a graph is to be laid out.

    `width` and `height` are the room for it, in pixels: pieces of a graph that nothing connects are
    arranged for that; 0 is any room.  `before` is the picture that is shown, whose order is kept.
    A node that is `opened` gets its room.
    """

    engine: Engine = "layered"
    direction: Direction = "TB"
    may_turn: bool = False
    """Whether a graph whose names cannot be read in this direction may be laid out in the other."""
    width: float = 0.0
    height: float = 0.0
    before: Scene | None = None
    wide: Size | None = None
    """The size of rows for a room, if the graph is one column; None draws nodes as usual."""
    beside: Beside | None = None
    opened: Room | None = None


ANYHOW: Final = Wish()


class LayOut(Protocol):
    """`graphviz_render.layout`, here or in another process."""

    def __call__(self, graph: nx.MultiDiGraph[str], /, **options: Unpack[Options]) -> Layout: ...


def make_scene(
    graph: nx.MultiDiGraph[str],
    wish: Wish,
    lay_out: LayOut,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Scene:
    """Raises `LayoutError`, and `LayoutCancelledError` soon after `is_wanted` says no."""
    kept = _kept(graph, wish.before)
    if (beside := wish.beside) is not None:
        layout = beside.both.layout(
            is_first=beside.is_first, lay_out=lay_out, wish=wish, is_wanted=is_wanted
        )
        return place(
            graph, layout, kept=kept, direction=wish.direction, is_wanted=is_wanted, whole=True
        )
    is_upright = wish.direction == "TB"
    wide = wish.wide if is_upright and wish.wide and is_chain(graph) else None
    sized = MEASURE.measured(graph, upright=is_upright, room=wish.opened, wide=wide)
    if not is_wanted():
        raise LayoutCancelledError("The picture is not wanted any more.")
    if wide is not None:
        made = _Made(_spread(sized, _options(wish, kept), wish, lay_out), wish.direction)
    else:
        made = _Made(_fitted(sized, _options(wish, kept), wish, lay_out), wish.direction)
        if wish.opened is None and len(graph) <= _MOST_TWICE:
            made = _legible(made, graph, wish, kept, lay_out)
    return place(
        graph, made.layout, kept=kept, direction=made.direction, is_wanted=is_wanted,
        is_wide=wide is not None, in_rows=made.in_rows, opened=wish.opened,
    )  # fmt: skip


class _Made(NamedTuple):
    """A layout, its direction, whether all of its nodes are rows, and close to each other."""

    layout: Layout
    direction: Direction
    in_rows: bool = False
    is_close: bool = False


def _legible(
    made: _Made, graph: nx.MultiDiGraph[str], wish: Wish, kept: dict[str, str], lay_out: LayOut
) -> _Made:
    """Return a layout with more readable names in the room that there is, or the same one.

    Nodes become rows; if names have no room even then, these move together, without room for the
    labels of edges, and perhaps in the other direction.  Room that is left makes rows higher, so
    that borders are clear of names.
    """

    def rows(direction: Direction, *, is_close: bool, least_height: float = 0.0) -> _Made:
        changed = replace(wish, direction=direction)
        upright, options = direction == "TB", _options(changed, kept)
        sized = MEASURE.measured(
            graph, upright=upright, in_rows=True, is_close=is_close, least_height=least_height
        )
        options["node_gap"] = g.NODE_GAP / 2
        if is_close:
            options["rank_gap"], options["node_gap"] = _CLOSE
        made = _fitted(sized, options, changed, lay_out)
        return _Made(made, direction, in_rows=True, is_close=is_close)

    def legibility(one: _Made) -> tuple[bool, float]:
        zoom = _zoom(one.layout, wish)
        return zoom >= readable_zoom(), zoom / (1.0 if one.direction == wish.direction else _TURNED)

    if _zoom(made.layout, wish) < _FULL_NODES:
        made = max(made, rows(wish.direction, is_close=False), key=legibility)
    if _zoom(made.layout, wish) < _EASY_ZOOM and wish.may_turn:
        made = max(made, rows(_ACROSS[wish.direction], is_close=False), key=legibility)
    if _zoom(made.layout, wish) < _EASY_ZOOM:
        directions = _ACROSS if wish.may_turn else (wish.direction,)
        made = max(made, *(rows(one, is_close=True) for one in directions), key=legibility)
    zoom, sure = _zoom(made.layout, wish), replace(wish, height=_SURE * wish.height)
    for wanted in (seen / zoom for seen in CLEAR_ROWS if made.in_rows):
        if wanted <= g.COMPACT_HEIGHT:
            break
        higher = rows(made.direction, is_close=made.is_close, least_height=wanted)
        if _zoom(higher.layout, sure) >= zoom:
            return higher
    return made


def _fitted(sized: nx.MultiDiGraph[str], options: Options, wish: Wish, lay_out: LayOut) -> Layout:
    """Return the layout of a graph in pieces and columns for the room that there is."""
    layout = lay_out_pieces(sized, lambda piece: lay_out(piece, **options), wish.width, wish.height)
    is_broken = wish.direction == "TB" and wish.height
    return in_columns(layout, wish.width, wish.height) if is_broken else layout


def _zoom(layout: Layout, wish: Wish) -> float:
    """Return the zoom at which the room shows a whole layout; 1 for any room."""
    if not wish.width or not wish.height:
        return 1.0
    return min(1.0, wish.width / max(1, layout.width), wish.height / max(1, layout.height))


def _spread(sized: nx.MultiDiGraph[str], options: Options, wish: Wish, lay_out: LayOut) -> Layout:
    """Return the layout of wide rows: close to each other, or further apart if there is room."""
    options["rank_gap"] = g.WIDE_RANK_GAP
    layout = lay_out(sized, **options)
    spare = (wish.height - _AROUND - layout.height) / max(1, len(sized))
    if spare < 1:
        return layout
    options["rank_gap"] += min(spare, g.WIDE_MOST_GAP - g.WIDE_RANK_GAP)
    return lay_out(sized, **options)


def _kept(graph: nx.MultiDiGraph[str], before: Scene | None) -> dict[str, str]:
    if before is None:
        return {}
    return same_nodes({key: node.item for key, node in before.nodes.items()}, graph)


def _options(wish: Wish, kept: dict[str, str]) -> Options:
    options = Options(
        engine=wish.engine,
        direction=wish.direction,
        node_gap=g.NODE_GAP,
        rank_gap=g.RANK_GAP,
        routing="orthogonal",
    )
    if wish.before is not None:
        middles = {key: wish.before.nodes[old].rect.center() for key, old in kept.items()}
        turned = wish.before.direction != wish.direction
        options["before"] = {
            key: (at.y(), at.x()) if turned else (at.x(), at.y()) for key, at in middles.items()
        }
    return options
