"""Losses that are differentiated again after steps changed what they were computed from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from app.contract.records import BackwardPass, Finding, Fix, OptimizerStep
from app.session.findings.case import Case, finding
from app.session.language import number, tr


def loss_not_computed_again(case: Case) -> Iterator[Finding]:
    """Find passes from one value, on one line, between which an optimizer moved its parameters.

    The graph was kept (`retain_graph=True`), else the second pass would have failed.
    """
    passes: dict[tuple[int, int | None], list[BackwardPass]] = defaultdict(list)
    for backward in case.backwards:
        if len(backward.roots) == 1:
            passes[backward.roots[0], backward.spot].append(backward)
    for (root, _), alike in passes.items():
        step = _step_between(case, alike) if len(alike) > 1 else None
        if step is not None:
            yield _finding(case, root, alike, step)


def _step_between(case: Case, passes: Sequence[BackwardPass]) -> OptimizerStep | None:
    first, last = passes[0], passes[-1]
    steps = (
        case.gradient_uses.step_between(case.identity(tensor), first.event, last.event)
        for tensor in first.accumulated_into
    )
    return next((step for step in steps if step is not None), None)


def _finding(case: Case, root: int, passes: Sequence[BackwardPass], step: OptimizerStep) -> Finding:
    maker, name = case.run.producers.get(root), case.name(root)
    text = tr(
        "{count} backward passes on line {line} went back through the same {name}, while the step "
        "on line {step} changed the parameters: all but the first gradient are of values that "
        "these no longer have."
    ).format(count=number(len(passes)), line=passes[0].spot, name=name, step=step.spot)
    fix = Fix(
        tr("Compute {names} inside the loop, again for each `backward()`.").format(names=name), []
    )
    title = tr("A loss was not computed again")
    makers = [] if maker is None else [maker]
    tensors = [t for t in passes[0].accumulated_into if case.identity(t) in case.rows]
    return finding("loss_not_computed_again", "warning", passes[0].spot, title, text, makers,
                   tensors, fix)  # fmt: skip
