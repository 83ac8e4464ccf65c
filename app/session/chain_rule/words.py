"""A step of a backward pass in words, for the panel below the editor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from app.contract.records import AutogradNode, BackwardStep
from app.session.chain_rule.naming import StepNames
from app.session.explain.phrases import joined, listed
from app.session.language import ngettext, number, tr
from app.session.numbers import size
from app.session.timeline import Snapshot

Glyph = Literal["plus", "keep"]


def step_in_words(then: Snapshot) -> Iterator[tuple[Glyph, str]]:
    """Yield what a backward step adds up, and what forward kept for it, with code marked."""
    record = None if then.moment is None else then.moment.records[0]
    if not isinstance(record, BackwardStep) or then.backward is None:
        return
    run = then.history.run
    operation = None if record.operation is None else run.operations.get(record.operation)
    node = None if record.node is None else run.node_columns.by_id.get(record.node)
    naming = StepNames(run, operation, node, record.grad_fn)
    if (text := _uses(then, record, naming)) is not None:
        yield "plus", text
    if node is not None and node.saved:
        yield "keep", _kept(naming, node)


def _uses(then: Snapshot, step: BackwardStep, naming: StepNames) -> str | None:
    """Return where a tensor was used whose gradient is a sum, None if it is none."""
    backward, run = then.backward, then.history.run
    used = step.tensor if step.tensor is not None else naming.result_tensor
    if backward is None or used is None:
        return None
    users = run.users_among(then.history.operations_through(backward), used)
    if len(users) < 2:
        return None
    name = run.name(used) or naming.result.full
    spots = sorted({user.spot for user in users if user.spot is not None})
    lines = ngettext("line {lines}", "lines {lines}", len(spots))
    return tr(
        "`{name}` was used {count} times, on {lines}. Its gradient is the sum over these paths."
    ).format(name=name, count=number(len(users)), lines=lines.format(lines=listed(map(str, spots))))


def _name(naming: StepNames, saved: str) -> str:
    found = naming.saved(saved).full
    is_result = saved == "result" and not naming.is_used(found)
    return tr("its result") if is_result else f"`{found}`"


def _kept(naming: StepNames, node: AutogradNode) -> str:
    names = dict.fromkeys(_name(naming, one.name) for one in node.saved)
    storages = {(one.name if one.storage is None else one.storage): one for one in node.saved}
    text = tr("Forward kept {names} for this step: {bytes}.")
    total = sum(one.bytes for one in storages.values())
    return text.format(names=joined(list(names)), bytes=size(total))
