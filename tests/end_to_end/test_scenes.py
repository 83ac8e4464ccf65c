"""Scenes in the window: kept with K, named, moved, deleted, shown, and beside the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.contract.records import Change, Trace
from app.gui.docks import BottomPage
from app.gui.features.teaching.spotlight import Spotlight
from app.gui.files import scene_files
from app.gui.graph.view import GraphView
from app.gui.main_window import MainWindow
from app.gui.panels.scenes.strip import SceneCards
from app.gui.panels.scenes.thumbnail import SIZE
from app.gui.settings import Settings
from app.session.scenes.beside import changes_of
from app.session.scenes.document import dump, load
from app.session.scenes.records import Scene
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS  # of what the magnifiers hold
LEFT = Qt.MouseButton.LeftButton
WITHOUT = THREE_LAYERS.replace("with torch.no_grad():\n    x2", "x2")


@pytest.fixture
def ran(window: MainWindow, tmp_path: Path, press_run_and_see: Callable[[], Trace]) -> MainWindow:
    """The window with a run of a file."""
    path = tmp_path / "layers.py"
    path.write_text(THREE_LAYERS)
    window.open_paths(path)
    press_run_and_see()
    return window


def _cards(window: MainWindow) -> SceneCards:
    return window.scene_strip.cards


def _names(window: MainWindow) -> list[str]:
    return [scene.name for scene in window.scenes.all]


def _present(qtbot: QtBot, window: MainWindow) -> None:
    """Present in a window of 1280 x 720, with F11."""
    QTest.keyClick(window, Qt.Key.Key_F11)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: window.size() == QSize(1280, 720))


def _present_with_light(qtbot: QtBot, window: MainWindow) -> tuple[GraphView, Spotlight]:
    """Present, and wait until the graph is still."""
    _present(qtbot, window)
    graph, light = window.graph, window.presentation.spotlight
    assert light is not None
    qtbot.waitUntil(lambda: not graph.is_waiting and not graph.is_gliding)
    return graph, light


def _keep(qtbot: QtBot, window: MainWindow) -> None:
    count = len(window.scenes.all)
    QTest.keyClick(window.graph, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: len(window.scenes.all) == count + 1)


def _level(window: MainWindow) -> str:
    return window.workspace.choice.level


def _line(code: str) -> int:
    return [line.strip() for line in THREE_LAYERS.splitlines()].index(code) + 1


def _keep_three(qtbot: QtBot, window: MainWindow) -> None:
    """The whole run, a step with a line selected, and the beginning at another level."""
    _keep(qtbot, window)
    window.workspace.go_to(3)
    window.workspace.select_line(_line("x2 = lin1(x1)"))
    _keep(qtbot, window)
    window.workspace.go_to(0)
    with qtbot.waitSignal(window.graph.layoutFinished):
        window.workspace.choose(level="autograd")
    _keep(qtbot, window)


def _write(qtbot: QtBot, window: MainWindow, text: str, key: Qt.Key) -> None:
    fields = _cards(window).findChildren(QLineEdit)
    field = next(field for field in fields if field.isVisible())
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, key)


def test_k_keeps_the_view_and_a_click_shows_it_again(qtbot: QtBot, ran: MainWindow) -> None:
    _keep_three(qtbot, ran)
    assert _names(ran) == ["scene 1", "scene 2", "scene 3"]
    assert ran.bottom.header.current == BottomPage.SCENES
    cards = _cards(ran)
    QTest.mouseClick(cards, LEFT, pos=cards.rect_of(1).center())
    qtbot.waitUntil(lambda: ran.workspace.position == 3)
    assert _level(ran) == "calls"
    line = _line("x2 = lin1(x1)")
    assert ran.workspace.shown is not None
    assert ran.workspace.selection.operations == tuple(ran.workspace.shown.lines[line])
    QTest.keyClick(cards, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: ran.workspace.position == 0)
    assert _level(ran) == "autograd"
    QTest.keyClick(cards, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: ran.workspace.is_at_end)


def test_zoom_and_centre_are_restored(qtbot: QtBot, ran: MainWindow) -> None:
    graph = ran.graph
    qtbot.waitUntil(lambda: not graph.is_waiting and not graph.is_gliding)
    graph.zoom_by(1.7, QPointF(200, 150))
    graph.pan_by(QPointF(-40, 25))
    middle, zoom = graph.visible_area().center(), graph.camera.zoom
    nodes = graph.scene.nodes.values()
    near = min(nodes, key=lambda node: (node.rect.center() - middle).manhattanLength()).key
    middle -= graph.scene.nodes[near].rect.center()
    _keep(qtbot, ran)
    graph.fit()
    qtbot.waitUntil(lambda: not graph.is_gliding)
    ran.scenes.show(0)
    qtbot.waitUntil(lambda: graph.camera.zoom == pytest.approx(zoom))
    qtbot.waitUntil(lambda: not graph.is_gliding)
    now = graph.visible_area().center() - graph.scene.nodes[near].rect.center()
    assert now.x() == pytest.approx(middle.x(), abs=2)
    assert now.y() == pytest.approx(middle.y(), abs=2)


def test_the_card_keeps_the_view_and_words_are_written_in_place(
    qtbot: QtBot, ran: MainWindow
) -> None:
    ran.bottom.header.set_current(BottomPage.SCENES)
    cards = _cards(ran)
    QTest.mouseClick(cards, LEFT, pos=cards.rect_of(0).center())
    qtbot.waitUntil(lambda: _names(ran) == ["scene 1"])
    cards.setFocus()
    QTest.keyClick(cards, Qt.Key.Key_F2)
    _write(qtbot, ran, "the cut", Qt.Key.Key_Tab)
    _write(qtbot, ran, "x2 has no grad_fn: stuck.", Qt.Key.Key_Return)
    (scene,) = ran.scenes.all
    assert (scene.name, scene.sentence) == ("the cut", "x2 has no grad_fn: stuck.")
    QTest.mouseClick(cards, LEFT, pos=cards.field_rect(0, "sentence").center())
    _write(qtbot, ran, "another", Qt.Key.Key_Escape)
    assert ran.scenes.all == (scene,)
    QTest.keyClick(cards, Qt.Key.Key_N)
    _write(qtbot, ran, "Ask why.", Qt.Key.Key_Return)
    assert ran.scenes.all[0].notes == "Ask why."


def test_scenes_are_moved_by_mouse_and_keys_and_undo_brings_back(
    qtbot: QtBot, ran: MainWindow
) -> None:
    _keep_three(qtbot, ran)
    cards = _cards(ran)
    start = cards.rect_of(0).center()
    QTest.mousePress(cards, LEFT, pos=start)
    for x in (start.x() + 60, cards.rect_of(2).right()):
        QTest.mouseMove(cards, QPoint(x, start.y()))
    QTest.mouseRelease(cards, LEFT, pos=QPoint(cards.rect_of(2).right(), start.y()))
    assert _names(ran) == ["scene 2", "scene 3", "scene 1"]
    cards.setFocus()
    QTest.keyClick(cards, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert _names(ran) == ["scene 2", "scene 1", "scene 3"]
    QTest.keyClick(cards, Qt.Key.Key_Delete)
    assert _names(ran) == ["scene 2", "scene 3"]
    text = ran.editor.sheet.text
    for names in (["scene 2", "scene 1", "scene 3"], ["scene 2", "scene 3", "scene 1"]):
        QTest.keyClick(cards, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert _names(ran) == names
    QTest.keyClick(cards, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert _names(ran) == ["scene 2", "scene 1", "scene 3"]
    assert ran.editor.sheet.text == text


def test_undo_brings_no_scenes_to_another_text_in_the_same_tab(
    qtbot: QtBot, ran: MainWindow
) -> None:
    _keep_three(qtbot, ran)
    ran.load_text("x = 1")
    assert len(ran.documents.tabs) == 1
    _cards(ran).setFocus()
    QTest.keyClick(_cards(ran), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert _names(ran) == []


def test_a_scene_that_does_not_fit_says_so_keeps_its_picture_and_is_mended(
    qtbot: QtBot, ran: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    line = _line("with torch.no_grad():")
    ran.workspace.go_to(2)
    assert ran.workspace.moment is not None
    assert ran.workspace.moment.moment is not None
    assert ran.workspace.moment.moment.kind == "enter"
    _keep(qtbot, ran)
    before = ran.scenes.all[0].picture
    assert before
    ran.editor.sheet.change_text(WITHOUT)
    press_run_and_see()
    cards = _cards(ran)
    qtbot.waitUntil(lambda: f"line {line} is gone" in cards.words_of(0))
    assert ran.scenes.all[0].picture == before
    ran.scenes.show(0)  # what is left of it
    ran.workspace.go_to(1)
    cards.setFocus()
    QTest.keyClick(cards, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: "gone" not in cards.words_of(0))
    assert _names(ran) == ["scene 1"]
    assert ran.scenes.all[0].picture != before


def test_scenes_are_beside_the_file_at_once_and_there_again(
    qtbot: QtBot, ran: MainWindow, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "layers.scenes.json"
    _keep(qtbot, ran)
    assert load(path.read_bytes()) == ran.scenes.all
    assert not ran.documents.is_modified
    kept = ran.scenes.all
    ran.documents.new()
    assert ran.scenes.all == ()
    ran.open_paths(tmp_path / "layers.py")
    assert ran.scenes.all == kept
    _cards(ran).setFocus()
    QTest.keyClick(_cards(ran), Qt.Key.Key_Home)
    QTest.keyClick(_cards(ran), Qt.Key.Key_Delete)
    assert not path.exists()


def test_a_damaged_file_is_named_and_stays(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, press_run_and_see: Callable[[], Trace]
) -> None:
    program, path = tmp_path / "layers.py", tmp_path / "layers.scenes.json"
    program.write_text(THREE_LAYERS)
    path.write_text('{"version": 1, "scenes": [{"name": "a", "zoom": -1}]}')
    with qtbot.waitSignal(window.documents.failed) as failed:
        window.open_paths(program)
    assert failed.args[0].startswith("layers.scenes.json: Scene 1, “a”, cannot be read")
    press_run_and_see()
    with qtbot.waitSignal(window.documents.failed):
        _keep(qtbot, window)
    assert window.documents.is_modified
    assert "-1" in path.read_text()


def test_scenes_of_an_unsaved_text_are_there_after_a_crash_and_are_saved_with_it(
    qtbot: QtBot, window: MainWindow, settings: Settings, tmp_path: Path,
    press_run_and_see: Callable[[], Trace],
) -> None:  # fmt: skip
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    _keep(qtbot, window)
    kept = window.scenes.all
    assert window.documents.is_modified
    assert not window.documents.current.is_free
    window.close()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.documents.recover()
    assert again.scenes.all == kept
    assert again.documents._write(again.documents.current, tmp_path / "kept.py")
    assert scene_files.read(tmp_path / "kept.py") == kept
    assert not again.documents.is_modified
    again.close()


def test_a_presentation_goes_through_scenes_by_a_remote(qtbot: QtBot, ran: MainWindow) -> None:
    _keep_three(qtbot, ran)
    ran.scenes.current = None
    _present(qtbot, ran)
    room = ran.presentation.room
    assert room is not None
    shown = room.foot.following
    places = room.foot.slider.geometry()
    end = ran.workspace.end

    def is_at(position: int) -> bool:
        return ran.workspace.position == position

    for name, position, after in (("scene 2", end, 1), ("scene 3", 3, 2), ("", 0, 2)):
        QTest.keyClick(ran, Qt.Key.Key_PageDown)
        assert shown.shown is not None
        assert (shown.shown.name, shown.shown.number - bool(name)) == (name, after + (not name))
        qtbot.waitUntil(partial(is_at, position))
        assert room.foot.slider.geometry() == places
    QTest.keyClick(ran, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: ran.workspace.position == 3)
    QTest.keyClick(ran, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: ran.workspace.is_at_end)
    QTest.keyClick(ran, Qt.Key.Key_Down)
    assert ran.workspace.position == 1


def test_a_scene_has_its_pane_and_its_spotlight(qtbot: QtBot, ran: MainWindow) -> None:
    graph, light = _present_with_light(qtbot, ran)
    QTest.keyClick(ran, Qt.Key.Key_S)
    frame = graph.scene.frames[0].key
    light.light_part(frame)
    _keep(qtbot, ran)
    QTest.keyClick(ran, Qt.Key.Key_1)
    light.light_line(_line("loss.backward()"))
    QTest.keyClick(ran.editor, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: len(ran.scenes.all) == 2)
    QTest.keyClick(ran, Qt.Key.Key_Escape)
    assert not light.is_on
    QTest.keyClick(ran, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: graph.isVisible() and light.is_on)
    assert light.lit is not None
    assert light.lit.key == frame
    QTest.keyClick(ran, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: ran.editor.isVisible() and not graph.isVisible())
    assert light.lit.number == _line("loss.backward()")


def test_asking_takes_off_the_spotlight_and_what_the_scene_says(
    qtbot: QtBot, ran: MainWindow
) -> None:
    graph, light = _present_with_light(qtbot, ran)
    room = ran.presentation.room
    assert room is not None
    slider, following = room.foot.slider, room.foot.following

    def seen() -> tuple[bool, str, str]:
        return light.is_on, slider.sentence, following.accessibleName()

    _keep(qtbot, ran)
    _keep(qtbot, ran)
    ran.scenes.edit(0, sentence="All is recorded.")
    ran.scenes.edit(1, name="lin1 is skipped")
    ran.scenes.show(0)
    QTest.keyClick(graph, Qt.Key.Key_S)
    said = "All is recorded.", "Next: scene 2 of 2, lin1 is skipped"
    assert seen() == (True, *said)
    QTest.keyClick(graph, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: ran.ask_the_room.is_on)
    assert seen() == (False, "", "")
    QTest.keyClick(graph, Qt.Key.Key_Escape)
    assert seen() == (False, *said)


def test_a_scene_is_looked_at_in_its_own_picture_not_in_one_before(
    qtbot: QtBot, ran: MainWindow
) -> None:
    graph, light = _present_with_light(qtbot, ran)
    assert ran.workspace.shown is not None
    (skipped,) = ran.workspace.shown.lines[_line("x2 = lin1(x1)")]
    QTest.keyClick(ran, Qt.Key.Key_S)
    light.light_part(graph.scene.node_of[skipped])
    _keep(qtbot, ran)
    QTest.keyClick(ran, Qt.Key.Key_Escape)
    with qtbot.waitSignal(graph.layoutFinished):
        ran.workspace.choose(level="autograd")
    assert skipped not in graph.scene.node_of
    ran.scenes.show(0)
    graph.layoutFinished.emit()  # as of a picture that was being drawn
    qtbot.waitUntil(lambda: light.is_on)
    assert light.lit is not None
    assert light.lit.key == graph.scene.node_of[skipped]


def test_a_free_spotlight_on_the_graph_moves_with_it_and_is_kept(
    qtbot: QtBot, ran: MainWindow
) -> None:
    graph, light = _present_with_light(qtbot, ran)
    QTest.keyClick(ran, Qt.Key.Key_S)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.mousePress(graph, LEFT, control, QPoint(500, 120))
    QTest.mouseMove(graph, QPoint(600, 200))
    QTest.mouseRelease(graph, LEFT, control, QPoint(700, 260))
    assert light.veil.hole.size().toSize() == QSize(200, 140)
    QTest.mouseMove(graph, QPoint(640, 300))
    assert light.lit is not None
    rect = light.lit.rect
    _keep(qtbot, ran)
    (scene,) = ran.scenes.all
    assert scene.part is not None
    before, hole = graph.camera.to_widget(rect.topLeft()), light.veil.hole
    graph.pan_by(QPointF(0, -30))
    moved = graph.camera.to_widget(rect.topLeft()) - before
    assert not moved.isNull()
    assert light.veil.hole.top() == pytest.approx(hole.top() + moved.y())
    QTest.keyClick(ran, Qt.Key.Key_Escape)
    assert not light.is_on
    ran.scenes.show(0)
    qtbot.waitUntil(lambda: light.is_on and not graph.is_gliding)
    assert light.lit is not None
    assert light.lit.rect.getRect() == pytest.approx(rect.getRect(), abs=0.2)


def test_a_scene_keeps_that_answers_are_covered_and_shows_its_moment(
    qtbot: QtBot, ran: MainWindow
) -> None:
    _keep(qtbot, ran)
    ran.workspace.go_to(7)
    qtbot.waitUntil(lambda: bool(ran.graph.running_nodes))
    _keep(qtbot, ran)
    whole, step = (scene.picture for scene in ran.scenes.all)
    assert "ring gradient-g" in {shape[0] for shape in step} - {shape[0] for shape in whole}
    ran.workspace.go_to(ran.workspace.end)
    ran.actions_.ask.trigger()
    qtbot.waitUntil(lambda: ran.workspace.covered is not None)
    _keep(qtbot, ran)
    assert [scene.covered for scene in ran.scenes.all] == [False, False, True]
    ran.scenes.show(0)
    qtbot.waitUntil(lambda: ran.workspace.covered is None)
    ran.scenes.show(2)
    qtbot.waitUntil(lambda: ran.workspace.covered is not None)
    ran.actions_.ask.trigger()
    qtbot.waitUntil(lambda: ran.workspace.covered is None)


def test_names_and_sentences_are_seen_in_a_small_window(qtbot: QtBot, ran: MainWindow) -> None:
    ran.resize(1280, 720)
    _keep(qtbot, ran)
    cards, room = _cards(ran), ran.scene_strip.viewport()
    qtbot.waitUntil(lambda: cards.field_rect(0, "sentence").bottom() <= room.height())
    picture = cards.rect_of(0)
    assert picture.bottom() < cards.field_rect(0, "name").top()
    assert picture.height() < SIZE.height()
    ran.resizeDocks([ran.docks.bottom], [260], Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: cards.rect_of(0).size() == SIZE)


def _wait_for_both(qtbot: QtBot, window: MainWindow) -> None:
    def are_placed() -> bool:
        together = window.comparing.together
        return together is not None and together.is_placed

    qtbot.waitUntil(are_placed, timeout=TIMEOUT)


def test_a_what_if_beside_the_run_is_kept_and_plays(
    qtbot: QtBot, ran: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    off = Change("without", str(_line("with torch.no_grad():")))
    _keep(qtbot, ran)
    ran.changing.set((off,))
    qtbot.waitUntil(ran.actions_.compare_what_if.isEnabled, timeout=TIMEOUT)
    ran.actions_.compare_what_if.trigger()
    _wait_for_both(qtbot, ran)
    _keep(qtbot, ran)
    QTest.keyClick(ran.graph, Qt.Key.Key_F9, Qt.KeyboardModifier.ShiftModifier)
    ran.changing.set(())
    press_run_and_see()
    beside = ran.scenes.all[1].beside
    assert beside is not None
    assert changes_of(beside, THREE_LAYERS) == (off,)
    _present(qtbot, ran)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Space):
        QTest.keyClick(ran.graph, key)
    _wait_for_both(qtbot, ran)
    pinned, run = ran.comparing.pinned, ran.workspace.shown
    assert pinned is not None
    assert [one.change for one in pinned.trace.run.what_if] == [off]
    assert run is not None
    assert not run.run.trace.run.what_if  # it is still the program as written
    assert ran.columns.is_swapped
    assert not ran.graph_header.isVisible()
    room = ran.presentation.room
    assert room is not None
    total = ran.replay.steps.end - 1
    assert room.foot.label.text == f"after step {total} of {total}"
    QTest.keyClick(ran.graph, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: ran.comparing.pinned is None)
    QTest.keyClick(ran.graph, Qt.Key.Key_Space)
    _wait_for_both(qtbot, ran)
    QTest.keyClick(ran, Qt.Key.Key_F11)
    _wait_for_both(qtbot, ran)  # in the window too
    assert not ran.graph_header.isVisible()
    ran.scenes.show(0)
    qtbot.waitUntil(ran.graph_header.isVisible)
    assert ran.comparing.pinned is None


def test_on_two_screens_the_speaker_sees_notes_and_what_comes_next(tmp_path: Path) -> None:
    scenes = (
        Scene(name="whole"),
        Scene(
            name="the cut", sentence="Stuck.", notes="Ask why.", picture=(("ring ink", 0, 0, 1, 1),)
        ),
    )  # fmt: skip
    (tmp_path / "layers.py").write_text(THREE_LAYERS)
    (tmp_path / "layers.scenes.json").write_bytes(dump(scenes))
    screens = [
        {"name": name, "x": x, "y": 0, "width": 1280, "height": 720, "logicalDpi": 96,
         "logicalBaseDpi": 96, "dpr": 1}
        for name, x in (("laptop", 0), ("projector", 1280))
    ]  # fmt: skip
    config = tmp_path / "screens.json"
    config.write_text(json.dumps({"screens": screens}))
    told = subprocess.run(
        [sys.executable, "-m", "tests.tools.two_screens", str(tmp_path)],
        env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={config}"},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    begun, first, second, swapped, left = map(json.loads, told.stdout.splitlines())
    assert (begun["window"], begun["speaker"], begun["full"]) == ("projector", "laptop", True)
    assert begun["size"] == [1280, 720]
    assert (begun["place"], begun["now"], begun["next"]) == ("0 of 2", "", "whole")
    assert (first["place"], first["now"], first["next"]) == ("1 of 2", "whole", "the cut")
    assert (second["now"], second["next"], second["notes"]) == ("the cut", "End", "Ask why.")
    assert (swapped["window"], swapped["speaker"]) == ("laptop", "projector")
    assert left["speaker"] is None
    assert (left["window"], left["full"]) == ("laptop", False)
