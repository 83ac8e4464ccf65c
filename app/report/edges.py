"""Edges as SVG: where values flow, where the gradient came back, and where it was cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from app.report.markup import Markup, element, joined
from app.report.metrics import FACES
from app.report.svg import Point, direction, length, rounded, straight, text
from app.session.graph_items import EdgeItem
from app.session.graph_part import EdgeKey
from app.session.look import geometry as g
from app.session.look.measure import Label
from graphviz_render import Route


def edges(
    items: Iterable[tuple[EdgeKey, EdgeItem]],
    routes: Mapping[tuple[object, object, object], Route],
    labels: Mapping[EdgeKey, Label],
) -> Markup:
    """All lines, and above them all labels."""
    lines: list[Markup] = []
    words: list[Markup] = []
    for key, item in items:
        route = routes[key]
        lines.append(_edge(item, route))
        if (label := labels.get(key)) is not None:
            words.append(_label(item, label, route))
    return joined([*lines, *words])


def _edge(item: EdgeItem, route: Route) -> Markup:
    points = route.points
    if route.kind == "tunnel":
        way = straight(points[:2]) + straight(points[-2:])
    else:
        way = rounded(points)
    parts = [element("path", d=way, class_=f"edge e-{item.kind}")]
    if item.kind == "data":
        parts.append(_arrow(points[-2], points[-1]))
    elif item.kind in ("gradient", "waiting"):
        parts.extend(_chevrons(route))
    return joined(parts)


def _arrow(before: Point, tip: Point) -> Markup:
    x, y = direction(before, tip)
    back, half = g.ARROW_LENGTH, g.ARROW_HALF_WIDTH
    foot = tip[0] - back * x, tip[1] - back * y
    corners = (
        tip,
        (foot[0] - half * y, foot[1] + half * x),
        (foot[0] + half * y, foot[1] - half * x),
    )
    return element("path", d=straight(corners) + "Z", class_="arrow")


def _chevrons(route: Route) -> Iterable[Markup]:
    """In the middle of the longest piece that is drawn, against the way of the data."""
    pieces = list(pairwise(route.points))
    if route.kind == "tunnel":
        pieces = [pieces[0], pieces[-1]]
    start, end = max(pieces, key=lambda piece: length(*piece))
    x, y = direction(start, end)
    two = length(start, end) > g.TWO_CHEVRONS_ABOVE
    half, tall = g.CHEVRON_HALF_WIDTH, g.CHEVRON_HALF_HEIGHT
    for offset in (-g.CHEVRON_SPACING / 2, g.CHEVRON_SPACING / 2) if two else (0.0,):
        middle = (start[0] + end[0]) / 2 + x * offset, (start[1] + end[1]) / 2 + y * offset
        tip = middle[0] - tall * x, middle[1] - tall * y
        foot = middle[0] + tall * x, middle[1] + tall * y
        way = straight(
            [
                (foot[0] - half * y, foot[1] + half * x),
                tip,
                (foot[0] + half * y, foot[1] - half * x),
            ]
        )
        yield element("path", d=way, class_="halo")
        yield element("path", d=way, class_="chevron")


def _label(item: EdgeItem, label: Label, route: Route) -> Markup:
    """Where the layout kept room for it, else right of where the edge begins."""
    if route.label is not None:
        x = route.label[0] + (g.LABEL_GAP - label.width) / 2
        y = route.label[1] - label.height / 2
    else:
        x, y = route.points[0][0] + g.LABEL_GAP, route.points[0][1] + 6
    detail = f"detail l-{item.kind}"
    if label.two_lines:
        return joined(
            [
                text(x, y + 12, label.name, "label name"),
                text(x, y + 11 + g.LABEL_HEIGHT, label.detail, f"label {detail}"),
            ]
        )
    gap = FACES.small_mono_bold.width(label.name) + 8 if label.name else 0
    return joined(
        [
            text(x, y + 12, label.name, "label name"),
            text(x + gap, y + 12, label.detail, f"label {detail}"),
        ]
    )
