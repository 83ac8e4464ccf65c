"""Which parts of two drawn graphs belong together, and which of them differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from app.contract.records import Operation, Summary
from app.session.comparing.differences import Differences, are_close
from app.session.graph.part import EdgeKey
from app.session.graph.payloads import (
    CutItem,
    EdgeItem,
    FrameItem,
    GroupItem,
    OperationItem,
    Pill,
    TensorItem,
)
from app.session.look.measure import NodeItem
from app.session.run import Run
from app.session.words import mode_words

if TYPE_CHECKING:
    import networkx as nx

    from app.session.shown import Shown


class NodePair(NamedTuple):
    """A node of both graphs, or of one; by key."""

    first: str | None
    second: str | None
    is_equal: bool


@dataclass(frozen=True, slots=True)
class Equal:
    """The parts of one graph that look the same in the other, by key, and what differs in mode.

    Of `bodies` only the pills differ.
    """

    nodes: frozenset[str]
    bodies: frozenset[str]
    edges: frozenset[EdgeKey]
    frames: frozenset[str]
    modes: Mapping[str, str]
    """Of modules, as nodes or frames, that trained in one run only: "train ≠ eval"."""

    @classmethod
    def nothing(cls) -> Equal:
        return cls(frozenset(), frozenset(), frozenset(), frozenset(), {})


@dataclass(frozen=True, slots=True)
class Pairing:
    """The nodes of two graphs, those of the first in their order before those of the second only.

    `frames` has the frame of the second graph by that of the first.
    """

    nodes: tuple[NodePair, ...]
    frames: Mapping[str, str]
    first: Equal
    second: Equal


def pair(first: Shown, second: Shown, found: Differences) -> Pairing:
    """Pair the graphs of two runs; `found` says what differs between the runs.

    Operations are paired as the runs are aligned.  A group is paired by the first operation in it
    that both runs have, a tensor by its name.
    """
    sides = _Side(first, found, 0), _Side(second, found, 1)
    partners = _partners(*(side.nodes_by_name() for side in sides))
    frames = _partners(*(side.frames_by_name() for side in sides))
    return _compared(*sides, partners, frames)


_Name = tuple[Hashable, int]


def _partners(first: Mapping[_Name, str], second: Mapping[_Name, str]) -> dict[str, str]:
    """Return the key in the second graph by that in the first, where both have the name."""
    return {key: second[name] for name, key in first.items() if name in second}


class _Side:
    """One of the two graphs, with names that both share."""

    def __init__(self, shown: Shown, found: Differences, place: int) -> None:
        self.graph: nx.MultiDiGraph[str] = shown.graph
        self.items: dict[str, NodeItem] = {k: data["item"] for k, data in shown.graph.nodes.items()}
        self.frames: dict[str, FrameItem] = shown.graph.graph.get("frames", {})
        pairs = found.alignment.pairs
        self._shared = pairs if place == 0 else {other: other for other in pairs.values()}
        self._tensors = shown.run.tensors
        only = (found.only_first, found.only_second)[place]
        self._changed = {unit.id for unit in only} | {both[place].id for both in found.statuses}
        users = list(_users(shown.run, found, place))
        self._touched = {user.id for user in users}
        self._touched_inside = {user.id for user in users if user.module is not None}

    def modes(self) -> dict[str, bool]:
        """Return whether a module trains, by the key of its node or frame.

        Modules whose operations do not depend on it, or that changed it meanwhile, are left out.
        """
        groups = ((key, item) for key, item in self.items.items() if isinstance(item, GroupItem))
        found = {key: item.training for key, item in groups}
        switches = ((key, item.switch) for key, item in self.frames.items())
        found |= {key: switch.training for key, switch in switches if switch is not None}
        return {key: training for key, training in found.items() if training is not None}

    def nodes_by_name(self) -> dict[_Name, str]:
        return _numbered((self._name(item), key) for key, item in self.items.items())

    def frames_by_name(self) -> dict[_Name, str]:
        first: dict[str, int] = {}
        for key, data in self.graph.nodes(data=True):
            shared = self._shared_operation(self.items[key])
            frame = data.get("cluster")
            while shared is not None and frame in self.frames and frame not in first:
                first[frame] = shared
                frame = self.frames[frame].parent
        return _numbered(
            ((frame.kind, frame.title, first[key]) if key in first else None, key)
            for key, frame in self.frames.items()
        )

    def _name(self, item: NodeItem) -> Hashable:
        """Return what a node is called in both runs; None if only this run can have it."""
        if isinstance(item, CutItem):
            shared = self._shared.get(item.operation)
            return None if shared is None else ("cut", shared)
        if not isinstance(item, (OperationItem, GroupItem)):
            return "tensor", item.title, item.role in ("result", "cut")
        if not _operations(item):  # a node that a backward pass made, or a call that failed
            return "other", item.title
        shared = self._shared_operation(item)
        if shared is None:
            return None
        is_node = isinstance(item, OperationItem) and item.node is not None
        return ("node", shared, item.title) if is_node else ("operation", shared)

    def _shared_operation(self, item: NodeItem) -> int | None:
        """Return the first operation of a node that both runs have, by its id in the second."""
        found = (self._shared.get(operation) for operation in _operations(item))
        return next((shared for shared in found if shared is not None), None)

    def has_changed(self, item: NodeItem) -> bool:
        """Return whether an operation of a node was recorded, skipped or called in one run only."""
        return any(operation in self._changed for operation in _operations(item))

    def number(self, item: NodeItem) -> Summary | None:
        """Return the number of a scalar result, whose node shows only a few digits; else None."""
        if not isinstance(item, TensorItem) or item.role != "result":
            return None
        found = self._tensors.get(item.tensor)
        return None if found is None or found.summary.numel != 1 else found.summary

    def is_touched(self, item: NodeItem) -> bool:
        """Return whether a node uses a leaf whose `.grad` differs, and no pill shows that.

        A leaf that an operation outside of modules uses has a capsule of its own.
        """
        operations = _operations(item)
        if isinstance(item, GroupItem) or (isinstance(item, OperationItem) and item.operations):
            return any(operation in self._touched for operation in operations)
        has_pills = isinstance(item, OperationItem) and item.pills
        return not has_pills and any(one in self._touched_inside for one in operations)


def _numbered(named: Iterator[tuple[Hashable, str]]) -> dict[_Name, str]:
    """Return keys by name and number among those of that name, but for the name None."""
    seen: Counter[Hashable] = Counter()
    found: dict[_Name, str] = {}
    for name, key in named:
        if name is not None:
            found[name, seen[name]] = key
            seen[name] += 1
    return found


def _operations(item: NodeItem) -> tuple[int, ...]:
    if isinstance(item, GroupItem):
        return item.operations
    if not isinstance(item, OperationItem):
        return ()
    return (*(() if item.operation is None else (item.operation,)), *item.operations)


def _users(run: Run, found: Differences, place: int) -> Iterator[Operation]:
    """Yield the operations of the forward pass that use a leaf whose `.grad` differs."""
    for difference in found.gradients:
        row = (difference.first, difference.second)[place]
        for value in [] if row is None else run.values[run.identity(row.tensor)]:
            yield from (user for user in run.users.get(value.id, ()) if user.phase == "forward")


# --------------------------------------------------------------------------------- comparing


def _compared(
    first: _Side, second: _Side, partners: Mapping[str, str], frames: Mapping[str, str]
) -> Pairing:
    pairs: list[NodePair] = []
    bodies: dict[str, str] = {}
    for key, item in first.items.items():
        other = partners.get(key)
        if other is None:
            pairs.append(NodePair(key, None, is_equal=False))
            continue
        partner = second.items[other]
        changed = first.has_changed(item) or second.has_changed(partner)
        same_number = _same_summary(first.number(item), second.number(partner))
        same_body = not changed and _look(item) == _look(partner) and same_number
        touched = first.is_touched(item) or second.is_touched(partner)
        same = same_body and not touched and _same_pills(item, partner)
        if same_body and not touched and not same:
            bodies[key] = other
        pairs.append(NodePair(key, other, same))
    known = set(partners.values())
    pairs += [NodePair(None, key, is_equal=False) for key in second.items if key not in known]
    edges = dict(_equal_edges(first.graph, second.graph, partners))
    same_frames = {
        key: other
        for key, other in frames.items()
        if _frame_look(first.frames[key]) == _frame_look(second.frames[other])
    }
    equal = {one: other for one, other, same in pairs if same and one and other}
    modes = first.modes(), second.modes()
    both = [(one, other) for one, other, _ in pairs if one and other] + list(frames.items())
    differ = {pair: _modes_differ(modes[0].get(pair[0]), modes[1].get(pair[1])) for pair in both}
    return Pairing(
        tuple(pairs),
        frames,
        Equal(
            frozenset(equal),
            frozenset(bodies),
            frozenset(edges),
            frozenset(same_frames),
            {one: words for (one, _), words in differ.items() if words},
        ),
        Equal(
            frozenset(equal.values()),
            frozenset(bodies.values()),
            frozenset(edges.values()),
            frozenset(same_frames.values()),
            {other: words for (_, other), words in differ.items() if words},
        ),
    )


def _equal_edges(
    first: nx.MultiDiGraph[str], second: nx.MultiDiGraph[str], partners: Mapping[str, str]
) -> Iterator[tuple[EdgeKey, EdgeKey]]:
    for source, target, number, data in first.edges(keys=True, data=True):
        other = partners.get(source, ""), partners.get(target, ""), number
        if not second.has_edge(*other):
            continue
        if _edge_look(data["item"]) == _edge_look(second.edges[other]["item"]):
            yield (source, target, number), other


def _look(item: NodeItem) -> tuple[object, ...]:
    """Return what is drawn of a node, without its line and its pills."""
    if isinstance(item, CutItem):
        return ()
    if isinstance(item, GroupItem):
        return item.title, item.detail, item.count, item.status, item.parts, item.summary
    if isinstance(item, OperationItem):
        return item.title, item.module, item.status, item.words, item.shapes, item.summary
    return item.title, item.detail, item.role, item.count


def _modes_differ(first: bool | None, second: bool | None) -> str:
    if first is None or second is None or first == second:
        return ""
    return f"{mode_words(training=first)} ≠ {mode_words(training=second)}"


def _same_pills(item: NodeItem, partner: NodeItem) -> bool:
    mine, theirs = (getattr(one, "pills", ()) for one in (item, partner))
    return len(mine) == len(theirs) and all(map(_same_pill, mine, theirs))


def _same_pill(one: Pill, other: Pill) -> bool:
    if (one.name, one.state, one.words) != (other.name, other.state, other.words):
        return False
    return _same_summary(one.summary, other.summary)


def _same_summary(one: Summary | None, other: Summary | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or are_close(one, other)


def _edge_look(item: EdgeItem) -> tuple[object, ...]:
    return item.kind, item.name, item.detail


def _frame_look(item: FrameItem) -> tuple[object, ...]:
    return item.title, item.status, item.summary
