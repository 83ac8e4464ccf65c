"""Two runs as one page: both graphs aligned, both gradients of each leaf, what can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from app.contract.records import Gradient, Trace
from app.page import controls, tables
from app.page.beside import side_by_side
from app.page.graph_svg import parts
from app.page.html import document
from app.page.markup import Markup, element, joined, number
from app.page.pen import Pen, icon
from app.session.comparing.differences import Differences, differences
from app.session.comparing.measures import measures
from app.session.comparing.sentences import note_on_alignment, sentences
from app.session.comparing.texts import LineChange, changed_files, changed_lines
from app.session.graph.choice import GraphChoice
from app.session.language import ngettext, tr
from app.session.look.marks import why_look
from app.session.run import Run
from app.session.shown import show
from app.session.summary.where import where_it_ran
from app.session.summary.why import short_why
from app.session.trace.anonymous import anonymous
from graphviz_render import LayoutError

_MOST_LINES: Final = 200


class _Side(NamedTuple):
    """A run on the page; `title` is what it is called."""

    run: Run
    title: str


def compared_page(first: Trace, second: Trace) -> bytes:
    """Return a whole document in UTF-8 about what differs between two runs."""
    runs = Run(anonymous(first)), Run(anonymous(second))
    titles = [run.trace.snippet.path or tr("Snippet") for run in runs]
    if titles[0] == titles[1]:
        titles = [f"{title} ({letter})" for title, letter in zip(titles, "AB", strict=True)]
    sides = tuple(map(_Side, runs, titles))
    found = differences(*runs)
    pen = Pen()
    main = element(
        "main",
        _section(tr("What differs in {run}").format(run=titles[1]), _words(sides, found)),
        _section(tr("Graphs"), _graphs(sides, found, pen)),
        _section(tr("Gradients"), _gradients(sides, found)),
        _section(tr("Side by side"), _measures(sides, found)),
        _section(tr("Lines"), _lines(sides)),
    )
    wheres = (f"{title}: {where_it_ran(run.trace)}" for run, title in sides)
    heading = tr("{first} beside {second}").format(first=titles[0], second=titles[1])
    words = element("div", element("h1", heading), *(element("p", where) for where in wheres))
    header = element("header", words, controls.theme())
    return document(heading, pen, [header, main], scripts=("theme",))


def _section(title: str, content: Markup) -> Markup:
    return element("section", element("h2", title), content, class_="wide")


def _words(sides: Sequence[_Side], found: Differences) -> Markup:
    first, second = sides
    said = sentences(first.run, second.run, found, f"`{first.title}`")
    if found.none:
        said = [tr("Both runs recorded the same and every .grad is equal.")]
    elif note := note_on_alignment(found):
        said = [note, *said]
    items = (
        element("li", icon("compare", "plain"), element("p", tables.with_code(text)))
        for text in said
    )
    return element("ul", *items, class_="sentences")


# ------------------------------------------------------------------------------------ the graphs


def _graphs(sides: Sequence[_Side], found: Differences, pen: Pen) -> Markup:
    shown = [show(side.run, GraphChoice()) for side in sides]
    if not any(one.graph for one in shown):
        said = tr("No operation on a tensor ran, so there is nothing to draw.")
        return element("p", said, class_="said")
    try:
        both = side_by_side(shown[0], shown[1], found)
    except LayoutError as error:
        said = tr("The graph could not be laid out: {error}").format(error=error)
        return element("p", said, class_="said")
    equal = both.pairing.first, both.pairing.second
    first, second = (
        joined(parts(pen, graph, places, _ties, same))
        for graph, places, same in zip(both.graphs, both.places, equal, strict=True)
    )
    marks = both.marks(pen, [side.title for side in sides])
    svg = element(
        "svg", first, both.to_the_right(second), marks, class_="graph",
        viewbox=" ".join(map(number, both.box)), width=both.box.width, height=both.box.height,
        role="group", aria_label=tr("Both graphs, aligned"),
    )  # fmt: skip
    return element("div", svg, class_="canvas", style=f"--high: {both.box.height:.0f}px")


def _ties(key: str, item: object) -> dict[str, str | int | None]:
    return {}


# ------------------------------------------------------------------------------------ the tables


def _gradients(sides: Sequence[_Side], found: Differences) -> Markup:
    """Return a row for each leaf that differs; the equal ones are counted."""
    rows = []
    for row in found.gradients[: tables.MOST_ROWS]:
        cells = (_cell(side.run, one) for side, one in zip(sides, row[1:3], strict=True))
        name = element("th", element("code", row.name), scope="row")
        rows.append(element("tr", name, *cells))
    table = element("table", _head(sides, tr("Leaf")), element("tbody", *rows))
    names = [{row.name for row in side.run.trace.gradients} for side in sides]
    equal = len(names[0] & names[1] - {row.name for row in found.gradients})
    text = ngettext(
        "{count} leaf is equal to the last bit.", "{count} leaves are equal to the last bit.", equal
    )
    if found.close:
        text = ngettext(
            "{count} leaf is equal within 1e-6.", "{count} leaves are equal within 1e-6.", equal
        )
    said = [element("p", text.format(count=equal), class_="said")] if equal else []
    more = tables.left_out(len(found.gradients) - len(rows))
    return joined([*([table] if rows else []), more, *said])


def _head(sides: Sequence[_Side], *before: str) -> Markup:
    """Return the head of a table with a column for each run, after others."""
    titles = *before, *(side.title for side in sides)
    return element("thead", element("tr", *(element("th", title, scope="col") for title in titles)))


def _cell(run: Run, row: Gradient | None) -> Markup:
    if row is None:
        return element("td", tr("not in this run"))
    glyph, tone = why_look(row, run.operations)
    value = tables.value(row.grad) if row.grad else element("span", "None", class_="none")
    norm = f" {tables.figure(row.grad.norm)}" if row.grad else ""
    why = element("div", icon(glyph, tone), element("div", short_why(run, row)), class_="why")
    return element("td", value, norm, why, class_=f"t-{tone}")


def _measures(sides: Sequence[_Side], found: Differences) -> Markup:
    rows = (
        element(
            "tr",
            element("th", one.title, scope="row"),
            element("td", "" if one.is_equal is None else "=" if one.is_equal else "≠"),
            element("td", one.first),
            element("td", one.second),
        )
        for one in measures(sides[0].run, sides[1].run, found)
    )
    return element("table", _head(sides, "", ""), element("tbody", *rows))


def _lines(sides: Sequence[_Side]) -> Markup:
    first, second = (side.run.trace for side in sides)
    changes = changed_lines(first.snippet.text, second.snippet.text)
    files = list(changed_files(first, second))
    if not (changes or files):
        return element("p", tr("Both runs have the same text."), class_="said")
    parts = [_of_file(changes)] if changes else []
    for changed in files:
        parts += [element("p", changed.name, class_="said"), _of_file(changed.lines)]
    return joined(parts)


def _of_file(changes: Sequence[LineChange]) -> Markup:
    rows = (
        element(
            "li",
            element("span", str(one.first or one.second), class_="number"),
            element("span", one.sign, class_="mark"),
            element("code", one.text),
        )
        for one in changes[:_MOST_LINES]
    )
    lines = element("ol", *rows, class_="code")
    return joined([lines, tables.left_out(max(len(changes) - _MOST_LINES, 0))])
