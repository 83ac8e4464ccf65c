"""The column between two graphs: for each row whether both runs are equal there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAction,
    QFont,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QToolTip, QVBoxLayout, QWidget

from app.gui.controls.tooltips import tooltip_of
from app.gui.graph.camera import Camera
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import DOCK_HEADER_HEIGHT, ROOM_HEADER_HEIGHT
from app.session.language import tr

WIDTH: Final = 44
_RING: Final = 11.0
_APART: Final = 26.0
"""The least distance of two marks on the screen; others are ticks."""
_TICK: Final = 6.0


class Mark(NamedTuple):
    """A row of the two graphs: `y` is its middle in the scene."""

    y: float
    is_equal: bool


class Spine(QWidget):
    """Marks lie at the same height as their nodes in both graphs."""

    chosen = Signal(int)
    """The number of a mark that the user clicked."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("spine")
        self.setFixedWidth(WIDTH)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Differences"))
        self._theme = theme
        self._camera = Camera()
        self._marks: Sequence[Mark] = ()
        self._words: Callable[[int], str] = lambda _: ""
        self._current: int | None = None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @property
    def marks(self) -> Sequence[Mark]:
        return self._marks

    def set_marks(self, marks: Sequence[Mark], words: Callable[[int], str]) -> None:
        """Show other marks, in their order from the top; `words` say what differs at one."""
        self._marks, self._words, self._current = marks, words, None
        self.update()

    @property
    def current(self) -> int | None:
        """The number of the mark of the difference that is chosen, or None."""
        return self._current

    def set_current(self, mark: int | None) -> None:
        self._current = mark
        words = "" if mark is None else self._words(mark)
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
            event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(event)
        self.update()

    def set_camera(self, camera: Camera) -> None:
        """Look at the same part of the scene as the graphs."""
        self._camera = camera
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 200)

    def middle_of(self, mark: int) -> QPointF:
        """Return the widget point of a mark."""
        y = self._camera.to_widget(QPointF(0, self._marks[mark].y)).y()
        return QPointF(WIDTH / 2, round(y))

    # --------------------------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), self._theme.colors
        painter.fillRect(self.rect(), colors.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colors.divider)
        for x in (0.5, WIDTH - 0.5):
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        for mark, is_whole in self._placed():
            self._paint(painter, mark, is_whole)

    def _placed(self) -> Iterator[tuple[int, bool]]:
        """Yield the marks in sight, and whether each has room for more than a tick.

        The chosen one has it first, then what differs.
        """
        seen = [mark for mark in range(len(self._marks)) if self._is_seen(mark)]
        seen.sort(key=lambda mark: (mark != self._current, self._marks[mark].is_equal, mark))
        taken: dict[int, float] = {}
        for mark in seen:
            y = self.middle_of(mark).y()
            slot = int(y // _APART)
            near = [taken[one] for one in (slot - 1, slot, slot + 1) if one in taken]
            is_whole = all(abs(other - y) >= _APART for other in near)
            if is_whole:
                taken[slot] = y
            yield mark, is_whole

    def _is_seen(self, mark: int) -> bool:
        return -_RING <= self.middle_of(mark).y() <= self.height() + _RING

    def _paint(self, painter: QPainter, mark: int, is_whole: bool) -> None:
        colors, at = self._theme.colors, self.middle_of(mark)
        is_equal, is_current = self._marks[mark].is_equal, mark == self._current
        if not is_whole:
            if not is_equal:
                painter.setPen(QPen(colors.ink, 2))
                painter.drawLine(at - QPointF(_TICK, 0), at + QPointF(_TICK, 0))
            return
        area = QRectF(at.x() - _RING, at.y() - _RING, 2 * _RING, 2 * _RING)
        if is_equal:
            self._write(painter, area, "=", bold=False)
            return
        pen = QPen(colors.ink, 2.0 if is_current else 1.0)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if not is_current:
            pen.setDashPattern((2.0, 3.0))
        painter.setPen(pen)
        painter.drawLine(QPointF(0, at.y()), QPointF(WIDTH, at.y()))
        painter.setPen(QPen(colors.ink, 1.5))
        painter.setBrush(colors.ink if is_current else colors.panel)
        painter.drawEllipse(area.adjusted(0.75, 0.75, -0.75, -0.75))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._write(painter, area, "≠", bold=True, filled=is_current)

    def _write(
        self, painter: QPainter, area: QRectF, sign: str, *, bold: bool, filled: bool = False
    ) -> None:
        colors = self._theme.colors
        font = QFont(ui_font(14))
        font.setBold(bold)
        painter.setFont(font)
        painter.setPen(colors.on_accent if filled else colors.ink if bold else colors.text_tertiary)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, sign)

    # ------------------------------------------------------------------------------------- mouse

    def _mark_at(self, y: float) -> int | None:
        """Return the nearest mark of a difference, or None."""
        found = [mark for mark, one in enumerate(self._marks) if not one.is_equal]
        nearest = min(found, key=lambda mark: abs(self.middle_of(mark).y() - y), default=None)
        if nearest is None or abs(self.middle_of(nearest).y() - y) > _RING:
            return None
        return nearest

    def mousePressEvent(self, event: QMouseEvent) -> None:
        mark = self._mark_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and mark is not None:
            self.chosen.emit(mark)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._mark_at(event.position().y()) is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            mark = self._mark_at(event.pos().y())
            words = "" if mark is None else self._words(mark)
            QToolTip.showText(event.globalPos(), tooltip_of(words), self)
            return True
        return super().event(event)


class SpineColumn(QWidget):
    """The spine below the buttons that lead from one difference to the next."""

    def __init__(self, theme: Theme, previous: QAction, following: QAction) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.spine = Spine(theme)
        header = QWidget()
        header.setProperty("panelHeader", True)
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._header = header
        row = QHBoxLayout(header)
        row.setContentsMargins(1, 0, 1, 0)
        row.setSpacing(0)
        for action in (previous, following):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setProperty("flat", True)
            button.setStyleSheet("padding: 0;")
            button.setFixedSize(20, 24)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(self.spine, 1)
        self.set_large(False)

    def set_large(self, large: bool) -> None:
        """Be as high as the headers beside it."""
        self._header.setFixedHeight(ROOM_HEADER_HEIGHT if large else DOCK_HEADER_HEIGHT)
