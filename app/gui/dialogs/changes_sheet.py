"""The preview of changes: what they do, and the text before and after, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
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

from app.gui.controls.room import fit_into_screen
from app.gui.panels.flow_text import spans_of
from app.gui.panels.sentence_list import Item, SentenceList
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font
from app.gui.theme.metrics import FONT_SECONDARY, SPACE_MEDIUM, SPACE_SMALL
from app.session.language import tr

_WIDTH, _LOWEST, _HIGHEST, _LINE = 760, 230, 620, 17
_AROUND = 3
"""Lines that are shown before and after changed ones."""
_SIGNS = {"gone": "−", "new": "+", "kept": " "}


class Hunk(NamedTuple):
    """Lines in a row, each with whether it is gone, new or kept, and what is said above them."""

    title: str
    lines: Sequence[tuple[str, str]]


class ChangesSheet(QDialog):
    """Accepted if the changes are wanted."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        title: str,
        steps: Sequence[str],
        hunks: Sequence[Hunk],
        accept: str,
    ) -> None:
        """`accept` is the text of the button that accepts."""
        super().__init__(parent)
        self.setObjectName("changesSheet")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(title)
        heading.setProperty("sheetTitle", True)
        self.steps = SentenceList(theme)
        self.steps.setAccessibleName(tr("What changes"))
        self.steps.set_items([Item("dot", None, tuple(spans_of(step))) for step in steps])
        self.changes = QPlainTextEdit(readOnly=True)
        self.changes.setAccessibleName(tr("The text, with its changes"))
        self.changes.setProperty("framed", True)
        self.changes.setProperty("code", True)
        self.changes.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.changes.document().setDefaultFont(mono_font(FONT_SECONDARY))
        _fill(self.changes, theme, hunks)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM)
        column.setSpacing(SPACE_MEDIUM)
        column.addWidget(heading)
        column.addWidget(self.steps)
        column.addWidget(self.changes, 1)
        buttons = QHBoxLayout()
        column.addLayout(buttons)
        self._add_buttons(buttons, accept)
        height = min(_HIGHEST, _LOWEST + _LINE * self.changes.blockCount())
        fit_into_screen(self, QSize(_WIDTH, height))
        self.steps.setFixedHeight(self.steps.wanted_height())

    def _add_buttons(self, row: QHBoxLayout, accept: str) -> None:
        cancel, wanted = QPushButton(tr("Cancel")), QPushButton(accept)
        cancel.setAutoDefault(False)
        wanted.setProperty("primary", True)
        wanted.setDefault(True)
        cancel.clicked.connect(self.reject)
        wanted.clicked.connect(self.accept)
        row.setSpacing(SPACE_SMALL)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(wanted)


def changes(before: str, after: str) -> list[tuple[str, str]]:
    """Return each line with whether it is gone, new or kept.

    >>> changes("1\\nx = 1", "x = 1\\ny = 2")
    [('gone', '1'), ('kept', 'x = 1'), ('new', 'y = 2')]
    """
    old, new = before.split("\n"), after.split("\n")
    found: list[tuple[str, str]] = []
    for kind, o0, o1, n0, n1 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found += (("kept", line) for line in old[o0:o1])
        else:
            found += (("gone", line) for line in old[o0:o1])
            found += (("new", line) for line in new[n0:n1])
    return found


def hunks(before: str, after: str, title: Callable[[int], str]) -> Iterator[Hunk]:
    """Yield the changed lines with a few around them.

    `title` is given the number that the first changed line of each has before the change.

    >>> [*hunks("a\\nb\\nc\\nd\\ne\\nf", "a\\nb\\nc\\nd\\ne\\nx", str)][0].title
    '6'
    """
    lines = changes(before, after)
    changed = [place for place, (kind, _) in enumerate(lines) if kind != "kept"]
    wanted = {near for place in changed for near in range(place - _AROUND, place + _AROUND + 1)}
    number, hunk = 1, Hunk("", [])
    for place, (kind, line) in enumerate(lines):
        if place in wanted:
            is_first = kind != "kept" and not hunk.title
            hunk = Hunk(title(number) if is_first else hunk.title, [*hunk.lines, (kind, line)])
        elif hunk.lines:
            yield hunk
            hunk = Hunk("", [])
        number += kind != "new"
    if hunk.lines:
        yield hunk


def _fill(view: QPlainTextEdit, theme: Theme, hunks: Iterable[Hunk]) -> None:
    tones = {"gone": theme.tone("cut"), "new": theme.tone("gradient")}
    cursor = QTextCursor(view.document())
    titled = [(("title", hunk.title),) * bool(hunk.title) + tuple(hunk.lines) for hunk in hunks]
    for place, (kind, line) in enumerate(chain.from_iterable(titled)):
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
        cursor.insertText(line if kind == "title" else f"{_SIGNS[kind]} {line}", letters)
    view.moveCursor(QTextCursor.MoveOperation.Start)
