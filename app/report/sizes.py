"""How large each thing of the graph is drawn on the page, and where the layout puts it."""

from __future__ import annotations

import networkx as nx

from app.report.metrics import width
from app.session.graph.frames import holding
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
from app.session.words import line_words
from graphviz_render import Layout, layout

Item = OperationItem | GroupItem | TensorItem | CutItem

LEAST, MOST, STEP = 240.0, 320.0, 8
HEIGHT, PILL_TOP, PILL_HEIGHT, PILL_GAP = 48.0, 56.0, 22.0, 8.0
PILLS_IN_ROW, PILL_ROWS = 2, 3
LABEL_WIDTH, LABEL_HEIGHT = 190.0, 16.0
_NODE_GAP, _RANK_GAP = 32.0, 30.0
_FRAME_PADDING, _FRAME_HEADER = 16.0, 16.0


def placed(graph: nx.MultiDiGraph[str]) -> Layout:
    """Raises LayoutError."""
    frames: dict[str, FrameItem] = graph.graph["frames"]
    sized: nx.MultiDiGraph[str] = nx.MultiDiGraph(clusters=_clusters(graph, frames))
    sizes = {key: node_size(data["item"]) for key, data in graph.nodes(data=True)}
    column = max((wide for key, (wide, _) in sizes.items() if _is_operation(graph, key)), default=0)
    for key, data in graph.nodes(data=True):
        wide, high = sizes[key]
        wide = column if _is_operation(graph, key) else wide
        sized.add_node(key, width=wide, height=high)
        if data.get("cluster") in frames:
            sized.nodes[key]["cluster"] = data["cluster"]
    for source, target, key, data in graph.edges(keys=True, data=True):
        sized.add_edge(source, target, key=key, **_label_room(data["item"]))
    return layout(sized, node_gap=_NODE_GAP, rank_gap=_RANK_GAP, routing="orthogonal")


def _is_operation(graph: nx.MultiDiGraph[str], key: str) -> bool:
    """Operations are all as wide as the widest: columns are read more easily."""
    return isinstance(graph.nodes[key]["item"], OperationItem)


def node_size(item: Item) -> tuple[float, float]:
    if isinstance(item, TensorItem):
        return _snapped(_tensor_width(item), 120.0), 30.0
    if isinstance(item, GroupItem):
        return MOST, HEIGHT
    if isinstance(item, CutItem):
        return _snapped(67 + width(item.text, 12) + 24, 304.0, 440.0), 28.0
    wanted = max(_title_width(item), _status_width(item), _pills_width(item))
    rows = pill_rows(len(item.pills))
    high = HEIGHT if not rows else PILL_TOP + rows * (PILL_HEIGHT + PILL_GAP) - 2
    return _snapped(wanted, LEAST), high


def pill_rows(count: int) -> int:
    return min(PILL_ROWS, -(-count // PILLS_IN_ROW))


def _snapped(wanted: float, least: float, most: float = MOST) -> float:
    return min(most, max(least, -(-wanted // STEP) * STEP))


def _title_width(item: OperationItem) -> float:
    line = line_words(item.line)
    return (36 + width(item.title, 13, bold=True) + 8 + width(item.module, 12, mono=True)
            + 12 + width(line, 11, mono=True) + 12)  # fmt: skip


def _status_width(item: OperationItem) -> float:
    words = width(item.summary or item.words, 12)
    return 36 + words + 12 + width(item.shapes, 11, mono=True) + 12


def pill_value(pill: Pill) -> str:
    """What stands at the right of a parameter's name."""
    if pill.state in ("none", "waiting"):
        return "None"
    if pill.state == "frozen":
        return tr("frozen")
    if pill.state == "bad":
        return "NaN" if pill.summary is None or pill.summary.nan else "Inf"
    norm = pill.summary.norm if pill.summary is not None else None
    if not isinstance(norm, (int, float)):
        return "grad"
    return tr("norm {norm}").format(norm=f"{norm:.3g}")


def _pills_width(item: OperationItem) -> float:
    """Room for two side by side, as wide as the widest of them wants to be."""
    texts = (f"{pill.name}  {pill_value(pill)}" for pill in item.pills)
    widest = max((width(text, 11, mono=True) for text in texts), default=0.0)
    columns = min(PILLS_IN_ROW, len(item.pills))
    return columns * (widest + 24) + 28 if item.pills else 0.0


def _tensor_width(item: TensorItem) -> float:
    return (
        32
        + width(item.title, 13, mono=True, bold=True)
        + 16
        + width(item.detail, 11, mono=True)
        + 14
    )


def _label_room(item: EdgeItem) -> dict[str, float]:
    text = label_width(item)
    return {"label_width": text + 14, "label_height": LABEL_HEIGHT - 10} if text else {}


def label_width(item: EdgeItem) -> float:
    if not (item.name or item.detail):
        return 0.0
    both = width(item.name, 11, mono=True) + 8 + width(item.detail, 11)
    return min(LABEL_WIDTH, both)


def _clusters(
    graph: nx.MultiDiGraph[str], frames: dict[str, FrameItem]
) -> dict[str, dict[str, str | float | None]]:
    used = holding(graph, frames)
    return {
        key: {"parent": frame.parent, "margin": _FRAME_PADDING, "header": _FRAME_HEADER}
        for key, frame in frames.items()
        if key in used
    }
