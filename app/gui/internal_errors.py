"""What the window does when Tapescope itself fails: log it, say so once, keep running."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

from app.session import internal_errors
from app.session.language import tr
from app.session.versions import own_version

if TYPE_CHECKING:
    from app.gui.dialogs.notice import Notice

_QUIET = (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
_NO_WINDOW = 2
"""The exit code where Qt cannot open a window: that of a wrong command line."""


class InternalErrors(QObject):
    """Takes over Python's hooks for uncaught exceptions.

    An exception may come from any thread. Each is logged; a notice with a Copy button is shown for
    the first one from a place in the code, and only one notice at a time, so that an error in
    painting does not bury the window.
    """

    _raised = Signal(str, str)
    """The place in the code and the whole traceback."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: set[str] = set()
        self._notice: Notice | None = None
        self._raised.connect(self._show)

    def watch(self) -> None:
        """Be called from now on for what nothing else catches."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_exception_in_thread

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        if not issubclass(kind, Exception):  # Ctrl+C, sys.exit
            sys.__excepthook__(kind, error, where)
            return
        internal_errors.record(kind, error, where)
        frames = traceback.extract_tb(where)
        place = f"{kind.__name__} {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        self._raised.emit(place, "".join(traceback.format_exception(kind, error, where)))

    def _on_exception_in_thread(self, raised: threading.ExceptHookArgs) -> None:
        if raised.exc_value is not None:
            self._on_exception(raised.exc_type, raised.exc_value, raised.exc_traceback)

    def _show(self, place: str, text: str) -> None:
        from app.gui.dialogs.notice import Notice

        if place in self._known or self._notice is not None:
            return
        self._known.add(place)
        windows = (w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow))
        # Its parent gives the notice its theme; another program may be in front.
        parent = QApplication.activeWindow() or next(windows, None)
        said = tr("Tapescope keeps running; save your work. {details}")
        words = said.format(details=internal_errors.details())
        copies, close = tr("Copy details"), tr("Close")
        self._notice = notice = Notice(parent, tr("Internal error"), words, (copies, close))
        notice.setObjectName("internalError")
        copy = notice.buttons[copies]
        copy.clicked.disconnect()  # it copies and leaves the notice open
        report = f"tapescope {own_version()}\n{text.rstrip()}"
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
        notice.finished.connect(self._on_closed)
        notice.show()

    def _on_closed(self) -> None:
        if self._notice is not None:
            self._notice.deleteLater()
            self._notice = None


def log_qt_messages() -> None:
    """Log Qt's warnings from now on, and explain it if Qt cannot open a window."""
    qInstallMessageHandler(_on_qt_message)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if kind in _QUIET:
        return
    internal_errors.record_warning(f"Qt: {text}")
    if kind != QtMsgType.QtFatalMsg:
        return
    if not QGuiApplication.startingUp():
        _say(text)  # Qt aborts the process after this
        return
    from app.gui.system_check import why_no_window

    _say(why_no_window() or text)
    os._exit(_NO_WINDOW)


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"tapescope: {text.rstrip()}\n")
        sys.stderr.flush()
