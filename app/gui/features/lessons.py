"""Lessons and lectures: their menu, their dock, and the check against each run that is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMenu

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.features.teaching.scenes import Scenes
from app.gui.files.documents import Documents
from app.gui.lessons.opened import OpenLecture, open_lecture
from app.gui.lessons.panel import LessonPanel
from app.gui.panels.banner import Banner
from app.gui.running.background import IsWanted
from app.gui.settings import Settings
from app.session.language import tr
from app.session.lectures.lecture import address_of
from app.session.lectures.questions import answers
from app.session.lectures.reading import LectureProblem
from app.session.lectures.shipped import lecture, lessons, titles

if TYPE_CHECKING:
    from app.gui.files.tab import Tab
    from app.session.lectures.lecture import Page
    from app.session.scenes.records import Scene
    from app.session.shown import Shown
    from app.session.workspace import Workspace

_WIDE = 1500
"""From this window width on a lesson has its own column; below, it is a tab."""
_WIDTH = 360


class ShownPage(NamedTuple):
    """A page of a lecture, and the tab that it is shown for."""

    tab: Tab
    lecture: OpenLecture
    page: Page


class Lessons(Feature):
    followed = Signal()
    """The current tab has another page, or another text is current."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        window: QMainWindow,
        panel: LessonPanel,
        docks: Docks,
        documents: Documents,
        editor: CodeEditor,
        banner: Banner,
        settings: Settings,
        menu: QMenu,
        scenes: Scenes,
        do: Actions,
    ) -> None:
        super().__init__(panel)
        self._workspace, self._window, self.panel = workspace, window, panel
        self._docks, self._documents, self._editor = docks, documents, editor
        self._banner, self._settings, self._menu, self._do = banner, settings, menu, do
        self._scenes = scenes
        self.place: ShownPage | None = None
        """The page that is shown."""
        self._was_text = False
        self._is_wanted = True
        self._lessons = OpenLecture(lessons())
        self._opened: dict[str | Path, OpenLecture] = {}
        """Those that come along by their keys, others by their folders or zips."""
        self._actions: dict[str, QAction] = {}
        self._reader = self.latest("lecture", self._show_read)
        area = Qt.DockWidgetArea.RightDockWidgetArea
        self.dock = docks.add("lesson", tr("Lesson"), panel.header, panel, area)
        self.dock.hide()
        self.dock.toggleViewAction().setText(tr("&Show the lesson"))
        self.dock.toggleViewAction().setEnabled(False)
        self.hear(self.dock.toggleViewAction().triggered, self._toggle)
        self._fill()
        do.edit_lecture.setEnabled(False)
        self.on(do.open_lecture, self._choose)
        self.hear(panel.checkWanted, self._run)
        self.hear(panel.resetWanted, self._put_snippet)
        self.hear(panel.stepWanted, self._step)
        self.hear(panel.sceneWanted, self._show_scene)
        self.hear(scenes.ended, self._go_on)
        self.hear(editor.cursorPositionChanged, self.follow_tab)
        self.hear(workspace.changed, self._check)
        self.hear(workspace.covered_changed, self._cover)

    # ------------------------------------------------------------------------------- the menu

    def _fill(self) -> None:
        menu, done = self._menu, self._settings.lessons_done
        menu.clear()
        for number, page in enumerate(self._lessons.lecture.pages, 1):
            action = menu.addAction(f"{number}. {page.title}")
            action.setCheckable(True)
            action.setChecked(page.key in done)
            action.triggered.connect(lambda _=False, place=number - 1: self.open_lesson(place))
            self._actions[page.key] = action
        menu.addSeparator()
        for key, title in titles().items():
            action = menu.addAction(title.replace("&", "&&"))
            action.triggered.connect(lambda _=False, key=key: self.open_shipped(key))
        for path in self._settings.lectures:
            action = menu.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.open_path(path))
        menu.addActions([self._do.open_lecture, self._do.edit_lecture, self._do.export_lecture])
        menu.addSeparator()
        menu.addAction(self.dock.toggleViewAction())

    def _show_done(self) -> None:
        """Restore the check marks in the menu, which choosing a lesson would change."""
        done = self._settings.lessons_done
        for key, action in self._actions.items():
            action.setChecked(key in done)

    # -------------------------------------------------------------------------------- opening

    @property
    def is_open(self) -> bool:
        return not self.dock.isHidden()

    def open_lesson(self, place: int) -> None:
        """Open one of the lessons that come along, by its place from 0."""
        self.open(self._lessons, place)

    def open(self, opened: OpenLecture, place: int = 0) -> None:
        """Show a page, and its program in a tab."""
        self._show_done()
        self._is_wanted = True
        self._documents.open_page(opened, opened.lecture.pages[place])
        self._check()
        if not self._docks.is_presenting:
            self._show_dock()

    def open_shipped(self, key: str) -> None:
        """Open one of the lectures that come along."""
        self.open(self._opened.setdefault(key, OpenLecture(lecture(key))))

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("Open a lecture"), "", tr("Lectures (*.md *.zip)")
        )
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """Open the lecture in a folder or a zip, or of a text in a folder, and list it."""

        def read(_: IsWanted) -> OpenLecture | LectureProblem:
            try:
                return open_lecture(path)
            except LectureProblem as problem:
                return problem

        self._reader.ask(read)

    def _show_read(self, found: OpenLecture | LectureProblem) -> None:
        if isinstance(found, LectureProblem):
            self._banner.show_message(str(found))
            return
        path = found.path
        assert path is not None
        before = self._opened.get(path)
        if before is not None and before.files == found.files:
            found = before
        self._opened[path] = found
        self._settings.add_lecture(path)
        self._fill()
        self.open(found)

    # ------------------------------------------------------------------------------- the page

    def _show_dock(self) -> None:
        window, dock = self._window, self.dock
        if dock.isHidden():
            dock.show()
            if window.width() >= _WIDE:
                window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
                window.splitDockWidget(dock, self._docks.snippet, Qt.Orientation.Horizontal)
                window.resizeDocks([dock], [_WIDTH], Qt.Orientation.Horizontal)
            else:
                window.tabifyDockWidget(self._docks.inspector, dock)
        dock.raise_()

    def _toggle(self, wanted: bool) -> None:
        """Remember whether the user wants the page."""
        self._is_wanted = wanted

    def follow_tab(self) -> None:
        """Show the page of the current tab, or hide it for other texts."""
        place, before = self._place_of(self._documents.current), self.place
        if before is not None and before.tab.page is before.page and before != place:
            before.tab.answer = self.panel.answer
        self.place = place
        is_own = place is not None and place.lecture.path is not None
        self._do.edit_lecture.setEnabled(is_own)
        self.dock.toggleViewAction().setEnabled(place is not None and not self.is_text)
        if place is not None and place != before:
            self.panel.edit.setVisible(is_own)
            self.panel.show_page(place.lecture.lecture, place.page, place.tab.answer)
        if (place, self.is_text) != (before, self._was_text):
            self._was_text = self.is_text
            self.follow()
            self.followed.emit()

    def _place_of(self, tab: Tab) -> ShownPage | None:
        page = self._page_of(tab)
        return None if tab.lecture is None or page is None else ShownPage(tab, tab.lecture, page)

    def _page_of(self, tab: Tab) -> Page | None:
        """Return the page of a program, or the one with the cursor in a text."""
        if tab.lecture is None or not tab.is_text:
            return tab.page
        line = self._editor.textCursor().blockNumber() + 1
        own = [page for page in tab.lecture.lecture.pages if page.file == tab.part]
        before = [page for page in own if page.line <= line]
        return (before or own)[-1 if before else 0] if own else None

    def follow(self) -> None:
        """Show the page if the tab has one, whatever a saved state of the window says.

        The page of a text that is edited is shown elsewhere.
        """
        if self.place is None or not self._is_wanted or self.is_text:
            self.dock.hide()
        elif not self._docks.is_presenting:
            self._show_dock()

    def _put_snippet(self) -> None:
        if self.place is not None:
            self._editor.sheet.change_text(self.place.page.snippet)
            self.panel.clear_verdicts()

    def _step(self, step: int) -> None:
        if self.place is not None:
            _, opened, page = self.place
            self.open(opened, opened.lecture.pages.index(page) + step)

    @property
    def is_text(self) -> bool:
        """Whether the editor shows the text of a lecture."""
        return self._documents.current.is_text

    def show_program(self) -> None:
        """Go from the text of a lecture to the program of its page, with the user's answer."""
        if self.is_text:
            answer = self.panel.answer
            self._step(0)
            self._documents.current.answer = answer
            self.panel.choose(answer)

    def _run(self) -> None:
        self.show_program()
        self._do.run.trigger()

    def _show_scene(self, address: str) -> None:
        """Show a scene of the page's program."""
        self.show_program()
        names = [address_of(scene.name) for scene in self._scenes.all]
        if address in names:
            self._scenes.show(names.index(address))

    def _go_on(self, by: int) -> None:
        """Go from the last scene of a program to the next program of the lecture, or back."""
        place = self._beyond(by)
        if place is not None and self.place is not None:
            self.open(self.place.lecture, place)
            if self._scenes.all:
                self._scenes.show(0 if by > 0 else len(self._scenes.all) - 1)

    def _beyond(self, by: int) -> int | None:
        """Return the place of the next page (1) or the one before (-1) about another program.

        It is one with scenes: from a page without any no key would lead on.
        """
        if self.place is None:
            return None
        _, opened, page = self.place
        pages = opened.lecture.pages
        place = pages.index(page)

        def is_passed(other: Page) -> bool:
            is_same = other.program == page.program
            return is_same or not opened.lecture.scenes_of(other.program)

        while 0 <= place < len(pages) and is_passed(pages[place]):
            place += by
        return place if 0 <= place < len(pages) else None

    @property
    def next_scenes(self) -> tuple[Scene, ...]:
        """The scenes of the next program of the lecture."""
        place = self._beyond(1)
        if place is None or self.place is None:
            return ()
        lecture = self.place.lecture.lecture
        return lecture.scenes_of(lecture.pages[place].program)

    def _is_judged(self, page: Page) -> bool:
        """Whether the shown run is one of the page's program, and has ended."""
        shown = self._workspace.shown
        if shown is None or shown.is_running:
            return False
        return not self.is_text or self._documents.program.title == page.program

    def _cover(self) -> None:
        self.panel.cover(self._workspace.covered is not None and not self.is_text)

    def _check(self) -> None:
        self.follow_tab()
        self._cover()
        page = None if self.place is None else self.place.page
        shown = self._workspace.shown
        if page is None or page.question is None or not self._is_judged(page):
            self.panel.clear_verdicts()
        elif shown is not None and self.panel.show_verdicts(answers(page.question, shown.run)):
            if page in self._lessons.lecture.pages:
                self._settings.add_lesson_done(page.key)
            self._show_done()
