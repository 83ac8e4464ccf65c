"""Tooltips show the user's own names as they are."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from app.gui.controls.tooltips import MOST, tooltip_of

NAMES = ["d['<b>bold</b>']", "x &lt; y", "<img src='http://example.org/a.png'>", "a\n<h1>b</h1>"]


def shown(tooltip: str) -> str:
    """What Qt makes of it."""
    if not tooltip.startswith("<p"):
        return tooltip
    document = QTextDocument()
    document.setHtml(tooltip)
    return document.toPlainText()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_never_taken_for_html(qtbot: QtBot, name: str) -> None:
    assert shown(tooltip_of(name)) == name


def test_a_long_text_is_cut_and_a_long_line_wraps(qtbot: QtBot) -> None:
    assert tooltip_of("model.fc.weight") == "model.fc.weight"
    line = "the gradient stops at a call under no_grad " * 4
    assert tooltip_of(line).startswith("<p")  # Qt wraps nothing else
    assert shown(tooltip_of(line)) == line
    assert len(shown(tooltip_of("w " * 5_000))) <= MOST
