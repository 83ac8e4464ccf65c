"""What differs between two runs, in sentences about the second one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.session.explain.phrases import listed
from app.session.language import ngettext, number, tr
from app.session.numbers import size

if TYPE_CHECKING:
    from app.session.comparing.differences import Differences, GradientDifference

_NAMED = 3
"""The number of leaves that are named; further ones are counted."""
_LEAST_SHARE = 0.5
"""Runs that have less in common are called different."""


def sentences(found: Differences, other: str) -> list[str]:
    """Say what differs; `other` is what the first run is called: "the run as written".

    Returns nothing if nothing differs.
    """
    return [
        *_of_operations(found, other),
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


def _of_operations(found: Differences, other: str) -> Iterator[str]:
    recorded = sum(second.status == "recorded" for _, second in found.fates)
    skipped = len(found.fates) - recorded
    added, gone = len(found.only_second), len(found.only_first)
    for count, text in (
        (
            recorded,
            ngettext(
                "{count} operation is recorded here and skipped in {other}.",
                "{count} operations are recorded here and skipped in {other}.",
                recorded,
            ),
        ),
        (
            skipped,
            ngettext(
                "{count} operation is skipped here and recorded in {other}.",
                "{count} operations are skipped here and recorded in {other}.",
                skipped,
            ),
        ),
        (
            added,
            ngettext(
                "{count} operation is not in {other}.",
                "{count} operations are not in {other}.",
                added,
            ),
        ),
        (
            gone,
            ngettext(
                "{count} operation is only in {other}.",
                "{count} operations are only in {other}.",
                gone,
            ),
        ),
    ):
        if count:
            yield text.format(count=number(count), other=other)


def _of_gradients(found: Differences, other: str) -> Iterator[str]:
    rows = [row for row in found.gradients if _is_in_both(row)]
    gained = [row for row in rows if row.change == "appeared"]
    lost = [row for row in rows if row.change == "vanished"]
    changed = [row for row in rows if row.change == "values"]
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
