"""Typed, run, read: what the user sees of a run, in every place that speaks of it."""

from __future__ import annotations

from collections.abc import Callable
from threading import current_thread
from weakref import finalize, ref

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.gradients.rows import GradientColumn
from app.session.numbers import operations_counted
from app.session.run import Run
from app.session.summary.counts import operation_count
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS

PressRun = Callable[[], Trace]


def type_text(window: MainWindow, text: str) -> None:
    """As a person types: the editor indents by itself, so leading spaces are not typed."""
    for number, line in enumerate(text.split("\n")):
        if number:
            QTest.keyClick(window.editor, Qt.Key.Key_Return)
            QTest.keyClick(window.editor, Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyClicks(window.editor, line)


def table(window: MainWindow) -> dict[str, tuple[str, str, str]]:
    model = window.gradients.table.model()
    told = (GradientColumn.LEAF, GradientColumn.GRAD, GradientColumn.NORM, GradientColumn.WHY)
    rows = [
        [str(model.index(row, column).data()) for column in told] for row in range(model.rowCount())
    ]
    return {name: (grad, norm, why) for name, grad, norm, why in rows}


def test_typed_run_and_read(window: MainWindow, press_run: PressRun) -> None:
    type_text(window, THREE_LAYERS)
    assert window.editor.toPlainText() == THREE_LAYERS
    trace = press_run()
    assert trace.run.status == "ok"
    marks = {line: window.editor.mark(line) for line in range(1, 14)}
    assert [mark.glyph if mark else None for mark in marks.values()] == [
        "dot", "dot", None, "leaf", "leaf", "leaf", None,
        "recorded", "dot", "no_grad", "recorded", "recorded", "gradient",
    ]  # fmt: skip
    assert marks[10] is not None
    assert marks[10].note == "skipped — no_grad, line 9"
    assert marks[10].region == "no_grad"
    assert table(window)["lin0.weight"] == ("None", "–", "cut by no_grad, line 9")
    assert table(window)["lin2.bias"] == ("[2.0, 2.0]", "2.83", "reached on line 13")
    assert window.gradients.header.note == "2 of 7 leaves have one"
    assert window.graph_header.note == "4 operations, 7 leaves"
    assert window.status.run_text.startswith("Finished in ")
    assert window.banner.text == ""
    assert len(window.words.texts) >= 3
    assert any("line 10" in text.lower() for text in window.words.texts)
    assert len(window.graph.selected_nodes) == 0


def test_run_by_button_and_by_f5(qtbot: QtBot, window: MainWindow) -> None:
    window.load_text("import torch\ntorch.ones(2) + 1")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        QTest.keyClick(window.editor, Qt.Key.Key_F5)
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.actions_.run.trigger()


def test_an_endless_loop_is_stopped_and_shows_what_ran(qtbot: QtBot, window: MainWindow) -> None:
    window.load_text("import torch\nx = torch.ones(2)\nwhile True:\n    x = x + 1")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT) as ready:
        QTest.keyClick(window.editor, Qt.Key.Key_F5)
        assert not window.actions_.run.isEnabled()
        assert window.actions_.stop.isEnabled()
        assert window.graph.message.startswith("Running…")
        assert window.gradients.hint.startswith("Running…")
        qtbot.waitUntil(lambda: "operations" in window.status.run_text, timeout=TIMEOUT)
        assert "operations" in window.graph.message
        buttons = window.status.findChildren(QToolButton)
        (stop,) = (one for one in buttons if one.text() == "Stop")
        assert stop.isVisible()
        QTest.mouseClick(stop, Qt.MouseButton.LeftButton)
    trace = ready.args[0]
    assert trace.run.status == "stopped"
    assert trace.operations
    counted = operations_counted(operation_count(Run(trace)))
    assert len(trace.operations) > operation_count(Run(trace)), "ones is set-up"
    assert window.status.run_text == f"Stopped after {counted}."
    assert window.banner.text.startswith(f"Stopped after {counted}.")
    assert trace.error is not None
    assert trace.error.message == f"Stopped after {counted}."
    assert window.graph_header.note.startswith(f"{counted}, ")
    assert window.status.operations_text == counted
    assert window.actions_.run.isEnabled()
    assert not window.actions_.stop.isEnabled()
    assert not stop.isVisible()


def test_the_run_button_hands_the_keyboard_to_the_text(qtbot: QtBot, window: MainWindow) -> None:
    window.load_text("import torch\ntorch.ones(2) + 1")
    button = next(
        one
        for one in window.toolbar.findChildren(QToolButton)
        if one.defaultAction() is window.actions_.run
    )
    button.setFocus()
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        QTest.keyClick(button, Qt.Key.Key_Space)
        assert window.editor.hasFocus()
    assert window.editor.hasFocus()
    assert not window.toolbar.live.hasFocus()


def test_escape_stops_a_run(qtbot: QtBot, window: MainWindow) -> None:
    window.load_text("while True:\n    pass")
    said: list[str] = []
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT) as ready:
        QTest.keyClick(window.editor, Qt.Key.Key_F5)
        said.append(window.status.run_text)
        QTest.keyClick(window.editor, Qt.Key.Key_Escape)
        said.append(window.status.run_text)
        assert window.verdict_bar.text == "Stopping…"
        window.controller.progressed.connect(lambda _: said.append(window.status.run_text))
    assert ready.args[0].run.status == "stopped"
    assert said[0] == "Running…"
    assert set(said[1:]) == {"Stopping… What was recorded will be shown."}


def test_the_time_limit_ends_a_run(qtbot: QtBot, window: MainWindow) -> None:
    window.settings.time_limit = 1.0
    window.load_text("import torch\nx = torch.ones(2)\nwhile True:\n    x = x + 1")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.run()
    assert window.banner.text.startswith("Stopped after 1 s.")
    assert "Raise the limit in Run settings" in window.banner.text


def test_a_syntax_error_is_shown_on_its_line(window: MainWindow, press_run: PressRun) -> None:
    text = "import torch\nx = torch.ones(2\ny = x"
    window.load_text(text)
    window.editor.go_to(1)
    trace = press_run()
    assert trace.run.status == "syntax_error"
    assert window.banner.text.startswith("SyntaxError on line 2:")
    assert window.editor.error is not None
    assert window.editor.error.line == 2
    mark = window.editor.mark(2)
    assert mark is not None
    assert mark.glyph == "warning"
    others = [window.editor.mark(line) for line in (1, 3)]
    assert [other and other.glyph for other in others] == ["not_run", "not_run"]
    assert window.gradients.hint == "Nothing was run, so there is no .grad to explain."
    assert window.graph.message == "Nothing was run, so there is nothing to draw."
    assert window.editor.toPlainText() == text


def test_an_exception_keeps_what_ran_before(window: MainWindow, press_run: PressRun) -> None:
    window.load_text(
        "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\nraise KeyError('lost')"
    )
    trace = press_run()
    assert trace.run.status == "raised"
    assert window.banner.text.startswith("KeyError on line 4: 'lost'")
    assert "The graph shows what ran before the error." in window.banner.text
    third = window.editor.mark(3)
    assert third is not None
    assert third.glyph == "recorded"
    assert "KeyError" in window.console.toPlainText()
    assert window.status.run_text == "KeyError on line 4"


def test_an_error_that_a_finding_explains_is_told_in_a_sentence(
    window: MainWindow, press_run: PressRun
) -> None:
    window.load_text(
        "import torch\nw = torch.ones(3, requires_grad=True)\ny = w.exp()\ny += 1\n"
        "y.sum().backward()\n"
    )
    press_run()
    assert window.banner.text.startswith("RuntimeError on line 5: one of the variables needed")
    assert "Hint" not in window.banner.text
    assert "set_detect_anomaly" in window.console.toPlainText()


def test_a_run_scrolls_back_to_the_beginning_of_the_lines(
    window: MainWindow, press_run: PressRun
) -> None:
    QTest.keyClicks(window.editor, "x = 1  #" + " long" * 60)
    across = window.editor.horizontalScrollBar()
    assert across.value() > 0
    press_run()
    assert across.value() == 0


@pytest.mark.parametrize("text", ["", "   \n\n"])
def test_an_empty_snippet_is_not_run(window: MainWindow, text: str) -> None:
    window.load_text(text)
    window.run()
    assert window.banner.text.startswith("There is nothing to run")
    assert not window.controller.is_running


def test_no_tensor_at_all(window: MainWindow, qtbot: QtBot) -> None:
    window.load_text("print('hello')")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.run()
    assert window.banner.text.startswith("No tensor was made or used.")
    assert window.console.toPlainText() == "hello\n"


def test_sys_exit_is_an_end_like_others(window: MainWindow, press_run: PressRun) -> None:
    window.load_text("import sys, torch\nx = torch.ones(2)\nsys.exit(3)\ny = x + 1")
    trace = press_run()
    assert "SystemExit" in window.banner.text or trace.run.status == "ok"
    assert window.actions_.run.isEnabled()


def test_a_crash_is_told_and_the_next_run_works(window: MainWindow, press_run: PressRun) -> None:
    window.load_text("import os, torch\nx = torch.ones(2) + 1\nos.abort()")
    trace = press_run()
    assert trace.run.status == "crashed"
    assert "signal" in window.banner.text
    window.load_text("import torch\ny = torch.ones(2) + 1")
    assert press_run().run.status == "ok"
    assert window.banner.text == ""


def test_no_torch_in_the_interpreter(qtbot: QtBot, window: MainWindow, tmp_path: object) -> None:
    from app.process.client import Tracer

    window.controller.use(Tracer("/bin/false"))
    qtbot.waitUntil(lambda: window.banner.text != "", timeout=TIMEOUT)
    window.load_text("x = 1")
    with qtbot.waitSignal(window.controller.failed, timeout=TIMEOUT):
        window.run()
    assert window.banner.text != ""
    assert window.editor.toPlainText() == "x = 1"
    assert window.actions_.run.isEnabled()


def test_prints_arrive_while_the_snippet_runs(qtbot: QtBot, window: MainWindow) -> None:
    window.load_text("import time\nprint('first', flush=True)\nwhile True:\n    time.sleep(0.05)")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.run()
        qtbot.waitUntil(lambda: "first" in window.console.toPlainText(), timeout=TIMEOUT)
        assert window.controller.is_running
        window.actions_.stop.trigger()


def test_typing_while_it_runs_keeps_the_text_and_shifts_the_marks(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.load_text("import torch\nx = torch.ones(2, requires_grad=True)\ny = x + 1")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.run()
        window.editor.go_to(1)
        QTest.keyClicks(window.editor, "# why")
        QTest.keyClick(window.editor, Qt.Key.Key_Return)
    assert window.editor.toPlainText().startswith("# why\nimport torch\n")
    mark = window.editor.mark(4)
    assert mark is not None
    assert mark.glyph == "recorded"
    assert window.editor.is_stale


def test_closing_in_the_middle_of_a_run_leaves_nothing(qtbot: QtBot, window: MainWindow) -> None:
    window.load_text("while True:\n    pass")
    with qtbot.waitSignal(window.controller.started):
        window.run()
    window.close()
    assert not window.controller.is_running


def test_the_line_of_an_error_is_in_sight(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    """However much is said below the text, and wherever the cursor is."""
    window.resize(1280, 800)
    lines = ["import torch", *[f"x{number} = torch.ones(2)" for number in range(30)]]
    window.load_text("\n".join([*lines, "x1 @ torch.ones(3)"]))
    assert press_run().error is not None
    editor = window.editor
    block = editor.document().findBlockByNumber(len(lines))
    place = editor.blockBoundingGeometry(block).translated(editor.contentOffset()).center()
    assert editor.viewport().rect().contains(0, round(place.y()))
    assert editor.textCursor().blockNumber() == 0


def test_a_large_run_that_is_no_longer_shown_ends_outside_the_window(
    qtbot: QtBot, window: MainWindow, press_run_and_see: PressRun
) -> None:
    window.load_text(
        "import torch\nx = torch.ones(2, requires_grad=True)\n"
        "for _ in range(3000):\n    y = (x * 2).sum()\n"
    )
    press_run_and_see()
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.fold_all.trigger()
    QTest.keyClicks(window.toolbar.search, "sum")
    qtbot.waitUntil(lambda: window.workspace.found.query == "sum", timeout=TIMEOUT)
    prepared = window.workspace.shown
    assert prepared is not None
    ended: list[str] = []
    finalize(prepared.run, lambda: ended.append(current_thread().name))
    picture = ref(window.graph.scene)
    del prepared
    window.load_text(THREE_LAYERS)
    qtbot.waitUntil(lambda: picture() is None, timeout=TIMEOUT)
    press_run_and_see()
    qtbot.waitUntil(lambda: bool(ended), timeout=TIMEOUT)
    assert ended == ["letting go"]
