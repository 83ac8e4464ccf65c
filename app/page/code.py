"""The snippet as a list of lines: number, mark, coloured code, and note."""

from __future__ import annotations

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType, is_token_subtype

from app.page.markup import Markup, element, joined
from app.page.pen import icon
from app.page.tables import left_out
from app.session.look.marks import LINES
from app.session.run import Run
from app.session.source.lines import LineMark, marks

_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "comment"), (Keyword, "keyword"), (Number, "number"), (String, "string"),
    (Name.Decorator, "keyword"), (Name.Function, "call"),
)  # fmt: skip


_MOST_LINES = 10_000
_MOST_CHARACTERS = 500_000


def snippet(run: Run) -> Markup:
    """Return the code, as much of it as a page can have."""
    found, text = marks(run), run.trace.snippet.text
    lines = _coloured(text[:_MOST_CHARACTERS])[:_MOST_LINES]
    rows = [_line(number, code, found.get(number)) for number, code in enumerate(lines, 1)]
    rest = max(text.count("\n") - len(lines), 0)
    return joined([element("ol", *rows, class_="code"), left_out(rest)])


def listing(text: str, name: str) -> Markup:
    """Return a program that says nothing of a run, under its name."""
    rows = (
        element("li", element("span", str(number), class_="number"), element("code", line))
        for number, line in enumerate(_coloured(text[:_MOST_CHARACTERS])[:_MOST_LINES], 1)
    )
    title = element("figcaption", element("code", name))
    return element("figure", title, element("ol", *rows, class_="code"), class_="listing")


def _line(number: int, code: Markup, mark: LineMark | None) -> Markup:
    drawn, note, region = Markup(), "", None
    if mark is not None:
        glyph, tone = LINES[mark.key]
        drawn = icon(glyph, tone) if glyph is not None else drawn
        region = f"region f-{mark.region}" if mark.region else None
        if mark.key == "not_run":
            region = f"{region} quiet" if region else "quiet"
        note = element("span", mark.note, class_=f"note t-{tone}") if mark.note else ""
    return element(
        "li",
        element("span", str(number), class_="number"),
        element("span", drawn, class_="mark"),
        element("code", code),
        note,
        class_=region,
        data_lines=number,
        title=mark.tooltip or None if mark else None,
    )


def _coloured(text: str) -> list[Markup]:
    lines: list[list[Markup]] = [[]]
    for kind, piece in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        name = next((name for token, name in _CLASSES if is_token_subtype(kind, token)), None)
        for place, part in enumerate(piece.split("\n")):
            if place:
                lines.append([])
            if part:
                span = element("span", part, class_=f"c-{name}") if name else joined([part])
                lines[-1].append(span)
    if not lines[-1] and len(lines) > 1:
        lines.pop()
    return [joined(line) for line in lines]
