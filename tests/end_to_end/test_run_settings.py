"""Real files: run with arguments, in a folder, with variables, input and limits of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.dialogs.run_sheet import RunSheet
from app.gui.main_window import MainWindow
from app.gui.settings import Settings
from app.session.run_settings import RunSettings
from tests.end_to_end.conftest import TIMEOUT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LOOK = "import os, sys\nprint(sys.argv[1:], os.getcwd(), os.environ.get('COLOUR'), input())"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(LOOK)
    return path


@pytest.fixture
def sheet(qtbot: QtBot, window: MainWindow, file: Path) -> RunSheet:
    """Opened by its key, on a file."""
    window.documents.open(file)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.editor, Qt.Key.Key_R, both)
    qtbot.waitUntil(lambda: window.findChild(RunSheet) is not None)
    found = window.findChild(RunSheet)
    assert found is not None
    assert found.arguments.hasFocus() or found.isVisible()
    return found


def press(sheet: RunSheet, text: str) -> None:
    button = next(one for one in sheet.findChildren(QPushButton) if one.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_the_sheet_says_reaches_the_snippet(
    qtbot: QtBot, window: MainWindow, sheet: RunSheet, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    QTest.keyClicks(sheet.arguments, "--lr 0.1 'a b'")
    QTest.keyClicks(sheet.folder, "data")
    QTest.keyClicks(sheet.environment, "COLOUR=blau")
    QTest.keyClicks(sheet.stdin, "three")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        QTest.keyClick(sheet.arguments, Qt.Key.Key_Return)  # the blue button
    said = f"['--lr', '0.1', 'a b'] {tmp_path / 'data'} blau three\n"
    assert window.console.toPlainText() == said
    assert window.toolbar.run_settings_text.startswith("--lr 0.1")


def test_a_program_that_lacks_arguments_leads_to_them(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    asks = "import argparse\nasked = argparse.ArgumentParser()\n"
    window.load_text(
        f"{asks}asked.add_argument('--epochs', required=True)\nprint(asked.parse_args().epochs)"
    )
    press_run()
    assert "The following arguments are required: --epochs." in window.banner.text
    assert "`" not in window.banner.text
    button = next(one for one in window.banner.findChildren(QToolButton) if one.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.findChild(RunSheet) is not None)
    found = window.findChild(RunSheet)
    assert found is not None
    QTest.keyClicks(found.arguments, "--epochs 3")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        QTest.keyClick(found.arguments, Qt.Key.Key_Return)
    assert window.console.toPlainText() == "3\n"
    assert not button.isVisible()


def test_a_file_of_a_package_runs_as_its_module(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, press_run: Callable[[], Trace]
) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.py").write_text("import torch\nw = torch.ones(2, requires_grad=True)\n")
    file = package / "train.py"
    file.write_text("from .model import w\n\n(w * 2).sum().backward()\nprint(__name__)\n")
    window.documents.open(file)
    refused = press_run()
    assert refused.error is not None
    assert "Run as module" in (refused.error.hint or "")
    window.actions_.run_settings.trigger()
    sheet = window.findChild(RunSheet)
    assert sheet is not None
    assert sheet.module.placeholderText().startswith("pack.train")
    QTest.keyClicks(sheet.module, "pack.other")
    press(sheet, "Save and run")
    assert "train.py is not the module pack.other" in sheet.problem
    sheet.module.clear()
    QTest.keyClicks(sheet.module, "pack.train")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT) as ready:
        press(sheet, "Save and run")
    assert ready.args is not None
    run = ready.args[0]
    assert run.error is None
    assert [row.name for row in run.gradients] == ["w"]
    assert window.console.toPlainText() == "__main__\n"
    assert "-m pack.train" in window.toolbar.run_settings_text


def test_they_are_remembered_for_the_file_and_for_no_other(
    window: MainWindow, sheet: RunSheet, file: Path, tmp_path: Path
) -> None:
    QTest.keyClicks(sheet.arguments, "--epochs 3")
    QTest.keyClicks(sheet.follow, "timm")
    QTest.keyClicks(sheet.no_follow, "utils ")
    sheet.seconds.setValue(5)
    press(sheet, "Save")
    assert window.toolbar.run_settings_text
    other = tmp_path / "other.py"
    other.write_text("x = 1")
    window.documents.open(other)
    assert window.toolbar.run_settings_text == ""
    later = Settings(window.settings.path)
    assert later.run_settings(file) == RunSettings(
        arguments="--epochs 3", seconds=5.0, follow="timm", no_follow="utils"
    )
    assert later.run_settings(other).is_default


def test_reset_makes_it_run_as_a_new_file_does(
    window: MainWindow, sheet: RunSheet, file: Path
) -> None:
    QTest.keyClicks(sheet.arguments, "--epochs 3")
    sheet.memory.setValue(100)
    press(sheet, "Reset")
    press(sheet, "Save")
    assert window.settings.run_settings(file).is_default


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("arguments", "'a", "Close every quote."),
        ("folder", "gone", "does not exist."),
        ("environment", "COLOUR", "“COLOUR”, is not NAME=value"),
    ],
)
def test_what_cannot_be_used_is_said_and_the_sheet_stays(
    window: MainWindow, sheet: RunSheet, file: Path, field: str, text: str, said: str
) -> None:
    QTest.keyClicks(getattr(sheet, field), text)
    press(sheet, "Save")
    assert sheet.isVisible()
    assert said in sheet.problem
    assert window.settings.run_settings(file).is_default


def test_pythons_are_offered_with_their_torch(qtbot: QtBot, sheet: RunSheet, file: Path) -> None:
    box = sheet.interpreter.box
    qtbot.waitUntil(lambda: box.findData(sys.executable) > 0, timeout=TIMEOUT)
    place = box.findData(sys.executable)
    qtbot.waitUntil(lambda: "torch 2." in box.itemText(place), timeout=TIMEOUT)


def test_another_python_runs_the_file(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace], tmp_path: Path
) -> None:
    other = tmp_path / "other" / "bin" / "python"
    other.parent.mkdir(parents=True)
    other.write_text(f'#!/bin/sh\nexport CHOSEN=yes\nexec {sys.executable} "$@"\n')
    other.chmod(0o755)
    window.load_text("import os; print(os.environ.get('CHOSEN'))")
    window.how_to_run.set_settings(RunSettings(interpreter=str(other)))
    press_run()
    assert window.console.toPlainText() == "yes\n"
    window.how_to_run.set_settings(RunSettings())
    press_run()
    assert window.console.toPlainText() == "None\n"


def test_a_folder_that_went_away_is_told_at_the_run(
    qtbot: QtBot, window: MainWindow, file: Path
) -> None:
    window.documents.open(file)
    window.how_to_run.set_settings(RunSettings(folder="gone"))
    with qtbot.waitSignal(window.controller.failed, timeout=TIMEOUT):
        window.run()
    assert "gone does not exist. Choose another in Run settings." in window.banner.text


def test_input_without_any_says_where_to_give_it(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text("x = input('How many? ')")
    press_run()
    assert window.banner.text.startswith("EOFError on line 1")
    assert "Run settings" in window.banner.text


def test_only_a_text_that_is_no_file_has_the_time_limit_of_the_settings(
    window: MainWindow, file: Path
) -> None:
    window.settings.time_limit = 7.0
    assert window.how_to_run.effective.seconds == 7.0
    window.documents.open(file)
    assert window.how_to_run.effective.seconds == 0.0
    window.how_to_run.set_settings(RunSettings(seconds=3.0))
    assert window.how_to_run.effective.seconds == 3.0


def test_a_memory_limit_ends_a_run_that_wants_more(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text("x = bytearray(1 << 31)")
    window.how_to_run.set_settings(RunSettings(memory_mib=900))
    assert press_run().run.status == "out_of_memory"
