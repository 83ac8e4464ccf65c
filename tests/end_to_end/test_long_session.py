"""Many runs in one window leave nothing behind: 40 of them here, 1,000 in `make soak`."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

import pytest

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from tests.support import snippet

RUNS = int(os.environ.get("TAPESCOPE_RUNS", "40"))
TEXTS = (
    snippet("""
        model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            model(torch.ones(2, 4)).sum().backward()
            optimizer.step()
    """),
    snippet("""
        with torch.no_grad():
            y = torch.ones(2, requires_grad=True) * 2
        y.sum().backward()
    """),
    snippet("""
        for n in range(200):
            print(n, torch.ones(2).sum())
    """),
)
_SETTLED = 12
"""Runs after which every panel has been shown and every cache has met its texts."""


class Reading(NamedTuple):
    seconds: float
    """That the last run took."""
    resident: int
    blocks: int
    """Of Python's memory."""
    descriptors: int
    threads: int
    processes: str


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_many_runs_leave_memory_descriptors_threads_and_processes_as_they_were(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    readings = []
    for number in range(RUNS):
        window.load_text(TEXTS[number % len(TEXTS)])
        began = perf_counter()
        press_run_and_see()
        readings.append(_reading(perf_counter() - began))
    settled, last = readings[_SETTLED], readings[-1]
    for name, part in (("first", readings[: RUNS // 4]), ("last", readings[-RUNS // 4 :])):
        print(f"{name} {len(part)} runs: {median(one.seconds for one in part):.2f} s, {part[-1]}")
    runs = RUNS - 1 - _SETTLED
    assert last[3:] == settled[3:]
    assert last.blocks - settled.blocks < 10 * runs
    assert last.resident - settled.resident < settled.resident / 10


def _reading(seconds: float) -> Reading:
    gc.collect()
    ctypes.pythonapi.PyType_ClearCache()
    return Reading(
        seconds,
        int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        sys.getallocatedblocks(),
        len(os.listdir("/proc/self/fd")),
        len(os.listdir("/proc/self/task")),
        Path("/proc/self/task").joinpath(str(os.getpid()), "children").read_text(),
    )
