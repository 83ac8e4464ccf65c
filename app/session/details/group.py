"""The details of a group that is not a single module: alike ones, a loop, a function, a section."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.session.details.content import MOST_LISTED, listed
from app.session.details.facts import DetailBox, DetailFact, Details, FactTarget
from app.session.explain.phrases import more
from app.session.graph.building import Drawing
from app.session.graph.grouping.groups import Group
from app.session.graph.payloads import GroupItem
from app.session.graph.tiles import tile_words
from app.session.language import number, tr
from app.session.look.status import STATUS_STYLES
from app.session.numbers import duration, operations_counted, size
from app.session.run import Run
from app.session.summary.why import short_why


def group_details(drawing: Drawing, key: str) -> Details | None:
    """Return what the operations of a group add up to, or None where no group has this key."""
    members = drawing.tree.members(key)
    if not members:
        return None
    item = drawing.items.group(drawing.tree, members)
    style = STATUS_STYLES[item.status]
    return Details(
        title=item.title,
        expression=item.detail,
        glyph=style.glyph,
        tone=item.status,
        words=f"×{number(item.count)}" if item.count > 1 else tr(style.label),
        boxes=(
            DetailBox("", tuple(_totals(drawing, members, item))),
            DetailBox(tr("Parameters"), tuple(_tiles(item))),
            DetailBox(tr("Without a gradient"), tuple(_missing(drawing.run, item))),
            DetailBox(tr("Inside"), tuple(_inside(drawing, members))),
        ),
    )


def _totals(drawing: Drawing, members: Sequence[Group], item: GroupItem) -> Iterable[DetailFact]:
    yield DetailFact(tr("Operations"), number(len(item.operations)), item.summary, mono=True)
    places = drawing.units.places[members[0].start : members[-1].end]
    seconds = sum(map(drawing.run.operation_columns.seconds.__getitem__, places))
    yield DetailFact(tr("Time of all calls"), duration(seconds), mono=True)
    kept = size(0 if item.kept is None else item.kept.total)
    tip = tr("Each storage is counted once.")
    yield DetailFact(tr("Kept for backward"), kept, mono=True, tooltip=tip)


def _tiles(item: GroupItem) -> Iterable[DetailFact]:
    """Return what happened to the parameters that the group takes."""
    for tile in item.tiles:
        yield DetailFact(tile_words(tile), "")


def _missing(run: Run, item: GroupItem) -> Iterable[DetailFact]:
    """Return the trainable parameters in it whose `.grad` is None, with their reasons."""
    missing = set(item.missing)
    facts = (
        DetailFact(
            row.name,
            "None",
            short_why(run, row),
            mono=True,
            mono_label=True,
            tooltip=row.why.text,
            link=FactTarget("tensor", row.tensor),
        )
        for row in run.trace.gradients
        if row.name in missing
    )
    return listed(facts, tr("Parameters"))


def _inside(drawing: Drawing, members: Sequence[Group]) -> Iterable[DetailFact]:
    """Return the groups that it is made of, modules as links."""
    tree = drawing.tree
    parts = members if len(members) > 1 else tree.children(members[0].key)
    shown = parts if len(parts) <= MOST_LISTED + 1 else parts[:MOST_LISTED]
    for part in shown:
        title, module = drawing.items.title(tree, [part]), part.step.module
        link = None if module is None else FactTarget("module", module)
        yield DetailFact(title, operations_counted(part.size), mono_label=True, link=link)
    if rest := len(parts) - len(shown):
        yield DetailFact(more(rest), "")
