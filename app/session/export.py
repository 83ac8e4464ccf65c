"""The drawn graph with Graphviz's own attributes, for pictures and DOT files without a window.

The colours are the light theme's.  Graphviz has no dashes of its own making and no glyphs, so a
status is told by its word, its colour and the nearest of solid, dashed and dotted.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx

from app.contract.records import Number, Trace
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
from app.session.language import tr
from app.session.words import line_words

_TEXT, _SECONDARY, _LINE = "#191D22", "#4A5460", "#818B97"
_CANVAS, _RAISED, _NODE = "#F4F6F8", "#FAFBFC", "#FFFFFF"
_GRADIENT, _GRADIENT_TEXT = "#0072B2", "#005A8F"
_CUT, _CUT_TEXT, _CUT_FILL = "#C24E00", "#9E3F00", "#FCEDE4"
_FONT, _SMALL = "Helvetica,Arial,sans-serif", 11


class _Look(NamedTuple):
    border: str
    text: str
    fill: str
    style: str
    borders: int = 1


_LOOKS: dict[StatusKey, _Look] = {
    "recorded": _Look("#00805D", "#00664A", _NODE, "solid"),
    "no_grad": _Look("#B36B00", "#7F4C00", "#FCF1DD", "dashed"),
    "inference_mode": _Look("#A64D7F", "#8A3866", "#F9ECF3", "dashed"),
    "no_input_requires_grad": _Look("#4B7F9B", "#2F5F79", "#E8F2F7", "dotted"),
    "not_differentiable": _Look("#767E88", "#525B66", "#EFF1F3", "dashed"),
    "detached": _Look(_CUT, _CUT_TEXT, _CUT_FILL, "dashed"),
    "left_torch": _Look("#857A00", "#605800", "#F8F5D9", "solid", 2),
    "neutral": _Look(_LINE, _SECONDARY, _RAISED, "solid"),
}
_BY_NAME = ("no_grad", "inference_mode")
"""Statuses that go by the name that torch gives the mode."""


def styled(trace: Trace, drawn: nx.MultiDiGraph[str] | None = None) -> nx.MultiDiGraph[str]:
    """A drawn graph of `trace`, every part with a mapping `dot` of DOT attributes.

    `drawn` is left as it is; without one it is `app.session.graph.build` of `trace`.
    """
    graph = build(trace) if drawn is None else drawn.copy()
    graph.graph["dot"] = _graph_attributes(trace)
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


def _graph_attributes(trace: Trace) -> dict[str, Any]:
    name = "snippet" if trace.snippet.path is None else Path(trace.snippet.path).name
    counts = (
        f"{count} {status if status in _BY_NAME else status.replace('_', ' ')}"
        for status, count in status_counts(trace).items()
        if count and status != "neutral"
    )
    return {
        "label": "   ".join([name, *counts]),
        "labelloc": "t",
        "fontname": _FONT,
        "fontsize": 13,
        "fontcolor": _SECONDARY,
        "bgcolor": _CANVAS,
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
        return _box([f"{tr('CUT')}   {item.text}"], _CUT_TEXT, _CUT_FILL, _CUT, "solid")
    color = _CUT if item.role == "cut" else _LINE
    style = "dotted" if item.role == "frozen" else "solid"
    return _box([f"{item.title}   {item.detail}".rstrip()], _TEXT, _RAISED, color, style)


def _operation(item: OperationItem) -> dict[str, Any]:
    look = _LOOKS[item.status]
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
    look = _LOOKS[item.status]
    count = f"×{item.count:,}" if item.count > 1 else ""
    rows = [_spaced((item.title, item.detail, count)), item.summary]
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
             "fontsize": _SMALL, "fontcolor": _SECONDARY}  # fmt: skip
    match item.kind:
        case "gradient":
            return {**label, "color": _GRADIENT, "fontcolor": _GRADIENT_TEXT, "penwidth": 3,
                    "dir": "back", "arrowtail": "vee"}  # fmt: skip
        case "cut":
            return {**label, "color": _CUT, "style": "dashed", "penwidth": 1.5, "arrowhead": "none"}
    return {**label, "color": _LINE, "penwidth": 1.5}


def _frame(item: FrameItem) -> dict[str, Any]:
    look = _LOOKS[item.status]
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
