"""What belongs to the files of a run: the list of all, and the line above one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.gui.controls.elided_label import ElidedLabel
from app.gui.panels.chip import GlyphLabel
from app.gui.panels.tab_bar import TAB_HEIGHT
from app.gui.panels.verdict.chips import place_link
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import tr

_HEIGHT = 28
_LIST_WIDTH = 30


class FileNote(NamedTuple):
    """What is said of the file in the editor; `place` follows the words as a link."""

    words: str
    place: int | None = None
    action: str = ""
    is_read_only: bool = True


class FileLine(QWidget):
    """28 px high; says what the file in the editor is in the run, and offers an action."""

    placeChosen = Signal(int)
    acted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("fileLine")
        self.setProperty("fileLine", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(_HEIGHT)
        self._note = FileNote("")
        self._glyph = GlyphLabel(theme, "eye", None, 14)
        self._words = ElidedLabel()
        self.link: QToolButton | None = None
        """The place where the file is imported."""
        self.button = QToolButton()
        self.button.setAccessibleName(tr("Edit this file"))
        self.button.setProperty("link", True)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.clicked.connect(self.acted)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE, 0, SPACE, 0)
        self._row.setSpacing(SPACE_SMALL)
        self._row.addWidget(self._glyph)
        self._row.addWidget(self._words)
        self._row.addStretch(1)
        self._row.addWidget(self.button)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._glyph.set_theme(theme)

    @property
    def note(self) -> FileNote:
        return self._note

    def show_note(self, note: FileNote) -> None:
        """Show a note; the line is hidden if it has no words."""
        self.setVisible(bool(note.words))
        if note == self._note:
            return
        self._note = note
        self._glyph.setVisible(note.is_read_only)
        self._words.setText(note.words)
        self._words.setToolTip(note.words)
        self.button.setVisible(bool(note.action))
        self.button.setText(note.action)
        self.button.setAccessibleName(note.action)
        if self.link is not None:
            self.link.deleteLater()
            self.link = None
        if (place := note.place) is not None:
            self.link = place_link(place)
            self.link.clicked.connect(lambda: self.placeChosen.emit(place))
            self._row.insertWidget(2, self.link)
        # Words that are cut take all the room that is left; whole ones leave it to the stretch.
        self._words.setMaximumWidth(self._words.fontMetrics().horizontalAdvance(note.words) + 2)
        self._row.setStretchFactor(self._words, 1000)


class FileList(QToolButton):
    """The arrow behind the tabs, which lists the open texts and the files of the run."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("fileList")
        self.setProperty("fileList", True)
        self.setFixedSize(_LIST_WIDTH, TAB_HEIGHT)
        self.setAccessibleName(tr("Files"))
        self.setToolTip(tr("Open texts, and the files of this run"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.setMenu(menu)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self.setIcon(theme.icon("chevron_down", size=14))

    def add_entry(
        self, name: str, tip: str, work: Callable[[], object], *, is_current: bool = False
    ) -> None:
        """Add an entry to its menu."""
        action = self.menu().addAction(name.replace("&", "&&"))
        action.setToolTip(tip)
        action.setCheckable(True)
        action.setChecked(is_current)
        action.triggered.connect(lambda: work())

    @property
    def entries(self) -> Sequence[str]:
        return [action.text() for action in self.menu().actions() if not action.isSeparator()]
