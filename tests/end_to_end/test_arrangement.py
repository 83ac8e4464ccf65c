"""View > Layout: engines and directions, chosen and remembered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.settings import Settings

SNIPPET = "import torch\nx = torch.ones(2, requires_grad=True)\ny = (x * 2).sum()\n"
TIMEOUT = 60_000


@pytest.mark.needs("dot")
def test_engines_and_directions_are_chosen_and_remembered(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.editor.setPlainText(SNIPPET)
    trace = press_run_and_see()
    first, last = (f"op:{trace.operations[number].id}" for number in (-2, -1))
    assert window.graph.node_rect(first).bottom() < window.graph.node_rect(last).top()
    arrangement = window.arrangement
    assert arrangement.engines["layered"].isChecked()
    for choice in (
        arrangement.directions["LR"],
        arrangement.engines["native"],
        arrangement.engines["layered"],
        arrangement.engines["embedded"],
    ):
        with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
            choice.trigger()
        assert window.graph.node_rect(first).right() < window.graph.node_rect(last).left()
    remembered = Settings(window.settings.path)
    assert (remembered.layout_engine, remembered.layout_direction) == ("embedded", "LR")
    later = MainWindow(remembered)
    qtbot.addWidget(later)
    assert later.arrangement.engines["embedded"].isChecked()
    assert later.arrangement.directions["LR"].isChecked()
    later.close()


@pytest.mark.needs("dot")
def test_without_dot_graphviz_cannot_be_chosen(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    native = window.arrangement.engines["native"]
    window.layout_menu.aboutToShow.emit()
    assert native.isEnabled()
    monkeypatch.setenv("PATH", "/nowhere")
    window.layout_menu.aboutToShow.emit()
    assert not native.isEnabled()
    assert "Install Graphviz" in native.toolTip()
