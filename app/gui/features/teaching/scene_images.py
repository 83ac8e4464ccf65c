"""Scenes as pictures for a page: what each of them is about, large enough to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.gui.features.teaching.views import key_of, rect_of
from app.gui.files.snippet_file import FileProblem
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.painting.drawn_scenes import DrawnScenes
from app.gui.graph.painting.export import MARGIN, SceneImage
from app.gui.graph.painting.marks import MarkedItems, paint_marks
from app.gui.graph.scenes.scene import Scene as Placed
from app.gui.lessons.figure import ASPECT, DrawnScene
from app.gui.presentation.veil import AROUND, paint_spotlight
from app.gui.running.background import IsWanted
from app.gui.theme import Theme
from app.session.scenes.matching import Index
from app.session.shown import Shown

if TYPE_CHECKING:
    from app.session.run import Run
    from app.session.scenes.records import Beside, Scene, Thing

_LEAST: Final = 420.0
"""Pixels of the graph in the width of a picture, at least."""
_MOST: Final = 640.0
"""A graph that is wider, or higher in proportion, is shown in part."""
_SCALE: Final = 2.0
_AROUND_BOTH: Final = 0.06
"""More room beside two graphs, as a share of their width: small pictures are narrower."""
_ASPECT_OF_ONE: Final = 2 * ASPECT
"""The height of one of two graphs beside each other, as a share of its width, about."""


def scene_images(
    shown: Shown,
    scenes: Sequence[Scene],
    theme: Theme,
    other: Callable[[Beside], Run | None],
    is_wanted: IsWanted,
) -> dict[str, DrawnScene]:
    """Draw scenes as they are in a run, by name.  Takes time: not for the window's thread.

    `other` returns the run that a scene has beside it.  A scene whose graph cannot be drawn is left
    out.
    """
    run = shown.run
    pictures, index = DrawnScenes(run, scenes, theme, other), Index(run)
    found = {}
    for place, scene in enumerate(scenes):
        if not is_wanted():
            break
        try:
            missing = ", ".join(index.missing(scene, shown.drawing.tree.groups))
            found[scene.name] = DrawnScene(_image(pictures[place], scene, index), missing)
        except FileProblem:
            continue
    return found


def _image(picture: SceneImage, scene: Scene, index: Index) -> QImage:
    placed, then = picture.scene, picture.filtered.as_it_was
    beside = picture.beside
    chosen = frozenset(_keys(placed, index, scene.selection))
    lit = QRectF() if beside else _lit(placed, index, scene)
    about = list(chosen) or list(_keys(placed, index, scene.things))
    if not about and then is not None:
        about = list(then.running(placed))
    whole = placed.bounds if beside is None else placed.bounds | beside.scene.bounds
    seen = _around(placed, about) if lit.isEmpty() else lit
    if beside is not None and not seen.isEmpty():  # all of the width of both
        around = whole.width() * _AROUND_BOTH
        seen = QRectF(whole.x() - around, seen.y(), whole.width() + 2 * around, seen.height())
    area = _area(whole, seen, ASPECT if beside is None else _ASPECT_OF_ONE)
    beside = None if beside is None else replace(beside, area=area)
    image = replace(picture, area=area, beside=beside).image(_SCALE)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(_SCALE, _SCALE)
    painter.translate(-area.topLeft())
    marks = MarkedItems(nodes=chosen, are_neighbours_plain=True)
    paint_marks(Canvas(painter, picture.theme), placed, area, marks)
    if not lit.isEmpty():
        paint_spotlight(painter, picture.theme, area, lit)
    painter.end()
    return image


def _lit(placed: Placed, index: Index, scene: Scene) -> QRectF:
    """Return what the spotlight of a scene lights in the graph; empty if that is nothing."""
    if scene.part is not None:
        return rect_of(placed, index, scene.part)
    things = [] if scene.spotlight is None else [scene.spotlight]
    lit = _around(placed, _keys(placed, index, things))
    return lit if lit.isEmpty() else lit.adjusted(-AROUND, -AROUND, AROUND, AROUND)


def _keys(placed: Placed, index: Index, things: Iterable[Thing]) -> Iterator[str]:
    for thing in things:
        if (key := key_of(placed, index, thing)) is not None:
            yield key


def _around(placed: Placed, keys: Iterable[str]) -> QRectF:
    """Return the smallest rectangle around nodes and frames."""
    found, frames = QRectF(), {frame.key: frame for frame in placed.frames}
    for key in keys:
        part = placed.nodes.get(key) or frames.get(key)
        if part is not None:
            found |= part.rect
    return found


def _area(bounds: QRectF, about: QRectF, aspect: float) -> QRectF:
    """Return what a picture shows: the whole graph if it can be read, or what it is about."""
    whole = bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    least, most = (one * ASPECT / aspect for one in (_LEAST, _MOST))
    width = max(whole.width(), whole.height() / aspect, least)
    if width > most:
        seen = about.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN) if not about.isEmpty() else whole
        width = min(width, max(seen.width(), seen.height() / aspect, least))
        whole = seen
    area = QRectF(0, 0, width, width * aspect)
    area.moveCenter(whole.center())
    return area
