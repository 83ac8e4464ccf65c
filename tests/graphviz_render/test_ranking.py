from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graphviz_render.layered.ranking import LONGEST_SPAN, rank
from graphviz_render.problem import Problem, read
from tests.graphviz_render.graphs import Graph, graph_of


def ranks_of(graph: Graph) -> dict[Any, int]:
    return dict(zip(graph, rank(problem_of(graph)).ranks, strict=True))


def problem_of(graph: Graph) -> Problem:
    return read(graph, {})[0]


def test_a_parameter_lies_above_its_first_use_and_not_at_the_top() -> None:
    ranks = ranks_of(
        graph_of(("x", "a"), ("a", "b"), ("b", "c"), ("w", "b"), ("v", "t"), ("t", "c"))
    )
    assert ranks == {"x": 0, "a": 1, "b": 2, "c": 3, "w": 1, "v": 1, "t": 2}


def test_what_a_frame_makes_itself_lies_beside_the_rest_of_it() -> None:
    chain = [(step, step + 1) for step in range(10)]
    graph = graph_of(*chain, ("noise", "used outside"), frame=[8, 9, "noise"])
    assert ranks_of(graph)["noise"] == 8


def test_many_loose_nodes_form_a_block() -> None:
    graph = graph_of(("a", "b"))
    graph.add_nodes_from(range(100), width=10, height=10)
    ranks = ranks_of(graph)
    assert max(ranks[node] for node in range(100)) == 9


def test_edges_that_are_too_long_are_left_out() -> None:
    chain = [(step, step + 1) for step in range(LONGEST_SPAN + 1)]
    graph = graph_of(*chain, (0, LONGEST_SPAN), (0, LONGEST_SPAN + 1))
    left_out = rank(problem_of(graph)).left_out
    assert left_out == {list(graph.edges()).index((0, LONGEST_SPAN + 1))}


def test_a_deep_graph_needs_no_recursion() -> None:
    graph = graph_of(*pairwise(range(20_000)), (19_999, 0))
    ranking = rank(problem_of(graph))
    assert max(ranking.ranks) == 19_999
    assert sum(ranking.flipped) == 1


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=20))
def test_every_edge_but_loops_leads_down_once_circles_are_cut(edges: list[tuple[int, int]]) -> None:
    ranking = rank(problem_of(graph_of(*edges)))
    for top, bottom in zip(ranking.tops, ranking.bottoms, strict=True):
        assert top == bottom or ranking.ranks[top] < ranking.ranks[bottom]
