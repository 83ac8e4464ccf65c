"""Graphviz's attributes for a drawn graph: labels made here, and the looks of the drawing.

The colours are those of the light theme.  Graphviz has neither glyphs nor free dash patterns, so a
status has its word, its colour, and the nearest of solid, dashed and dotted.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, assert_never

import networkx as nx

from app.contract.records import Number
from app.drawing.edges import BORDERS, label_color
from app.drawing.frames import ground, title_color
from app.drawing.nodes import outline
from app.drawing.shapes import Border, Rect
from app.session.graph.building import build
from app.session.graph.payloads import (
    CutItem,
    EdgeItem,
    FrameItem,
    GroupItem,
    OperationItem,
    Pill,
    TensorItem,
)
from app.session.language import number, tr
from app.session.look.colors import BY_ROLE, Color, written
from app.session.look.measure import NodeItem, group_count
from app.session.look.status import STATUS_STYLES
from app.session.run import Run
from app.session.summary.counts import status_counts
from app.session.words import line_words
from graphviz_render import Box

_FONT, _SMALL = "Helvetica,Arial,sans-serif", 11
_HEX = BY_ROLE["light"]
_ANYWHERE = Box(0, 0, 0, 0)


def styled(run: Run, drawn: nx.MultiDiGraph[str] | None = None) -> nx.MultiDiGraph[str]:
    """Return a copy of a drawn graph in which every part has a mapping `dot` of DOT attributes.

    `drawn` is not changed; by default it is `app.session.graph.building.build` of `run`.
    """
    graph = build(run) if drawn is None else drawn.copy()
    graph.graph["dot"] = _graph_attributes(run)
    for _, data in graph.nodes(data=True):
        data["dot"] = _node(data["item"])
    for _, _, data in graph.edges(data=True):
        data["dot"] = _edge(data["item"])
    frames: dict[str, FrameItem] = graph.graph["frames"]
    graph.graph["clusters"] = {
        key: {"parent": frame.parent, "margin": 16, "dot": _frame(frame)}
        for key, frame in frames.items()
    }
    return graph


def _graph_attributes(run: Run) -> dict[str, Any]:
    name = "snippet" if run.trace.snippet.path is None else Path(run.trace.snippet.path).name
    counts = (
        f"{number(count)} {tr(STATUS_STYLES[status].label)}"
        for status, count in status_counts(run).items()
        if count and status != "neutral"
    )
    return {
        "label": "   ".join([name, *counts]),
        "labelloc": "t",
        "fontname": _FONT,
        "fontsize": 13,
        "fontcolor": _HEX["text_secondary"],
        "bgcolor": _HEX["canvas"],
        "nodesep": 0.35,
        "ranksep": 0.45,
        "pad": 0.25,
    }


# ------------------------------------------------------------------------------------------- nodes


def _node(item: NodeItem) -> dict[str, Any]:
    match item:
        case OperationItem():
            line, words = line_words(item.line), item.summary or item.words
            rows = [
                _spaced((item.title, item.module, line)),
                _spaced((words, item.shapes)),
                *(_pill(pill) for pill in item.pills),
            ]
            color = written(item.status)
            more = {"tooltip": _spaced((item.title, item.module, line, item.words))}
        case GroupItem():
            rows = [_spaced((item.title, item.detail, group_count(item))), item.summary]
            color, more = written(item.status), {"tooltip": "\n".join((*rows, *item.missing))}
        case CutItem():
            rows, color, more = [f"{tr('CUT')}   {item.text}"], written("cut"), {}
        case TensorItem():
            rows, color, more = [f"{item.title}   {item.detail}".rstrip()], "text", {}
        case _:
            assert_never(item)
    doubled = isinstance(item, OperationItem) and STATUS_STYLES[item.status].doubled
    return {
        "label": "\n".join(row for row in rows if row),
        "shape": "box",
        **_box(outline(item, _ANYWHERE), color),
        "peripheries": 2 if doubled else 1,
        **more,
    }


def _pill(pill: Pill) -> str:
    summary = pill.summary
    if summary is None:
        value = tr("frozen") if pill.state == "frozen" else "None"
    elif pill.state == "bad":
        value = "NaN" if summary.nan else "Inf"
    else:
        value = tr("norm {norm}").format(norm=_figure(summary.norm))
    return f"{pill.name}.grad {value}"


def _figure(value: Number | None) -> str:
    return f"{value:.3g}" if isinstance(value, int | float) else str(value or tr("unknown"))


def _spaced(parts: Iterable[str]) -> str:
    return "   ".join(part for part in parts if part)


# ------------------------------------------------------------------------------- edges and frames


def _edge(item: EdgeItem) -> dict[str, Any]:
    """A gradient's arrow points back, against the data."""
    border = BORDERS[item.kind]
    heads: dict[str, str] = {}
    if item.kind == "gradient":
        heads = {"dir": "back", "arrowtail": "vee"}
    elif item.kind == "cut":
        heads = {"arrowhead": "none"}
    return {
        "label": _spaced((f" {item.name}", item.detail)),
        "fontname": _FONT,
        "fontsize": _SMALL,
        "fontcolor": _HEX[label_color(item)],
        "color": _HEX[border.color],
        "style": _line(border),
        "penwidth": border.width,
        **heads,
    }


def _frame(item: FrameItem) -> dict[str, Any]:
    return {
        "label": _spaced((item.title, item.summary, line_words(item.line))),
        "labeljust": "l",
        **_box(ground(item, _ANYWHERE), title_color(item)),
    }


def _box(rect: Rect, color: Color) -> dict[str, Any]:
    border = rect.border or Border("line")
    return {
        "style": f"rounded,filled,{_line(border)}",
        "color": _HEX[border.color],
        "fillcolor": _HEX[rect.fill or "canvas"],
        "fontcolor": _HEX[color],
        "fontname": _FONT,
        "fontsize": 12,
        "penwidth": border.width,
    }


def _line(border: Border) -> str:
    """Return the nearest line style of Graphviz."""
    return "dotted" if border.round else "dashed" if border.dash else "solid"
