"""A square tile for parameters; operations have glyphs without a tile."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.contract.records import TrainState
from app.drawing.tiles import tile
from app.gui.graph.painting.canvas import Canvas
from app.gui.theme import Theme
from app.session.look.geometry import TILE
from app.session.look.marks import TRAINS

_SIZE = TILE


class ParameterTile(QWidget):
    def __init__(self, theme: Theme, state: TrainState) -> None:
        super().__init__()
        self._theme, self._state = theme, state
        self.setFixedSize(_SIZE, _SIZE)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_filled, is_dotted = self._state == "trained", self._state == "frozen"
        look, side = TRAINS[self._state], float(self.width())
        drawing = tile(look, (0.0, 0.0), side, filled=is_filled, dotted=is_dotted)
        Canvas(painter, self._theme).play(drawing)
        painter.end()
