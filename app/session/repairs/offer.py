"""What is offered for a text that does not run as it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import NamedTuple

from app.session.language import listing, ngettext, number, tr
from app.session.repairs.indentation import indented
from app.session.repairs.prose import Passage, pieces, without_line_numbers
from app.session.repairs.trying import with_calls, with_names, with_small_models
from app.session.source.parsing import is_python, parsed

_LEAST_PROSE = 2
"""Fewer lines that are not Python are mistakes of a program, not an article."""
_MOST_NAMED = 3
_MOST = 200_000
"""Characters: a longer text is not an article."""


class Repair(NamedTuple):
    steps: list[str]
    """What it does, a sentence each."""
    text: str
    """The repaired text."""


def repair_of(text: str) -> Repair | None:
    """Return the repair of a text; None if it needs none, or none is known.

    The text is only read. Takes some 10 milliseconds for an article.
    """
    if len(text) > _MOST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the compiler thinks of the user's text
        return _repair_of(text)


def _repair_of(text: str) -> Repair | None:
    steps: list[str] = []
    if not is_python(text):
        found = _code_of(text)
        if found is None:
            return None
        steps, text = found
    try:
        for step in (_small_models, _calls, _names):
            said, text = step(text)
            steps += said
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Repair(steps, text) if steps else None


def _code_of(text: str) -> Repair | None:
    """Return the code of an article with its indentation, the rest as comments."""
    lines = text.replace("\r\n", "\n").split("\n")
    counted = without_line_numbers(lines)
    found = pieces(counted)
    prose = sum(piece.kind == "prose" for piece in found)
    if 0 < prose < _LEAST_PROSE and counted == lines:
        return None
    made: list[str] = []
    moved = 0
    for block in _blocks(found):
        if block[0].kind == "prose":
            made.append(f"# {block[0].lines[0].strip()}")
        elif (inner := indented(block)) is None:
            return None
        else:
            before = _depths([line for piece in block for line in piece.lines])
            moved += sum(a != b for a, b in zip(before, _depths(inner), strict=True))
            made += inner
    text = "\n".join(made)
    if not parsed(text).body:
        return None
    return Repair(_said(counted != lines, prose, moved), text)


def _said(has_numbers: bool, prose: int, moved: int) -> list[str]:
    steps = []
    if has_numbers:
        steps.append(tr("Take out the line numbers."))
    if prose:
        said = ngettext(
            "Turn {count} line of prose into a comment.",
            "Turn {count} lines of prose into comments.",
            prose,
        )
        steps.append(said.format(count=number(prose)))
    if moved:
        said = ngettext("Indent {count} line.", "Indent {count} lines.", moved)
        steps.append(said.format(count=number(moved)))
    return steps


def _blocks(found: list[Passage]) -> Iterator[list[Passage]]:
    """Yield consecutive lines of code together, and each line of prose alone."""
    block: list[Passage] = []
    for piece in found:
        if piece.kind == "prose":
            if block:
                yield block
            block = []
            yield [piece]
        else:
            block.append(piece)
    if block:
        yield block


def _depths(lines: list[str]) -> list[int]:
    """Return how far each line is indented more than the least indented one."""
    found = [len(line) - len(line.lstrip()) if line.strip() else -1 for line in lines]
    least = min((depth for depth in found if depth >= 0), default=0)
    return [depth - least if depth >= 0 else -1 for depth in found]


def _small_models(text: str) -> tuple[list[str], str]:
    text, names = with_small_models(text)
    said = tr("Put in a small model in place of {names}.")
    return ([said.format(names=_listed(names))] if names else []), text


def _calls(text: str) -> tuple[list[str], str]:
    text, names = with_calls(text)
    said = tr("Call {names}: nothing calls them otherwise.")
    return ([said.format(names=_listed(names))] if names else []), text


def _names(text: str) -> tuple[list[str], str]:
    named = with_names(text)
    said = []
    if named.imports:
        said.append(tr("Import {names}.").format(names=_listed(named.imports)))
    if named.made:
        text = tr("Put in small values for {names}.")
        said.append(text.format(names=_listed(named.made)))
    return said, named.text


def _listed(names: list[str]) -> str:
    shown = listing(f"`{name}`" for name in names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    if more <= 0:
        return shown
    return tr("{names} and {count} more").format(names=shown, count=number(more))
