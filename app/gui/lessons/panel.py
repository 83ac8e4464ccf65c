"""The page of a lesson: text, question, and after the run the answers with reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.covered_hint import covered_hint
from app.gui.lessons.figure import DrawnScene
from app.gui.lessons.option_row import OptionRow
from app.gui.lessons.page_text import PageText
from app.gui.panels.header import Header
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import (
    SPACE,
    SPACE_MEDIUM,
    SPACE_SMALL,
    SPACE_TINY,
)
from app.session.language import tr
from app.session.lectures.lecture import Lecture, Page
from app.session.lectures.questions import Answer

_AROUND = 64
"""Pixels above what is brought into sight."""


class LessonPanel(QWidget):
    """`header` is the dock's title bar, with buttons for the previous and the next lesson."""

    checkWanted = Signal()
    resetWanted = Signal()
    """The user wants the lesson's own snippet in the editor again."""
    stepWanted = Signal(int)
    """Go to the previous (-1) or next (1) page."""
    editWanted = Signal()
    """Edit the text of this page."""
    sceneWanted = Signal(str)
    """Show the scene with this address."""
    placePressed = Signal(int, int)
    """A place of the lecture's text was clicked: its line, and its column from 0."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("lessonPanel")
        self._theme = theme
        self.rows: list[OptionRow] = []
        self._make_header()
        self._title = QLabel(wordWrap=True)
        self._title.setProperty("title", True)
        self._page: Page | None = None
        self.text, self._afterwards = PageText(theme), PageText(theme)
        for part in (self.text, self._afterwards):
            part.sceneWanted.connect(self.sceneWanted)
            part.placePressed.connect(self.placePressed)
        self._question = QLabel(wordWrap=True)
        self._question.setProperty("heading", True)
        self._score = QLabel(wordWrap=True)
        self._score.setContentsMargins(SPACE_SMALL, 0, 0, 0)
        self._score.setProperty("secondary", True)
        self.check = QPushButton(tr("Run and check"))
        self.check.setProperty("primary", True)
        self.check.setToolTip(tr("Run the snippet and compare your answer with its trace"))
        self.check.clicked.connect(self.checkWanted)
        self.reset = QPushButton(tr("Reset snippet"))
        self.reset.setToolTip(tr("Put the lesson's snippet into the editor again"))
        self.reset.clicked.connect(self.resetWanted)
        self._place()
        self.set_theme(theme)

    def _make_header(self) -> None:
        self.header = Header(tr("Lesson"))
        self.previous = self._step_button(tr("Previous page"), -1)
        self.next = self._step_button(tr("Next page"), 1)
        self.edit = self._button(tr("Edit the text"))
        self.edit.clicked.connect(self.editWanted)

    def _step_button(self, text: str, step: int) -> QToolButton:
        button = self._button(text)
        button.clicked.connect(lambda: self.stepWanted.emit(step))
        return button

    def _button(self, text: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("flat", True)
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.header.add_widget(button)
        return button

    def _place(self) -> None:
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(SPACE_SMALL, SPACE, SPACE_MEDIUM, SPACE_MEDIUM)
        column.setSpacing(SPACE_SMALL)
        self._options = QVBoxLayout()
        self._options.setSpacing(SPACE_TINY)
        self._options.setContentsMargins(SPACE_SMALL, 0, 0, 0)
        for label in (self._title, self._question):  # the text has a bar at its left
            label.setContentsMargins(SPACE_SMALL, 0, 0, 0)
        self._problem = QLabel(wordWrap=True)
        self._problem.setProperty("problem", True)
        self._problem.hide()
        column.addWidget(self._problem)
        column.addWidget(self._title)
        column.addWidget(self.text)
        column.addWidget(self._question)
        column.addLayout(self._options)
        buttons = QHBoxLayout()
        column.addLayout(buttons)
        buttons.setSpacing(SPACE_SMALL)
        buttons.setContentsMargins(SPACE_SMALL, 0, 0, 0)
        buttons.addWidget(self.check)
        buttons.addWidget(self.reset)
        buttons.addStretch(1)
        column.addWidget(self._score)
        column.addSpacing(SPACE_SMALL)
        column.addWidget(self._afterwards)
        column.addStretch(1)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setAccessibleName(tr("Lesson"))
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)
        self._covered = covered_hint()
        self._covered.hide()
        outer.addWidget(self._covered)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.text.set_theme(theme)
        self._afterwards.set_theme(theme)
        for row in self.rows:
            row.set_theme(theme)
        signs: tuple[tuple[QToolButton, Glyph], ...]
        signs = ((self.previous, "previous"), (self.next, "next"), (self.edit, "pen"))
        for button, glyph in signs:
            button.setIcon(theme.icon(glyph))

    def show_page(self, lecture: Lecture, page: Page, answer: Collection[int] = ()) -> None:
        """Show a page of a lecture; `answer` has the chosen options."""
        place, count = lecture.pages.index(page), len(lecture.pages)
        self.header.set_note(tr("{place} of {count}").format(place=place + 1, count=count))
        self.previous.setEnabled(place > 0)
        self.next.setEnabled(place < count - 1)
        question = page.question
        self._title.setText(page.title)
        self.show_text(lecture, page)
        self._question.setText(question.text if question else "")
        self._question.setVisible(question is not None)
        self.check.setText(tr("Run and check") if question else tr("Run"))
        self._fill_options(question.options if question else (), answer)
        self.clear_verdicts()
        if self._page is None or page.key != self._page.key:  # an edited page stays where it is
            self._scroll.verticalScrollBar().setValue(0)
        self._page = page

    def show_text(self, lecture: Lecture, page: Page) -> None:
        """Show text and scenes of the page; the question and its answer stay."""
        kinds = [block.kind for block in page.blocks]
        end = kinds.index("afterwards") if "afterwards" in kinds else len(kinds)
        self.text.show_blocks(lecture, page, page.blocks[:end])
        self._afterwards.show_blocks(lecture, page, page.blocks[end:])

    def cover(self, on: bool) -> None:
        """Hide the page while a room is asked: its text may have the answer."""
        self._scroll.setHidden(on)
        self._covered.setVisible(on)

    def show_images(self, images: Mapping[str, DrawnScene]) -> None:
        """Show the scenes as they are in a run, by their names."""
        for part in (self.text, self._afterwards):
            part.show_images(images)

    def mark(self, line: int | None) -> None:
        """Mark what a line of the lecture's text has become, and bring it into sight."""
        part = self.text.mark(line)
        blocks = () if self._page is None else self._page.blocks
        asked = next((block.line for block in blocks if block.kind == "question"), None)
        if line is not None and asked is not None and line >= asked:
            part = self._question
        if part is not None:
            self._reveal(part)

    def _reveal(self, part: QWidget) -> None:
        """Scroll to a part of the page, unless it is in sight."""
        bar = self._scroll.verticalScrollBar()
        top = part.mapTo(self._body, QPoint()).y()
        end = bar.value() + self._scroll.viewport().height()
        if top < bar.value() or top + part.height() > end:
            bar.setValue(top - _AROUND)

    def show_problem(self, text: str) -> None:
        """Say above the page why the text as it is now cannot be shown; "" takes that away."""
        self._problem.setText(f"⚠ {text}")
        self._problem.setVisible(bool(text))

    @property
    def problem(self) -> str:
        return "" if self._problem.isHidden() else self._problem.text()

    def _fill_options(self, options: Sequence[str], answer: Collection[int]) -> None:
        for row in self.rows:
            self._options.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [OptionRow(self._theme, one, n) for n, one in enumerate(options, 1)]
        self.choose(answer)
        for row in self.rows:
            row.toggled.connect(self.clear_verdicts)
            self._options.addWidget(row)

    def choose(self, answer: Collection[int]) -> None:
        """Choose these options, by place, and no others."""
        for place, row in enumerate(self.rows):
            row.card.setChecked(place in answer)

    @property
    def answer(self) -> frozenset[int]:
        """The options that are chosen, by place."""
        return frozenset(place for place, row in enumerate(self.rows) if row.card.isChecked())

    def clear_verdicts(self) -> None:
        """Hide the results, before a run or after the answer changed."""
        for row in self.rows:
            row.clear_verdict()
        self._score.clear()
        self._afterwards.hide()

    def show_verdicts(self, answers: Sequence[Answer]) -> bool:
        """Show what the trace says, if the user has answered; return whether all was right."""
        if self.rows and not self.answer:
            self.clear_verdicts()
            self._score.setText(tr("Choose first: the answers follow yours."))
            return False
        right = 0
        for row, answer in zip(self.rows, answers, strict=True):
            row.show_verdict(answer)
            right += row.is_right(answer)
        score = tr("{count} of {total} right").format(count=right, total=len(self.rows))
        self._score.setText(score if self.rows else "")
        self._afterwards.show()
        return bool(self.rows) and right == len(self.rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose an option by its number."""
        place = event.key() - Qt.Key.Key_1
        if not event.modifiers() and 0 <= place < len(self.rows):
            self.rows[place].card.toggle()
        else:
            super().keyPressEvent(event)

    @property
    def score(self) -> str:
        return self._score.text()

    @property
    def title(self) -> str:
        return self._title.text()
