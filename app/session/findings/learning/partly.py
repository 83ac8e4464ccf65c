"""Parameters that do not train in a run where others do, and that no cut explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from app.contract.records import Finding, Fix, Gradient, Operation, Optimizer, TrainingGroup
from app.session.explain import texts
from app.session.explain.phrases import listed
from app.session.findings.case import Case, Severity, finding
from app.session.language import ngettext, number, paragraph, tr


def not_in_loss(case: Case) -> Iterator[Finding]:
    """Find what parameters of an optimizer compute without any `backward()` going back to it."""
    roots = [root for backward in case.backwards for root in backward.roots]
    if not case.is_whole or all(case.tensor(root).is_leaf for root in roots):
        return  # `patched_loss` says where the history ended
    beside: dict[object, list[Gradient]] = defaultdict(list)
    for row in case.trace.gradients:
        identity = case.identity(row.tensor)
        is_beside = any(clause.kind == "not_on_path" for clause in row.why.clauses)
        if is_beside and identity in case.given and not case.evidence.arrivals(identity):
            beside[case.place(_used(case, row))].append(row)
    groups: dict[object, list[Gradient]] = defaultdict(list)
    for place, rows in beside.items():
        ends = _ends(case, _used(case, rows[0]))
        groups[case.place(ends[0]) if len(ends) == 1 else place] += rows
    are_most = 2 * sum(map(len, groups.values())) > len(case.given)
    for rows in groups.values():
        used, names = _used(case, rows[0]), case.owners(rows)
        title = ngettext(
            "{names} does not lead to the loss",
            "{names} do not lead to the loss",
            len(case.whole(rows)),
        ).format(names=names)
        text = tr("{names} got no gradient: {reason}")
        text = text.format(names=names, reason=texts.reason(case.phrases, rows[0]))
        ends = _ends(case, used)
        text = paragraph(filter(None, (text, _how_it_ends(case, ends))))
        fix = Fix(tr("Compute the loss from it too, or leave it out of the optimizer."), [])
        severity = "warning" if are_most else _severity(case, ends)
        yield finding("not_in_loss", severity, used.spot, title, text, [used, *ends],
                      [row.tensor for row in rows], fix)  # fmt: skip


def _used(case: Case, row: Gradient) -> Operation:
    """The last recorded operation that took it before the last backward pass."""
    return case.run.operations[row.why.operations[0]]


def _ends(case: Case, used: Operation) -> list[Operation]:
    """The last operations that computed with the results of one, one of each place."""
    stack = list(used.outputs)
    seen = set(stack)
    ends: dict[tuple[object, ...], Operation] = {}
    while stack:
        for user in case.run.users.get(stack.pop(), ()):
            fresh = [value for value in user.outputs if value not in seen]
            seen.update(fresh)
            stack += fresh
            if not any(value in case.run.users for value in user.outputs):
                ends[case.place(user)] = user
    return sorted(ends.values(), key=lambda operation: operation.event)


def _severity(case: Case, ends: list[Operation]) -> Severity:
    """A second result that is left alone may be meant, such as that of a pooler; a number that
    nothing uses was a loss, and what left torch cannot come back."""
    made = (case.tensor(value) for end in ends for value in end.outputs)
    is_lost = any(prod(one.shape) == 1 for one in made) or bool(_left(ends))
    return "warning" if is_lost else "info"


def _left(ends: list[Operation]) -> list[Operation]:
    return [one for one in ends if one.reason == "to_python"]


def _how_it_ends(case: Case, ends: list[Operation]) -> str | None:
    left = _left(ends)
    if left:
        text = tr("What was computed from it left torch: {operations}.")
        return text.format(operations=case.phrases.operations(left))
    if len(ends) == 1:
        return tr("Nothing used the result of {operation}.").format(operation=case.say(ends[0]))
    return None


def gradient_not_returned(case: Case) -> Iterator[Finding]:
    """Find custom Functions whose backward returned None for what requires grad."""
    groups: dict[object, list[Gradient]] = defaultdict(list)
    for row in case.trace.gradients:
        if row.why.code == "none_returned" and case.is_meant_to_train(row) and row.why.operations:
            groups[case.place(case.run.operations[row.why.operations[0]])].append(row)
    for rows in groups.values():
        by = case.run.operations[rows[0].why.operations[0]]
        names = listed(f"`{row.name}`" for row in rows)
        title = tr("{function} returned None").format(function=f"`{by.name}.backward`")
        text = tr(
            "{names} got no gradient: the backward of {call} returned None instead of one."
        ).format(names=names, call=case.say(by))
        advice = texts.advice(case.phrases, rows[0])
        fix = None if advice is None else Fix(advice, [])
        yield finding("gradient_not_returned", "warning", by.spot, title, text, [by],
                      [row.tensor for row in rows], fix)  # fmt: skip


def steps_change_nothing(case: Case) -> Iterator[Finding]:
    """Find parameters that had gradients and that steps, or the last steps, left as they were."""
    training = case.trace.training
    if training is None or not training.trained:
        return  # `nothing_trains` says so of all
    for group in training.groups:
        if group.state == "unchanged":
            yield _unchanged(case, group)
    for optimizer in case.trace.optimizers:
        yield from _stopped_by_rate(case, optimizer)


def _stopped_by_rate(case: Case, optimizer: Optimizer) -> Iterator[Finding]:
    """Find that the last steps of an optimizer had a learning rate of 0 and changed nothing.

    One such step is how a schedule usually ends.
    """
    steps = [one for one in case.trace.optimizer_steps if one.optimizer == optimizer.number]
    rates = [max((group.rate or 0.0 for group in one.rates), default=1.0) for one in steps]
    at = next((place + 1 for place in reversed(range(len(rates))) if rates[place]), 0)
    if not at or len(steps) - at < 2:
        return
    since = steps[at].event
    moved = (
        update.update_ratio
        for iteration in case.trace.iterations
        if iteration.event >= since and iteration.optimizer == optimizer.number
        for update in iteration.of
    )
    if any(moved) or any(None in (group.rate for group in one.rates) for one in steps[at:]):
        return
    title = tr("The learning rate became 0")
    text = tr(
        "From iteration {first} of {count} on, the {optimizer} steps changed nothing: their "
        "learning rate was 0. Before, it was {rate}."
    ).format(
        first=number(at + 1), count=number(len(steps)), optimizer=optimizer.type,
        rate=f"{rates[at - 1]:g}",
    )  # fmt: skip
    fix = Fix(tr("Keep the learning rate above 0 until the last step."), [])
    found = finding("steps_change_nothing", "warning", steps[at].spot, title, text, [],
                    optimizer.parameters, fix)  # fmt: skip
    yield replace(found, since=since)


def _unchanged(case: Case, group: TrainingGroup) -> Finding:
    identities = [case.identity(tensor) for tensor in group.tensors]
    rows = [case.rows[one] for one in identities if one in case.rows]
    names = case.owners(rows) if rows else listed(f"`{name}`" for name in group.names)
    title = tr("Steps leave {names} unchanged").format(names=names)
    line = group.places[-1].spot if group.places else None
    return finding("steps_change_nothing", "info", line, title,
                   group.text, [], group.tensors)  # fmt: skip
