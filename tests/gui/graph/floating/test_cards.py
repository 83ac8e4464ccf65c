"""Where the cards on the graph stand, and what they leave of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.gui.graph.floating import legend
from app.gui.graph.floating.cards import MINIMAP_ABOVE, Cards
from app.gui.theme import Theme

SIZE = QSize(700, 600)


@pytest.fixture
def cards(qtbot: QtBot) -> Cards:
    parent = QWidget()
    parent.resize(SIZE)
    qtbot.addWidget(parent)
    return Cards(Theme("light"), parent)


def test_the_legend_keeps_its_words_beside_a_graph_that_has_room(cards: Cards) -> None:
    cards.place(SIZE, 10, 400)
    assert cards.legend.width() == legend.WIDTH


def test_it_makes_room_for_a_wide_graph(cards: Cards) -> None:
    cards.place(SIZE, 10, 600)
    assert cards.legend.width() == legend.NARROW_WIDTH
    assert cards.room(QRectF(0, 0, 700, 600)).width() > 580


def test_where_there_is_a_minimap_it_keeps_its_words(cards: Cards) -> None:
    cards.place(SIZE, MINIMAP_ABOVE + 1, 600)
    assert cards.legend.width() == legend.WIDTH


def test_a_narrow_view_has_no_room_for_words(cards: Cards) -> None:
    cards.place(QSize(500, 600), 10, 100)
    assert cards.legend.width() == legend.NARROW_WIDTH
