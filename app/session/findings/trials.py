"""Tries fixes before they are offered: runs the edited text hidden and compares the traces."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from app.contract.records import Finding, Fix, Trace
from app.session.findings.edits import apply, origins
from app.session.findings.effect import effect_of
from app.session.findings.offers import is_pending
from app.session.language import number, tr
from app.session.run import Run
from app.session.source.effects import first_effect
from app.session.trace.partial import is_cut_short

LONGEST_RUN = 30.0
"""Fixes of programs that ran longer than these seconds are not tried."""
_MOST_OPERATIONS = 20_000
"""Fixes of runs with more operations are not tried: comparing the traces takes too long."""
_BUDGET = 60.0
"""Seconds for all trials of a trace together."""
_MOST_TRIALS = 8
_SLOWER, _SPARE = 3.0, 5.0
"""A trial may take three times as long as the run itself, and five seconds."""

RunText = Callable[[str, float], Run | None]
"""Trace a text within so many seconds.  None: nobody waits for the answer any more."""


@dataclass(slots=True)
class Tried:
    """The results of trying a trace's fixes.

    `fixes` has, by the place of the finding, what replaces its fix: None for one that failed.
    """

    fixes: dict[int, Fix | None] = field(default_factory=dict)

    def put_into(self, trace: Trace) -> None:
        """Change the findings.  Where a fix failed, the gradients' reasons do not advise it."""
        trace.findings = [
            replace(found, fix=self.fixes[place]) if place in self.fixes else found
            for place, found in enumerate(trace.findings)
        ]
        failed = {
            tensor
            for place, fix in self.fixes.items()
            if fix is None
            for tensor in trace.findings[place].tensors
        }
        for row in trace.gradients:
            if row.tensor in failed and row.grad is None:
                row.why.fix = row.why.advice = None


def try_fixes(run: Run, run_text: RunText, budget: float = _BUDGET) -> Tried | None:
    """Try each fix that is pending; None once `run_text` gives up.

    `run_text` traces a text as the run's own text was traced.  Runs take `budget` seconds together.
    """
    trace = run.trace
    tried, trials = Tried(), _Trials(trace, run_text, budget)
    for place, found in enumerate(trace.findings):
        if found.fix is None or not is_pending(found.fix):
            continue
        reason = trials.hindrance(found.fix)
        after = trials.run(found.fix) if reason is None else trace
        if after is None:
            return None
        if after.run.status in ("timeout", "stopped"):
            reason = reason or tr("the edited program did not end in time")
        if reason is not None:
            tried.fixes[place] = replace(found.fix, untried=reason)
        elif has_helped(trace, found, after):
            tried.fixes[place] = replace(found.fix, effect=effect_of(run, after))
        else:
            tried.fixes[place] = None
    return tried


def none_tried(trace: Trace, reason: str) -> Tried:
    """Say of each pending fix why it was not tried."""
    return Tried({
        place: replace(found.fix, untried=reason)
        for place, found in enumerate(trace.findings)
        if found.fix is not None and is_pending(found.fix)
    })  # fmt: skip


def has_helped(trace: Trace, found: Finding, after: Trace) -> bool:
    """Return whether the finding is gone and no new error or warning appeared."""
    if after.run.status not in ("ok", "raised") or found.fix is None:
        return False
    if after.error is not None and (found.severity == "error" or not _is_same_error(trace, after)):
        return False
    lines = origins(trace.snippet.text, found.fix.edits)
    before, now = _places(trace.findings, None), _places(after.findings, lines)
    place = found.code, found.spot
    if now[place] >= before[place]:
        return False
    others = {(one.code, one.title) for one in trace.findings if one.code != found.code}
    rest = [one for one in after.findings if (one.code, one.title) not in others]
    return not _grave(rest, lines) - _grave(trace.findings, None)


def _is_same_error(before: Trace, after: Trace) -> bool:
    one, other = before.error, after.error
    if one is None or other is None:
        return False
    return (one.type, one.message) == (other.type, other.message)


_Places = Counter[tuple[str, int | None]]


def _places(findings: list[Finding], lines: list[int] | None) -> _Places:
    """How often each code is found on each line of the text before the edits."""
    return Counter((one.code, _original(one.spot, lines)) for one in findings)


def _grave(findings: list[Finding], lines: list[int] | None) -> _Places:
    return _places([one for one in findings if one.severity != "info"], lines)


def _original(line: int | None, lines: list[int] | None) -> int | None:
    if line is None or lines is None or not 0 < line <= len(lines):
        return line
    return lines[line - 1]


class _Trials:
    """Runs edited texts, each once, as long as the budget lasts."""

    def __init__(self, trace: Trace, run_text: RunText, budget: float) -> None:
        self._trace, self._run_text, self._budget = trace, run_text, budget
        self._traces: dict[str, Trace] = {}
        self._spent = 0.0

    def hindrance(self, fix: Fix) -> str | None:
        """Why this fix cannot be tried; None if it can."""
        run, text = self._trace.run, self._edited(fix)
        if is_cut_short(run):
            return tr("the run was not recorded to its end")
        if run.seconds > LONGEST_RUN or len(self._trace.operations) > _MOST_OPERATIONS:
            reason = tr("a run takes too long ({seconds:.1f} s, {count} operations)")
            count = number(len(self._trace.operations))
            return reason.format(seconds=run.seconds, count=count)
        if (effect := first_effect(text)) is not None:
            reason = tr("line {line} calls {call}, which acts outside the program")
            return reason.format(line=effect.line, call=f"`{effect.call}()`")
        if text in self._traces:
            return None
        if len(self._traces) >= _MOST_TRIALS or self._spent >= self._budget:
            return tr("the time was used up by other fixes")
        return None

    def run(self, fix: Fix) -> Trace | None:
        text = self._edited(fix)
        if text not in self._traces:
            began = time.monotonic()
            limit = min(_SLOWER * self._trace.run.seconds + _SPARE, self._budget - self._spent)
            after = self._run_text(text, limit)
            self._spent += time.monotonic() - began
            if after is None:
                return None
            self._traces[text] = after.trace
        return self._traces[text]

    def _edited(self, fix: Fix) -> str:
        return apply(self._trace.snippet.text, fix.edits)
