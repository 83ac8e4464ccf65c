"""The tab Scene of the inspector: the fields of the scene that is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.gui.docks import BottomPage, BottomPanel, Docks
from app.gui.features.feature import Feature
from app.gui.features.lessons import Lessons
from app.gui.features.teaching.scenes import Scenes
from app.gui.panels.details.inspector import Inspector, InspectorPage
from app.gui.panels.scenes.inspector import SceneInspector

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace

_UNSEEN: Final = {"name", "sentence", "notes", "covered"}
"""Fields whose change does not show the scene again.  A room is asked in place of this tab."""


class SceneTab(Feature):
    """It is there while the scenes or the text of a lecture are looked at."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        inspector: Inspector,
        docks: Docks,
        bottom: BottomPanel,
        scenes: Scenes,
        lessons: Lessons,
    ) -> None:
        super().__init__(inspector)
        self._workspace, self._inspector, self._docks = workspace, inspector, docks
        self._header, self._scenes, self._lessons = bottom.header, scenes, lessons
        self._shown: int | None = None
        self.panel = SceneInspector()
        inspector.hold(InspectorPage.SCENE, self.panel)
        self.hear(self.panel.edited, self._edit)
        self.hear(self.panel.positionChosen, self._move)
        self.hear(self.panel.questionChosen, self._ask)
        self.hear(self.panel.takeWanted, lambda: self._with_current(scenes.mend))
        self.hear(self.panel.showWanted, lambda: self._with_current(scenes.show))
        for signal in (scenes.changed, lessons.followed, self._header.changed,
                       docks.inspectorTaken):  # fmt: skip
            self.hear(signal, lambda *_: self._follow())

    def _follow(self) -> None:
        view = self._scenes.view()
        is_looked_at = self._lessons.is_text or self._header.current == BottomPage.SCENES
        is_on = view is not None and is_looked_at and self._docks.has_inspector
        self._inspector.set_available(InspectorPage.SCENE, is_on)
        place = view.place if view is not None and is_on else None
        if view is not None and is_on:
            self.panel.show_scene(view)
            if place != self._shown:
                self._inspector.show_page(InspectorPage.SCENE)
        self._shown = place

    def _with_current(self, work: Callable[[int], object]) -> None:
        if self._scenes.current is not None:
            work(self._scenes.current)

    def _edit(self, name: str, fields: dict[str, object]) -> None:
        scenes = self._scenes
        place = next((n for n, scene in enumerate(scenes.all) if scene.name == name), None)
        if place is not None:
            scenes.edit(place, **fields)
            if not fields.keys() <= _UNSEEN:
                scenes.show(place)

    def _ask(self, question: int | None) -> None:
        """Have the scene ask one of the questions about the run first."""
        self._with_current(lambda place: self._scenes.set_question(place, question))

    def _move(self, position: int) -> None:
        """Have the scene show another position of the run."""
        if self._scenes.current is not None:
            self._scenes.set_position(self._scenes.current, position)
