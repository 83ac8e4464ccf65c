from __future__ import annotations

from threading import Event, current_thread, main_thread

from app.gui.letting_go import let_go


class Part:
    """Tells in which thread it ends."""

    def __init__(self, told: list[bool], last: Event | None = None) -> None:
        self._told, self._last = told, last

    def __del__(self) -> None:
        self._told.append(current_thread() is main_thread())
        if self._last is not None:
            self._last.set()


class Whole:
    def __init__(self, parts: list[Part], shared: list[Part]) -> None:
        self.by_number = dict(enumerate(parts))
        self.shared = shared


def test_what_nobody_else_has_ends_in_another_thread_and_the_rest_stays() -> None:
    in_window: list[bool] = []
    last = Event()
    shared = [Part(in_window) for _ in range(1000)]
    thing = Whole([Part(in_window, last), *(Part(in_window) for _ in range(2000))], shared)
    let_go(thing)
    del thing
    assert last.wait(20)
    assert in_window == [False] * 2001
    assert len(shared) == 1000


def test_what_somebody_else_still_has_is_left_alone() -> None:
    in_window: list[bool] = []
    last = Event()
    kept = Whole([Part(in_window) for _ in range(2000)], [])
    let_go(kept)
    let_go([Part([], last)])  # which ends after the other was looked at
    assert last.wait(20)
    assert in_window == []
    assert len(kept.by_number) == 2000
