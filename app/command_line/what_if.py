"""Changes of a what-if that apply to nothing: they must not pass silently."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.command_line.reading import ProgramText
from app.command_line.usage import UsageError
from app.contract.records import Change, WhatIf
from app.session.language import listing, tr
from app.session.run import Run
from app.session.training.expected import near
from app.session.what_if.changes import unmatched
from app.session.what_if.switches import heads, switches

_MOST = 5
"""Lines that are named at most."""


def refuse_lines(changes: Sequence[Change], program: ProgramText) -> None:
    """Raise UsageError for a line of the program that has nothing to leave out."""
    for path, line in filter(None, (change.place for change in changes)):
        found = switches(program.text)
        if path is None and line not in found and line not in heads(program.text):
            raise UsageError(_no_switch(line, found))


def _no_switch(line: int, found: Collection[int]) -> str:
    if not found:
        text = tr(
            "--without {line}: the program has no no_grad, inference_mode, enable_grad, "
            "set_grad_enabled, autocast or detach()"
        )
        return text.format(line=line)
    nearest = sorted(sorted(found, key=lambda one: abs(one - line))[:_MOST])
    text = tr("--without {line}: that line says nothing about recording; these do: {lines}")
    return text.format(line=line, lines=listing(map(str, nearest)))


def refuse_unmatched(run: Run) -> None:
    """Raise UsageError for a change that applied to nothing, in a run that reached its end."""
    missed = unmatched(run.trace)
    if missed:
        raise UsageError(_missed(run, missed[0]))


def _missed(run: Run, change: WhatIf) -> str:
    if change.kind == "without":
        text = tr(
            "--without {line}: no no_grad, inference_mode, enable_grad, set_grad_enabled, autocast "
            "or detach() ran there"
        )
        return text.format(line=change.target)
    option, pattern = change.kind, change.target
    rows = [row.name for row in run.trace.gradients]
    dots = ((name, at) for name in rows for at, letter in enumerate(name) if letter == ".")
    modules = dict.fromkeys(name[:at] for name, at in dots)
    names = [*modules, *rows]  # the name of a module means the parameters in it
    text = tr("--{option} {pattern} matches no parameter; the nearest are {names}")
    if option in ("eval", "train"):
        names = [module.path for module in run.trace.modules]
        text = tr("--{option} {pattern} matches no module that is called; the nearest are {names}")
    if nearest := near(pattern, names):
        return text.format(option=option, pattern=pattern, names=listing(nearest))
    text = tr("--{option} {pattern} matches nothing: the run has no parameters and no modules")
    return text.format(option=option, pattern=pattern)
