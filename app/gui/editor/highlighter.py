"""Python's colours, a line at a time.

Pygments reads the lines; only whether a line starts inside a triple-quoted string is carried
over, so that typing costs one line and not the document.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.gui.theme import Theme

Role = Literal["keyword", "string", "number", "call", "comment"]
_STACKS: dict[int, tuple[str, ...]] = {
    0: ("root",),
    1: ("root", "tdqs"),
    2: ("root", "tsqs"),
}
# What follows a line is still a string if this comes out as one: the lexer tells no state.
_PROBE = "\nx"
_lexer = PythonLexer()


@lru_cache(maxsize=4096)
def line_roles(text: str, state: int) -> tuple[tuple[tuple[int, int, Role], ...], int]:
    """The coloured stretches (start, length, role) of a line and the state after it.

    `state` is 0 in code, 1 inside a string of three double quotes, 2 of three single ones.

    >>> line_roles("x = f(1)", 0)
    (((4, 1, 'call'), (6, 1, 'number')), 0)
    """
    roles: list[tuple[int, int, Role]] = []
    after = 0
    for start, kind, token in _lexer.get_tokens_unprocessed(text + _PROBE, _STACKS[state]):
        if start + len(token) > len(text) + 1:
            after = _state_of(kind)
        if start < len(text) and (role := _role(kind, text, start + len(token))):
            roles.append((start, min(len(token), len(text) - start), role))
    return tuple(roles), after


def _state_of(kind: _TokenType) -> int:
    if not _within(kind, String):
        return 0
    return 2 if _within(kind, String.Single) else 1


def _role(kind: _TokenType, text: str, end: int) -> Role | None:
    if _within(kind, Comment):
        return "comment"
    if _within(kind, String) and kind is not String.Affix:
        return "string"
    if _within(kind, Number):
        return "number"
    if _within(kind, Keyword) or kind is Operator.Word:
        return "keyword"
    if kind is Name.Decorator or (_within(kind, Name) and text[end : end + 1] == "("):
        return "call"
    return None


def _within(kind: _TokenType, family: _TokenType) -> bool:
    return kind[: len(family)] == family


class PythonHighlighter(QSyntaxHighlighter):
    """Colours what fits into a few milliseconds at once and the rest of a long text in turns."""

    BUDGET_MS = 6

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._formats = _formats(theme)
        self._turn = QElapsedTimer()
        self._pending: int | None = None
        self._resume = QTimer(self, singleShot=True, interval=0)
        self._resume.timeout.connect(self._continue)

    def set_theme(self, theme: Theme) -> None:
        self._formats = _formats(theme)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
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
        roles, after = line_roles(text, max(0, self.previousBlockState()))
        for start, length, role in roles:
            self.setFormat(start, length, self._formats[role])
        self.setCurrentBlockState(after)

    def _continue(self) -> None:
        pending, self._pending = self._pending, None
        if pending is None:
            return
        block = self.document().findBlockByNumber(pending)
        while block.isValid() and self._pending is None:
            self.rehighlightBlock(block)
            block = block.next()


def _formats(theme: Theme) -> dict[Role, QTextCharFormat]:
    colors: dict[Role, QColor] = {
        "keyword": theme.tone("inference_mode").text,
        "string": theme.tone("recorded").text,
        "number": theme.tone("cut").text,
        "call": theme.tone("gradient").text,
        "comment": theme.colors.text_tertiary,
    }
    formats = {}
    for role, color in colors.items():
        formats[role] = QTextCharFormat()
        formats[role].setForeground(color)
    return formats
