"""Which bracket belongs to which."""

from __future__ import annotations

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPENERS = {closing: opening for opening, closing in _PAIRS.items()}
_FARTHEST = 20_000


def match(text: str, position: int) -> tuple[int, int] | None:
    """The positions of the bracket at `position` (or just before it) and of its partner.

    None where there is no bracket, it has no partner, or that is over 20,000 characters away.
    Brackets in strings and comments of their own line do not count.

    >>> match("f(x[1])", 1)
    (1, 6)
    """
    for at in (position, position - 1):
        if 0 <= at < len(text) and (text[at] in _PAIRS or text[at] in _OPENERS):
            partner = _partner(text, at)
            return None if partner is None else (at, partner)
    return None


def _partner(text: str, at: int) -> int | None:
    step = 1 if text[at] in _PAIRS else -1
    stack: list[str] = []
    end = max(-1, min(len(text), at + step * _FARTHEST))
    for index in range(at, end, step):
        character = text[index]
        if character not in _PAIRS and character not in _OPENERS:
            continue
        if _quoted(text, index):
            continue
        if (character in _PAIRS) == (step == 1):
            stack.append(character)
            continue
        other = _OPENERS[character] if step == 1 else _PAIRS[character]
        if not stack or stack.pop() != other:
            return None
        if not stack:
            return index
    return None


def _quoted(text: str, index: int) -> bool:
    from app.gui.editor.lexing import line_roles  # loaded when there is text to read

    start = text.rfind("\n", 0, index) + 1
    end = text.find("\n", index)
    roles, _ = line_roles(text[start : end if end >= 0 else len(text)], 0)
    return any(
        first <= index - start < first + length and role in ("string", "comment")
        for first, length, role in roles
    )
