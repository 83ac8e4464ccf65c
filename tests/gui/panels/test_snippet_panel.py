"""The run in words is below the text where the text leaves room for it."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from app.gui.panels.flow_text import Span
from app.gui.panels.sentence_list import Item, SentenceList
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.theme import Theme
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS


def item(words: int, action: str = "") -> Item:
    return Item("warning", "cut", (Span("word " * words),), 1, action)


def test_a_longer_finding_than_the_one_before_has_room_for_its_button(qtbot: QtBot) -> None:
    findings = SentenceList(Theme("light"))
    findings.resize(380, 300)
    qtbot.addWidget(findings)
    findings.show()
    qtbot.waitExposed(findings)
    for found in ([item(20)], [], [item(80, "Preview fix")]):
        findings.set_items(found)
        findings.grab()  # lays out what waits to be
    button, body = findings.button(0), findings.widget()
    assert button is not None
    assert body is not None
    assert body.height() >= findings.wanted_height()
    assert button.mapTo(body, QPoint(0, button.height())).y() <= body.height()
    findings.set_items([item(400), item(20, "Preview fix")])
    qtbot.waitUntil(findings.verticalScrollBar().isVisible)
    findings.reveal(1)
    last = findings.button(1)
    assert last is not None
    assert not last.visibleRegion().isEmpty()


def test_a_text_that_needs_the_room_has_it(qtbot: QtBot) -> None:
    panel = SnippetPanel(Theme("light"))
    panel.resize(420, 640)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    panel.editor.replace_text("x = 1\n" * 5)
    panel.make_room()
    assert panel.below.isVisible()
    assert panel.below.height() >= 220
    panel.editor.replace_text("x = 1\n" * 40)
    with qtbot.waitSignal(panel.roomChanged):
        panel.make_room()
    assert not panel.below.isVisible()
    qtbot.waitUntil(lambda: panel.editor.height() > 0.95 * panel.height())
    with qtbot.waitSignal(panel.roomChanged):
        panel.resize(420, 1400)
    assert panel.below.height() >= 220
