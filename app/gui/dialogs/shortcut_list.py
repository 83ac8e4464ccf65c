"""The list of shortcuts: all actions with keys, and the keys of the panels."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.gui.commands import Command
from app.gui.controls.room import fit_into_screen
from app.gui.theme.metrics import SPACE, SPACE_MEDIUM, TREE_ROW_HEIGHT
from app.session.language import tr, translatable

_SIZE = 620, 640

Keys = Sequence[tuple[str, str, str]]
"""(where, what, keys)"""
IN_PANELS: Keys = (
    (translatable("Graph"), translatable("Go to the next node in a direction"),
     translatable("Arrow keys")),
    (translatable("Graph"), translatable("First node, last node"), translatable("Home, End")),
    (translatable("Graph"), translatable("Open the node: its parts, or its line"),
     translatable("Enter")),
    (translatable("Graph"), translatable("Zoom in, zoom out"), "+, -"),
    (translatable("Graph"), translatable("Fit, actual size"), "F, 1"),
    (translatable("Graph"), translatable("Clear the selection"), translatable("Esc")),
    (translatable("Search"), translatable("Next hit, previous hit"),
     translatable("Enter, Shift+Enter")),
    (translatable("Search"), translatable("Back to the editor"), translatable("Esc")),
    (translatable("Editor"), translatable("Indent, unindent"), translatable("Tab, Shift+Tab")),
    (translatable("Anywhere"), translatable("Next control, previous control"),
     translatable("Tab, Shift+Tab")),
)  # fmt: skip
"""The keys that work while a panel has the focus."""


class ShortcutList(QDialog):
    def __init__(self, parent: QWidget, commands: Sequence[Command]) -> None:
        super().__init__(parent)
        self.setObjectName("shortcutList")
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._rows = [
            *((command.group, command.title, ", ".join(command.keys)) for command in commands
              if command.keys),
            *(tuple(map(tr, row)) for row in IN_PANELS),
        ]  # fmt: skip
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter"))
        self.filter.setAccessibleName(tr("Filter the shortcuts"))
        self.table = QTableWidget(len(self._rows), 3)
        self._fill()
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM)
        column.setSpacing(SPACE)
        column.addWidget(self.filter)
        column.addWidget(self.table, 1)
        self.filter.textChanged.connect(self._show_matching)
        fit_into_screen(self, QSize(*_SIZE))

    def _fill(self) -> None:
        table = self.table
        table.setAccessibleName(tr("Keyboard shortcuts"))
        table.setHorizontalHeaderLabels([tr("Where"), tr("What"), tr("Keys")])
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(TREE_ROW_HEIGHT)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        for column in (0, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for row, texts in enumerate(self._rows):
            for column, text in enumerate(texts):
                table.setItem(row, column, QTableWidgetItem(text))

    def _show_matching(self, text: str) -> None:
        wanted = text.lower().split()
        for row, texts in enumerate(self._rows):
            whole = " ".join(texts).lower()
            self.table.setRowHidden(row, not all(word in whole for word in wanted))
