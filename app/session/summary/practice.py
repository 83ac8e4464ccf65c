"""Describes what normal training does with gradients between backward pass and step."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import OptimizerStep
from app.session.explain.history import Histories
from app.session.language import number, tr
from app.session.run import Run
from app.session.source.parsing import parsed

_CHANGING = ("clip_grad_norm_", "clip_grad_value_", "unscale_")


def practice(run: Run) -> Iterator[tuple[str, int | None]]:
    """Yield sentences with their lines: what changed gradients, how many passes a step uses."""
    if not run.trace.optimizer_steps or run.trace.run.partial is not None:
        return
    yield from _changed(run)
    yield from _accumulated(run)


def _changed(run: Run) -> Iterator[tuple[str, int | None]]:
    """Yield the calls that changed gradients in place."""
    ran = {op.spot for op in run.changing}
    reported: set[str] = set()
    for node in ast.walk(parsed(run.trace.snippet.text)):
        if not isinstance(node, ast.Call) or node.lineno not in ran:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in _CHANGING and name not in reported:
            reported.add(name)
            text = tr("`{call}` on line {line} changes gradients in place.")
            yield text.format(call=name, line=node.lineno), node.lineno


def _accumulated(run: Run) -> Iterator[tuple[str, int | None]]:
    """Yield optimizers whose steps, except perhaps the last, all use several passes."""
    trace, histories = run.trace, Histories(run)
    for optimizer in trace.optimizers:
        steps = [s for s in trace.optimizer_steps if s.optimizer == optimizer.number]
        own = [run.identity(one) for one in optimizer.parameters]
        filled = next((one for one in own if histories.of(one)), None)
        if filled is None or len(steps) < 2:
            continue
        counts = [_passes(histories, filled, step) for step in steps]
        if counts[0] > 1 and len(set(counts[:-1])) == 1 and 0 < counts[-1] <= counts[0]:
            text = tr(
                "Each {optimizer} step on line {line} uses the sum of {count} backward passes."
            )
            if counts[-1] < counts[0]:
                text = tr(
                    "Each {optimizer} step on line {line} uses the sum of {count} backward passes, "
                    "the last one of {last}."
                )
            values = {"count": number(counts[0]), "last": number(counts[-1])}
            line = steps[0].spot
            yield text.format(optimizer=optimizer.type, line=line, **values), line


def _passes(histories: Histories, identity: int, step: OptimizerStep) -> int:
    """Return the number of passes that had added to a `.grad` since it was last cleared."""
    count = 0
    for happening in histories.before(identity, step.event):
        if happening.kind != "accumulated":
            break
        count += 1
    return count
