"""The editor with its header, and below it the run in words if there is room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.docks import column, stacked
from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.searching.find_bar import FindBar
from app.gui.editor.searching.line_bar import LineBar
from app.gui.panels.chip import GlyphLabel
from app.gui.panels.file_line import FileLine, FileList
from app.gui.panels.header import Header
from app.gui.panels.line_foot import LineFoot
from app.gui.panels.next_steps import NextSteps
from app.gui.panels.notice_bar import NoticeBar
from app.gui.panels.tab_bar import TabBar
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import ngettext, number, tr

_LEAST_EDITOR, _LEAST_BELOW = 200, 220
"""Heights in pixels; the run in words is elsewhere if the text leaves less than the second."""


class SnippetPanel(QWidget):
    """`header` is the dock's title bar; it has the tabs if there are several texts, else it counts
    the lines.  It says when marks are outdated."""

    roomChanged = Signal()
    """`has_room_below` is another."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.tab_bar = TabBar(theme)
        self.file_list = FileList(theme)
        self.parts = CodeOrText()
        self.header = _EditorHeader(self.parts, self.tab_bar, self.file_list)
        self.parts.setVisible(False)
        self.editor = CodeEditor(theme)
        self._not_run = GlyphLabel(theme, "not_run", None, 13)
        self._not_run_words = _secondary(tr("not run"))
        self._leaf = GlyphLabel(theme, "leaf", None, 13)
        self._lock = GlyphLabel(theme, "padlock", None, 13)
        self._lock.hide()
        self._state = _secondary()
        self.header.add_widget(self._not_run)
        self.header.add_widget(self._not_run_words)
        self.header.add_widget(self._leaf)
        self.header.add_widget(self._lock)
        self.header.add_widget(self._state)
        self.file_line = FileLine(theme)
        self.notice = NoticeBar(theme)
        self.foot = LineFoot(theme)
        self.next_steps = NextSteps()
        self.find_bar = FindBar(theme, self.editor)
        self.line_bar = LineBar(self.editor)
        self.below = QWidget()
        """The run in words, below the text, which hides it where the text needs the room."""
        self._splitter: QSplitter = stacked(self._upper(), self._lower(), (328, 300))
        self._is_fitted = self._is_wanted = self._are_tabs_wanted = True
        self._tabs = False, False
        """Whether there are tabs, and a list of files, to choose from."""
        for bar in self._bars():
            bar.installEventFilter(self)
        self._splitter.splitterMoved.connect(self._keep_split)
        self.editor.blockCountChanged.connect(self._fit_editor)
        self.editor.sheetChanged.connect(self.make_room)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._splitter, 1)
        outer.addWidget(self.next_steps)
        self.editor.edited.connect(self.describe)
        self.describe()

    def _upper(self) -> QWidget:
        return column(
            (self.file_line, 0), (self.notice, 0), (self.editor, 1), (self.foot, 0),
            (self.find_bar, 0), (self.line_bar, 0),
        )  # fmt: skip

    def _bars(self) -> tuple[QWidget, ...]:
        return self.file_line, self.notice, self.foot, self.find_bar, self.line_bar

    def _lower(self) -> QWidget:
        inside = QVBoxLayout(self.below)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(Header(tr("In words")))
        return self.below

    def set_theme(self, theme: Theme) -> None:
        for part in (
            self.tab_bar, self.file_list, self.file_line, self.notice, self.editor, self.find_bar,
            self._leaf, self._not_run, self._lock, self.foot,
        ):  # fmt: skip
            part.set_theme(theme)

    def show_tabs(self, on: bool, *, with_list: bool) -> None:
        """Show the tabs, and behind them the list of files, unless they are not wanted."""
        self._tabs = on, with_list
        self.header.show_tabs(on and self._are_tabs_wanted)
        self.file_list.setVisible(with_list and self._are_tabs_wanted)
        self.describe()

    def want_tabs(self, on: bool) -> None:
        """Show the tabs if there is something to choose, or never."""
        self._are_tabs_wanted = on
        self.show_tabs(self._tabs[0], with_list=self._tabs[1])

    def hold_words(self, words: QWidget) -> None:
        """Take the panel that is shown below the text."""
        layout = self.below.layout()
        assert layout is not None
        layout.addWidget(words)

    @property
    def has_room_below(self) -> bool:
        """Whether the run in words has room below the text."""
        return not self.below.isHidden()

    def want_below(self, on: bool) -> None:
        """Show what is below the text if there is room for it, or never."""
        self._is_wanted = on
        self.make_room()

    def make_room(self) -> None:
        """Show what is below the text if the text leaves room for it."""
        rest = self._splitter.height() - self._text_height()
        has_room = self._is_wanted and rest >= _LEAST_BELOW
        if has_room != self.has_room_below:
            self.below.setVisible(has_room)
            self.roomChanged.emit()
        self._fit_editor()

    def _keep_split(self) -> None:
        """Keep the split where the user moved it."""
        self._is_fitted = False

    def _fit_editor(self) -> None:
        """Make the editor as high as its text, but leave room for what is below."""
        if self._is_fitted and self.has_room_below:
            height = self._splitter.height()
            editor = min(self._text_height(), height - _LEAST_BELOW)
            self._splitter.setSizes([editor, height - editor])

    def _text_height(self) -> int:
        """Return the height that shows the text with its bars."""
        bars = sum(bar.sizeHint().height() for bar in self._bars() if bar.isVisible())
        return max(_LEAST_EDITOR, self.editor.text_height) + bars

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._fit_editor()  # a bar came or went, and the text keeps its room
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.make_room()

    def show_lock(self, on: bool) -> None:
        """Say that the text is locked while a room is asked."""
        self._lock.setVisible(on)
        self.describe()

    def describe(self) -> None:
        """Bring the header up to date with the text and its marks."""
        sheet = self.editor.sheet
        count = self.editor.line_count
        lines = ngettext("{count} line", "{count} lines", count)
        of_lecture = "" if self.parts.isHidden() else self.parts.note
        self.header.set_note(of_lecture or lines.format(count=number(count)))
        marks = sheet.has_marks
        stale = marks and sheet.is_stale
        is_locked = not self._lock.isHidden()
        explains = marks and not stale and not is_locked and not self.header.has_tabs
        leaf = explains and sheet.has_glyph("leaf")
        not_run = explains and sheet.has_glyph("not_run")
        self._leaf.setVisible(leaf)
        for part in (self._not_run, self._not_run_words):
            part.setVisible(not_run)
        words = tr("creates a leaf") if leaf else ""
        if is_locked:
            words = tr("locked while asking")
        around = SPACE if self.header.has_tabs else 0
        self._state.setContentsMargins(around, 0, around, 0)
        self._state.setText(tr("edited since the run") if stale else words)
        self._state.setVisible(bool(self._state.text()))


class CodeOrText(QWidget):
    """Switches between the program and the text of a lecture's page."""

    codeWanted = Signal()
    textWanted = Signal()
    shown = Signal()
    """It has been shown or hidden."""

    def __init__(self) -> None:
        super().__init__()
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, 0, SPACE_SMALL, 0)
        row.setSpacing(SPACE)
        self.code, self.text = QToolButton(), QToolButton()
        for button, wanted in ((self.code, self.codeWanted), (self.text, self.textWanted)):
            button.setCheckable(True)
            button.setProperty("tab", True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
            button.clicked.connect(wanted)
            group.addButton(button)
            row.addWidget(button)
        self.code.setText(tr("Code"))
        self.note = ""
        """What the header says of the program and its scenes."""
        self.show_part(is_text=False, modified=False)

    def show_part(self, *, is_text: bool, modified: bool) -> None:
        """Show which part is in the editor, and whether the text has changes to save."""
        (self.text if is_text else self.code).setChecked(True)
        self.text.setText(tr("Text •") if modified else tr("Text"))
        spoken = tr("{name}, not saved") if modified else tr("{name}, saved")
        self.text.setAccessibleName(spoken.format(name=tr("Text")))

    def setVisible(self, visible: bool) -> None:
        super().setVisible(visible)
        self.shown.emit()


class _EditorHeader(Header):
    """Has in place of its title the tabs, or the parts of a lecture, or both."""

    def __init__(self, parts: CodeOrText, tabs: QWidget, files: QWidget) -> None:
        super().__init__(tr("Snippet"))
        self._parts, self._tabs = parts, tabs
        self._row.insertWidget(0, parts)
        self._row.insertWidget(1, tabs, 1)
        self._row.insertWidget(2, files)
        parts.shown.connect(lambda: self.show_tabs(self.has_tabs))
        self.show_tabs(False)

    @property
    def has_tabs(self) -> bool:
        return not self._tabs.isHidden()

    def show_tabs(self, on: bool) -> None:
        has_parts = not self._parts.isHidden()
        self._tabs.setVisible(on)
        self._title.setVisible(not on and not has_parts)
        self._note.setVisible(not on)
        left, right = 0 if on or has_parts else SPACE, 0 if on else SPACE
        self._row.setContentsMargins(left, 0, right, 0)
        self._row.setSpacing(0 if on else SPACE_SMALL)


def _secondary(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setProperty("secondary", True)
    return label
