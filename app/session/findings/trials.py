"""Tries fixes before they are offered: runs the edited text hidden and compares the traces."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.contract.records import Edit, Finding, Fix, Trace
from app.contract.spots import line_and_file, spot
from app.session.findings.edits import edited_texts, origins
from app.session.findings.effect import effect_of
from app.session.findings.offers import is_pending
from app.session.language import number, tr
from app.session.run import Run
from app.session.source.effects import first_effect
from app.session.source.files import texts_of

LONGEST_RUN = 30.0
"""Fixes of programs that ran longer than these seconds are not tried."""
_MOST_OPERATIONS = 20_000
"""Fixes of runs with more operations are not tried: comparing the traces takes too long."""
_BUDGET = 60.0
"""Seconds for all trials of a trace together."""
_MOST_TRIALS = 8
_ITERATIONS = 5
"""Edited programs of a run that was cut short end after as many optimizer steps."""
_SLOWER, _SPARE = 3.0, 5.0
"""A trial may take three times as long as the run itself, and five seconds."""

RunEdited = Callable[[str, dict[str, str], float, int | None], Run | None]
"""Trace a text within so many seconds and, if given, optimizer steps; with it, edited texts of
files that it imports, by path.  None: nobody waits for the answer any more."""


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


def try_fixes(run: Run, run_edited: RunEdited, budget: float = _BUDGET) -> Tried | None:
    """Try each fix that is pending; None once `run_edited` gives up.

    `run_edited` traces texts as the run's own were traced.  Runs take `budget` seconds together.
    """
    trace = run.trace
    tried, trials = Tried(), _Trials(run, run_edited, budget)
    for place, found in enumerate(trace.findings):
        if found.fix is None or not is_pending(found.fix):
            continue
        reason = trials.hindrance(found.fix)
        after = trials.run(found.fix) if reason is None else trace
        if after is None:
            return None
        reason = reason or trials.unused(found.fix, after)
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
    origins = _Origins(trace, found.fix.edits, after)
    before, now = _places(trace.findings), _places(after.findings, origins)
    place = found.code, found.spot
    if now[place] >= before[place]:
        return False
    others = {(one.code, one.title) for one in trace.findings if one.code != found.code}
    rest = [one for one in after.findings if (one.code, one.title) not in others]
    return not _grave(rest, origins) - _grave(trace.findings)


def _is_same_error(before: Trace, after: Trace) -> bool:
    one, other = before.error, after.error
    if one is None or other is None:
        return False
    return (one.type, one.message) == (other.type, other.message)


_Places = Counter[tuple[str, int | None]]


class _Origins:
    """Where lines of the edited program were before the edits, as spots."""

    def __init__(self, trace: Trace, edits: list[Edit], after: Trace) -> None:
        texts = {int(one.file): one.text for one in texts_of(trace)}
        self._lines = {
            number: origins(texts[number], [edit for edit in edits if edit.file == number])
            for number in {int(edit.file) for edit in edits}
        }
        before = {file.path: file.id for file in trace.files[1:]}
        self._files = {0: 0} | {file.id: before.get(file.path) for file in after.files[1:]}

    def of(self, at: int | None) -> int | None:
        line, file = line_and_file(at)
        number = self._files.get(file, file)
        if line is None or number is None:
            return at
        lines = self._lines.get(number, [])
        return spot(number, lines[line - 1] if 0 < line <= len(lines) else line)


def _places(findings: list[Finding], origins: _Origins | None = None) -> _Places:
    """How often each code is found on each line of the texts before the edits."""
    return Counter(
        (one.code, one.spot if origins is None else origins.of(one.spot)) for one in findings
    )


def _grave(findings: list[Finding], origins: _Origins | None = None) -> _Places:
    return _places([one for one in findings if one.severity != "info"], origins)


class _Trials:
    """Runs edited texts, the same ones once, as long as the budget lasts."""

    def __init__(self, run: Run, run_edited: RunEdited, budget: float) -> None:
        self._trace, self._run_edited, self._budget = run.trace, run_edited, budget
        self._is_cut_short = run.is_cut_short
        self._iterations = _ITERATIONS if run.goes_round else None
        rounds = max(len(run.trace.optimizer_steps), _ITERATIONS)
        self._share = _ITERATIONS / rounds if run.goes_round else 1.0
        """How much of the run the edited programs repeat."""
        self._traces: dict[tuple[tuple[int, str], ...], Trace] = {}
        self._spent = 0.0

    def hindrance(self, fix: Fix) -> str | None:
        """Why this fix cannot be tried; None if it can."""
        run, edited = self._trace.run, edited_texts(self._trace, fix.edits)
        if self._is_cut_short:
            return tr("the run was not recorded to its end")
        seconds, count = run.seconds * self._share, len(self._trace.operations) * self._share
        if seconds > LONGEST_RUN or count > _MOST_OPERATIONS:
            reason = tr("a run takes too long ({seconds:.1f} s, {count} operations)")
            return reason.format(seconds=seconds, count=number(int(count)))
        for file, text, _ in texts_of(self._trace):
            if (effect := first_effect(edited.get(file, text))) is not None:
                reason = tr("line {line} calls {call}, which acts outside the program")
                return reason.format(line=spot(file, effect.line), call=f"`{effect.call}()`")
        if tuple(edited.items()) in self._traces:
            return None
        if len(self._traces) >= _MOST_TRIALS or self._spent >= self._budget:
            return tr("the time was used up by other fixes")
        return None

    def run(self, fix: Fix) -> Trace | None:
        edited = edited_texts(self._trace, fix.edits)
        key = tuple(edited.items())
        if key not in self._traces:
            began = time.monotonic()
            limit = min(_SLOWER * self._trace.run.seconds + _SPARE, self._budget - self._spent)
            text = edited.get(0, self._trace.snippet.text)
            after = self._run_edited(text, self._by_path(edited), limit, self._iterations)
            self._spent += time.monotonic() - began
            if after is None:
                return None
            self._traces[key] = after.trace
        return self._traces[key]

    def unused(self, fix: Fix, after: Trace) -> str | None:
        """Say which file did not run with its edited text, if any."""
        edited = edited_texts(self._trace, fix.edits)
        ran = {file.path: file.text for file in after.files[1:]}
        for path, text in self._by_path(edited).items():
            if ran.get(path, text) != text:
                return tr("the program does not import {file}").format(file=Path(path).name)
        return None

    def _by_path(self, edited: dict[int, str]) -> dict[str, str]:
        """Return the edited texts of other files than the snippet."""
        return {
            file.path: edited[file.id]
            for file in self._trace.files[1:]
            if file.id in edited and file.path is not None
        }
