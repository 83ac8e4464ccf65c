"""The bar below the toolbar that lists what is changed for the runs of a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.gui.controls.icon_button import IconButton
from app.gui.controls.undo_keys import UndoKeys
from app.gui.panels.chip import GlyphLabel
from app.gui.panels.what_if.pill import Listed, Pill
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import ngettext, tr

_HEIGHT: Final = 40
_WORDS_FROM: Final = 1000
"""Below this width the bar says less."""


class _Pills(QWidget):
    """Shows the pills that fit; the others are in a menu, and counted."""

    removed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.pills: list[Pill] = []
        self.more = QToolButton(self)
        self.more.setObjectName("moreChanges")
        self.more.setProperty("flat", True)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self.more))
        self.more.setAccessibleName(tr("More changes"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for pill in self.pills:
            pill.set_theme(theme)

    def show_changes(self, listed: Sequence[Listed]) -> None:
        """Make a pill for each change; the keyboard stays at the place where it is."""
        focused, before = self.window().focusWidget(), self.pills
        place = next((n for n, one in enumerate((*before, self.more)) if one is focused), None)
        self.pills = [Pill(self._theme, one) for one in listed]
        for pill, left in zip(self.pills, (self.more, *self.pills), strict=False):
            pill.setParent(self)
            pill.clicked.connect(lambda _=False, one=pill.listed.change: self.removed.emit(one))
            self.setTabOrder(left, pill)
        if self.pills:
            self.setTabOrder(self.pills[-1], self.more)
        self.more.raise_()  # after the pills in the order of children too, which F6 goes by
        self._arrange()
        if place is not None:
            self._focus(place)
        for pill in before:
            pill.hide()
            pill.deleteLater()
        self.updateGeometry()

    def _focus(self, place: int) -> None:
        """Focus the pill at a place, or the last thing before it."""
        shown = [one for one in (*self.pills, self.more) if not one.isHidden()]
        if shown:
            shown[min(place, len(shown) - 1)].setFocus()

    def sizeHint(self) -> QSize:
        width = sum(pill.sizeHint().width() + SPACE_SMALL for pill in self.pills)
        return QSize(width, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        rest, left, shown = self.width(), 0, 0
        sizes = [pill.sizeHint() for pill in self.pills]
        count = len(self.pills)
        for size in sizes:
            is_last = shown == count - 1
            if left + size.width() > rest - (0 if is_last else self._more_width()):
                break
            self.pills[shown].setGeometry(
                left, (self.height() - size.height()) // 2, size.width(), size.height()
            )
            left += size.width() + SPACE_SMALL
            shown += 1
        for place, pill in enumerate(self.pills):
            pill.setVisible(place < shown)
        self._show_more(self.pills[shown:], left)

    def _more_width(self) -> int:
        return 64

    def _show_more(self, hidden: Sequence[Pill], left: int) -> None:
        menu = self.more.menu()
        menu.clear()
        for pill in hidden:
            words = pill.accessibleName().replace("&", "&&")
            menu.addAction(words, pill.click)
        text = ngettext("+{count} more", "+{count} more", len(hidden))
        self.more.setText(text.format(count=len(hidden)))
        self.more.setGeometry(left, (self.height() - 26) // 2, 76, 26)
        self.more.setVisible(bool(hidden))


class WhatIfBar(QToolBar):
    """Hidden while nothing is changed."""

    removed = Signal(object)
    """The `Change` that the user takes back."""
    left = Signal()
    """The keyboard was here, and nothing is left that could have it."""

    def __init__(self, theme: Theme, write: QAction, compare: QAction, reset: QAction) -> None:
        super().__init__(tr("What if"))
        self.setObjectName("whatIfBar")
        self.setMovable(False)
        self.setProperty("whatIf", True)
        self.undo_keys = UndoKeys(self)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setFixedHeight(_HEIGHT + 1)
        self._glyph = GlyphLabel(theme, "fork", None, 16)
        self._title = QLabel(tr("What if"))
        self._title.setProperty("heading", True)
        self._pills = _Pills(theme)
        self._pills.removed.connect(self.removed)
        self._words = QLabel(tr("The text is not changed."))
        self._words.setProperty("secondary", True)
        content = QWidget()
        content.setFixedHeight(_HEIGHT)
        row = QHBoxLayout(content)
        row.setContentsMargins(SPACE, 0, SPACE, 0)
        row.setSpacing(SPACE_SMALL)
        for widget in (self._glyph, self._title, self._pills, self._words):
            row.addWidget(widget)
        row.addStretch(1)
        for action in (write, compare, reset):
            row.addWidget(_button(action))
        self.addWidget(content)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._glyph.set_theme(theme)
        self._pills.set_theme(theme)

    @property
    def pills(self) -> list[Pill]:
        return self._pills.pills

    def show_changes(self, listed: Sequence[Listed]) -> None:
        focused = self.window().focusWidget()
        had_keys = focused is not None and self.isAncestorOf(focused)  # before a pill is hidden
        if [pill.listed for pill in self.pills] != list(listed):
            self._pills.show_changes(listed)
        if not listed and had_keys:
            self.left.emit()
        self.setVisible(bool(listed))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._words.setVisible(self.width() >= _WORDS_FROM)


def _button(action: QAction) -> QToolButton:
    button = IconButton(action)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
