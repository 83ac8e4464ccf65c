"""A question or a notice: what it is about, a sentence, and buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.gui.theme.metrics import SPACE_LARGE, SPACE_MEDIUM, SPACE_SMALL

_WIDTH = 380


class Notice(QDialog):
    """The last button is the one that Enter presses.  Escape closes it, and nothing is chosen."""

    def __init__(
        self, parent: QWidget | None, title: str, text: str, choices: Sequence[str]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.title, self.text = title, text
        self.chosen: str | None = None
        self.buttons = {choice: QPushButton(choice) for choice in choices}
        heading, words = QLabel(title, wordWrap=True), QLabel(text, wordWrap=True)
        heading.setProperty("sheetTitle", True)
        for label in (heading, words):
            label.setFixedWidth(_WIDTH)
        for choice, button in self.buttons.items():
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, choice=choice: self._choose(choice))
        last = self.buttons[choices[-1]]
        last.setProperty("primary", True)
        last.setDefault(True)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        column.setContentsMargins(SPACE_LARGE, SPACE_LARGE, SPACE_LARGE, SPACE_MEDIUM)
        column.setSpacing(SPACE_MEDIUM)
        column.addWidget(heading)
        column.addWidget(words)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(SPACE_SMALL)
        row.addStretch(1)
        for button in self.buttons.values():
            row.addWidget(button)
        last.setFocus()

    def _choose(self, choice: str) -> None:
        self.chosen = choice
        self.accept()


def ask(parent: QWidget | None, title: str, text: str, choices: Sequence[str]) -> str | None:
    """Ask, and return the choice; None if the question was closed."""
    question = Notice(parent, title, text, choices)
    question.exec()
    question.deleteLater()
    return question.chosen
