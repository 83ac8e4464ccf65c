"""The values of a leaf as a matrix; one of them is dragged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from app.gui.controls.written import write
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.metrics import FONT_BASE
from app.session.language import tr
from app.session.nudging.results import on_grid
from app.session.nudging.words import value_text

CELL_WIDTH: Final = 84
CELL_HEIGHT: Final = 28
_STEP, _FINE = 0.01, 0.001
_PIXELS: Final = 4
"""A drag of so many pixels is one step."""
_GLYPH: Final = 16
_LEAST_WITH_GLYPH: Final = 72
_CENTER = Qt.AlignmentFlag.AlignCenter
_SIDEWAYS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
_UPWARDS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}


class ValueGrid(QWidget):
    """Up and Down change the value, Left and Right (Ctrl+Up and Ctrl+Down) choose another."""

    valueWanted = Signal(float, bool)
    """The value that the user wants, and whether the drag is over."""
    cellWanted = Signal(int, int)
    """How many rows and columns from the present cell the one is that the user wants."""
    backWanted = Signal()
    runWanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._cells: Sequence[Sequence[float]] = ()
        self._at = (0, 0)
        self._value: float | None = None
        self._is_moved = False
        self._room = 4 * CELL_WIDTH
        self._drag: tuple[float, float] | None = None
        """Where the drag began, and the value then."""
        self.setObjectName("valueGrid")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.field = QLineEdit(self)
        self.field.setProperty("code", True)
        self.field.setAccessibleName(tr("Value"))
        self.field.hide()
        self.field.returnPressed.connect(self._take_typed)
        self.field.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_room(self, width: int) -> None:
        """Set the width that the cells can have together."""
        if width != self._room:
            self._room = width
            self.updateGeometry()
            self.update()

    def show_cells(
        self,
        cells: Sequence[Sequence[float]],
        at: tuple[int, int],
        value: float | None,
        words: str,
        *,
        is_moved: bool,
    ) -> None:
        """Show cells, one of them with another `value`; None: nothing can be dragged now."""
        size = self.sizeHint()
        self._cells, self._at, self._value, self._is_moved = cells, at, value, is_moved
        self.setAccessibleName(words)
        self.setAccessibleDescription("" if value is None else value_text(value))
        if self.sizeHint() != size:
            self.updateGeometry()
        self.setCursor(Qt.CursorShape.SizeVerCursor if cells else Qt.CursorShape.ArrowCursor)
        self.update()

    @property
    def value(self) -> float | None:
        """What the present cell shows."""
        return self._value

    @property
    def is_dragged(self) -> bool:
        return self._drag is not None

    # ---------------------------------------------------------------------------------- geometry

    @property
    def _columns(self) -> int:
        return max((len(line) for line in self._cells), default=1)

    @property
    def _cell_width(self) -> int:
        return min(CELL_WIDTH, self._room // self._columns)

    def sizeHint(self) -> QSize:
        height = max(1, len(self._cells)) * CELL_HEIGHT
        return QSize(self._columns * self._cell_width + 3, height + 3)

    def cell_rect(self, row: int, column: int) -> QRect:
        width = self._cell_width
        return QRect(1 + column * width, 1 + row * CELL_HEIGHT, width, CELL_HEIGHT)

    def _cell_at(self, point: QPointF) -> tuple[int, int] | None:
        found = int(point.y() - 1) // CELL_HEIGHT, int(point.x() - 1) // self._cell_width
        is_there = 0 <= found[0] < len(self._cells) and 0 <= found[1] < self._columns
        return found if is_there else None

    # ---------------------------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._cells:
            return
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rows, width = len(self._cells), self._cell_width
        outline = QRectF(1.5, 1.5, self._columns * width - 1, rows * CELL_HEIGHT - 1)
        painter.fillRect(outline, colors.raised)
        painter.setPen(colors.divider)
        for row in range(1, rows):
            y = 1.5 + row * CELL_HEIGHT
            painter.drawLine(QPointF(outline.left(), y), QPointF(outline.right(), y))
        for column in range(1, self._columns):
            x = 1.5 + column * width
            painter.drawLine(QPointF(x, outline.top()), QPointF(x, outline.bottom()))
        painter.setPen(colors.line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(outline)
        for row, line in enumerate(self._cells):
            for column, value in enumerate(line):
                if (row, column) != self._at:
                    area = QRectF(self.cell_rect(row, column))
                    write(painter, area, value_text(value), mono_font(FONT_BASE),
                          colors.text, _CENTER)  # fmt: skip
        self._paint_chosen(painter)

    def _paint_chosen(self, painter: QPainter) -> None:
        colors = self._theme.colors
        area = QRectF(self.cell_rect(*self._at))
        painter.fillRect(area, colors.selected)
        painter.setPen(QPen(colors.ink, 2))
        painter.drawRect(area)
        if self._value is None:
            return
        bold = mono_font(FONT_BASE, bold=True)
        if area.width() < _LEAST_WITH_GLYPH:
            write(painter, area, value_text(self._value), bold, colors.text, _CENTER)
            return
        text = area.adjusted(6, 0, -_GLYPH - 6, 0)
        write(painter, text, value_text(self._value), bold, colors.text, _CENTER)
        glyph = QRectF(area.right() - _GLYPH - 5, area.center().y() - _GLYPH / 2, _GLYPH, _GLYPH)
        paint_glyph(painter, "drag", glyph, colors.text)

    # -------------------------------------------------------------------------------- mouse, keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if cell is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if cell != self._at:
            self.cellWanted.emit(cell[0] - self._at[0], cell[1] - self._at[1])
        elif self._value is not None:
            self._drag = event.position().y(), self._value

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            self._drag_to(event, is_over=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            self._drag_to(event, is_over=True)
            self._drag = None

    def _drag_to(self, event: QMouseEvent, *, is_over: bool) -> None:
        assert self._drag is not None
        begin, before = self._drag
        steps = int((begin - event.position().y()) / _PIXELS)
        value = on_grid(before, steps, self._step(event.modifiers()))
        if value != self._value or is_over:
            self.valueWanted.emit(value, is_over)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._cell_at(event.position()) == self._at:
            self._type()

    @staticmethod
    def _step(modifiers: Qt.KeyboardModifier) -> float:
        return _FINE if modifiers & Qt.KeyboardModifier.ShiftModifier else _STEP

    def event(self, event: QEvent) -> bool:
        """Take Esc and the digits from the window while they mean something here."""
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and self.wants_key(event):
            event.accept()
            return True
        return super().event(event)

    def wants_key(self, event: QKeyEvent) -> bool:
        is_back = event.key() == Qt.Key.Key_Escape and self._is_moved
        return is_back or _begins_number(event) or event.key() in (*_SIDEWAYS, *_UPWARDS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key in _SIDEWAYS:
            self.cellWanted.emit(*_SIDEWAYS[key])
        elif key in _UPWARDS and modifiers & Qt.KeyboardModifier.ControlModifier:
            self.cellWanted.emit(-_UPWARDS[key], 0)
        elif key in _UPWARDS and self._value is not None:
            value = on_grid(self._value, _UPWARDS[key], self._step(modifiers))
            self.valueWanted.emit(value, True)
        elif key == Qt.Key.Key_Escape and self._is_moved:
            self.backWanted.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.runWanted.emit()
        elif key == Qt.Key.Key_F2:
            self._type()
        elif _begins_number(event):
            self._type(event.text())
        else:
            super().keyPressEvent(event)

    # ------------------------------------------------------------------------------------ typing

    def _type(self, text: str = "") -> None:
        """Open the field over the present cell; without a text it has the value."""
        if self._value is None:
            return
        self.field.setGeometry(self.cell_rect(*self._at))
        self.field.setText(text or value_text(self._value))
        self.field.show()
        self.field.setFocus()
        if not text:
            self.field.selectAll()

    def _take_typed(self) -> None:
        try:
            value = float(self.field.text().strip().replace("−", "-").replace(",", "."))
        except ValueError:
            self.field.selectAll()
            return
        self._end_typing()
        if abs(value) < float("inf"):
            self.valueWanted.emit(value, True)

    def _end_typing(self) -> None:
        self.field.hide()
        self.setFocus()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Close the field with Esc, and where it loses the keyboard."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._end_typing()
                return True
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            self.field.hide()
        return False


def _begins_number(event: QKeyEvent) -> bool:
    is_plain = not event.modifiers() & ~(
        Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    )
    return is_plain and len(event.text()) == 1 and event.text() in "0123456789-−.+"
