"""From a finished trace to its picture, and moving over a large one.

    python -m tests.benchmarks.bench_graph

Times are of the processor and of this process, but where another one is named; what the event loop
waits for is measured by the clock.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import networkx as nx
from PySide6.QtCore import QEventLoop, QPointF, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.contract.records import Snippet
from app.gui.application import SWITCH_SECONDS
from app.gui.graph.scenes.scene import Scene
from app.gui.graph.view import GraphView
from app.gui.running.prepared import prepare
from app.gui.theme import Theme
from app.process.client import Tracer
from app.session.graph.building import Drawing
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from app.session.trace.assembly import TraceBuilder
from tests.gui.graph.demo_graphs import chain
from tests.tools.tracing import request_for

OPERATIONS = 50_000
SNIPPET = f"""
import torch
x = torch.ones(4, requires_grad=True)
for _ in range({OPERATIONS // 50}):
    y = x
    for _ in range(24):
        y = (y * x).relu()
    loss = y.sum()
    loss.backward()
"""
FRAMES = 60
MIDDLE = QPointF(500, 350)


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    sys.setswitchinterval(SWITCH_SECONDS)
    a_trace()
    unfolding()
    moving()


# ------------------------------------------------------------------------ from trace to picture


def a_trace() -> None:
    rows: list[list[list[Any]]] = []
    with closing(Tracer()) as tracer:
        tracer.wait_for_devices()
        ended = tracer.run(request_for(SNIPPET), rows.append)
    builder = TraceBuilder(Snippet(None, SNIPPET))
    with timed("rows to records, while the snippet runs"):
        for batch in rows:
            builder.add_batch(batch)
        builder.add_exited(ended)
    with timed("gradients explained"):
        trace = builder.finish().trace
    print(f"{len(trace.operations):,} operations")
    with timed("the graph, folded"):
        Drawing(Run(trace), GraphChoice()).graph(GraphChoice().folds)
    with timed("everything the window shows, the graph included"):
        prepared = prepare(Run(trace), choice=GraphChoice())
    with a_view() as view, timed(f"layout, scene and paint of {len(prepared.graph)} nodes"):
        shown(view, prepared.graph)


def unfolding() -> None:
    """A group of 100 nodes opened in a graph of 60: until it is there and begins to glide."""
    with a_view() as view:
        shown(view, chain(60))
        there: list[float] = []
        view.sceneChanged.connect(lambda: there.append(perf_counter()))
        began, used = perf_counter(), process_time()
        shown(view, chain(160))
        show("100 nodes more in a graph of 60, there (clock)", there[0] - began)
        show("the same and the glide of 200 ms, processor", process_time() - used)


# ------------------------------------------------------------------------------ moving over it


def moving() -> None:
    graph = chain(OPERATIONS, branch_every=5)
    empty = resident()
    with a_view() as view:
        waits, began = Waits(), perf_counter()
        with waits:
            shown(view, graph)
        show("50,000 nodes measured, laid out, placed, painted (clock)", perf_counter() - began)
        show("longest wait of the event loop meanwhile (clock)", max(waits.seconds))
        scene = view.scene
        print(f"{'memory over the empty window':<56} {(resident() - empty) / 2**20:10.0f} MiB")
        ways: dict[str, Callable[[int], object]] = {
            "pan": lambda step: view.pan_by(QPointF(-40, -90 if step % 20 < 10 else 90)),
            "zoom": lambda step: view.zoom_by(0.93 if step % 30 < 15 else 1.075, MIDDLE),
        }  # fmt: skip
        for name, move in ways.items():
            frames = [frame(view, move, step) for step in range(FRAMES)]
            show(f"{name} over 50,000 nodes, a frame, median", statistics.median(frames))
            show(f"{name} over 50,000 nodes, a frame, 95 %", percentile(frames))
    with timed("a Python QGraphicsItem per node, built"):
        items = items_of(scene)
    shown_items = QGraphicsView(items)
    shown_items.resize(1000, 700)
    shown_items.fitInView(items.sceneRect())
    frames = []
    for step in range(5):
        shown_items.translate(0, 3 * step)
        began = process_time()
        shown_items.viewport().grab()
        frames.append(process_time() - began)
    show("the same, a frame of all of it, median", statistics.median(frames))


def frame(view: GraphView, move: Callable[[int], object], step: int) -> float:
    """What the window's thread does for one step: tiles as far as there is time, then a frame."""
    began = process_time()
    move(step)
    view.repaint()
    taken = process_time() - began
    QApplication.processEvents()
    return taken


class NodeItem(QGraphicsItem):
    def __init__(self, rect: QRectF) -> None:
        super().__init__()
        self._rect = rect

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        painter.setPen(QPen(QColor("teal"), 1.5))
        painter.drawRoundedRect(self._rect, 6, 6)


def items_of(scene: Scene) -> QGraphicsScene:
    items = QGraphicsScene()
    for node in scene.nodes.values():
        items.addItem(NodeItem(node.rect))
    return items


# ------------------------------------------------------------------------------------- helpers


class Waits:
    """How long the event loop took between two rounds."""

    def __init__(self) -> None:
        self.seconds = [0.0]
        self._last = 0.0
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)

    def __enter__(self) -> None:
        self._last = perf_counter()
        self._timer.start(2)

    def __exit__(self, *_: object) -> None:
        self._tick()
        self._timer.stop()

    def _tick(self) -> None:
        now = perf_counter()
        self.seconds.append(now - self._last)
        self._last = now


@contextmanager
def a_view() -> Iterator[GraphView]:
    view = GraphView(Theme("light"))
    view.resize(1000, 700)
    view.show()
    QApplication.processEvents()
    yield view
    view.close()


def shown(view: GraphView, graph: nx.MultiDiGraph[str]) -> None:
    loop = QEventLoop()
    view.layoutFinished.connect(loop.quit)
    view.show_graph(graph, {})
    loop.exec()
    view.layoutFinished.disconnect(loop.quit)


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = process_time()
    yield
    show(what, process_time() - began)


def percentile(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def show(what: str, seconds: float) -> None:
    print(f"{what:<56} {seconds * 1e3:10.1f} ms", flush=True)


if __name__ == "__main__":
    main()
