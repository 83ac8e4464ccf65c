from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSizeF

from app.gui.graph.camera import MAX_ZOOM, MIN_ZOOM, Camera, fitting, fitting_around, opening
from graphviz_render import Direction

cameras = st.builds(
    Camera,
    zoom=st.floats(MIN_ZOOM, MAX_ZOOM),
    x=st.floats(-5000, 5000),
    y=st.floats(-5000, 5000),
)
points = st.builds(QPointF, st.floats(-2000, 2000), st.floats(-2000, 2000))
ROOM = QRectF(232, 8, 600, 500)


def close(first: QPointF, second: QPointF, within: float = 1e-3) -> bool:
    return (first - second).manhattanLength() < within


@given(cameras, points)
def test_widget_and_scene_are_inverse(camera: Camera, point: QPointF) -> None:
    assert close(camera.to_widget(camera.to_scene(point)), point)


@given(cameras, points, st.floats(0.1, 10))
def test_zooming_keeps_what_is_under_the_pointer(
    camera: Camera, pointer: QPointF, factor: float
) -> None:
    before = camera.to_scene(pointer)
    after = camera.zoomed(factor, pointer)
    assert MIN_ZOOM <= after.zoom <= MAX_ZOOM
    assert close(after.to_widget(before), pointer)


@given(cameras, points)
def test_panning_moves_the_content_with_the_hand(camera: Camera, by: QPointF) -> None:
    fixed = QPointF(10, 20)
    assert close(camera.panned(by).to_widget(fixed), camera.to_widget(fixed) + by)


@given(cameras, cameras)
def test_a_glide_starts_and_ends_where_it_should(start: Camera, end: Camera) -> None:
    for share, there in ((0.0, start), (1.0, end)):
        on_the_way = start.toward(end, share)
        assert on_the_way.zoom == pytest.approx(there.zoom)
        assert on_the_way.x == pytest.approx(there.x, abs=1e-3)
        assert on_the_way.y == pytest.approx(there.y, abs=1e-3)


@given(cameras, st.sampled_from([1.0, 1.5, 2.0]))
def test_an_aligned_camera_stands_on_device_pixels(camera: Camera, ratio: float) -> None:
    aligned = camera.aligned(ratio)
    device = aligned.x * aligned.zoom * ratio
    assert device == pytest.approx(round(device), abs=1e-3)


@given(st.floats(1, 20_000), st.floats(1, 20_000))
def test_fitting_shows_everything_and_enlarges_nothing(width: float, height: float) -> None:
    bounds = QRectF(100, -50, width, height)
    camera = fitting(bounds, ROOM)
    assert camera.zoom <= 1.0
    if camera.zoom > MIN_ZOOM:
        seen = camera.rect_to_widget(bounds)
        spare = 0.04 * ROOM.width()  # the margins may shrink for whole pixels
        assert ROOM.adjusted(-spare, -spare, spare, spare).contains(seen)
        assert close(seen.center(), ROOM.center())


def test_fitting_prefers_whole_pixels_to_margins() -> None:
    assert fitting(QRectF(0, 0, 610, 400), ROOM).zoom == 1.0


FIRST = QRectF(0, 0, 272, 48)


def look(bounds: QRectF, first: QRectF, least: float, direction: Direction = "TB") -> Camera:
    return opening(fitting(bounds, ROOM), bounds, first, ROOM, least, direction)


def test_a_small_graph_opens_whole() -> None:
    bounds = QRectF(0, 0, 300, 700)
    assert look(bounds, FIRST, 0.5) == fitting(bounds, ROOM)


def test_a_long_graph_opens_at_its_beginning_in_full_size() -> None:
    camera = look(QRectF(0, 0, 300, 20_000), FIRST, 0.5)
    assert camera.zoom == 1.0
    assert camera.to_widget(QPointF(150, 0)) == QPointF(ROOM.center().x(), ROOM.top())


def test_a_wide_graph_opens_with_its_first_operation_in_the_middle() -> None:
    first = QRectF(4000, 0, 272, 48)
    camera = look(QRectF(0, 0, 20_000, 400), first, 0.5)
    assert camera.zoom == 0.5
    assert camera.to_widget(first.center()).x() == ROOM.center().x()


def test_the_first_look_does_not_go_beyond_the_graph() -> None:
    camera = look(QRectF(0, 0, 20_000, 20_000), FIRST, 0.5)
    assert camera.zoom == 0.5
    assert camera.to_widget(QPointF(0, 0)) == ROOM.topLeft()


def test_an_empty_graph_opens_at_100_percent() -> None:
    assert look(QRectF(), QRectF(), 0.5).zoom == 1.0


def test_a_long_graph_from_left_to_right_opens_at_its_left() -> None:
    first = QRectF(300, 150, 200, 50)
    camera = look(QRectF(0, 0, 20_000, 400), first, 0.5, "LR")
    assert camera.x + ROOM.left() / camera.zoom == 0
    camera = look(QRectF(0, 0, 20_000, 400), first.translated(9000, 0), 0.5, "LR")
    assert 0 < first.left() + 9000 - (camera.x + ROOM.left() / camera.zoom) <= 100


@given(cameras, st.floats(100, 3000), st.floats(100, 3000))
def test_no_margin_is_free_while_the_graph_goes_on_on_the_other_side(
    camera: Camera, width: float, height: float
) -> None:
    bounds = QRectF(-50, 20, width, height)
    moved = camera.within(bounds, ROOM)
    assert moved.zoom == camera.zoom
    seen = moved.rect_to_widget(bounds)
    for start, end, first, last in (
        (seen.left(), seen.right(), ROOM.left(), ROOM.right()),
        (seen.top(), seen.bottom(), ROOM.top(), ROOM.bottom()),
    ):
        if end - start <= last - first:  # all of it, in the middle
            assert abs((start + end) - (first + last)) < 1e-3 * camera.zoom + 1e-6
        else:
            assert start <= first + 1e-3
            assert end >= last - 1e-3


def test_the_area_is_what_the_widget_shows() -> None:
    area = Camera(2.0, 10, 20).area(QSizeF(200, 100))
    assert area == QRectF(10, 20, 100, 50)


EVERYWHERE = QRectF(8, 8, 824, 500)
CARD = QRectF(0, 0, 220, 200)


def test_a_graph_that_leaves_the_corner_free_is_shown_larger_than_beside_the_card() -> None:
    bounds, node = QRectF(0, 0, 1000, 450), QRectF(0, 250, 300, 200)
    camera = fitting_around(
        bounds, ROOM, EVERYWHERE, lambda c: not c.rect_to_widget(node).intersects(CARD)
    )
    assert camera.zoom == pytest.approx(0.824)
    assert EVERYWHERE.adjusted(-1, -1, 1, 1).contains(camera.rect_to_widget(bounds))


def test_a_graph_that_fills_every_corner_stays_beside_the_card() -> None:
    bounds = QRectF(0, 0, 1000, 450)
    camera = fitting_around(
        bounds, ROOM, EVERYWHERE, lambda c: not c.rect_to_widget(bounds).intersects(CARD)
    )
    assert not camera.rect_to_widget(bounds).intersects(CARD)
    assert camera.zoom >= fitting(bounds, ROOM).zoom


def test_a_graph_that_would_be_larger_beside_the_card_stays_in_the_middle() -> None:
    bounds, card = QRectF(0, 0, 300, 1000), QRectF(0, 300, 500, 210)
    above = QRectF(8, 8, 824, 280)
    camera = fitting_around(
        bounds, above, EVERYWHERE, lambda c: not c.rect_to_widget(bounds).intersects(card)
    )
    assert camera == fitting(bounds, above)


@given(st.floats(1, 20_000), st.floats(1, 20_000))
def test_where_no_place_is_clear_the_graph_is_beside_the_cards(width: float, height: float) -> None:
    bounds = QRectF(100, -50, width, height)
    camera = fitting_around(bounds, ROOM, EVERYWHERE, lambda _: False)
    assert camera == fitting(bounds, ROOM)
