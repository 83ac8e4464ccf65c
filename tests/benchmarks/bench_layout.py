"""How long layouts take, beside plain `dot` in one run.

    python -m tests.benchmarks.bench_layout

The graphs are like traces: 1.1 edges to a node, a long way with short branches.  What is measured
is processor time, our own and that of `dot`, so that other work on the machine counts little.
Compare the ratios and not the milliseconds, which are the machine's.
"""

from __future__ import annotations

import resource
import statistics
from collections.abc import Callable
from functools import partial

from graphviz_render import available_engines, layout, warm
from graphviz_render.native import find_dot, run_dot
from graphviz_render.problem import read
from graphviz_render.problem_dot import problem_dot
from tests.graphviz_render.graphs import Graph, operations

GRAPHVIZ_SIZES = (100, 300, 1000)
LAYERED_SIZES = (1000, 10_000, 50_000)
TIMES = 5


def main() -> None:
    warm()
    for labels in (False, True):
        print(f"\n{'labels on all edges' if labels else 'no labels'}: median of {TIMES} in ms")
        for nodes in GRAPHVIZ_SIZES:
            against_dot(operations(nodes, labels=labels))
        for nodes in LAYERED_SIZES:
            layered(operations(nodes, labels=labels))


def against_dot(graph: Graph) -> None:
    """Each engine in multiples of `dot` writing plain positions of the same DOT."""
    source = problem_dot(read(graph, {})[0])
    plain = median(partial(run_dot, source, "plain", None)) if find_dot() else 0.0
    show(f"{len(graph):>6} nodes, plain dot", plain)
    for engine in available_engines():
        taken = median(partial(layout, graph, engine=engine))
        show(f"{len(graph):>6} nodes, {engine}", taken, plain)


def layered(graph: Graph) -> None:
    for routing in ("free", "orthogonal"):
        taken = median(partial(layout, graph, engine="layered", routing=routing))
        show(f"{len(graph):>6} nodes, layered, {routing} routes", taken)


def median(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        began = processor_time()
        work()
        taken.append(processor_time() - began)
    return statistics.median(taken)


def processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def show(what: str, seconds: float, plain: float = 0.0) -> None:
    ratio = f"{seconds / plain:6.2f} x dot" if plain else ""
    print(f"{what:<44} {seconds * 1e3:9.1f} {ratio}", flush=True)


if __name__ == "__main__":
    main()
