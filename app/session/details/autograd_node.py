"""The details of an autograd node that no operation made, but a backward pass."""

from __future__ import annotations

from collections.abc import Iterable

from app.contract.records import AutogradNode, BackwardPass
from app.session.details.facts import DetailBox, DetailFact, Details, FactTarget
from app.session.graph.autograd import made_by
from app.session.language import listing, tr
from app.session.numbers import gradient_text, shape, size
from app.session.timeline import Snapshot


def autograd_node_details(then: Snapshot, number: int) -> tuple[Details, int | None]:
    """Return its details at a moment, and the line of the backward pass that made it."""
    trace = then.history.run.trace
    node = next(one for one in trace.autograd_nodes if one.id == number)
    makers = {step.made_in for step in then.history.steps_of_node(number)}
    maker = next((one for one in trace.backward_passes if one.id in makers), None)
    details = Details(
        title=node.name,
        expression="",
        glyph="gradient",
        tone="gradient",
        words=tr("not made by a call of the snippet") if maker is None else made_by(maker),
        boxes=(
            DetailBox("", tuple(_facts(then, node, maker))),
            DetailBox(tr("Saves"), tuple(_saved(node))),
        ),
        text=tr(
            "With create_graph=True the backward pass is itself recorded, so that it can be "
            "differentiated again. This node is part of that record."
        ),
    )
    return details, None if maker is None else maker.spot


def _facts(then: Snapshot, node: AutogradNode, maker: BackwardPass | None) -> Iterable[DetailFact]:
    if maker is not None and maker.spot is not None:
        line = tr("line {line}").format(line=maker.spot)
        yield DetailFact(tr("Made on"), line, mono=True, link=FactTarget("line", maker.spot))
    came = [step for step in then.history.steps_of_node(node.id) if step.event <= then.now]
    words = tr("no gradient arrived")
    if came and came[-1].grad is not None:
        words = gradient_text(came[-1].shape, came[-1].grad)
    yield DetailFact(tr("Gradient"), words, mono=True)
    by_id = {one.id: one.name for one in then.history.run.trace.autograd_nodes}
    following = listing(by_id[one] for one in node.next)
    if following:
        yield DetailFact(tr("Passes gradients on to"), following, mono=True)


def _saved(node: AutogradNode) -> Iterable[DetailFact]:
    for one in node.saved:
        words = f"{shape(one.shape)} {one.dtype}, {size(one.bytes)}"
        yield DetailFact(one.name, words, mono=True, mono_label=True)
