"""The table of what forward saved for the step that is open."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.gui.controls.tooltips import tooltip_of
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.painting.text import FACES
from app.gui.theme import Theme
from app.session.language import tr

if TYPE_CHECKING:
    from app.session.chain_rule.model import SavedRow

_BELOW = 8
"""Below the last row."""


class SavedTable(QWidget):
    """As high as its rows; hidden while there are none."""

    lineChosen = Signal(int)
    """The line that made a saved tensor, as the trace has it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: Sequence[SavedRow] = ()
        self.setAccessibleName(tr("Saved for backward"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_rows(self, rows: Sequence[SavedRow]) -> None:
        if rows == self._rows:
            return
        from app.drawing.opened.saved import in_words  # with the first opened node

        self._rows = rows
        self._fit()
        self.setAccessibleDescription("\n".join(map(in_words, rows)))
        self.setVisible(bool(rows))
        self.update()

    @property
    def rows(self) -> Sequence[SavedRow]:
        return self._rows

    def sizeHint(self) -> QSize:
        return QSize(0, self.height())

    @property
    def _tops(self) -> list[float]:
        from app.drawing.opened.saved import tops

        return tops(FACES, self._rows, self.width())

    def _fit(self) -> None:
        """Be as high as the rows are at this width."""
        self.setFixedHeight(round(self._tops[-1]) + _BELOW if self._rows else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _row_at(self, y: float) -> SavedRow | None:
        rows = zip(self._rows, pairwise(self._tops), strict=True)
        return next((row for row, (top, end) in rows if top <= y < end), None)

    def paintEvent(self, event: QPaintEvent) -> None:
        from app.drawing.opened.saved import saved_table

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(self.rect()), self._theme.colors.panel)
        Canvas(painter, self._theme).play(saved_table(FACES, self._rows, self.width()))
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position().y())
        if row is not None and row.line is not None:
            self.lineChosen.emit(row.line)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            from app.drawing.opened.saved import in_words

            row = self._row_at(event.pos().y())
            text = "" if row is None else tooltip_of(in_words(row))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)
