"""How large each thing on the graph is, before anything is placed.

`measured` is what the layout gets: a copy of the graph with sizes on its nodes and edges and the
frames as clusters.  Nothing here knows where things will be placed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from app.session.graph.frames import holding
from app.session.graph.part import EdgeKey
from app.session.graph.payloads import (
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
from app.session.look import geometry as g
from app.session.look.faces import Face, Faces
from app.session.words import line_words

if TYPE_CHECKING:
    import networkx as nx

NodeItem = OperationItem | GroupItem | TensorItem | CutItem
Form = Literal["full", "row", "lined", "wide"]
"""Everything below each other, glyph and name, these with the line, or everything in one row."""
_LINE_GAP: Final = 12
_NAME_GAP: Final = 8
_CHAIN: Final = 1.35
"""Operations for each one of the longest path, up to which a graph counts as one column."""
_DENSE: Final = 16
"""A graph of more nodes has one row for each: what else there is to say is for the details."""
_AFAR: Final = 2.0
"""Rows have room for their names where they are so much smaller than at 100 %: names are not."""
_AFAR_FRAMES: Final = 2.6
"""Titles float above frames clear of each other where these are so much smaller than at 100 %."""
_NEAR: Final = 1.15
"""So much larger texts in nodes may be written where these are a little smaller than at 100 %."""
_LABEL_AFAR: Final = 1.45
"""So much larger labels of edges are written at the zoom at which they are still written."""
_LEAST_PART: Final = 4.0
"""Pixels of the bar that even a single operation of thousands gets."""


@dataclass(frozen=True, slots=True)
class Size:
    width: float
    height: float


class Room(NamedTuple):
    """Of a node that shows more of itself than others do: its key and its size."""

    key: str
    size: Size


class PillPlace(NamedTuple):
    """Of a pill, from the top left corner of its operation."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class EdgeLabel:
    """The text beside an edge: one or two lines, as they are to be drawn."""

    name: str
    detail: str
    two_lines: bool
    width: float

    @property
    def height(self) -> float:
        return g.LABEL_HEIGHT * (2 if self.two_lines else 1)


class Measure:
    """Measures things in the faces that they will be drawn in."""

    def __init__(self, faces: Faces[Face]) -> None:
        self._faces = faces

    def node_size(
        self,
        item: NodeItem,
        *,
        form: Form = "full",
        column: float = g.NODE_WIDTH,
        has_strip: bool = True,
    ) -> Size:
        """The size of a node in a graph whose operations are `column` wide.

        With `has_strip`, several alike groups have room for a cell each.
        """
        if not has_strip and isinstance(item, GroupItem):
            item = replace(item, members=())
        if isinstance(item, TensorItem):
            height = g.WIDE_TENSOR if form == "wide" else g.TENSOR_HEIGHT
            return Size(self._tensor_width(item), height)
        if isinstance(item, CutItem):
            wanted = cut_block(self._faces) + self._faces.plain.width(item.text) + 2 * g.NODE_INSET
            frame = column + 2 * g.FRAME_PADDING
            return Size(_between(frame, wanted, max(frame, g.CUT_MAX_WIDTH)), g.CUT_HEIGHT)
        if form in ("row", "lined"):
            if isinstance(item, GroupItem):
                width = max(self._row_width(item), _strip_width(item, g.STRIP_CELL_LEAST))
                return Size(width, g.COMPACT_HEIGHT + _strip_height(item))
            line = line_words(item.line) if form == "lined" else ""
            return Size(self._row_width(item, line), g.COMPACT_HEIGHT)
        if isinstance(item, GroupItem):
            wanted = max(
                self._group_title_width(item),
                self._group_summary_width(item),
                self._afar_width(item),
                _strip_width(item, g.STRIP_CELL_WIDTH),
            )
            width = _between(g.GROUP_WIDTH, wanted, g.GROUP_MAX_WIDTH)
            return Size(width, g.GROUP_HEIGHT + _strip_height(item))
        full: float = g.NODE_HEIGHT
        if rows := pill_rows(len(item.pills)):
            full = g.PILL_TOP + rows * g.PILL_HEIGHT + (rows - 1) * g.PILL_GAP + g.PILL_BOTTOM
        return Size(column, full)

    def column_width(self, items: Iterable[NodeItem]) -> float:
        """One width for all operations that are drawn in full: what the widest of them wants."""
        wanted = (
            max(self._title_width(item), self._status_width(item), self._pills_width(item))
            for item in items
            if isinstance(item, OperationItem)
        )
        return _between(g.NODE_WIDTH, max(wanted, default=0), g.NODE_MAX_WIDTH)

    def edge_label(self, item: EdgeItem) -> EdgeLabel | None:
        """One line where both parts fit into the usual room beside an edge, else two."""
        if not item.name and not item.detail:
            return None
        name_width = self._faces.small_mono_bold.width(item.name)
        detail_width = self._faces.small.width(item.detail)
        gap = _NAME_GAP if item.name and item.detail else 0
        total = name_width + gap + detail_width
        if total <= g.LABEL_MAX_WIDTH:
            return EdgeLabel(item.name, item.detail, False, _label_width(total))
        name = self._faces.small_mono_bold.elided(item.name, g.LABEL_MAX_WIDTH)
        detail = self._faces.small.elided(item.detail, g.LABEL_MAX_WIDTH)
        width = max(self._faces.small_mono_bold.width(name), self._faces.small.width(detail))
        return EdgeLabel(name, detail, bool(name and detail), _label_width(width))

    def measured(
        self,
        graph: nx.MultiDiGraph[str],
        *,
        upright: bool = True,
        room: Room | None = None,
        wide: Size | None = None,
        in_rows: bool = False,
        is_close: bool = False,
        least_height: float = 0.0,
    ) -> nx.MultiDiGraph[str]:
        """A graph for the layout: the same nodes and edges, with sizes instead of meanings.

        A node with `room` gets that, and all others have one row, as all have with `in_rows`; with
        `wide`, operations are rows of this size.  One that `is_close` is made to be seen from afar:
        edges have no room for labels, rows of alike groups none for cells, and frames have room for
        titles that float above each other.
        No node is lower than `least_height`.
        """
        # Here, as the window is to be there before networkx is loaded.
        from app.session.graph.drawn import DrawnGraph

        frames: dict[str, FrameItem] = graph.graph.get("frames", {})
        sized: nx.MultiDiGraph[str] = DrawnGraph(clusters=_clusters(graph, frames, is_close))
        forms = forms_of(graph, room, is_wide=wide is not None, in_rows=in_rows)
        self._add_nodes(sized, graph, forms, room, wide, has_strips=not is_close)
        for node in sized.nodes.values():
            node["height"] = max(node["height"], least_height)
        labels = {} if is_close else self.edge_labels(graph)
        for source, target, key in graph.edges(keys=True):
            beside = _label_room(labels.get((source, target, key)), upright)
            sized.add_edge(source, target, key=key, **beside)
        return sized

    def edge_labels(self, graph: nx.MultiDiGraph[str]) -> dict[EdgeKey, EdgeLabel]:
        """The labels to be drawn: where one value goes to many, it is named at the first edge."""
        said: set[tuple[str, EdgeItem]] = set()
        labels: dict[EdgeKey, EdgeLabel] = {}
        for source, target, key, data in graph.edges(keys=True, data=True):
            item: EdgeItem = data["item"]
            label = self.edge_label(item)
            if label is not None and (source, item) not in said:
                said.add((source, item))
                labels[source, target, key] = label
        return labels

    def _add_nodes(
        self,
        sized: nx.MultiDiGraph[str],
        graph: nx.MultiDiGraph[str],
        forms: dict[str, Form],
        room: Room | None,
        wide: Size | None,
        *,
        has_strips: bool,
    ) -> None:
        items: dict[str, NodeItem] = {key: data["item"] for key, data in graph.nodes(data=True)}
        if wide is None:
            column = self.column_width(item for key, item in items.items() if forms[key] == "full")
        else:
            column = wide.width
        for key, item in items.items():
            if room is not None and key == room.key:
                size = room.size
            elif wide is not None and isinstance(item, (OperationItem, GroupItem)):
                size = wide
            else:
                form = forms[key]
                size = self.node_size(item, form=form, column=column, has_strip=has_strips)
            sized.add_node(key, width=size.width, height=size.height)
            if graph.nodes[key].get("cluster") in graph.graph.get("frames", ()):
                sized.nodes[key]["cluster"] = graph.nodes[key]["cluster"]

    def _row_width(self, item: OperationItem | GroupItem, line: str = "") -> float:
        """The width of a row that says its `line` too."""
        small, parts = self._faces.small_mono, row_parts(item)
        width = g.ROW_TITLE_X + self._name_width(item) + g.NODE_INSET
        width += 2 * g.ROW_GAP + small.width(line) if line else 0
        width += g.ROW_GAP + small.width(parts.detail) if parts.detail else 0
        return _between(g.COMPACT_WIDTH, max(width, self._afar_width(item)), g.NODE_MAX_WIDTH)

    def _afar_width(self, item: OperationItem | GroupItem) -> float:
        """Return the room for a name that is as large as ever where all else is smaller."""
        return (g.ROW_TITLE_X + self._name_width(item)) * _AFAR

    def _name_width(self, item: OperationItem | GroupItem) -> float:
        face = self._faces.title_mono if isinstance(item, GroupItem) else self._faces.title
        parts = row_parts(item)
        times = g.ROW_GAP + self._faces.small_mono.width(parts.times) if parts.times else 0
        return face.width(parts.name) + times + self._tiles_width(item)

    def _tiles_width(self, item: OperationItem | GroupItem) -> float:
        counts = (number(tile.parameters) for tile in item.tiles[:2] if tile.parameters > 1)
        words = sum(self._faces.small.width(count) + g.TILE_GAP for count in counts)
        before = g.TILE_GAP if item.tiles else 0
        return before + words + len(item.tiles[:2]) * (g.TILE + g.TILE_GAP)

    def _group_title_width(self, item: GroupItem) -> float:
        width = g.GROUP_TITLE_X + self._faces.title_mono.width(item.title) + g.NODE_INSET
        width += self._tiles_width(item)
        for part, face in ((item.detail, self._faces.mono), (group_count(item), self._faces.mono)):
            width += _LINE_GAP + face.width(part) if part else 0
        return width

    def _group_summary_width(self, item: GroupItem) -> float:
        start = g.GROUP_TITLE_X + g.GROUP_BAR_WIDTH + _NAME_GAP
        return start + self._faces.plain.width(item.summary) + g.NODE_INSET

    def _title_width(self, item: OperationItem) -> float:
        width = g.TITLE_X + self._faces.title.width(item.title) + g.NODE_INSET
        width += self._tiles_width(item)
        if item.module:
            width += _NAME_GAP + self._faces.mono.width(item.module)
        if item.line is not None:
            width += _LINE_GAP + self._faces.small_mono.width(line_words(item.line))
        return width

    def _status_width(self, item: OperationItem) -> float:
        words = self._faces.plain.width(item.summary or item.words)
        shapes = self._faces.small_mono.width(item.shapes) * _NEAR
        return g.TITLE_X + words + _LINE_GAP + shapes + g.NODE_INSET

    def _pills_width(self, item: OperationItem) -> float:
        """Room for two pills side by side, as wide as the widest of them wants to be."""
        if not item.pills:
            return 0
        widest = max(
            2 * g.PILL_PADDING
            + self._faces.small_mono.width(pill.name)
            + _NAME_GAP
            + max(g.MAP_WIDTH, self._faces.small_mono.width(pill_value(pill)))
            for pill in item.pills
        )
        columns = min(g.PILLS_IN_ROW, len(item.pills))
        return columns * widest + (columns - 1) * g.PILL_GAP + 2 * g.PILL_INSET

    def _tensor_width(self, item: TensorItem) -> float:
        start = g.TENSOR_TITLE_X if item.role != "result" else g.TENSOR_INSET
        width = start + self._faces.title_mono.width(item.title) + g.TENSOR_INSET
        if item.detail:
            width += 2 * _NAME_GAP + self._faces.small_mono.width(item.detail)
        return _between(g.TENSOR_WIDTH, width * _NEAR, g.NODE_MAX_WIDTH)


def forms_of(
    graph: nx.MultiDiGraph[str],
    room: Room | None = None,
    *,
    is_wide: bool = False,
    in_rows: bool = False,
) -> dict[str, Form]:
    """Return how each node is drawn.  Where it `is_wide`, all are rows of the whole width."""
    if is_wide:
        return dict.fromkeys(graph, "wide")
    rows = rows_of(graph, room, in_rows=in_rows)
    row: Form = "row" if room is None or room.key not in graph else "lined"
    return {key: row if key in rows else "full" for key in graph}


def is_chain(graph: nx.MultiDiGraph[str]) -> bool:
    """Return whether most operations follow one another, so that each may have a row."""
    import networkx as nx  # the window is to be there before it is loaded

    kinds = (OperationItem, GroupItem)
    operations = [key for key, data in graph.nodes(data=True) if isinstance(data["item"], kinds)]
    if not operations or not nx.is_directed_acyclic_graph(graph):
        return False
    longest = nx.dag_longest_path(nx.DiGraph(graph), weight=None)
    return len(operations) <= _CHAIN * sum(key in longest for key in operations)


def rows_of(
    graph: nx.MultiDiGraph[str], room: Room | None = None, *, in_rows: bool = False
) -> frozenset[str]:
    """Return the keys of the operations and groups that are drawn as one row.

    In a graph of many nodes all are, with `in_rows`, and beside a node with `room`.  In others only
    names count inside of an unfolded module or composite, unless there are grads to show.
    """
    frames: dict[str, FrameItem] = graph.graph.get("frames", {})
    is_dense = in_rows or graph.number_of_nodes() > _DENSE
    is_dense = is_dense or (room is not None and room.key in graph)
    return frozenset(
        key
        for key, data in graph.nodes(data=True)
        if (room is None or key != room.key)
        and _is_row(
            data["item"], None if is_dense else frames.get(data.get("cluster", "")), is_dense
        )
    )


def _is_row(item: NodeItem, frame: FrameItem | None, is_dense: bool) -> bool:
    if is_dense:
        return isinstance(item, (OperationItem, GroupItem))
    inside = frame is not None and frame.kind in ("operation", "module")
    if not inside or not isinstance(item, OperationItem):
        return False
    return all(pill.state == "input" for pill in item.pills)


class RowParts(NamedTuple):
    """What one row says of a node; `detail` is left out first."""

    name: str
    times: str
    detail: str


def row_parts(item: NodeItem) -> RowParts:
    if isinstance(item, CutItem):
        return RowParts(tr("CUT"), "", item.text)
    if isinstance(item, GroupItem):
        return RowParts(item.title, group_count(item), item.detail)
    if isinstance(item, TensorItem):
        return RowParts(item.title, "", item.detail)
    inputs = (pill.name for pill in item.pills if pill.state == "input")
    return RowParts(item.title, "", ", ".join(filter(None, (compact_module(item), *inputs))))


def compact_module(item: OperationItem) -> str:
    """What a compact operation shows of its module's path: the end, which a number alone is not."""
    parts = item.module.rsplit(".", 2)
    return ".".join(parts[-2:]) if parts[-1].isdecimal() else parts[-1]


def pill_rows(count: int) -> int:
    return min(g.PILL_ROWS, ceil(count / g.PILLS_IN_ROW))


def pills_shown(count: int) -> int:
    """How many parameters get a pill of their own; the others are counted in one more."""
    room = g.PILL_ROWS * g.PILLS_IN_ROW
    return count if count <= room else room - 1


def wide_pills_shown(count: int) -> int:
    """How many parameters get a pill of their own in a wide row."""
    return count if count <= g.WIDE_PILLS else g.WIDE_PILLS - 1


def wide_pill_places(count: int, width: float) -> list[PillPlace]:
    """Where `count` pills lie in a wide row, before the line's column; `y` is from its middle."""
    share = g.WIDE_PILL_LARGE if width >= g.WIDE_WITH_LARGE else g.WIDE_PILL
    y, step = -g.PILL_HEIGHT / 2, share + g.WIDE_PILL_GAP
    left = width - g.WIDE_LINE - g.WIDE_INSET - count * step + g.WIDE_PILL_GAP
    return [PillPlace(left + n * step, y, share) for n in range(count)]


def pill_value(pill: Pill) -> str:
    """Return the text at the right of a pill; empty if a drawing is there instead."""
    if pill.state == "input":
        return pill.words
    if pill.came_elsewhere:
        return pill.by
    if pill.state in ("none", "covered"):
        return "None" if pill.state == "none" else "?"
    if pill.state == "waiting":
        return tr("waiting")
    if pill.state == "norm":
        value = _number(pill.summary.norm if pill.summary else None)
        return tr("norm {norm}").format(norm=value)
    if pill.state == "bad":
        return "NaN" if pill.summary is None or pill.summary.nan else "Inf"
    return ""


def cut_block(faces: Faces[Face]) -> float:
    """The width of the block at the left of a cut's bar: its word may be longer elsewhere."""
    return max(float(g.CUT_BLOCK), g.CUT_WORD_X + faces.bold.width(tr("CUT")) + g.CUT_WORD_X / 3)


def header_height(frame: FrameItem) -> float:
    return g.GROUP_HEADER if frame.group else g.FRAME_HEADER


def _clusters(
    graph: nx.MultiDiGraph[str], frames: dict[str, FrameItem], is_close: bool
) -> dict[str, dict[str, str | float | None]]:
    used = holding(graph, frames)
    least = g.TITLE_TAG * _AFAR_FRAMES - g.FRAME_PADDING if is_close else 0
    return {
        key: {
            "parent": frame.parent,
            "margin": g.FRAME_PADDING,
            "header": max(least, header_height(frame) - g.FRAME_HEADER_OVERLAP),
        }
        for key, frame in frames.items()
        if key in used
    }


def pill_places(count: int, width: float) -> list[PillPlace]:
    """Where pills lie in an operation `width` wide: in rows of equal share."""
    places: list[PillPlace] = []
    for row in range(pill_rows(count)):
        inside = min(g.PILLS_IN_ROW, count - row * g.PILLS_IN_ROW)
        share = (width - 2 * g.PILL_INSET - (inside - 1) * g.PILL_GAP) / inside
        y = g.PILL_TOP + row * (g.PILL_HEIGHT + g.PILL_GAP)
        step = share + g.PILL_GAP
        places.extend(PillPlace(g.PILL_INSET + n * step, y, share) for n in range(inside))
    return places


def proportions(item: GroupItem) -> list[tuple[StatusKey, float, float]]:
    """For each status where its part of a group's bar begins, and how wide it is."""
    whole = sum(count for _, count in item.parts) or 1
    spare = g.GROUP_BAR_WIDTH - _LEAST_PART * len(item.parts)
    found = []
    x = 0.0
    for status, count in item.parts:
        width = _LEAST_PART + spare * count / whole
        found.append((status, x, width - 1))
        x += width
    return found


def _label_width(written: float) -> float:
    return min(float(ceil(written * _LABEL_AFAR)), g.LABEL_MAX_WIDTH)


def _label_room(label: EdgeLabel | None, upright: bool) -> dict[str, float]:
    """What a label needs beside its line: right of an upright one, below a level one."""
    if label is None:
        return {}
    if not upright:
        return {"label_width": label.width, "label_height": label.height + g.LABEL_LIFT}
    return {
        "label_width": label.width + g.LABEL_GAP,
        "label_height": label.height - g.LABEL_SLACK,
    }


def _between(least: float, wanted: float, most: float) -> float:
    return min(most, max(least, g.snap_up(wanted)))


def _strip_width(item: GroupItem, cell: float) -> float:
    return g.snap_up(2 * g.NODE_INSET + len(item.members) * (cell + g.STRIP_GAP))


def _strip_height(item: GroupItem) -> float:
    return g.STRIP_HEIGHT if item.members else 0


def group_count(item: GroupItem) -> str:
    return f"×{item.count:,}" if item.count > 1 else ""


def _number(value: float | str | None) -> str:
    return "–" if value is None else f"{float(value):.3g}"
