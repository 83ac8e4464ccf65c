"""The graph that is drawn, as it is freed without the cyclic garbage collector."""

from __future__ import annotations

from networkx import MultiDiGraph
from networkx.classes import reportviews


class DrawnGraph(MultiDiGraph):  # type: ignore[type-arg]
    """A graph that keeps no view of its edges and degrees.

    networkx keeps one in the graph when it is first read, and that refers back to the graph.  The
    collector would have to find the two; of a large run it never does (`app.session.garbage`).
    """

    edges = out_edges = property(reportviews.OutMultiEdgeView)
    in_edges = property(reportviews.InMultiEdgeView)
    degree = property(reportviews.DiMultiDegreeView)
    in_degree = property(reportviews.InMultiDegreeView)
    out_degree = property(reportviews.OutMultiDegreeView)
