"""Findings in the window: their list, their places, their fixes."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.dialogs.changes_sheet import ChangesSheet
from app.gui.main_window import MainWindow
from tests.end_to_end.conftest import TIMEOUT
from tests.tools.answering import SIZE_HINTS

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
TEXT = dedent("""\
    import torch

    w = torch.ones(2, requires_grad=True)
    v = torch.ones(2, requires_grad=True)
    h = w * 2
    c = h.detach()
    (c * v).sum().backward()
    print(h.grad)
    """)


@pytest.fixture
def trace(window: MainWindow, press_run_and_see: Callable[[], Trace]) -> Trace:
    window.load_text(TEXT)
    return press_run_and_see()


def cursor_line(window: MainWindow) -> int:
    return window.editor.textCursor().blockNumber() + 1


def fix_button(window: MainWindow) -> QPushButton:
    button = window.findings.button(0)
    assert button is not None
    return button


def test_the_gravest_comes_first_with_its_severity_in_words(
    window: MainWindow, trace: Trace
) -> None:
    findings = window.findings
    assert findings.isVisible()
    assert [text.partition(":")[0] for text in findings.texts] == ["Warning", "Note"]
    assert "w got no gradient" in findings.texts[0]
    assert window.status.findings_text == "2 findings"


def test_a_finding_that_only_counts_its_parameters_lists_all_of_them_when_it_is_clicked(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(
        dedent("""\
            import torch
            from torch import nn

            model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(8)], nn.Linear(2, 1))
            model[:8].requires_grad_(False)
            opt = torch.optim.SGD(model.parameters(), 0.1)
            model(torch.ones(1, 2)).sum().backward()
            opt.step()
            """)
    )
    press_run_and_see()
    assert "and 4 more" in window.findings.texts[0]
    QTest.mouseClick(window.findings.row(0), LEFT)
    assert window.gradients.filter.group_text == "16 of a finding"
    assert len(window.workspace.rows.tensors) == 16
    assert len(window.graph.selected_nodes) == 8


def test_what_is_found_is_not_said_in_words_as_well(window: MainWindow, trace: Trace) -> None:
    assert not any("got no gradient" in text for text in window.words.texts)


def test_nothing_found_takes_no_room(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text("import torch\nprint(torch.ones(2) * 2)\n")
    press_run_and_see()
    assert not window.findings.isVisible()
    assert window.status.findings_text == ""
    assert not window.actions_.next_finding.isEnabled()


def test_a_click_leads_to_the_line_and_the_node(window: MainWindow, trace: Trace) -> None:
    QTest.mouseClick(window.findings.row(0), LEFT)
    assert cursor_line(window) == 6
    detach = next(op for op in trace.operations if op.name == "detach")
    assert window.graph.selected_nodes == {f"op:{detach.id}"}


def test_f4_goes_from_one_to_the_next_and_around(window: MainWindow, trace: Trace) -> None:
    QTest.keyClick(window.editor, Qt.Key.Key_F4)
    assert cursor_line(window) == 6
    QTest.keyClick(window.editor, Qt.Key.Key_F4)
    assert cursor_line(window) == 8
    QTest.keyClick(window.editor, Qt.Key.Key_F4)
    assert cursor_line(window) == 6
    QTest.keyClick(window.editor, Qt.Key.Key_F4, SHIFT)
    assert cursor_line(window) == 8


def test_the_marked_line_is_the_findings_own(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    """What it is about may have happened on another line."""
    window.load_text(
        "import torch\n\n"
        "w = torch.ones(2)\n"
        "loss = (w * 2).sum()\n"
        "loss.requires_grad = True\n"
        "loss.backward()\n"
    )
    found = press_run_and_see().findings[0]
    assert found.line == 5
    window.actions_.next_finding.trigger()
    assert cursor_line(window) == 5
    assert window.editor.selected_lines == {5}


def test_a_finding_about_parameters_shows_one_and_not_how_its_memory_was_taken(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(
        "import torch\n\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.used = torch.nn.Linear(2, 2)\n"
        "        self.left = torch.nn.Linear(2, 2)\n\n"
        "    def forward(self, x):\n"
        "        return self.used(x)\n\n"
        "net = Net()\n"
        "net(torch.ones(1, 2)).sum().backward()\n"
    )
    trace = press_run_and_see()
    assert (trace.findings[0].code, trace.findings[0].line) == ("unused_parameter", 7)
    window.actions_.next_finding.trigger()
    assert "net.left.weight" in window.details.text
    assert "empty" not in window.details.text
    assert window.editor.selected_lines == {7}


def test_the_underline_says_it_on_hover(window: MainWindow, trace: Trace) -> None:
    (cut,) = (one for one in window.editor.sheet.underlines if one.severity == "warning")
    assert (cut.line, cut.column, cut.end_column) == (6, 4, 14)
    assert cut.text.startswith("detach cuts the gradient\nw got no gradient")


@pytest.fixture
def tried_trace(qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]) -> Trace:
    """The same once its fixes have been tried."""
    window.load_text(TEXT)
    with qtbot.waitSignal(window.trials.ended, timeout=TIMEOUT):
        return press_run_and_see()


def preview(window: MainWindow) -> ChangesSheet:
    """Press "Preview fix" of the first finding; return what opens."""
    QTest.mouseClick(fix_button(window), LEFT)
    sheet = window.findChild(ChangesSheet)
    assert sheet is not None
    return sheet


def press(sheet: ChangesSheet, text: str) -> None:
    (button,) = (one for one in sheet.findChildren(QPushButton) if one.text() == text)
    QTest.mouseClick(button, LEFT)


@SIZE_HINTS
def test_a_fix_is_applied_run_and_undone(
    qtbot: QtBot, window: MainWindow, tried_trace: Trace
) -> None:
    assert (
        "Drop detach on line 6. Tried: w gets a gradient, no error." in (window.findings.texts[0])
    )
    sheet = preview(window)
    assert sheet.steps.texts == ["Drop detach on line 6. Tried: w gets a gradient, no error."]
    assert sheet.changes.toPlainText().split("\n") == [
        "Line 6",
        "  w = torch.ones(2, requires_grad=True)",
        "  v = torch.ones(2, requires_grad=True)",
        "  h = w * 2",
        "− c = h.detach()",
        "+ c = h",
        "  (c * v).sum().backward()",
        "  print(h.grad)",
        "  ",
    ]
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        press(sheet, "Apply and run")
    assert "c = h\n" in window.editor.toPlainText()
    assert [text.partition(":")[0] for text in window.findings.texts] == ["Note"]
    window.actions_.undo.trigger()
    assert window.editor.toPlainText() == TEXT


@SIZE_HINTS
def test_a_fix_that_is_looked_at_changes_nothing(window: MainWindow, tried_trace: Trace) -> None:
    press(preview(window), "Cancel")
    assert window.editor.toPlainText() == TEXT
    assert not window.controller.is_running


@SIZE_HINTS
def test_esc_leads_from_the_preview_to_where_the_keys_were(
    qtbot: QtBot, window: MainWindow, tried_trace: Trace
) -> None:
    button = fix_button(window)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    sheet = window.findChild(ChangesSheet)
    assert sheet is not None
    qtbot.waitUntil(sheet.isActiveWindow)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(window.isActiveWindow)
    assert button.hasFocus()


def test_a_fix_is_for_the_text_that_ran(window: MainWindow, tried_trace: Trace) -> None:
    button = fix_button(window)
    assert button.isEnabled()
    QTest.keyClicks(window.editor, "#")
    assert not button.isEnabled()
    assert "Run again to get a fix" in button.toolTip()
    QTest.keyClick(window.editor, Qt.Key.Key_Backspace)
    assert button.isEnabled()


Press = Callable[[], Trace]
CUT = "import torch\nw = torch.ones(2, requires_grad=True)\nv = torch.ones(2, requires_grad=True)\n"


def offers(window: MainWindow) -> bool:
    button = window.findings.button(0)
    return button is not None and not button.isHidden()


def test_a_fix_that_fails_its_trial_is_not_offered(
    qtbot: QtBot, window: MainWindow, press_run: Press
) -> None:
    window.load_text(
        CUT + "y = (w * 2).detach()\n(y * v).sum().backward()\nassert w.grad is None\n"
    )
    with qtbot.waitSignal(window.trials.ended, timeout=TIMEOUT):
        press_run()
    (text,) = window.findings.texts
    assert "w got no gradient" in text
    assert "Drop detach" not in text
    assert not offers(window)


def test_until_a_fix_was_tried_there_is_no_button(
    qtbot: QtBot, window: MainWindow, press_run: Press
) -> None:
    window.load_text(CUT + "y = (w * 2).detach()\n(y * v).sum().backward()\n")
    with qtbot.waitSignal(window.trials.ended, timeout=TIMEOUT):
        press_run()
        assert window.findings.texts[0].endswith("Trying a fix…")
        assert not offers(window)
    assert window.findings.texts[0].endswith("Tried: w gets a gradient, no error.")
    assert offers(window)


def test_a_fix_that_must_not_be_tried_is_offered_as_such(
    qtbot: QtBot, window: MainWindow, press_run: Press
) -> None:
    window.load_text(
        CUT + "y = (w * 2).detach()\n(y * v).sum().backward()\nif y is v:\n    input()\n"
    )
    with qtbot.waitSignal(window.trials.ended, timeout=TIMEOUT):
        press_run()
    assert "Not tried: line 7 calls input()" in window.findings.texts[0]
    assert offers(window)


def test_a_trial_that_a_run_ended_begins_again_when_its_tab_is_shown(
    qtbot: QtBot, window: MainWindow, press_run: Press
) -> None:
    window.load_text(CUT + "y = (w * 2).detach()\n(y * v).sum().backward()\n")
    first = press_run()
    window.documents.new()
    window.load_text("import torch\nprint(torch.ones(2))\n")
    press_run()
    assert all(one.fix is None or one.fix.effect is None for one in first.findings)
    with qtbot.waitSignal(window.trials.ended, timeout=TIMEOUT):
        window.documents.step(-1)
    assert window.findings.texts[0].endswith("Tried: w gets a gradient, no error.")
