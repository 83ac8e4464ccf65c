"""The items of the graph at a moment of the run.

Tiles speak of the whole run: a moment has none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from app.contract.records import Tensor
from app.session.graph.flows import FAILED, NEVER_ARRIVES, gradient_words, shape_words
from app.session.graph.items import grad_words, leaf_words
from app.session.graph.payloads import (
    ACCUMULATES,
    CutItem,
    EdgeItem,
    FrameItem,
    GroupItem,
    OperationItem,
    Pill,
    TensorItem,
)
from app.session.language import ngettext, number, tr
from app.session.summary.progress import PASS_WORDS, PassState
from app.session.timeline.history import Snapshot

if TYPE_CHECKING:
    from app.session.look.measure import NodeItem

_MOST_ASKED = 64
"""Up to this many operations of a group are asked one by one."""


@dataclass(frozen=True, slots=True)
class StepProgress:
    """The progress of an operation in the running backward pass, and its node."""

    state: PassState
    grad_fn: str

    @property
    def words(self) -> str:
        return tr(PASS_WORDS[self.state])


def operations_of(item: OperationItem) -> tuple[int, ...]:
    """Return the operations of an item: those of a group or composite call, or itself."""
    return item.operations or (() if item.operation is None else (item.operation,))


def exists(then: Snapshot, item: NodeItem) -> bool:
    if isinstance(item, TensorItem):
        return then.exists(item.tensor)
    if isinstance(item, (CutItem, GroupItem)):
        return then.has_happened(item.operation)
    if item.operation is None and item.node is not None:
        return then.history.made_at(item.node) <= then.now
    if item.status == "failed":
        return then.is_end
    return any(map(then.has_happened, operations_of(item)))


def has_frame(then: Snapshot, item: FrameItem) -> bool:
    """Whether the region of a frame has begun; frames of other kinds are always there."""
    span = None if item.span is None else then.history.run.spans.get(item.span)
    return span is None or span.event <= then.now


def node(then: Snapshot, item: NodeItem) -> NodeItem:
    match item:
        case TensorItem():
            return tensor(then, item)
        case GroupItem():
            return group(then, item)
        case OperationItem():
            return operation(then, item)
        case CutItem():
            return item


def operation(then: Snapshot, item: OperationItem) -> OperationItem:
    """Return an operation at a moment: the `.grad` of its parameters, or that it has not run."""
    pills = tuple(pill(then, one) for one in item.pills)
    if exists(then, item):
        return replace(item, pills=pills, tiles=())
    return replace(item, pills=pills, words=tr("not run yet"), summary="", tiles=())


def note(then: Snapshot, item: OperationItem) -> StepProgress | None:
    """Return the progress of the running pass in an item; for a group, of its current operation."""
    if then.backward is None:
        return None
    if item.node is not None:
        state = then.autograd_node(item.node)
        return None if state is None else StepProgress(state, "")
    found = [
        StepProgress(*node)
        for operation in operations_of(item)[:_MOST_ASKED]
        if (node := then.node(operation)) is not None
    ]
    order = ("running", "waiting", "done")
    return min(found, key=lambda one: order.index(one.state), default=None)


def group(then: Snapshot, item: GroupItem) -> GroupItem:
    """Return a group at a moment; one in which nothing has run stays as at the end."""
    held = then.history.contents.at(then, item.operations)
    if held is None:
        return replace(item, summary=tr("not run yet"), missing=(), tiles=())
    return replace(
        item, status=held.status, parts=held.parts, summary=held.words, missing=held.missing,
        tiles=(),
    )  # fmt: skip


def frame(then: Snapshot, item: FrameItem) -> FrameItem:
    if not item.operations or not item.summary:
        return replace(item, tiles=())
    held = then.history.contents.at(then, item.operations)
    words = tr("not run yet") if held is None else held.words
    return replace(item, summary=words, tiles=())


def edge(then: Snapshot, item: EdgeItem) -> EdgeItem:
    """Return an edge at a moment, with a gradient if it has arrived at the edge's value."""
    tensor = then.history.run.tensors.get(item.tensor)
    if tensor is None:
        return _inside_backward(then, item)
    if item.detail in (tr(FAILED), tr(NEVER_ARRIVES)) and not then.has_begun_backward:
        return replace(item, detail=shape_words(tensor.shape))  # nobody can know yet
    if item.kind != "gradient":
        return item
    arrival = then.arrival(tensor) if item.node is None else then.arrival_at(item.node)
    if arrival is None:
        return replace(item, kind="data", detail=_value_words(item, tensor))
    if arrival.state == "passed":
        is_only = len(then.history.steps_at(tensor)) == 1
        return item if is_only else replace(item, detail=gradient_words(arrival.step))
    detail = _value_words(item, tensor)
    if arrival.state == "next":
        detail = tr("next: grad {shape}").format(shape=shape_words(arrival.step.shape))
    return replace(item, kind="waiting", detail=detail)


def _inside_backward(then: Snapshot, item: EdgeItem) -> EdgeItem:
    """Return an edge between nodes that a backward pass made, whose values have no names."""
    arrival = None if item.node is None else then.arrival_at(item.node)
    if item.kind != "gradient" or (arrival is not None and arrival.state == "passed"):
        return item
    return replace(item, kind="data" if arrival is None else "waiting", detail="")


def _value_words(item: EdgeItem, tensor: Tensor) -> str:
    """Return the words for the value of an edge."""
    many = len(item.tensors)
    if many < 2:
        return shape_words(tensor.shape)
    return ngettext("{count} value", "{count} values", many).format(count=number(many))


def pill(then: Snapshot, item: Pill) -> Pill:
    if item.state in ("frozen", "input"):
        return item
    identity = then.history.run.identity(item.tensor)
    change = then.grad(identity)
    if change is None or change.kind == "cleared":
        state: Literal["waiting", "none"] = "none" if then.due(identity) is None else "waiting"
        return replace(item, state=state, summary=None)
    grad = change.grad
    if grad is None:
        return replace(item, state="norm", summary=None)
    if grad.nan or grad.inf:
        return replace(item, state="bad", summary=grad)
    return replace(item, state="norm" if grad.values is None else "value", summary=grad)


def tensor(then: Snapshot, item: TensorItem) -> TensorItem:
    value = then.history.run.tensors[item.tensor]
    if item.role != "leaf" or item.detail == ACCUMULATES:
        return item if then.exists(value.id) else replace(item, detail=shape_words(value.shape))
    identity = value.identity
    change = then.grad(identity)
    is_set = change is not None and change.kind != "cleared"
    words = grad_words(change.grad if change is not None else None, is_set=is_set)
    if not is_set and then.due(identity) is not None:
        words = tr("waiting")
    return replace(item, detail=leaf_words(words))
