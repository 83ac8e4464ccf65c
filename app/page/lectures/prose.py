"""Markdown as markup: what is not Markdown stays text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from app.page.markup import Markup, element, joined

_TAGS = {
    "paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li", "em": "em",
    "strong": "strong", "blockquote": "blockquote", "table": "table", "thead": "thead",
    "tbody": "tbody", "tr": "tr", "th": "th", "td": "td",
}  # fmt: skip
_SCHEMES = ("http", "https", "mailto")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def prose(text: str) -> Markup:
    """Return a text in Markdown as markup.  Headings are below those of a page's title."""
    return _inside(SyntaxTreeNode(_parser().parse(text)))


def _inside(node: SyntaxTreeNode) -> Markup:
    return joined(piece for child in node.children for piece in _node(child))


def _node(node: SyntaxTreeNode) -> Iterator[str]:
    match node.type:
        case "text":
            yield node.content
        case "softbreak" | "hardbreak":
            yield "\n"
        case "code_inline":
            yield element("code", node.content)
        case "fence" | "code_block":
            yield element("pre", node.content)
        case "heading":
            yield element("h3", _inside(node))
        case "link" if urlsplit(str(node.attrs["href"])).scheme in _SCHEMES:
            yield element("a", _inside(node), href=str(node.attrs["href"]), rel="noreferrer")
        case kind if kind in _TAGS:
            yield element(_TAGS[kind], _inside(node))
        case "image":
            yield node.content
        case _:
            yield _inside(node)
