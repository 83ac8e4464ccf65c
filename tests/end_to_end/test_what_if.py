"""What-if runs in the real window: chosen with the keyboard, described, compared, undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.gradients.rows import GradientColumn
from app.session.graph.payloads import OperationItem

SNIPPET = """import torch
x = torch.ones(2, requires_grad=True)
w = torch.ones(2, requires_grad=True)
print("hello")
with torch.no_grad():
    h = x * 3
(h * w).sum().backward()
"""
Press = Callable[[], Trace]


@pytest.fixture
def choose(window: MainWindow) -> Callable[[str], None]:
    """Types the first letters of a mode into the choice."""

    def typed(name: str) -> None:
        mode = window.toolbar.mode
        mode.setFocus()
        mode.view().keyboardSearch("")  # letters that follow soon belong to those before
        QTest.keyClicks(mode, name)
        assert mode.currentText().startswith(name)
        window.editor.setFocus()

    return typed


def _words(window: MainWindow) -> dict[int | None, str]:
    """Return the text on the nodes of each line."""
    items = (node.item for node in window.graph.scene.nodes.values())
    return {item.line: item.words for item in items if isinstance(item, OperationItem)}


def _whys(window: MainWindow) -> dict[str, str]:
    model = window.gradients.table.model()
    return {
        model.index(row, GradientColumn.LEAF).data(): model.index(row, GradientColumn.WHY).data()
        for row in range(model.rowCount())
    }


def test_what_a_no_grad_costs(
    window: MainWindow, press_run_and_see: Press, choose: Callable[[str], None]
) -> None:
    """The teacher's question: run it, choose "grad", run it again and see what is different."""
    window.load_text(SNIPPET)
    press_run_and_see()
    assert not window.what_if.isVisible()
    choose("grad")
    trace = press_run_and_see()
    assert trace.run.mode == "grad"
    assert window.what_if.isVisible()
    assert window.what_if.text == "What if: grad everywhere"
    assert (
        "`x * 3` on line 6 is recorded here and skipped in the run as written."
        in window.what_if.toolTip()
    )
    assert _words(window) == {6: "recorded (skipped as written)", 7: "recorded"}
    whys = _whys(window)
    assert whys["x"].startswith("None: only used in no_grad")
    assert float(whys["w"]) > 0
    choose("As")
    press_run_and_see()
    assert not window.what_if.isVisible()
    assert _words(window)[6] == "skipped — no_grad"


def test_it_is_compared_without_a_run_before_and_prints_once(
    window: MainWindow, press_run_and_see: Press, choose: Callable[[str], None]
) -> None:
    window.load_text(SNIPPET)
    choose("no")
    trace = press_run_and_see()
    assert trace.error is not None
    assert "what-if" in window.banner.text
    assert "Reset the what-if" in window.banner.text
    assert "w.grad" in window.what_if.toolTip()
    assert window.console.toPlainText().count("hello") == 1


def test_what_acts_outside_is_not_run_unasked(
    window: MainWindow, press_run_and_see: Press, choose: Callable[[str], None]
) -> None:
    window.load_text(SNIPPET + "import os\nos.remove('nothing') if False else None\n")
    choose("grad")
    press_run_and_see()
    assert "Run it as written too" in window.what_if.toolTip()


def test_each_text_has_its_mode(
    window: MainWindow, press_run_and_see: Press, choose: Callable[[str], None]
) -> None:
    window.load_text(SNIPPET)
    choose("inference")
    press_run_and_see()
    window.documents.new()
    assert window.toolbar.mode.value == "as-written"
    assert not window.what_if.isVisible()
    window.documents.step(-1)
    assert window.toolbar.mode.value == "inference"
    assert window.what_if.text == "What if: inference_mode everywhere"


def test_with_live_a_choice_is_enough(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Press, choose: Callable[[str], None]
) -> None:
    window.load_text(SNIPPET)
    press_run_and_see()
    window.actions_.live.setChecked(True)
    with qtbot.waitSignal(window.traceReady, timeout=60_000) as ready:
        choose("grad")
    assert ready.args is not None
    assert ready.args[0].run.mode == "grad"
