"""The editor with its header, and below it the run in words and the findings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSplitter, QVBoxLayout, QWidget

from app.gui.docks import stacked
from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.find_bar import FindBar
from app.gui.editor.line_bar import LineBar
from app.gui.panels.chip import GlyphLabel
from app.gui.panels.header import Header
from app.gui.panels.notice_bar import NoticeBar
from app.gui.panels.sentence_list import Item, SentenceList
from app.gui.panels.tab_bar import TabBar
from app.gui.theme import Theme
from app.session.language import ngettext, number, tr

_LEAST_EDITOR, _MOST_WORDS = 200, 290
_EDITOR_SHARE = 0.6
"""The editor's share of the height if text and sentences do not both fit; sentences scroll."""


class SentencesPanel(QWidget):
    """A list of sentences with a header; a click on a sentence goes to its line."""

    lineChosen = Signal(int)
    """The line of the text that ran, 1-based."""

    def __init__(self, theme: Theme, title: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.header = Header(title)
        self.list = SentenceList(theme)
        self.list.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.list, 1)
        self.list.itemChosen.connect(self._choose)

    def _choose(self, number: int) -> None:
        line = self.list.item(number).line
        if line is not None:
            self.lineChosen.emit(line)

    def set_theme(self, theme: Theme) -> None:
        self.list.set_theme(theme)

    def show_items(self, items: Sequence[Item]) -> None:
        self.list.set_items(items)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Fix the height to that of the sentences: the list has no scroll bar of its own."""
        self.setMinimumHeight(self.wanted_height())

    def wanted_height(self) -> int:
        """Return the height that shows every sentence at the current width."""
        return self.header.height() + self.list.wanted_height()

    @property
    def texts(self) -> list[str]:
        return self.list.texts


class SnippetPanel(QWidget):
    """`header` is the dock's title bar; it counts the lines and says when marks are outdated."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.header = Header(tr("Snippet"))
        self.editor = CodeEditor(theme)
        self.words = SentencesPanel(theme, tr("In words"), "inWordsPanel")
        self.findings = SentencesPanel(theme, tr("Findings"), "findingsPanel")
        self.findings.hide()
        self._not_run = GlyphLabel(theme, "not_run", None, 13)
        self._not_run_words = _secondary(tr("not run"))
        self._leaf = GlyphLabel(theme, "leaf", None, 13)
        self._state = _secondary()
        self.header.add_widget(self._not_run)
        self.header.add_widget(self._not_run_words)
        self.header.add_widget(self._leaf)
        self.header.add_widget(self._state)
        self.tab_bar = TabBar(theme)
        self.notice = NoticeBar(theme)
        self.find_bar = FindBar(theme, self.editor)
        self.line_bar = LineBar(self.editor)
        self.reading = self._reading()
        """The scroll area with the lists below the text."""
        self._splitter: QSplitter = stacked(self._upper(), self.reading, (328, 300))
        self._is_fitted = True
        for bar in self._bars():
            bar.installEventFilter(self)
        self._splitter.splitterMoved.connect(self._keep_split)
        self.editor.blockCountChanged.connect(self._fit_editor)
        self.editor.sheetChanged.connect(self._fit_editor)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        self.editor.edited.connect(self.describe)
        self.describe()

    def _upper(self) -> QWidget:
        return _column(
            (self.tab_bar, 0), (self.notice, 0), (self.editor, 1),
            (self.find_bar, 0), (self.line_bar, 0),
        )  # fmt: skip

    def _bars(self) -> tuple[QWidget, ...]:
        return self.tab_bar, self.notice, self.find_bar, self.line_bar

    def _reading(self) -> QScrollArea:
        """Make one scroll area for both lists, each as high as its content."""
        lower = QScrollArea()
        lower.setAccessibleName(tr("Findings and the run in words"))
        lower.setWidgetResizable(True)
        lower.setFrameShape(QFrame.Shape.NoFrame)
        lower.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        lower.setWidget(_column((self.findings, 0), (self.words, 1)))
        return lower

    def set_theme(self, theme: Theme) -> None:
        for part in (
            self.tab_bar, self.notice, self.editor, self.find_bar, self.words, self.findings,
            self._leaf, self._not_run,
        ):  # fmt: skip
            part.set_theme(theme)

    def show_words(self, items: Sequence[Item]) -> None:
        self.words.show_items(items)
        self._fit_editor()

    def show_findings(self, items: Sequence[Item]) -> None:
        self.findings.show_items(items)
        self.findings.header.set_note(str(len(items)))
        self.findings.setVisible(bool(items))
        self._fit_editor()

    def _keep_split(self) -> None:
        """Keep the split where the user moved it."""
        self._is_fitted = False

    def _fit_editor(self) -> None:
        """Make the editor as high as its text, but leave room for the sentences."""
        if self._is_fitted:
            height = self._splitter.height()
            words = min(_MOST_WORDS, self._wanted_height())
            bars = sum(bar.sizeHint().height() for bar in self._bars() if bar.isVisible())
            most = max(height - words, round(height * _EDITOR_SHARE) + bars)
            editor = min(most, max(_LEAST_EDITOR, self.editor.text_height) + bars)
            self._splitter.setSizes([editor, height - editor])

    def _wanted_height(self) -> int:
        """Return the height of both lists at the current width."""
        panels = (self.findings, self.words)
        return sum(panel.wanted_height() for panel in panels if not panel.isHidden())

    def reveal_finding(self, place: int) -> None:
        """Scroll to the finding at this place of the list."""
        self.reading.ensureWidgetVisible(self.findings.list.row(place), 0, 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._fit_editor()  # a bar came or went, and the text keeps its room
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_editor()

    def describe(self) -> None:
        """Bring the header up to date with the text and its marks."""
        sheet = self.editor.sheet
        count = self.editor.line_count
        lines = ngettext("{count} line", "{count} lines", count)
        self.header.set_note(lines.format(count=number(count)))
        marks = sheet.has_marks
        stale = marks and sheet.is_stale
        leaf = marks and not stale and sheet.has_glyph("leaf")
        not_run = marks and not stale and sheet.has_glyph("not_run")
        self._leaf.setVisible(leaf)
        for part in (self._not_run, self._not_run_words):
            part.setVisible(not_run)
        words = tr("creates a leaf") if leaf else ""
        self._state.setText(tr("edited since the run") if stale else words)


def _secondary(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setProperty("secondary", True)
    return label


def _column(*parts: tuple[QWidget, int]) -> QWidget:
    """Return a column of widgets, each with its share of the remaining room."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part, share in parts:
        column.addWidget(part, share)
    return whole
