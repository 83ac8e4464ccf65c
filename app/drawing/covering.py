"""A placed graph without its answers: everything stays in its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from app.drawing.placing import PlacedRoute, Places
from app.drawing.routes import DrawnRoute, Point, drawn_route
from app.session.asking.covered import Covered
from app.session.graph.part import EdgeKey
from app.session.graph.payloads import FrameItem
from app.session.look import geometry as g
from app.session.look.measure import Measure

if TYPE_CHECKING:
    import networkx as nx


def cover(
    graph: nx.MultiDiGraph[str], places: Places, covered: Covered, measure: Measure
) -> tuple[nx.MultiDiGraph[str], Places]:
    """Return a graph and its places with covered items; hidden regions and cuts are gone."""
    hidden = {key for key, data in graph.nodes(data=True) if covered.hides_cut(data["item"])}
    found = graph.copy()
    found.remove_nodes_from(hidden)
    found.remove_edges_from(list(found.edges(keys=True)))
    for _, data in found.nodes(data=True):
        data["item"] = covered.node(data["item"])
    edges: dict[EdgeKey, PlacedRoute] = {}
    routes = {key: placed.route for key, placed in places.edges.items()}
    for old, key, points in past_hidden(routes, hidden):
        placed, item = places.edges[old], covered.edge(graph.edges[old]["item"])
        source, target, number = key
        found.add_edge(source, target, key=number, item=item)
        label = None if placed.label is None else measure.edge_label(item)
        edges[key] = PlacedRoute(covered_route(points, placed.route), label, placed.label_box)
    items: dict[str, FrameItem] = graph.graph["frames"]
    frames = {key: shown for key in items if (shown := covered.frame(items[key])) is not None}
    found.graph["frames"] = frames
    boxes = {key: box for key, box in places.nodes.items() if key not in hidden}
    outlines = {key: box for key, box in places.frames.items() if key in frames}
    return found, Places(boxes, edges, outlines)


def past_hidden(
    routes: Mapping[EdgeKey, DrawnRoute], hidden: Collection[str]
) -> Iterator[tuple[EdgeKey, EdgeKey, tuple[Point, ...]]]:
    """Yield each edge that is left without some nodes: its key, the key that it gets, its points.

    Edges lead through the room of hidden nodes; those from there have new keys, with numbers below
    0, which are free.
    """
    arriving: dict[str, list[EdgeKey]] = defaultdict(list)
    for key in routes:
        arriving[key[1]].append(key)
    for key, one in routes.items():
        source, target, number = key
        if target in hidden:
            continue
        if source not in hidden:
            yield key, key, one.points
            continue
        for before in arriving[source]:
            yield key, (before[0], target, -1 - number), routes[before].points + one.points


def covered_route(points: tuple[Point, ...], before: DrawnRoute) -> DrawnRoute:
    """Return the route of a covered edge, which ends in an arrow, as all plain data does."""
    return drawn_route(points, is_tunnel=before.is_tunnel, shorten_end=g.ARROW_LENGTH - 1)
