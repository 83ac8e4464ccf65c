"""The files of a run in the window: a project whose bug is in the third file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Operation, Trace
from app.contract.spots import line_and_file, spot
from app.gui.editor.code_editor import VisibleLine
from app.gui.main_window import MainWindow
from app.gui.panels.flow_text import FlowText
from app.session.trace.document import dump
from tests.end_to_end.conftest import TIMEOUT, trace_shown
from tests.programs.conftest import FOLDER
from tests.programs.test_questions import QUESTIONS, Question
from tests.tools.answering import SIZE_HINTS

PressRun = Callable[[], Trace]
LEFT = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
FREEZE = (FOLDER / "frozen_backbone" / "freeze.py").read_text()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(FOLDER / "frozen_backbone", tmp_path / "project")


@pytest.fixture
def ran(window: MainWindow, press_run: PressRun, project: Path) -> Trace:
    """`train.py` is open and has run."""
    assert window.documents.open(project / "train.py")
    return press_run()


def names(window: MainWindow) -> list[str]:
    bar = window.snippet.tab_bar
    return [bar.tabText(place) for place in range(bar.count())]


def place_link(window: MainWindow) -> QToolButton:
    """Return the place in the verdict."""
    (chip,) = window.verdict_bar.chips.chips.values()
    assert chip.link is not None
    return chip.link


def go_to_freeze(window: MainWindow) -> None:
    QTest.mouseClick(place_link(window), LEFT)
    assert window.documents.name == "freeze.py"


def relu(trace: Trace) -> Operation:
    return next(op for op in trace.operations if op.name == "relu")


def click_node(window: MainWindow, operation: int) -> None:
    graph = window.graph
    key = graph.scene.node_of[operation]
    graph.reveal(key)
    QTest.mouseClick(graph, LEFT, pos=graph.widget_point_of(key))


def test_the_verdict_leads_into_the_file_of_the_bug(window: MainWindow, ran: Trace) -> None:
    assert place_link(window).text() == "freeze.py:6"
    go_to_freeze(window)
    assert names(window) == ["train.py", "freeze.py"]
    editor, line = window.editor, window.snippet.file_line
    assert editor.toPlainText() == FREEZE
    assert editor.textCursor().blockNumber() + 1 == 6
    assert editor.selected_lines == {6}
    assert editor.hasFocus()
    mark = editor.mark(6)
    assert mark is not None
    assert (mark.glyph, mark.note) == ("padlock", "froze 8 tensors")
    assert line.isVisible()
    assert line.height() == 28
    assert line.note.words == "Read-only, imported on"
    assert line.link is not None
    assert line.link.text() == "train.py:4"
    assert trace_shown(window) is ran
    assert window.toolbar.file_name.text() == "train.py"
    QTest.mouseClick(line.link, LEFT)
    assert window.documents.name == "train.py"
    assert editor.textCursor().blockNumber() + 1 == 4
    assert not line.isVisible()


def test_a_file_of_a_run_is_read_only_and_has_an_eye(window: MainWindow, ran: Trace) -> None:
    go_to_freeze(window)
    bar = window.snippet.tab_bar
    assert bar.tabIcon(0).isNull()
    assert not bar.tabIcon(1).isNull()
    assert bar.accessibleTabName(1) == "freeze.py, read-only"
    QTest.keyClicks(window.editor, "x")
    QTest.keyClick(window.editor, Qt.Key.Key_Up)
    assert window.editor.toPlainText() == FREEZE
    assert window.editor.textCursor().blockNumber() + 1 == 5  # the keyboard moves through it
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, CONTROL)
    QTest.keyClicks(window.editor, "#")
    assert window.editor.toPlainText().startswith("#")


def test_the_foot_says_what_a_line_did_and_who_called_it(window: MainWindow, ran: Trace) -> None:
    foot, editor = window.snippet.foot, window.editor
    go_to_freeze(window)
    assert foot.isVisible()
    assert foot.note.words == "Line 6: froze 8 tensors"
    assert (foot.note.called, foot.note.place) == ("freeze_backbone, called from", 10)
    window.run_files.show(relu(ran).file)
    editor.go_to(11)
    assert foot.note.words.startswith("Line 11: 6 skipped")
    assert foot.note.called == "forward, called from"
    assert foot.link is not None
    assert foot.link.text() == "model.py:23"
    QTest.mouseClick(foot.link, LEFT)
    assert editor.textCursor().blockNumber() + 1 == 23
    editor.go_to(9)
    assert foot.note.words == "Line 9"
    window.run_files.edit()
    QTest.keyClicks(editor, "#")
    assert foot.note.words == "Line 9 was edited since the run"


def visible_labels(window: MainWindow) -> list[str]:
    labels = window.snippet.header.findChildren(QLabel)
    return [label.text() for label in labels if label.isVisible() and label.text()]


def test_the_tabs_are_the_header_of_the_editor(window: MainWindow, ran: Trace) -> None:
    header = window.snippet.header
    bar = window.snippet.tab_bar
    assert header.isAncestorOf(bar)
    assert bar.height() == header.height() == 36
    assert not visible_labels(window)
    window.load_text("import torch\nprint(torch.ones(2))\n")
    assert not bar.isVisible()
    assert not window.snippet.foot.isVisible()
    assert visible_labels(window) == ["Snippet", "2 lines"]


def test_saving_never_writes_a_file_as_it_ran(
    window: MainWindow, ran: Trace, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "freeze.py").write_text("# newer\n")
    go_to_freeze(window)
    assert not window.actions_.save_as.isEnabled()
    QTest.keyClick(window.editor, Qt.Key.Key_S, CONTROL)
    assert window.documents.save()
    assert (project / "freeze.py").read_text() == "# newer\n"
    QTest.mouseClick(window.snippet.file_line.button, LEFT)
    assert window.actions_.save_as.isEnabled()
    copy = project / "copy.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(copy), ""))
    window.actions_.save_as.trigger()
    assert copy.read_text() == "# newer\n"
    assert window.documents.name == "copy.py"
    assert window.documents.program is window.documents.current  # the run knows no such file


@SIZE_HINTS
def test_stepping_while_presenting_shows_no_tabs(window: MainWindow, ran: Trace) -> None:
    window.actions_.present.trigger()
    window.actions_.step_first.trigger()
    for _ in range(4):
        window.actions_.step_next.trigger()
    assert window.documents.name == "model.py"
    assert not window.snippet.tab_bar.isVisible()
    window.actions_.leave_presentation.trigger()
    assert window.snippet.tab_bar.isVisible()
    assert window.snippet.file_list.isVisible()


def test_a_node_leads_to_its_innermost_line_and_the_line_to_the_node(
    qtbot: QtBot, window: MainWindow, ran: Trace
) -> None:
    operation = relu(ran)
    window.locating.go_to(operation.id)  # unfolds what is around it
    qtbot.waitUntil(lambda: operation.id in window.graph.scene.node_of, timeout=TIMEOUT)
    window.documents.activate(window.documents.tabs[0])
    click_node(window, operation.id)
    assert window.documents.name == "model.py"
    assert window.editor.selected_lines == {operation.line}
    window.workspace.clear_selection()
    block = window.editor.sheet.block(operation.line or 0)
    window.editor.reveal(operation.line or 0)
    top = window.editor.blockBoundingGeometry(block).translated(window.editor.contentOffset())
    QTest.mouseClick(window.editor.viewport(), LEFT, pos=QPoint(90, round(top.center().y())))
    assert operation.id in window.workspace.selection.operations
    assert window.graph.selected_nodes


def test_pointing_at_a_node_lights_its_line_in_the_file_that_is_shown(
    window: MainWindow, ran: Trace
) -> None:
    operation = relu(ran)
    window.run_files.show(operation.file)
    window.graph.hovered.emit((operation.id,))
    assert window.editor.pointed_lines == {operation.line}
    window.documents.activate(window.documents.tabs[0])
    window.graph.hovered.emit(())
    window.graph.hovered.emit((operation.id,))
    assert window.editor.pointed_lines == frozenset()


def test_the_details_show_the_stack_and_lead_outwards(window: MainWindow, ran: Trace) -> None:
    operation = relu(ran)
    window.workspace.select_operation(operation.id)
    details = window.workspace.details
    assert details is not None
    frames = [f for b in details.boxes for f in b.facts if f.link and f.link.kind == "line"]
    assert [fact.value for fact in frames] == [
        "model.py:11 in forward", "model.py:23 in forward", "model.py:36 in forward", "train.py:17"
    ]  # fmt: skip
    for fact, (name, line) in zip(
        frames, [("model.py", 11), ("model.py", 23), ("model.py", 36), ("train.py", 17)],
        strict=True,
    ):  # fmt: skip
        window.details.linkChosen.emit(fact.link)
        assert window.documents.name == name
        assert window.editor.textCursor().blockNumber() + 1 == line


def test_alt_and_a_click_on_a_place_shows_it_in_the_graph(
    qtbot: QtBot, window: MainWindow, ran: Trace
) -> None:
    qtbot.waitUntil(lambda: bool(window.graph.scene.nodes), timeout=TIMEOUT)
    QTest.mouseClick(place_link(window), LEFT, ALT)
    selected = window.workspace.selection.operations
    assert selected
    named = {op.name for op in ran.operations if op.id in selected}
    assert named > {"conv2d", "linear"}  # the operations that use the frozen parameters
    assert "cross_entropy" not in named
    assert window.graph.selected_nodes


def test_an_edited_file_runs_as_it_was_saved(
    window: MainWindow, press_run: PressRun, ran: Trace, project: Path
) -> None:
    go_to_freeze(window)
    line, editor = window.snippet.file_line, window.editor
    QTest.mouseClick(line.button, LEFT)
    assert not editor.isReadOnly()
    assert not line.note.is_read_only
    assert (line.note.words, line.note.action) == ("Part of train.py, imported on", "Run it alone")
    editor.go_to(6)
    QTest.keyClick(editor, Qt.Key.Key_Home)
    QTest.keyClicks(editor, "if False: ")
    assert line.note.words == "Not saved: a run reads the file on disk"
    again = press_run()
    assert again.snippet.text == ran.snippet.text  # the program ran, not this file
    assert again.training is not None
    assert again.training.groups[0].state == "frozen"
    QTest.mouseClick(line.button, LEFT)
    assert "if False: parameter" in (project / "freeze.py").read_text()
    saved = press_run()
    assert window.documents.name == "freeze.py"
    assert saved.training is not None
    assert "frozen" not in {group.state for group in saved.training.groups}
    file = next(file for file in saved.files if (file.path or "").endswith("model.py"))
    window.run_files.show(file.id)  # files may have other numbers in another run
    assert window.documents.name == "model.py"


def test_a_file_that_changed_since_is_shown_as_it_ran(
    qtbot: QtBot, window: MainWindow, ran: Trace, project: Path
) -> None:
    (project / "freeze.py").write_text("# another\n" + FREEZE)
    go_to_freeze(window)
    note = window.snippet.file_line.note
    assert note.words == "Read-only, as it ran: the file has changed since"
    assert window.editor.toPlainText() == FREEZE
    assert window.editor.selected_lines == {6}
    QTest.mouseClick(window.snippet.file_line.button, LEFT)
    assert window.editor.toPlainText() == "# another\n" + FREEZE
    assert window.editor.line_now(2**20 * window.editor.sheet.file + 6) == 7
    window.documents.close(window.documents.current)
    (project / "freeze.py").unlink()
    go_to_freeze(window)
    note = window.snippet.file_line.note
    assert note.words == "Read-only, as it ran: there is no such file here"
    assert note.action == ""


def test_a_file_that_changes_while_it_is_shown_says_so(
    qtbot: QtBot, window: MainWindow, ran: Trace, project: Path
) -> None:
    go_to_freeze(window)
    (project / "freeze.py").write_text(FREEZE + "# more\n")
    line = window.snippet.file_line
    qtbot.waitUntil(lambda: "changed since" in line.note.words, timeout=TIMEOUT)
    assert not window.snippet.notice.isVisible()


def test_the_list_has_every_file_of_the_run(window: MainWindow, ran: Trace) -> None:
    files = window.snippet.file_list
    assert files.isVisible()
    files.menu().aboutToShow.emit()
    assert set(files.entries) == {"train.py", "model.py", "freeze.py"}
    action = next(one for one in files.menu().actions() if one.text() == "model.py")
    action.trigger()
    assert window.documents.name == "model.py"
    assert names(window) == ["train.py", "model.py"]
    mark = window.editor.mark(24)
    assert mark is not None
    assert mark.region == "no_grad"


def test_files_go_with_their_program(window: MainWindow, ran: Trace) -> None:
    go_to_freeze(window)
    window.run_files.show(relu(ran).file)
    window.run_files.edit()
    window.documents.close(window.documents.tabs[0])
    assert names(window) == ["model.py"]  # which is edited, and a program of its own now
    assert window.documents.program is window.documents.current
    assert trace_shown(window) is None
    assert not window.snippet.file_line.isVisible()


def test_a_file_that_runs_alone_is_a_program(
    window: MainWindow, press_run: PressRun, ran: Trace
) -> None:
    go_to_freeze(window)
    QTest.mouseClick(window.snippet.file_line.button, LEFT)
    QTest.mouseClick(window.snippet.file_line.button, LEFT)
    assert trace_shown(window) is None
    assert press_run().snippet.text == FREEZE
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, CONTROL)
    assert trace_shown(window) is ran
    go_to_freeze(window)  # and a part of the other again
    assert trace_shown(window) is ran


def test_switching_between_files_keeps_selection_and_console(
    window: MainWindow, ran: Trace
) -> None:
    operation = relu(ran)
    window.graph.setFocus()
    window.workspace.select_operation(operation.id, "graph")
    assert window.documents.name == "model.py"
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, CONTROL)
    assert window.workspace.selection.operations == (operation.id,)
    assert window.editor.selected_lines == frozenset()
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, CONTROL)
    assert window.editor.selected_lines == {operation.line}


def test_stepping_goes_through_the_files(window: MainWindow, ran: Trace) -> None:
    window.actions_.step_first.trigger()
    seen = set()
    for _ in range(12):
        window.actions_.step_next.trigger()
        moment = window.workspace.moment
        assert moment is not None
        if moment.moment is not None and moment.moment.line is not None:
            line, file = line_and_file(moment.moment.line)
            assert window.editor.sheet.file == file
            assert any(one.number == line for one in running(window))
            seen.add(window.documents.name)
    assert seen == {"train.py", "model.py"}


def running(window: MainWindow) -> list[VisibleLine]:
    return [line for line in window.editor.visible_lines() if window.editor.is_running(line)]


def test_an_opened_trace_has_its_files(
    qtbot: QtBot, window: MainWindow, ran: Trace, project: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.json"
    files = {Path(file.path or "").name: file for file in ran.files}
    files["freeze.py"].text = None
    saved.write_bytes(dump(ran))
    (project / "freeze.py").unlink()
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.open_trace(saved)
    assert window.documents.name == "train.py"
    window.run_files.show(files["model.py"].id)
    assert window.documents.name == "model.py"
    assert window.editor.toPlainText() == files["model.py"].text
    assert window.editor.isReadOnly()
    window.run_files.show(files["freeze.py"].id)
    assert window.documents.name == "freeze.py"
    assert window.editor.toPlainText() == ""
    assert window.snippet.file_line.note.words == (
        "The run kept no text of this file: it is too large"
    )


def test_files_of_the_same_name_have_their_folder(
    window: MainWindow, press_run: PressRun, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.py").write_text("import torch\ndef f(x):\n    return x * 2\n")
    (tmp_path / "main.py").write_text(
        "import torch\nfrom a.model import f\nfrom b.model import f as g\n"
        "y = g(f(torch.ones(2, requires_grad=True)))\n"
    )
    assert window.documents.open(tmp_path / "main.py")
    press_run()
    window.run_files.show(1)
    window.run_files.show(2)
    assert names(window) == ["main.py", "a/model.py", "b/model.py"]
    assert window.snippet.file_line.link is not None
    assert window.snippet.file_line.link.text() == "main.py:3"


def test_an_error_in_another_file_is_reached_from_the_banner(
    window: MainWindow, press_run: PressRun, tmp_path: Path
) -> None:
    (tmp_path / "shapes.py").write_text(
        "import torch\n\n\ndef join(x):\n    return x @ torch.ones(5)\n"
    )
    (tmp_path / "main.py").write_text(
        "import torch\nfrom shapes import join\njoin(torch.ones(2, 3))\n"
    )
    assert window.documents.open(tmp_path / "main.py")
    press_run()
    assert window.documents.name == "main.py"
    window.banner.activated.emit()
    assert window.documents.name == "shapes.py"
    assert window.editor.textCursor().blockNumber() + 1 == 5
    mark = window.editor.mark(5)
    assert mark is not None
    assert mark.glyph == "warning"
    assert window.editor.error is not None


def test_a_place_in_a_finding_is_a_link_of_its_own(window: MainWindow, ran: Trace) -> None:
    place = next(n for n, text in enumerate(window.findings.texts) if "freeze.py:6" in text)
    row = window.findings.row(place)
    text = row.findChild(FlowText)
    assert text is not None
    freeze = next(file.id for file in ran.files if (file.path or "").endswith("freeze.py"))
    QTest.mouseClick(text, LEFT, pos=text.place_of(spot(freeze, 6)))
    assert window.documents.name == "freeze.py"
    assert window.editor.selected_lines == {6}
    QTest.mouseClick(text, LEFT, pos=QPoint(2, 2))  # the row goes where the finding is
    finding = ran.findings[place]
    assert finding.spot is not None
    assert window.editor.sheet.file == finding.file
    assert window.editor.textCursor().blockNumber() + 1 == finding.line


def test_live_runs_again_when_a_file_is_saved(
    qtbot: QtBot, window: MainWindow, ran: Trace, project: Path
) -> None:
    window.actions_.live.setChecked(True)
    go_to_freeze(window)
    QTest.mouseClick(window.snippet.file_line.button, LEFT)
    window.editor.go_to(6)
    QTest.keyClick(window.editor, Qt.Key.Key_Home)
    QTest.keyClicks(window.editor, "if False: ")
    assert not window.controller.is_running
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT) as ready:
        QTest.keyClick(window.editor, Qt.Key.Key_S, CONTROL)
    assert ready.args is not None
    training = ready.args[0].training
    assert "frozen" not in {group.state for group in training.groups}
    assert window.documents.name == "freeze.py"


def test_a_traceback_leads_to_files_that_called_torch_and_others(
    qtbot: QtBot, window: MainWindow, press_run: PressRun, tmp_path: Path
) -> None:
    (tmp_path / "plain.py").write_text("def fail(x):\n    raise ValueError(x)\n")
    (tmp_path / "shapes.py").write_text(
        "import torch\nfrom plain import fail\n\ndef join(x):\n    fail(torch.relu(x).sum())\n"
    )
    (tmp_path / "main.py").write_text(
        "import torch\nfrom shapes import join\njoin(torch.ones(2))\n"
    )
    assert window.documents.open(tmp_path / "main.py")
    press_run()
    console = window.console
    qtbot.waitUntil(lambda: console.viewport().height() > 100)  # the panel has grown for it
    parts = ("shapes.py", 5, True), ("plain.py", 2, None), ("main.py", 3, False)
    for name, line, is_part in parts:
        window.documents.activate(window.documents.tabs[0])
        cursor = console.document().find(f'{name}", line {line}')
        cursor.setPosition(cursor.selectionStart() + 1)
        console.setTextCursor(cursor)
        console.centerCursor()
        QTest.mouseClick(console.viewport(), LEFT, pos=console.cursorRect(cursor).center())
        assert window.documents.name == name
        assert window.editor.textCursor().blockNumber() + 1 == line
        if is_part is not None:
            assert (window.documents.current.main is not None) is is_part


@pytest.mark.parametrize("question", QUESTIONS, ids=[one.program for one in QUESTIONS])
def test_the_window_answers_what_a_program_asks(
    window: MainWindow, press_run: PressRun, tmp_path: Path, question: Question
) -> None:
    folder = shutil.copytree(FOLDER / question.program, tmp_path / "project")
    (path,) = folder.glob("train.*")
    assert window.documents.open(path)
    trace = press_run()
    said = question.verdict.partition(". ")[0]
    assert window.verdict_bar.text.startswith(said)
    texts, codes = window.findings.texts, [one.code for one in trace.findings]
    number = codes.index(question.finding)
    assert len(texts) == len(codes)
    QTest.mouseClick(window.findings.row(number), LEFT)
    finding = trace.findings[number]
    assert str(finding.spot) == question.place
    name = question.place.partition(":")[0] if finding.file else path.name
    assert window.documents.name == name
    assert window.editor.textCursor().blockNumber() + 1 == finding.line
