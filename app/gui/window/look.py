"""How the window looks: theme, sizes of text, docks; and how it looked the last time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolTip

from app.gui.settings import Settings
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_SECONDARY
from app.gui.window_style import window_rules

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow

_SOON_MS = 100
_FRAME = 40
"""What a desktop puts above a window, about."""


def _load_style_names() -> None:
    """What the first picture of a graph asks for, loaded while the empty window is looked at."""
    from PySide6.QtWidgets import QStyle  # noqa: F401


def wanted_theme(settings: Settings) -> Theme:
    """The user's, or the system's."""
    if (name := settings.theme) is not None:
        return Theme(name)
    return Theme.of_scheme(QGuiApplication.styleHints().colorScheme())


class Look(QObject):
    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self.theme = theme
        self._is_sized = False
        if (size := window.settings.font_size) is not None:
            window.editor.set_font_size(size)
        do = window.actions_
        for action, work in (
            (do.zoom_in, lambda: self._zoom(1)), (do.zoom_out, lambda: self._zoom(-1)),
            (do.zoom_reset, lambda: self._zoom(0)), (do.fit, window.graph.fit),
            (do.theme, self._switch_theme), (do.reset_layout, self._reset_layout),
        ):  # fmt: skip
            do.connect(action, work)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.screenAdded.connect(self._show_again)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        window = self._window
        self.theme = theme
        window.setPalette(theme.palette())
        QToolTip.setFont(ui_font(FONT_SECONDARY))
        window.setStyleSheet(theme.stylesheet() + window_rules(theme))
        for part in window.themed:
            part.set_theme(theme)

    def _show_again(self) -> None:
        """Icons are made with the pixels of the screens that there are."""
        self.set_theme(self.theme)

    def follow_system(self) -> None:
        """The system went from light to dark or back: that counts unless the user chose."""
        if self._window.settings.theme is None:
            self.set_theme(wanted_theme(self._window.settings))

    def choose_theme(self, name: str) -> None:
        """Light, dark, or with an empty name the system's; remembered."""
        settings = self._window.settings
        settings.theme = "dark" if name == "dark" else "light" if name == "light" else None
        self.set_theme(wanted_theme(settings))

    def choose_text_size(self, pixels: int) -> None:
        """Of the editor; remembered."""
        self._window.editor.set_font_size(pixels)
        self._window.settings.font_size = pixels

    def _switch_theme(self) -> None:
        self.choose_theme("light" if self.theme.is_dark else "dark")

    def _zoom(self, steps: int) -> None:
        self._window.editor.zoom(steps)
        self._window.settings.font_size = self._window.editor.font_size

    def _reset_layout(self) -> None:
        self._window.settings.forget_window()
        self._window.docks.set_default_sizes(self._window.width())

    def restore(self) -> None:
        """Size, place and docks as the last window left them."""
        window = self._window
        if (saved := window.settings.window()) is not None:
            geometry, state, window.docks.is_arranged = saved
            self._is_sized = window.restoreGeometry(geometry) and window.restoreState(state)
        if not self._is_sized:
            self._fit_screen()

    def _fit_screen(self) -> None:
        """Fill a screen that has no room for the window and its frame."""
        window, room = self._window, self._window.screen().availableGeometry()
        if room.width() < window.width() or room.height() < window.height() + _FRAME:
            window.resize(window.size().boundedTo(room.size()))
            window.move(room.topLeft())
            window.setWindowState(Qt.WindowState.WindowMaximized)

    def size_once(self) -> None:
        """The first showing: docks as designed, unless the last window left its own."""
        if not self._is_sized:
            self._is_sized = True
            self._window.docks.set_default_sizes(self._window.width())
        self._window.editor.setFocus()
        QTimer.singleShot(_SOON_MS, _load_style_names)

    def remember(self) -> None:
        window = self._window
        window.settings.set_window(
            window.saveGeometry(), window.saveState(), window.docks.is_arranged
        )
