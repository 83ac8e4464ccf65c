"""The preview of a repair: what it does, and the text before and after, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.panels.flow_text import spans_of
from app.gui.panels.sentence_list import Item, SentenceList
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font
from app.gui.theme.metrics import FONT_SECONDARY, SPACE_MEDIUM, SPACE_SMALL
from app.session.language import tr

_SIZE = 760, 620
_SIGNS = {"gone": "−", "new": "+", "kept": " "}


class RepairSheet(QDialog):
    """Accepted if the repair is wanted."""

    def __init__(
        self, parent: QWidget, theme: Theme, before: str, steps: Sequence[str], after: str
    ) -> None:
        super().__init__(parent)
        self.setObjectName("repairSheet")
        self.setWindowTitle(tr("Repair this text"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = QLabel(tr("Repair this text"))
        title.setProperty("sheetTitle", True)
        self.steps = SentenceList(theme)
        self.steps.setAccessibleName(tr("What changes"))
        self.steps.set_items([Item("dot", None, tuple(spans_of(step))) for step in steps])
        self.changes = QPlainTextEdit(readOnly=True)
        self.changes.setAccessibleName(tr("The text, with its changes"))
        self.changes.setProperty("framed", True)
        self.changes.setProperty("code", True)
        self.changes.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.changes.document().setDefaultFont(mono_font(FONT_SECONDARY))
        _fill(self.changes, theme, changes(before, after))
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM)
        column.setSpacing(SPACE_MEDIUM)
        column.addWidget(title)
        column.addWidget(self.steps)
        column.addWidget(self.changes, 1)
        column.addLayout(self._buttons())
        self.resize(*_SIZE)
        self.steps.setFixedHeight(self.steps.wanted_height())

    def _buttons(self) -> QHBoxLayout:
        cancel, repair = QPushButton(tr("Cancel")), QPushButton(tr("Repair and run"))
        cancel.setAutoDefault(False)
        repair.setProperty("primary", True)
        repair.setDefault(True)
        cancel.clicked.connect(self.reject)
        repair.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.setSpacing(SPACE_SMALL)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(repair)
        return row


def changes(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield each line with whether it is gone, new or kept.

    >>> list(changes("1\\nx = 1", "x = 1\\ny = 2"))
    [('gone', '1'), ('kept', 'x = 1'), ('new', 'y = 2')]
    """
    old, new = before.split("\n"), after.split("\n")
    for kind, o0, o1, n0, n1 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (("kept", line) for line in old[o0:o1])
        else:
            yield from (("gone", line) for line in old[o0:o1])
            yield from (("new", line) for line in new[n0:n1])


def _fill(view: QPlainTextEdit, theme: Theme, lines: Iterator[tuple[str, str]]) -> None:
    tones = {"gone": theme.tone("cut"), "new": theme.tone("gradient")}
    cursor = QTextCursor(view.document())
    for place, (kind, line) in enumerate(lines):
        block, letters = QTextBlockFormat(), QTextCharFormat()
        letters.setForeground(QColor(theme.colors.text_secondary))
        if tone := tones.get(kind):
            block.setBackground(tone.fill)
            letters.setForeground(tone.text)
        if place:
            cursor.insertBlock(block, letters)
        else:
            cursor.setBlockFormat(block)
            cursor.setBlockCharFormat(letters)
        cursor.insertText(f"{_SIGNS[kind]} {line}", letters)
    view.moveCursor(QTextCursor.MoveOperation.Start)
