"""The command palette and the list of shortcuts."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QDialog, QMainWindow

from app.gui.actions import Actions
from app.gui.commands import Command, menu_commands
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.running.background import IsWanted
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.dialogs.command_palette import CommandPalette
    from app.gui.dialogs.fuzzy import Match
    from app.session.run import Run
    from app.session.shown import Shown
    from app.session.source.call_places import CallPlace
    from app.session.workspace import Workspace

_MOST_PLACES = 50
"""The largest number of calls that the palette offers beside the commands."""


class _Found(NamedTuple):
    query: str
    places: list[tuple[Match, CallPlace]]


class Palette(Feature):
    """Searches the calls of a run in a thread."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        window: QMainWindow,
        appearance: Appearance,
        do: Actions,
        go_to: Callable[[int], object],
    ) -> None:
        """`go_to` brings an operation into sight."""
        super().__init__(window)
        self._workspace, self._window, self._appearance = workspace, window, appearance
        self._actions, self._go_to = do, go_to
        self._dialog: QDialog | None = None
        """Qt keeps the dialog, and Python would forget what it does."""
        self._palette: CommandPalette | None = None
        """While it is open."""
        self._known: tuple[Run, list[CallPlace]] | None = None
        self._thread = self.latest("palette", self._add)
        self.hear(workspace.changed, self._forget_run)
        self.on(do.palette, self._open_palette)
        self.on(do.shortcuts, self._open_shortcuts)

    def _open_palette(self) -> None:
        from app.gui.dialogs.command_palette import CommandPalette  # not at the start

        window = self._window
        commands = [
            command
            for command, action in menu_commands(window.menuBar())
            if action.isEnabled() and action is not self._actions.palette
        ]
        palette = self._dialog = CommandPalette(window, self._appearance.theme, commands)
        self._palette = palette
        palette.asked.connect(self._ask)
        palette.finished.connect(self._forget_palette)
        palette.open_over(window)

    def _forget_run(self) -> None:
        self._known = None

    def _forget_palette(self) -> None:
        self._thread.forget()
        self._palette = None

    def _open_shortcuts(self) -> None:
        from app.gui.dialogs.shortcut_list import ShortcutList  # seldom opened

        commands = [command for command, _ in menu_commands(self._window.menuBar())]
        self._dialog = ShortcutList(self._window, commands)
        self._dialog.open()

    # ------------------------------------------------------------------------- calls of the run

    def _ask(self, query: str) -> None:
        shown = self._workspace.shown
        if shown is not None:
            self._thread.ask(partial(self._search, query, shown.run))
        else:
            self._add(_Found(query, []))

    def _search(self, query: str, run: Run, is_wanted: IsWanted) -> _Found:
        """Search in the thread."""
        from app.gui.dialogs.fuzzy import rated
        from app.session.source.call_places import call_places

        if self._known is None or self._known[0] is not run:
            self._known = run, call_places(run)
        found = []
        for place in self._known[1]:
            if not is_wanted():
                break
            if (rating := rated(query, place.title, _group(place))) is not None:
                found.append((rating, place))
        return _Found(query, heapq.nlargest(_MOST_PLACES, found, key=lambda one: one[0].score))

    def _add(self, found: _Found) -> None:
        from app.gui.dialogs.command_palette import CommandMatch

        if self._palette is not None:
            answers = [
                CommandMatch(rating.score, self._command(place), rating.places)
                for rating, place in found.places
            ]
            self._palette.add_answers(found.query, answers)

    def _command(self, place: CallPlace) -> Command:
        """Return a command that selects the first call of a place."""
        go = partial(self._go_to, place.operation)
        return Command(place.title, _group(place), (), go)


def _group(place: CallPlace) -> str:
    return tr("Line {line}").format(line=place.line)
