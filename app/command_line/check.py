"""`tapescope check`: judges a run by its findings and by what trained."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from app.command_line.running import exit_code, traced
from app.command_line.streams import say, tell
from app.command_line.usage import UsageError
from app.command_line.writing import (
    by_rank,
    finding_counts,
    one_line,
    untraced_children,
    write_outputs,
)
from app.contract.records import Place, Trace
from app.session.cells.marks import is_notebook
from app.session.findings.words import advice
from app.session.language import listing, paragraph, tr
from app.session.places import where
from app.session.run import Run
from app.session.training.expected import Expectation, broken, matches, near, parameters

NOT_AS_IT_SHOULD_BE = 4
"""The exit code where the check fails."""
Level = Literal["error", "warning", "info"]
_FAILING: dict[str, tuple[Level, ...]] = {
    "error": ("error",), "warning": ("error", "warning"), "none": (),
}  # fmt: skip


class CheckProblem(NamedTuple):
    """A finding, or parameters that are not as asked; texts have code between backquotes."""

    code: str
    level: Level
    path: str | None
    line: int | None
    cell: str | None
    """Of a notebook, the cell with the line in it: its file does not have the lines of the text."""
    title: str
    text: str
    advice: str
    fails: bool

    @property
    def where(self) -> str:
        """ "train.py:12"."""
        if self.path is not None and self.cell is not None:
            return listing((self.path, self.cell))
        if self.path is None:
            return "" if self.line is None else tr("line {line}").format(line=self.line)
        return self.path if self.line is None else f"{self.path}:{self.line}"


class Report(NamedTuple):
    """What a check found.  `verdict` is one line; `ending` is how the run failed, None if not."""

    run: Run
    problems: list[CheckProblem]
    ending: str | None
    verdict: str
    exit_code: int


def check_command(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Trace or read, judge, print the report, return the exit code.  Raises UsageError."""
    if "-" in options.outputs:
        raise UsageError(tr("-o -: standard output has the report; name a file"))
    with traced(options, arguments) as (run, ask):
        write_outputs(run, options, ask)
    report = judge(run, options)
    from app.command_line.reports import FORMATS

    if text := FORMATS[options.format](report):
        say(text)
    tell(f"tapescope: {report.verdict}\n")
    return report.exit_code


def judge(run: Run, options: argparse.Namespace) -> Report:
    """Raises UsageError for a pattern that no parameter matches, unless the run failed."""
    trace = run.trace
    wanted: list[tuple[Expectation, str]] = [
        *(("trains", pattern) for pattern in options.trains),
        *(("frozen", pattern) for pattern in options.frozen),
    ]
    code = exit_code(run)
    problems = [*_of_training(trace, wanted, code), *_of_findings(trace, options.fail_on)]
    failing = [problem for problem in problems if problem.fails]
    if failing:
        code = NOT_AS_IT_SHOULD_BE
    return Report(run, problems, _ending(run), _verdict(run, failing, code), code)


def _of_training(
    trace: Trace, wanted: list[tuple[Expectation, str]], ended: int
) -> Iterator[CheckProblem]:
    training = trace.training
    names = parameters(training)
    for expectation, pattern in wanted:
        matching = {tensor: name for tensor, name in names.items() if matches(name, pattern)}
        if not matching and not ended:
            raise UsageError(_unmatched(names.values(), expectation, pattern))
        for one in broken(training, expectation, matching):
            place = _place(trace, one.group.places[0] if one.group.places else None)
            code = "does_not_train" if expectation == "trains" else "not_frozen"
            title = tr("{title}, against --{option} {pattern}").format(
                title=one.title, option=expectation, pattern=pattern
            )
            yield CheckProblem(code, "error", *place, title, one.group.text, "", True)


def _unmatched(names: Iterable[str], expectation: Expectation, pattern: str) -> str:
    if not (nearest := near(pattern, names)):
        text = tr("--{option} {pattern} matches nothing: the run has no parameters")
        return text.format(option=expectation, pattern=pattern)
    text = tr("--{option} {pattern} matches no parameter; the nearest are {names}")
    return text.format(option=expectation, pattern=pattern, names=listing(nearest))


def _of_findings(trace: Trace, fail_on: str) -> Iterator[CheckProblem]:
    for finding in trace.findings:
        place = None if finding.line is None else Place(finding.file, finding.line)
        yield CheckProblem(
            finding.code, finding.severity, *_place(trace, place), finding.title, finding.text,
            advice(finding.fix), finding.severity in _FAILING[fail_on],
        )  # fmt: skip


def _ending(run: Run) -> str | None:
    """Return how a run failed, in one line; None for one that ran to its end."""
    return None if run.trace.run.status == "ok" else one_line(run)


def _verdict(run: Run, failing: list[CheckProblem], code: int) -> str:
    if code and not failing:
        return tr("The program did not run to its end: {ending}").format(ending=one_line(run))
    if failing:
        titles = "; ".join(problem.title for problem in failing)
        text = tr("The check fails: {titles}.").format(titles=titles)
    elif found := finding_counts(run.trace):
        text = tr("The check passes. Findings: {counts}.").format(counts=found)
    else:
        text = tr("The check passes. There are no findings.")
    return by_rank(run.trace, paragraph((text, *untraced_children(run.trace))))


def _place(trace: Trace, place: Place | None) -> tuple[str | None, int | None, str | None]:
    """Return the path, as seen from the working folder if it is inside, with slashes; the line,
    or the cell of a notebook."""
    path, line = where(trace, place)
    if path is None:
        return None, line, None
    here, absolute = Path.cwd(), Path(path).absolute()
    shown = absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
    if place is not None and is_notebook(path):
        return shown.as_posix(), None, str(place.spot)
    return shown.as_posix(), line, None
