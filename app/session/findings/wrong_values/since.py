"""The iteration in which a gradient went wrong, and whether it had been growing before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.contract.records import Finding
from app.session.findings.case import Case
from app.session.iterations.series import began, growth_before, iterations_of, series_of
from app.session.language import number, paragraph, tr


def with_iterations(case: Case, found: Iterable[Finding]) -> Iterator[Finding]:
    """Add to findings about gradients when it began, in a run of several iterations."""
    for one in found:
        since = _since(case, one.tensors)
        if since is not None:
            said, event = since
            one = replace(one, text=paragraph((one.text, said)), since=event)
        yield one


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
