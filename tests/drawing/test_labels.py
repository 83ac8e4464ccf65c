from __future__ import annotations

from itertools import combinations

import pytest

from app.drawing.grid import overlap
from app.drawing.labels import LabelPlacer
from app.session.look import geometry as g
from app.session.look.measure import EdgeLabel
from graphviz_render import Box
from tests.gui.graph.conftest import scene_of
from tests.gui.graph.demo_graphs import chain, no_grad_cut, residual, statuses

pytestmark = pytest.mark.usefixtures("qapp")
LABEL = EdgeLabel("x", "[2, 2]", False, 60)
UPRIGHT = ((100.0, 0.0), (100.0, 60.0))


def placed(placer: LabelPlacer, points: tuple[tuple[float, float], ...] = UPRIGHT) -> Box:
    box = placer.place(LABEL, points)
    assert box is not None
    return box


def test_a_label_stands_right_of_the_middle_of_its_line() -> None:
    box = placed(LabelPlacer([], [UPRIGHT], []))
    assert box.x == 100 + g.LABEL_GAP
    assert box.center[1] == 30


def test_a_label_goes_to_the_left_where_the_right_is_taken() -> None:
    taken = Box(110, 0, 200, 60)
    box = placed(LabelPlacer([taken], [UPRIGHT], []))
    assert box.right == 100 - g.LABEL_GAP


def test_a_label_keeps_off_the_chevrons_of_another_line() -> None:
    """The line itself passes just below the label."""
    level = ((104.0, 42.0), (300.0, 42.0))
    without = placed(LabelPlacer([], [UPRIGHT, level], []))
    assert without.x == 100 + g.LABEL_GAP
    box = placed(LabelPlacer([], [UPRIGHT, level], [], [(150.0, 42.0)]))
    assert not overlap(box, Box(145, 37, 10, 10))


def test_a_label_without_a_free_place_is_left_out_unless_the_layout_kept_one() -> None:
    placer = LabelPlacer([Box(0, 0, 300, 300)], [UPRIGHT], [])
    assert placer.place(LABEL, UPRIGHT) is None
    kept = placer.place(LABEL, UPRIGHT, (150.0, 30.0))
    assert kept is not None
    assert kept.width == LABEL.width


def test_two_labels_never_share_a_place() -> None:
    other = ((104.0, 0.0), (104.0, 60.0))
    placer = LabelPlacer([], [], [])
    assert not overlap(placed(placer), placed(placer, other))


def test_a_label_keeps_off_the_border_and_the_header_of_a_frame() -> None:
    box = placed(LabelPlacer([], [UPRIGHT], [Box(0, 30, 300, 200)]))
    assert box.center[1] == 15


@pytest.mark.parametrize("graph", [no_grad_cut(), residual(), statuses(), chain(40)])
def test_in_whole_graphs_labels_cover_neither_nodes_nor_each_other(graph: object) -> None:
    scene = scene_of(graph)  # type: ignore[arg-type]  # parametrize loses the type
    labels = [edge.label_rect for edge in scene.edges.values() if edge.label]
    for first, second in combinations(labels, 2):
        assert not first.intersects(second)
    for label in labels:
        assert not any(node.rect.intersects(label) for node in scene.nodes.values())
