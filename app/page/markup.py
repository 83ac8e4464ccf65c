"""HTML and SVG as text in which nothing that is not ours is markup.

Only `element` makes tags, and whatever it is given that it has not made itself is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape

_VOID = ("input", "meta")


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, *content: str, **attributes: str | float | None) -> Markup:
    """Return a tag with its content; attributes that are None are left out.

    A trailing underscore of an attribute's name is dropped, others become dashes.

    >>> element("p", "1 < 2", element("b", "&"), class_="a", data_line=3)
    '<p class="a" data-line="3">1 &lt; 2<b>&amp;</b></p>'
    """
    words = [name, *(_attribute(key, value) for key, value in attributes.items()
                     if value is not None)]  # fmt: skip
    end = "" if name in _VOID else f"{joined(content)}</{name}>"
    return Markup(f"<{' '.join(words)}>{end}")


def joined(parts: Iterable[str]) -> Markup:
    return Markup(
        "".join(part if isinstance(part, Markup) else escape(clean(part)) for part in parts)
    )


def data(name: str, value: object) -> Markup:
    """Return a script tag with data in which nothing can end the tag or begin another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return element("script", Markup(text), type="application/json", id=name)


def number(value: float) -> str:
    """Write a number as briefly as possible: drawings are mostly numbers."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _attribute(key: str, value: str | float) -> str:
    name = key.rstrip("_").replace("_", "-").replace("viewbox", "viewBox")
    if isinstance(value, str):
        text = value
    else:
        text = number(value) if isinstance(value, float) else str(int(value))
    return f'{name}="{escape(clean(text))}"'


def clean(text: str) -> str:
    """Remove characters that documents may not contain: control characters, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter in "\n\t" or letter.isprintable() or letter.isspace() else "\ufffd"
        for letter in text
    )
