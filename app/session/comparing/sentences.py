"""What differs between two runs, in sentences about the second one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.session.explain.phrases import listed
from app.session.language import ngettext, number, tr
from app.session.numbers import size
from app.session.places import on_line
from app.session.timeline.modes import Modes
from app.session.words import mode_words

if TYPE_CHECKING:
    from app.contract.records import Operation
    from app.session.comparing.differences import Differences, GradientDifference
    from app.session.run import Run

_NAMED = 3
"""The most calls or leaves that are named; more are counted."""
_LEAST_SHARE = 0.5
"""Runs that have less in common are called different."""


def sentences(first: Run, second: Run, found: Differences, other: str) -> list[str]:
    """Say what differs; `other` is what the first run is called: "the run as written".

    Returns nothing if nothing differs.
    """
    return [
        *_of_operations(first, second, found, other),
        *_of_modes(first, second, found, other),
        *_of_gradients(found, other),
        *_of_memory(found, other),
    ]


def note_on_alignment(found: Differences) -> str:
    """Say how much of both runs could be aligned if that is little, else nothing."""
    share = found.alignment.share
    if share >= _LEAST_SHARE:
        return ""
    text = tr("Only {percent} % of both runs could be aligned: they are different programs.")
    return text.format(percent=round(100 * share))


def _of_operations(first: Run, second: Run, found: Differences, other: str) -> Iterator[str]:
    fates = [both.second for both in found.fates]
    recorded = [one for one in fates if one.status == "recorded"]
    skipped = [one for one in fates if one.status != "recorded"]
    for run, operations, text in (
        (
            second,
            recorded,
            ngettext(
                "{names} is recorded here and skipped in {other}.",
                "{names} are recorded here and skipped in {other}.",
                len(recorded),
            ),
        ),
        (
            second,
            skipped,
            ngettext(
                "{names} is skipped here and recorded in {other}.",
                "{names} are skipped here and recorded in {other}.",
                len(skipped),
            ),
        ),
        (second, found.only_second, _only_here(len(found.only_second))),
        (first, found.only_first, _only_there(len(found.only_first))),
    ):
        if operations:
            yield text.format(names=_calls(run, operations), other=other)


def _only_here(count: int) -> str:
    return ngettext("{names} is not in {other}.", "{names} are not in {other}.", count)


def _only_there(count: int) -> str:
    return ngettext("{names} is only in {other}.", "{names} are only in {other}.", count)


def _calls(run: Run, operations: Sequence[Operation]) -> str:
    """Name a few calls with their lines; count more of them, and those of a loop."""
    if len(operations) <= _NAMED:
        names = {on_line(f"`{run.code(one)}`", one.spot): None for one in operations}
        if len(names) == len(operations):
            return listed(names)
    text = ngettext("{count} operation", "{count} operations", len(operations))
    return text.format(count=number(len(operations)))


def _of_modes(first: Run, second: Run, found: Differences, other: str) -> Iterator[str]:
    """Say which modules ran in another mode, of those whose results depend on it."""
    modes = Modes(first), Modes(second)
    names: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for pair in found.alignment.pairs.items():
        before = modes[0].that_counts(first.operations[pair[0]])
        here = modes[1].that_counts(second.operations[pair[1]])
        if here and before and here.training != before.training:
            names[here.training][second.modules[here.module].path] = None
    for training, paths in names.items():
        text = ngettext(
            "{names} runs in {mode} here; in {other} in {before}.",
            "{names} run in {mode} here; in {other} in {before}.",
            len(paths),
        )
        if paths:
            few = listed(f"`{path}`" for path in paths)
            mode, there = mode_words(training=training), mode_words(training=not training)
            yield text.format(names=few, mode=mode, other=other, before=there)


def _of_gradients(found: Differences, other: str) -> Iterator[str]:
    rows = [row for row in found.gradients if _is_in_both(row)]
    gained = [row for row in rows if row.change == "appeared"]
    lost = [row for row in rows if row.change == "vanished"]
    changed = [row for row in rows if row.change == "values"]
    here = [row for row in found.gradients if row.first is None]
    there = [row for row in found.gradients if row.second is None]
    for named, text in (
        (
            gained,
            ngettext(
                "{names} has a gradient here; in {other} it is None.",
                "{names} have gradients here; in {other} they are None.",
                len(gained),
            ),
        ),
        (
            lost,
            ngettext(
                "{names} is None here; in {other} it has a gradient.",
                "{names} are None here; in {other} they have gradients.",
                len(lost),
            ),
        ),
        (
            changed,
            ngettext("{names} differs from {other}.", "{names} differ from {other}.", len(changed)),
        ),
        (here, _only_here(len(here))),
        (there, _only_there(len(there))),
    ):
        if named:
            yield text.format(names=_names(named), other=other)


def _is_in_both(row: GradientDifference) -> bool:
    return row.first is not None and row.second is not None


def _names(rows: Sequence[GradientDifference]) -> str:
    if len(rows) > _NAMED:
        appeared = rows[0].change == "appeared"
        text = tr("{count} leaves") if appeared else tr("{count} gradients")
        return text.format(count=number(len(rows)))
    return listed(f"`{row.name}.grad`" for row in rows)


def _of_memory(found: Differences, other: str) -> Iterator[str]:
    before, here = found.kept
    if before != here:
        yield tr("Autograd keeps {here} for backward; in {other} it keeps {before}.").format(
            here=size(here), before=size(before), other=other
        )
