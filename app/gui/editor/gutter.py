"""The margin left of the code: line numbers and marks of the last run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.gui.controls.tooltips import show_explained
from app.gui.editor import cell_heads
from app.gui.editor.changes import SIGN_WIDTH, paint_signs, tooltip
from app.gui.editor.switch import SWITCH_HEIGHT, SWITCH_WIDTH, paint_switch
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.status import pen
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.editor.code_editor import CodeEditor, VisibleLine

NUMBERS_WIDTH = 36
TAPE_WIDTH = 24
_GLYPH = 14
_DIMMED = 0.5


class Gutter(QWidget):
    """Draws the editor's state; a click counts as a click on the line."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._hovered: int | None = None
        """The line under the mouse."""
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def numbers_width(self) -> int:
        """Return the width of the numbers: 36 pixels, more from 1,000 lines on."""
        digits = len(str(max(1, self._editor.blockCount())))
        signs = SIGN_WIDTH if self._editor.changes else 0
        return round((NUMBERS_WIDTH + signs + max(0, digits - 3) * 8) * self._editor.scale)

    def tape_width(self) -> int:
        return round(TAPE_WIDTH * self._editor.scale)

    def sizeHint(self) -> QSize:
        return QSize(self.numbers_width() + self.tape_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), self._editor.theme.colors.panel)
        for line in self._editor.visible_lines():
            self._paint_line(painter, line)

    def _paint_line(self, painter: QPainter, line: VisibleLine) -> None:
        editor = self._editor
        rect = QRectF(0, line.top, self.width(), line.height)
        if (tint := editor.tint(line)) is not None:
            painter.fillRect(rect, tint)
        if line.number in editor.selected_lines:
            painter.fillRect(QRectF(0, line.top, 3, line.height), editor.theme.colors.ink)
        elif line.number in editor.pointed_lines:
            painter.fillRect(QRectF(0, line.top, 3, line.height), editor.theme.colors.line)
        elif editor.is_where_run_ended(line):
            painter.fillRect(QRectF(0, line.top, 3, line.height), editor.theme.colors.ink)
        numbers = self.numbers_width()
        if line.head_of is not None:
            cell_heads.paint_number(editor, painter, line, line.head_of, self.width())
            return
        if editor.changes:
            paint_signs(editor, painter, line, numbers)
        painter.setFont(editor.number_font)
        colors = editor.theme.colors
        painter.setPen(colors.text_secondary if line.is_current else colors.text_tertiary)
        painter.drawText(
            QRectF(0, line.top, numbers - 8, line.height),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            str(line.label),
        )
        mark = line.mark
        if self._has_switch(line.number):
            is_off = line.number in editor.switched_off
            paint_switch(editor, painter, self._switch_place(line), is_off=is_off)
            mark = None
        if mark is None:
            return
        if mark.region or mark.is_off:
            painter.setPen(pen(editor.theme.colors.line, 2, (1, 1.5), dotted=True))
            if mark.region:
                painter.setPen(pen(editor.theme.tone(mark.region).graphic, 2, (5, 3)))
            painter.drawLine(
                QLineF(numbers + 1, line.top + 1.5, numbers + 1, line.top + line.height - 1)
            )
        if mark.is_cast:
            painter.setPen(pen(editor.theme.colors.line, 2))
            left = numbers + (5 if mark.region or mark.is_off else 1)
            painter.drawLine(QLineF(left, line.top, left, line.top + line.height))
        if mark.glyph is None:
            return
        size = _GLYPH * editor.scale
        place = QRectF(0, 0, size, size)
        place.moveCenter(rect.center())
        place.moveLeft(round(numbers + (self.tape_width() - size) / 2))
        painter.setOpacity(_DIMMED if editor.is_stale else 1.0)
        if line.number in editor.turning:
            place.setLeft(place.center().x() - place.width() * editor.turning_width / 2)
            place.setWidth(size * editor.turning_width)
        paint_glyph(painter, mark.glyph, place, mark.glyph_color(editor.theme))
        painter.setOpacity(1.0)

    def _has_switch(self, number: int) -> bool:
        """Return whether the switch of a line is seen: while it is off, or the mouse is there."""
        editor = self._editor
        if number in editor.switched_off:
            return True
        is_here = number == self._hovered or number in editor.pointed_lines
        return is_here and number in editor.switches

    def _switch_place(self, line: VisibleLine) -> QRectF:
        scale = self._editor.scale
        place = QRectF(0, 0, SWITCH_WIDTH * scale, SWITCH_HEIGHT * scale)
        place.moveCenter(QPointF(0, line.top + line.height / 2))
        place.moveLeft(self.numbers_width() + (self.tape_width() - place.width()) / 2)
        return place

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        line = self._editor.line_at(event.position().y())
        self._hover(None if line is None else line.number)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(None)

    def _hover(self, number: int | None) -> None:
        if number != self._hovered:
            self._hovered = number
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        line = self._editor.line_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and line is not None:
            if self._editor.press_head(event.position()):
                return
            on_tape = event.position().x() >= self.numbers_width()
            if on_tape and (
                line.number in self._editor.switches or line.number in self._editor.switched_off
            ):
                self._editor.switchClicked.emit(line.number)
                return
            self._editor.go_to(line.number)
            self._editor.lineClicked.emit(line.number)

    def _switch_words(self, number: int) -> str:
        name = self._editor.switches.get(number, "")
        if number in self._editor.switched_off:
            return tr("Left out of the next run. Click to run this line as it is written.")
        text = tr("Run as if {name} were not there. The text is not changed.")
        return text.format(name=name)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            line = self._editor.line_at(event.pos().y())
            mark = line.mark if line else None
            words = "" if mark is None else mark.words
            glyph = None if mark is None or mark.tooltip else mark.glyph  # its own words say more
            if line is not None and self._has_switch(line.number):
                words, glyph = self._switch_words(line.number), None
            if line is not None and (said := tooltip(self._editor.changes_at(line))):
                words, glyph = said, None
            show_explained(self, event, words, glyph or "")
            return True
        return super().event(event)
