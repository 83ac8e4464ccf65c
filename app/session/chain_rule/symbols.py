"""Formulas as pieces of text with a style each, so that a window and a page can set them."""

from __future__ import annotations

from typing import Literal, NamedTuple

Style = Literal["roman", "italic", "gradient", "quiet"]
"""Roman for numbers, operators and functions, italic for tensors; a gradient is bold and blue.
What is quiet is a word beside a name: "saved"."""
Level = Literal[-1, 0, 1]
"""Below the line, on it, or above it."""


class Piece(NamedTuple):
    text: str
    style: Style = "roman"
    level: Level = 0


Formula = tuple[Piece, ...]


def plain(formula: Formula) -> str:
    """Return a formula as text, for accessible names and copies.

    >>> plain((Piece("grad", "gradient"), Piece("w", "gradient", -1), Piece(" = 2")))
    'grad_w = 2'
    """
    text, level = "", 0
    for piece in formula:
        if piece.level != level and piece.level:
            text += "_" if piece.level < 0 else "^"
        text += piece.text
        level = piece.level
    return text


def tensor(name: str) -> Formula:
    return (Piece(name, "italic"),)


def gradient(name: str) -> Formula:
    """Return the gradient of a tensor: grad with the name below."""
    return (Piece("grad", "gradient"), Piece(name, "gradient", -1))
