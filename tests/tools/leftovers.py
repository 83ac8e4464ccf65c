"""Threads and child processes that are there now and were not before; items of layouts."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 5.0
"""How long something that is ending may take; nobody waits where nothing is left."""

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_LINUX = sys.platform.startswith("linux")


def adopt_orphans() -> None:
    """Make processes whose parent ends become children of this one, so that they are found."""
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    threads: frozenset[threading.Thread]
    processes: frozenset[int]

    @classmethod
    def take(cls) -> Snapshot:
        return cls(frozenset(_threads()), frozenset(_descendants(os.getpid())))


def since(before: Snapshot) -> list[str]:
    """What was started since `before` and does not end, each in words."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        now = Snapshot.take()
        threads = now.threads - before.threads
        processes = now.processes - before.processes
        if not threads and not processes:
            return []
        if time.monotonic() > deadline:
            return [f"thread {t.name!r}" for t in threads] + [
                f"process {pid} ({_command(pid)})" for pid in sorted(processes)
            ]
        _reap(processes)
        time.sleep(0.01)


def items_of_layouts() -> list[str]:
    """Return what Python takes for items of layouts, each with what it holds."""
    from PySide6.QtWidgets import QLayout, QLayoutItem
    from shiboken6 import Shiboken

    known = Shiboken.getAllValidWrappers()
    items = [one for one in known if isinstance(one, QLayoutItem) and not isinstance(one, QLayout)]
    return sorted(f"{type(one).__name__} at {Shiboken.getCppPointer(one)[0]:#x}" for one in items)


def _threads() -> list[threading.Thread]:
    # A thread that Qt started and that ran Python has a dummy here, for ever before 3.13.
    return [t for t in threading.enumerate() if not isinstance(t, threading._DummyThread)]


def _descendants(root: int) -> set[int]:
    """Process ids below `root`, zombies included; empty where the kernel does not list children."""
    if not os.path.exists(f"/proc/{root}/task/{root}/children"):
        return set()
    found: set[int] = set()
    front = {root}
    while front:
        front = set().union(*map(_children, front))
        found |= front
    return found


def _children(parent: int) -> set[int]:
    """Each test asks twice: this reads a file a thread, and not one for each process there is."""
    try:
        threads = os.listdir(f"/proc/{parent}/task")
    except OSError:  # the process is gone
        return set()
    found: set[int] = set()
    for thread in threads:
        try:
            with open(f"/proc/{parent}/task/{thread}/children", "rb", buffering=0) as file:
                found.update(map(int, file.read().split()))
        except OSError:
            return _children(parent)  # it ended and left its children to another thread
    return found


def _reap(processes: frozenset[int]) -> None:
    """Adopted orphans that have ended stay as zombies until somebody asks how they ended."""
    for pid in processes:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:  # not a child but a grandchild, or gone
            continue


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return "gone"
