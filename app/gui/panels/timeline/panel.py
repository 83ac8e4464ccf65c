"""The timeline: a slider over lanes of moments and of what they keep, moved by mouse and keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.drawing.kept import HEIGHT
from app.drawing.shapes import Shapes
from app.gui.asking.lanes import CoveredLanes
from app.gui.controls.tooltips import tooltip_of
from app.gui.graph.painting.canvas import Canvas
from app.gui.panels.timeline import curve
from app.gui.panels.timeline.both import AnyLanes, BothLanes
from app.gui.panels.timeline.kept_words import kept_text
from app.gui.panels.timeline.lanes import Lanes, Row, iteration_number, rows_of
from app.gui.panels.timeline.painting import (
    LANE,
    LanePainter,
    TimeScale,
    kept_shapes,
    moment_at,
    paint_ends,
    paint_iterations,
    paint_names,
    paint_playhead,
    paint_slider,
)
from app.gui.panels.timeline.rank_lanes import RankLanes
from app.gui.panels.timeline.rank_painting import paint_spans
from app.gui.panels.timeline.transport import KeptKey
from app.gui.theme import Theme
from app.session.language import tr

_SLIDER = 32
_FUTURE = 0.35
"""The opacity of what is kept later."""
SLIM_HEIGHT, _SLIM_TOP = 44, 3
_NOTCH = 120
"""A notch of the mouse wheel, in eighths of a degree."""
_PAGE = 20
"""Page Up and Page Down move by a long run divided by this."""


class Timeline(QWidget):
    """Positions are those of its lanes: 0 before the first moment, `end` after the last.

    The lanes are painted once, as they look when they have happened and as they look before; a
    step copies the one up to the playhead and the other behind it.
    """

    positionChosen = Signal(int)
    """The position that the user chose."""
    playToggled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.setAccessibleName(tr("Timeline"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme = theme
        self.key = KeptKey(theme)
        """For the header, while there are lanes."""
        self._lanes: AnyLanes | None = None
        self._position = 0
        self._dragging = False
        self._pictures: dict[bool, QPixmap] = {}
        self._kept: Shapes | None = None
        """What is drawn of the memory that is kept, until the size changes."""
        self._turned = 0
        self._is_slim = False

    @property
    def is_slim(self) -> bool:
        return self._is_slim

    def set_slim(self, slim: bool) -> None:
        """Show all moments in one row above the slider, or in lanes below it."""
        self._is_slim = slim
        self._make_room()
        self._repaint()

    def _make_room(self) -> None:
        """Ask for the height of curve and lanes; without a curve, lanes may be cut off."""
        self.setMinimumHeight(self.sizeHint().height() if self._curve_height else 0)
        self.updateGeometry()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.key.set_theme(theme)
        self._repaint()

    def show_lanes(self, lanes: AnyLanes | None) -> None:
        """Show another run, or two, at the end; None for no run."""
        self._lanes = lanes
        self.key.set_wanted(self._has_kept)
        self._make_room()
        self._repaint()
        self.set_position(lanes.end if lanes else 0)

    @property
    def lanes(self) -> AnyLanes | None:
        return self._lanes

    @property
    def _has_kept(self) -> bool:
        return not isinstance(self._lanes, BothLanes)

    @property
    def _by_clock(self) -> RankLanes | None:
        """The lanes of ranks that are drawn on a clock."""
        lanes = self._lanes
        return lanes if isinstance(lanes, RankLanes) and not self._is_slim else None

    @property
    def _rows(self) -> Sequence[Row]:
        return rows_of(None) if self._lanes is None else self._lanes.rows

    @property
    def _lanes_height(self) -> int:
        return LANE * len(self._rows) + (HEIGHT if self._has_kept else 0)

    @property
    def position(self) -> int:
        return self._position

    def set_position(self, position: int) -> None:
        """Move the playhead.  Emits nothing."""
        self._position = position
        text = self._lanes.caption(position).replace("`", "") if self._lanes else ""
        self.setAccessibleDescription(text)
        event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        QAccessible.updateAccessibility(event)
        self.update()

    def sizeHint(self) -> QSize:
        if self._is_slim:
            return QSize(600, SLIM_HEIGHT)
        return QSize(600, self._curve_height + _SLIDER + self._lanes_height + 4)

    @property
    def _curve_height(self) -> int:
        has_curve = self._lanes is not None and self._lanes.curve is not None
        return curve.HEIGHT if has_curve and not self._is_slim else 0

    # ------------------------------------------------------------------------------------ places

    @property
    def scale(self) -> TimeScale:
        free = self.height() - self._curve_height - _SLIDER - self._lanes_height
        top = self._curve_height + _SLIDER + max(0, min(8, free // 2))
        return TimeScale(
            self.width(),
            _SLIM_TOP if self._is_slim else top,
            self._lanes.columns if self._lanes else 0,
            is_slim=self._is_slim,
            rows=len(self._rows),
            has_kept=self._has_kept,
            edges=() if self._by_clock is None else self._by_clock.edges,
        )

    @property
    def _middle(self) -> float:
        """The middle of the slider, from the top."""
        if self._is_slim:
            return SLIM_HEIGHT - 11
        return self.scale.top - _SLIDER + 15

    @property
    def _edge(self) -> int:
        """The edge between columns at which the playhead is."""
        return min(self._position, self._lanes.columns) if self._lanes else 0

    @property
    def _here(self) -> float:
        """Where the playhead is."""
        lanes, scale = self._lanes, self.scale
        if lanes is not None and scale.edges and self._position >= lanes.end:
            return scale.at(1)
        return scale.x(self._edge)

    @property
    def _iteration(self) -> str:
        """The number of the iteration at the playhead, where there is room to write it."""
        begun = () if self._lanes is None or self._is_slim else self._lanes.iterations
        return iteration_number(begun, self._position)

    def handle_point(self) -> QPoint:
        return QPointF(self._here, self._middle).toPoint()

    def point_of(self, position: int) -> QPoint:
        """Return a point in the block of a position."""
        assert self._lanes is not None
        if self._by_clock is not None:
            return QPointF(self.scale.x(position), self.scale.row_top(0) + LANE / 2).toPoint()
        block = self._lanes.block(position - 1)
        return self.scale.rect(block).center().toPoint()

    def position_at(self, at: QPointF) -> int | None:
        """Return the position of the block under a point, or None."""
        row, scale = self.scale.row_at(at.y()), self.scale
        if self._lanes is None or row is None or at.x() < scale.left:
            return None
        column = scale.column(at.x())
        if scale.is_slim:
            return column + 1 if at.y() < scale.bottom and column < scale.columns else None
        if scale.edges:
            return max(1, scale.boundary(at.x())) if at.x() <= scale.at(1) else None
        found = moment_at(self._lanes, row, column, int(3 / scale.step))
        return None if found is None else found + 1

    # ---------------------------------------------------------------------------------- painting

    def _repaint(self) -> None:
        self._pictures.clear()
        self._kept = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._repaint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._lanes is None or not self._lanes.columns:
            self._paint_rows(painter)
            return
        scale = self.scale
        here, end = self._here, float(self.width())
        if self._edge == self._lanes.columns:
            here = end
        for happened, left, right in ((True, 0.0, here), (False, here, end)):
            ratio = self.devicePixelRatioF()
            if right <= left:
                continue
            part = QRectF(left, 0, right - left, self.height())
            source = QRectF(part.x() * ratio, 0, part.width() * ratio, part.height() * ratio)
            painter.drawPixmap(part, self._picture(happened), source)
        self._paint_running(painter, scale)
        if self._curve_height and self._lanes.curve is not None:
            found = self._lanes.curve
            xs = [scale.x(column) for column in found.columns]
            now = self._lanes.event_at(self._position)
            curve.paint_curve(painter, self._theme, found, self.width(), now, xs)
            painter.setPen(QPen(self._theme.colors.ink, 1.5))
            x = self._here
            painter.drawLine(QLineF(x, 0, x, self._middle - 7))
        paint_slider(painter, self._theme, scale, self._middle, self._here)
        at, written = QPointF(self.handle_point()), self._iteration
        paint_playhead(painter, self._theme, scale, at, written, focused=self.hasFocus())

    def _paint_running(self, painter: QPainter, scale: TimeScale) -> None:
        if self._lanes is None or not 0 < self._position <= self._lanes.columns:
            return
        if isinstance(self._lanes, CoveredLanes) or self._by_clock is not None:
            return  # the whole run is shown, or what lasts
        column = self._position - 1
        band = QRectF(scale.x(column), scale.top, scale.step, scale.bottom - scale.top)
        painter.fillRect(band, self._theme.tone("gradient").fill)
        painter.setClipRect(band)
        self._paint_rows(painter)
        self._paint_kept(painter)
        lanes = LanePainter(painter, self._theme, scale, self._lanes)
        for region in self._lanes.regions(column, column, 1):
            lanes.paint_block(region)
        painter.setClipping(False)
        for block in lanes.blocks_at(column):
            lanes.paint_block(block, running=True)

    def _paint_rows(self, painter: QPainter) -> None:
        """Paint what is in the rows beside the blocks."""
        kept, ends = (None, ()) if self._lanes is None else (self._lanes.kept, self._lanes.ends)
        paint_names(painter, self._theme, self.scale, self._rows, kept)
        paint_ends(painter, self._theme, self.scale, ends)

    def _paint_kept(self, painter: QPainter) -> None:
        kept = None if self._lanes is None else self._lanes.kept
        if kept is not None and not self._is_slim:
            if self._kept is None:
                self._kept = kept_shapes(self.scale, kept)
            Canvas(painter, self._theme).play(self._kept)

    def _picture(self, happened: bool) -> QPixmap:
        happened = happened or isinstance(self._lanes, CoveredLanes)
        if happened not in self._pictures:
            assert self._lanes is not None
            ratio = self.devicePixelRatioF()
            picture = QPixmap(self.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(self._theme.colors.panel)
            painter = QPainter(picture)
            self._paint_rows(painter)
            if (by_clock := self._by_clock) is not None:
                paint_spans(painter, self._theme, self.scale, by_clock, happened=happened)
            else:
                lanes = LanePainter(painter, self._theme, self.scale, self._lanes)
                lanes.paint_blocks(happened=happened)
            paint_iterations(painter, self._theme, self.scale, self._lanes, self._middle)
            painter.setOpacity(1 if happened else _FUTURE)
            self._paint_kept(painter)
            painter.end()
            self._pictures[happened] = picture
        return self._pictures[happened]

    # ------------------------------------------------------------------------------------- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._lanes is None:
            return
        if self._is_on_slider(event.position()):
            self._dragging = True
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._drag_to(event.position().x())
            return
        at = event.position()
        over = self._is_on_slider(at) or self.position_at(at)
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
        elif event.button() == Qt.MouseButton.LeftButton:
            position = self.position_at(event.position())
            if position is not None:
                self.positionChosen.emit(position)

    def _is_on_slider(self, at: QPointF) -> bool:
        scale = self.scale
        return at.y() > scale.bottom if scale.is_slim else at.y() < scale.top

    def _drag_to(self, x: float) -> None:
        """Move to the edge nearest to `x`; the far right is the end of the run."""
        if self._lanes is not None:
            edge = self.scale.boundary(x)
            self._go(self._lanes.end if edge == self._lanes.columns else edge)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move one step for each notch of the wheel."""
        self._turned += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        self._go(self._position - notches)
        event.accept()

    def _go(self, position: int) -> None:
        if self._lanes is not None:
            position = max(0, min(position, self._lanes.end))
            if position != self._position:
                self.positionChosen.emit(position)

    # -------------------------------------------------------------------------------------- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        end = self._lanes.end if self._lanes else 0
        page = max(10, end // _PAGE)
        moves = {
            Qt.Key.Key_Left: self._position - 1,
            Qt.Key.Key_Up: self._position - 1,
            Qt.Key.Key_Right: self._position + 1,
            Qt.Key.Key_Down: self._position + 1,
            Qt.Key.Key_PageUp: self._position - page,
            Qt.Key.Key_PageDown: self._position + page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: end,
        }
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = Qt.Key(event.key())
        if plain and key in moves:
            self._go(moves[key])
        elif plain and key == Qt.Key.Key_Space:
            self.playToggled.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tooltip_of(self.words_at(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, at: QPoint) -> str:
        """Return what the tooltip says at a point.

        That is of a block, of the memory that is kept, or of a run that is over.
        """
        if self._lanes is None:
            return ""
        column, scale = self.scale.column(at.x()), self.scale
        if isinstance(self._lanes, Lanes) and at.y() >= scale.kept_top and not scale.is_slim:
            return kept_text(self._lanes, column) if 0 <= column < scale.columns else ""
        position, by_clock = self.position_at(QPointF(at)), self._by_clock
        if by_clock is not None:
            row = scale.row_at(at.y())
            seconds = scale.part(at.x()) * by_clock.clock.seconds
            return "" if row is None or position is None else by_clock.words_at(row, seconds)
        if position is not None:
            return self._lanes.caption(position).replace("`", "")
        row = scale.row_at(at.y())
        over = (end.text for end in self._lanes.ends if row in (end.row, end.row + 1)
                and end.column <= column < scale.columns)  # fmt: skip
        return next(over, "")
