"""Figures to compare two versions of the program by, on one machine: `make bench`.

Nothing is judged here and nothing fails: times depend on the machine and on what else it does.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial

from app.process.client import Tracer
from app.session import resources
from tests.benchmarks import (
    bench_comparing,
    bench_files,
    bench_graph,
    bench_layout,
    bench_nudging,
    bench_start,
    bench_tracing,
    bench_waits,
    bench_window,
)
from tests.tools.tracing import trace_with


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """The median of so many runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def show(what: str, value: float) -> None:
    print(f"{what:<56} {value * 1e3:10.1f} ms", flush=True)


def imports() -> None:
    for module in (
        "torch",
        "PySide6.QtWidgets",
        "app.gui.main_window",
        "app.session.trace.document",
    ):
        command = [sys.executable, "-c", f"import {module}"]
        show(
            f"a fresh interpreter imports {module}",
            seconds(partial(subprocess.run, command, check=True), 3),
        )


def runs() -> None:
    with closing(Tracer()) as tracer:
        began = time.perf_counter()
        tracer.wait_for_devices()
        show("until the server is warm", time.perf_counter() - began)
        for name in ("01_three_linear_layers.py", "06_frozen_features.py", "10_training_loop.py"):
            text = resources.read_text("examples", name)
            show(
                f"run, until the trace is complete: {name}",
                seconds(partial(trace_with, tracer, text)),
            )


if __name__ == "__main__":
    imports()
    bench_start.main()
    runs()
    bench_tracing.main()
    bench_nudging.main()
    bench_files.main()
    bench_comparing.main()
    bench_layout.main()
    bench_graph.main()
    bench_window.main()
    bench_waits.main()
