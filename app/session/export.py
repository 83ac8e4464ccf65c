"""The drawn graph with Graphviz's own attributes, for pictures and DOT files without a window.

The colours are the light theme's.  Graphviz has no dashes of its own making and no glyphs, so a
status is told by its word, its colour and the nearest of solid, dashed and dotted.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, assert_never

import networkx as nx

from app.contract.records import Number
from app.session.counts import status_counts
from app.session.graph.building import build
from app.session.graph_items import (
    CutItem,
    EdgeItem,
    FrameItem,
    GroupItem,
    OperationItem,
    Pill,
    StatusKey,
    TensorItem,
)
from app.session.language import number, tr
from app.session.look.colors import LIGHT, LIGHT_TONES
from app.session.look.measure import group_count
from app.session.look.status import STATUS_STYLES
from app.session.run import Run
from app.session.words import line_words

_FONT, _SMALL = "Helvetica,Arial,sans-serif", 11
_GRADIENT, _CUT = LIGHT_TONES["gradient"], LIGHT_TONES["cut"]


class _Look(NamedTuple):
    border: str
    text: str
    fill: str
    style: str
    borders: int


def _look(status: StatusKey) -> _Look:
    """The nearest that Graphviz has."""
    tone, style = LIGHT_TONES[status], STATUS_STYLES[status]
    fill = LIGHT["node"] if status == "recorded" else tone.fill
    line = "dotted" if style.dotted else "dashed" if style.dash else "solid"
    return _Look(tone.graphic, tone.text, fill, line, 2 if style.doubled else 1)


def styled(run: Run, drawn: nx.MultiDiGraph[str] | None = None) -> nx.MultiDiGraph[str]:
    """A drawn graph of `trace`, every part with a mapping `dot` of DOT attributes.

    `drawn` is left as it is; without one it is `app.session.graph.build` of `trace`.
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
        "fontcolor": LIGHT["text_secondary"],
        "bgcolor": LIGHT["canvas"],
        "nodesep": 0.35,
        "ranksep": 0.45,
        "pad": 0.25,
    }


# ------------------------------------------------------------------------------------------- nodes


def _node(item: OperationItem | GroupItem | TensorItem | CutItem) -> dict[str, Any]:
    if isinstance(item, OperationItem):
        return _operation(item)
    if isinstance(item, GroupItem):
        return _group(item)
    if isinstance(item, CutItem):
        return _box([f"{tr('CUT')}   {item.text}"], _CUT.text, _CUT.fill, _CUT.graphic, "solid")
    color = _CUT.graphic if item.role == "cut" else LIGHT["line"]
    style = "dotted" if item.role == "frozen" else "solid"
    return _box(
        [f"{item.title}   {item.detail}".rstrip()], LIGHT["text"], LIGHT["raised"], color, style
    )


def _operation(item: OperationItem) -> dict[str, Any]:
    look = _look(item.status)
    line = line_words(item.line)
    rows = [
        _spaced((item.title, item.module, line)),
        _spaced((item.summary or item.words, item.shapes)),
        *(_pill(pill) for pill in item.pills),
    ]
    return {
        **_box(rows, look.text, look.fill, look.border, look.style),
        "peripheries": look.borders,
        "tooltip": _spaced((item.title, item.module, line, item.words)),
    }


def _group(item: GroupItem) -> dict[str, Any]:
    look = _look(item.status)
    rows = [_spaced((item.title, item.detail, group_count(item))), item.summary]
    return {
        **_box(rows, look.text, look.fill, look.border, look.style),
        "peripheries": look.borders,
        "tooltip": "\n".join((*rows, *item.missing)),
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


def _box(rows: list[str], text: str, fill: str, border: str, style: str) -> dict[str, Any]:
    return {
        "label": "\n".join(row for row in rows if row),
        "shape": "box",
        "style": f"rounded,filled,{style}",
        "color": border,
        "fillcolor": fill,
        "fontcolor": text,
        "fontname": _FONT,
        "fontsize": 12,
        "penwidth": 1.5,
    }


def _spaced(parts: Iterable[str]) -> str:
    return "   ".join(part for part in parts if part)


# ------------------------------------------------------------------------------- edges and frames


def _edge(item: EdgeItem) -> dict[str, Any]:
    """A gradient's arrow points back, against the data."""
    label = {"label": _spaced((f" {item.name}", item.detail)), "fontname": _FONT,
             "fontsize": _SMALL, "fontcolor": LIGHT["text_secondary"]}  # fmt: skip
    match item.kind:
        case "gradient":
            return {**label, "color": _GRADIENT.graphic, "fontcolor": _GRADIENT.text, "penwidth": 3,
                    "dir": "back", "arrowtail": "vee"}  # fmt: skip
        case "cut":
            return {
                **label,
                "color": _CUT.graphic,
                "style": "dashed",
                "penwidth": 1.5,
                "arrowhead": "none",
            }
        case "data" | "waiting":
            return {**label, "color": LIGHT["line"], "penwidth": 1.5}
        case _:
            assert_never(item.kind)


def _frame(item: FrameItem) -> dict[str, Any]:
    look = _look(item.status)
    return {
        "label": _spaced((item.title, item.summary, line_words(item.line))),
        "labeljust": "l",
        "style": f"rounded,filled,{look.style}",
        "color": look.border,
        "fillcolor": look.fill,
        "fontcolor": look.text,
        "fontname": _FONT,
        "fontsize": 12,
        "penwidth": 1.5,
    }
