"""The window in front of a room: F11, and back again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.drawing.lens import Lens
from app.drawing.shapes import Text
from app.gui.features.teaching.spotlight import Spotlight
from app.gui.graph.painting.text import FACES
from app.gui.graph.scenes.scene import PlacedNode
from app.gui.graph.view import GraphView
from app.gui.main_window import MainWindow
from app.gui.presentation.bar import RoomBar
from app.gui.presentation.magnifier import Magnifier
from app.gui.presentation.room import RoomView
from app.gui.presentation.veil import paint_spotlight
from app.gui.settings import Settings
from app.gui.theme import Theme
from app.gui.theme.colors import contrast
from app.gui.toolbar import Toolbar
from app.session.graph.payloads import OperationItem
from app.session.look.colors import ThemeName
from tests.gui.conftest import THREE_LAYERS
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS  # of what the magnifiers hold


def _press(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(window, key)


def _enter(qtbot: QtBot, window: MainWindow) -> None:
    _press(window, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: window.presentation.is_on)


Present = Callable[..., GraphView]
"""Runs a text, and returns its picture once that is still."""


@pytest.fixture
def present(qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]) -> Present:
    """Present on a screen of a size."""

    def run(text: str = THREE_LAYERS, width: int = 1280, height: int = 720) -> GraphView:
        window.load_text(text)
        _enter(qtbot, window)
        _resize(qtbot, window, width, height)
        press_run_and_see()
        graph = window.graph
        qtbot.waitUntil(lambda: not graph.is_waiting and not graph.is_gliding)
        return graph

    return run


def _places(window: MainWindow) -> list[QWidget | None]:
    parts = (
        window.gradients, window.details, window.words, window.snippet, window.centralWidget(),
        window.toolbar.search, window.toolbar.level, window.toolbar.file_name,
    )  # fmt: skip
    return [None if part is None else part.parentWidget() for part in parts]


def _room(window: MainWindow) -> RoomView:
    room = window.presentation.room
    assert room is not None
    return room


def _bar(window: MainWindow) -> RoomBar:
    return _room(window).bar


def test_everything_is_larger_and_little_is_left(qtbot: QtBot, window: MainWindow) -> None:
    _enter(qtbot, window)
    assert window.editor.font_size == 20
    assert window.isFullScreen()
    assert window.menuBar().isHidden()
    assert window.statusBar().isHidden()
    assert window.graph.legend_line.isHidden()
    assert not window.toolbar.isVisible()
    assert not window.bottom.isVisible()
    assert all(not dock.isVisible() for dock in window.docks.all())
    assert _bar(window).isVisible()
    assert _room(window).foot.isVisible()
    assert _factors(window) == {1.5}


def _factors(window: MainWindow) -> set[float]:
    """How many times as large the panes are, other than texts and graphs."""
    return {round(view.transform().m11(), 3) for view in window.findChildren(Magnifier)}


def test_keys_make_all_panes_larger_for_this_presentation(
    window: MainWindow, present: Present
) -> None:
    usual, graph = window.editor.font_size, present()
    fitted = graph.zoom_percent
    QTest.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert (window.editor.font_size, _factors(window)) == (22, {1.65})
    assert graph.zoom_percent > fitted
    QTest.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert (window.editor.font_size, _factors(window)) == (20, {1.5})
    assert graph.zoom_percent == fitted
    QTest.keyClick(window, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert (window.editor.font_size, _factors(window)) == (18, {1.35})
    _press(window, Qt.Key.Key_Escape)
    assert window.editor.font_size == usual
    assert window.settings.font_size is None


def test_what_is_traced_while_presenting_is_shown(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    _enter(qtbot, window)
    press_run_and_see()
    assert window.graph.isVisible()
    assert window.gradients.table.model().rowCount() == 7
    assert window.graph.zoom_percent > 100


def test_escape_puts_everything_back(qtbot: QtBot, window: MainWindow) -> None:
    places, size = _places(window), window.editor.font_size
    geometry = window.size()
    _enter(qtbot, window)
    assert _places(window) != places
    _press(window, Qt.Key.Key_Escape)
    assert not window.presentation.is_on
    assert _places(window) == places
    assert window.editor.font_size == size
    assert not window.isFullScreen()
    assert window.menuBar().isVisible()
    assert window.statusBar().isVisible()
    assert window.graph.legend_line.isVisible()
    assert window.toolbar.device.isVisible()
    assert window.gradients.isVisible()
    assert window.words.isVisible()
    qtbot.waitUntil(lambda: window.size() == geometry)


def test_the_toolbar_lies_as_before(qtbot: QtBot, window: MainWindow) -> None:
    before = _lying(window.toolbar)
    _enter(qtbot, window)
    _press(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: _lying(window.toolbar) == before)


def _lying(toolbar: Toolbar) -> dict[QWidget, QRect]:
    """Return where the visible parts lie."""
    row = toolbar.search.parent()
    parts = [part for part in toolbar.findChildren(QWidget) if part.parent() is row]
    return {part: part.geometry() for part in parts if part.isVisible()}


def test_space_steps_through_the_run_from_its_beginning(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    _enter(qtbot, window)
    press_run_and_see()
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_Space)
    assert window.workspace.position == 1
    QTest.keyClick(window.graph, Qt.Key.Key_Space)
    assert window.workspace.position == 2


def _focus(window: MainWindow, widget: QWidget) -> QWidget:
    window.activateWindow()
    widget.setFocus()
    return widget


def test_keys_step_from_any_focus_and_write_nothing(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace], tmp_path: Path
) -> None:
    path = tmp_path / "lecture.py"
    path.write_text(THREE_LAYERS)
    window.open_paths(path)
    _enter(qtbot, window)
    press_run_and_see()
    position = 0
    _bar(window).show_search(True)
    for widget in (window.editor, window.toolbar.search, window.graph, _bar(window)):
        _focus(window, widget)
        for key in (Qt.Key.Key_Space, Qt.Key.Key_PageDown, Qt.Key.Key_Right, Qt.Key.Key_Down):
            position += 1
            QTest.keyClick(widget, key)
            assert window.workspace.position == position
        for key in (Qt.Key.Key_PageUp, Qt.Key.Key_Left, Qt.Key.Key_Up):
            position -= 1
            QTest.keyClick(widget, key)
            assert window.workspace.position == position
    assert window.editor.sheet.text == THREE_LAYERS
    assert window.toolbar.search.text() == ""
    assert not window.documents.is_modified


def test_the_text_is_read_only_until_somebody_asks_to_edit_it(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.load_text("x = 1")
    editor, control = window.editor, Qt.KeyboardModifier.ControlModifier
    _enter(qtbot, window)
    _focus(window, editor)
    for key in (Qt.Key.Key_A, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Backspace):
        QTest.keyClick(editor, key)
    for key in (Qt.Key.Key_D, Qt.Key.Key_Slash, Qt.Key.Key_V, Qt.Key.Key_Z):
        QTest.keyClick(editor, key, control)
    assert editor.sheet.text == "x = 1"
    assert window.snippet.notice.text.startswith("The text is read-only while presenting")
    _press(window, Qt.Key.Key_F2)
    assert window.snippet.notice.text == ""
    QTest.keyClicks(editor, "# ")
    assert editor.sheet.text == "# x = 1"
    _press(window, Qt.Key.Key_Escape)
    QTest.keyClicks(editor, "y ")
    assert editor.sheet.text == "# y x = 1"


def test_a_search_that_somebody_types_keeps_its_spaces(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    _enter(qtbot, window)
    press_run_and_see()
    field = window.toolbar.search
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "line 12")
    assert field.text() == "line 12"
    QTest.keyClick(field, Qt.Key.Key_PageDown)
    assert window.workspace.position == 1


def _titles(window: MainWindow) -> list[str]:
    """The panes that are shown."""
    return [pane.title for pane in _room(window).panes if pane.isVisible()]


def test_keys_and_clicks_show_panes(qtbot: QtBot, window: MainWindow) -> None:
    _enter(qtbot, window)
    _resize(qtbot, window, 1280, 720)
    assert _titles(window) == ["Graph"]
    keys = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5)
    titles = ("Code", "Graph", "Gradients", "Words", "Details")
    for focused in (window.graph, window.editor):
        for key, title in zip(keys, titles, strict=True):
            QTest.keyClick(_focus(window, focused), key)
            assert _titles(window) == [title]
    for button, title in zip(_bar(window).panes, titles, strict=True):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert _titles(window) == [title]
        assert [one.isChecked() for one in _bar(window).panes].count(True) == 1
        assert button.isChecked()


def test_a_lesson_is_one_of_the_sections(qtbot: QtBot, window: MainWindow) -> None:
    window.lessons.open_lesson(0)
    _enter(qtbot, window)
    _resize(qtbot, window, 1280, 720)
    assert _titles(window) == ["Lesson"]
    assert _bar(window).panes[5].isVisible()
    _press(window, Qt.Key.Key_Escape)
    assert window.lessons.dock.widget() is window.lessons.panel
    assert window.lessons.panel.isVisible()


def test_a_window_closed_while_presenting_is_remembered_as_it_was(
    qtbot: QtBot, window: MainWindow, settings: Settings
) -> None:
    _enter(qtbot, window)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.restore()
    again.show()
    qtbot.waitExposed(again)
    assert not again.isFullScreen()
    assert again.statusBar().isVisible()
    again.close()


def _resize(qtbot: QtBot, window: MainWindow, width: int, height: int) -> None:
    """A screen of this size, which the one of the tests is not."""
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(width, height)
    qtbot.waitUntil(lambda: window.size() == QSize(width, height))


def _wait_for_width(qtbot: QtBot, widget: QWidget, width: int) -> None:
    qtbot.waitUntil(lambda: widget.width() == width)


def test_a_narrow_screen_shows_one_pane_and_f6_turns(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    _enter(qtbot, window)
    _resize(qtbot, window, 1280, 720)
    _wait_for_width(qtbot, window.graph, 1280)
    slider = _room(window).foot.slider
    place = slider.geometry()
    for title in ("Gradients", "Words", "Details", "Code", "Graph"):
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_F6)
        assert _titles(window) == [title]
        pane = next(pane for pane in _room(window).panes if pane.title == title)
        _wait_for_width(qtbot, pane, 1280)
        assert slider.geometry() == place
    back = Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_F6, back)
    assert _titles(window) == ["Code"]
    assert window.editor.hasFocus()
    QTest.keyClick(window.editor, Qt.Key.Key_Space)
    assert window.workspace.position == 1


def test_wider_screens_show_more_panes_and_keys_toggle_them(
    qtbot: QtBot, window: MainWindow
) -> None:
    _enter(qtbot, window)
    _resize(qtbot, window, 1920, 1080)
    assert _titles(window) == ["Code", "Graph", "Gradients"]
    QTest.keyClick(window, Qt.Key.Key_3)
    assert _titles(window) == ["Code", "Graph"]
    QTest.keyClick(window, Qt.Key.Key_4)
    assert _titles(window) == ["Code", "Graph", "Words"]
    QTest.keyClick(window, Qt.Key.Key_3)
    assert _titles(window) == ["Graph", "Gradients", "Words"]  # the text was there the longest
    _resize(qtbot, window, 1500, 900)
    assert _titles(window) == ["Gradients", "Words"]
    _resize(qtbot, window, 1499, 900)
    assert _titles(window) == ["Gradients"]
    _press(window, Qt.Key.Key_Escape)
    window.editor.setFocus()
    QTest.keyClick(window.editor, Qt.Key.Key_F6)  # as before: the keyboard moves, no pane does
    assert not window.editor.hasFocus()
    assert window.graph.isVisible()
    assert window.editor.isVisible()


def test_editing_puts_the_text_in_front_and_the_lock_turns(
    qtbot: QtBot, window: MainWindow
) -> None:
    _enter(qtbot, window)
    _resize(qtbot, window, 1280, 720)
    lock = _bar(window).lock
    assert lock.accessibleName() == "Text locked"
    QTest.mouseClick(lock, Qt.MouseButton.LeftButton)
    assert lock.accessibleName() == "Text unlocked"
    assert _titles(window) == ["Code"]
    QTest.keyClicks(window.editor, "# ")
    assert window.editor.sheet.text.startswith("# ")
    QTest.mouseClick(lock, Qt.MouseButton.LeftButton)
    QTest.keyClicks(window.editor, "x")
    assert window.editor.sheet.text.startswith("# ")
    _press(window, Qt.Key.Key_F2)
    assert not window.editor.isReadOnly()


def _x_of_status(node: PlacedNode, lens: Lens) -> float:
    assert isinstance(node.item, OperationItem)
    drawn = (shape for shape in node.drawing(lens) if isinstance(shape, Text))
    return next(shape.x for shape in drawn if shape.text == node.item.words)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1600, 900), (1920, 1080)])
def test_four_layers_fit_and_nothing_is_smaller_than_sixteen_pixels(
    window: MainWindow,
    present: Present,
    width: int,
    height: int,
) -> None:
    graph = present(THREE_LAYERS, width, height)
    rows = [node for key, node in graph.scene.nodes.items() if key.startswith("op:")]
    assert len(rows) == 4
    assert {node.form for node in rows} == {"wide"}
    zoom = graph.camera.zoom
    high = 56 if height == 1080 else 48
    assert all(node.rect.height() == pytest.approx(high / zoom, abs=1) for node in rows)
    seen = graph.camera.rect_to_widget(graph.scene.bounds)
    assert QRectF(graph.rect()).contains(seen)
    lens = Lens(FACES, zoom)
    texts = [
        shape.face.pixels * zoom
        for node in graph.scene.nodes.values()
        for shape in node.drawing(lens)
        if isinstance(shape, Text)
    ]
    assert min(texts) >= 16
    assert len({_x_of_status(node, lens) for node in rows}) == 1  # a column


def test_a_long_chain_is_not_shrunk_and_the_picture_follows_the_step(
    qtbot: QtBot, window: MainWindow, present: Present
) -> None:
    lines = ["import torch", "x = torch.ones(2, requires_grad=True)", *["x = x * 2"] * 14]
    graph = present("\n".join([*lines, "x.sum().backward()"]))
    assert graph.camera.zoom * 11 >= 16 - 1e-6
    seen = QRectF(graph.rect())
    assert not seen.contains(graph.camera.rect_to_widget(graph.scene.bounds))
    _press(window, Qt.Key.Key_Space)
    while (moment := window.workspace.moment) is not None:
        qtbot.waitUntil(lambda: not graph.is_gliding)
        for operation in moment.running:
            rect = graph.scene.nodes[graph.scene.node_of[operation]].rect
            assert graph.visible_area().contains(rect)
        _press(window, Qt.Key.Key_Space)


GROUPS = """import torch
from torch import nn
net = nn.Sequential(
    nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.ReLU()),
    nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.ReLU()),
    nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)),
)
loss = net(torch.ones(1, 2)).sum()
loss.backward()
"""


def test_groups_are_folded_before_anything_is_cut_and_unfolded_afterwards(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(GROUPS)
    press_run_and_see()
    folds = window.workspace.choice.folds
    _enter(qtbot, window)
    _resize(qtbot, window, 1280, 720)
    press_run_and_see()
    graph = window.graph
    qtbot.waitUntil(lambda: not graph.is_waiting and not graph.is_gliding)
    assert window.workspace.choice.folds != folds
    seen = graph.camera.rect_to_widget(graph.scene.bounds)
    assert QRectF(graph.rect()).contains(seen)
    assert graph.camera.zoom * 11 >= 16 - 1e-6
    _press(window, Qt.Key.Key_Escape)
    assert window.workspace.choice.folds == folds


def test_the_foot_steps_by_mouse_and_does_not_jump(window: MainWindow, present: Present) -> None:
    present()
    foot = _room(window).foot
    places = foot.label.geometry(), foot.slider.geometry()
    assert foot.slider.handle_x() == pytest.approx(foot.slider.width() - 11)
    assert foot.label.text == "after step 11 of 11"
    for share in (0.0, 0.5, 1.0):
        at = QPoint(11 + round(share * (foot.slider.width() - 22)), 42)
        QTest.mouseClick(foot.slider, Qt.MouseButton.LeftButton, pos=at)
        assert foot.slider.handle_x() == pytest.approx(at.x(), abs=60)
        assert (foot.label.geometry(), foot.slider.geometry()) == places
    assert window.workspace.is_at_end
    assert foot.label.lines == ["after step 11 of 11"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "step 2 of 11: torch.no_grad()  lines 9–10",
            ["step 2 of 11", "torch.no_grad(), lines 9–10"],
        ),
        ("iteration 3, after step 25 of 90", ["iteration 3", "after step 25 of 90"]),
        (
            "第 2 步，共 11 步：torch.no_grad()  第 9–10 行",
            ["第 2 步", "共 11 步：torch.no_grad(), 第 9–10 行"],
        ),
        ("step 7 of 9", ["step 7 of 9"]),
    ],
    ids=["a region", "an iteration", "Chinese", "short"],
)
def test_the_foot_has_two_lines_where_the_step_is_long(
    window: MainWindow, present: Present, text: str, lines: list[str]
) -> None:
    present()
    label = _room(window).foot.label
    label.set_text(text)
    assert label.lines == lines


def test_a_remote_begins_goes_on_and_blanks(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    _enter(qtbot, window)
    window.workspace.go_to(5)
    _press(window, Qt.Key.Key_F5)
    assert window.workspace.position == 0
    assert not window.controller.is_running
    _press(window, Qt.Key.Key_PageDown)
    assert window.workspace.position == 1
    _press(window, Qt.Key.Key_Period)
    assert _is_blank(window)
    _press(window, Qt.Key.Key_Period)
    assert not _is_blank(window)
    _press(window, Qt.Key.Key_Period)
    _press(window, Qt.Key.Key_Escape)
    assert not _is_blank(window)
    assert window.presentation.is_on


def _light(window: MainWindow) -> Spotlight:
    light = window.presentation.spotlight
    assert light is not None
    return light


def _is_blank(window: MainWindow) -> bool:
    return _light(window).veil.is_blank


def _point(widget: QWidget, at: QPoint) -> None:
    QTest.mouseMove(widget, at)


def _hole(window: MainWindow) -> QRectF:
    """In the pixels of the graph, where only that is shown."""
    light = _light(window)
    return light.veil.hole.translated(-QPointF(window.graph.mapTo(_room(window).area, QPoint())))


def test_the_spotlight_snaps_to_what_the_mouse_points_at_and_stays_while_stepping(
    qtbot: QtBot, window: MainWindow, present: Present
) -> None:
    graph = present()
    _press(window, Qt.Key.Key_S)
    assert _light(window).is_on
    key = next(key for key in graph.scene.nodes if key.startswith("op:"))
    _point(graph, graph.part_rect(key).center().toPoint())
    around = graph.part_rect(key).adjusted(-14, -14, 14, 14)
    assert _hole(window) == around
    frame = graph.scene.frames[0]
    place = graph.part_rect(frame.key)
    _point(graph, QPointF(place.center().x() + 200, place.top() + 10).toPoint())
    assert _hole(window).contains(place)
    lit = _hole(window)
    _press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not graph.is_gliding)
    assert _hole(window).size() == lit.size()
    _press(window, Qt.Key.Key_1)
    assert _hole(window).isEmpty()  # what it lights is not shown
    viewport = window.editor.viewport()
    _point(viewport, QPoint(100, 12 + 36 * 3))
    assert _light(window).veil.hole.width() > 1200
    _press(window, Qt.Key.Key_3)
    assert _light(window).is_on
    _press(window, Qt.Key.Key_Escape)
    assert not _light(window).is_on
    assert window.presentation.is_on
    _press(window, Qt.Key.Key_Escape)
    assert not window.presentation.is_on


@pytest.mark.parametrize("name", ["light", "dark", "contrast"])
def test_the_ring_of_the_spotlight_can_be_seen(name: ThemeName) -> None:
    theme, area = Theme(name), QRectF(0, 0, 100, 100)
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(theme.colors.canvas)
    painter = QPainter(image)
    paint_spotlight(painter, theme, area, area.adjusted(20, 20, -20, -20))
    painter.end()
    ring, around = image.pixelColor(20, 50), image.pixelColor(5, 50)
    assert contrast(ring, around) >= 3


def test_the_spotlight_lights_a_row_and_any_part(window: MainWindow, present: Present) -> None:
    present()
    _press(window, Qt.Key.Key_3)
    _press(window, Qt.Key.Key_S)
    magnifier = next(one for one in window.findChildren(Magnifier) if one.isVisible())
    _point(magnifier.viewport(), QPoint(300, 26 + 45 * 2))
    row = _light(window).veil.hole
    assert row.width() > 1200
    assert 40 <= row.height() <= 80
    control, left = Qt.KeyboardModifier.ControlModifier, Qt.MouseButton.LeftButton
    viewport = magnifier.viewport()
    QTest.mousePress(viewport, left, control, QPoint(100, 100))
    QTest.mouseMove(viewport, QPoint(400, 300))
    QTest.mouseRelease(viewport, left, control, QPoint(400, 300))
    assert _light(window).veil.hole.size() == QSizeF(300, 200)
    assert window.workspace.selection.row is None  # the drag was not a click


def test_the_pen_draws_moves_with_the_graph_and_is_wiped(
    window: MainWindow, present: Present
) -> None:
    graph, left = present(), Qt.MouseButton.LeftButton
    _press(window, Qt.Key.Key_P)
    QTest.mousePress(graph, left, Qt.KeyboardModifier.NoModifier, QPoint(100, 100))
    QTest.mouseRelease(graph, left, Qt.KeyboardModifier.NoModifier, QPoint(300, 200))
    veil = _light(window).veil
    (stroke,) = veil.strokes
    assert not stroke.is_accent
    assert not graph.selected_nodes
    before = stroke.to_widget(stroke.points[0])
    graph.pan_by(QPointF(30, 0))
    assert stroke.to_widget(stroke.points[0]).x() == pytest.approx(before.x() + 30, abs=1)
    QTest.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    QTest.mousePress(graph, left, Qt.KeyboardModifier.NoModifier, QPoint(100, 100))
    assert veil.strokes[1].is_accent
    _press(window, Qt.Key.Key_Backspace)
    assert not veil.strokes
    _press(window, Qt.Key.Key_Escape)
    assert window.presentation.is_on
    QTest.mouseClick(graph, left, pos=QPoint(100, 100))
    assert not veil.strokes


def test_search_opens_in_the_bar_and_keys_of_the_graph_act_from_everywhere(
    window: MainWindow, present: Present
) -> None:
    present()
    assert not window.toolbar.search.isVisible()
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    field = window.toolbar.search
    assert field.isVisible()
    assert not window.toolbar.level.isVisible()
    QTest.keyClicks(field, "sum 12")
    assert field.text() == "sum 12"
    assert not _light(window).is_on
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert window.presentation.is_on
    assert window.toolbar.level.isVisible()
    _press(window, Qt.Key.Key_1)
    QTest.keyClick(window.editor, Qt.Key.Key_B)
    assert window.actions_.bytes_kept.isChecked()
