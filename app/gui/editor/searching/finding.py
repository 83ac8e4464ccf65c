"""Finding in a text, and what takes the place of what was found.

By Qt's own expressions: their positions are the editor's, and they give up where Python's would
search for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QRegularExpression

from app.session.language import tr

MOST = 5000
"""The largest number of matches in a text."""
_REFERENCE = re.compile(r"\\(\d|[nt\\])")
_ESCAPED = {"n": "\n", "t": "\t", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    case: bool = False
    word: bool = False
    regex: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """`start` and `end` are the editor's positions; `groups` what the query's groups found."""

    start: int
    end: int
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches in the order of the text.  `problem` says why a query is invalid."""

    hits: tuple[Hit, ...] = ()
    problem: str = ""

    def at_or_after(self, position: int) -> int | None:
        """Return the number of the first hit at or after a position, wrapping around."""
        if not self.hits:
            return None
        later = (n for n, hit in enumerate(self.hits) if hit.start >= position)
        return next(later, 0)

    def before(self, position: int) -> int | None:
        """Return the number of the last hit before a position, wrapping around."""
        if not self.hits:
            return None
        earlier = [n for n, hit in enumerate(self.hits) if hit.start < position]
        return earlier[-1] if earlier else len(self.hits) - 1


def find(query: Query, text: str) -> Matches:
    """Find every match in `text`, up to `MOST`; `.` does not match line ends.

    >>> [(hit.start, hit.end) for hit in find(Query("a+", regex=True), "aa ba").hits]
    [(0, 2), (4, 5)]
    """
    if not query.text:
        return Matches()
    pattern = query.text if query.regex else QRegularExpression.escape(query.text)
    if query.word:
        pattern = rf"\b(?:{pattern})\b"
    expression = QRegularExpression(pattern, _options(query))
    if not expression.isValid():
        return Matches(
            problem=tr("Not a regular expression: {errorstring}.").format(
                errorstring=expression.errorString()
            )
        )
    hits: list[Hit] = []
    matches = expression.globalMatch(text)
    while matches.hasNext() and len(hits) < MOST:
        match = matches.next()
        if match.capturedLength():
            hits.append(Hit(match.capturedStart(), match.capturedEnd(),
                            tuple(match.capturedTexts())))  # fmt: skip
    return Matches(tuple(hits))


def replacement(query: Query, hit: Hit, text: str) -> str:
    r"""What takes the place of a hit; with a regular expression `\1` is its first group.

    >>> query = Query(r"(\w)=(\w)", regex=True)
    >>> replacement(query, find(query, "a=b").hits[0], r"\2=\1")
    'b=a'
    """
    if not query.regex:
        return text

    def expand(found: re.Match[str]) -> str:
        name = found[1]
        if name in _ESCAPED:
            return _ESCAPED[name]
        number = int(name)
        return hit.groups[number] if number < len(hit.groups) else ""

    return _REFERENCE.sub(expand, text)


def _options(query: Query) -> QRegularExpression.PatternOption:
    option = QRegularExpression.PatternOption
    options = option.MultilineOption | option.UseUnicodePropertiesOption
    return options if query.case else options | option.CaseInsensitiveOption
