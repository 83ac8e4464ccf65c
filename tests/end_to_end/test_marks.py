"""F1: a card for every mark, with this run's example and the lesson."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.session.cards import CARDS
from app.session.look.status import LEGEND_ORDER
from tests.gui.conftest import THREE_LAYERS


def texts(window: MainWindow) -> dict[str, str]:
    """The shown cards by their keys."""
    panel = window.marks.panel
    assert panel is not None
    assert panel.isVisible()
    return dict(zip((card.key for card in CARDS), panel.texts, strict=True))


def is_seen(window: MainWindow, key: str) -> bool:
    panel = window.marks.panel
    assert panel is not None
    row = panel.row([card.key for card in CARDS].index(key))
    return not row.visibleRegion().isEmpty()


def press_f1(window: MainWindow) -> None:
    focus = window.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_F1)


def test_every_status_of_the_legend_has_a_card() -> None:
    assert set(LEGEND_ORDER) <= {card.key for card in CARDS}


def test_f1_opens_the_cards_and_closes_them(window: MainWindow) -> None:
    press_f1(window)
    assert texts(window)["leaf"].startswith("leaf. A tensor that no recorded operation made.")
    assert "In this run" not in texts(window)["leaf"]
    press_f1(window)
    panel = window.marks.panel
    assert panel is not None
    assert not panel.isVisible()


def test_cards_have_examples_of_the_shown_run(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    press_f1(window)
    window.load_text(THREE_LAYERS)
    press_run()
    shown = texts(window)
    examples = {key: text.partition("In this run: ")[2] for key, text in shown.items()}
    assert examples["recorded"] == "lin0(x) (line 8). 3 operations in all."
    assert examples["no_grad"] == "lin1(x1) (line 10). 1 operation in all."
    assert examples["leaf"] == "x. 2 of 7 leaves have a .grad."
    assert examples["None"].startswith("lin0.weight.grad is None: cut by no_grad, line 9")
    assert examples["cut"] == "At lin1(x1) (line 10)."
    assert examples["accumulate"] == "backward() on line 13 added to 2 .grads."
    assert examples["seed"] == "backward() on line 13 begins at loss."
    assert examples["grad_fn"] == "loss.grad_fn is SumBackward0 (line 12)."
    assert examples["detached"] == ""


def test_f1_shows_the_card_of_what_has_the_focus(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    window.editor.go_to(10)
    press_f1(window)
    assert is_seen(window, "no_grad")
    window.gradients.table.setFocus()
    press_f1(window)
    assert is_seen(window, "None")
    graph = window.graph
    nodes = {type(node.item).__name__: key for key, node in graph.scene.nodes.items()}
    for kind, card in (("CutItem", "cut"), ("TensorItem", "grad_fn")):  # the last one is the loss
        graph.reveal(nodes[kind])
        at = graph.widget_point_of(nodes[kind])
        QTest.mouseClick(graph, Qt.MouseButton.LeftButton, pos=at)
        graph.setFocus()
        press_f1(window)
        assert is_seen(window, card)


def test_a_card_leads_to_its_lesson(qtbot: QtBot, window: MainWindow) -> None:
    press_f1(window)
    panel = window.marks.panel
    assert panel is not None
    button = panel.button([card.key for card in CARDS].index("leaf"))
    assert button is not None
    assert button.text() == "Lesson 3: Leaf and non-leaf"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.lessons.is_open
    assert window.documents.current.page is not None
