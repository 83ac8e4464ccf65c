"""From a graph to a scene: measured, laid out, placed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol, Unpack

from app.gui.graph.painting.text import MEASURE
from app.gui.graph.scenes.columns import in_columns
from app.gui.graph.scenes.following import same_nodes
from app.gui.graph.scenes.pieces import lay_out_pieces
from app.gui.graph.scenes.placing import place
from app.gui.graph.scenes.scene import Scene
from app.session.look import geometry as g
from graphviz_render import (
    Direction,
    Engine,
    Layout,
    LayoutCancelledError,
    Options,
)

if TYPE_CHECKING:
    import networkx as nx

    from app.session.comparing.pairing import Equal, Pairing


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A graph that stands beside another one: what both have is laid out at the same place."""

    graph: nx.MultiDiGraph[str]
    other: nx.MultiDiGraph[str]
    pairing: Pairing
    is_first: bool
    """Whether `graph` is the first one of the pairing."""

    @property
    def equal(self) -> Equal:
        return self.pairing.first if self.is_first else self.pairing.second

    def layout(self, sized: nx.MultiDiGraph[str], lay_out: LayOut, wish: Wish) -> Layout:
        """Return the layout of the measured graph, as part of that of both.

        The other graph gets its own from an equal one, so `before` has no say in it.
        """
        from app.drawing.beside import union  # for two runs only: not at the start

        other = MEASURE.measured(self.other, upright=wish.direction == "TB")
        both = union(*((sized, other) if self.is_first else (other, sized)), self.pairing)
        options = _options(replace(wish, before=None), {})
        found = lay_out_pieces(both.graph, lambda piece: lay_out(piece, **options), wish.width)
        return (both.first if self.is_first else both.second).layout(found)


@dataclass(frozen=True, slots=True)
class Wish:
    """How a graph is to be laid out.

    `width` and `height` are the room for it, in pixels: pieces of a graph that nothing connects are
    arranged for that; 0 is any room.  `before` is the picture that is shown, the order of which is
    kept.
    """

    engine: Engine = "layered"
    direction: Direction = "TB"
    width: float = 0.0
    height: float = 0.0
    before: Scene | None = None
    beside: Beside | None = None


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
    sized = MEASURE.measured(graph, upright=wish.direction == "TB")
    kept = _kept(graph, wish.before)
    if not is_wanted():
        raise LayoutCancelledError("The picture is not wanted any more.")
    if wish.beside is not None:
        layout = wish.beside.layout(sized, lay_out, wish)
        return place(
            graph, layout, kept=kept, direction=wish.direction, is_wanted=is_wanted, whole=True
        )
    options = _options(wish, kept)
    layout = lay_out_pieces(sized, lambda piece: lay_out(piece, **options), wish.width, wish.height)
    if wish.direction == "TB" and wish.height:
        layout = in_columns(layout, wish.width, wish.height)
    return place(graph, layout, kept=kept, direction=wish.direction, is_wanted=is_wanted)


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
