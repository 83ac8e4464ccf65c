"""The scenes of a program side by side: chosen, named, moved and deleted in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QToolTip, QWidget

from app.gui.controls.tooltips import tooltip_of
from app.gui.controls.undo_keys import UndoKeys
from app.gui.panels.scenes.steps import SceneSteps
from app.gui.panels.scenes.thumbnail import SIZE, paint_image, thumbnail
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import paint_glyph
from app.session.language import tr

if TYPE_CHECKING:
    from app.session.scenes.records import Scene

_MARGIN, _TOP, _GAP = 16, 12, 20
_LINE = 18
_BESIDE_PICTURES: Final = 62
"""Above the pictures and below them, for the words, in pixels."""
_LEAST: Final = 48
"""The height of a picture where there is little room."""
_LEFT_OF_NAME: Final = 18
Field = Literal["name", "sentence", "notes"]


class SceneCard(NamedTuple):
    """A scene, and what is missing of it in the shown run: "" where nothing is."""

    scene: Scene
    missing: str


class SceneStrip(QScrollArea):
    """Holds the cards; `steps` are the buttons for the header of the tab."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("sceneStrip")
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.cards = SceneCards(theme)
        self.steps = SceneSteps(theme)
        self.cards.currentChanged.connect(self._reveal)
        self.setWidget(self.cards)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_theme(self, theme: Theme) -> None:
        self.cards.set_theme(theme)
        self.steps.set_theme(theme)

    def _reveal(self, place: int) -> None:
        middle = self.cards.rect_of(place).center()
        self.ensureVisible(middle.x(), middle.y(), SIZE.width() // 2 + _GAP, 0)


class SceneCards(QWidget):
    chosen = Signal(int)
    """A scene to show, by place."""
    currentChanged = Signal(int)
    keepWanted = Signal()
    mendWanted = Signal(int)
    """Take the scene from the window again."""
    moved = Signal(int, int)
    deleteWanted = Signal(int)
    renamed = Signal(int, str, str)
    """The place, the field, and its text."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(tr("Scenes"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.undo_keys = UndoKeys(self)
        self._theme = theme
        self._cards: Sequence[SceneCard] = ()
        self._current: int | None = None
        self._pressed: QPoint | None = None
        self._grabbed: int | None = None
        self._target = 0
        self._images: Mapping[str, QImage] = {}
        self._editor: QLineEdit | None = None
        self._edited: tuple[int, Field] | None = None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_cards(self, cards: Sequence[SceneCard], current: int | None) -> None:
        self._cards, before, self._current = cards, self._current, current
        self._fit()
        self._speak()
        self.update()
        if current is not None and current != before:
            self.currentChanged.emit(current)

    def show_images(self, images: Mapping[str, QImage]) -> None:
        """Show scenes that were written without a picture as they are in a run, by their names."""
        self._images = images
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), SIZE.height() + _BESIDE_PICTURES)

    @property
    def _size(self) -> QSize:
        """The size of a picture, for the height that there is."""
        high = max(_LEAST, min(SIZE.height(), self.height() - _BESIDE_PICTURES))
        return QSize(round(high * SIZE.width() / SIZE.height()), high)

    @property
    def _step(self) -> int:
        return self._size.width() + _GAP

    @property
    def _name_y(self) -> int:
        return _TOP + self._size.height() + 4

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setMinimumWidth(_MARGIN * 2 + self._step * len(self._cards) + 116)

    def rect_of(self, place: int) -> QRect:
        """Return the picture of a card; after the last one is that which keeps another."""
        width = self._size.width() if place < len(self._cards) else 112
        return QRect(_MARGIN + place * self._step, _TOP, width, self._size.height())

    def field_rect(self, place: int, field: Field) -> QRect:
        top = self._name_y if field == "name" else self._name_y + _LINE
        x = _MARGIN + place * self._step + _LEFT_OF_NAME
        return QRect(x, top, self._size.width() - _LEFT_OF_NAME, _LINE)

    def _speak(self) -> None:
        text = ""
        if self._current is not None:
            scene, missing = self._cards[self._current]
            words = tr("Scene {number} of {count}: {name}. {sentence} {missing}")
            text = words.format(
                number=self._current + 1, count=len(self._cards), name=scene.name,
                sentence=scene.sentence, missing=missing,
            ).strip()  # fmt: skip
        self.setAccessibleDescription(text)

    # ----------------------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.colors.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, card in enumerate(self._cards):
            self._paint_card(painter, place, card)
        self._paint_keeper(painter)
        if self._grabbed is not None and self._target not in (self._grabbed, self._grabbed + 1):
            x = _MARGIN + self._target * self._step - _GAP / 2
            painter.fillRect(QRectF(x - 1.5, _TOP, 3, self._size.height()), self._theme.colors.ink)

    def _paint_card(self, painter: QPainter, place: int, card: SceneCard) -> None:
        colors, rect = self._theme.colors, self.rect_of(place)
        painter.setOpacity(0.45 if place == self._grabbed else 1.0)
        ratio = self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(rect, thumbnail(self._theme, card.scene.picture, ratio))
        image = None if card.scene.picture else self._images.get(card.scene.name)
        if image is not None:
            paint_image(painter, image, QRectF(rect), self._theme.colors.line)
        if place == self._current:
            accent = self._theme.tone("gradient").graphic
            painter.setPen(QPen(accent if self.hasFocus() else colors.ink, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(-4, -4, 4, 4), 9, 9)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(colors.text_tertiary)
        painter.setFont(ui_font(11))
        painter.drawText(QRect(rect.x(), self._name_y, _LEFT_OF_NAME, _LINE), left, str(place + 1))
        name, sentence = self.field_rect(place, "name"), self.field_rect(place, "sentence")
        if card.missing:
            warning = QRectF(name.x(), name.y() + 2, 13, 13)
            paint_glyph(painter, "warning", warning, self._theme.tone("cut").graphic)
            name.setLeft(name.left() + 18)
        font = ui_font(12, bold=True)
        painter.setFont(font)
        painter.setPen(colors.text)
        painter.drawText(name, left, _elided(font, card.scene.name, name.width()))
        font = ui_font(11)
        painter.setFont(font)
        words = card.missing or card.scene.sentence
        painter.setPen(self._theme.tone("cut").text if card.missing else colors.text_secondary)
        if not words:
            words = tr("Add a sentence")
            painter.setPen(colors.text_tertiary)
        painter.drawText(sentence, left, _elided(font, words, sentence.width()))
        painter.setOpacity(1.0)

    def _paint_keeper(self, painter: QPainter) -> None:
        colors, rect = self._theme.colors, QRectF(self.rect_of(len(self._cards)))
        pen = QPen(colors.line, 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
        plus = QRectF(rect.center().x() - 8, rect.center().y() - 20, 16, 16)
        paint_glyph(painter, "plus", plus, colors.text)
        painter.setPen(colors.text)
        painter.setFont(ui_font(12))
        below = rect.adjusted(0, self._size.height() / 2, 0, -self._size.height() / 2 + 22)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, tr("Keep view"))
        painter.setPen(colors.text_tertiary)
        painter.setFont(ui_font(11))
        line = QRectF(rect.x(), self._name_y, rect.width(), _LINE)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, tr("K adds one"))

    # -------------------------------------------------------------------------------- mouse

    def _place_at(self, at: QPoint) -> int | None:
        place, inside = divmod(at.x() - _MARGIN, self._step)
        return place if 0 <= place <= len(self._cards) and inside < self._size.width() else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._pressed is None:
            return
        far = (at - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if self._grabbed is None and far:
            place = self._place_at(self._pressed)
            self._grabbed = place if place is not None and place < len(self._cards) else None
        if self._grabbed is not None:
            nearest = round((at.x() - _MARGIN + _GAP / 2) / self._step)
            self._target = max(0, min(len(self._cards), nearest))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        grabbed, self._grabbed = self._grabbed, None
        pressed, self._pressed = self._pressed, None
        self.update()
        if grabbed is not None:
            after = self._target - (self._target > grabbed)
            if after != grabbed:
                self.moved.emit(grabbed, after)
        elif pressed is not None and (place := self._place_at(pressed)) is not None:
            self._press(place, pressed)

    def _press(self, place: int, at: QPoint) -> None:
        if place == len(self._cards):
            if self.rect_of(place).contains(at):
                self.keepWanted.emit()
            return
        for field in ("name", "sentence"):
            if self.field_rect(place, field).contains(at) and place == self._current:
                if field == "sentence" and self._cards[place].missing:
                    self.mendWanted.emit(place)
                else:
                    self.edit(place, field)
                return
        self.chosen.emit(place)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self._place_at(event.pos())
            if place is not None and place < len(self._cards):
                QToolTip.showText(event.globalPos(), tooltip_of(self.words_of(place)), self)
            return True
        return super().event(event)

    def words_of(self, place: int) -> str:
        """Return what the tooltip of a card says."""
        scene, missing = self._cards[place]
        if not missing:
            return "\n".join(filter(None, (scene.name, scene.sentence, scene.notes)))
        text = tr("{name}: {missing}. Click here again, or press M, to take it from the window.")
        return text.format(name=scene.name, missing=missing)

    # --------------------------------------------------------------------------------- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, current, count = event.key(), self._current, len(self._cards)
        moves = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_K, Qt.Key.Key_Insert):
            self.keepWanted.emit()
        elif not count:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = 1 if key == Qt.Key.Key_Right else -1
            place = 0 if current is None else max(0, min(count - 1, current + by))
            if moves and current is not None and place != current:
                self.moved.emit(current, place)
            else:
                self.chosen.emit(place)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.chosen.emit(0 if key == Qt.Key.Key_Home else count - 1)
        elif current is None:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.deleteWanted.emit(current)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(current)
        elif key == Qt.Key.Key_F2:
            self.edit(current, "name")
        elif key == Qt.Key.Key_N:
            self.edit(current, "notes")
        elif key == Qt.Key.Key_M:
            self.mendWanted.emit(current)
        else:
            super().keyPressEvent(event)

    # ------------------------------------------------------------------------------ editing

    def edit(self, place: int, field: Field) -> None:
        """Let the user write a field of a scene in its place; notes in that of the sentence."""
        editor = _Field(self)
        scene = self._cards[place].scene
        texts = {"name": scene.name, "sentence": scene.sentence, "notes": scene.notes}
        names = {
            "name": tr("Name of the scene"),
            "sentence": tr("Sentence of the scene"),
            "notes": tr("Notes for the speaker"),
        }
        editor.setText(texts[field])
        editor.setPlaceholderText(names[field])
        editor.setAccessibleName(names[field])
        editor.setGeometry(self.field_rect(place, field).adjusted(-4, -2, 0, 2))
        editor.selectAll()
        editor.finished.connect(self._finish)
        self._editor, self._edited = editor, (place, field)
        editor.show()
        editor.setFocus()

    def _finish(self, is_wanted: bool, goes_on: bool) -> None:
        editor, edited = self._editor, self._edited
        if editor is None or edited is None:
            return
        self._editor = self._edited = None
        editor.hide()
        editor.deleteLater()
        place, field = edited
        if is_wanted:
            self.renamed.emit(place, field, editor.text().strip())
        if goes_on and field == "name":
            self.edit(place, "sentence")
        else:
            self.setFocus()


class _Field(QLineEdit):
    finished = Signal(bool, bool)
    """Whether the text is wanted, and whether the next field is."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.finished.emit(False, False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finished.emit(True, False)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            kind, key = event.type(), event.key()
            if kind == QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Escape:
                event.accept()
                return True
            if kind == QEvent.Type.KeyPress and key == Qt.Key.Key_Tab:
                self.finished.emit(True, True)
                return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.finished.emit(True, False)


def _elided(font: QFont, text: str, width: int) -> str:
    return QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
