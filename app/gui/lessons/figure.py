"""A scene on a page: its picture, and steps to the other scenes of the same program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.gui.controls.elided_label import ElidedLabel
from app.gui.panels.scenes.thumbnail import paint_image, paint_thumbnail
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import SPACE_SMALL, SPACE_TINY
from app.session.language import tr
from app.session.lectures.lecture import address_of

if TYPE_CHECKING:
    from app.session.scenes.records import Scene

ASPECT: Final = 0.52
"""The height of a picture as a share of its width."""
_STEPS: Final = {Qt.Key.Key_Left: -1, Qt.Key.Key_PageUp: -1, Qt.Key.Key_Right: 1,
                 Qt.Key.Key_PageDown: 1}  # fmt: skip


class DrawnScene(NamedTuple):
    """A scene as it is in a run, and in words what of it is not there: "" where all is."""

    image: QImage
    missing: str


class SceneFigure(QWidget):
    chosen = Signal(str)
    """The address of the scene that was clicked, to show it in the graph."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scenes: Sequence[Scene] = ()
        self._place = 0
        self._own: Scene | None = None
        """The scene that the text shows here."""
        self._images: Mapping[str, DrawnScene] = {}
        self.picture = _Picture(self)
        self._back, self._next = self._button(-1), self._button(1)
        self._where = ElidedLabel()
        self._where.setProperty("subtitle", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SPACE_SMALL)
        column.setSpacing(SPACE_TINY)
        column.addWidget(self.picture)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(SPACE_TINY)
        for part, share in ((self._back, 0), (self._next, 0), (self._where, 1)):
            row.addWidget(part, share)
        self.set_theme(theme)

    def _button(self, by: int) -> QToolButton:
        button = QToolButton()
        button.setProperty("flat", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        words = tr("Next scene") if by > 0 else tr("Previous scene")
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.clicked.connect(lambda: self.step(by))
        return button

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        signs: tuple[tuple[QToolButton, Glyph], ...]
        signs = ((self._back, "previous"), (self._next, "next"))
        for button, glyph in signs:
            button.setIcon(theme.icon(glyph))
        self.picture.update()

    def show_scenes(self, scenes: Sequence[Scene], scene: Scene) -> None:
        """Show one of the scenes of a program."""
        if scene != self._own or scenes != self._scenes:
            self._own, self._scenes, self._place = scene, scenes, scenes.index(scene)
            self._describe()

    def show_images(self, images: Mapping[str, DrawnScene]) -> None:
        """Show the scenes as they are in a run, by their names."""
        self._images = images
        self._describe()

    def step(self, by: int) -> None:
        self._place = max(0, min(len(self._scenes) - 1, self._place + by))
        self._describe()

    @property
    def scene(self) -> Scene:
        """The scene that is shown."""
        return self._scenes[self._place]

    @property
    def has_image(self) -> bool:
        return self.scene.name in self._images

    @property
    def words(self) -> str:
        return self._where.text()

    def _describe(self) -> None:
        place, count = self._place, len(self._scenes)
        if not count:
            return
        missing = self._images[self.scene.name].missing if self.has_image else ""
        text = tr("⚠ {place} of {count}: {name} ({missing})")
        if not missing:
            text = tr("{place} of {count}: {name}")
        name = self.scene.name
        words = text.format(place=place + 1, count=count, name=name, missing=missing)
        self._where.setText(words)
        self._where.setToolTip(words)
        self._back.setEnabled(place > 0)
        self._next.setEnabled(place < count - 1)
        text = tr("Scene {number} of {count}: {name}. {sentence} {missing}")
        said = text.format(number=place + 1, count=count, name=self.scene.name,
                           sentence=self.scene.sentence, missing=missing).strip()  # fmt: skip
        self.picture.setAccessibleName(said)
        self.picture.setToolTip(tr("Show this scene in the graph"))
        self.picture.update()

    def paint(self, painter: QPainter, at: QRectF) -> None:
        """Paint the picture of the scene into a rectangle."""
        colors, has_focus = self._theme.colors, self.picture.hasFocus()
        line = self._theme.tone("gradient").graphic if has_focus else colors.line
        if self.has_image:
            paint_image(painter, self._images[self.scene.name].image, at, line)
            return
        paint_thumbnail(painter, self._theme, self.scene.picture, at)
        if not self.scene.picture:
            words = tr("Run the program to see this scene.")
            painter.setPen(colors.text_secondary)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(at.adjusted(SPACE_SMALL, 0, -SPACE_SMALL, 0), flags, words)

    def choose(self) -> None:
        self.chosen.emit(address_of(self.scene.name))


class _Picture(QWidget):
    def __init__(self, figure: SceneFigure) -> None:
        super().__init__(figure)
        self._figure = figure
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setFixedHeight(round(self.width() * ASPECT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._figure.paint(painter, QRectF(self.rect()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self._figure.choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._figure.step(_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._figure.choose()
        else:
            super().keyPressEvent(event)
