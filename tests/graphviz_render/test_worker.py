from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from graphviz_render import (
    Layout,
    LayoutCancelledError,
    LayoutError,
    available_engines,
    layout,
)
from graphviz_render.model import Direction, Engine
from graphviz_render.worker import Worker
from tests.graphviz_render.graphs import Graph, assert_sound, frame, graph_of, operations
from tests.tools import leftovers

DIRECTIONS: tuple[Direction, ...] = ("TB", "LR")
TRACE = graph_of(("x", "lin0"), ("lin0", "lin1"), ("lin1", "loss"))


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture
def endless_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `dot` on the PATH that writes a line into a fifo once it runs, and never ends.

    Returns the fifo: opening it for reading waits for that moment.
    """
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    put_dot(tmp_path, monkeypatch, f'echo running > "{fifo}"\nwhile :; do /bin/sleep 1; done')
    return fifo


def put_dot(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    return program


def start(worker: Worker, thread: ThreadPoolExecutor, fifo: Path) -> Future[Layout]:
    """Return a layout that is certainly in progress."""
    asked = thread.submit(worker.layout, TRACE, engine="native")
    assert fifo.read_text() == "running\n"
    return asked


@pytest.mark.parametrize("engine", available_engines())
def test_it_answers_what_layout_answers(engine: Engine) -> None:
    graph = operations(40, labels=True)
    graph.graph["clusters"] = {"frame": frame()}
    graph.nodes["op:7"]["cluster"] = "frame"
    worker = Worker()
    try:
        for direction in DIRECTIONS:
            answer = worker.layout(graph, engine=engine, direction=direction, routing="orthogonal")
            assert answer == layout(graph, engine=engine, direction=direction, routing="orthogonal")
            assert_sound(graph, answer)
    finally:
        worker.close()


def test_cancelling_ends_the_layout_and_the_next_one_is_answered(
    thread: ThreadPoolExecutor, endless_dot: Path
) -> None:
    """That no process is left, of dot either, every test here proves at its end."""
    worker = Worker()
    try:
        asked = start(worker, thread, endless_dot)
        worker.cancel()
        with pytest.raises(LayoutCancelledError, match="cancelled"):
            asked.result()
        assert_sound(TRACE, thread.submit(worker.layout, TRACE, engine="layered").result())
    finally:
        worker.close()


def test_closing_ends_the_layout_too(thread: ThreadPoolExecutor, endless_dot: Path) -> None:
    worker = Worker()
    asked = start(worker, thread, endless_dot)
    worker.close()
    with pytest.raises(LayoutCancelledError):
        asked.result()
    with pytest.raises(LayoutCancelledError, match="closed"):
        worker.layout(TRACE)


def test_a_graphviz_that_hangs_is_ended_with_a_reason_and_the_next_layout_is_answered(
    endless_dot: Path,
) -> None:
    worker = Worker(graphviz_seconds=0.2)
    try:
        with pytest.raises(
            LayoutError, match=r"Graphviz did not finish within 0\.2 s\. Show fewer"
        ):
            worker.layout(TRACE, engine="native")
        assert_sound(TRACE, worker.layout(TRACE, engine="layered"))
    finally:
        worker.close()


def test_cancelling_without_a_layout_does_nothing() -> None:
    worker = Worker()
    try:
        worker.cancel()
        assert_sound(TRACE, worker.layout(TRACE))
        worker.cancel()
        assert_sound(TRACE, worker.layout(TRACE))
    finally:
        worker.close()
        worker.close()


def test_a_process_that_dies_is_told_and_replaced(
    thread: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_dot(tmp_path, monkeypatch, "kill -9 $PPID")
    worker = Worker()
    try:
        with pytest.raises(LayoutError, match="ended by signal 9"):
            worker.layout(TRACE, engine="native")
        assert_sound(TRACE, worker.layout(TRACE, engine="layered"))
    finally:
        worker.close()


def test_errors_come_through() -> None:
    worker = Worker()
    try:
        with pytest.raises(LayoutError, match="engine 'neato' is unknown"):
            worker.layout(TRACE, engine="neato")  # type: ignore[arg-type]  # what this is about
        with pytest.raises(LayoutError, match="node 'x' has no width"):
            worker.layout(graph_without_sizes())
    finally:
        worker.close()


def graph_without_sizes() -> Graph:
    graph = graph_of(("x", "y"))
    del graph.nodes["x"]["width"]
    return graph


def test_the_process_ends_with_its_parent_even_in_a_layout(endless_dot: Path) -> None:
    """What a crash of the program leaves behind: nothing."""
    before = leftovers.Snapshot.take()
    program = (
        "import os, sys, threading\n"
        "from graphviz_render.worker import Worker\n"
        "from tests.graphviz_render.graphs import graph_of\n"
        "worker = Worker()\n"
        "ask = lambda: worker.layout(graph_of(('a', 'b')), engine='native')\n"
        "threading.Thread(target=ask, daemon=True).start()\n"
        f"open({str(endless_dot)!r}).read()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[2]
    crashed = run_python(program, root)
    assert crashed == -9
    assert not leftovers.since(before)


def run_python(program: str, folder: Path) -> int:
    return subprocess.run([sys.executable, "-c", program], cwd=folder, check=False).returncode
