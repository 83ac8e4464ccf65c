"""The processes of a run in one window: real traces of two ranks by torchrun, keys and mouse."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from weakref import ref

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

from app.__main__ import main
from app.contract.records import Operation, Trace
from app.gui.editor.changes import tooltip
from app.gui.main_window import MainWindow
from app.gui.panels.timeline.rank_lanes import RankLanes
from app.gui.running.prepared import Prepared
from app.session.trace.document import dump, load
from tests.end_to_end.conftest import TIMEOUT
from tests.tools.ranks import TraceRanks

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
ALT_CTRL = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
Change = Callable[[Trace], object]


def _buttons(window: MainWindow) -> list[QToolButton]:
    processes = window.verdict_bar.processes
    return processes.buttons if processes.isVisible() else []


def _texts(window: MainWindow) -> list[str]:
    """Return what the buttons show, the checked ones in brackets."""
    for button in _buttons(window):
        assert button.width() > button.fontMetrics().horizontalAdvance(button.text())
    return [f"[{one.text()}]" if one.isChecked() else one.text() for one in _buttons(window)]


def _rank(window: MainWindow) -> int | None:
    shown = window.workspace.shown
    return None if shown is None else shown.run.trace.run.rank


def _wait_for(qtbot: QtBot, window: MainWindow, *texts: str) -> None:
    """Wait until the switch has these buttons and the picture is that of the shown run."""

    def is_there() -> bool:
        workspace = window.workspace
        is_drawn = workspace.drawn is workspace.shown is not None
        return _texts(window) == [*texts] and is_drawn and not window.graph.is_gliding

    qtbot.waitUntil(is_there, timeout=TIMEOUT)


def _press(window: MainWindow, text: str) -> None:
    button = next(one for one in _buttons(window) if one.text().startswith(text))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, ranks: TraceRanks) -> MainWindow:
    """With the trace of rank 0 open, where rank 1 does not call a layer."""
    window.open_trace(ranks("--unused").paths[0])
    _wait_for(qtbot, window, "[Rank 0]", "Rank 1", "Both")
    return window


def _with_rank(paths: list[Path], folder: Path, rank: int, change: Change | None = None) -> Path:
    """Write the trace of rank 1 again, as that of another rank or with another change."""
    trace = load(paths[1].read_bytes()).trace
    trace.run.rank = rank
    if change is not None:
        change(trace)
    path = folder / f"run.rank{rank}.json"
    path.write_bytes(dump(trace))
    return path


def _copy_of_rank_0(paths: list[Path], folder: Path, world: int) -> Path:
    trace = load(paths[0].read_bytes()).trace
    trace.run.world = world
    path = folder / "run.rank0.json"
    path.write_bytes(dump(trace))
    return path


# ------------------------------------------------------------------------------ one and the other


def test_the_other_rank_is_there_and_what_differs_is_said_at_once(opened: MainWindow) -> None:
    fault = opened.verdict_bar.fault
    assert fault.isVisible()
    assert fault.text() == "model.module.aux is called on rank 0 only"
    assert fault.accessibleName() == "Warning: model.module.aux is called on rank 0 only."
    assert [text.split(".")[0] for text in opened.findings.texts] == [
        "Warning: model", "Note: 2 operations that run on rank 0 are missing on rank 1"
    ]  # fmt: skip
    assert opened.findings.isVisible()
    QTest.mouseClick(fault, Qt.MouseButton.LeftButton)
    subject, shown = opened.workspace.subject, opened.workspace.shown
    assert subject is not None
    assert shown is not None
    assert subject[0] == "operation"
    module = shown.run.operations[subject[1]].module
    assert module is not None
    assert shown.run.modules[module].path == "model.module.aux"


def test_the_findings_are_those_of_the_rank_that_is_shown(qtbot: QtBot, opened: MainWindow) -> None:
    _press(opened, "Rank 1")
    _wait_for(qtbot, opened, "Rank 0", "[Rank 1]", "Both")
    assert _rank(opened) == 1
    assert "rank 1: []" in opened.console.toPlainText()
    QTest.mouseClick(opened.verdict_bar.fault, Qt.MouseButton.LeftButton)
    shown, subject = opened.workspace.shown, opened.workspace.subject
    assert shown is not None
    assert subject is not None  # it calls nothing there, so it is the parameter
    assert subject[0] == "tensor"
    assert shown.run.name(subject[1]) == "model.module.aux.weight"


def _squares(window: MainWindow) -> list[int]:
    shown = window.workspace.shown
    assert shown is not None
    return [op.id for op in shown.run.units if op.name == "square"]


def test_selection_and_zoom_stay(qtbot: QtBot, opened: MainWindow) -> None:
    opened.workspace.select_operation(_squares(opened)[1])
    opened.graph.setFocus()
    QTest.keyClick(opened.graph, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: not opened.graph.is_gliding, timeout=TIMEOUT)
    zoom = opened.graph.camera.zoom
    QTest.keyClick(opened, Qt.Key.Key_N, ALT_CTRL)
    _wait_for(qtbot, opened, "Rank 0", "[Rank 1]", "Both")
    assert opened.workspace.subject == ("operation", _squares(opened)[1])
    assert len(opened.graph.selected_nodes) == 1
    assert opened.graph.camera.zoom == zoom
    QTest.keyClick(opened, Qt.Key.Key_N, ALT_CTRL)
    _wait_for(qtbot, opened, "[Rank 0]", "Rank 1", "Both")
    assert opened.workspace.subject == ("operation", _squares(opened)[1])


@pytest.mark.parametrize("what", ["weight", "module", "result"])
def test_tensors_and_modules_stay_selected(qtbot: QtBot, opened: MainWindow, what: str) -> None:
    def subject() -> tuple[str, int]:
        shown = opened.workspace.shown
        assert shown is not None
        run = shown.run
        match what:
            case "weight":
                row = next(row for row in run.trace.gradients if row.name.endswith("head.weight"))
                return "tensor", row.tensor
            case "module":
                return "module", next(
                    m.id for m in run.trace.modules if m.path == "model.module.head"
                )
            case _:
                return "tensor", run.operations[_squares(opened)[0]].outputs[0]

    kind, number = subject()
    select = opened.workspace.select_module if kind == "module" else opened.workspace.select_tensor
    select(number)
    _press(opened, "Rank 1")
    _wait_for(qtbot, opened, "Rank 0", "[Rank 1]", "Both")
    assert opened.workspace.subject == subject()


def test_what_the_other_rank_lacks_is_not_selected(qtbot: QtBot, opened: MainWindow) -> None:
    QTest.mouseClick(opened.verdict_bar.fault, Qt.MouseButton.LeftButton)
    assert opened.workspace.selection.operations
    _press(opened, "Rank 1")
    _wait_for(qtbot, opened, "Rank 0", "[Rank 1]", "Both")
    assert not opened.workspace.selection.operations


def _now(window: MainWindow) -> str:
    moment = window.workspace.moment
    assert moment is not None
    record = None if moment.moment is None else moment.moment.records[0]
    assert isinstance(record, Operation)
    return record.name


def test_moment_and_folds_stay(qtbot: QtBot, opened: MainWindow) -> None:
    opened.actions_.fold_all.trigger()
    workspace = opened.workspace
    qtbot.waitUntil(lambda: len(opened.graph.scene.nodes) < 5, timeout=TIMEOUT)
    nodes = len(opened.graph.scene.nodes)
    QTest.keyClick(opened.timeline, Qt.Key.Key_Home)
    for _ in range(5):
        QTest.keyClick(opened, Qt.Key.Key_F8)
    name = _now(opened)
    assert name == "square"
    _press(opened, "Rank 1")
    _wait_for(qtbot, opened, "Rank 0", "[Rank 1]", "Both")
    assert len(opened.graph.scene.nodes) == nodes
    assert _now(opened) == name
    assert workspace.position < 5  # it calls fewer before that


# ---------------------------------------------------------------------------------- both together


def _wait_for_both(qtbot: QtBot, window: MainWindow, *texts: str) -> None:
    _wait_for(qtbot, window, *texts)

    def are_placed() -> bool:
        together = window.comparing.together
        return together is not None and together.is_placed

    qtbot.waitUntil(are_placed, timeout=TIMEOUT)


def test_both_are_compared_under_their_names(qtbot: QtBot, opened: MainWindow) -> None:
    _press(opened, "Both")
    _wait_for_both(qtbot, opened, "Rank 0", "Rank 1", "[Both]")
    assert _rank(opened) == 1
    pinned, together = opened.comparing.pinned, opened.comparing.together
    assert pinned is not None
    assert together is not None
    assert pinned.trace.run.rank == 0
    assert opened.columns.now_header.chip.text == "Rank 1"
    assert opened.columns.now_header.note == "run.rank1.json.gz"
    ((at, (change,)),) = opened.editor.changes.items()
    assert (str(at), change.sign, change.words) == ("net.py:11", "≠", "does more on rank 0")
    assert tooltip([change]) == change.words
    model = opened.compare_panel.table.model_
    titles = [model.headerData(place, Qt.Orientation.Horizontal) for place in range(3)]
    assert titles == ["Leaf", "Rank 0", "Rank 1"]
    words = [together.words(pair) for pair in together.differences]
    assert "linear module.aux: only on rank 0" in words or any(
        one.endswith("aux: only on rank 0") for one in words
    )
    assert "4 operations are only in rank 0." in opened.words.texts
    assert opened.verdict_bar.fault.text() == "model.module.aux is called on rank 0 only"


def test_both_are_shown_at_a_time_that_is_chosen_on_their_clock(
    qtbot: QtBot, opened: MainWindow
) -> None:
    opened.actions_.lanes.setChecked(True)
    _press(opened, "Both")
    _wait_for_both(qtbot, opened, "Rank 0", "Rank 1", "[Both]")
    timeline, together = opened.timeline, opened.comparing.together
    lanes = timeline.lanes
    assert together is not None
    assert isinstance(lanes, RankLanes)
    assert [row.badge for row in lanes.rows] == ["0", "1"]
    position = lanes.columns // 2
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=timeline.point_of(position))
    chosen = together.position
    assert abs(lanes.time_at(chosen) - lanes.time_at(position)) < lanes.clock.seconds / 500
    assert opened.workspace.position == lanes.steps.second.position(chosen)
    assert opened.replay.transport.text == lanes.position_text(chosen)


def _are_own(lanes: object, shown: Prepared) -> bool:
    return lanes is shown.lanes


def test_a_rank_shown_alone_is_on_the_clock_of_all(qtbot: QtBot, opened: MainWindow) -> None:
    do, timeline, workspace = opened.actions_, opened.timeline, opened.workspace
    assert not do.on_clock.isEnabled()
    do.lanes.setChecked(True)
    for rank in (0, 1):
        if rank:
            _press(opened, "Rank 1")
            _wait_for(qtbot, opened, "Rank 0", "[Rank 1]", "Both")
        qtbot.waitUntil(lambda: isinstance(timeline.lanes, RankLanes), timeout=TIMEOUT)
        lanes, shown = timeline.lanes, workspace.shown
        assert isinstance(lanes, RankLanes)
        assert shown is not None
        assert lanes.now is shown.lanes
        assert [row.is_now for row in lanes.rows] == [rank == 0, rank == 1]
        position = lanes.columns // 2
        QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=timeline.point_of(position))
        assert workspace.position == position
        assert opened.replay.transport.text == lanes.position_text(position)
        assert f" on rank {rank}" in lanes.position_text(position)
        assert "Rank 0 " in lanes.caption(position)
        assert "Rank 1 " in lanes.caption(position)
        for action in (do.on_clock, do.lanes):
            action.trigger()
            assert _are_own(timeline.lanes, shown)
            assert workspace.position == position
            action.trigger()
            assert not _are_own(timeline.lanes, shown)


def test_from_both_to_one_by_the_switch_and_by_unpinning(qtbot: QtBot, opened: MainWindow) -> None:
    QTest.keyClick(opened, Qt.Key.Key_B, ALT_CTRL)
    _wait_for_both(qtbot, opened, "Rank 0", "Rank 1", "[Both]")
    QTest.keyClick(opened, Qt.Key.Key_F9, Qt.KeyboardModifier.ShiftModifier)
    _wait_for(qtbot, opened, "Rank 0", "[Rank 1]", "Both")
    _press(opened, "Both")
    _wait_for_both(qtbot, opened, "Rank 0", "Rank 1", "[Both]")
    _press(opened, "Rank 0")
    _wait_for(qtbot, opened, "[Rank 0]", "Rank 1", "Both")
    assert opened.comparing.pinned is None
    assert _rank(opened) == 0


def test_a_run_pinned_beside_another_one_is_called_pinned_again(
    qtbot: QtBot, opened: MainWindow
) -> None:
    _press(opened, "Both")
    _wait_for_both(qtbot, opened, "Rank 0", "Rank 1", "[Both]")
    with qtbot.waitSignal(opened.traceReady, timeout=TIMEOUT):
        opened.load_text("import torch\ntorch.ones(2).add(1)\n")
        opened.run()
    chip = opened.columns.now_header.chip
    qtbot.waitUntil(lambda: chip.text == "Now", timeout=TIMEOUT)
    assert not _buttons(opened)
    assert not opened.actions_.next_process.isEnabled()


# ------------------------------------------------------------------------------------- many ranks


def _menu(window: MainWindow, place: int) -> list[str]:
    menu = _buttons(window)[place].menu()
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions()]


def _choose(window: MainWindow, place: int, text: str) -> None:
    menu = _buttons(window)[place].menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith(text)).trigger()


def _world(paths: list[Path], folder: Path, world: int) -> Path:
    """Write the traces of a run of so many ranks; only the last one calls no layer."""
    for rank in range(1, world):
        source = paths[1] if rank == world - 1 else paths[0]
        trace = load(source.read_bytes()).trace
        trace.run.rank, trace.run.world = rank, world
        (folder / f"run.rank{rank}.json").write_bytes(dump(trace))
    return _copy_of_rank_0(paths, folder, world)


def test_of_three_ranks_two_are_chosen(
    qtbot: QtBot, window: MainWindow, ranks: TraceRanks, tmp_path: Path
) -> None:
    window.open_trace(_world(ranks("--unused").paths, tmp_path, 3))
    _wait_for(qtbot, window, "[Rank 0]", "Rank 1", "Rank 2 ≠", "Compare with")
    said = "Warning: model.module.aux is called everywhere but on rank 2."
    assert window.verdict_bar.fault.accessibleName() == said
    assert _menu(window, 3) == ["Rank 2 ≠", "Rank 1"]
    _choose(window, 3, "Rank 2")
    _wait_for_both(qtbot, window, "Rank 0", "Rank 1", "Rank 2 ≠", "[Rank 0 and Rank 2]")
    assert _rank(window) == 2


def test_many_ranks_are_in_a_menu_the_differing_first(
    qtbot: QtBot, window: MainWindow, ranks: TraceRanks, tmp_path: Path
) -> None:
    window.open_trace(_world(ranks("--unused").paths, tmp_path, 6))
    _wait_for(qtbot, window, "[Rank 0]", "Compare with")
    assert _menu(window, 0) == ["Rank 5 ≠", *(f"Rank {rank}" for rank in range(5))]
    _choose(window, 0, "Rank 5")
    _wait_for(qtbot, window, "[Rank 5 ≠]", "Compare with")
    assert _rank(window) == 5


# ---------------------------------------------------------------------------- several files, tabs


def test_files_of_two_folders_are_opened_together(
    qtbot: QtBot,
    window: MainWindow,
    ranks: TraceRanks,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = ranks("--unused").paths
    elsewhere = _with_rank(paths, tmp_path, 1)
    other = tmp_path / "copy"
    other.mkdir()
    first = _copy_of_rank_0(paths, other, 2)
    names = [str(first), str(elsewhere)]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (names, ""))
    window.actions_.open_trace.trigger()
    _wait_for(qtbot, window, "[Rank 0]", "Rank 1", "Both")
    assert not any("has no trace" in text for text in window.findings.texts)


def test_the_switch_goes_with_its_tab(qtbot: QtBot, opened: MainWindow) -> None:
    (tab,) = opened.documents.tabs
    opened.actions_.new.trigger()
    assert not _buttons(opened)
    assert opened.findings.texts == []
    opened.documents.activate(tab)
    _wait_for(qtbot, opened, "[Rank 0]", "Rank 1", "Both")
    assert opened.findings.texts


def test_they_are_let_go_with_the_text(qtbot: QtBot, opened: MainWindow) -> None:
    """The last trace stayed in memory, and with the next one there were two."""
    shown = opened.workspace.shown
    assert shown is not None
    run = ref(shown.run)
    del shown
    opened.load_text("x = 1")

    def is_gone() -> bool:
        gc.collect()
        return run() is None

    qtbot.waitUntil(is_gone, timeout=TIMEOUT)


def test_a_run_of_the_text_is_of_one_process(qtbot: QtBot, opened: MainWindow) -> None:
    opened.load_text("import torch\ntorch.ones(2)\n")
    with qtbot.waitSignal(opened.traceReady, timeout=TIMEOUT):
        opened.run()
    assert not _buttons(opened)
    assert not opened.findings.texts


# -------------------------------------------------------------------------------------- bad input


def _other_world(trace: Trace) -> None:
    trace.run.world = 4


def _other_program(trace: Trace) -> None:
    trace.snippet.text += "# edited"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_world, "It is from a run of 4 ranks, and run.rank0.json is from one of 2."),
        (_other_program, "It was recorded with another version of train.py than run.rank0.json."),
    ],
)
def test_a_trace_that_does_not_belong_is_left_out(
    qtbot: QtBot, window: MainWindow, ranks: TraceRanks, tmp_path: Path, change: Change, words: str
) -> None:
    paths = ranks("--unused").paths
    _with_rank(paths, tmp_path, 1, change)
    window.open_trace(_copy_of_rank_0(paths, tmp_path, 2))
    qtbot.waitUntil(lambda: bool(window.findings.texts), timeout=TIMEOUT)
    assert window.findings.texts == [f"Warning: run.rank1.json is left out. {words}"]
    assert not _buttons(window)
    assert _rank(window) == 0


def test_a_damaged_trace_is_left_out(
    qtbot: QtBot, window: MainWindow, ranks: TraceRanks, tmp_path: Path
) -> None:
    paths = ranks("--unused").paths
    path = _with_rank(paths, tmp_path, 1)
    path.write_bytes(path.read_bytes()[:1000])
    window.open_trace(_copy_of_rank_0(paths, tmp_path, 2))
    qtbot.waitUntil(lambda: bool(window.findings.texts), timeout=TIMEOUT)
    (text,) = window.findings.texts
    assert text.startswith("Warning: run.rank1.json is left out. ")
    assert _rank(window) == 0


def test_a_rank_without_a_trace_is_named(
    qtbot: QtBot, window: MainWindow, ranks: TraceRanks, tmp_path: Path
) -> None:
    window.open_trace(_copy_of_rank_0(ranks("--unused").paths, tmp_path, 2))
    qtbot.waitUntil(lambda: bool(window.findings.texts), timeout=TIMEOUT)
    (text,) = window.findings.texts
    assert text.startswith("Warning: Rank 1 has no trace in this folder. The run had 2 ranks.")
    assert window.verdict_bar.fault.text() == "Rank 1 has no trace in this folder"
    assert not _buttons(window)


def test_a_rank_that_raised_is_said_on_the_one_that_waited(
    qtbot: QtBot, window: MainWindow, ranks: TraceRanks
) -> None:
    window.open_trace(ranks().paths[0])
    _wait_for(qtbot, window, "[Rank 0]", "Rank 1", "Both")
    said = "Rank 1 raised RuntimeError. Trains 0 of 4 parameters."
    assert window.verdict_bar.text.startswith(said)
    assert window.verdict_bar.fault.text() == "model.module.aux is called on rank 0 only"
    assert "Expected to have finished reduction" in window.findings.texts[0]
    assert window.banner.text.startswith("Rank 0 raised RuntimeError at train.py:25")
    lines = {at: [one.words for one in own] for at, own in window.editor.changes.items()}
    assert lines == {23: ["rank 1 raised RuntimeError"], 25: ["rank 0 waits"]}
    _press(window, "Both")
    _wait_for_both(qtbot, window, "Rank 0", "Rank 1", "[Both]")
    ends = {at: [one.sign for one in own] for at, own in window.editor.changes.items() if at < 99}
    assert ends == {23: ["!"], 25: ["…"]}
    assert window.verdict_bar.text.startswith("Rank 1 raised RuntimeError.")
    _press(window, "Rank 1")
    _wait_for(qtbot, window, "Rank 0", "[Rank 1]", "Both")
    assert lines == {at: [one.words for one in own] for at, own in window.editor.changes.items()}


# --------------------------------------------------------------------------------------- children

FORKING = """import os
import torch
layer = torch.nn.Linear(2, 1)
def work():
    torch.ones(2).mul(3)
if os.fork() == 0:
    work()
    os._exit(0)
os.wait()
layer(torch.ones(3, 2)).sum().backward()
"""


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trace of a program that forks, beside that of its child."""
    folder = tmp_path_factory.mktemp("children")
    (folder / "program.py").write_text(FORKING)
    arguments = ["trace", str(folder / "program.py"), "--children"]
    assert main([*arguments, "-o", str(folder / "run.json")]) == 0
    return folder / "run.json"


def test_child_processes_are_there_too(qtbot: QtBot, window: MainWindow, children: Path) -> None:
    window.open_trace(children)
    _wait_for(qtbot, window, "[Main]", "Worker 1", "Both")
    _press(window, "Worker 1")
    _wait_for(qtbot, window, "Main", "[Worker 1]", "Both")
    shown = window.workspace.shown
    assert shown is not None
    assert [op.name for op in shown.run.units if op.line == 5] == ["ones", "mul"]
    _press(window, "Main")
    _wait_for(qtbot, window, "[Main]", "Worker 1", "Both")
