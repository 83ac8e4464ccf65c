"""Large things that nobody needs any more go bit by bit, in a thread of their own.

The last one to let go of a trace would otherwise free a million objects in one go, a quarter of a
second at 100,000 operations; that would be the window, and every other thread would wait as well.
"""

from __future__ import annotations

import gc
from sys import getrefcount
from threading import Thread
from time import sleep
from typing import Final

from app.gui.running.heap import give_back
from app.session import garbage

_LARGE: Final = 2000
"""A trace of more operations, or a scene of more nodes, takes longer than a frame to free."""
_MEANWHILE: Final = 0.3
"""Seconds to wait until all other parts have dropped their references."""
_MANY: Final = 500
"""Objects with more parts are taken apart; their parts are freed one by one."""


def _references_of_one() -> int:
    thing = object()
    return getrefcount(thing)


_OURS: Final = _references_of_one()
"""The reference count of an object that only this thread holds; it depends on the interpreter."""


def let_go_if_large(thing: object, size: int) -> None:
    """Free a thing of so many operations or nodes as `let_go` does if they are many."""
    if size > _LARGE:
        let_go(thing)


def let_go(thing: object) -> None:
    """Free `thing` in a background thread, unless something else still refers to it."""
    Thread(target=_wait_and_take_apart, args=([thing],), name="letting go", daemon=True).start()


def _wait_and_take_apart(whole: list[object]) -> None:
    sleep(_MEANWHILE)
    while whole:
        thing = whole.pop()
        if getrefcount(thing) > _OURS:
            continue
        parts = gc.get_referents(thing)
        del thing
        if len(parts) <= _MANY:
            whole.extend(parts)
        while parts:
            parts.pop()
    garbage.be_due()
    give_back()
