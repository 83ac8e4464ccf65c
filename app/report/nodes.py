"""Nodes as SVG, as the window draws them: operations with their pills, groups, tensors, cuts."""

from __future__ import annotations

from collections.abc import Iterable

from app.report.glyphs import use
from app.report.markup import Markup, element, joined
from app.report.metrics import FACES, MEASURE
from app.report.svg import box, text
from app.session.details.pictures import as_rows
from app.session.explain.phrases import more
from app.session.graph_items import CutItem, GroupItem, OperationItem, Pill, TensorItem
from app.session.language import tr
from app.session.look import geometry as g
from app.session.look.marks import ROLES
from app.session.look.measure import (
    NodeItem,
    compact_module,
    cut_block,
    group_count,
    pill_places,
    pill_value,
    pills_shown,
    proportions,
)
from app.session.look.status import STATUS_STYLES
from app.session.words import line_words
from graphviz_render import Box

_MAP_WIDTH, _MAP_HEIGHT, _CELL = 24.0, 12.0, 10.0


def node(item: NodeItem, place: Box, *, compact: bool) -> Markup:
    """What is drawn of a node, with its top left corner at the origin."""
    if isinstance(item, GroupItem):
        return _group(item, place)
    if isinstance(item, TensorItem):
        return _tensor(item, place)
    if isinstance(item, CutItem):
        return _cut(item, place)
    if compact:
        return _compact(item, place)
    return _operation(item, place)


def said(item: NodeItem) -> str:
    """A node in words, for whoever hears the page or points at the node."""
    if isinstance(item, CutItem):
        return item.text
    if isinstance(item, TensorItem):
        return f"{item.title} {item.detail}".strip()
    line = line_words(item.line)
    if isinstance(item, GroupItem):
        parts = (f"{item.title} {item.detail}".strip(), group_count(item), line, item.summary)
    else:
        parts = (item.title, item.module, line, item.summary or item.words)
    return ", ".join(part for part in parts if part)


# ------------------------------------------------------------------------------------ operations


def _operation(item: OperationItem, place: Box) -> Markup:
    style = STATUS_STYLES[item.status]
    parts = [*_outline(item, place)]
    if style.doubled:
        inner = box(
            3, 3, place.width - 6, place.height - 6, g.NODE_RADIUS - 2, "inner s-" + item.status
        )
        parts.append(inner)
    parts.append(use(style.glyph, item.status, g.NODE_INSET, g.GLYPH_TOP))
    parts.extend(_title(item, place.width))
    parts.extend(_status(item, place.width))
    if item.pills:
        y = g.DIVIDER_TOP
        right = place.width - g.PILL_INSET
        parts.append(element("line", x1=g.PILL_INSET, x2=right, y1=y, y2=y, class_="divider"))
        parts.extend(_pills(item.pills, place.width))
    return joined(parts)


def _outline(item: OperationItem, place: Box) -> Iterable[Markup]:
    """The box; two more below it where it holds others."""
    if item.summary:
        for offset in (8.0, 4.0):
            width = place.width - 2 * offset
            yield box(offset, offset, width, place.height, g.NODE_RADIUS, f"behind s-{item.status}")
    yield box(0, 0, place.width, place.height, g.NODE_RADIUS, f"box s-{item.status}")


def _title(item: OperationItem, width: float) -> Iterable[Markup]:
    """Name, module path and line; the module's path gives way first, the name last."""
    left, right = float(g.TITLE_X), width - g.NODE_INSET
    if line := line_words(item.line):
        yield text(right, g.TITLE_BASELINE, line, "sm end third")
        right -= FACES.small_mono.width(line) + 12
    title = FACES.title.elided(item.title, right - left)
    yield text(left, g.TITLE_BASELINE, title, "title")
    left += FACES.title.width(title) + 10
    if item.module and right - left > 24:
        yield text(left, g.TITLE_BASELINE, FACES.mono.elided(item.module, right - left), "m")


def _status(item: OperationItem, width: float) -> Iterable[Markup]:
    left, right = float(g.TITLE_X), width - g.NODE_INSET
    words = FACES.plain.elided(item.summary or item.words, right - left)
    yield text(left, g.STATUS_BASELINE, words, f"t-{item.status}")
    room = right - left - FACES.plain.width(words) - 10
    yield text(right, g.STATUS_BASELINE, MEASURE.fitting_shapes(item.shapes, room), "sm end")


def _compact(item: OperationItem, place: Box) -> Markup:
    baseline = place.height / 2 + 4.5
    title = FACES.plain.elided(item.title, place.width - g.COMPACT_TITLE_X - 8)
    x = g.COMPACT_TITLE_X + FACES.plain.width(title) + 8
    module = FACES.mono.elided(compact_module(item), place.width - 8 - x)
    return joined(
        [
            *_outline(item, place),
            use(STATUS_STYLES[item.status].glyph, item.status, g.NODE_INSET,
                (place.height - g.GLYPH) / 2),
            text(g.COMPACT_TITLE_X, baseline, title, "plain"),
            text(x, baseline, module, "m"),
        ]
    )  # fmt: skip


# ----------------------------------------------------------------------------------------- pills


def _pills(pills: tuple[Pill, ...], width: float) -> Iterable[Markup]:
    """The last one counts those that there is no room for."""
    shown = pills_shown(len(pills))
    count = shown + (len(pills) > shown)
    for number, (x, y, wide) in enumerate(pill_places(count, width)):
        if number < shown:
            yield _pill(pills[number], x, y, wide)
        else:
            yield box(x, y, wide, g.PILL_HEIGHT, 10.5, "pill")
            yield text(x + g.PILL_PADDING, y + 15, more(len(pills) - shown), "s")


def _pill(pill: Pill, x: float, y: float, width: float) -> Markup:
    right = x + width - g.PILL_PADDING
    values = pill.summary.values if pill.summary is not None else None
    taken, parts = 0.0, []
    if pill.state == "value" and values is not None:
        drawn, taken = _heat(values, right, y + g.PILL_HEIGHT / 2)
        parts.append(drawn)
    elif pill.state == "frozen":
        parts.append(use("padlock", "no_input_requires_grad", right - 12, y + 5, 12.0))
        taken = 12.0
    elif words := pill_value(pill):
        parts.append(text(right, y + 15, words, f"sm end v-{pill.state}"))
        taken = FACES.small_mono.width(words)
        if pill.state == "bad":
            parts.append(use("warning", "cut", right - taken - 16, y + 4, 13.0))
            taken += 16
    name = FACES.small_mono.elided(pill.name, width - 2 * g.PILL_PADDING - taken - 4)
    return element(
        "g",
        box(x, y, width, g.PILL_HEIGHT, 10.5, f"pill p-{pill.state}"),
        *parts,
        text(x + g.PILL_PADDING, y + 15, name, "sm first"),
        data_tensor=pill.tensor,
    )


def _heat(values: object, right: float, middle: float) -> tuple[Markup, float]:
    """The values as cells, in shares of the largest; and how wide that is."""
    rows = as_rows(values)
    columns = max(len(row) for row in rows)
    cell_width = min(_CELL, _MAP_WIDTH / columns)
    cell_height = min(8.0, _MAP_HEIGHT / len(rows))
    width, height = cell_width * columns, cell_height * len(rows)
    finite = [abs(value) for row in rows for value in row if abs(value) < float("inf")]
    largest = max(finite, default=0.0) or 1.0
    left, top = right - width, middle - height / 2
    cells = [
        element(
            "rect", x=left + column * cell_width, y=top + row * cell_height,
            width=cell_width, height=cell_height,
            class_="heat-n" if value < 0 else "heat-p",
            fill_opacity=f"{0.15 + 0.85 * share:.2f}",
        )
        for row, line in enumerate(rows)
        for column, value in enumerate(line)
        if (share := abs(value) / largest) >= 0.004
    ]  # fmt: skip
    outline = box(left - 0.5, top - 0.5, width + 1, height + 1, 0, "heat-box")
    return joined([outline, *cells]), width


# ------------------------------------------------------------------------- groups, tensors, cuts


def _group(item: GroupItem, place: Box) -> Markup:
    """Folded: what it is, how often, and how much of each status is in it."""
    parts = []
    if item.count > 1:
        for offset in (2.0 * g.STACK_OFFSET, float(g.STACK_OFFSET)):
            width = place.width - 2 * offset
            parts.append(
                box(offset, offset, width, place.height, g.NODE_RADIUS, f"behind s-{item.status}")
            )
    parts.append(box(0, 0, place.width, place.height, g.NODE_RADIUS, f"box s-{item.status}"))
    if item.can_open:
        parts.append(use("chevron_right", "plain", 11, 10, float(g.GROUP_GLYPH)))
    else:
        glyph = STATUS_STYLES[item.status].glyph
        parts.append(use(glyph, item.status, 11, 10, float(g.GROUP_GLYPH)))
    left, right = float(g.GROUP_TITLE_X), place.width - g.NODE_INSET
    if count := group_count(item):
        parts.append(text(right, g.TITLE_BASELINE, count, "m end"))
        right -= FACES.mono.width(count) + 10
    title = FACES.title_mono.elided(item.title, right - left)
    parts.append(text(left, g.TITLE_BASELINE, title, "name"))
    left += FACES.title_mono.width(title) + 10
    if item.detail and right - left > 24:
        detail = FACES.mono.elided(item.detail, right - left)
        parts.append(text(left, g.TITLE_BASELINE, detail, "m"))
    parts.extend(_proportions(item))
    left = g.GROUP_TITLE_X + g.GROUP_BAR_WIDTH + 8.0
    words = FACES.plain.elided(item.summary, place.width - g.NODE_INSET - left)
    parts.append(text(left, g.STATUS_BASELINE, words, "second"))
    return joined(parts)


def _proportions(item: GroupItem) -> Iterable[Markup]:
    """The share of each status."""
    y = g.STATUS_BASELINE - 8
    for status, x, width in proportions(item):
        place = g.GROUP_TITLE_X + x
        yield box(place, y, width, g.GROUP_BAR_HEIGHT, 2, f"part part-{status}")


def _tensor(item: TensorItem, place: Box) -> Markup:
    start = float(g.TENSOR_INSET)
    parts = [box(0, 0, place.width, place.height, place.height / 2 - 1, f"tensor r-{item.role}")]
    if item.role in ROLES:
        glyph, tone = ROLES[item.role]
        parts.append(use(glyph, tone, 12, 8, float(g.TENSOR_GLYPH)))
        start = float(g.TENSOR_TITLE_X)
    room = place.width - start - g.TENSOR_INSET
    title = FACES.title_mono.elided(item.title, room)
    parts.append(text(start, 19.5, title, "name"))
    room -= FACES.title_mono.width(title) + 10
    if room >= 24:
        detail = FACES.small_mono.elided(item.detail, room)
        parts.append(text(place.width - g.TENSOR_INSET, 19, detail, "sm end"))
    return joined(parts)


def _cut(item: CutItem, place: Box) -> Markup:
    width = round(cut_block(FACES))
    words = FACES.plain.elided(item.text, place.width - width - 16)
    radius = g.NODE_RADIUS
    block = (
        f"M{radius} 0H{width}V{g.CUT_HEIGHT}H{radius}A{radius} {radius} 0 0 1 0 "
        f"{g.CUT_HEIGHT - radius}V{radius}A{radius} {radius} 0 0 1 {radius} 0Z"
    )
    return joined(
        [
            box(0, 0, place.width, place.height, radius, "box cut"),
            element("path", d=block, class_="cut-block"),
            use("cut", "on", 7, 7, 14.0),
            text(g.CUT_WORD_X, 18.5, tr("CUT"), "cut-word"),
            text(width + 9, 18.5, words, "t-cut"),
        ]
    )
