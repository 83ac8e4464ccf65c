from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.gui.graph.navigate import Direction, neighbour
from app.gui.graph.scenes.scene import Scene
from tests.gui.graph.conftest import scene_of
from tests.gui.graph.demo_graphs import no_grad_cut, residual


@pytest.fixture(scope="module")
def blocks(qapp: QApplication) -> Scene:
    """Two blocks of layer_norm (1), q, k, v (2 to 4), attention (5), add (6)."""
    return scene_of(residual())


@pytest.mark.parametrize(
    ("start", "direction", "end"),
    [
        ("op:5", "down", "op:6"),
        ("op:1", "up", "tensor:0"),
        ("op:5", "up", None),  # any of the two gradient edges
        ("op:2", "right", "op:3"),
        ("op:3", "left", "op:2"),
        ("op:4", "right", "nothing"),
        ("tensor:0", "up", "nothing"),
        ("tensor:9", "down", "nothing"),
        ("op:3", "first", "tensor:0"),
        ("op:3", "last", "tensor:9"),
    ],
)
def test_where_the_keys_lead(
    blocks: Scene, start: str, direction: Direction, end: str | None
) -> None:
    found = neighbour(blocks, start, direction)
    if end is None:
        assert found in {"op:2", "op:4"}, "gradient edges come first"
    else:
        assert found == (None if end == "nothing" else end)


def test_reading_goes_from_top_to_bottom(qapp: QApplication) -> None:
    scene = scene_of(no_grad_cut())
    assert scene.reading_order == [
        "tensor:1", "op:1", "op:2", "cut:2", "op:3", "op:4", "tensor:5",
    ]  # fmt: skip


def test_from_left_to_right_the_keys_lead_as_the_picture_goes(qapp: QApplication) -> None:
    """The same as above, turned: right follows edges, down goes to what is below."""
    turned: dict[Direction, Direction] = {
        "down": "right", "up": "left", "right": "down", "left": "up",
        "first": "first", "last": "last",
    }  # fmt: skip
    upright, lying = scene_of(residual()), scene_of(residual(), "LR")
    across = {"op:2": "op:3", "op:3": "op:4"}
    for start in ("op:1", "op:5", "tensor:0", "tensor:9"):
        for way in ("down", "up"):
            there = neighbour(lying, start, turned[way])
            ends = {edge.key[way == "down"] for edge in upright.leaving(start)}
            ends |= {edge.key[way == "down"] for edge in upright.arriving(start)}
            assert there is None or there in ends
    for start, end in across.items():
        assert neighbour(lying, start, "down") == end
        assert neighbour(lying, end, "up") == start
    assert lying.reading_order[0] == "tensor:0"
    assert lying.reading_order[-1] == "tensor:9"


def test_an_empty_scene_leads_nowhere() -> None:
    assert neighbour(Scene([], [], []), "", "first") is None
