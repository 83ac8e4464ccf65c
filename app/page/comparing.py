"""Two runs as one page: both graphs aligned, both gradients of each leaf, what can be counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from app.contract.records import Gradient, Trace
from app.drawing.beside import union
from app.drawing.placing import Places, place
from app.drawing.shapes import Border, Line, Rect, Shapes, Text
from app.page import controls, tables
from app.page.graph_svg import parts
from app.page.html import document
from app.page.markup import Markup, element, joined, number
from app.page.metrics import FACES, MEASURE
from app.page.pen import Pen, icon
from app.session.comparing.differences import Differences, differences
from app.session.comparing.folding import folded_alike
from app.session.comparing.measures import measures
from app.session.comparing.pairing import Pairing, pair
from app.session.comparing.sentences import note_on_alignment, sentences
from app.session.comparing.texts import changed_lines
from app.session.graph.choice import GraphChoice
from app.session.language import ngettext, tr
from app.session.look import geometry as g
from app.session.look.marks import why_look
from app.session.run import Run
from app.session.shown import show
from app.session.summary.where import where_it_ran
from app.session.summary.why import short_why
from app.session.trace.anonymous import anonymous
from graphviz_render import Box, Layout, LayoutError, layout

_MARGIN: Final = 24.0
_SPINE: Final = 64.0
_RING: Final = 11.0
_TITLE: Final = 40.0
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
        _section(tr("What differs in {run}").format(run=titles[1]), _words(found, titles[0])),
        _section(tr("Graphs"), _graphs(sides, found, pen)),
        _section(tr("Gradients"), _gradients(sides, found)),
        _section(tr("Side by side"), _measures(sides)),
        _section(tr("Lines"), _lines(sides)),
    )
    wheres = (f"{title}: {where_it_ran(run.trace)}" for run, title in sides)
    heading = tr("{first} beside {second}").format(first=titles[0], second=titles[1])
    words = element("div", element("h1", heading), *(element("p", where) for where in wheres))
    header = element("header", words, controls.theme())
    return document(heading, pen, [header, main], scripts=("theme",))


def _section(title: str, content: Markup) -> Markup:
    return element("section", element("h2", title), content, class_="wide")


def _words(found: Differences, first: str) -> Markup:
    said = sentences(found, f"`{first}`")
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
    keys = {other: one for one, other in found.alignment.groups.items()}
    one, other = folded_alike(shown[0], shown[1], keys), shown[1]
    if not one.graph and not other.graph:
        said = tr("No operation on a tensor ran, so there is nothing to draw.")
        return element("p", said, class_="said")
    pairing = pair(one, other, found)
    both = union(MEASURE.measured(one.graph), MEASURE.measured(other.graph), pairing)
    try:
        whole = layout(both.graph, node_gap=g.NODE_GAP, rank_gap=g.RANK_GAP, routing="orthogonal")
    except LayoutError as error:
        said = tr("The graph could not be laid out: {error}").format(error=error)
        return element("p", said, class_="said")
    placed = (
        place(one.graph, both.first.layout(whole), MEASURE),
        place(other.graph, both.second.layout(whole), MEASURE),
    )
    equal = pairing.first, pairing.second
    drawn = [
        joined(parts(pen, run.graph, places, _ties, same))
        for run, places, same in zip((one, other), placed, equal, strict=True)
    ]
    right = whole.width + _SPINE
    marks = pen.play([
        *_titles(sides, right),
        *(shape for row in _rows(pairing, placed) for shape in _mark(row, whole, right)),
    ])  # fmt: skip
    wide, high = right + whole.width + 2 * _MARGIN, whole.height + _TITLE + 2 * _MARGIN
    view = " ".join(map(number, (-_MARGIN, -_MARGIN - _TITLE, wide, high)))
    second = element("g", drawn[1], transform=f"translate({number(right)} 0)")
    label = tr("Both graphs, aligned")
    svg = element(
        "svg", drawn[0], second, marks, class_="graph", viewbox=view, width=wide, height=high,
        role="group", aria_label=label,
    )  # fmt: skip
    return element("div", svg, class_="canvas", style=f"--high: {high:.0f}px")


def _ties(key: str, item: object) -> dict[str, str | int | None]:
    return {}


def _titles(sides: Sequence[_Side], right: float) -> Shapes:
    face = FACES.title
    return [Text(x, -_TITLE / 2, side.title, face, "text")
            for x, side in zip((0.0, right), sides, strict=True)]  # fmt: skip


class _Row(NamedTuple):
    """A row of both graphs, by the boxes of the first node in it; None where a run has none."""

    y: float
    is_equal: bool
    first: Box | None
    second: Box | None


def _rows(pairing: Pairing, placed: tuple[Places, Places]) -> list[_Row]:
    rows: dict[int, _Row] = {}
    for nodes in pairing.nodes:
        first = None if nodes.first is None else placed[0].nodes[nodes.first]
        second = None if nodes.second is None else placed[1].nodes[nodes.second]
        box = first or second
        assert box is not None
        y = box.center[1]
        known = rows.get(round(y))
        if known is None or (known.is_equal and not nodes.is_equal):
            rows[round(y)] = _Row(y, nodes.is_equal, first, second)
    return sorted(rows.values())


def _mark(row: _Row, whole: Layout, right: float) -> Iterator[Rect | Text | Line]:
    middle, face = whole.width + _SPINE / 2, FACES.bold
    sign = "=" if row.is_equal else "≠"
    if not row.is_equal:
        border = Border("ink", 1, (2, 3))
        ends = (
            (None if row.first is None else row.first.right, middle - _RING),
            (middle + _RING, None if row.second is None else right + row.second.x),
        )
        for start, end in ends:
            if start is not None and end is not None:
                yield Line((("M", (start, row.y)), ("L", (end, row.y))), border)
        ring = Box(middle - _RING, row.y - _RING, 2 * _RING, 2 * _RING)
        yield Rect("button", ring, _RING, "panel", Border("ink", 1.5))
    color = "text_tertiary" if row.is_equal else "text"
    yield Text(middle - face.width(sign) / 2, row.y + face.pixels * g.ROW_DROP, sign, face, color)


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


def _measures(sides: Sequence[_Side]) -> Markup:
    rows = (
        element(
            "tr",
            element("th", one.title, scope="row"),
            element("td", "" if one.is_equal is None else "=" if one.is_equal else "≠"),
            element("td", one.first),
            element("td", one.second),
        )
        for one in measures(sides[0].run, sides[1].run)
    )
    return element("table", _head(sides, "", ""), element("tbody", *rows))


def _lines(sides: Sequence[_Side]) -> Markup:
    texts = [side.run.trace.snippet.text for side in sides]
    changes = changed_lines(*texts)
    if not changes:
        return element("p", tr("Both runs have the same text."), class_="said")
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
