"""What is drawn, as text: for tooltips and for screen readers."""

from __future__ import annotations

from app.gui.graph.measure import NodeItem, pill_value
from app.gui.graph.scene import PlacedEdge, PlacedNode, PlacedPill
from app.session.graph_items import CutItem, EdgeItem, FrameItem, OperationItem, Pill, TensorItem

_EDGE_WORDS = {
    "data": "data only: no gradient came back here",
    "gradient": "the gradient flowed back here",
    "cut": "the gradient is cut here",
}
_PILL_WORDS = {
    "none": ".grad is None",
    "frozen": "frozen: requires_grad is False",
    "value": ".grad is set",
    "norm": ".grad is set",
    "bad": ".grad holds",
}


def heading(item: NodeItem) -> str:
    """What names the node: operation, module and line, or the tensor's name."""
    if isinstance(item, CutItem):
        return f"CUT: {item.text}"
    if isinstance(item, TensorItem):
        return item.title
    place = f"line {item.line}" if item.line is not None else ""
    return ", ".join(filter(None, (f"{item.title} {item.module}".strip(), place)))


def node_text(item: NodeItem) -> str:
    """Everything the node says, unshortened, one fact a line."""
    facts = [heading(item)]
    if isinstance(item, TensorItem):
        facts.append(item.detail)
    elif isinstance(item, OperationItem):
        facts += [item.words, item.summary, item.shapes]
        facts += [pill_text(pill) for pill in item.pills]
    return "\n".join(fact for fact in facts if fact)


def pill_text(pill: Pill) -> str:
    words = _PILL_WORDS[pill.state]
    value = pill_value(pill) if pill.state in ("norm", "bad") else ""
    return f"{pill.name}: {words} {value}".rstrip()


def pills_text(placed: PlacedPill) -> str:
    return "\n".join(pill_text(pill) for pill in placed.pills)


def edge_text(item: EdgeItem) -> str:
    name = " ".join(filter(None, (item.name, item.detail)))
    return "\n".join(filter(None, (name, _EDGE_WORDS[item.kind])))


def frame_text(item: FrameItem) -> str:
    place = f"line {item.line}" if item.line is not None else ""
    return ", ".join(filter(None, (item.title, place)))


def spoken(node: PlacedNode, arriving: list[PlacedEdge], leaving: list[PlacedEdge]) -> str:
    """A node and its surroundings in one sentence."""
    parts = node_text(node.item).replace("\n", ", ")
    return f"{parts}; {len(arriving)} in, {len(leaving)} out"
