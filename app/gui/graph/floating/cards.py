"""Places the cards that float on the graph, and knows the room that they leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QWidget

from app.gui.graph.floating import legend, minimap
from app.gui.graph.floating.excerpt_card import ExcerptCard
from app.gui.graph.floating.overlay import CardFrame, ZoomCard
from app.gui.theme import Theme

_MARGIN: Final = 12
_GAP: Final = 8


class Cards:
    """The zoom bottom left, the excerpt card bottom right, the minimap in a free corner.

    The legend, top right, is closed until the user opens it.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        self._parent = parent
        self.legend = legend.Legend(theme, parent)
        self.minimap = minimap.Minimap(theme, parent)
        self.zoom = ZoomCard(theme, parent)
        self.excerpt = ExcerptCard(theme, parent)
        self._are_wanted = self.has_map = True
        self.zoom.set_map(True)

    def set_wanted(self, wanted: bool) -> None:
        """Show or hide the cards; presentations hide them."""
        self._are_wanted = wanted
        self.zoom.setVisible(wanted)
        self.minimap.setVisible(False)
        self.legend.open(False)

    @property
    def are_wanted(self) -> bool:
        return self._are_wanted

    @property
    def _all(self) -> tuple[CardFrame, ...]:
        return self.legend, self.minimap, self.zoom, self.excerpt

    def set_theme(self, theme: Theme) -> None:
        for card in self._all:
            card.set_theme(theme)

    def place(self, size: QSize) -> None:
        """Put them where they belong in a window of this size."""
        self.legend.move(size.width() - _MARGIN - self.legend.width(), _MARGIN)
        bottom = size.height() - _MARGIN
        self.zoom.move(_MARGIN, bottom - self.zoom.height())
        left = self.zoom.geometry().right() + _GAP
        self.excerpt.fit(QRectF(left, 0, size.width() - _MARGIN - left, bottom).toRect())

    def place_minimap(
        self, size: QSize, *, is_whole: bool, keeps: bool, covered_by: Callable[[QRectF], int]
    ) -> None:
        """Put the minimap into a corner where nothing is `covered_by` it, or hide it.

        It hides if the whole graph is in view.  While the user moves, it `keeps` its corner, and
        where no corner is free it is in the one where it covers least.  The button says whether
        it is there, where it would be of use.
        """
        wide, high = self.minimap.width(), self.minimap.height()
        right, bottom = size.width() - _MARGIN - wide, size.height() - _MARGIN - high
        above = bottom - self.zoom.height() - _GAP
        if not self.has_map or not self._are_wanted or is_whole or above <= _MARGIN:
            self.minimap.hide()
            self.zoom.set_map(self.has_map)
            return
        here, area = (self.minimap.x(), self.minimap.y()), QRectF(0, 0, wide, high)
        corners = [(right, _MARGIN), (right, bottom), (_MARGIN, _MARGIN), (_MARGIN, above)]
        if not (keeps and not self.minimap.isHidden() and here in corners):
            places = [here, *corners] if here in corners else corners
            covered = {place: covered_by(area.translated(*place)) for place in places}
            best = min(covered, key=covered.__getitem__)
            self.minimap.move(*best)
            shown = keeps or covered[best] == 0
            self.minimap.setVisible(shown)
            self.zoom.set_map(shown)

    @property
    def fixed(self) -> list[QRectF]:
        """Return the rectangles of the cards that a graph cannot move."""
        return [QRectF(self.zoom.geometry())] if self._are_wanted else []

    def room(self, whole: QRectF) -> QRectF:
        """Return the room above the zoom card, where graphs open."""
        below = whole.bottom() - self.zoom.y() if self._are_wanted else 0
        return whole.adjusted(_MARGIN, _GAP, -_MARGIN, -_GAP - below)

    def covered(self) -> QRegion:
        """Return the region that cards surely hide, without their edges, which may be partial."""
        shown = (card.geometry().adjusted(1, 1, -1, -1) for card in self._all if card.isVisible())
        return sum(map(QRegion, shown), QRegion())
