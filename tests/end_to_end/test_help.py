"""The help menu's dialogs."""

from __future__ import annotations

import gc
import platform
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.dialogs.about import About
from app.gui.main_window import MainWindow
from tests.end_to_end.conftest import TIMEOUT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def test_about_names_every_version_that_a_report_needs(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text("x = 1")
    torch = press_run().run.torch
    window.actions_.about.trigger()
    gc.collect()  # nobody but the window holds on to it
    qtbot.waitUntil(
        lambda: any(label.text().startswith(torch) for label in window.findChildren(QLabel)),
        timeout=TIMEOUT,
    )
    about = window.findChild(About)
    assert about is not None
    for said in (f"torch: {torch}", f"Python: {platform.python_version()}", "Graphviz: ", "Qt"):
        assert said in about.text
    copy = next(one for one in about.findChildren(QPushButton) if one.text() == "Copy")
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == about.text
    about.close()
