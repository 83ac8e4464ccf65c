"""Lessons and lectures: their menu, their dock, and the check against each run that is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
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
    from app.session.lectures.lecture import Lecture, Page
    from app.session.scenes.records import Scene
    from app.session.shown import Shown
    from app.session.workspace import Workspace

_WIDE = 1500
"""From this window width on a lesson has its own column; below, it is a tab."""
_WIDTH = 360
_PAUSE_MS = 300
"""Milliseconds from the last key until the page shows what was typed."""


class Lessons(Feature):
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
        self._tab: Tab | None = None
        self._page: Page | None = None
        """The page of the current tab, which is shown."""
        self._is_wanted = True
        self._lessons = OpenLecture(lessons())
        self._opened: dict[str | Path, OpenLecture] = {}
        """Those that come along by their keys, others by their folders or zips."""
        self._actions: dict[str, QAction] = {}
        self._reader = self.latest("lecture", self._show_read)
        area = Qt.DockWidgetArea.RightDockWidgetArea
        self.dock = docks.add("lesson", tr("Lesson"), panel.header, panel, area)
        self.dock.hide()
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
        self.hear(panel.editWanted, self._edit_text)
        self.on(do.edit_lecture, self._edit_text)
        self._again = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self.hear(self._again.timeout, self._read_again)
        self.hear(editor.edited, self._on_edited)
        self.hear(editor.cursorPositionChanged, self._follow_tab)
        self.hear(documents.saved, lambda _: self._read_again())
        self.hear(workspace.changed, self._check)

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

    def _follow_tab(self) -> None:
        """Show the page of the current tab, or hide it for other texts."""
        tab = self._documents.current
        page = self._page_of(tab)
        if tab is self._tab and page is self._page:
            return
        if self._tab is not None and self._tab.page is self._page:
            self._tab.answer = self.panel.answer
        self._tab, self._page = tab, page
        self.dock.toggleViewAction().setEnabled(page is not None)
        is_own = tab.lecture is not None and tab.lecture.path is not None
        self._do.edit_lecture.setEnabled(is_own)
        if page is None or tab.lecture is None:
            self.dock.hide()
            return
        pages = tab.lecture.lecture.pages
        text = _with_links(tab.lecture.lecture, page)
        self.panel.edit.setVisible(is_own)
        self.panel.show_page(page, text, pages.index(page), len(pages), tab.answer)
        if self._is_wanted and not self._docks.is_presenting:
            self._show_dock()

    def _page_of(self, tab: Tab) -> Page | None:
        """Return the page of a program, or the one with the cursor in a text."""
        if tab.lecture is None or tab.sheet.language != "markdown":
            return tab.page
        line = self._editor.textCursor().blockNumber() + 1
        own = [page for page in tab.lecture.lecture.pages if page.file == tab.part]
        before = [page for page in own if page.line <= line]
        return (before or own)[-1 if before else 0] if own else None

    def _edit_text(self) -> None:
        """Show the text of the page beside its program, with the cursor in it."""
        page, tab = self._page, self._tab
        if page is None or tab is None or tab.lecture is None:
            return
        self._documents.open_text(tab.lecture, page.file)
        cursor = self._editor.textCursor()
        if tab is not self._documents.current:
            cursor.setPosition(self._editor.sheet.block(page.line).position())
            self._editor.setTextCursor(cursor)
        self._editor.setFocus()

    def _on_edited(self) -> None:
        if self._is_text:
            self._again.start()

    def _read_again(self) -> None:
        """Show the texts of the current tab's lecture as they are now."""
        self._again.stop()
        opened = self._documents.current.lecture
        if opened is None or opened.path is None:
            return
        own = [tab for tab in self._documents.tabs if tab.lecture is opened]
        texts = {tab.part: tab.sheet.text for tab in own if tab.sheet.language == "markdown"}
        try:
            opened.read_again(texts)
        except LectureProblem as problem:
            self.panel.show_problem(str(problem))
            return
        self.panel.show_problem("")
        pages = {page.key: page for page in opened.lecture.pages}
        for tab in own:
            if tab.page is not None:
                tab.page = pages.get(tab.page.key, opened.lecture.pages[0])
        self._follow_tab()

    def follow(self) -> None:
        """Show the page if the tab has one, whatever a saved state of the window says."""
        self.dock.setVisible(self._page is not None and self._is_wanted)

    def _put_snippet(self) -> None:
        if self._page is not None:
            self._editor.sheet.change_text(self._page.snippet)
            self.panel.clear_verdicts()

    def _step(self, step: int) -> None:
        if self._page is not None and self._tab is not None and self._tab.lecture is not None:
            opened = self._tab.lecture
            self.open(opened, opened.lecture.pages.index(self._page) + step)

    @property
    def _is_text(self) -> bool:
        """Whether the editor shows the text of a lecture."""
        return self._documents.current.sheet.language == "markdown"

    def _show_program(self) -> None:
        """Go from the text of a lecture to the program of its page, with the user's answer."""
        if self._is_text:
            answer = self.panel.answer
            self._step(0)
            self._documents.current.answer = answer
            self.panel.choose(answer)

    def _run(self) -> None:
        self._show_program()
        self._do.run.trigger()

    def _show_scene(self, address: str) -> None:
        """Show a scene of the page's program."""
        self._show_program()
        names = [address_of(scene.name) for scene in self._scenes.all]
        if address in names:
            self._scenes.show(names.index(address))

    def _go_on(self, by: int) -> None:
        """Go from the last scene of a program to the next program of the lecture, or back."""
        place = self._beyond(by)
        if place is not None and self._tab is not None and self._tab.lecture is not None:
            self.open(self._tab.lecture, place)
            if self._scenes.all:
                self._scenes.show(0 if by > 0 else len(self._scenes.all) - 1)

    def _beyond(self, by: int) -> int | None:
        """Return the place of the next page (1) or the one before (-1) about another program."""
        page, opened = self._page, None if self._tab is None else self._tab.lecture
        if page is None or opened is None:
            return None
        pages = opened.lecture.pages
        place = pages.index(page)
        while 0 <= place < len(pages) and pages[place].program == page.program:
            place += by
        return place if 0 <= place < len(pages) else None

    @property
    def next_scenes(self) -> tuple[Scene, ...]:
        """The scenes of the next program of the lecture."""
        place = self._beyond(1)
        if place is None or self._tab is None or self._tab.lecture is None:
            return ()
        lecture = self._tab.lecture.lecture
        return lecture.scenes_of(lecture.pages[place].program)

    def _is_judged(self, page: Page) -> bool:
        """Whether the shown run is one of the page's program, and has ended."""
        shown = self._workspace.shown
        if shown is None or shown.is_running:
            return False
        return not self._is_text or self._documents.program.title == page.program

    def _check(self) -> None:
        self._follow_tab()
        page, shown = self._page, self._workspace.shown
        if page is None or page.question is None or not self._is_judged(page):
            self.panel.clear_verdicts()
        elif shown is not None and self.panel.show_verdicts(answers(page.question, shown.run)):
            if page in self._lessons.lecture.pages:
                self._settings.add_lesson_done(page.key)
            self._show_done()


def _with_links(whole: Lecture, page: Page) -> str:
    """Return the Markdown of a page with its scenes as links, and unknown ones marked."""
    parts = []
    for block in page.blocks:
        if block.kind == "prose":
            parts.append(block.text)
        elif block.kind == "scene" and (scene := whole.scene(page, block.text)) is not None:
            words = tr("Scene “{name}”").format(name=scene.name)
            parts.append(f"[{words}](scene:{block.text})")
        elif block.kind == "scene":
            parts.append(f"⚠ {whole.why_unknown(page, block.text)}")
    return "\n\n".join(parts)
