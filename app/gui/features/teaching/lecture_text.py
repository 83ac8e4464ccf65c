"""The text of a lecture in the editor, with a preview of its page in the middle of the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.contract.spots import spot
from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.editor.marks import Mark
from app.gui.features.feature import Feature
from app.gui.features.lessons import Lessons
from app.gui.files.documents import Documents
from app.gui.files.run_files import NOT_IN_RUN
from app.gui.lessons.preview import PagePreview
from app.gui.panels.snippet_panel import SnippetPanel
from app.session.language import ngettext, number, tr
from app.session.lectures.reading import LectureProblem

if TYPE_CHECKING:
    from app.gui.files.tab import Tab
    from app.session.lectures.lecture import Lecture, Page

_PAUSE_MS: Final = 300
"""Milliseconds from the last key until the page shows what was typed."""


class LectureText(Feature):
    def __init__(
        self,
        documents: Documents,
        snippet: SnippetPanel,
        lessons: Lessons,
        docks: Docks,
        preview: PagePreview,
        graph: tuple[QWidget, ...],
        do: Actions,
    ) -> None:
        """`graph` is what the preview replaces."""
        super().__init__(preview)
        self._documents, self._editor, self._snippet = documents, snippet.editor, snippet
        self._lessons, self._docks = lessons, docks
        self._preview, self._graph = preview, graph
        self._give_back: Callable[[], object] | None = None
        """Puts the page back into its dock."""
        self.on(do.edit_lecture, self._edit)
        self.hear(lessons.panel.editWanted, self._edit)
        self.hear(lessons.panel.placePressed, self._go_to)
        self.hear(lessons.followed, self._follow)
        self.hear(docks.inspectorTaken, self._follow)
        self.hear(snippet.parts.codeWanted, lessons.show_program)
        self.hear(snippet.parts.textWanted, self._edit)
        self._again = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self.hear(self._again.timeout, self._read_again)
        self.hear(self._editor.edited, self._on_edited)
        self.hear(self._editor.cursorPositionChanged, self._mark)
        self.hear(documents.saved, lambda _: self._read_again())
        self.hear(documents.changed, self._describe)

    @property
    def is_on(self) -> bool:
        """Whether the preview is shown."""
        return self._give_back is not None

    def _follow(self) -> None:
        """Show the preview while the text of a lecture is in the editor."""
        wanted = self._lessons.is_text and not self._docks.is_presenting
        if self._lessons.is_text and self._docks.is_presenting:
            self._lessons.show_program()
        if wanted != self.is_on:
            if wanted:
                self._open()
            else:
                self._close()
        self._describe()
        self._mark_lines()
        self._mark()

    def _mark_lines(self) -> None:
        """Mark in the text where the page has a scene or a question, and what it cannot show."""
        tab = self._documents.current
        if tab.lecture is not None and tab.is_text:
            found = _marks(tab.lecture.lecture, tab.part)
            own = {spot(NOT_IN_RUN, line): mark for line, mark in found.items()}
            tab.sheet.set_marks(own, tab.sheet.text, NOT_IN_RUN)

    def _open(self) -> None:
        from app.gui.presentation.loans import Loan

        loan = Loan(self._lessons.panel)
        self._give_back = loan.give_back
        self._preview.hold(self._lessons.panel)
        self._show_preview(True)

    def _close(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()
            self._lessons.panel.show()
            self._show_preview(False)

    def _show_preview(self, on: bool) -> None:
        self._preview.setVisible(on)
        for part in self._graph:
            part.setVisible(not on)

    def _describe(self) -> None:
        """Offer code and text of a lecture of one's own, and say which program and scenes."""
        place, tab = self._lessons.place, self._documents.current
        parts = self._snippet.parts
        parts.setVisible(place is not None and place.lecture.path is not None)
        if place is None:
            return
        text = self._text_tab(tab)
        parts.show_part(
            is_text=self._lessons.is_text, modified=text is not None and text.is_modified
        )
        count = len(place.lecture.lecture.scenes_of(place.page.program))
        words = ngettext("{program} + {count} scene", "{program} + {count} scenes", count)
        program = place.page.program or ""
        parts.note = words.format(program=program, count=number(count))
        self._snippet.describe()

    def _text_tab(self, tab: Tab) -> Tab | None:
        texts = (one for one in self._documents.tabs if one.is_text and one.lecture is tab.lecture)
        return next(texts, None)

    # ----------------------------------------------------------------------- text and preview

    def _edit(self) -> None:
        """Show the text of the page beside its program, with the cursor in it."""
        place = self._lessons.place
        if place is None or place.lecture.path is None:
            return
        self._documents.open_text(place.lecture, place.page.file)
        if place.tab is not self._documents.current:
            self._go_to(place.page.line, 0)
        self._editor.setFocus()

    def _go_to(self, line: int, column: int) -> None:
        """Put the cursor at a place of the text."""
        if self._lessons.is_text:
            cursor, block = self._editor.textCursor(), self._editor.sheet.block(line)
            cursor.setPosition(block.position() + min(column, block.length() - 1))
            self._editor.setTextCursor(cursor)
            self._editor.centerCursor()
            self._editor.setFocus()

    def _mark(self) -> None:
        line = self._editor.textCursor().blockNumber() + 1
        self._lessons.panel.mark(line if self.is_on else None)

    def _on_edited(self) -> None:
        if self._lessons.is_text:
            self._again.start()

    def _read_again(self) -> None:
        """Show the texts of the current tab's lecture as they are now."""
        self._again.stop()
        opened = self._documents.current.lecture
        if opened is None or opened.path is None:
            return
        own = [tab for tab in self._documents.tabs if tab.lecture is opened]
        texts = {tab.part: tab.sheet.text for tab in own if tab.is_text}
        panel = self._lessons.panel
        try:
            opened.read_again(texts)
        except LectureProblem as problem:
            panel.show_problem(str(problem))
            return
        panel.show_problem("")
        pages = {page.key: page for page in opened.lecture.pages}
        for tab in own:
            if tab.page is not None:
                tab.page = pages.get(tab.page.key, opened.lecture.pages[0])
                self._follow_program(tab, tab.page)
        self._lessons.follow_tab()
        self._mark_lines()
        self._mark()

    def _follow_program(self, tab: Tab, page: Page) -> None:
        """Take over a program that was edited in the text, unless its tab has changes too."""
        is_own = not tab.part and tab.title == page.program and not tab.is_modified
        if is_own and tab.sheet.text != page.snippet:
            tab.sheet.change_text(page.snippet)
            tab.sheet.document.setModified(False)

    def close(self) -> None:
        self._close()
        super().close()


def _marks(lecture: Lecture, file: str) -> dict[int, Mark]:
    """Return the marks of the lines of a text."""
    found = {}
    for page in lecture.pages:
        for block in page.blocks if page.file == file else ():
            if block.kind == "question":
                found[block.line + 1] = Mark("covered", "plain", tooltip=tr("Question"))
            elif block.kind == "scene":
                found[block.line] = _mark_of_scene(lecture, page, block.text)
    return found


def _mark_of_scene(lecture: Lecture, page: Page, address: str) -> Mark:
    scene = lecture.scene(page, address)
    if scene is None:
        why = lecture.why_unknown(page, address)
        return Mark("warning", "cut", tr("no such scene"), tooltip=why)
    place = lecture.scenes_of(page.program).index(scene) + 1
    return Mark("scene", "plain", tr("scene {number}").format(number=number(place)))
