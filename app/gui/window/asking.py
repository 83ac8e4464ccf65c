"""Asking for things by name and by key: the command palette and the list of shortcuts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from app.gui.commands import Command, menu_commands
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow

_MOST_OPERATIONS = 3000
"""Of a long run the first ones: the search field finds all of them, and beside the window."""


class Asking(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: QDialog | None = None
        """Qt keeps the dialog, and Python would forget what it does."""
        do = window.actions_
        do.connect(do.palette, self._open_palette)
        do.connect(do.shortcuts, self._open_shortcuts)

    def _open_palette(self) -> None:
        from app.gui.command_palette import CommandPalette  # not at the start

        window = self._window
        commands = [
            command
            for command, action in menu_commands(window.menuBar())
            if action.isEnabled() and action is not window.actions_.palette
        ]
        commands.extend(self._operations())
        palette = self._dialog = CommandPalette(window, window.theme, commands)
        palette.open_over(window)

    def _open_shortcuts(self) -> None:
        from app.gui.shortcut_list import ShortcutList  # seldom opened

        commands = [command for command, _ in menu_commands(self._window.menuBar())]
        self._dialog = ShortcutList(self._window, commands)
        self._dialog.open()

    def _operations(self) -> Iterator[Command]:
        """A command for each place that called torch; it selects what was called there first."""
        prepared = self._window.display.prepared
        if prepared is None:
            return
        index, link = prepared.index, self._window.link
        seen: set[tuple[int | None, int | None, str]] = set()
        for operation in islice(prepared.trace.operations, _MOST_OPERATIONS):
            place = operation.line, operation.column, operation.name
            if operation.line is None or place in seen:
                continue
            seen.add(place)
            module = index.modules[operation.module].path if operation.module is not None else ""
            title = f"{operation.name} {module}".rstrip()
            yield Command(
                f"{title} — {index.line_text(operation.line).strip()}",
                tr("Line {line}").format(line=operation.line),
                (),
                lambda id_=operation.id: link.choose_operation(id_),  # type: ignore[misc]
            )
