"""The lexer for the colours of code is loaded beside the window, which may be gone by then."""

from __future__ import annotations

import os
import subprocess
import sys

GONE_MEANWHILE = """
import sys, threading
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication
from app.gui.editor.highlighter import Highlighter
from app.gui.theme import Theme

application = QApplication(sys.argv[:1])
for _ in range(20):
    document = QTextDocument("x = 1")
    highlighter = Highlighter(document, Theme("light"))
    highlighter.load()
    application.processEvents()
    highlighter.deleteLater()
    del highlighter, document
    application.processEvents()
for thread in threading.enumerate():
    if thread.name == "colours":
        thread.join()
application.processEvents()
"""


def test_a_document_may_go_while_its_colours_are_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", GONE_MEANWHILE],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert (done.returncode, done.stderr) == (0, "")
