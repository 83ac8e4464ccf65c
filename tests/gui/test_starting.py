"""The start of the program up to its window, in a fresh interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCALED = """
import os
from app.gui.application import Program
from PySide6.QtGui import QGuiApplication
program = Program()
print(QGuiApplication.primaryScreen().devicePixelRatio(), os.environ.get("QT_SCALE_FACTOR"))
os._exit(0)
"""
PROGRAM = """
import gc, json, linecache, sys
from app.gui.starting import unhindered
with unhindered():
    from app.gui.application import Program
    program = Program()
import PySide6.QtWidgets
early = {"app.gui.dialogs", "app.gui.system_check", "pygments", "msgspec", "networkx", "jedi"}
comparing = ("alignment", "differences", "folding", "measures", "pairing")
early |= {"app.drawing.beside", *("app.session.comparing." + name for name in comparing)}
early |= {"app.drawing.opened"}
needless = [name for name in sys.modules if early & {name, name.rpartition(".")[0]}]
needless += {"QStyle"} & set(vars(PySide6.QtWidgets))
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
QTimer.singleShot(0, QApplication.closeAllWindows)
print(json.dumps({
    "loaded before it is needed": needless,
    "status": program.run(),
    "sources read": [name for name in linecache.cache if "main_window" in name],
    "looks for garbage": gc.isenabled(),
    "spared": gc.get_freeze_count(),
}))
"""
SHARP = """
from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
from app.gui.theme import Theme
from app.gui.theme.glyphs import pixmap
theme = Theme("light")
wanted = pixmap("fit", theme.colors.text, 16, 2.0).toImage()
print(theme.icon("fit", theme.colors.text).pixmap(QSize(16, 16), 2.0).toImage() == wanted)
"""


def said_by(code: str, folder: Path, **more: str) -> str:
    own = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    environment = {**os.environ, **own, "QT_QPA_PLATFORM": "offscreen", **more}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_on_its_way_to_the_window_python_does_nothing_that_nobody_needs(tmp_path: Path) -> None:
    told = json.loads(said_by(PROGRAM, tmp_path))
    assert told.pop("spared") > 10_000
    assert told.pop("loaded before it is needed") == []
    assert told == {"status": 0, "sources read": [], "looks for garbage": False}


@pytest.mark.parametrize("scale", ["1", "2"])
def test_icons_have_the_pixels_of_the_screen(tmp_path: Path, scale: str) -> None:
    assert said_by(SHARP, tmp_path, QT_SCALE_FACTOR=scale) == f"{scale == '2'}\n"


def test_the_interface_has_the_chosen_size_and_snippets_do_not_see_it(tmp_path: Path) -> None:
    (tmp_path / "tapescope").mkdir()
    (tmp_path / "tapescope/tapescope.ini").write_text("started=true\n[interface]\nsize=150\n")
    assert said_by(SCALED, tmp_path) == "1.5 None\n"
    assert said_by(SCALED, tmp_path, QT_SCALE_FACTOR="2") == "2.0 2\n"
