"""A graph as SVG: frames, the ways of values and of the gradient, nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from app.report.edges import edges
from app.report.glyphs import use
from app.report.markup import Markup, element, joined, number
from app.report.metrics import FACES, MEASURE
from app.report.nodes import node, said
from app.report.svg import box, text
from app.session.graph_items import FrameItem
from app.session.look import geometry as g
from app.session.look.measure import NodeItem, is_compact
from app.session.look.status import STATUS_STYLES
from app.session.words import line_words, step_words
from graphviz_render import Box, Layout, layout

if TYPE_CHECKING:
    import networkx as nx

_MARGIN = 24.0

Attributes = Mapping[str, str | int | None]
"""What a node's tag says beside its looks: what it is tied to."""


class Drawing(NamedTuple):
    markup: Markup
    width: float
    height: float
    """In pixels, at full size."""


def drawing(
    graph: nx.MultiDiGraph[str], title: str, ties: Callable[[str, NodeItem], Attributes]
) -> Drawing:
    """`ties` gives the attributes of each node by its key.  Raises LayoutError."""
    placed = layout(
        MEASURE.measured(graph),
        node_gap=g.NODE_GAP,
        rank_gap=g.RANK_GAP,
        routing="orthogonal",
    )
    frames: dict[str, FrameItem] = graph.graph["frames"]
    shown = _outer_first(placed, frames)
    flows = (((s, t, key), data["item"]) for s, t, key, data in graph.edges(keys=True, data=True))
    parts = [
        *(_frame(frame, place) for frame, place in shown),
        edges(flows, placed.edges, MEASURE.edge_labels(graph)),
        *(_header(frame, place) for frame, place in shown),
        *_nodes(graph, placed, frames, ties),
    ]
    wide, high = placed.width + 2 * _MARGIN, placed.height + 2 * _MARGIN
    view = f"{number(-_MARGIN)} {number(-_MARGIN)} {number(wide)} {number(high)}"
    drawn = element(
        "svg", joined(parts), class_="graph", viewbox=view, width=wide, height=high,
        role="group", aria_label=title,
    )  # fmt: skip
    return Drawing(drawn, wide, high)


def _outer_first(placed: Layout, frames: dict[str, FrameItem]) -> list[tuple[FrameItem, Box]]:
    found = [(frames[str(key)], b) for key, b in placed.clusters.items() if str(key) in frames]
    return sorted(found, key=lambda entry: -entry[1].width * entry[1].height)


def _nodes(
    graph: nx.MultiDiGraph[str],
    placed: Layout,
    frames: dict[str, FrameItem],
    ties: Callable[[str, NodeItem], Attributes],
) -> Iterable[Markup]:
    for key, data in graph.nodes(data=True):
        item: NodeItem = data["item"]
        place = placed.nodes[key]
        compact = is_compact(item, frames.get(data.get("cluster", "")))
        yield element(
            "g",
            element("title", said(item)),
            node(item, place, compact=compact),
            class_="node",
            role="button",
            tabindex=-1,
            transform=f"translate({round(place.x)} {round(place.y)})",
            **ties(key, item),
        )


def _frame(item: FrameItem, place: Box) -> Markup:
    looks = "plain-frame" if _is_plain(item) else f"s-{item.status}"
    return box(place.x, place.y, place.width, place.height, g.FRAME_RADIUS, f"frame {looks}")


def _is_plain(item: FrameItem) -> bool:
    """Whether a frame holds a module or a composite and says nothing of a grad mode."""
    return item.kind in ("operation", "module")


def _header(item: FrameItem, place: Box) -> Markup:
    """Glyph, title and line of a region; what an open group is and holds."""
    plain = _is_plain(item)
    tone = "second" if plain else f"t-{item.status}"
    ground = "ground-plain" if plain else f"ground s-{item.status}"
    left, right = place.x + 11, place.right - g.FRAME_PADDING
    baseline = place.y + (20.5 if item.group else 18)
    end = _end_words(item)
    right -= FACES.small.width(end) + 12 if end else 0
    title = FACES.mono_bold.elided(item.title, right - left - 20)
    start = left + 20
    after = start + FACES.mono_bold.width(title)
    summary = FACES.plain.elided(item.summary, right - after - 12) if right - after > 60 else ""
    covered = after + (12 + FACES.plain.width(summary) if summary else 0)
    glyph = "chevron_down" if plain else STATUS_STYLES[item.status].glyph
    return element(
        "g",
        box(left - 3, place.y + 5, covered - left + 6, 18, 0, ground),
        use(glyph, "plain" if plain else item.status, left, baseline - 11.5, 14.0),
        text(start, baseline, title, "frame-title" if plain else f"frame-title {tone}"),
        text(after + 12, baseline, summary, "second"),
        text(place.right - g.FRAME_PADDING, baseline, end, f"s end {tone}"),
        data_lines=item.line,
    )


def _end_words(item: FrameItem) -> str:
    """At the right end: which pass of a loop is shown, or the line."""
    return step_words(item.stepper) if item.stepper is not None else line_words(item.line)
