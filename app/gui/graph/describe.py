"""What is drawn, as text: for hover cards and for screen readers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.gui.graph.scene import PlacedEdge, PlacedNode, PlacedPill
from app.session.graph_items import (
    CutItem,
    EdgeItem,
    FrameItem,
    GroupItem,
    Pill,
    StatusKey,
    TensorItem,
)
from app.session.look.measure import NodeItem, group_count, pill_value

_EDGE_WORDS = {
    "data": "data only: no gradient came back here",
    "gradient": "the gradient flowed back here",
    "cut": "the gradient is cut here",
}
_MOST_NAMED = 6
_PILL_WORDS = {
    "waiting": ".grad is still to come",
    "none": ".grad is None",
    "frozen": "frozen: requires_grad is False",
    "value": ".grad is set",
    "norm": ".grad is set",
    "bad": ".grad holds",
}


@dataclass(frozen=True, slots=True)
class Card:
    """`facts` are pairs of label and value; `why` is a sentence or two."""

    title: str
    place: str = ""
    status: StatusKey | None = None
    words: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    why: str = ""

    def with_more(self, facts: Iterable[tuple[str, str]], why: str) -> Card:
        return replace(self, facts=(*self.facts, *facts), why=why or self.why)

    @property
    def text(self) -> str:
        """All that stands on it, a line each."""
        rows = [_listed(self.title, self.place), self.words]
        rows += [f"{label}: {value}" if label else value for label, value in self.facts]
        return "\n".join(row for row in (*rows, self.why) if row)


def heading(item: NodeItem) -> str:
    """What names the node: operation, module and line, or the tensor's name."""
    card = node_card(item)
    return _listed(card.title, card.place)


def node_card(item: NodeItem) -> Card:
    """Everything the node says, unshortened."""
    if isinstance(item, CutItem):
        return Card(f"CUT: {item.text}")
    if isinstance(item, TensorItem):
        return Card(item.title, words=item.detail)
    if isinstance(item, GroupItem):
        return _group_card(item)
    facts = [("", text) for text in (item.summary, item.shapes) if text]
    return Card(
        f"{item.title} {item.module}".strip(),
        _line(item.line),
        item.status,
        item.words,
        (*facts, *(_pill_fact(pill) for pill in item.pills)),
    )


def _group_card(item: GroupItem) -> Card:
    facts = [("", group_count(item))] if item.count > 1 else []
    if item.missing:
        rest = len(item.missing) - _MOST_NAMED
        more = f" and {rest:,} more" if rest > 0 else ""
        facts.append((".grad is None", ", ".join(item.missing[:_MOST_NAMED]) + more))
    title = f"{item.title} {item.detail}".strip()
    return Card(title, _line(item.line), item.status, item.summary, tuple(facts))


def pills_card(placed: PlacedPill) -> Card:
    """One parameter, or those that share a pill."""
    facts = [_pill_fact(pill) for pill in placed.pills]
    if placed.is_rest:
        return Card(f"{len(facts)} more parameters", facts=tuple(facts))
    return Card(facts[0][0], words=facts[0][1])


def edge_card(item: EdgeItem) -> Card:
    name = " ".join(filter(None, (item.name, item.detail)))
    words = _EDGE_WORDS[item.kind]
    return Card(name, words=words) if name else Card(words)


def frame_card(item: FrameItem) -> Card:
    return Card(item.title, _line(item.line), words=item.summary)


def _pill_fact(pill: Pill) -> tuple[str, str]:
    words = _PILL_WORDS[pill.state]
    value = pill_value(pill) if pill.state in ("norm", "bad") else ""
    return pill.name, f"{words} {value}".rstrip()


def _line(line: int | None) -> str:
    return "" if line is None else f"line {line}"


def _listed(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def spoken(node: PlacedNode, arriving: list[PlacedEdge], leaving: list[PlacedEdge]) -> str:
    """A node and its surroundings in one sentence."""
    parts = node_card(node.item).text.replace("\n", ", ")
    return f"{parts}; {len(arriving)} in, {len(leaving)} out"
