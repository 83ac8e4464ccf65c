"""The loss of a program that is running, as a curve over its backward passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.gui.panels.timeline.curve import paint_values
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL, SPACE
from app.session.iterations.series import first_bad
from app.session.language import ngettext, number, tr
from app.session.numbers import short

_HEIGHT: Final = 104
_HEAD: Final = 28
_LABELS: Final = 64
_MOST: Final = 400
"""Values that are drawn: of more, one of several and the last."""


class RunningLosses(QWidget):
    """Hidden until two values are known, and where there is no room for it."""

    toggled = Signal()
    """Whether it is wanted is another."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._places: list[int] = []
        self._values: list[float | None] = []
        self._count = 0
        self.is_wanted = False
        self._has_room = True
        self.words = ""
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(tr("Loss of the running program"))
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_losses(self, losses: Sequence[float | None]) -> None:
        """Show the losses of the backward passes so far; without any, hide."""
        count = len(losses)
        if count == self._count:
            return
        self._count = count
        bad = first_bad(losses)
        last = () if bad is None else (bad,)
        self._places = sorted({*range(0, count, max(1, count // _MOST)), count - 1, *last} - {-1})
        self._values = [losses[place] for place in self._places]
        known = [one for one in self._values if one is not None]
        if len(known) > 1:
            text = ngettext(
                "{loss} after {count} backward pass", "{loss} after {count} backward passes", count
            )
            self.words = text.format(loss=short(known[-1]), count=number(count))
            self.setAccessibleDescription(self.words)
        if self.is_wanted != (len(known) > 1):
            self.is_wanted = not self.is_wanted
            self.give_room(self._has_room)
            self.toggled.emit()
        self.update()

    def give_room(self, on: bool) -> None:
        """Show it if it is wanted, or never."""
        self._has_room = on
        self.setVisible(on and self.is_wanted)

    def sizeHint(self) -> QSize:
        return QSize(300, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors, middle = self._theme.colors, Qt.AlignmentFlag.AlignVCenter
        painter.fillRect(self.rect(), colors.panel)
        head = QRectF(SPACE, 0, self.width() - 2 * SPACE, _HEAD)
        painter.setPen(colors.text)
        painter.setFont(ui_font(FONT_SECONDARY, bold=True))
        painter.drawText(head, middle, tr("loss"))
        painter.setPen(colors.text_secondary)
        painter.setFont(ui_font(FONT_SMALL))
        painter.drawText(head, middle | Qt.AlignmentFlag.AlignRight, self.words)
        area = QRectF(_LABELS, _HEAD + 8, self.width() - _LABELS - SPACE, _HEIGHT - _HEAD - 20)
        share = area.width() / max(1, self._count - 1)
        xs = [area.left() + place * share for place in self._places]
        paint_values(painter, self._theme, self._values, area, xs)
        painter.end()
