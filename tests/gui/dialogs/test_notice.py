from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.dialogs.notice import Notice
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS
CHOICES = ("Cancel", "Discard", "Save")


@pytest.mark.parametrize(
    ("key", "chosen"), [(Qt.Key.Key_Return, "Save"), (Qt.Key.Key_Escape, None)]
)
def test_enter_presses_the_last_button_and_escape_none(
    qtbot: QtBot, key: Qt.Key, chosen: str | None
) -> None:
    notice = Notice(None, "Save the changes?", "a.py has changes that are not saved.", CHOICES)
    qtbot.addWidget(notice)
    notice.show()
    qtbot.waitExposed(notice)
    QTest.keyClick(notice, key)
    assert notice.chosen == chosen
    assert not notice.isVisible()
