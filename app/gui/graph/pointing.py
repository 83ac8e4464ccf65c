"""Finds the thing under the mouse, and shows its card when the mouse rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtWidgets import QWidget

from app.gui.graph import describe
from app.gui.graph.describe import HoverText
from app.gui.graph.floating.hover_card import HoverCard
from app.gui.graph.frame_header import HeaderPart
from app.gui.graph.scenes.scene import PlacedEdge, PlacedFrame, PlacedNode, PlacedPill, Scene, Thing
from app.gui.theme import Theme
from app.session.graph.payloads import CutItem, FrameItem, GroupItem, Member, OperationItem

if TYPE_CHECKING:
    from app.gui.graph.painting.as_it_was import AsItWas

REACH: Final = 6
"""The largest distance of the mouse from an edge, in pixels on the screen."""
PILLS_FROM: Final = 0.7
"""The zoom from which pills are drawn and can be pointed at."""

HEADERS_FROM: Final = 0.45
"""The zoom from which the headers of groups are drawn and can be clicked."""


class More(NamedTuple):
    """Further facts about a thing that are not drawn."""

    facts: tuple[tuple[str, str], ...] = ()
    why: str = ""


class Explainer(Protocol):
    """Answers from the trace of the graph."""

    def of_operation(self, operation: int) -> More: ...

    def of_tensor(self, tensor: int) -> More: ...


def pill_at(scene: Scene, at: QPointF, zoom: float) -> PlacedPill | None:
    return scene.pill_at(at) if zoom >= PILLS_FROM else None


def member_at(scene: Scene, at: QPointF, zoom: float) -> Member | None:
    return scene.member_at(at) if zoom >= HEADERS_FROM else None


def edge_at(scene: Scene, at: QPointF, zoom: float) -> PlacedEdge | None:
    return scene.edge_at(at, REACH / zoom)


def header_at(scene: Scene, at: QPointF, zoom: float) -> tuple[FrameItem, HeaderPart] | None:
    return scene.header_at(at) if zoom >= HEADERS_FROM else None


def thing_at(scene: Scene, at: QPointF, zoom: float) -> Thing | None:
    """Return the innermost thing at a scene point, or None."""
    return (
        pill_at(scene, at, zoom)
        or scene.node_at(at)
        or edge_at(scene, at, zoom)
        or scene.frame_at(at)
    )


class Pointing:
    """The card of a view.  `explainer` adds facts of the trace to it."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        self._view = view
        self.card = HoverCard(theme, view)
        self.explainer: Explainer | None = None

    def tell(self, thing: Thing | None, target: QRectF, was: AsItWas | None = None) -> None:
        """Describe a thing beside its place on the view, as it was at a moment or at the end."""
        if thing is None:
            self.card.hide()
            return
        within = self._view.rect().adjusted(8, 8, -8, -8)
        place = target.toAlignedRect().intersected(within)
        self.card.show_beside(self._card_of(thing, was), place or QRect(), within)

    def hide(self) -> None:
        self.card.hide()

    def _card_of(self, thing: Thing, was: AsItWas | None) -> HoverText:
        if was is not None:
            thing = was.shown(thing)
        if isinstance(thing, PlacedPill):
            card = describe.pills_card(thing)
            return (
                card if thing.is_rest else card.with_more(*self._of_tensor(thing.pills[0].tensor))
            )
        if isinstance(thing, PlacedEdge):
            card = describe.edge_card(thing.item, so_far=was is not None)
            return card.with_more(*self._of_tensor(thing.item.tensor))
        if isinstance(thing, PlacedFrame):
            return describe.frame_card(thing.item)
        return self._card_of_node(thing)

    def _card_of_node(self, node: PlacedNode) -> HoverText:
        card, item = describe.node_card(node.item), node.item
        if self.explainer is None or isinstance(item, (CutItem, GroupItem)):
            return card
        if isinstance(item, OperationItem):
            if item.operation is None or len(item.operations) > 1:
                return card
            return card.with_more(*self.explainer.of_operation(item.operation))
        return card.with_more(*self._of_tensor(item.tensor))

    def _of_tensor(self, tensor: int) -> More:
        return self.explainer.of_tensor(tensor) if self.explainer is not None else More()
