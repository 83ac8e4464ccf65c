"""A widget that shows a scene and lets the user move over it: wheel, drag, pinch, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, Literal

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPointF,
    QRectF,
    QSizeF,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QInputDevice,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from app.drawing.frames import Title, floating
from app.drawing.lens import Lens
from app.gui.controls.motion import animates
from app.gui.graph.camera import Camera, fitting, fitting_around, opening
from app.gui.graph.painting.backdrop import DOT_SPACING, dotted
from app.gui.graph.painting.canvas import Canvas, box_of
from app.gui.graph.painting.marks import MarkedItems, paint_marks
from app.gui.graph.painting.paint import NOTHING_DIMMED, paint_filtered, paint_scene
from app.gui.graph.painting.text import FACES
from app.gui.graph.painting.tiles import TILE, TileCache
from app.gui.graph.scenes.following import shift_between
from app.gui.graph.scenes.scene import PlacedNode, Scene
from app.gui.graph.scenes.transition import DURATION_MS, Transition
from app.gui.theme import Theme
from graphviz_render import Box

FILL_SECONDS: Final = 0.006
"""How long tiles are painted before events are handled again."""
GLIDE_MOST_NODES: Final = 300
WHEEL_STEP: Final = 1.0015
"""Zoom factor per eighth of a degree of the wheel: a notch (120) is about 20 %."""
_EDGE: Final = 8
"""Kept free around a graph that takes all the room."""
_MOST_AROUND: Final = 200
"""Up to so many nodes are fitted between the cards: more are never readable as a whole."""
_WASH: Final = 0.55
"""How much of the picture's colour an outdated one loses."""


_PART: Final = 1.15
"""Times the least zoom at which names can be read, a part of a graph is shown."""
Aim = Literal["opening", "fit", "free"]
"""What the camera does when the scene or the window changes: show the beginning in a size that can
be read, show everything, or stay where the user moved it."""


class Stage(QWidget):
    """Shows `scene` through `camera`.  What lies above the scene is in `marks`."""

    zoomChanged = Signal(int)
    """In percent."""
    moved = Signal()
    """Another part of the scene is in sight, or the same in another size."""
    filled = Signal()
    """Everything in sight has been painted."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scene = Scene([], [], [])
        self._titled: tuple[Scene, QRectF, list[Title]] | None = None
        """Scene and area, and the titles that float in them: most paints change neither."""
        self._is_outdated = False
        self._camera = Camera()
        self._marks = MarkedItems()
        self._marks_hold = False
        self._dotted: tuple[Theme, float, QPixmap] | None = None
        self._filter = NOTHING_DIMMED
        self._tiles = TileCache(self._paint_tile)
        self._fill_timer = QTimer(self)
        self._fill_timer.setSingleShot(True)
        self._fill_timer.timeout.connect(self._fill)
        self._pressed: QPointF | None = None
        self._panning = False
        self.aim: Aim = "opening"
        self._largest, self._smallest = 1.0, 0.0
        self._aside = 0.0
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(DURATION_MS)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.valueChanged.connect(self._glide_on)
        self._glide_ends = (Camera(), Camera())
        self._transition = Transition(self)
        self._transition.stepped.connect(self.refresh)
        self._transition.ended.connect(self._show_tiles)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # ------------------------------------------------------------------------------- the camera

    @property
    def camera(self) -> Camera:
        """The part of the scene that is seen now."""
        return self._camera

    @property
    def zoom_percent(self) -> int:
        return round(self._target.zoom * 100)

    @property
    def is_gliding(self) -> bool:
        """Whether the picture is still moving to its place."""
        return self._glide.state() == QVariantAnimation.State.Running or self.is_changing

    @property
    def is_changing(self) -> bool:
        """Whether the nodes are still moving to their places in the scene."""
        return self._transition.is_active

    @property
    def _target(self) -> Camera:
        gliding = self._glide.state() == QVariantAnimation.State.Running
        return self._glide_ends[1] if gliding else self._camera

    def room(self) -> QRectF:
        """The part of the widget that nothing covers."""
        return QRectF(self.rect())

    def is_clear(self, camera: Camera) -> bool:
        """For subclasses: whether nothing that floats above the scene would lie on a part of it."""
        return True

    @property
    def _whole(self) -> Camera:
        """The camera that shows the whole graph, clear of what floats above it."""
        bounds, room = self._scene.bounds, self.room().adjusted(self._aside, 0, 0, 0)
        if len(self._scene.nodes) > _MOST_AROUND:
            return fitting(bounds, room, self._largest)
        inner = QRectF(self.rect()).adjusted(_EDGE + self._aside, _EDGE, -_EDGE, -_EDGE)
        return fitting_around(bounds, room, inner, self.is_clear, self._largest)

    def set_aside(self, width: float) -> None:
        """Fit graphs beside a strip of this width on the left, for what explains them.

        What is shown goes there at once; it stays when the strip is given back.
        """
        self._aside = width
        if width and self.aim != "free":
            self.look()

    def set_zoom_range(self, least: float, most: float) -> None:
        """Show graphs that fit at most so large, and no graph smaller than the least."""
        self._smallest, self._largest = least, most
        if self.aim != "free":
            self.look()

    @property
    def _least(self) -> float:
        """The least zoom at which a graph is shown as a whole rather than its beginning."""
        return self._smallest or self._scene.readable_zoom * self._largest

    @property
    def fits(self) -> bool:
        """Whether the whole graph can be shown, and read."""
        return self._whole.zoom >= self._least

    @property
    def _fitted(self) -> Camera:
        """The camera of the whole graph, or of its beginning where the whole is too small."""
        return self._whole if self._whole.zoom >= self._smallest else self._first_look()

    def fit(self) -> None:
        """Show the whole graph, and keep doing so when the window or the graph changes."""
        self.aim = "fit"
        self.go_to(self._fitted)

    def look(self) -> None:
        """Look at the scene again, as the aim says.  A free aim becomes an opening."""
        self._stop()
        if self.aim == "fit":
            self._set_camera(self._fitted)
        else:
            self.aim = "opening"
            self._set_camera(self._first_look())

    def _first_look(self) -> Camera:
        """The whole graph if names can be read in it, else its beginning, somewhat larger."""
        whole, scene, least = self._whole, self._scene, self._least
        if whole.zoom >= least:
            return whole
        least = self._smallest or least * _PART
        return opening(
            whole, scene.bounds, scene.first, self.room(), least, scene.direction, self._largest
        )

    def follow(self, before: Scene, selected: frozenset[str], held: str = "") -> None:
        """Go on from the scene before, so that what the user is looking at stays where it is.

        `selected` are the keys in it of what counts most, but for the group `held`.
        """
        self._transition.stop()
        shift, target = None, self._target
        is_turned = before.direction != self._scene.direction
        if self.aim == "free" or (self.aim == "opening" and not is_turned):
            seen = target.area(QSizeF(self.size()))
            shift = shift_between(before, self._scene, seen, selected, held)
        if shift is None:
            self.look()
            return
        self._stop()
        moved, end = (
            replace(one, x=one.x + shift.x(), y=one.y + shift.y()) for one in (self._camera, target)
        )
        if self._glides() and len(before.nodes) <= GLIDE_MOST_NODES:
            seen = moved.area(QSizeF(self.size()))
            self._transition.begin(before, self._scene, shift, seen)
        self._set_camera(moved)
        if end != moved:
            self.go_to(end)
        if self.aim == "opening":
            self._keep_whole()

    def _keep_whole(self) -> None:
        """Nobody moved the picture: if it has outgrown the window, show all of it again."""
        whole, seen = self._whole, self._camera.rect_to_widget(self._scene.bounds)
        fits = QRectF(self.rect()).contains(seen) and self.is_clear(self._camera)
        if whole.zoom >= self._least and not fits:
            self.go_to(whole)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom around a widget point, or around the middle of the room."""
        self.aim = "free"
        if at is not None:
            self._stop()
            self._set_camera(self._camera.zoomed(factor, at))
        else:
            self.go_to(self._target.zoomed(factor, self.room().center()))

    def zoom_to(self, zoom: float) -> None:
        self.zoom_by(zoom / self._target.zoom)

    def pan_by(self, by: QPointF) -> None:
        self.aim = "free"
        self._stop()
        self._set_camera(self._camera.panned(by))

    def centre_on(self, at: QPointF) -> None:
        """Bring a scene point into the middle, at once: the user drags."""
        self.aim = "free"
        self._stop()
        self._set_camera(self._camera.centred(at, QRectF(self.rect())))

    def look_through(self, camera: Camera) -> None:
        """Show the same part as another view of the same places."""
        if camera != self._camera:
            self.aim = "free"
            self._stop()
            self._set_camera(camera)

    def reveal(self, rect: QRectF) -> None:
        """Bring a scene rectangle into the middle, if it is not in sight already."""
        seen = self._target.rect_to_widget(rect)
        inner = self.room().adjusted(-_EDGE, -_EDGE, _EDGE, _EDGE)
        if not inner.contains(seen):
            camera = self._target.centred(rect.center(), self.room())
            self.go_to(camera.within(self._scene.bounds, self.room()))

    def go_to(self, camera: Camera) -> None:
        """Glide to a camera; at once in large graphs and where animations are unwanted."""
        self._stop()
        if not self._glides():
            self._set_camera(camera)
            return
        self._glide_ends = (self._camera, camera)
        self._glide.start()

    def _glides(self) -> bool:
        return animates(self) and len(self._scene.nodes) <= GLIDE_MOST_NODES

    def _glide_on(self, share: float) -> None:
        start, end = self._glide_ends
        self._set_camera(end if share >= 1.0 else start.toward(end, share))

    def _stop(self) -> None:
        self._glide.stop()

    def _set_camera(self, camera: Camera) -> None:
        if camera.zoom != self._camera.zoom:
            self._tiles.remember(self._camera, self.size(), self.devicePixelRatioF())
        self._camera = camera.aligned(self.devicePixelRatioF())
        self._marks_hold = False
        self.zoomChanged.emit(round(camera.zoom * 100))
        self.moved.emit()
        self._fill_timer.start(0)
        self.refresh()

    # --------------------------------------------------------------------------------- painting

    def repaint_scene(self, *, marks_hold: bool = True) -> None:
        """The scene, the theme or the filter has changed: paint the tiles again.

        The marks stay on the old picture until then, unless they belong to another scene.
        """
        self._marks_hold = marks_hold
        self._tiles.replace(self._camera, self.size(), self.devicePixelRatioF())
        self._fill_timer.start(0)
        self.refresh()

    def repaint_areas(self, areas: Iterable[QRectF]) -> None:
        """Only these areas of the scene have changed."""
        self._tiles.touch(self._camera, self.size(), self.devicePixelRatioF(), areas)
        self._fill_timer.start(0)
        self.refresh()

    def refresh(self) -> None:
        """Show what has changed, sparing what floats above: it has not."""
        self.update(QRegion(self.rect()) - self.covered())

    def covered(self) -> QRegion:
        """For subclasses: the part of the widget under opaque children."""
        return QRegion()

    def _fill(self) -> None:
        """Paint some of what is missing, and come back for the rest when events are handled."""
        if self._transition.is_pending:
            zoom, ratio = self._camera.zoom, self.devicePixelRatioF()
            self._transition.prepare(self._theme, zoom, ratio, self._paint_node, FILL_SECONDS)
            self._fill_timer.start(0)
            return
        if self._tiles.fill(self._camera, self.size(), self.devicePixelRatioF(), FILL_SECONDS):
            self.filled.emit()
        else:
            self._fill_timer.start(0)
        self.refresh()

    @property
    def _dots(self) -> QPixmap:
        """The ground of a tile."""
        theme, ratio = self._theme, self.devicePixelRatioF()
        if self._dotted is None or self._dotted[:2] != (theme, ratio):
            self._dotted = theme, ratio, dotted(theme, ratio, TILE // DOT_SPACING)
        return self._dotted[2]

    def _paint_tile(self, painter: QPainter, area: QRectF, zoom: float) -> None:
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(0, 0, self._dots)
        painter.restore()
        paint_scene(painter, self._theme, self._scene, area, zoom, self._filter)

    def _show_tiles(self) -> None:
        """The change of scenes is over, and with it the wait for the tiles."""
        self._fill_timer.start(0)
        self.refresh()

    def _paint_change(self, painter: QPainter) -> None:
        camera = self._camera
        left, top = camera.x * camera.zoom % DOT_SPACING, camera.y * camera.zoom % DOT_SPACING
        painter.drawTiledPixmap(QRectF(self.rect()).adjusted(-left, -top, 0, 0), self._dots)
        painter.save()
        painter.scale(camera.zoom, camera.zoom)
        painter.translate(-camera.x, -camera.y)
        self._transition.paint(painter, self._theme, camera.zoom)
        painter.restore()

    def _paint_node(self, canvas: Canvas, node: PlacedNode) -> None:
        paint_filtered(canvas, node, self._filter)

    def paintEvent(self, event: QPaintEvent) -> None:
        size, ratio = self.size(), self.devicePixelRatioF()
        if self._transition.is_running:
            painter = QPainter(self)
            self._paint_change(painter)
            self._paint_titles(painter)
            self._paint_marks(painter)
            self.paint_above(painter)
            painter.end()
            return
        waits = self._transition.is_pending or self._fill_timer.isActive()
        if waits or not self._tiles.fill(self._camera, size, ratio, FILL_SECONDS):
            self._fill_timer.start(0)
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.colors.canvas)
        self._tiles.paint(painter, self._camera, size, ratio)
        if self._marks_hold or not self._tiles.is_frozen:
            self._paint_titles(painter)
            self._paint_marks(painter)
        if self._is_outdated:
            wash = QColor(self._theme.colors.canvas)
            wash.setAlphaF(_WASH)
            painter.fillRect(event.rect(), wash)
        self.paint_above(painter)
        painter.end()

    def _paint_marks(self, painter: QPainter) -> None:
        area = self.visible_area()
        self.paint_on_scene(
            painter, lambda canvas: paint_marks(canvas, self._scene, area, self._marks)
        )

    def titles(self) -> list[Title]:
        """Return the titles that float above frames, in the coordinates of the scene."""
        area = self.visible_area()
        if self._titled is None or self._titled[:2] != (self._scene, area):
            frames = ((one.key, one.item, box_of(one.rect)) for one in self._scene.frames_in(area))
            lens = Lens(FACES, self._camera.zoom)
            found = floating(lens, frames, box_of(area), self._nodes_in)
            self._titled = (self._scene, area, found)
        return self._titled[2]

    def _nodes_in(self, box: Box) -> Iterator[Box]:
        return (box_of(node.rect) for node in self._scene.nodes_in(QRectF(*box)))

    def _paint_titles(self, painter: QPainter) -> None:
        titles = self.titles()
        if titles:
            drawing = [shape for title in titles for shape in title.drawing]
            self.paint_on_scene(painter, lambda canvas: canvas.play(drawing))

    def paint_on_scene(self, painter: QPainter, paint: Callable[[Canvas], None]) -> None:
        """Paint something in the scene's coordinates."""
        camera = self._camera
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(camera.zoom, camera.zoom)
        painter.translate(-camera.x, -camera.y)
        paint(Canvas(painter, self._theme, camera.zoom))
        painter.restore()

    def set_outdated(self, outdated: bool) -> None:
        """Grey the picture: it is not that of the present text."""
        if outdated != self._is_outdated:
            self._is_outdated = outdated
            self.update()

    @property
    def is_outdated(self) -> bool:
        return self._is_outdated

    def paint_above(self, painter: QPainter) -> None:
        """For subclasses: draw on top, in widget coordinates."""

    # ---------------------------------------------------------------------------------- moving

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill_timer.start(0)
        if self.aim != "free":
            self.look()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the pointer; Shift pans sideways; a touchpad pans, with Ctrl zooms."""
        modifiers, turned = event.modifiers(), QPointF(event.angleDelta())
        zooming = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if _is_touchpad(event) and not zooming:
            self.pan_by(QPointF(event.pixelDelta()) if event.pixelDelta() else turned / 2)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier and not zooming:
            self.pan_by(QPointF(turned.y() or turned.x(), 0) / 2)
        else:
            delta = turned.y() or turned.x()
            self.zoom_by(WHEEL_STEP**delta, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1 + event.value(), event.position())
                return True
            if event.gestureType() == Qt.NativeGestureType.SmartZoomNativeGesture:
                self.fit()
                return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed = event.position()
            self._panning = event.button() == Qt.MouseButton.MiddleButton
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            self.pointed(event.position())
            return
        by = event.position() - self._pressed
        if not self._panning and by.manhattanLength() >= QApplication.startDragDistance():
            self._panning = True
        if self._panning:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan_by(by)
            self._pressed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_click = self._pressed is not None and not self._panning
        self._pressed, self._panning = None, False
        self.pointed(event.position())
        if was_click and event.button() == Qt.MouseButton.LeftButton:
            self.clicked(self._camera.to_scene(event.position()), event.modifiers())

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed(None)
        super().leaveEvent(event)

    def clicked(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """For subclasses: the user clicked on a scene point."""

    def pointed(self, at: QPointF | None) -> None:
        """For subclasses: the pointer is at a widget point, or has left."""

    def visible_area(self) -> QRectF:
        """What can be seen of the scene."""
        return self._camera.area(QSizeF(self.size()))


def _is_touchpad(event: QWheelEvent) -> bool:
    device = event.device()
    touchpad = device is not None and device.type() == QInputDevice.DeviceType.TouchPad
    return touchpad or event.phase() != Qt.ScrollPhase.NoScrollPhase
