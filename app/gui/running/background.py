"""A thread that answers only the newest question."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any

from PySide6.QtCore import QObject, Signal

IsWanted = Callable[[], bool]
"""Whether the answer is still waited for."""


class NotWantedError(Exception):
    """The answer is no longer wanted."""


class Latest(QObject):
    """Answers the newest question in a thread; older ones that still wait are dropped.

    Its thread starts with the first question.  `close` ends it.
    """

    answered = Signal(int, object)
    """The number of the question and what it returned."""
    found = Signal(int, object)
    """The same, emitted by the thread: `answered` follows if it is still wanted on arrival."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found.connect(self._tell)
        self._name = name
        self._changed = Condition()
        self._waiting: tuple[int, Callable[[IsWanted], Any]] | None = None
        self._number = 0
        self._closed = False
        self._thread: Thread | None = None

    def ask(self, question: Callable[[IsWanted], Any]) -> int:
        """Have `question` called in the thread; return its number at once.

        `question` receives a function and should return soon after that returns False.
        It must not raise.
        """
        with self._changed:
            self._number += 1
            self._waiting = (self._number, question)
            if self._thread is None and not self._closed:
                self._thread = Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()
            return self._number

    def forget(self) -> None:
        """Drop the current question; its answer will not be emitted."""
        with self._changed:
            self._number += 1
            self._waiting = None

    def close(self) -> None:
        """End the thread; wait for the question that it is answering."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting is not None)
                if self._closed or self._waiting is None:
                    return
                number, question = self._waiting
                self._waiting = None
            self._answer(number, question)
            del question  # it holds a run, which may be large

    def _answer(self, number: int, question: Callable[[IsWanted], Any]) -> None:
        def is_wanted() -> bool:
            return not self._closed and number == self._number

        try:
            answer = question(is_wanted)
        except Exception:
            # A bug of ours must not end the thread: the next question waits for it.
            sys.excepthook(*sys.exc_info())
            return
        if is_wanted():
            self.found.emit(number, answer)

    def _tell(self, number: int, answer: object) -> None:
        if number == self._number:
            self.answered.emit(number, answer)
