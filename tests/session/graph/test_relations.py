"""Parts of drawn graphs, over random ones."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.graph.relations import between, downstream, part_of, upstream

Pairs = list[tuple[int, int]]
PAIRS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=24)


def graph_of(pairs: Pairs) -> nx.MultiDiGraph[str]:
    """Nine nodes, edges from the smaller number to the larger."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from(str(number) for number in range(9))
    graph.add_edges_from((str(min(p)), str(max(p))) for p in pairs if p[0] != p[1])
    return graph


@given(pairs=PAIRS)
def test_all_before_and_all_after_mirror_each_other(pairs: Pairs) -> None:
    graph = graph_of(pairs)
    for one in graph:
        before, after = upstream(graph, one), downstream(graph, one)
        assert one in before.nodes & after.nodes
        assert all(one in downstream(graph, other).nodes for other in before.nodes)
        assert all(nx.has_path(graph, one, other) for other in after.nodes)


@given(pairs=PAIRS)
def test_between_two_is_what_lies_on_a_way(pairs: Pairs) -> None:
    graph = graph_of(pairs)
    part = between(graph, "7", "1")
    assert part == between(graph, "1", "7")
    for key in graph:
        on_a_way = nx.has_path(graph, "1", key) and nx.has_path(graph, key, "7")
        assert (key in part.nodes) == on_a_way


@given(pairs=PAIRS, keys=st.sets(st.integers(0, 12)))
def test_a_part_has_every_edge_among_its_nodes(pairs: Pairs, keys: set[int]) -> None:
    graph = graph_of(pairs)
    part = part_of(graph, map(str, keys))
    assert part.nodes == {str(key) for key in keys if key < 9}
    for edge in graph.edges(keys=True):
        assert (edge in part.edges) == (set(edge[:2]) <= part.nodes)


def test_what_is_not_drawn_is_an_error() -> None:
    with pytest.raises(KeyError):
        upstream(graph_of([]), "gone")
