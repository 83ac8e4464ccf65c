"""The score of a round: a dot for each question, and how many guesses were right."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.metrics import FONT_SMALL, SPACE_SMALL
from app.session.asking.round import Round
from app.session.language import number, tr
from app.session.look.marks import GUESSES

_DOT, _GAP = 20, 6
_MOST_DOTS = 16
"""Of longer rounds the dots around the question are shown."""


class Dots(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._round: Round | None = None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_round(self, asked: Round) -> None:
        self._round = asked
        self.updateGeometry()
        self.update()

    @property
    def _places(self) -> range:
        """The places of the questions that have a dot."""
        if self._round is None:
            return range(0)
        asked = self._round.asked
        now = asked.index(self._round.now) if self._round.now in asked else len(asked)
        first = max(0, min(now - _MOST_DOTS // 2, len(asked) - _MOST_DOTS))
        return range(first, min(first + _MOST_DOTS, len(asked)))

    def sizeHint(self) -> QSize:
        return QSize(len(self._places) * (_DOT + _GAP), _DOT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - _DOT) / 2
        for at, place in enumerate(self._places):
            self._paint_dot(painter, QRectF(at * (_DOT + _GAP), top, _DOT, _DOT), place)

    def _paint_dot(self, painter: QPainter, place: QRectF, number_: int) -> None:
        assert self._round is not None
        colors, asked = self._theme.colors, self._round
        question = asked.asked[number_]
        is_turned, is_now = question in asked.turned, question == asked.now
        painter.setBrush(colors.ink if is_turned else colors.panel)
        border = colors.ink if is_turned or is_now else colors.line
        painter.setPen(QPen(border, 2 if is_now else 1.5))
        painter.drawEllipse(place.adjusted(1.75, 1.75, -1.75, -1.75))
        glyph = GUESSES.get(asked.guess_state(question)) if is_turned else None
        if glyph is not None:
            paint_glyph(painter, glyph, place.adjusted(3, 3, -3, -3), colors.panel)
            return
        font: QFont = ui_font(FONT_SMALL, bold=is_now)
        painter.setFont(font)
        ink = colors.text if is_now else colors.text_secondary
        painter.setPen(colors.panel if is_turned else ink)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(number_ + 1))


class ScoreLine(QWidget):
    """For the header of the timeline; the score is hidden until somebody wishes for it."""

    wanted = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.dots = Dots(theme)
        self.words = QLabel()
        self.words.setProperty("secondary", True)
        self.button = QToolButton()
        self.button.setText(tr("Show score"))
        self.button.setProperty("flat", True)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(lambda: self.wanted.emit(self.words.isHidden()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_SMALL)
        for part in (self.dots, self.words, self.button):
            row.addWidget(part)

    def set_theme(self, theme: Theme) -> None:
        self.dots.set_theme(theme)

    def show_round(self, asked: Round) -> None:
        score = asked.score
        text = tr("{right} right of {total}")
        words = text.format(right=number(score.right), total=number(score.guessed))
        self.words.setText(words)
        self.dots.show_round(asked)
        self.dots.setAccessibleName(words)
        for part in (self.dots, self.words):
            part.setVisible(asked.keeps_score)
        self.button.setText(tr("Hide score") if asked.keeps_score else tr("Show score"))
