"""What a line of the gradient table shows: a parameter, or a group that speaks for its members."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.contract.records import TrainState
from app.gui.panels.gradients.rows import (
    GradientColumn,
    GradientRow,
    cell_text,
    norm_of,
    row_then,
    tooltip,
    tooltip_then,
    why_text,
)
from app.gui.panels.gradients.tree import Entry
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.kept import Amount
from app.session.language import ngettext, number, tr
from app.session.numbers import short, size
from app.session.timeline import Snapshot

MOST_COUNTED = 2000
"""Members of a group whose gradients are counted at a moment, which is done while it is drawn."""


@dataclass(frozen=True, slots=True)
class TableLine:
    """`row` is None for a group; `glyph` is None if its members have different reasons."""

    entry: Entry
    depth: int
    is_open: bool
    row: GradientRow | None
    said: str
    glyph: Glyph | None
    tone: ToneKey
    state: TrainState | None
    norm: str
    is_now: bool

    def text(self, column: GradientColumn) -> str:
        """Return the text of a cell."""
        match column:
            case GradientColumn.LEAF:
                return self.entry.label
            case GradientColumn.WHY:
                return self.said
            case GradientColumn.NORM:
                return self.norm
            case GradientColumn.COUNT if self.row is None:
                return number(len(self.entry.rows))
            case _:
                return "" if self.row is None else cell_text(self.row, column)

    def tip(self, *, is_at_end: bool) -> str:
        if self.row is None:
            return f"{self.entry.key}\n\n{self.said}"
        return tooltip(self.row) if is_at_end else tooltip_then(self.row)


def line_of(
    rows: Sequence[GradientRow],
    entry: Entry,
    depth: int,
    *,
    is_open: bool,
    is_now: bool,
    is_large: bool,
    then: Snapshot | None,
) -> TableLine:
    """Return a line at a moment; None is the end of the run.

    In a large table it says whether a parameter trains; in others, whether it was reached.
    """
    if entry.children:
        made = _at_end(rows, entry) if then is None else _at_moment(rows, entry, then)
        return TableLine(entry, depth, is_open, None, *made, is_now)
    row = rows[entry.rows[0]]
    if then is not None:
        row = row_then(row, then)
    norm = cell_text(row, GradientColumn.NORM)
    said, state, look = row.said, row.state, (row.glyph, row.tone)
    if not is_large:
        said, state, written = why_text(row), None, row.as_written
        look = look if written is None else (written.glyph, written.tone)
    return TableLine(entry, depth, False, row, said, *look, state, norm, row.is_now)


def with_bytes(line: TableLine, modules: Mapping[str, Amount]) -> TableLine:
    """Return a line that says what its module keeps for backward: that of a parameter, or a group.

    It says nothing where the name is that of no module.
    """
    path = line.entry.key if line.row is None else line.row.gradient.name.rpartition(".")[0]
    kept = modules.get(path)
    if kept is None:
        return replace(line, said="", glyph=None, state=None)
    text = "{bytes}"
    if line.row is not None:
        text = tr("{bytes} in {module}")
    elif kept.anyway:
        text = tr("{bytes}, {only} of it only for backward")
    said = text.format(module=path, bytes=size(kept.total), only=size(kept.only))
    return replace(line, said=said, glyph="keep", tone="gradient", state=None)


_Said = tuple[str, Glyph | None, ToneKey, TrainState | None, str]


def _at_end(rows: Sequence[GradientRow], entry: Entry) -> _Said:
    members = [rows[one] for one in entry.rows]
    norms = [norm_of(row.gradient) for row in members if row.summary is not None]
    if any(row.is_covered for row in members):
        return tr("values, or None?"), "covered", "covered", None, ""
    norm = short(math.hypot(*norms)) if norms else "–"
    if any(row.is_bad for row in members):
        norm = "NaN"
    first = members[0]
    if entry.why is not None:
        return entry.why, first.glyph, first.tone, first.state, norm
    return _mixed(members), None, "neutral", None, norm


def _mixed(members: Sequence[GradientRow]) -> str:
    """Return what there is to say of members with different reasons."""
    if any(row.state is not None for row in members):
        trained = sum(row.state == "trained" for row in members)
        text = ngettext(
            "{trained} trains, {others} do not", "{trained} train, {others} do not", trained
        )
        return text.format(trained=number(trained), others=number(len(members) - trained))
    found = sum(row.summary is not None for row in members)
    return _have_one(found, len(members))


def _have_one(found: int, total: int) -> str:
    text = ngettext("{count} of {total} has one", "{count} of {total} have one", found)
    return text.format(count=number(found), total=number(total))


def _at_moment(rows: Sequence[GradientRow], entry: Entry, then: Snapshot) -> _Said:
    said, total = "", len(entry.rows)
    if total <= MOST_COUNTED:
        tensors = then.history.run.tensors
        changes = (then.grad(tensors[rows[one].gradient.tensor].identity) for one in entry.rows)
        found = sum(change is not None and change.kind != "cleared" for change in changes)
        said = tr("{count} of {total} filled").format(count=number(found), total=number(total))
    return said, None, "neutral", None, ""
