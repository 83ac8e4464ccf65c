"""Syntax highlighting of Python and Markdown in the editor."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.gui.editor.text.units import units
from app.gui.theme import Theme

if TYPE_CHECKING:
    from app.gui.editor.lexing import Language, LineRoles, Role

_LOOKS_MS = 10
"""Milliseconds between checks whether Pygments is loaded; about ten checks, once."""


class Highlighter(QSyntaxHighlighter):
    """Colours as much as fits into a few milliseconds, and the rest of a long text in pieces."""

    BUDGET_MS = 6

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._formats = _formats(theme)
        self._turn = QElapsedTimer()
        self._pending: int | None = None
        self._language: Language = "python"
        self._line_roles: LineRoles | None = None
        self._resume = QTimer(self, singleShot=True, interval=0)
        self._resume.timeout.connect(self._continue)
        self._loading = QTimer(self, interval=_LOOKS_MS)
        self._loading.timeout.connect(self._look)
        self._loader: threading.Thread | None = None

    def set_theme(self, theme: Theme) -> None:
        self._formats = _formats(theme)
        self.rehighlight()

    def set_language(self, language: Language) -> None:
        self._language = language
        if self._line_roles is not None:
            self._look_up()

    def load(self) -> None:
        """Load Pygments now that the text has been painted.

        Pygments takes longer to load than the window to appear, and meanwhile one may type.
        """
        if self._loader is None:
            self._loader = threading.Thread(target=_import, name="colours", daemon=True)
            QTimer.singleShot(0, self._loader.start)
            self._loading.start()

    def highlightBlock(self, text: str) -> None:
        if self._line_roles is None:
            return
        if not self._resume.isActive():
            self._turn.start()
            self._pending = None
            self._resume.start()
        number = self.currentBlock().blockNumber()
        if self._pending is not None and number >= self._pending:
            return
        if self._turn.elapsed() > self.BUDGET_MS:
            self._pending = number
            return
        roles, after = self._line_roles(text, max(0, self.previousBlockState()))
        for start, length, role in roles:
            first = units(text, start)
            self.setFormat(first, units(text, start + length) - first, self._formats[role])
        self.setCurrentBlockState(after)

    def _look(self) -> None:
        """Check, by a timer, whether Pygments is loaded: a signal could reach a deleted object."""
        if "app.gui.editor.lexing" in sys.modules and not _is_running(self._loader):
            self._loading.stop()
            self._look_up()

    def _look_up(self) -> None:
        from app.gui.editor.lexing import ROLES

        self._line_roles = ROLES[self._language]
        self._pending = 0
        self._continue()

    def _continue(self) -> None:
        pending, self._pending = self._pending, None
        if pending is None:
            return
        block = self.document().findBlockByNumber(pending)
        while block.isValid() and self._pending is None:
            self.rehighlightBlock(block)
            block = block.next()


def _import() -> None:
    import app.gui.editor.lexing  # noqa: F401


def _is_running(thread: threading.Thread | None) -> bool:
    return thread is not None and thread.is_alive()


def _formats(theme: Theme) -> dict[Role, QTextCharFormat]:
    colors: dict[Role, QColor] = {
        "keyword": theme.tone("inference_mode").text,
        "string": theme.tone("recorded").text,
        "number": theme.tone("cut").text,
        "call": theme.tone("gradient").text,
        "comment": theme.colors.text_tertiary,
    }
    formats: dict[Role, QTextCharFormat] = {}
    for role, color in colors.items():
        formats[role] = QTextCharFormat()
        formats[role].setForeground(color)
    formats["heading"] = QTextCharFormat()
    formats["heading"].setFontWeight(QFont.Weight.Bold)
    return formats
