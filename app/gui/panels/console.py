"""The console: the snippet's output, and the error that ended it, with clickable lines."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from typing import Literal

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import (
    QMouseEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFragment,
)
from PySide6.QtWidgets import QPlainTextEdit

from app.contract.records import Error
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_family, quoted
from app.gui.theme.metrics import FONT_SECONDARY
from app.session.language import tr

_MOST_LINES = 10_000
_LONGEST_LINE = 1_000
"""Lines are broken after this many characters: Qt lays out the whole line at each addition."""
_PIECE = 4_000
_PIECE_LINES = 50
"""The most characters and lines that are inserted at once."""
_TURN_NS = 5_000_000
_LINE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_BREAK = re.compile(r"[\r\n]")
_TOO_LONG = re.compile(rf"(?<![^\r\n])[^\r\n]{{{_LONGEST_LINE + 1},}}")
"""Sought at the beginnings of lines only: elsewhere it would take the square of a line's length."""
UNNAMED = "<snippet>"
"""The name of a text without a file in tracebacks."""
Role = Literal["stdout", "stderr", "link"]
_ROLE = QTextFormat.Property.UserProperty
_PLACE = _ROLE + 1
"""The property with the place that a link leads to, "FILE:LINE"."""


class Console(QPlainTextEdit):
    """Read-only.  Holds the last 10,000 lines; older ones are dropped."""

    lineActivated = Signal(str, int)
    """A line (1-based) of a file, named as in tracebacks, was clicked."""
    countChanged = Signal(int)
    """The number of its lines."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._path = UNNAMED
        self._waiting: deque[tuple[str, QTextCharFormat]] = deque()
        self._column = 0
        """The number of characters of the last line, with the text that waits."""
        self._drainer = QTimer(self)
        self._drainer.setSingleShot(True)
        self._drainer.setInterval(0)
        self._drainer.timeout.connect(self._begin_turn)
        self._spent_ns = 0
        """The time that this round of the event loop has spent on adding text."""
        self.setObjectName("console")
        self.setAccessibleName(tr("Console"))
        self.setReadOnly(True)
        self.setMaximumBlockCount(_MOST_LINES)
        self.setPlaceholderText(tr("What the snippet prints appears here."))
        self.document().setDocumentMargin(12)
        self.viewport().setMouseTracking(True)
        family, size = quoted(mono_family()), FONT_SECONDARY
        self.setStyleSheet(f"QPlainTextEdit {{ font-family: {family}; font-size: {size}px; }}")

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        cursor = QTextCursor(self.document())
        for start, length, look in self._coloured():
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(look)

    def _coloured(self) -> list[tuple[int, int, QTextCharFormat]]:
        """Return the ranges that are not plain text, with their format in the current theme."""
        found = []
        block = self.document().begin()
        while block.isValid():
            for stretch in _fragments(block):
                role = stretch.charFormat().property(_ROLE)
                place = stretch.charFormat().property(_PLACE)
                if role in ("stderr", "link"):
                    look = self._look("link" if role == "link" else "stderr", place)
                    found.append((stretch.position(), stretch.length(), look))
            block = block.next()
        return found

    def _look(self, role: Role, place: str | None = None) -> QTextCharFormat:
        """Return the format of a role; plain output has no colour, so it follows the theme."""
        look = QTextCharFormat()
        look.setProperty(_ROLE, role)
        if role != "stdout":
            tone = self._theme.tone("gradient" if role == "link" else "cut")
            look.setForeground(tone.text)
        if place is not None:
            look.setFontUnderline(True)
            look.setProperty(_PLACE, place)
        return look

    def start(self, path: str | None = None) -> None:
        """Clear the console; `path` is the snippet's name in tracebacks."""
        self._path = path or UNNAMED
        self._waiting.clear()
        self._column = 0
        self.clear()
        self.countChanged.emit(0)

    def add_output(self, stream: str, text: str) -> None:
        """Add output of a pipe, which may end within a line."""
        look = self._look("stdout" if stream == "stdout" else "stderr")
        written = 0
        for found in _LINE.finditer(text) if stream == "stderr" else ():
            if self._is_own(found["file"]):  # of a traceback: it leads there
                self._append(text[written : found.start()], look)
                place = f"{found['file']}:{found['line']}"
                self._append(found.group(), self._look("link", place))
                written = found.end()
        self._append(text[written:], look)

    def _is_own(self, file: str) -> bool:
        """Return whether a file is the program, or lies beside or below it."""
        if file == self._path:
            return True
        folder = os.path.dirname(self._path)
        installed = f"{os.sep}site-packages{os.sep}"
        return bool(folder) and file.startswith(folder + os.sep) and installed not in file

    def add_error(self, error: Error) -> None:
        """Add the traceback as Python prints it, or the error in one line if there is none."""
        self._fresh_line()
        text = error.traceback.rstrip("\n") or f"{error.type}: {error.message}"
        self.add_output("stderr", text + "\n")

    def _fresh_line(self) -> None:
        if self._column:
            self._append("\n", QTextCharFormat())

    def _append(self, text: str, look: QTextCharFormat) -> None:
        """Add text at once if that is quick, or else in pieces between the window's other work."""
        text, self._column = broken(text.replace("\r\n", "\n"), self._column)
        self._waiting.extend((piece, look) for piece in _pieces(text))
        while len(self._waiting) > _MOST_LINES:
            self._waiting.popleft()
        self._drain()

    def _begin_turn(self) -> None:
        self._spent_ns = 0
        self._drain()

    def _drain(self) -> None:
        """Show what waits, as far as there is time: a flood is many signals in one round."""
        if not self._waiting or self._spent_ns >= _TURN_NS:
            return
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 1
        cursor = QTextCursor(self.document())
        turn = QElapsedTimer()
        turn.start()
        while True:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(*self._waiting.popleft())
            if not self._waiting or self._spent_ns + turn.nsecsElapsed() >= _TURN_NS:
                break
        self._hide_empty_line()
        if at_end:
            bar.setValue(bar.maximum())
        self._spent_ns += turn.nsecsElapsed()
        self._drainer.start()
        self.countChanged.emit(self.line_count())

    def _hide_empty_line(self) -> None:
        """Take no room for the line that only begins, after the end of the last one."""
        last = self.document().lastBlock()
        for block in (last.previous(), last):
            is_shown = block != last or bool(block.text()) or not last.previous().isValid()
            if block.isValid() and block.isVisible() != is_shown:
                block.setVisible(is_shown)
                self.document().markContentsDirty(block.position(), block.length())

    def line_count(self) -> int:
        document = self.document()
        return document.blockCount() - (0 if document.lastBlock().text() else 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if (place := self._place_at(event)) is not None and not self.textCursor().hasSelection():
            file, _, line = place.rpartition(":")
            self.lineActivated.emit(file, int(line))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = self._place_at(event) is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def _place_at(self, event: QMouseEvent) -> str | None:
        cursor = self.cursorForPosition(event.position().toPoint())
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        place = cursor.charFormat().property(_PLACE)
        return place if isinstance(place, str) else None


def broken(text: str, column: int) -> tuple[str, int]:
    """Break lines that are too long; also return where the last one ends.

    Args:
        text: What is added to a line.
        column: How many characters the line already has.

    >>> text, column = broken("x" * 1500, 600)
    >>> text.index("\\n"), column
    (400, 100)
    """
    room = _LONGEST_LINE - column
    head = ""
    if len(text) > room and not _BREAK.search(text, 0, room + 1):
        head, text = text[:room] + "\n", text[room:]
    text = head + _TOO_LONG.sub(_cut, text)
    last = max(text.rfind("\n"), text.rfind("\r"))
    return text, len(text) - last - 1 if last >= 0 else column + len(text)


def _cut(line: re.Match[str]) -> str:
    text = line.group()
    parts = range(0, len(text), _LONGEST_LINE)
    return "\n".join(text[start : start + _LONGEST_LINE] for start in parts)


def _pieces(text: str) -> Iterator[str]:
    """Yield the last lines of a text, in pieces to insert at once."""
    piece: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True)[-_MOST_LINES:]:
        piece.append(line)
        size += len(line)
        if len(piece) == _PIECE_LINES or size > _PIECE:
            yield "".join(piece)
            piece, size = [], 0
    if piece:
        yield "".join(piece)


def _fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    """Yield the fragments of equal format in a block."""
    iterator = block.begin()
    while not iterator.atEnd():
        yield iterator.fragment()
        iterator += 1
