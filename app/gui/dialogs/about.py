"""The About dialog: what the program is, and the versions that a bug report should name."""

from __future__ import annotations

import threading
from contextlib import suppress

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.room import keep_on_screen
from app.gui.theme.glyphs import program_icon
from app.gui.theme.metrics import SPACE_LARGE, SPACE_MEDIUM, SPACE_SMALL
from app.session.language import tr, translatable
from app.session.versions import versions

_WHAT = translatable(
    "Shows what PyTorch's autograd recorded, what it skipped and why, and why a .grad is None."
)
_ICON = 64


class About(QDialog):
    """`torch` is the version that the tracing process reports; empty while it is unknown."""

    _found = Signal(object)
    """list[tuple[str, str]], from the thread that looks for them."""

    def __init__(self, parent: QWidget, torch: str) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle(tr("About Tapescope"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._torch = torch
        self._table = QGridLayout()
        self._table.setHorizontalSpacing(SPACE_LARGE)
        self._copy = QPushButton(tr("Copy"))
        self._copy.setToolTip(tr("Copy the versions, for a report"))
        self._copy.setEnabled(False)
        self._copy.clicked.connect(self._copy_versions)
        self._versions: list[tuple[str, str]] = []
        self._build()
        self._found.connect(self._show)
        threading.Thread(target=self._look, name="versions", daemon=True).start()

    @property
    def text(self) -> str:
        """The versions, one a line; empty until they are known."""
        return "\n".join(f"{name}: {version}" for name, version in self._versions)

    def _build(self) -> None:
        picture = QLabel()
        picture.setPixmap(program_icon().pixmap(_ICON, _ICON))
        name = QLabel("Tapescope")
        name.setProperty("sheetTitle", True)
        what = QLabel(tr(_WHAT), wordWrap=True)
        what.setFixedWidth(360)
        close = QPushButton(tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        column.setContentsMargins(SPACE_LARGE, SPACE_LARGE, SPACE_LARGE, SPACE_MEDIUM)
        column.setSpacing(SPACE_MEDIUM)
        head, texts, buttons = QHBoxLayout(), QVBoxLayout(), QHBoxLayout()
        for part in (head, self._table, buttons):
            column.addLayout(part)
        head.setSpacing(SPACE_MEDIUM)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(texts, 1)
        texts.addWidget(name)
        texts.addWidget(what)
        buttons.setSpacing(SPACE_SMALL)
        buttons.addStretch(1)
        buttons.addWidget(self._copy)
        buttons.addWidget(close)

    def _look(self) -> None:
        found = versions()
        with suppress(RuntimeError):  # closed meanwhile
            self._found.emit(found)

    def _show(self, found: list[tuple[str, str]]) -> None:
        torch = self._torch or tr("unknown: no Python with torch found yet")
        self._versions = [found[0], ("torch", torch), *found[1:]]
        for row, (name, version) in enumerate(self._versions):
            title, value = QLabel(name), QLabel(version)
            title.setProperty("secondary", True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._table.addWidget(title, row, 0)
            self._table.addWidget(value, row, 1)
        self._table.setColumnStretch(1, 1)
        self._copy.setEnabled(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.isVisible():  # else Qt puts it over its window
            keep_on_screen(self)

    def _copy_versions(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
