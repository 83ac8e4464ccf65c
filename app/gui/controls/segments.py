"""Buttons side by side that look like one switch."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QWidget

from app.gui.theme.metrics import SPACE_SMALL


def as_segments(buttons: Sequence[QAbstractButton]) -> None:
    """Round the outer ends of the first and the last button only."""
    ends = {0: "first", len(buttons) - 1: "last"}
    for place, button in enumerate(buttons):
        button.setProperty("segment", ends.get(place, "middle"))


def titled_row(widget: QWidget, title: str) -> QHBoxLayout:
    """Give a widget a row that begins with a title; buttons are added to what is returned."""
    row = QHBoxLayout(widget)
    row.setContentsMargins(SPACE_SMALL, 0, 0, 0)
    row.setSpacing(0)
    label = QLabel(title)
    label.setProperty("subtitle", True)
    row.addWidget(label)
    row.addSpacing(SPACE_SMALL)
    return row
