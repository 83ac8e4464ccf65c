"""Describes drawn things in words, for hover cards and screen readers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.gui.graph.scenes.scene import PlacedEdge, PlacedNode, PlacedPill
from app.session.chain_rule.symbols import plain
from app.session.explain.phrases import joined, more
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
from app.session.graph.tiles import tile_words
from app.session.language import listing, ngettext, number, tr, translatable
from app.session.look.measure import NodeItem, group_count, pill_value
from app.session.numbers import short
from app.session.words import line_words

if TYPE_CHECKING:
    from app.drawing.opened.card import Opened

_EDGE_WORDS = {
    "data": translatable("data only: no gradient flowed back here"),
    "gradient": translatable("the gradient flowed back here"),
    "waiting": translatable("the gradient has not arrived here yet"),
    "cut": translatable("the gradient is cut here"),
}
_MOST_NAMED = 6
_PILL_WORDS = {
    "waiting": translatable(".grad has not arrived yet"),
    "none": translatable(".grad is None"),
    "frozen": translatable("frozen: requires_grad is False"),
    "value": translatable(".grad is set"),
    "norm": translatable(".grad is set, {value}"),
    "bad": translatable(".grad holds {value}"),
    "input": translatable("input, {value}"),
    "covered": translatable(".grad is covered"),
}


@dataclass(frozen=True, slots=True)
class HoverText:
    """`facts` are pairs of label and value; `why` is a sentence or two."""

    title: str
    place: str = ""
    status: StatusKey | None = None
    words: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    why: str = ""

    def with_more(self, facts: Iterable[tuple[str, str]], why: str) -> HoverText:
        return replace(self, facts=(*self.facts, *facts), why=why or self.why)

    @property
    def text(self) -> str:
        """All its text, one line each."""
        rows = [_listed(self.title, self.place), self.words]
        rows += [f"{label}: {value}" if label else value for label, value in self.facts]
        return "\n".join(row for row in (*rows, self.why) if row)


def heading(item: NodeItem) -> str:
    """Return the name of a node: operation, module and line, or the tensor's name."""
    card = node_card(item)
    return _listed(card.title, card.place)


def node_card(item: NodeItem) -> HoverText:
    """Return a card with all texts of a node, unshortened."""
    if isinstance(item, CutItem):
        return HoverText(tr("CUT: {what}").format(what=item.text))
    if isinstance(item, TensorItem):
        return HoverText(item.title, words=item.detail)
    if isinstance(item, GroupItem):
        return _group_card(item)
    facts = [("", text) for text in (item.summary, item.shapes) if text]
    return HoverText(
        f"{item.title} {item.module}".strip(),
        line_words(item.line),
        item.status,
        item.words,
        (*facts, *(_pill_fact(pill) for pill in item.pills), *_tile_facts(item)),
    )


def _group_card(item: GroupItem) -> HoverText:
    facts = [("", group_count(item))] if item.count > 1 else []
    if item.missing:
        names = list(item.missing[:_MOST_NAMED])
        if rest := len(item.missing) - len(names):
            names.append(more(rest))
        facts.append((tr(".grad is None"), joined(names)))
    facts += _tile_facts(item)
    title = f"{item.title} {item.detail}".strip()
    return HoverText(title, line_words(item.line), item.status, item.summary, tuple(facts))


def pills_card(placed: PlacedPill) -> HoverText:
    """Return a card about a parameter, or about those that share a pill."""
    facts = [_pill_fact(pill) for pill in placed.pills]
    if placed.is_rest:
        text = ngettext("{count} more parameter", "{count} more parameters", len(facts))
        return HoverText(text.format(count=number(len(facts))), facts=tuple(facts))
    return HoverText(facts[0][0], words=facts[0][1])


def edge_card(item: EdgeItem, *, so_far: bool = False) -> HoverText:
    """Return a card about an edge; `so_far` at a moment of the run, when more may follow."""
    name = " ".join(filter(None, (item.name, item.detail)))
    words = tr(_EDGE_WORDS[item.kind])
    if so_far and item.kind == "data":
        words = tr("data only: no gradient has flowed back here so far")
    return HoverText(name, words=words) if name else HoverText(words)


def frame_card(item: FrameItem) -> HoverText:
    return HoverText(item.title, line_words(item.line), words=item.summary)


def _tile_facts(item: OperationItem | GroupItem) -> list[tuple[str, str]]:
    return [(tr("Parameters"), joined(list(map(tile_words, item.tiles))))] if item.tiles else []


def _pill_fact(pill: Pill) -> tuple[str, str]:
    state = "norm" if pill.came_elsewhere else pill.state
    return pill.name, tr(_PILL_WORDS[state]).format(value=pill_value(pill))


def numbers(opened: Opened) -> str:
    """Return an opened node in words: the rule, and the computation of the chosen cell."""
    step, cell = opened.step, opened.cell
    parts = [_listed(step.title, step.grad_fn), step.no_rule, step.problem]
    if step.rule is not None:
        parts += [plain(step.rule.forward), *map(plain, step.rule.backward)]
    parts += [f"{plain(one.name)} {one.text}" for one in step.not_asked]
    if cell is not None:
        parts.append(cell.title)
        for column in filter(None, cell.columns):
            lines = [f"{line.label} {short(line.value, 3)}" for line in column.lines]
            parts.append(
                f"{' '.join(lines)} = {column.result.label} {short(column.result.value, 3)}"
            )
    return "; ".join(filter(None, parts))


def _listed(*parts: str) -> str:
    return listing(filter(None, parts))


def spoken(node: PlacedNode, arriving: list[PlacedEdge], leaving: list[PlacedEdge]) -> str:
    """Return a node and its neighbours in one sentence."""
    parts = node_card(node.item).text.replace("\n", ", ")
    text = tr("{node}; {arriving} in, {leaving} out")
    return text.format(node=parts, arriving=len(arriving), leaving=len(leaving))
