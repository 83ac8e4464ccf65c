"""Objects in reference cycles die in the window's thread, whoever makes the garbage known."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.gui.running.collector import Collector


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[Collector]:
    gc.enable()
    made = Collector(qapp)
    yield made
    made.deleteLater()


class Knot(QObject):
    """An object of Qt's that refers to itself."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


def died_in(threads: list[threading.Thread]) -> None:
    weakref.finalize(Knot(), lambda: threads.append(threading.current_thread()))


def make_many_objects() -> None:
    """As a layout does; the cyclic collector of Python's own runs here many times."""
    assert len([[number] for number in range(100_000)]) == 100_000


@pytest.mark.usefixtures("collector")
def test_a_worker_destroys_nothing_of_qt(qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []
    died_in(threads)
    worker = threading.Thread(target=make_many_objects)
    worker.start()
    worker.join()
    assert threads == []
    objects: list[list[int]] = []

    def is_dead() -> bool:
        """The window goes on making objects, as old ones that are freed count against new ones."""
        objects.extend([number] for number in range(100))
        return bool(threads)

    qtbot.waitUntil(is_dead)
    assert threads == [threading.main_thread()]
