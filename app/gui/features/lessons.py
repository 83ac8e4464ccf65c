"""Lessons: their menu, their dock, and the check against each trace that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.lessons.panel import LessonPanel
from app.gui.settings import Settings
from app.session.language import tr
from app.session.lessons import Lesson, answers, lessons

if TYPE_CHECKING:
    from app.gui.files.tab import Tab
    from app.session.shown import Shown
    from app.session.workspace import Workspace

_WIDE = 1500
"""From this window width on a lesson has its own column; below, it is a tab."""
_WIDTH = 360


class Lessons(Feature):
    def __init__(
        self,
        workspace: Workspace[Shown],
        window: QMainWindow,
        panel: LessonPanel,
        docks: Docks,
        documents: Documents,
        editor: CodeEditor,
        settings: Settings,
        menu: QMenu,
        do: Actions,
    ) -> None:
        super().__init__(panel)
        self._workspace, self._window, self.panel = workspace, window, panel
        self._docks, self._documents, self._editor = docks, documents, editor
        self._settings = settings
        self._tab: Tab | None = None
        self._lesson: Lesson | None = None
        """The lesson of the current tab, whose page is shown."""
        self._is_wanted = True
        self._actions: dict[str, QAction] = {}
        area = Qt.DockWidgetArea.RightDockWidgetArea
        self.dock = docks.add("lesson", tr("Lesson"), panel.header, panel, area)
        self.dock.hide()
        self.dock.toggleViewAction().setEnabled(False)
        self.hear(self.dock.toggleViewAction().triggered, self._toggle)
        self._fill(menu)
        self.hear(panel.checkWanted, do.run.trigger)
        self.hear(panel.resetWanted, self._put_snippet)
        self.hear(panel.stepWanted, self._step)
        self.hear(workspace.changed, self._check)

    def _fill(self, menu: QMenu) -> None:
        done = self._settings.lessons_done
        for number, lesson in enumerate(lessons(), 1):
            action = menu.addAction(f"{number}. {lesson.title}")
            action.setCheckable(True)
            action.setChecked(lesson.key in done)
            action.triggered.connect(lambda _=False, lesson=lesson: self.open(lesson))
            self._actions[lesson.key] = action
        menu.addSeparator()
        menu.addAction(self.dock.toggleViewAction())

    @property
    def is_open(self) -> bool:
        return not self.dock.isHidden()

    def open(self, lesson: Lesson) -> None:
        """Show the page, and its snippet in a tab of its own."""
        self._show_done()
        self._is_wanted = True
        self._documents.open_lesson(lesson)
        self._show_dock()

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
        """Show the page of the current tab's lesson, or hide it for other texts."""
        tab = self._documents.current
        if tab is self._tab and tab.lesson is self._lesson:
            return
        if self._tab is not None and self._tab.lesson is self._lesson:
            self._tab.answer = self.panel.answer
        self._tab, self._lesson = tab, tab.lesson
        self.dock.toggleViewAction().setEnabled(tab.lesson is not None)
        if tab.lesson is None:
            self.dock.hide()
            return
        place = lessons().index(tab.lesson)
        self.panel.show_lesson(tab.lesson, place, len(lessons()), tab.answer)
        if self._is_wanted and not self._docks.is_presenting:
            self._show_dock()

    def follow(self) -> None:
        """Show the page if the tab has one, whatever a saved state of the window says."""
        self.dock.setVisible(self._lesson is not None and self._is_wanted)

    def _put_snippet(self) -> None:
        if self._lesson is not None:
            self._editor.sheet.change_text(self._lesson.snippet)
            self.panel.clear_verdicts()

    def _step(self, step: int) -> None:
        if self._lesson is not None:
            self.open(lessons()[lessons().index(self._lesson) + step])

    def _check(self) -> None:
        self._follow_tab()
        lesson, shown = self._lesson, self._workspace.shown
        if lesson is None or shown is None or shown.is_running:
            self.panel.clear_verdicts()
        elif self.panel.show_verdicts(answers(lesson.question, shown.run)):
            self._settings.add_lesson_done(lesson.key)
            self._show_done()

    def _show_done(self) -> None:
        """Restore the check marks in the menu, which choosing a lesson would change."""
        done = self._settings.lessons_done
        for key, action in self._actions.items():
            action.setChecked(key in done)
