"""How long the user waits at the window: from a key press to the painted picture, and per key.

Each figure is the median, as wall time and as CPU time of the window's process; on a machine that
does other things as well only the second can be compared.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, SignalInstance
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.gui.files.examples import examples
from app.gui.main_window import MainWindow
from app.gui.settings import Settings

TIMES = 15
LINES = 2000


@dataclass
class Taken:
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @contextmanager
    def measure(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)

    def show(self, what: str) -> None:
        wall, cpu = (1e3 * statistics.median(taken) for taken in (self.wall, self.cpu))
        print(f"{what:<56} {wall:10.1f} ms wall {cpu:8.1f} ms CPU", flush=True)


class _Paint(QObject):
    """Ends a loop at the first paint of a widget after another scene has come."""

    def __init__(self, window: MainWindow, loop: QEventLoop) -> None:
        super().__init__()
        self._loop, self._has_come = loop, False
        window.graph.sceneChanged.connect(self._come)
        window.graph.installEventFilter(self)

    def _come(self) -> None:
        self._has_come = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._has_come and event.type() == QEvent.Type.Paint:
            self._loop.quit()  # leaves the loop when this paint is done
        return False


def _until(signal: SignalInstance, work: Callable[[], object]) -> None:
    loop = QEventLoop()
    signal.connect(loop.quit)
    work()
    loop.exec()
    signal.disconnect(loop.quit)


def _press_run(window: MainWindow) -> None:
    QTest.keyClick(window.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def _first_picture(window: MainWindow, taken: Taken) -> None:
    """Of a snippet that was just opened: everything is painted."""
    window.documents.open_example(examples()[0].path)
    QTest.qWait(100)
    with taken.measure():
        _until(window.graph.layoutFinished, lambda: _press_run(window))


def _next_picture(window: MainWindow, taken: Taken) -> None:
    """Of a snippet with another line: the first paint that shows it; it glides from there."""
    window.editor.moveCursor(window.editor.textCursor().MoveOperation.End)
    QTest.keyClicks(window.editor, "x.relu()")
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    loop = QEventLoop()
    paint = _Paint(window, loop)
    with taken.measure():
        _press_run(window)
        loop.exec()
    window.graph.removeEventFilter(paint)
    paint.deleteLater()
    QTest.qWait(400)


def _key(window: MainWindow, taken: Taken) -> None:
    """A character in the middle of a long text that has marks, until all has been painted."""
    with taken.measure():
        QTest.keyClicks(window.editor, "x")
        QApplication.processEvents()


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.setswitchinterval(0.0005)  # as the program does
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setStyle("Fusion")
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Settings(Path(folder) / "tapescope.ini"))
        window.resize(1440, 900)
        _until(window.controller.devicesKnown, window.show)
        window.activateWindow()
        window.editor.setFocus()
        _first_picture(window, Taken())  # loads what is loaded once
        for what, work in (
            ("key press to picture, a snippet just opened", _first_picture),
            ("key press to first paint, a line more", _next_picture),
        ):
            taken = Taken()
            for _ in range(TIMES):
                work(window, taken)
            taken.show(what)
        window.load_text("\n".join(f"x{n} = torch.relu(y{n} + {n})" for n in range(LINES)))
        window.editor.go_to(LINES // 2)
        QTest.qWait(2000)
        taken = Taken()
        for _ in range(10 * TIMES):
            _key(window, taken)
        taken.show(f"a key in a text of {LINES:,} lines")
        window.close()


if __name__ == "__main__":
    main()
