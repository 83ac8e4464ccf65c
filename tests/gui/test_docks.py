from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.gui.docks import BottomPanel
from app.gui.panels.console import Console
from app.gui.theme import Theme


def test_the_tab_of_the_console_counts_its_lines(qtbot: QtBot) -> None:
    console = Console(Theme("light"))
    bottom = BottomPanel(QWidget(), QWidget(), console)
    qtbot.addWidget(bottom)
    qtbot.addWidget(bottom.header)
    badges = [label for label in bottom.header.findChildren(QLabel) if label.property("badge")]
    console.start()
    console.add_output("stdout", "one\ntwo\n")
    qtbot.waitUntil(lambda: [badge.text() for badge in badges] == ["", "", "2"])
    console.start()
    qtbot.waitUntil(lambda: badges[2].isHidden())
