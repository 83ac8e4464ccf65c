"""Counts the processes that the program forks or spawns: what they do is not in this trace."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from multiprocessing import context
from typing import Any
from weakref import WeakMethod

from app.contract.messages import OperationRow, Row
from app.tracer.patches import Patches
from app.tracer.stream import Stream

_PLACES = 1 << 16
"""A byte for each process, by its number: there are not that many more in one run."""
_FORKED, _CALLED = 1, 2

_number = os.getpid
"""The snippet may put something else in its place."""


class Children:
    """The child processes of one run.

    A forked process inherits the recorder, which goes on there; its rows are dropped, and the first
    operation among them is noted in memory that it shares with this process.  With `follows` they
    have traces of their own instead, as spawned ones do.  Whether a spawned process calls torch
    cannot be known here.
    """

    def __init__(self, stream: Stream, follows: bool) -> None:
        self._stream = stream
        self._follows = follows
        self._forked = mmap.mmap(-1, _PLACES)
        self._spawned = 0

    def install(self, patches: Patches) -> None:
        if hasattr(os, "register_at_fork"):
            leave = WeakMethod(self._leave)
            os.register_at_fork(after_in_child=lambda: _call(leave()))
        unseen = ["ForkServerProcess"] if self._follows else ["ForkServerProcess", "SpawnProcess"]
        for name in unseen:
            if (process := getattr(context, name, None)) is not None:  # Windows has no fork server
                self._count(patches, process)

    def _count(self, patches: Patches, process: Any) -> None:
        start = process._Popen

        def popen(process_obj: Any) -> Any:
            started = start(process_obj)
            self._spawned += 1
            return started

        patches.set(process, "_Popen", staticmethod(popen))

    def _leave(self) -> None:
        if self._follows:
            self._spawned = 0
            return
        self._forked[_number() % _PLACES] = _FORKED
        self._stream.divert(self._take)

    def _take(self, *rows: Row) -> None:
        if OperationRow in map(type, rows):
            self._forked[_number() % _PLACES] = _CALLED

    def words(self, *, truncated: bool) -> str | None:
        """Return the sentences on the processes that are not in this trace, or None.

        Where recording was `truncated`, not all calls were noticed.
        """
        forked = self._forked[:]
        called, silent = forked.count(_CALLED), forked.count(_FORKED)
        what = "called torch and"
        if truncated:
            called, what = called + silent, "started and"
        said = []
        if called:
            said.append(f"{_processes('child', called)} {what} {_were(called)} not traced.")
        if count := self._spawned:
            said.append(
                f"{_processes('spawned', count)} {_were(count)} not traced; whether torch was "
                "called there is not known."
            )
        return " ".join(said) or None


def _call(method: Callable[[], None] | None) -> None:
    if method is not None:
        method()


def _processes(kind: str, count: int) -> str:
    return f"{count} {kind} process{'' if count == 1 else 'es'}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
