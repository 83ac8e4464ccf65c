"""The scenes of a program as pictures, each of its own graph."""

from __future__ import annotations

from collections.abc import Sequence

from app.gui.files.snippet_file import FileProblem
from app.gui.graph.painting.export import SceneImage
from app.gui.graph.painting.sequence import Pictures
from app.gui.graph.scenes.covering import cover
from app.gui.graph.scenes.making import ANYHOW, make_scene
from app.gui.graph.scenes.scene import Scene as Placed
from app.gui.theme import Theme
from app.session.asking.covered import Covered
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from app.session.scenes.matching import Index
from app.session.scenes.records import Scene
from app.session.scenes.taking import position_of
from app.session.shown import show
from app.session.timeline import History
from graphviz_render import LayoutError, layout


class DrawnScenes(Pictures):
    """Lays a graph out when a picture of it is asked for: not for the window's thread."""

    def __init__(self, run: Run, scenes: Sequence[Scene], theme: Theme) -> None:
        self._run, self._scenes, self._theme = run, scenes, theme
        self._index: Index | None = None
        self._covered: Covered | None = None
        self._drawn: dict[GraphChoice, tuple[Placed, History]] = {}

    def __len__(self) -> int:
        return len(self._scenes)

    def picture(self, place: int) -> SceneImage:
        scene = self._scenes[place]
        drawn, history = self._graph(scene.choice)
        if scene.covered:  # as in the window, without its moment
            self._covered = self._covered or Covered.whole(self._run)
            return SceneImage(cover(drawn, self._covered), self._theme)
        self._index = self._index or Index(self._run)
        picture = SceneImage(drawn, self._theme)
        position = position_of(scene, self._index, history)
        return picture if position == history.end else picture.at(history.at(position))

    def _graph(self, choice: GraphChoice) -> tuple[Placed, History]:
        found = self._drawn.get(choice)
        if found is None:
            shown = show(self._run, choice)
            try:
                placed = make_scene(shown.graph, ANYHOW, layout)
            except LayoutError as error:
                raise FileProblem(str(error)) from error
            found = self._drawn[choice] = placed, shown.history
        return found
