"""The window's appearance: theme, text sizes, docks; restored at the next start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QToolTip

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.settings import Settings
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_SECONDARY
from app.gui.window_style import window_rules
from app.session.look.colors import theme_named

_SOON_MS = 100
_FRAME = 40
"""The height of a window's title bar in pixels, about."""


def _load_style_names() -> None:
    """Import what the first graph needs, while the window is still empty."""
    from PySide6.QtWidgets import QStyle  # noqa: F401


def wanted_theme(settings: Settings) -> Theme:
    """Return the user's theme, or the system's."""
    if (name := settings.theme) is not None:
        return Theme(name)
    return Theme.of_scheme(QGuiApplication.styleHints().colorScheme())


class Themed(Protocol):
    def set_theme(self, theme: Theme) -> None: ...


class Appearance(Feature):
    changed = Signal()
    """The theme changed, or icons have to be made again."""

    def __init__(
        self,
        window: QMainWindow,
        themed: Sequence[Themed],
        docks: Docks,
        editor: CodeEditor,
        settings: Settings,
        do: Actions,
        theme: Theme,
    ) -> None:
        super().__init__(window)
        self._window, self._themed, self._docks = window, themed, docks
        self._editor, self._settings = editor, settings
        self.theme = theme
        self._before = ""
        """What was chosen before high contrast."""
        self._is_sized = False
        self._lent: Callable[[int], object] | None = None
        if (size := settings.font_size) is not None:
            editor.set_font_size(size)
        for action, work in (
            (do.zoom_in, lambda: self._zoom(1)), (do.zoom_out, lambda: self._zoom(-1)),
            (do.zoom_reset, lambda: self._zoom(0)),
            (do.theme, self._switch_theme), (do.contrast, self._switch_contrast),
            (do.reset_layout, self._reset_layout),
        ):  # fmt: skip
            self.on(action, work)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        self.hear(application.screenAdded, self._show_again)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        window = self._window
        self.theme = theme
        window.setPalette(theme.palette())
        QToolTip.setFont(ui_font(FONT_SECONDARY))
        window.setStyleSheet(theme.stylesheet() + window_rules(theme))
        for part in self._themed:
            part.set_theme(theme)
        self.changed.emit()

    def _show_again(self) -> None:
        """Make the icons again for the present screens."""
        self.set_theme(self.theme)

    def follow_system(self) -> None:
        """Follow the system's change between light and dark, unless the user chose a theme."""
        if self._settings.theme is None:
            self.set_theme(wanted_theme(self._settings))

    def choose_theme(self, name: str) -> None:
        """Choose and store a theme by its name; any other is the system's."""
        self._settings.theme = theme_named(name)
        self.set_theme(wanted_theme(self._settings))

    def choose_text_size(self, pixels: int) -> None:
        """Choose and store the editor's text size."""
        self._editor.set_font_size(pixels)
        self._settings.font_size = pixels

    def _switch_theme(self) -> None:
        self.choose_theme("light" if self.theme.is_dark else "dark")

    def _switch_contrast(self) -> None:
        """Switch to high contrast, or back to what was chosen before."""
        if self.theme.name == "contrast":
            self.choose_theme(self._before)
        else:
            self._before = self._settings.theme or ""
            self.choose_theme("contrast")

    def lend_zoom(self, zoom: Callable[[int], object] | None) -> None:
        """Have `zoom` answer the keys for the text's size, until they are taken back by None."""
        self._lent = zoom

    def _zoom(self, steps: int) -> None:
        if self._lent is not None:
            self._lent(steps)
            return
        self._editor.zoom(steps)
        self._settings.font_size = self._editor.font_size

    def _reset_layout(self) -> None:
        self._settings.forget_window()
        self._docks.set_default_sizes(self._window.size())

    def restore(self) -> None:
        """Restore size, position and docks of the last window."""
        window = self._window
        if (saved := self._settings.window()) is not None:
            geometry, state, self._docks.is_arranged = saved
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
        """Set the docks' default sizes at the first showing, unless they were restored."""
        if not self._is_sized:
            self._is_sized = True
            self._docks.set_default_sizes(self._window.size())
        self._editor.setFocus()
        QTimer.singleShot(_SOON_MS, _load_style_names)

    def remember(self) -> None:
        window = self._window
        self._docks.set_wide(False)  # the next window shows its editor
        self._settings.set_window(
            window.saveGeometry(), window.saveState(), self._docks.is_arranged
        )
