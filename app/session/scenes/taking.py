"""Keeps what a workspace shows as a scene."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from app.session.language import tr
from app.session.scenes.matching import Index
from app.session.scenes.records import Scene, Thing, ThingKind
from app.session.shown import Shown
from app.session.timeline import History
from app.session.workspace import Workspace


def take(workspace: Workspace[Shown], index: Index, name: str) -> Scene:
    """Return the scene of what a workspace shows: moment, selection, and how the graph is drawn.

    `index` is of the shown run.  What only a window knows (pane, zoom, spotlight) is added to it.
    """
    choice, moment, covered = workspace.choice, workspace.moment, workspace.covered
    asked = None if covered is None else covered.round.now
    return Scene(
        name=name,
        moment=None if moment is None else index.moment(moment.moment),
        selection=tuple(_selected(workspace, index)),
        level=choice.level,
        grouping=choice.grouping,
        hide_setup=choice.hide_setup,
        folds=choice.folds,
        covered=covered is not None,
        asks=None if asked is None else index.asked(asked),
    )


def _selected(workspace: Workspace[Shown], index: Index) -> Iterable[Thing]:
    selection = workspace.selection
    if selection.row is not None:
        kind: ThingKind = "tensor" if selection.tensors else "row"
        if (tensor := index.tensor(selection.row, kind)) is not None:
            yield tensor
    elif selection.operations:
        yield from map(index.operation, selection.operations)
    else:
        yield from map(index.line, sorted(selection.lines))


def show(workspace: Workspace[Shown], index: Index, scene: Scene) -> None:
    """Restore in a workspace what is still there of a scene.  `index` is of the shown run."""
    shown = workspace.shown
    if shown is None:
        return
    workspace.choose(
        level=scene.choice.level,
        grouping=scene.grouping,
        hide_setup=scene.hide_setup,
        folds=scene.folds,
    )
    workspace.go_to(position_of(scene, index, shown.history))
    _select(workspace, index, scene)


def position_of(scene: Scene, index: Index, history: History) -> int:
    """Return the position of a scene's moment in a run; the end where it is no longer there."""
    moment, event = scene.moment, None
    if moment is not None:
        event = 0 if moment.kind == "start" else index.event_of(moment)
    return history.end if event is None else history.position_of(event)


def _select(workspace: Workspace[Shown], index: Index, scene: Scene) -> None:
    ids = ((thing.kind, index.id_of(thing)) for thing in scene.selection)
    found = [(kind, id_) for kind, id_ in ids if id_ is not None]
    match found:
        case [("operation", id_)]:
            workspace.select_operation(id_)
        case [("tensor", id_)]:
            workspace.select_tensor(id_)
        case [("row", id_)] if (row := index.row_of(id_)) is not None:
            workspace.select_gradient(row)
        case [("line", id_)]:
            workspace.select_line(id_)
        case [("operation", _), *_]:
            workspace.select_path(id_ for kind, id_ in found if kind == "operation")
        case _:
            workspace.clear_selection()


def free_name(taken: Iterable[str], wanted: str = "") -> str:
    """Return a name that no other scene has: the wanted one, or one with a number.

    >>> free_name(["scene 1"]), free_name(["the cut"], "the cut")
    ('scene 2', 'the cut 2')
    """
    names = set(taken)
    if wanted and wanted not in names:
        return wanted
    numbers = count(2) if wanted else count(1)
    texts = (
        f"{wanted} {place}" if wanted else tr("scene {number}").format(number=place)
        for place in numbers
    )
    return next(text for text in texts if text not in names)
