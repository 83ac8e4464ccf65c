"""Widgets that are moved elsewhere for a while come back to where they were."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.gui.presentation.loans import Loan
from tests.tools import leftovers


def test_two_neighbours_come_back_in_any_order_and_nothing_of_them_is_kept(qtbot: QtBot) -> None:
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
    assert leftovers.items_of_layouts() == []
