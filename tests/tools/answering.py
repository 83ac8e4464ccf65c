"""Answers the questions that the window asks, with the mouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.gui.dialogs.notice import Notice

SIZE_HINTS = pytest.mark.qt_log_ignore("propagateSizeHints")
"""The offscreen platform says so of questions and other small windows."""


@contextmanager
def answering(choice: str) -> Iterator[list[str]]:
    """Presses this button of each question that comes; what they asked."""
    asked: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, Notice):
            asked.append(box.text)
            QTest.mouseClick(box.buttons[choice], Qt.MouseButton.LeftButton)

    timer = QTimer()
    timer.setInterval(20)
    timer.timeout.connect(answer)
    timer.start()
    try:
        yield asked
    finally:
        timer.stop()
