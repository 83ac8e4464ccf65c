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
    def free_below(place: QRectF) -> int:
        return 0 if place.y() > 200 else 1

    cards.place_minimap(SIZE, is_whole=False, keeps=False, covered_by=free_below)
    assert not cards.minimap.isHidden()
    assert cards.minimap.y() > 200
    assert not cards.minimap.geometry().intersects(cards.zoom.geometry())
    cards.place_minimap(SIZE, is_whole=True, keeps=False, covered_by=free_below)
    assert cards.minimap.isHidden()


def test_where_no_corner_is_free_the_map_hides_until_the_user_moves(cards: Cards) -> None:
    def covered(place: QRectF) -> int:
        return 1 if place.x() > 200 and place.y() > 200 else 6

    cards.place_minimap(SIZE, is_whole=False, keeps=False, covered_by=covered)
    assert cards.minimap.isHidden()
    cards.place_minimap(SIZE, is_whole=False, keeps=True, covered_by=covered)
    assert not cards.minimap.isHidden()
    assert cards.minimap.x() > 200
    assert cards.minimap.y() > 200


def test_the_map_stays_in_its_corner_as_long_as_it_is_free(cards: Cards) -> None:
    cards.place_minimap(
        SIZE, is_whole=False, keeps=False, covered_by=lambda place: int(place.x() > 100)
    )
    left = cards.minimap.pos()
    cards.place_minimap(SIZE, is_whole=False, keeps=False, covered_by=lambda place: 0)
    assert cards.minimap.pos() == left


def test_the_map_does_not_move_while_the_user_does(cards: Cards) -> None:
    cards.place_minimap(SIZE, is_whole=False, keeps=False, covered_by=lambda place: 0)
    before = cards.minimap.pos()
    cards.place_minimap(SIZE, is_whole=False, keeps=True, covered_by=lambda place: 1)
    assert cards.minimap.pos() == before
