"""Gradients whose norm grows from iteration to iteration, and the loss with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.contract.records import Finding, Fix
from app.session.findings.case import Case, finding
from app.session.iterations.series import (
    as_float,
    began,
    by_optimizer,
    combined,
    explodes,
    iterations_of,
    series_of,
)
from app.session.language import number, paragraph, tr
from app.session.numbers import short


def gradient_explodes(case: Case) -> Iterator[Finding]:
    for iterations in by_optimizer(iterations_of(case.run)):
        norms = [combined([as_float(update.grad_norm) for update in i.of]) for i in iterations]
        losses = [as_float(one.loss) for one in iterations]
        growth = explodes(norms, losses)
        if growth is None:
            continue
        starts = ((identity, began(one)) for identity, one in series_of(case.run).items())
        growths = {identity for identity, start in starts if start and start.kind == "grows"}
        growing = [
            case.rows[update.tensor]
            for update in iterations[-1].of
            if update.tensor in growths and update.tensor in case.rows
        ]
        title = tr("The gradients explode, ×{factor} an iteration")
        title = title.format(factor=f"{growth.factor:.1f}")
        text = tr(
            "From iteration {first} to {last} the norm of all gradients grew from {low} to {high}, "
            "and the loss from {least} to {most}."
        ).format(
            first=number(growth.at + 1), last=number(len(norms)),
            low=short(norms[growth.at] or 0.0), high=short(norms[-1] or 0.0),
            least=short(losses[growth.at] or 0.0), most=short(losses[-1] or 0.0),
        )  # fmt: skip
        if growing:
            text = paragraph((text, tr("It grew in {names}.").format(names=case.owners(growing))))
        fix = Fix(tr("Lower the learning rate, or call `clip_grad_norm_()` before the step."), [])
        steps = (step for step in case.trace.optimizer_steps if step.event == iterations[-1].event)
        spot = next((step.spot for step in steps), None)
        tensors = [row.tensor for row in growing]
        found = finding("gradient_explodes", "warning", spot, title, text, [], tensors, fix)
        yield replace(found, since=iterations[growth.at].event)
