"""The routes of edges, from a layout to what is drawn."""

from __future__ import annotations

from app.drawing.routes import corners, drawn_route, rounded
from graphviz_render import Box, Route


def test_corners_are_round_and_the_end_is_shortened_for_the_arrowhead() -> None:
    path = rounded([(0, 0), (0, 40), (60, 40), (60, 80)], shorten_end=5)
    assert [*path] == [
        ("M", (0, 0)),
        ("L", (0, 34)), ("Q", (0, 40, 6, 40)),
        ("L", (54, 40)), ("Q", (60, 40, 60, 46)),
        ("L", (60, 75)),
    ]  # fmt: skip


def test_a_tunnel_is_a_stub_at_each_end() -> None:
    found = drawn_route(((0, 0), (0, 24), (80, 900), (80, 924)), is_tunnel=True, shorten_end=5)
    assert [*found.path] == [
        ("M", (0, 0)), ("L", (0, 24)),
        ("M", (80, 900)), ("L", (80, 919)),
    ]  # fmt: skip
    assert found.pieces == [((0, 0), (0, 24)), ((80, 900), (80, 924))]
    assert found.bounds == Box(0, 0, 80, 924)


def test_a_route_ends_at_the_borders_of_its_nodes_on_whole_pixels() -> None:
    source, target = Box(0, 0, 100, 31), Box(10, 80, 100, 30)
    route = Route("polyline", [(40.4, 30.6), (40.4, 55.2), (60.3, 55.2), (60.3, 79.7)])
    assert corners(route, source, target) == ((40, 31), (40, 55), (60, 55), (60, 80))


def test_a_level_route_ends_at_the_sides_of_its_nodes() -> None:
    source, target = Box(0, 0, 101, 30), Box(180, 0, 100, 30)
    route = Route("polyline", [(100.4, 15.2), (179.7, 15.2)])
    assert corners(route, source, target) == ((101, 15), (180, 15))


def test_a_curve_becomes_a_smooth_line() -> None:
    curve = Route("spline", [(0, 0), (0, 50), (100, 50), (100, 100)])
    points = corners(curve, Box(0, 0, 0, 0), Box(0, 0, 0, 0))
    assert [points[at] for at in (0, len(points) // 2, -1)] == [(0, 0), (50, 50), (100, 100)]
