"""Which pictures a page carries: the run as the window shows it at first, folded, and from inside.

The inside of every folded group is a picture of its own, laid out here, so that the page needs no
layout.  Outer groups come first, as many as fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from app.page.graph_svg import Attributes, Svg, graph_svg
from app.page.pen import Pen
from app.session.graph.grouping.folds import AT_FIRST, fold_all
from app.session.graph.grouping.groups import ROOT
from app.session.graph.grouping.moves import unfold
from app.session.graph.payloads import CutItem, GroupItem, OperationItem, TensorItem
from app.session.language import tr
from app.session.look.measure import NodeItem
from app.session.shown import Shown

if TYPE_CHECKING:
    import networkx as nx

ROOM = 1_500_000
"""The largest number of characters of SVG on a page."""
_A_NODE = 1_100
"""The characters of a node with its edges, about."""
_FEW = 40
"""With room for fewer nodes, no further group is searched that would fit."""
_MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A picture; `key` is that of its group, `parent` the number of the picture around it."""

    key: str
    title: str
    parent: int | None
    drawn: Svg


@dataclass(slots=True)
class Pictures:
    shown: list[PagePicture] = field(default_factory=list)
    operations: dict[int, None] = field(default_factory=dict)
    """The operations with a node of their own in a picture, in the order of the pictures."""
    tensors: dict[int, None] = field(default_factory=dict)
    left_out: int = 0
    """The number of groups for which there was no room."""
    overview: int | None = None
    """The number of the picture with everything folded, if it differs from the first."""


def pictures(shown: Shown, pen: Pen, tick: Callable[[], object]) -> Pictures:
    """Return the pictures of a page, and call `tick` before each.  Raises LayoutError."""
    plans = _Plans(shown, tick)
    found = Pictures(left_out=plans.left_out, overview=plans.overview)
    for plan in plans.chosen:
        tick()
        drawn = graph_svg(pen, plan.graph, plan.title, plans.ties)
        found.shown.append(PagePicture(plan.key, plan.title, plan.parent, drawn))
        for _, node in plan.graph.nodes(data=True):
            _note(found, node["item"])
    return found


def _note(found: Pictures, item: NodeItem) -> None:
    if isinstance(item, TensorItem):
        found.tensors[item.tensor] = None
    elif isinstance(item, OperationItem):
        if item.operation is not None:
            found.operations[item.operation] = None
        found.tensors.update(dict.fromkeys(pill.tensor for pill in item.pills))


class _Plan(NamedTuple):
    key: str
    title: str
    parent: int | None
    graph: nx.MultiDiGraph[str]


class _Plans:
    """Chooses what is to be drawn before anything is laid out: nodes lead to other pictures."""

    def __init__(self, shown: Shown, tick: Callable[[], object]) -> None:
        self._tick = tick
        self._graphs, self._operations = shown.drawing, shown.run.operation_columns
        self._numbers: dict[str, int] = {}
        """Of the picture of each group's inside."""
        self._refused: set[str] = set()
        self._nodes = 0
        self._is_full = False
        self.chosen: list[_Plan] = []
        self.overview: int | None = None
        self._begin(shown.graph)
        place = 0
        while place < len(self.chosen):
            for _, node in self.chosen[place].graph.nodes(data=True):
                self._go_into(node["item"], place)
            place += 1

    @property
    def left_out(self) -> int:
        return len(self._refused)

    def _begin(self, whole: nx.MultiDiGraph[str]) -> None:
        if whole:
            self._choose(_Plan(ROOT, tr("The whole run"), None, whole))
            folded = self._graphs.graph(fold_all())
            if set(folded) != set(whole):
                self.overview = len(self.chosen)
                self._choose(_Plan(ROOT, tr("The whole run, folded"), None, folded))

    def _choose(self, plan: _Plan) -> None:
        self._nodes += _size(plan.graph)
        self.chosen.append(plan)

    def _go_into(self, item: NodeItem, parent: int) -> None:
        key = opens(item)
        if not key or key in self._numbers or key in self._refused:
            return
        if not self._is_full:
            self._tick()
            inside = self._graphs.graph(unfold(self._graphs.view(AT_FIRST), key), key)
            if _A_NODE * (self._nodes + _size(inside)) < ROOM:
                self._numbers[key] = len(self.chosen)
                self._choose(_Plan(key, _title(item), parent, inside))
                return
            self._is_full = ROOM - _A_NODE * self._nodes < _A_NODE * _FEW
        self._refused.add(key)

    def ties(self, key: str, item: NodeItem) -> Attributes:
        """Return a node's data: lines, an operation or a tensor, the picture of its contents."""
        found: dict[str, str | int | None] = {"data_key": key, "data_lines": self._lines(item)}
        if isinstance(item, TensorItem):
            found["data_tensor"] = item.tensor
        elif isinstance(item, (OperationItem, CutItem)):
            found["data_operation"] = item.operation
        if group := opens(item):
            found["data_open"] = self._numbers.get(group, -1)
        return found

    def _lines(self, item: NodeItem) -> str | None:
        """Return the lines of an item; for a group, those of its operations."""
        if isinstance(item, TensorItem):
            return None
        inside = item.operations if isinstance(item, GroupItem) else (item.operation,)
        made = self._operations
        places = made.places.of(one for one in inside if one is not None)
        forms = dict.fromkeys(map(made.form.__getitem__, places))
        lines = dict.fromkeys(made.forms.values[form].spot for form in forms)
        if isinstance(item, (OperationItem, GroupItem)):
            lines = {item.line: None, **lines}
        shown = [str(int(line)) for line in lines if line is not None][:_MOST_LINES]
        return " ".join(shown) or None


def _size(graph: nx.MultiDiGraph[str]) -> int:
    """Return the size of a graph in nodes; four cells of a row of alike groups are one."""
    items = (data["item"] for _, data in graph.nodes(data=True))
    cells = sum(len(item.members) for item in items if isinstance(item, GroupItem))
    return len(graph) + -(-cells // 4)


def opens(item: NodeItem) -> str:
    """Return the key of the group that opens from a node; "" if it has no contents."""
    if isinstance(item, OperationItem):
        return item.group
    return item.group if isinstance(item, GroupItem) and item.can_open else ""


def _title(item: NodeItem) -> str:
    if isinstance(item, GroupItem):
        return f"{item.title} {item.detail}".strip()
    return item.title if isinstance(item, OperationItem) else ""
