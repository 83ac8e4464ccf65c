"""How long layouts take, beside plain `dot` in one run, and how many lines cross in them.

    python -m tests.benchmarks.bench_layout

The graphs are like traces: 1.1 edges to a node, a long path with short branches.  The figures are
processor time, our own and that of `dot`, so that other work on the machine counts little.
Compare the ratios and not the milliseconds, which are the machine's.
"""

from __future__ import annotations

import resource
import statistics
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from app.page.metrics import MEASURE
from app.process.client import Tracer
from app.session import resources
from app.session.graph.building import build
from app.session.run import Run
from graphviz_render import available_engines, layout
from graphviz_render.engines import solve
from graphviz_render.layered.crossings import count_crossings
from graphviz_render.layered.ordering import order_rows, sorted_from, walked_down
from graphviz_render.native import find_dot, run_dot
from graphviz_render.problem import Problem, read
from graphviz_render.problem_dot import problem_dot
from tests.graphviz_render.faults import faults
from tests.graphviz_render.graphs import Graph, operations, rows_of
from tests.tools.tracing import trace_with

GRAPHVIZ_SIZES = (100, 300, 1000)
LAYERED_SIZES = (1000, 10_000, 50_000)
TIMES = 5


def main() -> None:
    layout(operations(2), engine="embedded")  # compiles it, which takes half a second
    for labels in (False, True):
        print(f"\n{'labels on all edges' if labels else 'no labels'}: median of {TIMES} in ms")
        for nodes in GRAPHVIZ_SIZES:
            against_dot(operations(nodes, labels=labels))
        for nodes in LAYERED_SIZES:
            layered(operations(nodes, labels=labels))
    print("\nlines that cross, and how long the order takes")
    crossings("examples", list(examples()))
    for nodes in GRAPHVIZ_SIZES:
        crossings(f"8 x {nodes} nodes", [operations(nodes, seed=seed) for seed in range(1, 9)])


def against_dot(graph: Graph) -> None:
    """Each engine in multiples of `dot` writing plain positions of the same DOT."""
    source = problem_dot(read(graph, {})[0])
    plain = median(partial(run_dot, source, "plain")) if find_dot() else 0.0
    show(f"{len(graph):>6} nodes, plain dot", plain)
    for engine in available_engines():
        taken = median(partial(layout, graph, engine=engine))
        show(f"{len(graph):>6} nodes, {engine}", taken, plain)


def layered(graph: Graph) -> None:
    for routing in ("free", "orthogonal"):
        taken = median(partial(layout, graph, engine="layered", routing=routing))
        show(f"{len(graph):>6} nodes, layered, {routing} routes", taken)


def examples() -> Iterator[Graph]:
    with closing(Tracer()) as tracer:
        for path in sorted(resources.path("examples").glob("*.py")):
            yield MEASURE.measured(build(Run(trace_with(tracer, path.read_text()))))


def crossings(what: str, graphs: list[Graph]) -> None:
    """One start order against the better of two, by the links that cross; and against `dot`, by the
    lines that cross in the picture."""
    one, two, times = 0, 0, [0.0, 0.0]
    for graph in graphs:
        rows, problem = rows_of(graph)
        began = processor_time()
        one += sorted_from(walked_down(rows), rows, problem).crossings
        between = processor_time()
        order = order_rows(rows, problem)
        times = [times[0] + between - began, times[1] + processor_time() - between]
        two += count_crossings(rows, order)
    print(f"{what:<20} one start {one}, two {two}, in {times[1] / times[0]:.2f} x the time")
    for engine in available_engines():
        drawn = [faults(p, solve(p, engine, "free")).crossings for p in map(problem_of, graphs)]
        print(f"{what:<20} {engine}: {sum(drawn)}")


def problem_of(graph: Graph) -> Problem:
    return read(graph, {})[0]


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
