"""The whole program but for the screen: a real window and a real child process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.settings import Settings

TIMEOUT = 60_000


def trace_shown(window: MainWindow) -> Trace | None:
    shown = window.workspace.shown
    return None if shown is None else shown.run.trace


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "config" / "tapescope.ini")


@pytest.fixture
def window(qtbot: QtBot, settings: Settings) -> Iterator[MainWindow]:
    """Shown, empty, the keyboard in the editor."""
    shown = MainWindow(settings)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow)  # a shortcut works in the active window only
    shown.editor.setFocus()
    yield shown
    shown.close()


@pytest.fixture
def press_run(qtbot: QtBot, window: MainWindow) -> Callable[[], Trace]:
    """Presses Ctrl+Enter in the editor and waits until the panels show the run."""

    def press() -> Trace:
        with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT) as ready:
            QTest.keyClick(window.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert ready.args is not None
        trace = ready.args[0]
        assert isinstance(trace, Trace)
        return trace

    return press


@pytest.fixture
def press_run_and_see(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> Callable[[], Trace]:
    """The same, and waits for the picture of the graph."""

    def press() -> Trace:
        with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
            return press_run()

    return press
