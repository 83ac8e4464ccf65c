"""The question that a room is asked: its options as cards, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.asking.cards import KeyButton, OptionCard
from app.gui.panels.chip import GlyphLabel
from app.gui.panels.flow_text import LINE_HEIGHT, FlowText, Span, spans_of
from app.gui.panels.header import Header
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import (
    FONT_SECONDARY,
    SPACE,
    SPACE_MEDIUM,
    SPACE_SMALL,
)
from app.session.asking.questions import Topic
from app.session.asking.round import TOPICS, Round
from app.session.language import ngettext, number, tr, translatable
from app.session.look.marks import GUESSES
from app.session.words import line_words

_QUESTION_PIXELS = 16
_AROUND_TOPIC = 40
FLAT_HEIGHT = 128
"""The height when it is flat."""
_NO_MOST = 16_777_215
"""Qt's QWIDGETSIZE_MAX, which its bindings leave out."""
_TOPICS: dict[Topic, str] = {
    "lines": translatable("lines"),
    "grads": ".grad",
    "order": translatable("backward order"),
}


class QuestionPanel(QWidget):
    """Below the table of gradients, or flat between other panes: then without hands."""

    guessed = Signal(int)
    handsCounted = Signal(int, int)
    """The number of the option, and the hands that went up for it."""
    turnWanted = Signal()
    skipWanted = Signal()
    endWanted = Signal()
    topicChosen = Signal(str, bool)
    """A topic, and whether it is to be asked about."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("questionPanel")
        self._theme = theme
        self._round: Round | None = None
        self._is_flat = False
        self.cards: list[OptionCard] = []
        self.header = Header(tr("Question"))
        self._hands = QLabel()
        self._hands.setProperty("secondary", True)
        self.header.add_widget(self._hands)
        self.words = FlowText(theme, _QUESTION_PIXELS)
        self._options = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._options.setSpacing(6)
        self._top, self._buttons = QHBoxLayout(), QHBoxLayout()
        self.turn = KeyButton(theme, tr("Turn over"), tr("Space"))
        self.turn.setToolTip(tr("Show the answer (Space); Page Up covers it again"))
        self.skip = QPushButton(tr("Skip"))
        self.show_all = QPushButton(tr("Show all"))
        self.show_all.setProperty("flat", True)
        self.show_all.setToolTip(tr("Show every answer and end (Esc)"))
        self.topics = {topic: self._topic(topic) for topic in TOPICS}
        self._said_sign = GlyphLabel(theme, "check", None, 14)
        self._said = FlowText(theme, FONT_SECONDARY)
        self._content, self._foot = QWidget(), QWidget()
        self._place()
        self._connect()

    def _topic(self, topic: Topic) -> QToolButton:
        button = QToolButton()
        button.setText(tr(_TOPICS[topic]))
        button.setCheckable(True)
        button.setProperty("topic", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        words = QFontMetrics(ui_font(FONT_SECONDARY)).horizontalAdvance(button.text())
        button.setFixedWidth(words + _AROUND_TOPIC)
        button.setAccessibleName(tr("Ask about {topic}").format(topic=button.text()))
        button.clicked.connect(lambda on: self.topicChosen.emit(topic, on))
        return button

    def _connect(self) -> None:
        for button in (self.turn, self.skip, self.show_all):  # a click leaves Space to the card
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.turn.clicked.connect(self.turnWanted)
        self.skip.clicked.connect(self.skipWanted)
        self.show_all.clicked.connect(self.endWanted)

    def _place(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self._scrolling(self._body()), 1)
        whole.addWidget(self._foot)
        self._foot.setProperty("lineFoot", True)
        self._foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(SPACE_MEDIUM, SPACE_SMALL, SPACE_MEDIUM, SPACE_SMALL)
        foot.setSpacing(SPACE_SMALL)
        foot.addWidget(QLabel(tr("Ask about")))
        for button in self.topics.values():
            foot.addWidget(button)
        foot.addStretch(1)

    def _body(self) -> QWidget:
        body = self._content = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(SPACE_MEDIUM, SPACE, SPACE_MEDIUM, SPACE_SMALL)
        column.setSpacing(SPACE)
        said = QHBoxLayout()
        for part in (self._top, self._options, self._buttons, said):
            column.addLayout(part)
        column.addStretch(1)
        self._top.setSpacing(SPACE)
        self._top.addWidget(self.words, 1)
        self._buttons.setSpacing(SPACE_SMALL)
        self._buttons.addWidget(self.turn)
        self._buttons.addWidget(self.skip)
        self._buttons.addStretch(1)
        self._buttons.addWidget(self.show_all)
        said.setSpacing(SPACE_SMALL)
        said.addWidget(self._said_sign, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self._said, 1)
        return body

    def _scrolling(self, body: QWidget) -> QScrollArea:
        scroll = QScrollArea(widgetResizable=True)
        scroll.setAccessibleName(tr("Question"))
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        return scroll

    def sizeHint(self) -> QSize:
        """Return the size that shows all of the question."""
        parts = self.header, self._content, self._foot
        return QSize(super().sizeHint().width(), sum(one.sizeHint().height() for one in parts))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.words, self._said, self._said_sign, self.turn):
            part.set_theme(theme)
        for card in self.cards:
            card.set_theme(theme)
        self._check_topics()

    def set_flat(self, flat: bool) -> None:
        """Put the options beside each other and leave the hands away, to take little height."""
        self._is_flat = flat
        direction = QBoxLayout.Direction
        self._options.setDirection(direction.LeftToRight if flat else direction.TopToBottom)
        if flat:  # beside the question, so that the options have the whole width
            self._top.addWidget(self.turn)
        else:
            self._buttons.insertWidget(0, self.turn)
        for part in (self.header, self._foot, self.skip, self.show_all):
            part.setVisible(not flat)
        self._said.setMaximumHeight(LINE_HEIGHT if flat else _NO_MOST)
        self._fit_cards()

    def _fit_cards(self) -> None:
        """Show the bars of the hands where all words have room beside them."""
        fits = not self._is_flat and all(card.has_room_for_bar for card in self.cards)
        for card in self.cards:
            card.set_parts(bar=fits, number=not self._is_flat)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit_cards()
        return super().eventFilter(watched, event)

    def show_round(self, asked: Round) -> None:
        """Show the question of a round, or that all have been turned over."""
        before, self._round = self._round, asked
        question = asked.question
        if before is None or before.question is not question:
            self._fill(asked)
        self._tell_place(asked)
        self._tell_last(asked)
        guess = -1 if asked.now is None else asked.guesses.get(asked.now, -1)
        hands = [asked.hands.get((asked.now or 0, n), 0) for n in range(len(self.cards))]
        for place, card in enumerate(self.cards):
            card.setChecked(place == guess)
            card.show_hands(hands[place], max(hands))
        count = sum(hands)
        text = ngettext("{count} hand", "{count} hands", count).format(count=number(count))
        self._hands.setText(text if count else "")
        for topic, button in self.topics.items():
            button.setVisible(any(one.topic == topic for one in asked.questions))
            button.setChecked(topic in asked.topics)
        self._check_topics()
        for part in (self.turn, self.skip):
            part.setEnabled(question is not None)

    def _tell_last(self, asked: Round) -> None:
        """Say what was turned over last, and whether it was guessed."""
        for part in (self._said, self._said_sign):
            part.setVisible(bool(asked.turned))
        if asked.turned:
            last = asked.turned[-1]
            question, state = asked.questions[last], asked.guess_state(last)
            self._said.set_spans(spans_of(question.said))
            true = question.true
            look = (GUESSES[state], None) if state in GUESSES else (true.glyph, true.tone)
            self._said_sign.set_glyph(*look)

    def _tell_place(self, asked: Round) -> None:
        places, question = asked.asked, asked.question
        if question is None or asked.now is None:
            self.header.set_title(tr("All turned over"))
            self.header.set_note("")
            return
        place = number(places.index(asked.now) + 1)
        text = tr("Question {place} of {count}")
        self.header.set_title(text.format(place=place, count=number(len(places))))
        self.header.set_note(line_words(question.spot))

    def _fill(self, asked: Round) -> None:
        question = asked.question
        words = tr("Every card is turned over. Page Up covers the last one again.")
        spans = spans_of(words if question is None else question.words)
        self.words.set_spans(Span(one.text, one.is_code, True) for one in spans)
        options = () if question is None else question.options
        if tuple(card.option for card in self.cards) == tuple(options):
            return
        for card in self.cards:
            self._options.removeWidget(card)
            card.deleteLater()
        self.cards = [OptionCard(self._theme, one, n + 1) for n, one in enumerate(options)]
        for place, card in enumerate(self.cards):
            card.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            card.clicked.connect(lambda _=False, place=place: self.guessed.emit(place))
            card.handsCounted.connect(
                lambda count, place=place: self.handsCounted.emit(place, count)
            )
            card.installEventFilter(self)
            self._options.addWidget(card)
        self._fit_cards()

    def _check_topics(self) -> None:
        for button in self.topics.values():
            icon = self._theme.icon("check" if button.isChecked() else "plus", size=12)
            button.setIcon(icon)

    @property
    def said(self) -> str:
        """What it says of the card that was turned over last."""
        return "" if self._said.isHidden() else self._said.text
