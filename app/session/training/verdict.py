"""The verdict on a run: what trains and what does not, as the document holds it."""

from __future__ import annotations

from collections import defaultdict
from math import prod

from app.contract.records import Training, TrainingGroup, places_of
from app.session.language import listing, ngettext, number, tr
from app.session.run import Run
from app.session.training.evidence import Evidence
from app.session.training.states import Fate, fates
from app.session.training.words import clause, sentence


def training(evidence: Evidence) -> Training | None:
    """What a trace with explained gradients trained; None if it has no parameter."""
    found = fates(evidence)
    if not found:
        return None
    trained = [fate for fate in found if fate.state == "trained"]
    return Training(
        parameters=len(found),
        trained=len(trained),
        elements=sum(map(_elements, found)),
        trained_elements=sum(map(_elements, trained)),
        verdict=_verdict(evidence.run, found),
        groups=_groups(evidence.run, found),
    )


def _elements(fate: Fate) -> int:
    return prod(fate.tensor.shape)


def _groups(run: Run, found: list[Fate]) -> list[TrainingGroup]:
    """Those with the same state for the same reason; what trains first, then the largest."""
    alike: dict[tuple[object, ...], list[Fate]] = defaultdict(list)
    for fate in found:
        alike[fate.state, fate.detail, fate.lines, fate.rate, fate.has_tiny_gradient].append(fate)
    ordered = sorted(alike.values(), key=lambda group: (group[0].state != "trained", -len(group)))
    return [
        TrainingGroup(
            state=group[0].state,
            names=[fate.name for fate in group],
            tensors=[fate.tensor.id for fate in group],
            elements=sum(map(_elements, group)),
            places=places_of(group[0].lines),
            text=sentence(run, group[0], len(group)),
        )
        for group in ordered
    ]


def _verdict(run: Run, found: list[Fate]) -> str:
    """ "Trains 2 of 217 parameters. 215 do not: 203 are frozen (line 8), …"."""
    trace = run.trace
    others = [fate for fate in found if fate.state != "trained"]
    total, trained = len(found), len(found) - len(others)
    if not others:
        return _all(total)
    first = ngettext(
        "Trains {trained} of {total} parameter.", "Trains {trained} of {total} parameters.", total
    ).format(trained=number(trained), total=number(total))
    if not trained and not trace.backward_passes:
        if not run.is_cut_short:
            return tr("{first} No backward pass ran.").format(first=first)
        return tr("{first} The record ends before any backward pass.").format(first=first)
    clauses = _clauses(others)
    if len(clauses) == 1:
        return tr("{first} {reason}.").format(first=first, reason=clauses[0])
    text = ngettext(
        "{first} {count} does not: {reasons}.", "{first} {count} do not: {reasons}.", len(others)
    )
    return text.format(first=first, count=number(len(others)), reasons=listing(clauses))


def _all(total: int) -> str:
    if total == 2:
        return tr("Trains both parameters.")
    text = ngettext("Trains the only parameter.", "Trains all {total} parameters.", total)
    return text.format(total=number(total))


def _clauses(others: list[Fate]) -> list[str]:
    """One for each reason, the one that holds for the most first."""
    alike: dict[tuple[str, str], list[Fate]] = defaultdict(list)
    for fate in others:
        alike[fate.state, fate.detail].append(fate)
    ordered = sorted(alike.values(), key=len, reverse=True)
    return [
        clause(group[0], len(group), sorted({line for fate in group for line in fate.lines}))
        for group in ordered
    ]
