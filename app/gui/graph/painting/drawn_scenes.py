"""The scenes of a program as pictures, each of its own graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.gui.files.snippet_file import FileProblem
from app.gui.graph.painting.export import SceneImage
from app.gui.graph.painting.paint import NOTHING_DIMMED
from app.gui.graph.painting.sequence import Pictures
from app.gui.graph.scenes.covering import cover
from app.gui.graph.scenes.making import ANYHOW, Beside, Both, Wish, make_scene
from app.gui.graph.scenes.scene import Scene as Placed
from app.gui.theme import Theme
from app.session.asking.covered import Covered
from app.session.comparing.differences import differences
from app.session.comparing.folding import folded_alike
from app.session.comparing.pairing import pair
from app.session.comparing.steps import steps
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from app.session.scenes.matching import Index
from app.session.scenes.records import Beside as OfScene
from app.session.scenes.records import Scene
from app.session.scenes.taking import position_of
from app.session.shown import Shown, show
from app.session.timeline import History
from graphviz_render import LayoutError, layout


class DrawnScenes(Pictures):
    """Lays a graph out when a picture of it is asked for: not for the window's thread."""

    def __init__(
        self,
        run: Run,
        scenes: Sequence[Scene],
        theme: Theme,
        other: Callable[[OfScene], Run | None] = lambda _: None,
    ) -> None:
        """`other` returns the run that a scene has beside it, or None if there is none."""
        self._other = other
        self._run, self._scenes, self._theme = run, scenes, theme
        self._index: Index | None = None
        self._covered: Covered | None = None
        self._drawn: dict[GraphChoice, tuple[Placed, History]] = {}

    def __len__(self) -> int:
        return len(self._scenes)

    def picture(self, place: int) -> SceneImage:
        scene = self._scenes[place]
        other = None if scene.beside is None or scene.covered else self._other(scene.beside)
        if other is not None and (beside := show(other, scene.choice)).graph:
            return self._beside(scene, beside)
        drawn, history = self._graph(scene.choice)
        if scene.covered:  # as in the window, without its moment
            self._covered = self._covered or Covered.whole(self._run)
            return SceneImage(cover(drawn, self._covered), self._theme)
        self._index = self._index or Index(self._run)
        picture = SceneImage(drawn, self._theme)
        position = position_of(scene, self._index, history)
        return picture if position == history.end else picture.at(history.at(position))

    def _beside(self, scene: Scene, other: Shown) -> SceneImage:
        """Return the picture of a scene with that of another run right of it."""
        self._index = self._index or Index(self._run)
        first, found = show(self._run, scene.choice), differences(self._run, other.run)
        second = folded_alike(other, first, found.alignment.groups)
        both = Both(first.graph, second.graph, pairing := pair(first, second, found))
        position = position_of(scene, self._index, first.history)
        aligned = steps(first.history, second.history, found.alignment.pairs)
        positions = position, aligned.second.position(aligned.first.row(position))
        pictures = []
        for shown, at, equal in zip(
            (first, second), positions, (pairing.first, pairing.second), strict=True
        ):
            wish = replace(ANYHOW, beside=Beside(both, is_first=shown is first))
            filtered = replace(NOTHING_DIMMED, equal=equal)
            one = SceneImage(_made(shown, wish), self._theme, filtered)
            history = shown.history
            pictures.append(one if at == history.end else one.at(history.at(at)))
        return replace(pictures[0], beside=pictures[1])

    def _graph(self, choice: GraphChoice) -> tuple[Placed, History]:
        found = self._drawn.get(choice)
        if found is None:
            shown = show(self._run, choice)
            found = self._drawn[choice] = _made(shown, ANYHOW), shown.history
        return found


def _made(shown: Shown, wish: Wish) -> Placed:
    """Return the picture of a graph.  Raises FileProblem."""
    try:
        return make_scene(shown.graph, wish, layout)
    except LayoutError as error:
        raise FileProblem(str(error)) from error
