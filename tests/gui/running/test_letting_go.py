from __future__ import annotations

import sys
from pathlib import Path
from queue import Queue
from sys import getrefcount
from threading import Event, current_thread, main_thread
from threading import enumerate as threads
from weakref import finalize

import pytest

from app.gui.running.letting_go import let_go
from app.gui.running.prepared import prepare
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from app.session.trace.document import dump, load
from tests.support import TraceText, snippet

LOOP = snippet("""
x = torch.ones(2, requires_grad=True)
for _ in range(1000):
    y = (x * 2).sum()
    y.backward()
""")
"""Some thousand operations, so that each list of the trace is taken apart."""


class Part:
    """Reports in which thread it ends."""

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


def test_a_run_with_all_that_was_worked_out_of_it_ends_in_another_thread(trace: TraceText) -> None:
    shown = prepare(load(dump(trace(LOOP))), choice=GraphChoice())
    freed = _where_it_ends(shown.run)
    let_go(shown)
    del shown
    assert freed.get(timeout=20) == "letting go"


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system for the size of the process")
def test_the_memory_of_what_is_let_go_goes_back_to_the_system() -> None:
    before = _resident()
    thing = []
    kept = []
    for number in range(60_000):
        thing.append(bytes(2000))
        if number % 150 == 0:
            kept.append(bytes(2000))  # so that no end of the heap is free
    grown = _resident() - before
    assert grown > 60 << 20
    let_go(thing)
    del thing
    for thread in threads():
        if thread.name == "letting go":
            thread.join(20)
    assert _resident() - before < grown / 4
    assert len(kept) == 400


def test_names_that_python_looked_up_are_let_go_too() -> None:
    name = " ".join(["looked", "up"])
    before = getrefcount(name)
    assert not hasattr(Part, name)
    assert getrefcount(name) > before
    last = Event()
    let_go([Part([], last)])
    assert last.wait(20)
    for thread in threads():
        if thread.name == "letting go":
            thread.join(20)
    assert getrefcount(name) == before


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _where_it_ends(run: Run) -> Queue[str]:
    """The name of the thread in which the last reference to `run` goes."""
    name: Queue[str] = Queue()
    finalize(run, lambda: name.put(current_thread().name))
    return name
