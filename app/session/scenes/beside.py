"""The run beside that of a scene: how it is described, and what has to run for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.contract.records import Change, ChangeKind
from app.session.language import listing
from app.session.run import Run
from app.session.scenes.records import Altered, Beside
from app.session.source.files import line_of, nth_of
from app.session.what_if.changes import sign


def described(run: Run, other: Run, programs: Mapping[str, str]) -> Beside | None:
    """Describe the other one of two runs, whichever of them is the one as written.

    `programs` are those of the lecture, by name.  None if the other run cannot be made again: it is
    of a text that is not there.
    """
    text, others = run.trace.snippet.text, other.trace.snippet.text
    changed = [[one.change for one in one_.trace.run.what_if] for one_ in (run, other)]
    if text == others:
        as_written = not all(changed)
        what_if = changed[0] or changed[1]
        return Beside(what_if=_altered(what_if, run)) if what_if and as_written else None
    name = next((name for name, known in programs.items() if known == others), None)
    return None if name is None or any(changed) else Beside(program=name)


def _altered(changes: Iterable[Change], run: Run) -> tuple[Altered, ...]:
    return tuple(
        Altered(kind=one.kind, name=one.target)
        if one.place is None or one.place[0] is not None
        else _at(run, one.kind, one.place[1])
        for one in changes
    )


def _at(run: Run, kind: ChangeKind, line: int) -> Altered:
    nth = nth_of(line, run.trace.snippet.text)
    return Altered(kind=kind, line=line, code=run.line_text(line), nth=nth)


def changes_of(beside: Beside, text: str) -> tuple[Change, ...] | None:
    """Return the changes for a run of this text; None if a line of them is gone."""
    found = []
    for one in beside.what_if:
        target: str | None = one.name
        if one.code:
            line = line_of(one.code, text, one.nth)
            target = None if line is None else str(line)
        if target is None:
            return None
        found.append(Change(one.kind, target))
    return tuple(found)


def words_of(beside: Beside) -> str:
    """Return what is beside a scene, in words."""
    if beside.program:
        return beside.program
    changes = (Change(one.kind, str(one.line) if one.code else one.name) for one in beside.what_if)
    return listing(sign(one).text for one in changes)
