"""Which cuts every path from the loss to a node goes through.

On a graph without cycles the dominators of a node are those that all its predecessors share, so
one pass in topological order finds them.  Only cuts are kept: the tree has one node for each, and
two branches of it meet at the last cut that both paths went through.  Jump pointers (Myers 1983)
find that in logarithmic time, however long the chains are; `networkx.immediate_dominators` walks
them step by step, which takes a minute where an input is used in every step of a long loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Node = int | str


class CutTree:
    """A dominator tree of cuts, built from the root down.

    Nodes are added after all that lead to them.  A node that is not a cut represents the last cut
    before it.
    """

    def __init__(self, root: Node) -> None:
        self._at: dict[Node, Node] = {root: root}
        """Of each node itself where it is a cut, else the last cut that dominates it."""
        self._parent: dict[Node, Node] = {root: root}
        self._jump: dict[Node, Node] = {root: root}
        self._depth: dict[Node, int] = {root: 0}
        self._root = root

    def add(self, node: Node, before: Iterable[Node], cut: bool) -> None:
        """`before` are the nodes that lead to `node`, at least one."""
        places = iter(before)
        above = self._at[next(places)]
        for place in places:
            above = self._common(above, self._at[place])
        if cut:
            self._hang(node, above)
        self._at[node] = node if cut else above

    def above(self, node: Node) -> Iterator[Node]:
        """The cuts that dominate `node`, the nearest to it first; never the node itself."""
        cut = self._at[node]
        if cut == node and cut != self._root:
            cut = self._parent[cut]
        while cut != self._root:
            yield cut
            cut = self._parent[cut]

    def _hang(self, node: Node, parent: Node) -> None:
        jump = self._jump[parent]
        depth = self._depth
        even = depth[parent] - depth[jump] == depth[jump] - depth[self._jump[jump]]
        self._parent[node] = parent
        self._jump[node] = self._jump[jump] if even else parent
        depth[node] = depth[parent] + 1

    def _common(self, one: Node, other: Node) -> Node:
        depth, jump, parent = self._depth, self._jump, self._parent
        if depth[one] < depth[other]:
            one, other = other, one
        while depth[one] > depth[other]:
            one = jump[one] if depth[jump[one]] >= depth[other] else parent[one]
        while one != other:
            if jump[one] != jump[other]:
                one, other = jump[one], jump[other]
            else:
                one, other = parent[one], parent[other]
        return one
