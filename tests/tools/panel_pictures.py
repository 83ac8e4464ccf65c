"""Pictures of every panel and dialog of the real window, light and dark.

python -m tests.tools.panel_pictures FOLDER [WORD]     a word picks the scenes that are named so
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.gui.files.examples import examples
from app.gui.main_window import MainWindow
from app.gui.theme import Theme
from tests.tools.screenshots import LARGE, THEMES, run, run_to_the_end, waiting_for, window
from tests.tools.x_display import virtual_display

SIZE = (1440, 900)
_SETTLING_MS = 600
"""For what moves (a glide, a card that waits for the mouse to rest) and for other processes."""

PATCHED = """import torch
from torch import nn

net = nn.Linear(2, 1)
for step in range(3):
    loss = torch.tensor(net(torch.randn(4, 2)).mean().item(), requires_grad=True)
    loss.backward()
print(net.weight.grad)
"""
RAISING = """import torch

w = torch.randn(3, requires_grad=True)
y = w.exp()
y += 1
y.sum().backward()
"""


def settle() -> None:
    loop = QEventLoop()
    QTimer.singleShot(_SETTLING_MS, loop.quit)
    loop.exec()


def _first(shown: MainWindow) -> None:
    run(shown, examples()[0].path)


def _text(shown: MainWindow, text: str) -> None:
    shown.load_text(text)
    run_to_the_end(shown)


def _large(shown: MainWindow) -> None:
    run(shown, LARGE / "transformer_step.py")


def _after_first(work: Callable[[MainWindow], None]) -> Callable[[MainWindow], None]:
    def scene(shown: MainWindow) -> None:
        _first(shown)
        work(shown)

    return scene


def _chosen(name: str) -> Callable[[MainWindow], None]:
    """An action by its name in `Actions`, after the first example has run."""
    return _after_first(lambda shown: getattr(shown.actions_, name).trigger())


def _menu(words: str) -> Callable[[MainWindow], None]:
    """An action of the menus by its words."""

    def work(shown: MainWindow) -> None:
        actions = {a.text().replace("&", ""): a for a in shown.findChildren(QAction)}
        with waiting_for(shown.graph.layoutFinished):
            actions[words].trigger()

    return _after_first(work)


def _typed(action: str, keys: str) -> Callable[[MainWindow], None]:
    """Keys into what an action has opened."""

    def work(shown: MainWindow) -> None:
        getattr(shown.actions_, action).trigger()
        QApplication.processEvents()
        field = QApplication.focusWidget()
        if field is not None:
            QTest.keyClicks(field, keys)

    return _after_first(work)


def _module(shown: MainWindow) -> None:
    _large(shown)
    trace = shown.workspace.shown.run.trace if shown.workspace.shown else None
    module = next(m for m in trace.modules if m.path.endswith("blocks.6")) if trace else None
    if module is not None:
        shown.workspace.select_module(module.id)


def _gradient(shown: MainWindow) -> None:
    _large(shown)
    prepared = shown.workspace.shown
    if prepared is not None:
        row = next(row for row in prepared.rows if row.summary is not None)
        shown.workspace.select_gradient(row.gradient.tensor)


def _hover(shown: MainWindow) -> None:
    _first(shown)
    centre = QPointF(shown.graph.rect().center())
    QTest.mouseMove(shown.graph, centre.toPoint())


def _lesson(number: int, *, answered: bool) -> Callable[[MainWindow], None]:
    def scene(shown: MainWindow) -> None:
        shown.lessons.open_lesson(number)
        panel = shown.lessons.panel
        for row in panel.rows[:1]:
            row.card.setChecked(True)
        if answered:
            with waiting_for(shown.graph.layoutFinished):
                panel.check.click()

    return scene


def _presenting(shown: MainWindow) -> None:
    _first(shown)
    shown.actions_.present.trigger()
    shown.setWindowState(Qt.WindowState.WindowNoState)
    shown.resize(*SIZE)


SCENES: dict[str, Callable[[MainWindow], None]] = {
    "empty": lambda shown: None,
    "operation": _after_first(lambda shown: shown.workspace.select_line(10)),
    "gradient": _gradient,
    "module": _module,
    "moment": _after_first(lambda shown: shown.workspace.go_to(8)),
    "autograd": _menu("Autograd"),
    "modules": _menu("Modules"),
    "left_torch": lambda shown: _text(shown, PATCHED),
    "error": lambda shown: _text(shown, RAISING),
    "search": _typed("find", "lin"),
    "search_nothing": _typed("find", "q_prj"),
    "find_text": _typed("find_text", "lin"),
    "replace_text": _chosen("replace"),
    "go_to_line": _chosen("go_to_line"),
    "outline": _chosen("outline"),
    "palette": _typed("palette", "exp"),
    "hover": _hover,
    "settings": _chosen("settings"),
    "run_settings": _chosen("run_settings"),
    "export": _chosen("export"),
    "shortcuts": _chosen("shortcuts"),
    "marks": _chosen("legend_help"),
    "about": _chosen("about"),
    "lesson_asked": _lesson(3, answered=False),
    "lesson_answered": _lesson(3, answered=True),
    "presentation": _presenting,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("word", nargs="?", default="")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with virtual_display() as environment, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment)
        application = QApplication(sys.argv[:1])
        application.setStyle("Fusion")
        for name, scene in SCENES.items():
            for theme in THEMES if arguments.word in name else ():
                with window(Path(folder)) as shown:
                    shown.resize(*SIZE)
                    shown.set_theme(Theme(theme))
                    scene(shown)
                    settle()
                    _grab(shown, arguments.folder / f"{name}-{theme}.png")
    return 0


def _grab(shown: MainWindow, path: Path) -> None:
    """Save the screen where the window is, dialogs and cards included."""
    area = shown.geometry()
    screen = shown.screen()
    screen.grabWindow(0, area.x(), area.y(), area.width(), area.height()).save(str(path))
    print(path)


if __name__ == "__main__":
    raise SystemExit(main())
