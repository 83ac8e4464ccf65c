"""Questions answered beside the window's thread."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from threading import Event, current_thread, main_thread

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.gui.running.background import IsWanted, Latest


@pytest.fixture
def latest() -> Iterator[Latest]:
    asked = Latest("questions")
    yield asked
    asked.close()


def test_a_question_is_answered_elsewhere(qtbot: QtBot, latest: Latest) -> None:
    with qtbot.waitSignal(latest.answered) as answered:
        number = latest.ask(lambda _: current_thread() is main_thread())
    assert answered.args == [number, False]


def test_only_the_newest_question_is_answered(qtbot: QtBot, latest: Latest) -> None:
    begun, told = Event(), []
    latest.answered.connect(lambda _, answer: told.append(answer))

    def long(is_wanted: IsWanted) -> str:
        begun.set()
        while is_wanted():
            pass
        return "old"

    latest.ask(long)
    assert begun.wait(10)
    latest.ask(lambda _: "between")
    latest.ask(lambda _: "new")
    qtbot.waitUntil(lambda: told == ["new"])


def test_a_question_that_is_forgotten_has_no_answer(qtbot: QtBot, latest: Latest) -> None:
    told: list[str] = []
    latest.answered.connect(lambda _, answer: told.append(answer))
    latest.ask(lambda is_wanted: "old" if not is_wanted() else "quick")
    latest.forget()
    latest.ask(lambda _: "new")
    qtbot.waitUntil(lambda: bool(told))
    qtbot.wait(1)
    assert told[-1] == "new"


def test_an_answer_that_is_on_its_way_is_forgotten_too(qtbot: QtBot, latest: Latest) -> None:
    sent, told = Event(), []
    latest.found.connect(lambda *_: sent.set(), Qt.ConnectionType.DirectConnection)
    latest.answered.connect(lambda _, answer: told.append(answer))
    latest.ask(lambda _: "old")
    assert sent.wait(10)
    latest.forget()
    latest.ask(lambda _: "new")
    qtbot.waitUntil(lambda: bool(told))
    assert told == ["new"]


def test_a_bug_does_not_end_the_thread(
    qtbot: QtBot, latest: Latest, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: raised.append(kind))
    latest.ask(lambda _: 1 / 0)
    qtbot.waitUntil(lambda: raised == [ZeroDivisionError])
    with qtbot.waitSignal(latest.answered) as answered:
        latest.ask(lambda _: "next")
    assert answered.args is not None
    assert answered.args[1] == "next"
