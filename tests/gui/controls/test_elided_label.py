"""A label in less room than its text needs."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.gui.controls.elided_label import ElidedLabel


@pytest.mark.parametrize(("share", "shown"), [(1.1, "6 operations"), (0.7, "6 op"), (0.3, "")])
def test_a_beginning_of_a_letter_or_two_is_not_shown(
    qtbot: QtBot, share: float, shown: str
) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText("6 operations")
    label.resize(round(label.fontMetrics().horizontalAdvance(label.text()) * share), 20)
    assert label.shown.startswith(shown)
    assert bool(label.shown) == bool(shown)
