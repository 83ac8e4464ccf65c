"""Two runs beside each other: aligned, paired, and laid out as one.

    python -m tests.benchmarks.bench_comparing

The same text with a line more, so that all moves and little differs.  Each figure is beside that of
another step in the same run: compare the ratios and not the seconds, which are the machine's.  All
are processor time, which depends less on what else the machine does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import closing
from time import thread_time

from PySide6.QtWidgets import QApplication

from app.contract.records import Snippet
from app.process.client import Tracer
from app.session.comparing.differences import differences
from app.session.comparing.folding import folded_alike
from app.session.comparing.pairing import pair
from app.session.comparing.steps import steps
from app.session.garbage import undisturbed
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import unfold_all
from app.session.run import Run
from app.session.shown import Shown, show
from app.session.trace.assembly import TraceBuilder
from tests.tools.tracing import request_for

LARGE, VISIBLE = 50_000, 1_000
AIMS = {"nodes": 0.3, "operations": 5.0}
"""Processor seconds for 1,000 against 1,000 visible nodes, and 50,000 against 50,000 operations."""
PASS = """
for _ in range({passes}):
    y = x
    for _ in range(24):
        y = (y * x).relu()
    loss = y.sum()
    loss.backward()
"""
STRAIGHT = "y = (y * x).relu()\n" * (VISIBLE // 2) + "y.sum().backward()\n"
HEAD = "import torch\nx = torch.ones(4, requires_grad=True)\ny = x\n"
MORE = "y = y.exp().detach()\n"
"""The line that the second text has above all others."""


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([*sys.argv[:1], "-style", "Fusion"])
    assert application is not None
    with closing(Tracer()) as tracer:
        tracer.wait_for_devices()
        straight = [_run(tracer, HEAD + more + STRAIGHT) for more in ("", MORE)]
        loop = PASS.format(passes=LARGE // 50)
        first, second = (_run(tracer, HEAD + more + loop) for more in ("", MORE))
    both = [show(run, GraphChoice(folds=unfold_all())) for run in straight]
    nodes = " against ".join(f"{len(one.graph):,}" for one in both)
    base = _seconds("drawing one of them", lambda: show(straight[0], both[0].choice))
    _seconds(f"{nodes} visible nodes aligned and paired", lambda: _pair(*both), base, "nodes")
    operations = " against ".join(f"{len(run.trace.operations):,}" for run in (first, second))
    base = _seconds("preparing one run", lambda: show(first, GraphChoice()))
    _seconds(
        f"{operations} operations aligned", lambda: differences(first, second), base, "operations"
    )
    shown = [show(run, GraphChoice()) for run in (first, second)]
    found = differences(first, second)
    _seconds(
        "their steps in one order",
        lambda: steps(shown[0].history, shown[1].history, found.alignment.pairs),
        base,
    )


def _pair(first: Shown, second: Shown) -> None:
    found = differences(first.run, second.run)
    keys = {other: one for one, other in found.alignment.groups.items()}
    pair(folded_alike(first, second, keys), second, found)


def _run(tracer: Tracer, text: str) -> Run:
    builder = TraceBuilder(Snippet(None, text))
    builder.add_exited(tracer.run(request_for(text), builder.add_batch))
    return builder.finish()


def _seconds(what: str, work: Callable[[], object], base: float = 0.0, aim: str = "") -> float:
    """Print the best of three, beside `base` and the aim; return it."""
    taken = []
    for _ in range(3):
        begin = thread_time()
        with undisturbed():  # as the window does it
            work()
        taken.append(thread_time() - begin)
    best = min(taken)
    ratio = f"{best / base:6.2f} times that" if base else ""
    wanted = f"   (aim {AIMS[aim]} s)" if aim else ""
    print(f"{what:<60} {best:7.3f} s {ratio}{wanted}", flush=True)
    return best


if __name__ == "__main__":
    main()
