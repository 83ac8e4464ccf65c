"""The card of an option: its glyph and words, the hands that went up, and its key."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMargins, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIntValidator, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.gui.controls.elided_label import ElidedLabel
from app.gui.panels.chip import GlyphLabel
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.metrics import FONT_BASE, FONT_SMALL, SPACE
from app.session.asking.questions import Option
from app.session.language import tr

HEIGHT = 38
_GAP = 10
_KEY_HEIGHT = 16
_BAR = QSize(80, 8)
_NUMBER_WIDTH = 26
_MOST_HANDS = 999
_AROUND_WORDS = 16 + 20 + 4 * _GAP + 2 * SPACE
"""The width of the glyph, the key and what is free."""


class KeyButton(QPushButton):
    """The one filled button, with its key."""

    def __init__(self, theme: Theme, words: str, key: str) -> None:
        super().__init__(words)
        self._theme, self._key = theme, key
        self.setProperty("primary", True)
        self.setProperty("withKey", True)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @property
    def _key_width(self) -> int:
        return QFontMetrics(ui_font(FONT_SMALL)).horizontalAdvance(self._key) + 10

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        return size.grownBy(QMargins(0, 0, self._key_width + SPACE, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, colors = QPainter(self), self._theme.colors
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colors.on_accent if self.isEnabled() else colors.text_tertiary)
        cap = QRectF(0, 0, self._key_width, _KEY_HEIGHT)
        cap.moveCenter(QRectF(self.rect()).center())
        cap.moveRight(self.width() - _GAP)
        painter.drawRoundedRect(cap.translated(0.5, 0.5), 3, 3)
        painter.setFont(ui_font(FONT_SMALL))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._key)


class HandsBar(QWidget):
    """The hands for one option as a bar; all bars of a question have one scale."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self.setFixedSize(_BAR)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_share(self, share: float) -> None:
        self._share = share
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), self._theme.colors
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(self.rect())
        painter.setBrush(colors.hover)
        painter.drawRoundedRect(bar, 2, 2)
        if self._share:
            bar.setWidth(bar.width() * self._share)
            painter.setBrush(colors.text_secondary)
            painter.drawRoundedRect(bar, 2, 2)


class OptionCard(QPushButton):
    """A click guesses it; a click on its number, then typing, counts the hands for it."""

    handsCounted = Signal(int)

    def __init__(self, theme: Theme, option: Option, key: int, *, is_code: bool = False) -> None:
        super().__init__()
        self._font = mono_font if is_code else ui_font
        self.option = option
        self.setCheckable(True)
        self.setProperty("option", True)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(option.words)
        self._glyph = GlyphLabel(theme, option.glyph, option.tone)
        self._words = ElidedLabel()
        self._words.setText(option.words)
        self._words.setProperty("code", is_code)
        self.setToolTip(option.words)
        self.bar = HandsBar(theme)
        self.number = QLineEdit()
        self.number.setProperty("hands", True)
        self.number.setFixedWidth(_NUMBER_WIDTH)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setPlaceholderText("–")
        self.number.setValidator(QIntValidator(0, _MOST_HANDS, self))
        self.number.setAccessibleName(tr("Hands for {option}").format(option=option.words))
        self.number.setToolTip(tr("The hands that went up"))
        self.number.textEdited.connect(lambda text: self.handsCounted.emit(int(text or 0)))
        self.number.returnPressed.connect(self.setFocus)
        self._key = QLabel(str(key))
        self._key.setProperty("keycap", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, 0, SPACE, 0)
        row.setSpacing(_GAP)
        row.addWidget(self._glyph)
        row.addWidget(self._words, 1)
        row.addWidget(self.bar)
        row.addWidget(self.number)
        row.addWidget(self._key, 0, Qt.AlignmentFlag.AlignVCenter)
        for part in (self._glyph, self._words, self._key):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(self._emphasize)

    def _emphasize(self, on: bool) -> None:
        self._words.setFont(self._font(FONT_BASE, bold=on))

    def set_theme(self, theme: Theme) -> None:
        self._glyph.set_theme(theme)
        self.bar.set_theme(theme)

    def show_hands(self, count: int, most: int) -> None:
        """Show so many hands on the scale of the option with `most`."""
        text = str(count) if count else ""
        if self.number.text() != text:
            self.number.setText(text)
        self.bar.show_share(count / most if most else 0.0)

    def set_parts(self, *, bar: bool, number: bool) -> None:
        """Show the hands as a bar and as a number, or leave them away."""
        self.bar.setVisible(bar)
        self.number.setVisible(number)

    @property
    def has_room_for_bar(self) -> bool:
        words = QFontMetrics(ui_font(FONT_BASE, bold=True)).horizontalAdvance(self.option.words)
        return words + _AROUND_WORDS + _NUMBER_WIDTH + _BAR.width() <= self.width()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.isChecked():
            self._emphasize(True)
