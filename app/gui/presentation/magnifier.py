"""Shows a widget enlarged: text, strokes, glyphs and rows."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPalette, QResizeEvent, QTransform
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsProxyWidget,
    QGraphicsScene,
    QGraphicsView,
    QVBoxLayout,
    QWidget,
)


class Magnifier(QGraphicsView):
    """Holds one widget at a time and gives it back as it was.

    It is drawn again at the larger size, not blown up.  What it holds is not a child of the window
    while it is held, so the window's style has to be handed on: `set_style`.
    """

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._scene = QGraphicsScene(self)
        self.setScene(self._scene)
        self._holder = QWidget()
        self._holder.setProperty("plain", True)
        self._holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._proxy: QGraphicsProxyWidget = self._scene.addWidget(self._holder)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.set_factor(factor)

    def set_factor(self, factor: float) -> None:
        """Show what is held this many times as large."""
        self._factor = factor
        self.setTransform(QTransform.fromScale(factor, factor))
        self._fit()

    def set_style(self, rules: str, palette: QPalette) -> None:
        self._holder.setPalette(palette)
        self._holder.setStyleSheet(rules)

    def hold(self, widget: QWidget) -> None:
        """Show `widget`; its owner takes it back by giving it another parent."""
        self._column.addWidget(widget)
        widget.show()
        self._fit()

    def holds(self, widget: QWidget) -> bool:
        return self._holder.isAncestorOf(widget)

    @property
    def focused(self) -> QWidget | None:
        """What has the keyboard inside of what is held."""
        return self._holder.focusWidget()

    def is_over(self, at: QPointF) -> bool:
        """Return whether a global point is on what is held."""
        return self.isVisible() and self.viewport().rect().contains(self._to_viewport(at).toPoint())

    def to_held(self, widget: QWidget, at: QPointF) -> QPointF:
        """Return a global point in the pixels of something inside of what is held."""
        scene = self.mapToScene(self._to_viewport(at).toPoint())
        return scene - QPointF(widget.mapTo(self._holder, QPoint(0, 0)))

    def to_global(self, widget: QWidget, rect: QRectF) -> QRectF:
        """Return where a rectangle in something inside of what is held is on the screen."""
        shown = self.mapFromScene(rect.translated(QPointF(widget.mapTo(self._holder, QPoint()))))
        corner = self.viewport().mapToGlobal(QPointF(shown.boundingRect().topLeft()))
        return QRectF(corner, QSizeF(shown.boundingRect().size()))

    def _to_viewport(self, at: QPointF) -> QPointF:
        return self.viewport().mapFromGlobal(at)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        size = QPointF(self.viewport().width(), self.viewport().height()) / self._factor
        self._proxy.setMinimumSize(size.x(), size.y())
        self._proxy.setMaximumSize(size.x(), size.y())
        self._scene.setSceneRect(0, 0, size.x(), size.y())

    def sizeHint(self) -> QSize:
        return self._holder.sizeHint() * self._factor

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)
