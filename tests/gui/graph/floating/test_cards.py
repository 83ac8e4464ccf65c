"""Where the cards on the graph are, and what they leave of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.gui.graph.floating.cards import Cards
from app.gui.theme import Theme

SIZE = QSize(700, 600)


@pytest.fixture
def cards(qtbot: QtBot) -> Cards:
    parent = QWidget()
    parent.resize(SIZE)
    qtbot.addWidget(parent)
    cards = Cards(Theme("light"), parent)
    cards.place(SIZE)
    return cards


def test_only_the_zoom_card_takes_room_of_the_graph(cards: Cards) -> None:
    room = cards.room(QRectF(0, 0, 700, 600))
    assert room.width() > 670
    assert room.bottom() < cards.zoom.y()
    assert cards.fixed == [QRectF(cards.zoom.geometry())]


def test_the_map_goes_into_a_corner_without_nodes(cards: Cards) -> None:
    def free_below(place: QRectF) -> bool:
        return place.y() > 200

    cards.place_minimap(SIZE, is_whole=False, keeps=False, is_free=free_below)
    assert not cards.minimap.isHidden()
    assert cards.minimap.y() > 200
    assert not cards.minimap.geometry().intersects(cards.zoom.geometry())
    cards.place_minimap(SIZE, is_whole=True, keeps=False, is_free=free_below)
    assert cards.minimap.isHidden()


def test_the_map_stays_in_its_corner_as_long_as_it_is_free(cards: Cards) -> None:
    cards.place_minimap(SIZE, is_whole=False, keeps=False, is_free=lambda place: place.x() < 100)
    left = cards.minimap.pos()
    cards.place_minimap(SIZE, is_whole=False, keeps=False, is_free=lambda place: True)
    assert cards.minimap.pos() == left


def test_the_map_does_not_move_while_the_user_does(cards: Cards) -> None:
    cards.place_minimap(SIZE, is_whole=False, keeps=False, is_free=lambda place: True)
    before = cards.minimap.pos()
    cards.place_minimap(SIZE, is_whole=False, keeps=True, is_free=lambda place: False)
    assert cards.minimap.pos() == before
