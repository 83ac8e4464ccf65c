"""Pictures of the scenes on the page of a lecture, drawn from the last run of its program."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.features.lessons import Lessons
from app.gui.features.teaching.besides import Besides
from app.gui.features.teaching.scenes import Scenes
from app.gui.files.documents import Documents
from app.gui.panels.scenes.strip import SceneStrip
from app.gui.running.background import IsWanted

if TYPE_CHECKING:
    from app.gui.lessons.figure import DrawnScene
    from app.gui.running.other_runs import OtherRuns
    from app.gui.running.prepared import Prepared
    from app.gui.theme import Theme
    from app.session.scenes.records import Scene
    from app.session.workspace import Workspace

    _Asked = tuple[Prepared, tuple[Scene, ...], Theme]


class _Drawn(NamedTuple):
    images: dict[str, DrawnScene]
    is_whole: bool
    """Whether they have the runs beside them."""


class PagePictures(Feature):
    """While a room is asked, pictures would show the answers: then there are none."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        lessons: Lessons,
        scenes: Scenes,
        strip: SceneStrip,
        appearance: Appearance,
        besides: Besides,
    ) -> None:
        super().__init__(lessons.panel)
        self._workspace, self._documents, self._lessons = workspace, documents, lessons
        self._cards, self._appearance = strip.cards, appearance
        self._besides = besides
        self._asked: _Asked | None = None
        self._drawer = self.latest("pictures of scenes", self._take)
        self.hear(scenes.changed, self._show_text)
        for signal in (
            lessons.followed, workspace.changed, workspace.covered_changed, scenes.changed,
            appearance.changed,
        ):  # fmt: skip
            self.hear(signal, self._follow)

    def _show_text(self) -> None:
        """Show the scenes of the lecture as they are now."""
        if (place := self._lessons.place) is not None:
            self._lessons.panel.show_text(place.lecture.lecture, place.page)

    def _follow(self) -> None:
        asked = self._wanted()
        if asked == self._asked:
            return
        self._asked = asked
        if asked is None:
            self._drawer.forget()
            self._show({})
            return
        self._draw(asked)

    def _draw(self, asked: _Asked, others: OtherRuns | None = None) -> None:
        """Draw the scenes, with the runs beside them if these are given: they have to run first."""
        shown, scenes, theme = asked

        def draw(is_wanted: IsWanted) -> _Drawn:
            from app.gui.features.teaching.scene_images import scene_images  # loads the pens

            other = (lambda _: None) if others is None else others.getter(is_wanted)
            return _Drawn(scene_images(shown, scenes, theme, other, is_wanted), others is not None)

        self._drawer.ask(draw)

    def _take(self, drawn: _Drawn) -> None:
        self._show(drawn.images)
        asked = self._asked
        if asked is not None and not drawn.is_whole and any(one.beside for one in asked[1]):
            self._draw(asked, self._besides.others(asked[0].run))

    def _wanted(self) -> _Asked | None:
        """Return the run of the page's program, and its scenes."""
        place = self._lessons.place
        if place is None or self._workspace.covered is not None:
            return None
        lecture, page = place.lecture.lecture, place.page
        tabs = (tab for tab in self._documents.tabs if tab.lecture is place.lecture)
        own = (tab.prepared for tab in tabs if tab.title == page.program and not tab.what_if)
        prepared = next(own, None)
        scenes = lecture.scenes_of(page.program)
        if prepared is None or prepared.is_running or not scenes:
            return None
        return prepared, scenes, self._appearance.theme

    def _show(self, images: dict[str, DrawnScene]) -> None:
        self._lessons.panel.show_images(images)
        self._cards.show_images({name: drawn.image for name, drawn in images.items()})
