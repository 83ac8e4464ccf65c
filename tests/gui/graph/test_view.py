"""The view as a user meets it: a real mouse, real keys, the real layout process."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from queue import Queue
from threading import current_thread
from threading import enumerate as threads
from weakref import finalize
from xml.etree import ElementTree

import networkx as nx
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.gui.controls.motion import animate
from app.gui.graph.floating.overlay import CardFrame
from app.gui.graph.floating.waiting import WaitingCard
from app.gui.graph.stage import GLIDE_MOST_NODES
from app.gui.graph.view import EMPTY_TEXT, GraphView
from app.gui.theme import Theme
from app.gui.theme.status import LEGEND_ORDER
from app.session.graph.part import Part
from app.session.graph.payloads import EdgeItem
from tests.graphviz_render.test_worker import put_dot
from tests.gui.graph.conftest import TIMEOUT, Show, has_near, picture
from tests.gui.graph.demo_graphs import chain, counts_of, no_grad_cut, statuses

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def shown(view: GraphView, show: Show) -> GraphView:
    show(view, no_grad_cut())
    return view


def settle(qtbot: QtBot, view: GraphView) -> None:
    """Wait until the picture is still."""
    qtbot.waitUntil(lambda: not view.is_gliding)


def button(view: GraphView, name: str) -> QToolButton:
    found = view.findChild(QToolButton, name)
    assert isinstance(found, QToolButton)
    return found


def wheel(
    view: GraphView,
    at: QPoint,
    delta: QPoint,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    phase: Qt.ScrollPhase = Qt.ScrollPhase.NoScrollPhase,
) -> None:
    pixels = delta if phase != Qt.ScrollPhase.NoScrollPhase else QPoint()
    event = QWheelEvent(
        QPointF(at), view.mapToGlobal(QPointF(at)), pixels, delta,
        Qt.MouseButton.NoButton, modifiers, phase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


# ------------------------------------------------------------------------------------ pictures


def test_without_a_graph_the_view_says_what_to_do(view: GraphView) -> None:
    assert EMPTY_TEXT == "Nothing traced yet. Press Run, or turn on Live."
    text = Theme("light").colors.text_secondary
    middle = view.room().center().toPoint()
    image = picture(view)
    assert any(image.pixelColor(middle.x() + dx, middle.y()) == text for dx in range(-150, 150))
    view.set_presenting(True)  # has no switch for Live
    assert view.message == "Nothing traced yet. Press Run."
    view.set_presenting(False)
    assert view.message == EMPTY_TEXT


def test_clearing_shows_a_sentence_and_forgets_the_graph(shown: GraphView) -> None:
    shown.clear("Nothing was recorded: no input requires grad.")
    assert shown.legend.row("recorded").count == 0
    with pytest.raises(KeyError):
        shown.node_rect("op:1")


def test_a_picture_of_many_nodes_is_freed_outside_the_windows_thread(
    view: GraphView, show: Show
) -> None:
    """Freed in one go in the window's thread, 50,000 nodes held the window 0.2 seconds."""
    freed: Queue[str] = Queue()
    show(view, chain(2500))
    finalize(view._scene, lambda: freed.put(current_thread().name))
    view.clear()
    picture(view)
    assert freed.get(timeout=20) == "letting go"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_graph_is_painted_in_the_colours_of_the_theme(
    qtbot: QtBot, shown: GraphView, name: str
) -> None:
    theme = Theme("dark" if name == "dark" else "light")
    with qtbot.waitSignal(shown.filled):
        shown.set_theme(theme)
    image = picture(shown)
    assert image.pixelColor(shown.width() - 3, 3) == theme.colors.canvas
    point = shown.widget_point_of("op:2")
    inside = point - QPoint(round(shown.node_rect("op:2").width() * 0.5) - 8, 10)
    assert image.pixelColor(inside) == theme.tone("no_grad").fill
    assert shown.zoom_percent == 100
    below = shown.widget_point_of("op:3") + QPoint(0, 84 - 20 + 4)
    assert has_near(image, below, theme.tone("gradient").graphic)


def test_everything_fits_and_the_legend_is_closed(shown: GraphView) -> None:
    assert not shown.legend.isVisible()
    for key in ("tensor:1", "cut:2", "tensor:5"):
        assert shown.rect().contains(shown.widget_point_of(key))


@pytest.mark.parametrize("width", [440, 560, 620, 700, 780])
def test_no_card_lies_on_a_graph_that_is_shown_whole(
    qtbot: QtBot, shown: GraphView, width: int
) -> None:
    shown.window().resize(width, 640)
    qtbot.waitUntil(lambda: shown.width() == width)
    shown.fit()
    qtbot.waitUntil(lambda: not shown.is_gliding)
    assert shown.visible_area().contains(shown.scene.bounds)
    cards = [card for card in shown.findChildren(CardFrame) if card.isVisible()]
    assert cards
    for key in shown.scene.nodes:
        middle = shown.widget_point_of(key)
        assert not any(card.geometry().contains(middle) for card in cards), key


def test_a_chain_that_is_higher_than_the_window_is_broken_into_columns(
    view: GraphView, show: Show
) -> None:
    show(view, chain(40))
    assert view.visible_area().contains(view.scene.bounds)
    assert view.zoom_percent >= 45
    assert len({node.rect.x() for node in view.scene.nodes.values()}) > 1
    order = [view.scene.nodes[f"op:{number}"].rect.topLeft() for number in range(40)]
    columns = [at.x() for at in order]
    assert columns == sorted(columns)
    down = [at.y() for at in order if at.x() == columns[0]]
    assert down == sorted(down)


def test_a_long_graph_opens_at_its_beginning(view: GraphView, show: Show) -> None:
    show(view, chain(300))
    assert view.zoom_percent >= 45
    assert view.rect().contains(view.widget_point_of("op:0"))
    assert not view.rect().contains(view.widget_point_of("op:299"))


# ----------------------------------------------------------------------------------- selecting


def test_a_click_selects_and_says_so(qtbot: QtBot, shown: GraphView) -> None:
    with qtbot.waitSignal(shown.operationSelected) as selected:
        QTest.mouseClick(shown, LEFT, PLAIN, shown.widget_point_of("op:2"))
    assert selected.args == [2]
    assert shown.selected_nodes == frozenset({"op:2"})
    corner = shown.widget_point_of("op:2") - QPoint(60, 20 + 4)
    assert has_near(picture(shown), corner, Theme("light").colors.ink, 1)


def test_a_click_on_a_tensor_a_pill_or_an_edge_selects_the_tensor(
    qtbot: QtBot, shown: GraphView
) -> None:
    places = {
        "tensor:1": (shown.widget_point_of("tensor:1"), 1),
        "pill": (shown.widget_point_of("op:3") + QPoint(60, 46), 16),
        "edge": (shown.widget_point_of("op:4") - QPoint(0, 20 + 8), 4),
    }
    for what, (place, tensor) in places.items():
        with qtbot.waitSignal(shown.tensorSelected) as selected:
            QTest.mouseClick(shown, LEFT, PLAIN, place)
        assert selected.args == [tensor], what


def test_a_click_beside_everything_clears(qtbot: QtBot, shown: GraphView) -> None:
    shown.select_operations([2])
    with qtbot.waitSignal(shown.selectionCleared):
        QTest.mouseClick(shown, LEFT, PLAIN, QPoint(shown.width() - 4, shown.height() - 4))
    assert shown.selected_nodes == frozenset()


def test_selecting_from_outside_rings_without_a_word(qtbot: QtBot, shown: GraphView) -> None:
    with (
        qtbot.assertNotEmitted(shown.operationSelected),
        qtbot.assertNotEmitted(shown.selectionCleared),
    ):
        shown.select_operations([1, 3])
        assert shown.selected_nodes == frozenset({"op:1", "op:3"})
        shown.select_operations([])
    assert shown.selected_nodes == frozenset()


def test_a_folded_node_stands_for_what_is_inside(view: GraphView, show: Show) -> None:
    show(view, statuses())
    view.select_operations([42])
    assert view.selected_nodes == frozenset({"group:blocks"})


def test_selecting_what_is_out_of_sight_brings_it_into_sight(
    qtbot: QtBot, view: GraphView, show: Show
) -> None:
    show(view, chain(60))
    view.select_operations([50])
    settle(qtbot, view)
    assert view.rect().contains(view.widget_point_of("op:50"))


def test_selecting_what_is_in_sight_moves_nothing(shown: GraphView) -> None:
    before = shown.widget_point_of("op:1")
    shown.select_operations([4])
    assert shown.widget_point_of("op:1") == before


def test_a_tensor_from_outside_is_ringed_wherever_it_stands(shown: GraphView) -> None:
    shown.select_tensors([15])
    pill = shown.widget_point_of("op:3") + QPoint(-60, 35)
    assert has_near(picture(shown), pill, Theme("light").colors.ink, 4)


def test_a_double_click_activates(qtbot: QtBot, shown: GraphView) -> None:
    with qtbot.waitSignal(shown.operationActivated) as activated:
        QTest.mouseDClick(shown, LEFT, PLAIN, shown.widget_point_of("op:3"))
    assert activated.args == [3]


def test_search_hits_have_a_yellow_ring(qtbot: QtBot, shown: GraphView) -> None:
    with qtbot.waitSignal(shown.filled):
        shown.set_hits({"op:4": 1, "gone": 2})
    edge = shown.widget_point_of("op:4") - QPoint(60, 22)
    assert has_near(picture(shown), edge, Theme("light").colors.hit, 2)


# ------------------------------------------------------------------------------------ keyboard


def test_keys_walk_along_the_edges(qtbot: QtBot, shown: GraphView) -> None:
    shown.setFocus()
    said: list[tuple[str, int]] = []
    shown.operationSelected.connect(lambda operation: said.append(("operation", operation)))
    shown.tensorSelected.connect(lambda tensor: said.append(("tensor", tensor)))
    for key in ("Down", "Down", "Down", "Down", "Up", "End", "Home"):
        QTest.keyClick(shown, getattr(Qt.Key, f"Key_{key}"))
    assert said == [
        ("tensor", 1),
        ("operation", 1),
        ("operation", 2),
        ("operation", 2),  # the cut that it makes
        ("operation", 2),
        ("tensor", 5),
        ("tensor", 1),
    ]


def test_enter_activates_and_escape_clears(qtbot: QtBot, shown: GraphView) -> None:
    shown.setFocus()
    QTest.mouseClick(shown, LEFT, PLAIN, shown.widget_point_of("op:3"))
    with qtbot.waitSignal(shown.operationActivated) as activated:
        QTest.keyClick(shown, Qt.Key.Key_Return)
    assert activated.args == [3]
    with qtbot.waitSignal(shown.selectionCleared):
        QTest.keyClick(shown, Qt.Key.Key_Escape)


def test_tab_goes_through_the_nodes_and_then_out(qtbot: QtBot, shown: GraphView) -> None:
    window = shown.window()
    before = QLineEdit(window)
    before.show()
    QWidget.setTabOrder(before, shown)
    before.setFocus()
    QTest.keyClick(before, Qt.Key.Key_Tab)
    assert shown.hasFocus()
    visited = []
    while shown.hasFocus():
        (key,) = shown.selected_nodes
        visited.append(key)
        assert len(visited) < 20
        QTest.keyClick(shown, Qt.Key.Key_Tab)
    assert visited == ["tensor:1", "op:1", "op:2", "cut:2", "op:3", "op:4", "tensor:5"]


def test_a_screen_reader_hears_what_is_selected(qtbot: QtBot, shown: GraphView) -> None:
    assert shown.accessibleName() == "Graph of operations"
    QTest.mouseClick(shown, LEFT, PLAIN, shown.widget_point_of("op:2"))
    said = shown.accessibleDescription()
    assert said.startswith("linear lin1, line 10, skipped — no_grad")
    assert said.endswith("1 in, 1 out")


# -------------------------------------------------------------------------------------- moving


def test_the_wheel_zooms_at_the_pointer(qtbot: QtBot, shown: GraphView) -> None:
    at = shown.widget_point_of("op:1")
    wheel(shown, at, QPoint(0, 120))
    assert shown.zoom_percent > 110
    assert (shown.widget_point_of("op:1") - at).manhattanLength() <= 2
    wheel(shown, at, QPoint(0, -120))
    assert shown.zoom_percent == 100


def test_shift_and_wheel_move_sideways(shown: GraphView) -> None:
    before = shown.widget_point_of("op:1")
    wheel(shown, before, QPoint(0, 120), Qt.KeyboardModifier.ShiftModifier)
    assert shown.zoom_percent == 100
    assert shown.widget_point_of("op:1") - before == QPoint(60, 0)


def test_a_touchpad_moves_and_with_control_zooms(shown: GraphView) -> None:
    before = shown.widget_point_of("op:1")
    wheel(shown, before, QPoint(-7, 30), phase=Qt.ScrollPhase.ScrollUpdate)
    assert shown.widget_point_of("op:1") - before == QPoint(-7, 30)
    assert shown.zoom_percent == 100
    control = Qt.KeyboardModifier.ControlModifier
    wheel(shown, before, QPoint(0, 120), control, Qt.ScrollPhase.ScrollUpdate)
    assert shown.zoom_percent > 110


def test_dragging_moves_and_selects_nothing(qtbot: QtBot, shown: GraphView) -> None:
    start = shown.widget_point_of("op:1")
    with qtbot.assertNotEmitted(shown.operationSelected):
        QTest.mousePress(shown, LEFT, PLAIN, start)
        for step in range(1, 6):
            QTest.mouseMove(shown, start + QPoint(20 * step, 10 * step))
        QTest.mouseRelease(shown, LEFT, PLAIN, start + QPoint(100, 50))
    assert shown.widget_point_of("op:1") - start == QPoint(100, 50)


def test_keys_and_buttons_zoom_and_fit(qtbot: QtBot, shown: GraphView) -> None:
    for press, percent in (("Plus", 125), ("Minus", 100), ("Plus", 125), ("1", 100)):
        QTest.keyClick(shown, getattr(Qt.Key, f"Key_{press}"))
        settle(qtbot, shown)
        assert shown.zoom_percent == percent
    shows_percent = button(shown, "zoomPercent")
    for name, percent in (("zoomIn", 125), ("zoomIn", 156), ("zoomOut", 125), ("zoomFit", 100)):
        QTest.mouseClick(button(shown, name), LEFT)
        settle(qtbot, shown)
        assert shown.zoom_percent == percent
        assert shows_percent.text() == f"{percent}%"


def test_fit_shows_all_of_a_long_graph(qtbot: QtBot, view: GraphView, show: Show) -> None:
    show(view, chain(60))
    QTest.keyClick(view, Qt.Key.Key_F)
    settle(qtbot, view)
    for key in ("op:0", "op:59"):
        assert view.rect().contains(view.widget_point_of(key))


def test_a_picture_that_comes_during_a_glide_does_not_end_it(
    qtbot: QtBot, view: GraphView, show: Show
) -> None:
    show(view, chain(60))
    for direction in ("LR", "TB"):
        view.zoom_to_nodes(["op:0"])
        settle(qtbot, view)
        view.zoom_to_nodes(["op:59"])
        with qtbot.waitSignal(view.layoutFinished, timeout=TIMEOUT):
            view.arrange("layered", direction)
            assert view.is_gliding
        settle(qtbot, view)
        assert view.rect().contains(view.widget_point_of("op:59"))


def test_large_graphs_move_at_once(view: GraphView, show: Show) -> None:
    show(view, chain(GLIDE_MOST_NODES + 10))
    view.fit()
    assert not view.is_gliding


def test_a_new_layout_leaves_the_selected_node_where_it_is(
    qtbot: QtBot, shown: GraphView, show: Show
) -> None:
    QTest.mouseClick(shown, LEFT, PLAIN, shown.widget_point_of("op:3"))
    shown.pan_by(QPointF(-30, 12))
    before = shown.widget_point_of("op:3")
    graph = no_grad_cut()
    graph.remove_node("op:1")
    show(shown, graph)
    assert (shown.widget_point_of("op:3") - before).manhattanLength() <= 1
    assert shown.selected_nodes == frozenset({"op:3"})


def test_a_selection_that_is_gone_is_told(qtbot: QtBot, shown: GraphView) -> None:
    shown.select_operations([1])
    graph = no_grad_cut()
    graph.remove_node("op:1")
    with qtbot.waitSignals([shown.selectionCleared, shown.layoutFinished], timeout=TIMEOUT):
        shown.show_graph(graph, counts_of(graph))


# ------------------------------------------------------------------------------------ pointing


def test_pointing_lifts_a_node_and_changes_the_pointer(qtbot: QtBot, shown: GraphView) -> None:
    at = shown.widget_point_of("op:4")
    QTest.mouseMove(shown, at)
    assert shown.cursor().shape() == Qt.CursorShape.PointingHandCursor
    ring = at - QPoint(60, 24)
    assert has_near(picture(shown), ring, Theme("light").colors.line, 2)
    QTest.mouseMove(shown, QPoint(shown.width() - 3, 3))
    assert shown.cursor().shape() == Qt.CursorShape.ArrowCursor


def rest_on(view: GraphView, at: QPoint) -> str:
    """Rests the mouse there for as long as the platform asks for; what the card says."""
    QTest.mouseMove(view, at)
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, at, view.mapToGlobal(at)))
    card = view.pointing.card.card
    return card.text if card is not None else ""


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (QPoint(0, 0), "linear lin2, line 11"),
        (QPoint(60, 46), "bias"),
        (QPoint(0, 84 - 20 + 8), "x3 grad [2, 2]  norm 2.00"),
        (QPoint(-144, -180), "torch.no_grad(), line 9"),
    ],
)
def test_a_card_tells_in_full(shown: GraphView, place: QPoint, text: str) -> None:
    assert rest_on(shown, shown.widget_point_of("op:3") + place).splitlines()[0] == text


def test_the_card_stands_beside_what_it_tells_of(shown: GraphView) -> None:
    for key in ("op:1", "op:4", "tensor:5"):
        assert rest_on(shown, shown.widget_point_of(key))
        card = shown.pointing.card
        target = shown.node_rect(key).size().toSize()
        at = shown.widget_point_of(key)
        node = QRect(at.x() - target.width() // 2, at.y() - 14, target.width(), 28)
        assert not card.geometry().intersects(node)
        assert shown.rect().contains(card.geometry())


def test_the_card_goes_with_the_mouse_and_with_any_key(shown: GraphView) -> None:
    at = shown.widget_point_of("op:3")
    assert rest_on(shown, at)
    QTest.mouseMove(shown, at + QPoint(3, 1))
    assert shown.pointing.card.isVisible()
    QTest.mouseMove(shown, QPoint(shown.width() - 3, 3))
    assert not shown.pointing.card.isVisible()
    for away in (Qt.Key.Key_Control, Qt.Key.Key_Down, Qt.Key.Key_Plus):
        assert rest_on(shown, at)
        QTest.keyClick(shown, away)
        assert not shown.pointing.card.isVisible()
        QTest.keyClick(shown, Qt.Key.Key_1)


def test_pointing_says_which_operations_are_meant(shown: GraphView) -> None:
    told: list[tuple[int, ...]] = []
    QTest.mouseMove(shown, QPoint(shown.width() - 3, 3))
    shown.hovered.connect(lambda operations: told.append(operations))
    QTest.mouseMove(shown, shown.widget_point_of("op:3"))
    QTest.mouseMove(shown, QPoint(shown.width() - 3, 3))
    assert told == [(3,), ()]


def test_what_others_point_at_is_lifted(shown: GraphView) -> None:
    shown.point_at([4])
    ring = shown.widget_point_of("op:4") - QPoint(60, 24)
    assert has_near(picture(shown), ring, Theme("light").colors.line, 2)
    shown.point_at([])
    assert not has_near(picture(shown), ring, Theme("light").colors.line, 2)


# ------------------------------------------------------------------------------------ relations


def test_what_goes_in_and_what_comes_out_have_rings_of_their_own(shown: GraphView) -> None:
    QTest.mouseClick(shown, LEFT, PLAIN, shown.widget_point_of("op:3"))
    image, colors = picture(shown), Theme("light").colors
    above = shown.widget_point_of("cut:2") - QPoint(-60, 14 + 3)
    below = shown.widget_point_of("op:4") + QPoint(60, 48 - 20 + 3)
    assert has_near(image, above, colors.input, 2)
    assert has_near(image, below, colors.output, 4)
    assert not has_near(image, above, colors.output, 4)
    untouched = shown.widget_point_of("op:1") - QPoint(-60, 20 + 3)
    assert not has_near(image, untouched, colors.input, 4)


def test_control_and_click_select_a_second_node(shown: GraphView) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    QTest.mouseClick(shown, LEFT, PLAIN, shown.widget_point_of("op:1"))
    QTest.mouseClick(shown, LEFT, control, shown.widget_point_of("op:4"))
    assert shown.selected_nodes == {"op:1", "op:4"}
    QTest.mouseClick(shown, LEFT, control, shown.widget_point_of("op:1"))
    assert shown.selected_nodes == {"op:4"}


def test_an_excerpt_dims_the_rest_and_says_what_it_lights(qtbot: QtBot, shown: GraphView) -> None:
    at = shown.widget_point_of("op:1") + QPoint(120, 0)
    fill = picture(shown).pixelColor(at)
    with qtbot.waitSignal(shown.filled):
        shown.set_excerpt(Part(frozenset({"op:3", "op:4"}), frozenset()), "Two of them.")
    assert shown.excerpt_words == "Two of them."
    assert picture(shown).pixelColor(at) != fill
    close = button(shown, "excerptClose")
    with qtbot.waitSignal(shown.filled):
        QTest.mouseClick(close, LEFT)
    assert shown.excerpt is None
    assert picture(shown).pixelColor(at) == fill


# -------------------------------------------------------------------------------------- ending


def test_a_graph_that_cannot_be_drawn_is_explained(qtbot: QtBot, shown: GraphView) -> None:
    graph = no_grad_cut()
    frames = graph.graph["frames"]
    frame = frames["span:0"]
    frames["span:0"] = replace(frame, parent="span:0")
    with qtbot.waitSignal(shown.layoutFailed, timeout=TIMEOUT) as failed:
        shown.show_graph(graph, {})
    assert failed.args is not None
    assert "span:0" in failed.args[0]


def test_a_picture_is_of_all_or_of_what_is_in_view(shown: GraphView) -> None:
    shown.zoom_to(2.0)
    whole, part = shown.picture(), shown.picture(in_view=True)
    assert part.size.width() == pytest.approx(shown.width() / 2, abs=2)
    assert whole.size.height() > part.size.height()
    legend = texts_in(shown.picture(with_legend=True).svg()) - texts_in(whole.svg())
    counts = Counter(str(counts_of(no_grad_cut()).get(key, 0)) for key in LEGEND_ORDER)
    total = sum(counts_of(no_grad_cut()).values())
    found = Counter({text: count for text, count in legend.items() if text and text.isdigit()})
    assert found == counts + Counter([str(total)])


def texts_in(svg: bytes) -> Counter[str | None]:
    root = ElementTree.fromstring(svg)
    return Counter(text.text for text in root.iter("{http://www.w3.org/2000/svg}text"))


def test_closing_leaves_no_thread(qtbot: QtBot, qapp: QGuiApplication) -> None:
    view = GraphView(Theme("light"))
    qtbot.addWidget(view)
    view.show_graph(chain(500, branch_every=2), {})
    view.close()
    assert not [thread for thread in threads() if thread.name == "graph layout"]


@pytest.fixture
def endless_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_dot(tmp_path, monkeypatch, "while :; do /bin/sleep 1; done")


def test_the_old_picture_pales_while_a_new_one_takes_long(
    qtbot: QtBot, endless_dot: None, shown: GraphView
) -> None:
    at = shown.widget_point_of("op:2") - QPoint(128, 10)
    tint = picture(shown).pixelColor(at)
    shown.arrange("native", "TB")
    qtbot.waitUntil(lambda: shown.is_waiting, timeout=TIMEOUT)
    assert picture(shown).pixelColor(at) != tint
    with qtbot.waitSignal(shown.layoutFinished, timeout=TIMEOUT):
        shown.arrange("layered", "TB")
    assert not shown.is_waiting
    assert picture(shown).pixelColor(at) == tint


def test_a_fitted_graph_stays_fitted(qtbot: QtBot, view: GraphView, show: Show) -> None:
    show(view, chain(60))
    view.fit()
    settle(qtbot, view)
    small = view.zoom_percent
    view.window().resize(1000, 400)
    qtbot.waitUntil(lambda: view.zoom_percent < small)
    assert view.rect().contains(view.widget_point_of("op:59"))


# ------------------------------------------------------------------- one picture after the other


def with_one_more(length: int, at: int) -> nx.MultiDiGraph[str]:
    """`chain(length)` with a step more after number `at`, as a run of the edited text has it."""
    graph = chain(length + 1, branch_every=1000)
    item = graph.nodes[f"op:{at}"]["item"]
    graph.nodes[f"op:{at}"]["item"] = replace(item, title="dropout")
    return graph


@pytest.mark.parametrize("selected", [None, 9])
def test_an_edit_leaves_in_place_what_is_being_read(
    qtbot: QtBot, view: GraphView, show: Show, selected: int | None
) -> None:
    show(view, chain(12, branch_every=1000))
    view.pan_by(QPointF(-15, -250))
    if selected is not None:
        view.select_operations([selected])
        settle(qtbot, view)
    before = {number: view.widget_point_of(f"op:{number}") for number in range(12)}
    show(view, with_one_more(12, 6))
    if selected is None:
        after = {old: view.widget_point_of(f"op:{old + (old >= 6)}") for old in range(12)}
        assert sum(before[old] == after[old] for old in range(12)) >= 6
    else:
        assert view.selected_nodes == frozenset({"op:10"})
        assert view.widget_point_of("op:10") == before[9]


def test_nodes_glide_to_their_places_and_are_then_sharp(
    qtbot: QtBot, view: GraphView, show: Show
) -> None:
    show(view, chain(6, branch_every=1000))
    settle(qtbot, view)
    with qtbot.waitSignal(view.layoutFinished, timeout=TIMEOUT):
        view.show_graph(with_one_more(6, 3), {})
        qtbot.waitUntil(lambda: view.is_changing, timeout=TIMEOUT)
    assert not view.is_changing
    settle(qtbot, view)
    shown = picture(view)
    with qtbot.waitSignal(view.filled, timeout=TIMEOUT):
        view.repaint_scene()
    assert picture(view) == shown


def test_nothing_glides_where_animations_are_off(view: GraphView, show: Show) -> None:
    animate(False)
    try:
        show(view, chain(6, branch_every=1000))
        moves: list[bool] = []
        view.sceneChanged.connect(lambda: moves.append(view.is_changing))
        show(view, with_one_more(6, 3))
        view.zoom_by(2.0)
        assert not view.is_gliding
    finally:
        animate(True)
    assert moves == [False]


def test_the_picture_of_a_whole_run_does_not_depend_on_how_it_grew(
    qtbot: QtBot, view: GraphView, show: Show
) -> None:
    """`loss` and `item` do not swap sides because one of them was there first."""

    def two_results(*, reverse: bool) -> nx.MultiDiGraph[str]:
        graph = chain(3, branch_every=1000)
        graph.remove_edges_from(list(graph.edges))
        found: nx.MultiDiGraph[str] = nx.MultiDiGraph(**graph.graph)
        found.add_nodes_from(
            reversed(list(graph.nodes(data=True))) if reverse else graph.nodes.data()
        )
        for number in (2, 1) if reverse else (1, 2):
            found.add_edge("op:0", f"op:{number}", item=EdgeItem(number, "data", "", ""))
        return found

    def places() -> dict[str, QRectF]:
        return {key: node.rect for key, node in view.scene.nodes.items()}

    show(view, two_results(reverse=False))
    expected = places()
    for is_first in (True, False):
        with qtbot.waitSignal(view.layoutFinished, timeout=TIMEOUT):
            view.show_graph(two_results(reverse=True), {}, follows=not is_first, grows=True)
        if is_first:
            assert places() != expected, "else it proves nothing"
        show(view, two_results(reverse=False))
        assert places() == expected


def test_large_graphs_change_at_once(view: GraphView, show: Show) -> None:
    show(view, chain(GLIDE_MOST_NODES + 1, branch_every=1000))
    moves: list[bool] = []
    view.sceneChanged.connect(lambda: moves.append(view.is_changing))
    show(view, with_one_more(GLIDE_MOST_NODES + 1, 3))
    assert moves == [False]


def test_a_graph_that_outgrows_the_window_is_shown_whole_again(
    qtbot: QtBot, view: GraphView, show: Show
) -> None:
    show(view, chain(3, branch_every=1000))
    for length in (5, 7, 8):
        show(view, chain(length, branch_every=1000))
        settle(qtbot, view)
        assert view.rect().contains(view.widget_point_of(f"op:{length - 1}"))
        assert view.rect().contains(view.widget_point_of("op:0"))


def test_the_direction_turns_the_picture_and_keeps_the_selection(
    qtbot: QtBot, view: GraphView, show: Show
) -> None:
    show(view, no_grad_cut())
    view.select_operations([3])
    with qtbot.waitSignal(view.layoutFinished, timeout=TIMEOUT):
        view.arrange("layered", "LR")
    settle(qtbot, view)
    assert view.node_rect("op:1").right() < view.node_rect("op:3").left()
    assert view.selected_nodes == frozenset({"op:3"})
    assert view.rect().contains(view.widget_point_of("op:3"))
    with qtbot.assertNotEmitted(view.layoutFinished, wait=100):
        view.arrange("layered", "LR")


def test_cancelling_another_picture_of_the_same_run_leaves_the_one_before(
    qtbot: QtBot, endless_dot: None, view: GraphView, show: Show
) -> None:
    show(view, no_grad_cut())
    before = view.scene
    view.arrange("native", "TB")
    with qtbot.waitSignal(view.layoutCancelled, timeout=TIMEOUT):
        view.show_graph(no_grad_cut(), counts_of(no_grad_cut()), again=True)
        card = view.findChild(QWidget, "waitingCard")
        assert isinstance(card, WaitingCard)
        qtbot.waitUntil(card.isVisible, timeout=TIMEOUT)
        QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.scene is before
    assert not card.isVisible()
    assert not view.is_waiting


def test_a_layout_that_takes_long_can_be_cancelled(
    qtbot: QtBot, endless_dot: None, view: GraphView, show: Show
) -> None:
    show(view, no_grad_cut())
    card = view.findChild(QWidget, "waitingCard")
    assert isinstance(card, WaitingCard)
    for end in ("button", "key"):
        view.arrange("layered", "TB")
        view.arrange("native", "TB")
        if end == "key":
            view.show_graph(no_grad_cut(), counts_of(no_grad_cut()))
        qtbot.waitUntil(card.isVisible, timeout=TIMEOUT)
        assert card.words == "Laying out 7 nodes…"
        assert view.rect().contains(card.geometry())
        if end == "button":
            QTest.mouseClick(button(view, "cancelLayout"), LEFT)
        else:
            QTest.keyClick(view, Qt.Key.Key_Escape)
        assert not card.isVisible()
        assert not view.scene.nodes
    view.arrange("layered", "TB")
    show(view, no_grad_cut())
    assert view.scene.nodes


def test_a_first_look_shows_the_call_that_failed(view: GraphView, show: Show) -> None:
    graph = chain(160)
    graph.nodes["op:159"]["item"] = replace(graph.nodes["op:159"]["item"], status="failed")
    show(view, graph)
    assert view.rect().contains(view.widget_point_of("op:159"))
