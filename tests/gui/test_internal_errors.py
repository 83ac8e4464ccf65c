"""An error of Tapescope's own is reported: the whole program, in a fresh interpreter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gui.test_starting import said_by

NOTICE = """
import threading
from app.gui.application import Program
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton

def broken():
    raise LookupError("a planted fault")

def notices():
    return [w for w in QApplication.topLevelWidgets() if w.objectName() == "internalError"]

def fail_again():
    QTimer.singleShot(0, broken)
    QTimer.singleShot(0, look)

def look():
    shown = notices()
    if not shown:
        QTimer.singleShot(0, look)
        return
    (notice,) = shown
    (copy,) = (b for b in notice.findChildren(QPushButton) if b.text() == "Copy details")
    copy.click()
    print(notice.isVisible(), notice.title)
    print(notice.text)
    print(QGuiApplication.clipboard().text())
    QApplication.closeAllWindows()

program = Program()
qWarning("a warning of Qt")
START
print("status", program.run())
"""
FIRST = {
    "in a slot": "QTimer.singleShot(0, broken); QTimer.singleShot(0, fail_again)",
    "in a thread": "threading.Thread(target=broken).start(); QTimer.singleShot(0, fail_again)",
}


@pytest.mark.parametrize("start", FIRST.values(), ids=FIRST)
def test_it_is_logged_and_shown_once_and_the_window_lives(tmp_path: Path, start: str) -> None:
    said = said_by(NOTICE.replace("START", start), tmp_path, XDG_STATE_HOME=str(tmp_path / "state"))
    log = tmp_path / "state" / "tapescope" / "log" / "tapescope.log"
    lines = said.splitlines()
    assert lines[0] == "True Internal error"
    assert lines[1] == f"Tapescope keeps running; save your work. Details are in {log}."
    assert lines[2].startswith("tapescope 0.")
    assert lines[-2:] == ["LookupError: a planted fault", "status 0"]
    written = log.read_text(encoding="utf-8")
    assert written.count("LookupError: a planted fault") == 2
    assert "Qt: a warning of Qt" in written


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    said = said_by(
        NOTICE.replace("START", FIRST["in a slot"]),
        tmp_path,
        XDG_STATE_HOME=str(tmp_path / "state"),
    )
    assert said.endswith("LookupError: a planted fault\nstatus 0\n")


RUN = """
import sys
from PySide6.QtWidgets import QApplication
from app.gui.application import Program
from app.session.trace.assembly import TraceBuilder

def broken(self):
    raise LookupError("a planted fault")

TraceBuilder.finish = broken
program = Program()
window = program._window
window.load_text("import torch")

def look(text):
    print(text)
    QApplication.closeAllWindows()

window.controller.failed.connect(look)
window.run()
print("status", program.run())
"""


def test_a_run_that_cannot_be_shown_says_where_the_details_are(tmp_path: Path) -> None:
    said = said_by(RUN, tmp_path, XDG_STATE_HOME=str(tmp_path))
    log = tmp_path / "tapescope" / "log" / "tapescope.log"
    text = "Tapescope hit an internal error and cannot show this run."
    assert said.splitlines()[:1] == [f"{text} Details are in {log}."]
    assert "LookupError: a planted fault" in log.read_text(encoding="utf-8")


COMMAND = """
import sys
from app.__main__ import main
import app.command_line.trace as trace

def broken(*_):
    raise LookupError("a planted fault")

trace.trace_command = broken
sys.stderr = sys.stdout
print("exit", main(["trace", "x.py"]))
"""


def test_a_command_says_where_the_details_are(tmp_path: Path) -> None:
    said = said_by(COMMAND, tmp_path, XDG_STATE_HOME=str(tmp_path))
    log = tmp_path / "tapescope" / "log" / "tapescope.log"
    what = "Tapescope hit an internal error (LookupError: a planted fault)."
    assert said == f"tapescope: {what} Details are in {log}.\nexit 70\n"
    assert "LookupError: a planted fault" in log.read_text(encoding="utf-8")
