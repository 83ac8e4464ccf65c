"""The switch between the processes of a run: one of them, or two beside each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.gui.controls.segments import as_segments, titled_row
from app.gui.theme import Theme
from app.session.language import tr

_MOST_BUTTONS = 4
"""From more processes on they are in a menu."""


class ProcessButtons(QWidget):
    """A button for each process and one for both; of many, menus."""

    chosen = Signal(int)
    """The place of the process to show."""
    pairChosen = Signal(int)
    """The place of the process to compare the shown one with."""
    appeared = Signal()
    """There is something to choose now, or no longer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("processes")
        self.setAccessibleName(tr("Processes"))
        self._theme = theme
        self._titles: Sequence[str] = ()
        self._shown, self._other = 0, -1
        self._differing: Collection[int] = ()
        self._row = titled_row(self, tr("Show"))
        self.buttons: list[QToolButton] = []
        """One for each process, or one with a menu of all; then the one that compares."""
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for button in self.buttons:
            if button.menu() is not None:
                button.setIcon(theme.icon("chevron_down", size=14))

    @property
    def is_available(self) -> bool:
        return len(self._titles) > 1

    def show_processes(
        self,
        titles: Sequence[str],
        shown: int,
        other: int | None = None,
        differing: Collection[int] = (),
    ) -> None:
        """Offer these processes, one or two of them shown; fewer than two hide the switch.

        Those that differ from the first are marked where there are more than two.
        """
        was_available = self.is_available
        self._shown, self._other = shown, -1 if other is None else other
        if (titles, differing) != (self._titles, self._differing):
            self._titles, self._differing = titles, differing
            self._build()
        self._mark()
        self.setVisible(self.is_available)
        if self.is_available != was_available:
            self.appeared.emit()

    def _build(self) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self.buttons = list(self._made()) if self.is_available else []
        as_segments(self.buttons)
        for button in self.buttons:
            button.setCheckable(True)
            self._row.addWidget(button)
        self.set_theme(self._theme)

    def _made(self) -> Iterator[QToolButton]:
        count = len(self._titles)
        if count > _MOST_BUTTONS:
            yield _menu_button(self._fill_all)
        else:
            for place in range(count):
                button = QToolButton()
                button.setText(self._title(place))
                button.clicked.connect(lambda _, place=place: self._choose(place))
                yield button
        if count > 2:
            button = _menu_button(self._fill_others)
        else:
            button = QToolButton()
            button.setText(tr("Both"))
            button.clicked.connect(lambda: self._compare(1 - self._shown))
        yield button

    def _title(self, place: int) -> str:
        is_marked = place in self._differing and len(self._titles) > 2
        return f"{self._titles[place]} ≠" if is_marked else self._titles[place]

    def _fill_all(self, menu: QMenu) -> None:
        places = range(len(self._titles))
        for place in sorted(places, key=lambda place: place not in self._differing):
            action = self._entry(menu, place)
            action.setCheckable(True)
            action.setChecked(place == self._shown)
            action.triggered.connect(lambda _=False, place=place: self._choose(place))

    def _fill_others(self, menu: QMenu) -> None:
        places = [place for place in range(len(self._titles)) if place != self._shown]
        for place in sorted(places, key=lambda place: place not in self._differing):
            action = self._entry(menu, place)
            action.triggered.connect(lambda _=False, place=place: self._compare(place))

    def _entry(self, menu: QMenu, place: int) -> QAction:
        return menu.addAction(self._title(place).replace("&", "&&"))

    def _choose(self, place: int) -> None:
        self._mark()  # a click has toggled the button
        self.chosen.emit(place)

    def _compare(self, place: int) -> None:
        self._mark()
        self.pairChosen.emit(place)

    def _mark(self) -> None:
        if not self.buttons:
            return
        *processes, compare = self.buttons
        is_pair = self._other >= 0
        if len(self._titles) > _MOST_BUTTONS:
            processes[0].setText(self._title(self._shown))
            processes[0].setChecked(not is_pair)
        else:
            for place, button in enumerate(processes):
                button.setChecked(place == self._shown and not is_pair)
        compare.setChecked(is_pair)
        if compare.menu() is not None:
            pair = sorted((self._shown, self._other))
            text = tr("{first} and {second}") if is_pair else tr("Compare with")
            titles = [self._titles[place] for place in pair] if is_pair else ("", "")
            compare.setText(text.format(first=titles[0], second=titles[1]))


def _menu_button(fill: Callable[[QMenu], object]) -> QToolButton:
    """Return a button whose menu is filled when it opens."""
    button = QToolButton()
    menu = QMenu(button)

    def refill() -> None:
        menu.clear()
        fill(menu)

    menu.aboutToShow.connect(refill)
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
