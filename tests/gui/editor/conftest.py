"""An editor on its own, shown."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.gui.editor.code_editor import CodeEditor
from app.gui.theme import Theme


@pytest.fixture
def editor(qtbot: QtBot) -> CodeEditor:
    shown = CodeEditor(Theme("light"))
    shown.resize(520, 400)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    shown.setFocus()
    return shown
