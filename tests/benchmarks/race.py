"""Variants of one program beside each other: one process, in turns, by the CPU time of the thread.

    python -m tests.benchmarks.race MODEL SECONDS VARIANT ...      prints JSON: seconds by variant

Each turn warms a variant up by one pass and takes the times of a few; the order of a round is
drawn.  The time of a variant is the mean of its fastest sixth: what else the machine does only adds
to a time.  Tools that change torch for good, as torchlens does, get a process of their own.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch.autograd import graph
from torch.overrides import TorchFunctionMode

from app.tracer.child.outgoing import RowSender
from app.tracer.child.ring import Ring
from app.tracer.patches import Patches
from app.tracer.recorder import Recorder
from app.tracer.snippet.watching import LineWatch
from tests.benchmarks.traced_models import MODELS, WORK

Work = Callable[[], object]
_FILENAME = "<snippet>"
_PASSES = 3
"""Timed passes of a turn."""


def _names(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    torch.manual_seed(0)
    exec(compile(text, _FILENAME, "exec", dont_inherit=True), names)
    return names


@contextmanager
def plain(text: str) -> Iterator[Work]:
    yield _names(text)["work"]


@contextmanager
def plain_forward(text: str) -> Iterator[Work]:
    names = _names(text)
    yield lambda: names["model"](*names["inputs"])


class _Empty(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


@contextmanager
def empty_mode(text: str) -> Iterator[Work]:
    """Run in a function mode that does nothing."""
    work = _names(text)["work"]
    with _Empty():
        yield work


@contextmanager
def empty_hooks(text: str) -> Iterator[Work]:
    """Run with a hook on each node too: the least that a trace in Python can cost."""
    run = graph._engine_run_backward
    patches = Patches()

    def hooked(roots: Any, *args: Any, **kwargs: Any) -> Any:
        nodes = {node for root in roots for node in _reachable(root.grad_fn)}
        handles = [node.register_hook(lambda *_: None) for node in nodes]
        try:
            return run(roots, *args, **kwargs)
        finally:
            for handle in handles:
                handle.remove()

    for module in (graph, torch.autograd):
        patches.set(module, "_engine_run_backward", hooked)
    try:
        with empty_mode(text) as work:
            yield work
    finally:
        patches.undo()


def _reachable(node: Any) -> set[Any]:
    seen: set[Any] = set()
    stack = [node]
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            stack += [following for following, _ in node.next_functions]
    return seen


@contextmanager
def traced(text: str) -> Iterator[Work]:
    """Record a complete trace, with values and backward, as the real child does."""
    ring = Ring()
    rows = RowSender(ring.write)
    lines = LineWatch(text, _FILENAME, None)
    names: dict[str, Any] = {"__name__": "__main__"}
    recorder = Recorder(rows.send, _FILENAME, text, 1 << 62, names)
    torch.manual_seed(0)
    with _reading(ring):
        with recorder:
            exec(lines.begin(compile(text, _FILENAME, "exec", dont_inherit=True)), names)
            yield names["work"]
        recorder.finish()
    lines.end()
    ring.close()


@contextmanager
def _reading(ring: Ring) -> Iterator[None]:
    """Read the ring 20 times a second, as the server does, in a thread whose time is not taken."""
    over = threading.Event()

    def read() -> None:
        while not over.wait(0.05):
            ring.read()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()


@contextmanager
def debug_mode(text: str) -> Iterator[Work]:
    """Run under torch's own DebugMode, which lists operators, forward and backward."""
    make = importlib.import_module("torch.utils._debug_mode").DebugMode
    work = _names(text)["work"]

    def listed() -> None:
        with make():
            work()

    yield listed


def _tool(module: str, look: str) -> Callable[[str], AbstractContextManager[Work]]:
    """Give the model and its inputs to another tool, which looks at forward."""

    @contextmanager
    def looked_at(text: str) -> Iterator[Work]:
        function = getattr(importlib.import_module(module), look)
        names = _names(text)
        yield lambda: function(names["model"], names["inputs"])

    return looked_at


VARIANTS: dict[str, Callable[[str], AbstractContextManager[Work]]] = {
    "plain": plain,
    "plain forward": plain_forward,
    "empty function mode": empty_mode,
    "empty mode and empty hooks": empty_hooks,
    "traced": traced,
    "DebugMode": debug_mode,
    "torchlens": _tool("torchlens", "trace"),
    "torchview": _tool("torchview", "draw_graph"),
    "torchvista": _tool("torchvista", "trace_model"),
}


def race(text: str, names: list[str], seconds: float) -> dict[str, float]:
    """Return the seconds of a pass of each variant."""
    taken: dict[str, list[float]] = {name: [] for name in names}
    order, end = list(names), time.monotonic() + seconds
    draw = random.Random(0)
    while time.monotonic() < end or not all(taken.values()):
        draw.shuffle(order)
        for name in order:
            with VARIANTS[name](text) as work:
                work()
                gc.collect()
                for _ in range(_PASSES):
                    began = time.thread_time()
                    work()
                    taken[name].append(time.thread_time() - began)
    return {name: _fastest(times) for name, times in taken.items()}


def _fastest(times: list[float]) -> float:
    sixth = sorted(times)[: max(1, len(times) // 6)]
    return sum(sixth) / len(sixth)


def main(model: str, seconds: str, *names: str) -> None:
    torch.set_num_threads(1)
    gc.freeze()  # as the server that a run is forked from: a collection does not look at torch
    result, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps(race(MODELS[model].text + WORK, list(names), float(seconds))), file=result)


if __name__ == "__main__":
    sys.path.append(os.environ.get("BENCH_TOOLS", ""))
    main(*sys.argv[1:])
