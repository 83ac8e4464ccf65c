"""A prepared run without its answers, as every panel of the window lists it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from app.gui.asking.lanes import CoveredLanes
from app.gui.editor.marks import Mark
from app.gui.panels.flow_text import spans_of
from app.gui.panels.gradients.rows import GradientRow, row_covered
from app.gui.panels.gradients.tree import tree
from app.gui.panels.sentence_list import Item
from app.session.asking.covered import Covered
from app.session.asking.round import Round
from app.session.language import tr
from app.session.look.marks import GUESSES

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared

_OF_GRAPH: Final = ("choice", "drawing", "graph", "outline", "history")
"""What changes with the folds, and is the same covered or not."""


def cover(prepared: Prepared, asked: Round) -> Prepared:
    """Return a run with the answers covered that the round has not turned over."""
    bare = prepared.bare or prepared
    covered = Covered(bare.run, asked, prepared.covered)
    rows = _rows(prepared, bare, covered)
    return replace(
        prepared,
        bare=bare,
        covered=covered,
        marks=_marks(bare.marks, covered),
        words=_words(bare, covered),
        rows=rows,
        tree=prepared.tree if rows is prepared.rows else tree(rows),
        covered_lanes=None
        if covered.is_over
        else CoveredLanes(bare.lanes, covered, prepared.covered_lanes),
        kept_notes={},
        underlines=(),
        over_iterations=None,
    )


def uncover(prepared: Prepared) -> Prepared:
    """Return the run with all its answers, and with the graph that is shown now."""
    assert prepared.bare is not None
    graph = {name: getattr(prepared, name) for name in _OF_GRAPH}
    known = {field.name: getattr(prepared.bare, field.name) for field in fields(prepared.bare)}
    return type(prepared)(**known | graph)


def _rows(prepared: Prepared, bare: Prepared, covered: Covered) -> tuple[GradientRow, ...]:
    """Return the rows; what is not covered cannot be changed meanwhile.

    Those that are covered as before are the same, and so are all together if none changed.
    """
    before, rows = prepared.covered, list(prepared.rows)
    for place, row in enumerate(bare.rows):
        is_hidden = covered.hides_grad(row.gradient.tensor)
        if before is None or before.hides_grad(row.gradient.tensor) != is_hidden:
            rows[place] = row_covered(row) if is_hidden else replace(row, can_be_held=False)
    is_same = all(one is other for one, other in zip(rows, prepared.rows, strict=True))
    return prepared.rows if is_same else tuple(rows)


def _marks(marks: Mapping[int, Mark], covered: Covered) -> dict[int, Mark]:
    if covered.is_over and not covered.round.guesses:
        return dict(marks)
    asked = covered.round.question
    next_spot = _next_spot(covered)
    found: dict[int, Mark] = {}
    for spot, mark in marks.items():
        in_region = any(first <= spot <= last for first, last in covered.hidden_regions)
        region = None if in_region else mark.region
        if spot in covered.spots:
            is_asked = asked is not None and asked.spot == spot
            note = tr("asked next") if spot == next_spot and not is_asked else ""
            tip = tr("Covered: click to ask about this line")
            found[spot] = Mark("covered", "covered", note, region, tip, is_asked=is_asked)
        elif covered.question_at(spot) is None and covered.hides_mode_at(spot):
            found[spot] = Mark(mark.glyph, "plain", tr("covered"))
        elif in_region and covered.question_at(spot) is None:
            found[spot] = Mark(mark.glyph, "plain")
        elif mark.glyph == "padlock" and not covered.is_over:
            found[spot] = Mark("dot", "plain", region=region)
        else:
            found[spot] = replace(mark, region=region, guess=covered.guess_at(spot))
    return found


def _next_spot(covered: Covered) -> int | None:
    asked = covered.round.skip().question
    return None if asked is None else asked.spot


def _words(bare: Prepared, covered: Covered) -> tuple[Item, ...]:
    """Return the answers so far as sentences, those of lines with the marks of their lines."""
    if covered.is_over:
        return bare.words
    asked = covered.round
    items = []
    for number in asked.turned:
        question = asked.questions[number]
        sign = GUESSES.get(asked.guess_state(number))
        look = (question.true.glyph, question.true.tone) if sign is None else (sign, None)
        items.append(Item(*look, tuple(spans_of(question.said)), question.spot))
    rest = tr("The rest is covered until it is turned over.")
    return (*items, Item("covered", None, tuple(spans_of(rest))))
