"""The pictures of the user guide: parts of the real window, into resources/guide/pictures.

python -m tests.tools.guide_pictures [WORD]     a word picks the pictures that are named so
LANGUAGE=zh_CN python -m …                      into resources/guide/zh-CN/pictures
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.gui.docks import BottomPage
from app.gui.files.examples import examples
from app.gui.main_window import MainWindow
from app.gui.theme import Theme
from app.session import resources
from app.session.language import code
from tests.tools.panel_pictures import PATCHED, SIZE, settle
from tests.tools.screenshots import run, run_to_the_end, waiting_for, window
from tests.tools.x_display import virtual_display

SWISH = """\
import torch

x = torch.tensor([[2., -1.], [.5, 1.]])
w = torch.tensor([[1., 2.], [3., -1.]], requires_grad=True)
a = w * x
loss = (a * a.sigmoid()).sum()
loss.backward()
"""
WIDEST = QSize(780, 640)
"""What the guide's window has room for, in pixels."""


def _example(shown: MainWindow, number: int) -> None:
    run(shown, examples()[number - 1].path)


def _graph(shown: MainWindow) -> QWidget:
    _example(shown, 1)
    return shown.graph


def _gradients(shown: MainWindow) -> QWidget:
    _example(shown, 1)
    return shown.gradients


def _decision(shown: MainWindow) -> QWidget:
    _example(shown, 1)
    shown.workspace.select_line(10)
    return shown.details


def _training(shown: MainWindow) -> QWidget:
    _example(shown, 6)
    shown.actions_.verdict.trigger()
    return shown.verdict_bar


def _finding(shown: MainWindow) -> QWidget:
    shown.load_text(PATCHED)
    run_to_the_end(shown)
    return shown.inspector


def _folded(shown: MainWindow) -> QWidget:
    _example(shown, 10)
    return shown.graph


def _timeline(shown: MainWindow) -> QWidget:
    _example(shown, 1)
    shown.resize(shown.minimumSize())
    shown.workspace.go_to(6)
    return shown.timeline


def _comparing(shown: MainWindow) -> QWidget:
    _example(shown, 1)
    text = shown.editor.sheet.text
    shown.actions_.pin.trigger()
    settle()
    shown.editor.sheet.change_text(text.replace("with torch.no_grad():\n    x2", "x2"))
    with waiting_for(shown.traceReady):
        shown.run()
    settle()
    for _ in range(3):
        shown.actions_.next_difference.trigger()
    return shown.columns


def _chain_rule(shown: MainWindow) -> QWidget:
    shown.load_text(SWISH)
    run_to_the_end(shown)
    history = shown.workspace.shown.history  # type: ignore[union-attr]
    shown.workspace.go_to(history.end - 2)
    shown.actions_.numbers.trigger()
    while shown.graph.opened is None or shown.graph.opened.waits or shown.graph.is_gliding:
        settle()
    QTest.mouseMove(shown.graph, shown.graph.cell_point(1, 2, 1, 1).toPoint())
    return shown.graph


def _lesson(shown: MainWindow) -> QWidget:
    shown.lessons.open_lesson(3)
    shown.lessons.panel.rows[0].card.setChecked(True)
    with waiting_for(shown.graph.layoutFinished):
        shown.lessons.panel.check.click()
    return shown.lessons.panel


def _lecture(shown: MainWindow) -> QWidget:
    folder = shown.settings.drafts_path.with_name("grad_modes")
    shown.lessons.open_path(shutil.copytree(resources.path("lectures", "01_grad_modes"), folder))
    while shown.lessons.place is None:
        settle()
    shown.lessons.panel.next.click()
    run_to_the_end(shown)
    shown.actions_.edit_lecture.trigger()
    shown.bottom.header.set_current(BottomPage.SCENES)
    shown.scenes.show(0)
    settle()
    while not shown.lessons.panel.text.figures[0].has_image:
        settle()
    return shown


def _nudge(shown: MainWindow) -> QWidget:
    shown.load_text(SWISH)
    run_to_the_end(shown)
    shown.actions_.nudge.trigger()
    panel = shown.nudge_tab.nudges.panel
    while not panel.table.rows:
        settle()
    panel.elementWanted.emit((1, 1))
    while len(panel.table.rows) < 3 or "–" in panel.table.rows[-1]:
        settle()
    panel.grid.valueWanted.emit(-0.7, True)
    while panel.table.rows[0][0] != "0.30" or shown.nudge_tab.nudges.is_running:
        settle()
    return panel


def _keep(shown: MainWindow, name: str, sentence: str) -> None:
    place = len(shown.scenes.all)
    shown.scenes.keep()
    while len(shown.scenes.all) == place:
        settle()
    cards = shown.scene_strip.cards
    cards.renamed.emit(place, "name", name)
    cards.renamed.emit(place, "sentence", sentence)


def _scenes(shown: MainWindow) -> QWidget:
    _example(shown, 1)
    shown.graph.fit()
    settle()
    _keep(shown, "whole", "Three layers, one under no_grad.")
    shown.workspace.select_line(10)
    shown.graph.zoom_by(1.6)
    settle()
    _keep(shown, "the cut", "x2 has no grad_fn: stuck.")
    shown.workspace.go_to(7)
    settle()
    _keep(shown, "the seed", "backward() starts at the loss.")
    return shown.bottom


def _presentation(shown: MainWindow) -> QWidget:
    _example(shown, 1)
    shown.actions_.present.trigger()
    shown.setWindowState(Qt.WindowState.WindowNoState)
    shown.resize(1280, 720)
    settle()
    shown.workspace.select_line(10)
    settle()
    room = shown.presentation.room
    assert room is not None
    return room


def _asking(shown: MainWindow) -> QWidget:
    _example(shown, 1)
    shown.ask_the_room.start()
    while not shown.ask_the_room.is_on:
        QApplication.processEvents()
    shown.ask_the_room.turn_over()
    settle()
    panel = shown.question_panel
    panel.guessed.emit(1)
    for option, hands in enumerate((9, 13, 2)):
        panel.handsCounted.emit(option, hands)
    return shown.inspector


PICTURES: dict[str, Callable[[MainWindow], QWidget]] = {
    "graph": _graph,
    "gradients": _gradients,
    "decision": _decision,
    "training": _training,
    "finding": _finding,
    "folded": _folded,
    "timeline": _timeline,
    "chain_rule": _chain_rule,
    "lesson": _lesson,
    "lecture": _lecture,
    "asking": _asking,
    "comparing": _comparing,
    "nudge": _nudge,
    "scenes": _scenes,
    "presentation": _presentation,
}
SCALED = {"lecture", "presentation"}
"""Shown as a whole, smaller than they are."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("word", nargs="?", default="")
    word = parser.parse_args().word
    language = () if code() == "en" else (code(),)
    target = resources.path("guide", *language, "pictures")
    target.mkdir(parents=True, exist_ok=True)
    with virtual_display() as environment, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment)
        application = QApplication(sys.argv[:1])
        application.setStyle("Fusion")
        for name, scene in PICTURES.items():
            if word in name:
                with window(Path(folder)) as shown:
                    shown.resize(*SIZE)
                    shown.set_theme(Theme("light"))
                    part = scene(shown)
                    settle()
                    if name in SCALED:
                        smooth = Qt.TransformationMode.SmoothTransformation
                        picture = part.grab().scaledToWidth(WIDEST.width(), smooth)
                    else:
                        picture = part.grab(QRect(QPoint(), part.size().boundedTo(WIDEST)))
                    picture.save(str(target / f"{name}.png"))
                    if name in SCALED:  # smoothed, it has more colours than it needs
                        few = Image.open(target / f"{name}.png").convert("RGB").quantize(256)
                        few.save(target / f"{name}.png", optimize=True)
                    print(target / f"{name}.png", picture.size().toTuple())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
