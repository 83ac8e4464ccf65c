"""The graph as pictures: one, or one of each step, chosen in the export dialog."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageSequence
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.dialogs.export_sheet import ExportSheet
from app.gui.main_window import MainWindow
from app.gui.theme import Theme
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS
from tests.tools.answering import SIZE_HINTS

PressRun = Callable[[], Trace]


@pytest.fixture
def export_sheet(qtbot: QtBot, window: MainWindow, press_run_and_see: PressRun) -> ExportSheet:
    """The sheet over a window that shows a graph."""
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    window.actions_.export.trigger()
    sheet = window.findChild(ExportSheet)
    assert isinstance(sheet, ExportSheet)
    return sheet


def choose(box: QComboBox, data: object) -> None:
    box.setCurrentIndex(box.findData(data))


@pytest.mark.needs("dot")
@SIZE_HINTS
@pytest.mark.parametrize(
    ("suffix", "beginning"),
    [(".svg", b"<?xml"), (".pdf", b"%PDF"), (".png", b"\x89PNG"), (".dot", b"digraph")],
)
def test_the_graph_is_exported_in_every_format(
    qtbot: QtBot,
    window: MainWindow,
    export_sheet: ExportSheet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    beginning: bytes,
) -> None:
    path = tmp_path / f"graph{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    choose(export_sheet.format, suffix)
    export_sheet.legend.setChecked(True)
    with qtbot.waitSignal(export_sheet.accepted, timeout=TIMEOUT):
        QTest.mouseClick(export_sheet.save, Qt.MouseButton.LeftButton)
    assert path.read_bytes().startswith(beginning)
    assert str(path) in window.status.currentMessage()
    if suffix == ".dot":
        subprocess.run(["dot", "-Tsvg", str(path)], check=True, stdout=subprocess.DEVNULL)


def steps_in(path: Path) -> tuple[list[bytes], list[float]]:
    """The pictures of a file that moves, and how long each is shown, in milliseconds."""
    with Image.open(path) as moving:
        assert moving.info["loop"] == 0  # for ever
        steps = [
            (step.convert("RGBA").tobytes(), step.info["duration"])
            for step in ImageSequence.Iterator(moving)
        ]
    pictures, times = zip(*steps, strict=True)
    return list(pictures), list(times)


@SIZE_HINTS
def test_a_backward_pass_is_exported_step_by_step(
    qtbot: QtBot,
    window: MainWindow,
    export_sheet: ExportSheet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The moment before it, sum, linear, its bias, the weight's transpose, and the weight."""
    export_sheet.what.setCurrentIndex(1)
    assert export_sheet.what.currentText() == "The backward pass, step by step (6 pictures)"
    choose(export_sheet.ground, "transparent")
    path = tmp_path / "pass.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    choose(export_sheet.format, ".svg")
    with qtbot.waitSignal(export_sheet.accepted, timeout=TIMEOUT):
        QTest.mouseClick(export_sheet.save, Qt.MouseButton.LeftButton)
    names = [f"pass-{place}.svg" for place in range(1, 7)]
    assert sorted(one.name for one in tmp_path.iterdir()) == names
    assert f"{tmp_path / names[0]} to {names[-1]}" in window.status.currentMessage()
    running = ["running now" in (tmp_path / name).read_text() for name in names]
    assert running == [False, True, True, False, True, False]
    assert len({(tmp_path / name).read_bytes() for name in names}) == 6


@SIZE_HINTS
@pytest.mark.parametrize("suffix", [".png", ".gif"])
def test_a_run_is_exported_as_one_picture_that_moves(
    qtbot: QtBot,
    window: MainWindow,
    export_sheet: ExportSheet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
) -> None:
    export_sheet.what.setCurrentIndex(2)
    export_sheet.percent.setValue(50)
    export_sheet.pace.setValue(500)
    choose(export_sheet.format, suffix)
    path = tmp_path / f"run{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(export_sheet.accepted, timeout=TIMEOUT):
        QTest.mouseClick(export_sheet.save, Qt.MouseButton.LeftButton)
    shown = window.workspace.shown
    assert shown is not None
    pictures, times = steps_in(path)
    assert len(pictures) == len(set(pictures)) <= shown.history.end + 1
    assert sum(times) == 500 * (shown.history.end + 1 + 2)  # the last one stays
    assert times[0] == 500
    assert times[-1] >= 1500


@SIZE_HINTS
@pytest.mark.parametrize("suffix", [".svg", ".gif"])
def test_scenes_are_exported_as_they_were_kept(
    qtbot: QtBot,
    window: MainWindow,
    press_run_and_see: PressRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
) -> None:
    """One of the whole run, one of a step of the backward pass, and one at another level."""
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    window.graph.setFocus()

    def keep(count: int) -> None:
        QTest.keyClick(window.graph, Qt.Key.Key_K)
        qtbot.waitUntil(lambda: len(window.scenes.all) == count, timeout=TIMEOUT)

    keep(1)
    window.workspace.go_to(window.workspace.position - 2)
    keep(2)
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.workspace.choose(level="autograd")
    keep(3)
    window.workspace.choose(level="calls")
    window.actions_.export.trigger()
    sheet = window.findChild(ExportSheet)
    assert isinstance(sheet, ExportSheet)
    sheet.what.setCurrentIndex(sheet.what.count() - 1)
    assert sheet.what.currentText() == "The scenes (3 pictures)"
    choose(sheet.format, suffix)
    path = tmp_path / f"scene{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(sheet.accepted, timeout=TIMEOUT):
        QTest.mouseClick(sheet.save, Qt.MouseButton.LeftButton)
    if suffix == ".gif":
        assert len(steps_in(path)[0]) == 3
        return
    texts = [(tmp_path / f"scene-{place}.svg").read_text() for place in (1, 2, 3)]
    assert ["running now" in text for text in texts] == [False, True, True]
    assert ["CUT" in text for text in texts] == [True, True, False]
    assert ["AccumulateGrad" in text for text in texts] == [False, False, True]


@SIZE_HINTS
def test_the_preview_shows_what_will_be_written(qtbot: QtBot, export_sheet: ExportSheet) -> None:
    preview = export_sheet.preview

    def corner(ground: str) -> QColor:
        choose(export_sheet.ground, ground)
        before = preview.image
        qtbot.waitUntil(lambda: preview.image is not before, timeout=TIMEOUT)
        assert preview.image is not None
        corner = preview.rect().center() - preview.image.rect().center() + QPoint(3, 3)
        drawn = export_sheet.grab(QRect(preview.mapTo(export_sheet, corner), QSize(1, 1)))
        assert preview.image.hasAlphaChannel() or drawn.toImage().pixelColor(
            0, 0
        ) == preview.image.pixelColor(3, 3)
        return preview.image.pixelColor(3, 3)

    assert corner("white") == QColor("white")
    assert corner("transparent").alpha() == 0
    assert corner("window") == Theme("light").colors.canvas
    export_sheet.what.setCurrentIndex(1)
    seen: set[bytes] = set()

    def all_steps() -> bool:
        if preview.image is not None:
            seen.add(bytes(preview.image.constBits()))
        return len(seen) >= 6

    export_sheet.pace.setValue(100)
    qtbot.waitUntil(all_steps, timeout=TIMEOUT)
    export_sheet.reject()


@SIZE_HINTS
def test_the_sheet_says_how_large_it_will_be(export_sheet: ExportSheet) -> None:
    notes = [export_sheet.size_note.text()]
    export_sheet.legend.setChecked(True)
    notes.append(export_sheet.size_note.text())
    choose(export_sheet.part, True)
    notes.append(export_sheet.size_note.text())
    choose(export_sheet.format, ".png")
    notes.append(export_sheet.size_note.text())
    export_sheet.percent.setValue(400)
    notes.append(export_sheet.size_note.text())
    choose(export_sheet.format, ".pdf")
    notes.append(export_sheet.size_note.text())
    assert len(set(notes)) == len(notes)
    assert notes[0].endswith("px")
    assert notes[-1].endswith("cm")
    export_sheet.reject()


@SIZE_HINTS
def test_the_graph_is_copied(export_sheet: ExportSheet) -> None:
    clipboard = QGuiApplication.clipboard()
    choose(export_sheet.format, ".png")
    QTest.mouseClick(export_sheet.copy, Qt.MouseButton.LeftButton)
    assert clipboard.image().width() == round(export_sheet.picture.size.width() * 2)
    choose(export_sheet.format, ".dot")
    QTest.mouseClick(export_sheet.copy, Qt.MouseButton.LeftButton)
    assert clipboard.text().startswith("digraph")
    export_sheet.reject()


@SIZE_HINTS
def test_a_picture_that_cannot_be_written_is_told(
    qtbot: QtBot,
    window: MainWindow,
    export_sheet: ExportSheet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "missing" / "graph.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    QTest.mouseClick(export_sheet.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "graph.svg was not saved" in window.banner.text, timeout=TIMEOUT)
    assert "Save it in another folder." in window.banner.text
    assert export_sheet.isVisible()
    assert export_sheet.save.isEnabled()
    export_sheet.reject()
