"""What there is to read below the text: all of it can be seen, or scrolled to."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from app.gui.panels.flow_text import Span
from app.gui.panels.sentence_list import Item
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.theme import Theme
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS


def item(words: int, action: str = "") -> Item:
    return Item("warning", "cut", (Span("word " * words),), 1, action)


def test_a_longer_finding_than_the_one_before_has_room_for_its_button(qtbot: QtBot) -> None:
    panel = SnippetPanel(Theme("light"))
    panel.resize(480, 640)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    for found in ([item(20)], [], [item(80, "Apply this fix")]):
        panel.show_words([item(5)])
        panel.show_findings(found)
        panel.grab()  # lays out what waits to be
    findings = panel.findings
    button = findings.list.button(0)
    assert button is not None
    assert findings.minimumHeight() == findings.wanted_height()
    assert button.mapTo(findings, QPoint(0, button.height())).y() <= findings.height()


def test_long_sentences_leave_the_text_more_than_half_of_the_room(qtbot: QtBot) -> None:
    panel = SnippetPanel(Theme("light"))
    panel.resize(420, 510)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    panel.editor.replace_text("x = 1\n" * 40)
    panel.show_words([item(20)])
    panel.show_findings([item(80, "Apply this fix")] * 2)
    qtbot.waitUntil(panel.reading.verticalScrollBar().isVisible)
    assert panel.editor.height() > 0.55 * panel.height()
