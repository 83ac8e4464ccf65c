"""The graph as SVG: nodes, the ways of values and of the gradient, frames around regions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

from app.report import sizes
from app.report.glyphs import use
from app.report.markup import Markup, element, joined, number
from app.report.metrics import elided, width
from app.session.explain.phrases import more
from app.session.graph_items import (
    CutItem,
    EdgeItem,
    FrameItem,
    GroupItem,
    OperationItem,
    Pill,
    TensorItem,
)
from app.session.language import tr
from app.session.look.glyphs import Glyph
from app.session.look.status import STATUS_STYLES
from app.session.words import line_words
from graphviz_render import Box, Layout, Route

if TYPE_CHECKING:
    import networkx as nx

_MARGIN = 24.0
_SMALLEST = 0.62
"""So far a wide graph shrinks to its room; then one has to scroll."""
_ELBOW = 6.0
Point = tuple[float, float]


class Drawing(NamedTuple):
    markup: Markup
    width: float
    """In pixels, at full size."""


def drawing(graph: nx.MultiDiGraph[str], lines_of: dict[int, int]) -> Drawing:
    """`lines_of` gives the line of an operation by its id.  Raises LayoutError."""
    layout = sizes.placed(graph)
    frames: dict[str, FrameItem] = graph.graph["frames"]
    parts = [
        *(_frame(frames[str(key)], box) for key, box in _outer_first(layout, frames)),
        *_edges(graph, layout),
        *(_node(data["item"], layout.nodes[key], lines_of) for key, data in graph.nodes(data=True)),
    ]
    wide, high = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    box = f"{number(-_MARGIN)} {number(-_MARGIN)} {number(wide)} {number(high)}"
    drawn = element(
        "svg", joined(parts), class_="graph", viewbox=box, width=wide, height=high,
        style=f"min-width: {number(_SMALLEST * wide)}px",
        role="img", aria_label=tr("The graph of the run"),
    )  # fmt: skip
    return Drawing(drawn, wide)


def _outer_first(layout: Layout, frames: dict[str, FrameItem]) -> list[tuple[object, Box]]:
    found = [(key, box) for key, box in layout.clusters.items() if str(key) in frames]
    return sorted(found, key=lambda entry: -entry[1].width * entry[1].height)


# ---------------------------------------------------------------------------------------- nodes


def _node(item: sizes.Item, box: Box, lines_of: dict[int, int]) -> Markup:
    if isinstance(item, OperationItem):
        return _operation(item, box)
    if isinstance(item, GroupItem):
        return _group(item, box)
    if isinstance(item, TensorItem):
        return _tensor(item, box)
    return _cut(item, box, lines_of.get(item.operation))


def _operation(item: OperationItem, box: Box) -> Markup:
    style = STATUS_STYLES[item.status]
    line = line_words(item.line)
    line_width = width(line, 11, mono=True)
    title = elided(item.title, box.width - 60 - line_width, 13, bold=True)
    module_at = 36 + width(item.title, 13, bold=True) + 8
    parts = [
        _box(box, 6, f"box s-{item.status}"),
        use(style.glyph, item.status, box.x + 12, box.y + 10),
        _text(box, 36, 22.5, title, "title"),
        _text(box, module_at, 22.5, elided(item.module, box.width - module_at - line_width - 24, 12,
                                           mono=True), "mono"),
        _text(box, box.width - 12, 22.5, line, "small mono end"),
        _text(box, 36, 40, item.summary or item.words, f"words t-{item.status}"),
        _text(box, box.width - 12, 40, _shapes(item, box), "small mono end"),
    ]  # fmt: skip
    if style.doubled:
        parts.insert(1, _box(Box(box.x + 3, box.y + 3, box.width - 6, box.height - 6), 3,
                             f"inner s-{item.status}"))  # fmt: skip
    if item.pills:
        y = box.y + 50.5
        parts.append(
            element("line", x1=box.x + 10, x2=box.right - 10, y1=y, y2=y, class_="divider")
        )
        parts.extend(_pills(item.pills, box))
    said = ", ".join(text for text in (item.title, item.module, line, item.words) if text)
    return element(
        "g", element("title", said), joined(parts), class_="node", tabindex=0,
        data_lines=item.line, data_operation=item.operation,
    )  # fmt: skip


def _group(item: GroupItem, box: Box) -> Markup:
    """Folded: what it is, how often, and how much of each status is in it."""
    count = f"× {item.count}" if item.count > 1 else ""
    behind = [
        _box(Box(box.x + by, box.y + by, box.width, box.height), 8, f"behind s-{item.status}")
        for by in ((8.0, 4.0) if item.count > 1 else ())
    ]
    title = elided(item.title, 150, 13, bold=True)
    detail_at = 36 + width(title, 13, bold=True) + 8
    detail = elided(item.detail, box.width - detail_at - 90, 12, mono=True)
    count_at = box.width - 84 if item.parts else box.width - 12
    parts = [
        *behind,
        _box(box, 8, f"box s-{item.status}"),
        use("chevron_right", "plain", box.x + 12, box.y + 9),
        _text(box, 36, 22.5, title, "title"),
        _text(box, detail_at, 22.5, detail, "mono"),
        _text(box, count_at, 22.5, count, "small strong end"),
        _text(box, 36, 40, elided(item.summary, box.width - 48, 12), "words"),
        *_proportions(item, Box(box.right - 76, box.y + 14, 64, 6)),
    ]
    said = element("title", f"{item.title} {item.detail}: {item.summary}")
    return element("g", said, joined(parts), class_="node", tabindex=0, data_lines=item.line)


def _proportions(item: GroupItem, bar: Box) -> Iterable[Markup]:
    whole = sum(count for _, count in item.parts) or 1
    x = bar.x
    for status, count in item.parts:
        wide = bar.width * count / whole
        yield element("rect", x=x, y=bar.y, width=wide, height=bar.height, class_=f"part-{status}")
        x += wide


def _shapes(item: OperationItem, box: Box) -> str:
    room = box.width - 60 - width(item.summary or item.words, 12)
    return elided(item.shapes, room, 11, mono=True)


def _pills(pills: tuple[Pill, ...], box: Box) -> Iterable[Markup]:
    """Rows of two; the last one counts those that there is no room for."""
    room = sizes.PILL_ROWS * sizes.PILLS_IN_ROW
    shown = len(pills) if len(pills) <= room else room - 1
    texts = [(pill.name, sizes.pill_value(pill), pill.state) for pill in pills[:shown]]
    if len(pills) > shown:
        texts.append((more(len(pills) - shown), "", "none"))
    for place, (name, value, state) in enumerate(texts):
        row, column = divmod(place, sizes.PILLS_IN_ROW)
        alone = column == 0 and place == len(texts) - 1
        wide = box.width - 20 if alone else (box.width - 28) / 2
        pill = Box(
            box.x + 10 + column * (wide + 8),
            box.y + sizes.PILL_TOP + row * (sizes.PILL_HEIGHT + sizes.PILL_GAP),
            wide,
            sizes.PILL_HEIGHT,
        )
        name = elided(name, wide - 28 - width(value, 11, mono=True), 11, mono=True)
        yield _box(pill, 11, f"pill p-{state}")
        yield _text(pill, 10, 15, name, "small mono strong")
        yield _text(pill, wide - 10, 15, value, "small mono end")


def _tensor(item: TensorItem, box: Box) -> Markup:
    glyphs: dict[str, Glyph] = {"leaf": "leaf", "frozen": "snowflake", "cut": "cut"}
    start = 32.0 if item.role in glyphs else 14.0
    name = width(item.title, 13, mono=True, bold=True)
    detail = elided(item.detail, box.width - start - 22 - min(name, 100.0), 11, mono=True)
    room = box.width - start - 22 - width(detail, 11, mono=True)
    parts = [
        _box(box, 15, f"tensor r-{item.role}"),
        _text(box, start, 19.5, elided(item.title, room, 13, mono=True, bold=True), "name"),
        _text(box, box.width - 14, 19.5, detail, "small mono end"),
    ]
    if item.role in glyphs:
        tone = "cut" if item.role == "cut" else "plain"
        parts.append(use(glyphs[item.role], tone, box.x + 12, box.y + 8, 14.0))
    said = element("title", f"{item.title} {item.detail}".strip())
    return element("g", said, joined(parts), class_="node", data_tensor=item.tensor)


def _cut(item: CutItem, box: Box, line: int | None) -> Markup:
    parts = [
        _box(box, 6, "cut"),
        _box(Box(box.x, box.y, 61, box.height), 6, "cut-block"),
        _text(box, 11, 18.5, f"// {tr('CUT')}", "cut-word"),
        _text(box, 71, 18.5, elided(item.text, box.width - 80, 12), "words t-cut"),
    ]
    return element("g", element("title", item.text), joined(parts), class_="node", data_lines=line)


# ------------------------------------------------------------------------------ edges and frames


def _edges(graph: nx.MultiDiGraph[str], layout: Layout) -> list[Markup]:
    """Where one value goes to many, it is named at the first edge."""
    lines: list[Markup] = []
    labels: list[Markup] = []
    said: set[tuple[str, EdgeItem]] = set()
    for source, target, key, data in graph.edges(keys=True, data=True):
        item: EdgeItem = data["item"]
        route = layout.edges[source, target, key]
        lines.append(_edge(item, route))
        if (source, item) not in said and (item.name or item.detail):
            said.add((source, item))
            labels.append(_label(item, route))
    return lines + labels


def _edge(item: EdgeItem, route: Route) -> Markup:
    points = route.points
    tunnel = route.kind == "tunnel"
    path = _line(points[:2]) + _line(points[2:]) if tunnel else _rounded(points)
    parts = [element("path", d=path, class_=f"edge e-{item.kind}")]
    if item.kind == "data":
        parts.append(_arrow(points[-2], points[-1]))
    elif item.kind in ("gradient", "waiting"):
        parts.append(_chevron(points))
    return joined(parts)


def _line(points: list[Point]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def _rounded(points: list[Point]) -> str:
    """A way along straight pieces whose corners are a little round."""
    words = [f"M{_at(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        words.append(
            f"L{_at(_towards(corner, before))}Q{_at(corner)} {_at(_towards(corner, after))}"
        )
    return "".join([*words, f"L{_at(points[-1])}"])


def _towards(start: Point, end: Point) -> Point:
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    share = min(_ELBOW / length, 0.5)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _arrow(before: Point, tip: Point) -> Markup:
    x, y = _direction(before, tip)
    back = tip[0] - 7 * x, tip[1] - 7 * y
    corners = (tip, (back[0] - 4.5 * y, back[1] + 4.5 * x), (back[0] + 4.5 * y, back[1] - 4.5 * x))
    return element("path", d=_line(list(corners)) + "Z", class_="arrow")


def _chevron(points: list[Point]) -> Markup:
    """In the middle of the longest piece, against the way of the data."""
    pieces = list(pairwise(points))
    start, end = max(
        pieces, key=lambda piece: hypot(piece[1][0] - piece[0][0], piece[1][1] - piece[0][1])
    )
    x, y = _direction(start, end)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    tip = middle[0] - 2.5 * x, middle[1] - 2.5 * y
    foot = middle[0] + 2.5 * x, middle[1] + 2.5 * y
    path = _line([(foot[0] - 5 * y, foot[1] + 5 * x), tip, (foot[0] + 5 * y, foot[1] - 5 * x)])
    return joined(
        [element("path", d=path, class_="halo"), element("path", d=path, class_="chevron")]
    )


def _direction(start: Point, end: Point) -> Point:
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    return (end[0] - start[0]) / length, (end[1] - start[1]) / length


def _label(item: EdgeItem, route: Route) -> Markup:
    room = sizes.label_width(item)
    if route.label is not None:
        x, y = route.label[0] - room / 2 + 7, route.label[1] + 4
    else:
        x, y = route.points[0][0] + 14, route.points[0][1] + 20
    name = elided(item.name, room, 11, mono=True)
    left = room - width(name, 11, mono=True) - 8
    detail = elided(item.detail, left, 11) if left > 20 else ""
    spans = [element("tspan", name, class_="name"), element("tspan", detail, dx=8 if name else 0)]
    return element("text", *spans, x=x, y=y, class_=f"label l-{item.kind}")


def _frame(item: FrameItem, box: Box) -> Markup:
    style = STATUS_STYLES[item.status]
    line = line_words(item.line)
    title = elided(item.title, box.width - 48 - width(line, 11), 12, mono=True, bold=True)
    parts = [
        _box(box, 8, f"frame s-{item.status}"),
        use(style.glyph, item.status, box.x + 10, box.y + 5, 15.0),
        _text(box, 30, 17, title, f"frame-title t-{item.status}"),
        _text(box, box.width - 12, 17, line, f"small end t-{item.status}"),
    ]
    return element("g", joined(parts), data_lines=item.line)


def _box(box: Box, radius: int, classes: str) -> Markup:
    return element(
        "rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=radius, class_=classes
    )


def _text(box: Box, x: float, y: float, text: str, classes: str) -> Markup:
    return element("text", text, x=box.x + x, y=box.y + y, class_=classes) if text else Markup()
