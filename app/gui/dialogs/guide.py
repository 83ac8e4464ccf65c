"""The user guide: its pages as a list, and the chosen one beside it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.room import fit_into_screen
from app.gui.lessons.prose import Prose
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE_LARGE, SPACE_MEDIUM
from app.session import resources
from app.session.language import localized, tr

_SIZE = 1100, 760
_LIST_WIDTH = 250
_TITLE = re.compile(r"# ([^\n]+)")


@cache
def pages() -> dict[str, Path]:
    """The guide's files by name ("01_first_steps.md"), in the user's language, in reading order.

    Each is Markdown whose first line is its title.
    """
    files = sorted(resources.path("guide").glob("*.md"))
    return {file.name: localized(file) for file in files}


def title_of(page: Path) -> str:
    """Raises ValueError if the page does not begin with its title."""
    found = _TITLE.match(page.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{page} does not begin with its title.")
    return found[1]


class Guide(QDialog):
    """Stays open beside the window.  A link to another page shows it; other links open outside."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self.setObjectName("guide")
        self.setWindowTitle(tr("User guide"))
        self.contents = QListWidget()
        self.contents.setAccessibleName(tr("Pages of the user guide"))
        self.contents.setFixedWidth(_LIST_WIDTH)
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.contents.addItems([title_of(page) for page in pages().values()])
        self.page = Prose(theme)
        self.page.setAccessibleName(tr("Page of the user guide"))
        self.page.setOpenLinks(False)
        self.page.anchorClicked.connect(self._follow)
        self._scroll = QScrollArea(widgetResizable=True)
        self._build()
        self.contents.currentRowChanged.connect(self._show)
        self.contents.setCurrentRow(0)
        fit_into_screen(self, QSize(*_SIZE))

    def _build(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(SPACE_LARGE, SPACE_MEDIUM, SPACE_LARGE, SPACE_LARGE)
        column.addWidget(self.page)
        column.addStretch(1)
        self._scroll.setAccessibleName(tr("Page of the user guide"))
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(body)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.contents)
        row.addWidget(self._scroll, 1)

    def set_theme(self, theme: Theme) -> None:
        self.page.set_theme(theme)

    def _show(self, place: int) -> None:
        page = list(pages().values())[place]
        self.page.setSearchPaths([str(page.parent), str(resources.path("guide"))])
        self.page.show_markdown(page.read_text(encoding="utf-8"))
        self._scroll.verticalScrollBar().setValue(0)

    def _follow(self, link: QUrl) -> None:
        if link.toString() in pages():
            self.contents.setCurrentRow(list(pages()).index(link.toString()))
        else:
            QDesktopServices.openUrl(link)
