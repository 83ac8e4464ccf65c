"""The text of a page with its scenes as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRect, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.lessons.figure import DrawnScene, SceneFigure
from app.gui.lessons.prose import Prose
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE_SMALL, SPACE_TINY
from app.session.lectures.lecture import Lecture, Page, PageBlock

_BAR = 2
"""The width of the bar beside what has the cursor."""


class PageText(QWidget):
    """A widget for each block; one that shows the same kind of block is used again."""

    sceneWanted = Signal(str)
    """The address of a scene to show."""
    placePressed = Signal(int, int)
    """A place of the lecture's text was clicked: its line, and its column from 0."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts: list[tuple[PageBlock, Prose | SceneFigure]] = []
        self._images: Mapping[str, DrawnScene] = {}
        self._current: int | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE_SMALL, 0, 0, 0)
        self._column.setSpacing(SPACE_TINY)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for _, part in self._parts:
            part.set_theme(theme)

    def show_blocks(self, lecture: Lecture, page: Page, blocks: Sequence[PageBlock]) -> None:
        """Show blocks of a page; those that are neither text nor scenes are left out."""
        wanted = [one for one in blocks if one.kind in ("prose", "scene", "afterwards")]
        parts = [part for _, part in self._parts]
        self._parts = []
        for place, block in enumerate(wanted):
            scene = lecture.scene(page, block.text) if block.kind == "scene" else None
            kind = Prose if scene is None else SceneFigure
            part = parts[place] if place < len(parts) else None
            if not isinstance(part, kind):
                part = self._made(kind)
                self._column.insertWidget(place, part)
            if isinstance(part, SceneFigure) and scene is not None:
                part.show_scenes(lecture.scenes_of(page.program), scene)
                part.show_images(self._images)
            elif isinstance(part, Prose):
                text = block.text
                if block.kind == "scene":
                    text = f"⚠ {lecture.why_unknown(page, text)}"
                part.show_markdown(text)
            self._parts.append((block, part))
        for old in {*parts} - {part for _, part in self._parts}:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()

    def _made(self, kind: type[Prose | SceneFigure]) -> Prose | SceneFigure:
        part = kind(self._theme)
        if isinstance(part, SceneFigure):
            part.chosen.connect(self.sceneWanted)
        else:
            part.setOpenLinks(False)
            part.anchorClicked.connect(_open)
            part.wordPressed.connect(lambda word, nth: self._press(part, word, nth))
        return part

    def _press(self, prose: Prose, word: str, nth: int) -> None:
        block = next(block for block, part in self._parts if part is prose)
        self.placePressed.emit(*block.place_of(word, nth))

    def show_images(self, images: Mapping[str, DrawnScene]) -> None:
        """Show scenes as they are in a run, by their names."""
        self._images = images
        for figure in self.figures:
            figure.show_images(images)

    @property
    def figures(self) -> list[SceneFigure]:
        return [part for _, part in self._parts if isinstance(part, SceneFigure)]

    @property
    def text(self) -> str:
        """What can be read, without the pictures."""
        texts = (part.toPlainText() for _, part in self._parts if isinstance(part, Prose))
        return "\n".join(texts)

    def mark(self, line: int | None) -> QWidget | None:
        """Mark what a line of the lecture's text has become, and return it; None marks nothing."""
        before = [place for place, (block, _) in enumerate(self._parts)
                  if line is not None and block.line <= line]  # fmt: skip
        self._current = before[-1] if before else None
        self.update()
        return None if self._current is None else self._parts[self._current][1]

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._current is not None and self._current < len(self._parts):
            beside: QRect = self._parts[self._current][1].geometry()
            x = beside.left() - SPACE_SMALL
            painter = QPainter(self)
            accent = self._theme.tone("gradient").graphic
            painter.fillRect(QRect(x, beside.top(), _BAR, beside.height()), accent)


def _open(url: QUrl) -> None:
    QDesktopServices.openUrl(url)
