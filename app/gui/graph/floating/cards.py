"""Places the cards that float on the graph, and knows the room that they leave."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QWidget

from app.gui.graph.floating import legend, minimap
from app.gui.graph.floating.overlay import Card, ZoomCard
from app.gui.graph.floating.spotlight_card import SpotlightCard
from app.gui.theme import Theme

NARROW_BELOW: Final = 540
"""Below this width the legend has only glyphs and counts."""
MINIMAP_ABOVE: Final = 40
"""Graphs with more nodes have a minimap."""
_ALWAYS_FROM: Final = 1900
"""From this window width on there is always room for the minimap."""
_MARGIN: Final = 12
_GAP: Final = 8


class Cards:
    """The legend top left, minimap and zoom bottom left, the spotlight card bottom right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        self._parent = parent
        self.legend = legend.Legend(theme, parent)
        self.minimap = minimap.Minimap(theme, parent)
        self.zoom = ZoomCard(theme, parent)
        self.spotlight = SpotlightCard(theme, parent)
        self._are_wanted = True
        self._is_minimap_wanted = self._is_minimap_needed = False

    def set_wanted(self, wanted: bool) -> None:
        """Show or hide the cards; presentations hide them."""
        self._are_wanted = wanted
        for card in (self.legend, self.zoom):
            card.setVisible(wanted)

    @property
    def _all(self) -> tuple[Card, ...]:
        return self.legend, self.minimap, self.zoom, self.spotlight

    def set_theme(self, theme: Theme) -> None:
        for card in self._all:
            card.set_theme(theme)

    def place(self, size: QSize, nodes: int, width: float) -> None:
        """Put them where they belong on a graph of so many nodes, that wide where one can read it.

        The legend keeps its words where the graph has room beside them.  A minimap takes that room
        in any case.
        """
        beside = size.width() - legend.WIDTH - 2 * _MARGIN - _GAP
        in_the_way = nodes <= MINIMAP_ABOVE and width > beside
        narrow = size.width() < NARROW_BELOW or in_the_way
        self.legend.set_narrow(narrow)
        self.legend.move(_MARGIN, _MARGIN)
        self.zoom.arrange(narrow=narrow, joined=False)
        self._place_minimap(size, nodes, narrow=narrow)
        self.zoom.arrange(narrow=narrow, joined=self._is_minimap_wanted)
        bottom = size.height() - _MARGIN
        self.zoom.move(_MARGIN, bottom - self.zoom.height())
        left = self.zoom.geometry().right() + _GAP
        self.spotlight.fit(QRectF(left, 0, size.width() - _MARGIN - left, bottom).toRect())

    def _place_minimap(self, size: QSize, nodes: int, *, narrow: bool) -> None:
        """Place the minimap between legend and zoom, on top of the zoom card, equally wide."""
        top = self.legend.geometry().bottom() + 1 + _GAP
        bottom = size.height() - _MARGIN - self.zoom.height() + 1
        height = min(minimap.HEIGHT, bottom - top)
        self._is_minimap_needed = nodes > MINIMAP_ABOVE
        wanted = self._is_minimap_needed or self._parent.window().width() >= _ALWAYS_FROM
        has_room = self._are_wanted and nodes > 0 and height >= minimap.LEAST_HEIGHT
        self._is_minimap_wanted = wanted and has_room
        if self._is_minimap_wanted:
            width = minimap.NARROW_WIDTH if narrow else minimap.WIDTH
            self.minimap.set_size(QSize(width, height))
            self.minimap.move(_MARGIN, bottom - height)
        self.set_minimap_aside(False)

    def set_minimap_aside(self, aside: bool) -> None:
        """Hide the minimap for now, if the graph does not need one."""
        self.minimap.setVisible(self._is_minimap_wanted and (self._is_minimap_needed or not aside))

    @property
    def fixed(self) -> list[QRectF]:
        """Return the rectangles of the cards that a graph cannot move."""
        cards: list[Card] = [self.legend, self.zoom] if self._are_wanted else []
        if self._is_minimap_wanted and self._is_minimap_needed:
            cards.append(self.minimap)
        return [QRectF(card.geometry()) for card in cards]

    def room(self, whole: QRectF) -> QRectF:
        """Return the room beside the legend, where graphs open."""
        left = self.legend.geometry().right() + 1 + _GAP if self._are_wanted else _MARGIN
        return whole.adjusted(left, _GAP, -_MARGIN, -_GAP)

    def covered(self) -> QRegion:
        """Return the region that cards surely hide, without their edges, which may be partial."""
        shown = (card.geometry().adjusted(1, 1, -1, -1) for card in self._all if card.isVisible())
        return sum(map(QRegion, shown), QRegion())
