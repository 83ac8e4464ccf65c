"""Code in sentences, marked by backquotes."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from app.session.language import template
from app.session.source.parsing import parsed_expression

_NUMBER = re.compile(r"[-+×]?[\d,]*\.?\d+(e[-+]?\d+)?")


class Style:
    """How texts show code: between backquotes (`marks`), or as it is."""

    def __init__(self, *, marks: bool) -> None:
        self.marks = marks

    def code(self, code: str) -> str:
        return f"`{code}`" if self.marks and "`" not in code else code

    def text(self, text: str, values: Mapping[str, object]) -> str:
        """Fill in a template that has its own code between backquotes."""
        return template(text if self.marks else unmarked(text)).format_map(values)


def marked(text: str) -> str:
    """`text` with its calls and names between backquotes; those that are there stay.

    A word is taken for code that has a bracket, a dot or an underscore inside and is not a number.

    >>> marked("grew ×1.3 in net.weight, after step()")
    'grew ×1.3 in `net.weight`, after `step()`'
    """
    stretches = text.split("`")
    return "`".join(s if i % 2 else _words_marked(s) for i, s in enumerate(stretches))


def as_code(name: str) -> str | None:
    """The name of a tensor or a module as one would type it, `net[0].weight` for "net.0.weight".

    None where it is not a variable with attributes and numbers: the expression of a value that no
    variable holds.
    """
    first, *others = name.split(".")
    code = first + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in others)
    is_place = isinstance(parsed_expression(code), ast.Name | ast.Attribute | ast.Subscript)
    return code if is_place else None


def unmarked(text: str) -> str:
    """`text` without backquotes, for where these would be seen."""
    return text.replace("`", "")


def _words_marked(text: str) -> str:
    words = []
    for word in re.split(r"([ ，。：；、（）“”])", text):
        bare = word.rstrip(".,:;")
        is_code = not bare.startswith("(") and ("(" in bare or "_" in bare or "." in bare[:-1])
        is_code = is_code and _NUMBER.fullmatch(bare) is None
        words.append(f"`{bare}`{word[len(bare) :]}" if is_code and bare else word)
    return "".join(words)
