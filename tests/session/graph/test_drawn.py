"""A graph that nobody has any more is freed at once, without the collector of garbage."""

from __future__ import annotations

import gc
from weakref import ref

from app.session.graph.building import Drawing
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from tests.session.graph.texts import LOOPS
from tests.support import TraceText


def test_a_drawn_graph_is_freed_with_the_last_reference(trace: TraceText) -> None:
    drawing, choice = Drawing(Run(trace(LOOPS)), GraphChoice()), GraphChoice()
    gc.disable()
    try:
        graph = drawing.graph(choice.folds)
        part = graph.subgraph(list(graph)[:2]).copy()
        for one in (graph, graph.copy(), part):
            assert len(one.edges(keys=True, data=True)) == one.number_of_edges()
            assert list(one.edges) == list(one.out_edges(keys=True))
        gone = ref(graph)
        del graph, one, part
        assert gone() is None
    finally:
        gc.enable()
