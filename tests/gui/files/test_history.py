from __future__ import annotations

from weakref import ref

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.gui.editor.sheet import Sheet
from app.gui.files.history import UndoStates
from app.gui.files.tab import Tab
from app.gui.theme import Theme


class State:
    """Something that each tab has."""


def test_the_states_of_a_text_go_with_it(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    tab, states = Tab(1, Sheet(Theme("light"), parent)), UndoStates[State]()
    first, second = State(), State()
    gone = ref(first)
    states.change(tab, first)
    assert states.undo(tab, second) is first
    assert states.redo(tab, first) is second
    assert states.can_undo(tab)
    tab.number = 2
    assert not states.can_undo(tab)
    del first
    states.change(tab, State())
    assert gone() is None
    assert states.can_undo(tab)
    assert not states.can_redo(tab)
