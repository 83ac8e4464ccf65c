"""What is shown in place of a panel that would answer a question the room is asked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.gui.theme.metrics import SPACE
from app.session.language import tr


def covered_hint() -> QLabel:
    hint = QLabel(tr("This is covered while you ask the room."), wordWrap=True)
    hint.setProperty("hint", True)
    hint.setAlignment(Qt.AlignmentFlag.AlignTop)
    hint.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
    return hint
