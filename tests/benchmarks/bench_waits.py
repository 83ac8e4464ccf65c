"""How long the window's event loop is held while large things happen in it, and what they leave.

    python -m tests.benchmarks.bench_waits

Each figure is the longest round of the event loop: as processor time of the window's thread; of the
whole process, which is more where another thread held the interpreter meanwhile; and by the clock,
which depends on what else the machine does.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import enumerate as threads
from time import perf_counter, process_time, thread_time
from unittest.mock import patch

from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer, SignalInstance
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from app.contract.records import Snippet
from app.gui.application import SWITCH_SECONDS
from app.gui.main_window import MainWindow
from app.gui.running.collector import Collector
from app.gui.running.heap import share_one_heap
from app.gui.settings import Settings
from app.gui.theme import Theme
from app.process.client import Tracer
from app.session.trace.assembly import TraceBuilder
from app.session.trace.document import dump
from tests.gui.graph.demo_graphs import chain
from tests.tools.tracing import request_for

PASSES = 2000
SNIPPET = f"""
import torch
x = torch.ones(4, requires_grad=True)
for _ in range({PASSES}):
    y = x
    for _ in range(24):
        y = (y * x).relu()
    loss = y.sum()
    loss.backward()
"""
"""100,000 operations, 250,000 events."""
NAMES = """
import torch
for n in range(6): globals()[chr(97 + n) * 100_000] = torch.ones(2, requires_grad=True)
leaves = [value for name, value in list(globals().items()) if len(name) > 1000]
sum((leaf * leaf).sum() for leaf in leaves).backward()
"""
PARAMETERS = """
import torch
for n in range(1000): globals()[f"p{n}"] = torch.ones(2, requires_grad=True)
leaves = [value for value in list(globals().values()) if isinstance(value, torch.Tensor)]
y = sum((leaf * leaf).sum() for leaf in leaves)
with torch.no_grad():
    z = y * 2
y.backward()
"""
FLOODS = {
    "a line of 3 MB of output": "'z' * 1_000_000",
    "nine lines of 1 MB": "('z' * 1_000_000 + '\\n') * 3",
    "3,000 lines of 3,000 characters": "('z' * 3_000 + '\\n') * 1_000",
    "300,000 short lines": "'z\\n' * 100_000",
}
NODES = 50_000
LINES = 5000
STEPS = 60
REOPENED = 9


class Rounds:
    """Of the event loop: what the longest one took."""

    def __init__(self) -> None:
        self.longest = [0.0, 0.0, 0.0]
        self._last = [0.0, 0.0, 0.0]
        self._timer = QTimer(interval=0)
        self._timer.timeout.connect(self._tick)

    def __enter__(self) -> Rounds:
        self._last = [thread_time(), process_time(), perf_counter()]
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._tick()
        self._timer.stop()

    def _tick(self) -> None:
        before, self._last = self._last, [thread_time(), process_time(), perf_counter()]
        taken = [now - then for then, now in zip(before, self._last, strict=True)]
        self.longest = list(map(max, self.longest, taken))


@contextmanager
def rounds(what: str) -> Iterator[None]:
    with Rounds() as measured:
        yield
    thread, process, clock = (1e3 * seconds for seconds in measured.longest)
    print(f"{what:<56} {thread:7.1f} ms thread {process:7.1f} ms process {clock:7.1f} ms clock")


def wait_for(signal: SignalInstance, work: Callable[[], object]) -> None:
    loop = QEventLoop()
    signal.connect(loop.quit)
    work()
    loop.exec()
    signal.disconnect(loop.quit)


def settle(milliseconds: int = 400) -> None:
    """What is still to come, with the event loop running."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def a_document(folder: Path) -> Path:
    builder = TraceBuilder(Snippet(None, SNIPPET))
    with closing(Tracer()) as tracer:
        tracer.wait_for_devices()
        ended = tracer.run(request_for(SNIPPET), builder.add_batch)
    builder.add_exited(ended)
    path = folder / "large.json"
    path.write_bytes(dump(builder.finish().trace))
    return path


def drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    """With the left button, in many steps, each handled by itself."""
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, STEPS + 1):
        QTest.mouseMove(widget, start + (end - start) * (step / STEPS))
        settle(0)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end)


def opening(window: MainWindow, path: Path) -> None:
    with rounds("opening a trace of 100,000 operations"):
        wait_for(window.graph.layoutFinished, lambda: window.open_trace(path))
        settle()


def closing_it(window: MainWindow) -> None:
    with rounds("closing it"):
        window.load_text("x = 1")
        settle(3000)


def reopening(window: MainWindow, path: Path) -> None:
    """Open the trace again and again; what is kept after each closing is to stay the same."""
    kept, blocks = [], []
    for number in range(REOPENED):
        wait_for(window.graph.layoutFinished, lambda: window.open_trace(path))
        settle()
        window.load_text(f"x = {number}")
        settle(2000)
        while any(thread.name == "letting go" for thread in threads()):
            settle()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        kept.append(f"{pages * os.sysconf('SC_PAGE_SIZE') / 2**20:.0f}")
        blocks.append(f"{sys.getallocatedblocks() / 1000:.1f}")
    print(f"{'memory after each closing of it':<56} {' '.join(kept)} MiB", flush=True)
    print(f"{'of it in use by Python':<56} {' '.join(blocks)} thousand blocks", flush=True)


def replaying(window: MainWindow) -> None:
    slider = window.timeline
    with rounds("dragging over its events"):
        drag(slider, slider.handle_point(), slider.point_of(slider.position // 3))
        settle()


def searching(window: MainWindow) -> None:
    field = window.toolbar.search
    with rounds("searching in it"):
        for text in ("relu", "y", "line 7"):
            field.clear()
            for character in text:
                QTest.keyClicks(field, character)
                settle(0)
            settle(1500)
    field.clear()
    settle()


def switching(window: MainWindow) -> None:
    for name in ("dark", "light"):
        with rounds(f"changing the theme to {name}"):
            window.set_theme(Theme("dark" if name == "dark" else "light"))
            settle()


def arriving(window: MainWindow) -> None:
    graph = chain(NODES, branch_every=5)
    with rounds(f"the arrival of a graph of {NODES:,} nodes"):
        wait_for(window.graph.layoutFinished, lambda: window.graph.show_graph(graph, {}))
        settle()


def typing(window: MainWindow) -> None:
    text = "\n".join(f"x{n} = torch.relu(y{n} + {n})" for n in range(LINES))
    with rounds(f"putting a text of {LINES:,} lines into the editor"):
        window.load_text(text)
        settle(3000)
    window.editor.go_to(LINES // 2)
    settle()
    write(window, "typing in it")


def write(window: MainWindow, what: str) -> None:
    with rounds(what):
        for character in "z = torch.relu(1)":
            QTest.keyClicks(window.editor, character)
            settle(0)
        QTest.keyClick(window.editor, Qt.Key.Key_Return)
        settle(1500)


def pasting(window: MainWindow) -> None:
    window.load_text("")
    settle()
    lines = (f"x{n} = torch.relu(y{n} + {n})\n" for n in range(LINES))
    QApplication.clipboard().setText("".join(lines))
    with rounds(f"a paste of {LINES:,} lines"):
        window.editor.paste()
        settle(3000)


def long_lines(window: MainWindow) -> None:
    for stream in ("stdout", "stderr"):
        for what, text in FLOODS.items():
            window.load_text(f"import sys\nfor _ in range(3): sys.{stream}.write({text})")
            with rounds(f"{what} in {stream}"):
                wait_for(window.graph.sceneChanged, window.actions_.run.trigger)
                settle(2000)
    with rounds("putting a line of 1 MB into the editor"):
        window.load_text(f"x = '{'a' * 1_000_000}'\ny = 1\n")
        settle(2000)
    window.editor.go_to(2)
    settle()
    write(window, "typing below it")
    window.editor.go_to(1)
    settle()
    write(window, "typing in it")


def long_names(window: MainWindow) -> None:
    window.load_text(NAMES)
    with rounds("a run with names of 100,000 characters"):
        wait_for(window.graph.layoutFinished, window.actions_.run.trigger)
        settle(2000)
    with rounds("going through its steps"):
        for position in range(12):
            window.workspace.go_to(position)
            settle(100)


def asking(window: MainWindow) -> None:
    window.load_text(PARAMETERS)
    wait_for(window.graph.layoutFinished, window.actions_.run.trigger)
    settle(2000)
    with rounds("covering a run of 1,000 parameters"):
        window.ask_the_room.start()
        while not window.ask_the_room.is_on:
            settle(50)
        settle()
    with rounds("turning cards over"):
        for _ in range(5):
            window.ask_the_room.turn_over()
            settle(800)
    window.ask_the_room.stop()


def exporting(window: MainWindow, path: Path) -> None:
    """Save the trace that `opening` has opened, in a file that the user has chosen."""
    with (
        patch.object(QFileDialog, "getSaveFileName", lambda *_: (str(path), "")),
        rounds("saving it"),
    ):
        window.actions_.save_trace.trigger()
        while not path.exists():
            settle()


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.setswitchinterval(SWITCH_SECONDS)
    share_one_heap()
    application = QApplication.instance() or QApplication([*sys.argv[:1], "-style", "Fusion"])
    assert isinstance(application, QApplication)
    Collector(application)
    with tempfile.TemporaryDirectory() as folder:
        document = a_document(Path(folder))
        window = MainWindow(Settings(Path(folder) / "tapescope.ini"))
        window.resize(1440, 900)
        wait_for(window.controller.devicesKnown, window.show)
        settle()
        gc.freeze()  # as `app.gui.starting` does
        opening(window, document)
        replaying(window)
        searching(window)
        switching(window)
        exporting(window, Path(folder) / "saved.json")
        closing_it(window)
        arriving(window)
        typing(window)
        pasting(window)
        long_lines(window)
        long_names(window)
        asking(window)
        reopening(window, document)
        window.close()


if __name__ == "__main__":
    main()
