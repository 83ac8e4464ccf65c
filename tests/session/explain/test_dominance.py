from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from app.session.explain.dominance import CutTree

_graphs = st.lists(
    st.tuples(st.booleans(), st.lists(st.integers(0, 40), min_size=1, max_size=4)),
    min_size=1,
    max_size=40,
)


@given(_graphs)
def test_the_cuts_above_a_node_are_its_dominators_that_cut(
    nodes: list[tuple[bool, list[int]]],
) -> None:
    """Node n hangs on earlier nodes; node 0 is the root."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    tree = CutTree(0)
    cuts = set()
    for number, (cut, before) in enumerate(nodes, start=1):
        ways = {way % number for way in before}
        graph.add_edges_from((way, number) for way in ways)
        tree.add(number, ways, cut)
        cuts |= {number} if cut else set()
    dominator = nx.immediate_dominators(graph, 0)
    for number in range(1, len(nodes) + 1):
        expected = []
        above = dominator[number]
        while above != 0:
            expected += [above] if above in cuts else []
            above = dominator[above]
        assert list(tree.above(number)) == expected
