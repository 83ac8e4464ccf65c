"""Widgets that are moved elsewhere for a while come back to where they were."""

from __future__ import annotations

import gc

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QLayoutItem, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from app.gui.presentation.loans import Loan


def test_two_neighbours_come_back_in_any_order_and_nothing_of_them_is_kept(qtbot: QtBot) -> None:
    before = _items_known_to_python()
    window, other = QWidget(), QWidget()
    qtbot.addWidget(window)
    qtbot.addWidget(other)
    row, column = QHBoxLayout(window), QVBoxLayout(other)
    first, second, _ = labels = [QLabel(name) for name in ("first", "second", "third")]
    for label in labels:
        row.addWidget(label)
        row.addStretch()
    row.setStretch(row.indexOf(second), 3)
    places = [row.indexOf(label) for label in labels]
    loans = [Loan(label) for label in (first, second)]
    for label in (first, second):
        column.addWidget(label)
    assert [row.indexOf(label) for label in labels] == [-1, -1, 2]
    for loan in loans:
        loan.give_back()
    assert [row.indexOf(label) for label in labels] == places
    assert row.stretch(row.indexOf(second)) == 3
    gc.collect()
    assert _items_known_to_python() <= before


def _items_known_to_python() -> set[int]:
    """Where Python still takes something for an item of a layout, though Qt may have deleted it."""
    known = Shiboken.getAllValidWrappers()
    return {
        id(one) for one in known if isinstance(one, QLayoutItem) and not isinstance(one, QLayout)
    }
