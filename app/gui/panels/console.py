"""What the snippet printed, and the error that ended it with its line to click."""

from __future__ import annotations

import re
from collections import deque

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from app.contract.records import Error
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_family
from app.gui.theme.metrics import FONT_SECONDARY

_MOST_LINES = 10_000
_PIECE = 50
_TURN_MS = 5
_LINE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_LINE_PROPERTY = QTextCharFormat.Property.UserProperty


class Console(QPlainTextEdit):
    """Read-only.  Holds the last 10,000 lines; older ones are dropped."""

    lineActivated = Signal(int)
    """A line of the snippet (1-based) was clicked in an error."""
    countChanged = Signal(int)
    """How many lines it holds."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._waiting: deque[tuple[str, QTextCharFormat]] = deque()
        self._drainer = QTimer(self)
        self._drainer.setSingleShot(True)
        self._drainer.setInterval(0)
        self._drainer.timeout.connect(self._drain)
        self.setObjectName("console")
        self.setAccessibleName("Console")
        self.setReadOnly(True)
        self.setMaximumBlockCount(_MOST_LINES)
        self.setPlaceholderText("What the snippet prints appears here.")
        self.document().setDocumentMargin(12)
        self.viewport().setMouseTracking(True)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Colours of text that comes from now on, and the font."""
        self._theme = theme
        self.setStyleSheet(
            f"QPlainTextEdit {{ font-family: '{mono_family()}'; font-size: {FONT_SECONDARY}px; }}"
        )

    def start(self) -> None:
        """Forget the last run."""
        self._waiting.clear()
        self.clear()
        self.countChanged.emit(0)

    def add_output(self, stream: str, text: str) -> None:
        """What came through a pipe; ends anywhere, also within a line."""
        color = self._theme.colors.text if stream == "stdout" else self._theme.tone("cut").text
        self._append(text, _colored(color))

    def add_note(self, text: str) -> None:
        """A sentence of the program's own, on a line of its own."""
        self._fresh_line()
        self._append(text + "\n", _colored(self._theme.colors.text_secondary))

    def add_error(self, error: Error, path: str) -> None:
        """The traceback as Python prints it.  Lines of the snippet can be clicked."""
        self._fresh_line()
        plain = _colored(self._theme.tone("cut").text)
        text = error.traceback.rstrip("\n") or f"{error.type}: {error.message}"
        for line in text.split("\n"):
            found = _LINE.search(line)
            if found and found["file"] in (path, "<snippet>"):
                self._append(line[: found.start()], plain)
                self._append(found.group(), self._link(int(found["line"])))
                self._append(line[found.end() :] + "\n", plain)
            else:
                self._append(line + "\n", plain)

    def _link(self, line: int) -> QTextCharFormat:
        look = _colored(self._theme.tone("gradient").text)
        look.setFontUnderline(True)
        look.setProperty(_LINE_PROPERTY, line)
        return look

    def _fresh_line(self) -> None:
        last = self._waiting[-1][0] if self._waiting else self.document().lastBlock().text()
        if last and not last.endswith("\n"):
            self._append("\n", QTextCharFormat())

    def _append(self, text: str, look: QTextCharFormat) -> None:
        """Now if that is quick, else in turns with everything else that the window does."""
        lines = text.splitlines(keepends=True)[-_MOST_LINES:]
        for start in range(0, len(lines), _PIECE):
            self._waiting.append(("".join(lines[start : start + _PIECE]), look))
        while len(self._waiting) > _MOST_LINES:
            self._waiting.popleft()
        if not self._drainer.isActive():
            self._drain()

    def _drain(self) -> None:
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 1
        cursor = QTextCursor(self.document())
        turn = QElapsedTimer()
        turn.start()
        while self._waiting and turn.elapsed() < _TURN_MS:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(*self._waiting.popleft())
        if at_end:
            bar.setValue(bar.maximum())
        if self._waiting:
            self._drainer.start()
        self.countChanged.emit(self.line_count())

    def line_count(self) -> int:
        document = self.document()
        return document.blockCount() - (0 if document.lastBlock().text() else 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if (line := self._line_at(event)) is not None and not self.textCursor().hasSelection():
            self.lineActivated.emit(line)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = self._line_at(event) is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def _line_at(self, event: QMouseEvent) -> int | None:
        place = event.position().toPoint()
        cursor = self.cursorForPosition(place)
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        line = cursor.charFormat().property(_LINE_PROPERTY)
        return line if isinstance(line, int) else None


def _colored(color: QColor) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(color)
    return look
