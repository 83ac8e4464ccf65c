"""Which traces belong to one run: found by the names of their files, checked by what is in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.contract.records import Finding
from app.session.explain.phrases import listed
from app.session.findings.case import finding
from app.session.language import ngettext, number, tr
from app.session.ranks.naming import ProcessName, process_name
from app.session.run import Run

_NAME = re.compile(
    r"(?P<base>.+?)(?:\.rank(?P<rank>\d+))?(?:\.(?P<child>\d+))?(?P<ending>\.json(?:\.gz)?)"
)
"""As `tapescope trace` names the files: run.rank0.json, run.1.json, run.rank0.1.json.gz."""


class _Parts(NamedTuple):
    base: str
    ending: str
    rank: int
    child: int
    """-1 for a file without a rank, or of a process that no other one started."""


def _parts(name: str) -> _Parts | None:
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return _Parts(
        found["base"], found["ending"], int(found["rank"] or -1), int(found["child"] or -1)
    )


def files_beside(path: Path) -> list[Path]:
    """Return the files in the folder of a trace that are named as those of the same run.

    They are in the order of their ranks, each followed by the processes that it started.
    """
    own = _parts(path.name)
    if own is None:
        return []
    named = [(parts, other) for other in path.parent.iterdir() if (parts := _parts(other.name))]
    found = [
        (parts, other)
        for parts, other in named
        if parts[:2] == own[:2] and (parts.rank < 0) == (own.rank < 0) and parts != own
    ]
    return [other for _, other in sorted(found)]


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """One of several processes of a run."""

    path: Path
    run: Run

    @property
    def place(self) -> tuple[int, int]:
        """Its place among the others: ranks first, each before what it started."""
        info = self.run.trace.run
        return (
            -1 if info.rank is None else info.rank,
            -1 if info.child is None else info.child,
        )

    @property
    def name(self) -> ProcessName:
        return process_name(self.run.trace.run.rank, self.run.trace.run.child)


@dataclass(frozen=True, slots=True, eq=False)
class Processes:
    """The processes of a run that have traces, in order.  `problems` are about the others."""

    all: Sequence[Process]
    problems: Sequence[Finding]

    def place_of(self, run: Run) -> int | None:
        found = (place for place, process in enumerate(self.all) if process.run is run)
        return next(found, None)


def together(first: Process, others: Mapping[Path, Run | str], asked: frozenset[Path]) -> Processes:
    """Return the processes of the run that the first one belongs to.

    `others` are the runs of further files, or why one cannot be read.  Of files that nobody
    `asked` for and whose names alone suggest that they belong, only those with a rank in the name
    are spoken of.
    """
    found, problems = [first], []
    left_out: set[int] = set()
    for path, other in others.items():
        reason = other if isinstance(other, str) else _why_apart(found, Process(path, other))
        if not isinstance(other, str) and not reason:
            found.append(Process(path, other))
        elif path in asked or ".rank" in path.name:
            title = tr("`{file}` is left out").format(file=path.name)
            problems.append(finding("process_left_out", "warning", None, title, reason))
            if (parts := _parts(path.name)) is not None:
                left_out.add(parts.rank)
    found.sort(key=lambda process: process.place)
    return Processes(found, [*problems, *_missing(first, found, left_out)])


def _why_apart(known: Sequence[Process], other: Process) -> str:
    """Return why a trace is not of the same run as those that are known; "" if it is."""
    first = known[0].run.trace
    trace, name = other.run.trace, other.path.name
    if (first.run.rank is None) != (trace.run.rank is None):
        text = tr("It is of another run than {first}: only one of the two has a rank.")
        return text.format(first=known[0].path.name)
    if first.run.world != trace.run.world:
        text = tr("It is from a run of {other} ranks, and {first} is from one of {world}.")
        other_world, world = (one.run.world or "?" for one in (trace, first))
        return text.format(other=other_world, first=known[0].path.name, world=world)
    if (changed := next(_other_files(known[0].run, other.run), None)) is not None:
        text = tr("It was recorded with another version of {file} than {first}.")
        return text.format(file=changed, first=known[0].path.name)
    for process in known:
        if process.place == other.place:
            text = tr("{name} and {other} are both of {process}.")
            return text.format(name=name, other=process.path.name, process=process.name.name)
    return ""


def _other_files(first: Run, second: Run) -> Iterator[str]:
    """Yield the names of the files whose text differs between the two runs."""
    texts = first.trace.snippet.text, second.trace.snippet.text
    if texts[0] != texts[1]:
        yield Path(first.trace.snippet.path or tr("the program")).name
    known = {file.path: file.text for file in first.trace.files[1:] if file.text is not None}
    for file in second.trace.files[1:]:
        if file.text is not None and known.get(file.path, file.text) != file.text:
            yield Path(file.path or "").name


def _missing(
    first: Process, found: Sequence[Process], left_out: Collection[int]
) -> Iterator[Finding]:
    """Yield a finding about the ranks that have no trace here, not even one that is left out."""
    world = first.run.trace.run.world or 0
    here = {one.place[0] for one in found}.union(left_out)
    absent = [rank for rank in range(world) if rank not in here]
    if not absent:
        return
    title = ngettext(
        "{names} has no trace in this folder", "{names} have no traces in this folder", len(absent)
    ).format(names=listed(process_name(rank, None).title for rank in absent))
    text = tr(
        "The run had {world} ranks. A rank that was killed may have written nothing, and one on "
        "another machine has its file there. Open all files at once to see them together."
    )
    yield finding("rank_without_trace", "warning", None, title, text.format(world=number(world)))
