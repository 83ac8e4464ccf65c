"""A paragraph fills its lines, in Chinese too."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.gui.panels.flow_text import LINE_HEIGHT, FlowText, spans_of
from app.gui.theme import Theme

_WIDE = 100_000


@pytest.mark.parametrize("text", ["梯度在这里被截断。" * 12, "A gradient is cut here. " * 12])
def test_lines_are_filled(qtbot: QtBot, text: str) -> None:
    paragraph = FlowText(Theme("light"))
    qtbot.addWidget(paragraph)
    paragraph.set_spans(spans_of(text))
    one_line = next(w for w in range(200, _WIDE) if paragraph.heightForWidth(w) == LINE_HEIGHT)
    assert paragraph.heightForWidth(one_line // 4) in (4 * LINE_HEIGHT, 5 * LINE_HEIGHT)
