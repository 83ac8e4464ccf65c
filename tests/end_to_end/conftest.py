"""The whole program but for the screen: a real window and a real child process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.messages import Exited
from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.settings import Settings
from app.process.client import Tracer

TIMEOUT = 60_000


def trace_shown(window: MainWindow) -> Trace | None:
    shown = window.workspace.shown
    return None if shown is None else shown.run.trace


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "config" / "tapescope.ini")


class SharedTracer(Tracer):
    """Goes from window to window: one that closes ends its run, and the process stays for the next.

    It is used up, and ends with the window, once a run has needed another process.
    """

    def __init__(self) -> None:
        super().__init__()
        self._turn = threading.Lock()
        self.wait_for_devices()
        self._first = self._child

    @property
    def is_used_up(self) -> bool:
        return self._closed or self._child is not self._first

    def run(self, *request: Any, **how: Any) -> Exited:
        with self._turn:
            return super().run(*request, **how)

    def close(self) -> None:
        self.stop(at_once=True)
        with self._turn:  # the run has ended
            if self.is_used_up:
                self.end()

    def end(self) -> None:
        super().close()


@pytest.fixture(scope="session")
def shared_tracers() -> Iterator[list[SharedTracer]]:
    made: list[SharedTracer] = []
    yield made
    for tracer in made:
        tracer.end()


@pytest.fixture(scope="module")
def shared_tracer(shared_tracers: list[SharedTracer]) -> SharedTracer:
    """With torch imported, which each window would spend two seconds on."""
    if not shared_tracers or shared_tracers[-1].is_used_up:
        shared_tracers.append(SharedTracer())
    return shared_tracers[-1]


@pytest.fixture
def window(qtbot: QtBot, settings: Settings, shared_tracer: SharedTracer) -> Iterator[MainWindow]:
    """Shown, empty, the keyboard in the editor."""
    has_its_own = settings.interpreter or shared_tracer.is_used_up
    shown = MainWindow(settings, tracer=None if has_its_own else shared_tracer)
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
        def is_whole(*_: object) -> bool:
            shown = window.workspace.shown
            return shown is not None and not shown.is_running

        layout = window.graph.layoutFinished
        with qtbot.waitSignal(layout, timeout=TIMEOUT, check_params_cb=is_whole):
            return press_run()

    return press
