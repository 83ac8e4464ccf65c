"""The foot in front of a room: the step, the slider between fixed ends, and the next scene."""

from __future__ import annotations

import re
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.session.language import tr

HEIGHT = 84
_TRACK, _HANDLE, _TICK = 6, 11, 7
_STEP, _BELOW = 20, 16
"""Sizes of type of the step, and of what is on a line below it."""
_BETWEEN = re.compile(r"[:,] |[：，]")
"""Between a step or an iteration and what follows it."""
_LINE_MARGIN = 14
"""Above and below two lines of words."""
_LEAST_STEP = 12
"""Ticks closer than this are not drawn."""


class RoomSlider(QWidget):
    """A slider over the steps of a run.  It only moves when the step does."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("roomSlider")
        self.setAccessibleName(tr("Steps"))
        self.setFixedHeight(HEIGHT)
        self._theme = theme
        self._columns = self._end = self._position = 0
        self.sentence = ""

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_steps(self, columns: int, end: int, position: int) -> None:
        """Show `position` among so many moments; `end` is the whole run."""
        self._columns, self._end, self._position = columns, end, position
        self.update()

    def show_sentence(self, sentence: str) -> None:
        """Write the sentence of a scene above the track."""
        self.sentence = sentence
        self.setAccessibleDescription(sentence)
        self.update()

    def handle_x(self) -> float:
        return self._x(min(self._position, self._columns))

    def _x(self, edge: int) -> float:
        room = self.width() - 2 * _HANDLE
        return _HANDLE + (room * edge / self._columns if self._columns else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), self._theme.colors
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, x, right = self.height() / 2, self.handle_x(), float(self.width() - _HANDLE)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, end in ((colors.selected, right), (self._theme.tone("gradient").graphic, x)):
            painter.setBrush(color)
            track = QRectF(_HANDLE, middle - _TRACK / 2, end - _HANDLE, _TRACK)
            painter.drawRoundedRect(track, _TRACK / 2, _TRACK / 2)
        if self._columns and (right - _HANDLE) / self._columns >= _LEAST_STEP:
            painter.setPen(QPen(colors.line, 1.5))
            for edge in range(1, self._columns):
                at = QPointF(self._x(edge), middle + 12)
                painter.drawLine(at, at + QPointF(0, _TICK))
        if self.sentence:
            font = ui_font(18)
            painter.setFont(font)
            painter.setPen(colors.text)
            words = QFontMetrics(font).elidedText(
                self.sentence, Qt.TextElideMode.ElideRight, self.width() - 2 * _HANDLE
            )
            painter.drawText(
                QRectF(_HANDLE, 4, self.width(), 26), Qt.AlignmentFlag.AlignVCenter, words
            )
        if self._columns:
            painter.setPen(QPen(colors.ink, 3))
            painter.setBrush(colors.panel)
            painter.drawEllipse(QPointF(x, middle), _HANDLE - 1.5, _HANDLE - 1.5)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        """Go to the edge nearest to the mouse; the far right is the end of the run."""
        room = self.width() - 2 * _HANDLE
        if not self._columns or room <= 0 or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        share = (event.position().x() - _HANDLE) / room
        edge = round(max(0.0, min(1.0, share)) * self._columns)
        self.chosen.emit(self._end if edge == self._columns else edge)


class Following(NamedTuple):
    """What Space shows next; `number` of `among`, from 1.  A `name` of "" is the end."""

    name: str
    number: int
    among: int


class RoomFoot(QWidget):
    """`label` has a constant width; so has the next scene, which is there if there are scenes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("roomFoot")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self.label = _Label(theme)
        self.slider = RoomSlider(theme)
        self.following = _Following(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 20, 0)
        row.setSpacing(16)
        row.addWidget(self.label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.following)
        self.following.hide()

    def set_theme(self, theme: Theme) -> None:
        for part in (self.label, self.slider, self.following):
            part.set_theme(theme)

    def set_wide(self, wide: bool) -> None:
        self.label.setFixedWidth(330 if wide else 250)
        self.following.setFixedWidth(450 if wide else 336)

    def show_following(self, following: Following | None, *, asking: bool) -> None:
        """While the room is asked, Space turns cards over, and the name may be the answer."""
        self.following.show_scene(None if asking else following)
        self.following.setVisible(following is not None)


class _Label(QWidget):
    """The step in words; what it is about is on a line below where one has no room for both."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._theme, self.text = theme, ""

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_text(self, text: str) -> None:
        self.text = text
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    @property
    def lines(self) -> list[str]:
        """The text on one line where it has room there, else on two."""
        if QFontMetrics(ui_font(_STEP, bold=True)).horizontalAdvance(self.text) <= self.width():
            return [self.text]
        return [part.replace("  ", ", ") for part in _BETWEEN.split(self.text, maxsplit=1)]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors, lines = QPainter(self), self._theme.colors, self.lines
        area, margin = QRectF(self.rect()), _LINE_MARGIN if len(lines) > 1 else 0
        height = (area.height() - 2 * margin) / len(lines)
        step = QRectF(0, margin, area.width(), height)
        self._write(painter, lines[0], step, ui_font(_STEP, bold=True), colors.text)
        for below in lines[1:]:
            step.translate(0, height)
            self._write(painter, below, step, ui_font(_BELOW), colors.text_secondary)

    def _write(
        self, painter: QPainter, text: str, area: QRectF, font: QFont, color: QColor
    ) -> None:
        painter.setFont(font)
        painter.setPen(color)
        words = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


class _Following(QWidget):
    """ "Next", the number of the scene, its name and the key."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.shown: Following | None = None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_scene(self, following: Following | None) -> None:
        self.shown, name = following, ""
        if following is not None:
            words = tr("Next: scene {number} of {count}, {name}")
            name = words.format(name=following.name, number=following.number, count=following.among)
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.shown is None:
            return
        painter, colors = QPainter(self), self._theme.colors
        painter.setPen(QPen(colors.divider, 1))
        painter.drawLine(QPointF(0.5, 18), QPointF(0.5, self.height() - 18))
        middle, left = self.height() / 2, 14
        name, number, among = self.shown
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(colors.text_secondary)
        painter.setFont(ui_font(18))
        painter.drawText(QRectF(left, middle - 26, 90, 26), flags, tr("Next") if name else "")
        painter.setPen(colors.text_tertiary)
        painter.setFont(ui_font(16))
        of = tr("{place} of {count}").format(place=number, count=among)
        painter.drawText(QRectF(left, middle, 90, 26), flags, of)
        key, small = tr("Space"), QFontMetrics(ui_font(16))
        cap = QRectF(0, middle - 12, small.horizontalAdvance(key) + 16, 24)
        cap.moveRight(self.width() - 0.5)
        start = left + max(56, small.horizontalAdvance(of) + 16)
        area = QRectF(start, 0, cap.left() - 12 - start, self.height())
        painter.setPen(colors.text)
        font = ui_font(20, bold=True)
        painter.setFont(font)
        words = QFontMetrics(font).elidedText(
            name or tr("End"), Qt.TextElideMode.ElideRight, int(area.width())
        )
        painter.drawText(area, flags, words)
        if name:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colors.line, 1))
            painter.drawRoundedRect(cap.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            painter.setPen(colors.text_secondary)
            painter.setFont(ui_font(16))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
