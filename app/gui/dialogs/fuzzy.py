"""Fuzzy matching: letters in their order, words in any order."""

from __future__ import annotations

from typing import NamedTuple

_WORD_START, _NEXT_LETTER, _GAP, _LATE = 8, 5, 1, 0.1


class Match(NamedTuple):
    score: float
    places: tuple[int, ...]
    """The positions of the matched letters, ascending."""


def match(query: str, text: str) -> Match | None:
    """How well `text` answers, None where it does not.  Spaces separate words, case is ignored.

    Letters at the beginnings of words and letters side by side count for more.

    >>> match("rs", "Run settings…").places
    (0, 4)
    >>> match("layout reset", "Reset layout") is None, match("sr", "Run") is None
    (False, True)
    """
    lower = text.lower()
    score, places = 0.0, set[int]()
    for word in query.lower().split():
        found = _word(word, lower)
        if found is None:
            return None
        score += found.score
        places.update(found.places)
    return Match(score, tuple(sorted(places)))


def _word(word: str, text: str) -> Match | None:
    """Return the better match: letters from left to right, or one piece at the start of a word."""
    found = [
        one
        for one in (_piece(word, text), _letters(word, text, starts=True),
                    _letters(word, text, starts=False))
        if one is not None
    ]  # fmt: skip
    return max(found, default=None)


def _piece(word: str, text: str) -> Match | None:
    at = text.find(word)
    while at > 0 and not _is_start(text, at) and (later := text.find(word, at + 1)) >= 0:
        at = later
    return None if at < 0 else _scored(text, range(at, at + len(word)))


def _letters(word: str, text: str, *, starts: bool) -> Match | None:
    places: list[int] = []
    at = 0
    for letter in word:
        found = _next(letter, text, at, starts=starts)
        if found < 0:
            return None
        places.append(found)
        at = found + 1
    return _scored(text, places)


def _next(letter: str, text: str, start: int, *, starts: bool) -> int:
    first = text.find(letter, start)
    if not starts or first == start:
        return first
    at = first
    while at >= 0 and not _is_start(text, at):
        at = text.find(letter, at + 1)
    return first if at < 0 else at


def _scored(text: str, places: range | list[int]) -> Match:
    score = -_LATE * places[0]
    for number, place in enumerate(places):
        score += _WORD_START if _is_start(text, place) else 0
        if number:
            gap = place - places[number - 1] - 1
            score += _NEXT_LETTER if not gap else -min(_GAP * gap, 4)
    return Match(score, tuple(places))


def _is_start(text: str, place: int) -> bool:
    return place == 0 or not text[place - 1].isalnum()


def rated(query: str, title: str, group: str) -> Match | None:
    """Match a query with a title, or with title and group, which scores lower."""
    in_title = match(query, title)
    if in_title is not None:
        return Match(in_title.score + 2, in_title.places)
    anywhere = match(query, f"{title} {group}")
    if anywhere is None:
        return None
    return Match(anywhere.score, tuple(at for at in anywhere.places if at < len(title)))
