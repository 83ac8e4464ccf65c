"""Code in sentences: the stretches that stand between backquotes, to be shown as code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from app.contract.records import Why
from app.session.run import Run

_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(e[-+]?\d+)?")


def marked(text: str, expressions: Iterable[str] = ()) -> str:
    """`text` with its calls and names between backquotes.

    `expressions` are known to be code, with whatever spaces and brackets they have; of the rest a
    word is taken for code that has a bracket, a dot or an underscore inside.  Backquotes that are
    there stay.
    """
    known = sorted({e for e in expressions if " " in e and "`" not in e}, key=len, reverse=True)
    stretches = text.split("`")
    return "`".join(s if i % 2 else _stretch_marked(s, known) for i, s in enumerate(stretches))


def as_code(name: str) -> str | None:
    """The name of a tensor or a module as one would type it, `net[0].weight` for "net.0.weight".

    None where it is not a variable with attributes and numbers: the expression of a value that no
    variable holds.
    """
    first, *others = name.split(".")
    code = first + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in others)
    try:
        parsed = ast.parse(code, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    return code if isinstance(parsed, ast.Name | ast.Attribute | ast.Subscript) else None


def unmarked(text: str) -> str:
    """`text` without backquotes, for where these would be seen."""
    return text.replace("`", "")


def _stretch_marked(text: str, known: list[str]) -> str:
    if not known:
        return _words_marked(text)
    parts = re.split("(" + "|".join(map(re.escape, known)) + ")", text)
    return "".join(f"`{p}`" if i % 2 else _words_marked(p) for i, p in enumerate(parts))


def expressions_of(run: Run, why: Why) -> Iterator[str]:
    """The source texts of the operations that a reason may speak of."""
    for operation in (*why.operations, *why.cuts):
        yield run.code(run.operations[operation])
    for backward in run.trace.backward_passes[-1:]:
        for root in backward.roots:
            if (maker := run.producers.get(root)) is not None:
                yield run.code(maker)


def _words_marked(text: str) -> str:
    words = []
    for word in text.split(" "):
        bare = word.rstrip(".,:;")
        is_code = not bare.startswith("(") and ("(" in bare or "_" in bare or "." in bare[:-1])
        is_code = is_code and _NUMBER.fullmatch(bare) is None
        words.append(f"`{bare}`{word[len(bare) :]}" if is_code and bare else word)
    return " ".join(words)
