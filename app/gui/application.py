"""Starts the program with its window."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from app.gui.internal_errors import InternalErrors, log_qt_messages
from app.gui.main_window import MainWindow
from app.gui.running.collector import Collector
from app.gui.running.heap import share_one_heap
from app.gui.settings import Settings
from app.gui.theme.glyphs import program_icon
from app.session import language
from app.session.run_settings import RunSettings

_POLL_MS = 200
_SCALE = "QT_SCALE_FACTOR"
SWITCH_SECONDS = 0.0005
"""How long a worker thread may keep the interpreter while the window wants it; Python's own
5 ms add up to a visible stutter over the many calls of one painting."""


class Program:
    """The window, with snippets (.py) or traces (.json) in it.

    `run_settings`, if any is set, are kept for the last snippet.
    """

    def __init__(self, paths: Sequence[str] = (), run_settings: RunSettings | None = None) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        log_qt_messages()
        self._settings = Settings()
        with _scaled(self._settings.interface_size):
            self._application = application = QApplication([*sys.argv[:1], "-style", "Fusion"])
        application.setApplicationName("tapescope")
        application.setApplicationDisplayName("Tapescope")
        application.setDesktopFileName("tapescope")
        application.setWindowIcon(program_icon())
        _translate_qt(application)
        InternalErrors(application).watch()
        Collector(application)
        _end_on_interrupt(application)
        self._window = window = MainWindow(self._settings, asks_before_closing=True)
        window.restore()
        _open_first(window, self._settings, paths)
        if run_settings is not None and not run_settings.is_default:
            window.how_to_run.set_settings(run_settings)
        window.show()

    def run(self) -> int:
        """Run until the window is closed; return the exit status."""
        share_one_heap()
        status = self._application.exec()
        self._settings.sync()
        return status


@contextmanager
def _scaled(percent: int) -> Iterator[None]:
    """Have Qt scale everything, unless the user's environment says how; snippets do not see it."""
    if percent == 100 or _SCALE in os.environ:
        yield
        return
    os.environ[_SCALE] = f"{percent / 100:g}"
    try:
        yield
    finally:
        del os.environ[_SCALE]


def _open_first(window: MainWindow, settings: Settings, paths: Sequence[str]) -> None:
    """Open the requested files, or at the first start an example, traced and explained."""
    if paths:
        window.open_paths(*map(Path, paths))
    elif settings.is_first_start:
        window.first_steps.begin()
    settings.remember_start()


def _translate_qt(application: QApplication) -> None:
    """Have Qt's own menus and dialogs in the program's language."""
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(QLocale(language.code()), "qtbase", "_", folder):
        application.installTranslator(translator)


def _end_on_interrupt(application: QApplication) -> None:
    """Close the window on Ctrl+C in the terminal; a timer lets Python run to see the signal."""
    signal.signal(signal.SIGINT, lambda *_: application.closeAllWindows())
    wake = QTimer(application)
    wake.timeout.connect(lambda: None)
    wake.start(_POLL_MS)
