"""What the optimizers were given, beside what got gradients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import Finding, Fix, Optimizer
from app.session.findings.case import Case, finding
from app.session.language import tr


def not_in_optimizer(case: Case) -> Iterator[Finding]:
    if not case.given or not case.is_whole:
        return
    owned = {
        case.identity(parameter)
        for optimizer in case.trace.optimizers
        for parameter in optimizer.parameters
    }
    rows = [
        row
        for row in case.trace.gradients
        if case.tensor(row.tensor).kind == "parameter"
        and case.identity(row.tensor) not in owned
        and any(h.kind == "accumulated" for h in case.histories.of(case.identity(row.tensor)))
        and not _is_updated_by_hand(case, case.identity(row.tensor))
    ]
    if not rows:
        return
    stepped = [optimizer for optimizer in case.trace.optimizers if optimizer.number is not None]
    title = tr("Parameters with a gradient are in no optimizer")
    text = tr(
        "Backward passes filled the .grad of {names}, but no optimizer was given them, so they "
        "keep their values."
    ).format(names=case.owners(rows))
    fix = Fix(tr("Give them to an optimizer, or set requires_grad to False to save the work."), [])
    yield finding("not_in_optimizer", "warning", stepped[-1].line, title, text, [],
                  [row.tensor for row in rows], fix)  # fmt: skip


def _is_updated_by_hand(case: Case, identity: int) -> bool:
    """Whether it changed after a backward pass had filled its `.grad`."""
    filled = next(h.event for h in case.histories.of(identity) if h.kind == "accumulated")
    storage = case.index.values[identity][0].storage
    return case.first_change(storage, filled) is not None


def frozen_in_optimizer(case: Case) -> Iterator[Finding]:
    first_steps: dict[int, int] = {}
    for step in case.trace.optimizer_steps:
        first_steps.setdefault(step.optimizer, step.event)
    frozen: dict[int, list[int]] = defaultdict(list)
    for optimizer in case.trace.optimizers:
        event = first_steps.get(-1 if optimizer.number is None else optimizer.number)
        if event is not None:
            frozen[optimizer.id] = [
                parameter
                for parameter in optimizer.parameters
                if not case.index.requiring.at(parameter, event)
                and not case.histories.of(case.identity(parameter))
            ]
    for optimizer in case.trace.optimizers:
        if frozen[optimizer.id]:
            yield _told(case, optimizer, frozen[optimizer.id])


def _told(case: Case, optimizer: Optimizer, parameters: list[int]) -> Finding:
    identities = [case.identity(parameter) for parameter in parameters]
    rows = [case.rows[identity] for identity in identities if identity in case.rows]
    title = tr("The optimizer has parameters that do not require grad")
    text = tr("{names} never got a gradient, so the steps of {optimizer} leave them alone.").format(
        names=case.owners(rows), optimizer=optimizer.type
    )
    return finding("frozen_in_optimizer", "info", optimizer.line, title, text, [], parameters)
