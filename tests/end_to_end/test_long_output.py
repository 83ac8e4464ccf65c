"""Whatever a snippet prints or raises, the window says a bounded amount of it at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.flow_text import FlowText

RAISES = {
    "one word": 'raise ValueError("m" * 10**6)',
    "many words": 'def f():\n    raise RuntimeError("m " * 10**6)\nf()',
    "many lines": 'raise KeyError("m\\n" * 10**5)',
    "a long type": 'raise type("m" * 10**5, (Exception,), {})("m")',
    "in backward": """\
import torch
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * x
    @staticmethod
    def backward(ctx, g):
        raise ValueError("m" * 10**6)
Square.apply(torch.ones(2, requires_grad=True)).sum().backward()""",
}


@pytest.mark.parametrize("text", RAISES.values(), ids=list(RAISES))
def test_an_error_of_any_length_is_cut_but_in_the_trace(
    window: MainWindow, press_run: Callable[[], Trace], text: str
) -> None:
    window.load_text(text)
    trace = press_run()
    assert trace.run.status == "raised"
    assert trace.error is not None
    assert (trace.error.type + trace.error.message).count("m") >= 10**5
    assert 0 < len(window.banner.text) < 1_100
    assert len(window.status.run_text) <= 500
    said = window.findChildren(FlowText)
    assert said
    assert max(len(text.text) for text in said) <= 2_000


def test_output_without_line_breaks_is_all_in_the_console(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text(
        'import sys\nfor i in range(300):\n    sys.stdout.write("x" * 1000)\nprint("end")'
    )
    press_run()
    qtbot.waitUntil(lambda: window.console.toPlainText().rstrip().endswith("end"))
    lines = window.console.toPlainText().split("\n")
    assert sum(line.count("x") for line in lines) == 300_000
    assert max(map(len, lines)) <= 1_003
