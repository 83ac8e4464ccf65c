"""A presentation on two screens, described in lines of JSON: run with a platform that has two.

python -m tests.tools.two_screens FOLDER     FOLDER has layers.py and layers.scenes.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.gui.main_window import MainWindow
from app.gui.settings import Settings


def _tell(window: MainWindow) -> None:
    speaker = window.presentation.speaker
    told = {
        "window": window.screen().name(),
        "full": window.isFullScreen(),
        "speaker": None if speaker is None else speaker.screen().name(),
    }
    if speaker is not None:
        told |= {
            "size": speaker.size().toTuple(),
            "place": speaker.place.text(),
            "now": speaker.now.name.text(),
            "next": speaker.following.name.text(),
            "notes": speaker.notes.text(),
        }
    print(json.dumps(told))


def main() -> None:
    folder = Path(sys.argv[1])
    application = QApplication([])
    window = MainWindow(Settings(folder / "settings.ini"))
    window.show()
    window.open_paths(folder / "layers.py")
    window.actions_.present.trigger()
    _tell(window)
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageDown, Qt.Key.Key_X, Qt.Key.Key_Escape):
        QTest.keyClick(window.presentation.speaker or window, key)
        application.processEvents()
        _tell(window)
    window.close()
    application.processEvents()


if __name__ == "__main__":
    main()
