"""What the speaker sees on the other screen: this scene and the next, notes and the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDateTime, QElapsedTimer, QLocale, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.gui.panels.scenes.thumbnail import SIZE, paint_thumbnail
from app.gui.theme import Theme
from app.session.language import tr

if TYPE_CHECKING:
    from app.session.scenes.records import Scene, Shape

_SECOND_MS: Final = 1000
_AROUND, _GAP = 32, 20


class _Picture(QWidget):
    """The small picture of a scene, as large as there is room."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._picture: tuple[Shape, ...] | None = None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_picture(self, picture: tuple[Shape, ...] | None) -> None:
        self._picture = picture
        self.update()

    def sizeHint(self) -> QSize:
        return SIZE * 2

    def minimumSizeHint(self) -> QSize:
        return SIZE

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is not None:
            size = SIZE.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            area = QRectF(0, 0, size.width(), size.height())
            paint_thumbnail(QPainter(self), self._theme, self._picture, area)


class _Part(QWidget):
    """A heading, a picture, a name and a sentence."""

    def __init__(self, theme: Theme, heading: str) -> None:
        super().__init__()
        self.heading, self.name, self.sentence = QLabel(heading), _words(), _words()
        self.heading.setProperty("speaker", "small")
        self.name.setProperty("speaker", "name")
        self.sentence.setProperty("speaker", "text")
        self.picture = _Picture(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.heading)
        column.addWidget(self.picture, 1)
        column.addWidget(self.name)
        column.addWidget(self.sentence)

    def show_scene(self, scene: Scene | None, otherwise: str) -> None:
        self.name.setText(otherwise if scene is None else scene.name)
        self.sentence.setText("" if scene is None else scene.sentence)
        self.picture.show_picture(None if scene is None else scene.picture)


class SpeakerView(QWidget):
    """A window of its own.  The keys of a presentation work in it too."""

    closeWanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("speakerView")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Speaker view"))
        self.now, self.following = _Part(theme, tr("Now")), _Part(theme, tr("Next"))
        self.clock, self.elapsed, self.place = QLabel(), QLabel(), QLabel()
        self.notes = _words()
        self.notes.setProperty("speaker", "notes")
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._since = QElapsedTimer()
        self._since.start()
        self._ticks = QTimer(self, interval=_SECOND_MS)
        self._ticks.timeout.connect(self._tick)
        self._ticks.start()
        self._is_closing = False
        self._build()
        self._tick()

    def _build(self) -> None:
        for label, size in ((self.clock, "clock"), (self.elapsed, "clock"), (self.place, "name")):
            label.setProperty("speaker", size)
        self.elapsed.setToolTip(tr("Since the presentation began"))
        page = QScrollArea(widgetResizable=True)
        page.setFrameShape(QScrollArea.Shape.NoFrame)
        page.setAccessibleName(tr("Notes"))
        page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page.setWidget(self.notes)
        column = QVBoxLayout(self)
        column.setContentsMargins(_AROUND, _GAP, _AROUND, _GAP)
        column.setSpacing(_GAP)
        head, scenes = QHBoxLayout(), QHBoxLayout()
        column.addLayout(head)
        column.addLayout(scenes, 3)
        head.addWidget(self.place, 1)
        head.addWidget(self.elapsed)
        head.addSpacing(_AROUND)
        head.addWidget(self.clock)
        scenes.setSpacing(_AROUND)
        scenes.addWidget(self.now, 1)
        scenes.addWidget(self.following, 1)
        column.addWidget(page, 2)

    def set_style(self, rules: str, theme: Theme) -> None:
        self.setPalette(theme.palette())
        self.setStyleSheet(rules)
        for part in (self.now, self.following):
            part.picture.set_theme(theme)

    def show_scenes(self, scenes: tuple[Scene, ...], current: int | None, step: str) -> None:
        """Show a scene and the one after it; without scenes, the step."""
        place = -1 if current is None else current
        now = scenes[place] if place >= 0 else None
        after = scenes[place + 1] if place + 1 < len(scenes) else None
        of = tr("{place} of {count}").format(place=place + 1, count=len(scenes))
        self.place.setText(of if scenes else step)
        self.now.show_scene(now, "" if scenes else tr("Keep views with K to see what comes next."))
        self.following.setVisible(bool(scenes))
        self.following.show_scene(after, tr("End"))
        self.notes.setText("" if now is None else now.notes)

    def _tick(self) -> None:
        now = QDateTime.currentDateTime().time()
        self.clock.setText(QLocale().toString(now, QLocale.FormatType.ShortFormat))
        minutes, seconds = divmod(self._since.elapsed() // 1000, 60)
        self.elapsed.setText(f"{minutes}:{seconds:02}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F11):
            self.closeWanted.emit()
        else:
            super().keyPressEvent(event)

    def end(self) -> None:
        """Close it with the presentation."""
        self._is_closing = True
        self.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave the presentation if the user closes it."""
        if self._is_closing:
            event.accept()
        else:
            event.ignore()
            self.closeWanted.emit()


def _words() -> QLabel:
    label = QLabel(wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
