"""Lessons: their menu, their dock, and the check against each trace that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMenu

from app.gui.docks import new_dock
from app.gui.lessons.panel import LessonPanel
from app.session.language import tr
from app.session.lessons import Lesson, answers, lessons

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared
    from app.gui.tab import Tab

_WIDE = 1500
"""Window widths from which a lesson has a column of its own; below it is a tab."""
_WIDTH = 360


class Lessons(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._tab: Tab | None = None
        self._lesson: Lesson | None = None
        """That of the tab, whose page is shown."""
        self._is_wanted = True
        self._actions: dict[str, QAction] = {}
        self.panel = LessonPanel(window.look.theme)
        window.themed = (*window.themed, self.panel)
        self.dock = self._make_dock()
        self._fill(window.lessons_menu)
        self.panel.checkWanted.connect(window.run)
        self.panel.resetWanted.connect(self._put_snippet)
        self.panel.stepWanted.connect(self._step)
        window.display.changed.connect(self._check)

    def _make_dock(self) -> QDockWidget:
        area = Qt.DockWidgetArea.RightDockWidgetArea
        dock = new_dock(self._window, "lesson", tr("Lesson"), self.panel.header, self.panel, area)
        dock.hide()
        dock.toggleViewAction().setEnabled(False)
        dock.toggleViewAction().triggered.connect(self._toggle)
        return dock

    def _fill(self, menu: QMenu) -> None:
        done = self._window.settings.lessons_done
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
        self._window.documents.open_lesson(lesson)
        self._show_dock()

    def _show_dock(self) -> None:
        window, dock = self._window, self.dock
        if dock.isHidden():
            dock.show()
            if window.width() >= _WIDE:
                window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
                window.splitDockWidget(dock, window.docks.snippet, Qt.Orientation.Horizontal)
                window.resizeDocks([dock], [_WIDTH], Qt.Orientation.Horizontal)
            else:
                window.tabifyDockWidget(window.docks.inspector, dock)
        dock.raise_()

    def _toggle(self, wanted: bool) -> None:
        """The user shows or hides the page."""
        self._is_wanted = wanted

    def _follow_tab(self) -> None:
        """The page belongs to its tab: other texts have none."""
        tab = self._window.documents.current
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
        if self._is_wanted and not self._window.presentation.is_on:
            self._show_dock()

    def follow(self) -> None:
        """Show the page if the tab has one, whatever a saved state of the window says."""
        self.dock.setVisible(self._lesson is not None and self._is_wanted)

    def _put_snippet(self) -> None:
        if self._lesson is not None:
            self._window.editor.sheet.change_text(self._lesson.snippet)
            self.panel.clear_verdicts()

    def _step(self, step: int) -> None:
        if self._lesson is not None:
            self.open(lessons()[lessons().index(self._lesson) + step])

    def _check(self, prepared: Prepared | None) -> None:
        self._follow_tab()
        lesson = self._lesson
        if lesson is None or prepared is None:
            self.panel.clear_verdicts()
        elif self.panel.show_verdicts(answers(lesson.question, prepared.run)):
            self._window.settings.add_lesson_done(lesson.key)
            self._show_done()

    def _show_done(self) -> None:
        """The marks in the menu are not the user's to set: choosing a lesson opens it."""
        done = self._window.settings.lessons_done
        for key, action in self._actions.items():
            action.setChecked(key in done)
