"""One state of folding for the graphs of two runs, whose groups have keys of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from app.session.graph.grouping.folds import FoldState
from app.session.graph.grouping.groups import any_pass
from app.session.graph.grouping.opening import Opening

if TYPE_CHECKING:
    from app.session.shown import Shown


def translated(state: FoldState, keys: Mapping[str, str]) -> FoldState:
    """Return the same state of the other run; groups that it lacks keep their keys."""
    return state.renamed(lambda key: keys.get(key, key))


def folded_alike(shown: Shown, model: Shown, keys: Mapping[str, str]) -> Shown:
    """Return a run drawn like another one: with its choices, and the same groups open.

    `keys` has the key of a group by the key of its partner in `model`.  Takes time in proportion to
    the run if the choices are others.
    """
    choice = replace(model.choice, folds=translated(model.choice.folds, keys))
    like = shown if replace(shown.choice, folds=choice.folds) == choice else shown.redrawn(choice)
    opening = _opening(like.drawing.opening, model.drawing.opening, keys)
    drawing = like.drawing.opened_as(opening)
    return replace(like, choice=choice, drawing=drawing, graph=drawing.graph(choice.folds))


def _opening(own: Opening, model: Opening, keys: Mapping[str, str]) -> Opening:
    """Return what is open at first in the model, and its own groups as they were."""
    known = {any_pass(partner): any_pass(key) for partner, key in keys.items()}
    paired = frozenset(known.values())

    def joined(mine: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
        return (mine - paired) | {known[key] for key in theirs if key in known}

    return Opening(joined(own.open, model.open), joined(own.stepped, model.stepped), model.plain)
