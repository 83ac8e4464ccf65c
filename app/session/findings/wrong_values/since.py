"""The iteration in which a gradient or a loss went wrong, and what grew before."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.contract.records import Finding
from app.session.findings.case import Case
from app.session.iterations.series import (
    began,
    growth_before,
    iterations_of,
    main_events,
    series_of,
)
from app.session.language import number, paragraph, tr


def with_iterations(case: Case, found: Iterable[Finding]) -> Iterator[Finding]:
    """Add to findings about gradients when it began, in a run of several iterations."""
    for one in found:
        since = _since(case, one.tensors)
        if since is not None:
            said, event = since
            one = replace(one, text=paragraph((one.text, said)), since=event)
        yield one


def with_iteration(case: Case, one: Finding, event: int) -> Finding:
    """Add to a finding about a backward pass the iteration in which it ran, among several."""
    events = main_events(iterations_of(case.run))
    at = bisect_left(events, event)
    if len(events) < 2 or at == len(events):
        return one
    said = tr("That was in iteration {iteration} of {count}.").format(
        iteration=number(at + 1), count=number(len(events))
    )
    return replace(one, text=paragraph((one.text, said)), since=events[at])


def _since(case: Case, tensors: list[int]) -> tuple[str, int] | None:
    """Return a sentence, and the event of the iteration."""
    if len(iterations_of(case.run)) < 2:
        return None
    known = series_of(case.run)
    of_these = [known[i] for i in dict.fromkeys(map(case.identity, tensors)) if i in known]
    pairs = [(began(one), one) for one in of_these]
    bad = [(start, one) for start, one in pairs if start and start.kind in ("nan", "inf", "zero")]
    if not bad:
        return None
    start, series = min(bad, key=lambda pair: pair[0].at)
    text = tr("It began in iteration {iteration} of {count}.").format(
        iteration=number(start.at + 1), count=number(len(series.events))
    )
    growth = growth_before(series, start.at)
    if growth is not None:
        grew = tr("Before that, the norm grew ×{factor} an iteration from iteration {first} on.")
        said = grew.format(factor=f"{growth.factor:.1f}", first=number(growth.at + 1))
        text = paragraph((text, said))
    return text, series.events[start.at]
