"""What is on the picture, pixel by pixel at places that the measures give."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.drawing.shapes import node_fill
from app.gui.graph.painting.paint import NOTHING_DIMMED, Filter, paint_scene
from app.gui.graph.scenes.scene import Scene
from app.gui.theme import Theme
from app.session.graph.payloads import StatusKey
from tests.gui.graph.conftest import scene_of
from tests.gui.graph.demo_graphs import WORDS, no_grad_cut, statuses

pytestmark = pytest.mark.usefixtures("qapp")
THEMES = [Theme("light"), Theme("dark")]
SCALE = 4


class Picture:
    """A scene painted large; returns the colour at a scene point."""

    def __init__(
        self, scene: Scene, theme: Theme, filtered: Filter = NOTHING_DIMMED, zoom: float = 1.0
    ) -> None:
        self.scene, self.theme = scene, theme
        self._origin = scene.bounds.topLeft() - QPointF(20, 20)
        size = scene.bounds.adjusted(-20, -20, 20, 20).size()
        self._image = QImage((size * SCALE).toSize(), QImage.Format.Format_RGB32)
        self._image.fill(theme.colors.canvas)
        painter = QPainter(self._image)
        painter.scale(SCALE, SCALE)
        painter.translate(-self._origin)
        paint_scene(painter, theme, scene, scene.bounds, zoom, filtered)
        painter.end()

    def at(self, x: float, y: float) -> QColor:
        point = (QPointF(x, y) - self._origin) * SCALE
        return self._image.pixelColor(int(point.x()), int(point.y()))

    def count(self, area: QRectF, color: QColor) -> int:
        """How many pixels of an area have a colour."""
        area = QRectF((area.topLeft() - self._origin) * SCALE, area.size() * SCALE)
        inside = area.toRect().intersected(self._image.rect())
        return sum(
            self._image.pixelColor(x, y) == color
            for x in range(inside.left(), inside.right())
            for y in range(inside.top(), inside.bottom())
        )


@pytest.fixture(scope="module", params=THEMES, ids=lambda theme: theme.name)
def picture(request: pytest.FixtureRequest, qapp: object) -> Picture:
    return Picture(scene_of(no_grad_cut()), request.param)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_status_has_its_border_and_its_fill(theme: Theme) -> None:
    scene = scene_of(statuses())
    shown = Picture(scene, theme)
    for number, status in enumerate(WORDS):
        rect = scene.nodes[f"op:{number}"].rect
        # Along the lower border there is no text; a dash is somewhere, for most a gap as well.
        width = theme.style(status).width
        along = [
            shown.at(rect.left() + x / 4, rect.bottom() - 0.8 * width) for x in range(40, 1000)
        ]
        assert theme.tone(status).graphic in along, status
        dashed, fill = bool(theme.style(status).dash), theme.color(node_fill(status))
        assert (fill in along) == dashed, status
        assert shown.at(rect.left() + 20, rect.bottom() - 8) == fill, status


def test_left_torch_has_a_double_border(picture: Picture) -> None:
    scene = scene_of(statuses())
    shown = Picture(scene, picture.theme)
    rect, tone = scene.nodes["op:6"].rect, picture.theme.tone("left_torch")
    x = rect.left() + 60
    down = [
        shown.at(x, rect.top() + 0.5),
        shown.at(x, rect.top() + 2),
        shown.at(x, rect.top() + 3.5),
    ]
    assert down == [tone.graphic, tone.fill, tone.graphic]


def test_a_gradient_edge_is_blue_and_three_pixels_wide(picture: Picture) -> None:
    edge = picture.scene.edges["op:3", "op:4", 0]
    x, y = edge.points[0].x(), edge.points[0].y() + 4
    blue = picture.theme.tone("gradient").graphic
    across = [picture.at(x + offset / 4, y) == blue for offset in range(-16, 17)]
    assert 11 <= sum(across) <= 13


def test_the_chevron_points_against_the_data_and_parts_the_line(picture: Picture) -> None:
    edge = picture.scene.edges["op:4", "tensor:5", 0]
    x = edge.points[0].x()
    middle = (edge.points[0].y() + edge.points[-1].y()) / 2
    blue, canvas = picture.theme.tone("gradient").graphic, picture.theme.colors.canvas
    assert picture.at(x, middle - 2.5) == blue
    assert picture.at(x, middle + 1.2) == canvas
    assert picture.at(x - 4.5, middle + 2.2) == blue


def test_a_data_edge_has_an_arrowhead_at_the_consumer(picture: Picture) -> None:
    edge = picture.scene.edges["tensor:1", "op:1", 0]
    tip = edge.points[-1]
    line = picture.theme.colors.line
    assert picture.at(tip.x() - 3, tip.y() - 5) == line
    assert picture.at(tip.x() - 3, tip.y() - 8) != line
    assert picture.at(tip.x(), tip.y() - 12) == line


def test_the_cut_edge_is_dashed_in_vermillion(picture: Picture) -> None:
    edge = picture.scene.edges["op:2", "cut:2", 0]
    x, top, bottom = edge.points[0].x(), edge.points[0].y(), edge.points[-1].y()
    frame = picture.scene.frames[0].rect
    down = [
        picture.at(x, frame.bottom() + 1 + y / 4)
        for y in range(int(bottom - frame.bottom()) * 4 - 8)
    ]
    assert top < frame.bottom() < bottom
    assert picture.theme.tone("cut").graphic in down
    assert picture.theme.colors.canvas in down


def test_the_cut_bar_has_a_filled_block_and_a_plain_rest(picture: Picture) -> None:
    rect = picture.scene.nodes["cut:2"].rect
    assert picture.at(rect.left() + 3, rect.center().y()) == picture.theme.tone("cut").graphic
    assert picture.at(rect.right() - 6, rect.center().y()) == picture.theme.colors.panel


def test_the_region_is_tinted_and_dashed(picture: Picture) -> None:
    rect, tone = picture.scene.frames[0].rect, picture.theme.tone("no_grad")
    assert picture.at(rect.left() + 8, rect.center().y()) == tone.fill
    left_side = [picture.at(rect.left() + 0.75, rect.top() + 20 + y / 4) for y in range(200)]
    assert tone.graphic in left_side
    assert tone.fill in left_side


def test_a_small_gradient_is_a_map_in_its_pill(picture: Picture) -> None:
    weight, bias = picture.scene.nodes["op:3"].pills
    right = weight.rect.right() - 10
    colors = picture.theme.colors
    assert picture.at(right - 5, weight.rect.center().y()) == colors.heat_negative
    assert picture.at(bias.rect.right() - 15, bias.rect.center().y()) == colors.heat_positive


def test_text_is_written_in_the_colour_of_its_status(picture: Picture) -> None:
    rect = picture.scene.nodes["op:2"].rect
    words = QRectF(rect.x() + 36, rect.y() + 28, 100, 16)
    assert picture.count(words, picture.theme.tone("no_grad").text) > 50
    title = QRectF(rect.x() + 36, rect.y() + 10, 40, 16)
    assert picture.count(title, picture.theme.colors.text) > 50


def test_a_filtered_status_is_pale_and_the_others_are_not() -> None:
    scene, theme = scene_of(no_grad_cut()), THEMES[0]
    shown = Picture(scene, theme, Filter(frozenset[StatusKey]({"recorded"})))
    pale, whole = scene.nodes["op:4"].rect, scene.nodes["op:2"].rect
    border = theme.tone("recorded").graphic
    assert shown.at(pale.center().x() + 60, pale.bottom() - 0.75) != border
    words = QRectF(whole.x() + 36, whole.y() + 28, 100, 16)
    assert shown.count(words, theme.tone("no_grad").text) > 50


@pytest.mark.parametrize(("zoom", "words", "border"), [(0.6, False, True), (0.3, False, True)])
def test_far_away_only_what_can_be_read_is_drawn(zoom: float, words: bool, border: bool) -> None:
    scene, theme = scene_of(no_grad_cut()), THEMES[0]
    shown = Picture(scene, theme, zoom=zoom)
    rect = scene.nodes["op:2"].rect
    status_row = QRectF(rect.x() + 36, rect.y() + 56, 100, 16)
    assert (shown.count(status_row, theme.tone("no_grad").text) > 50) == words
    along = [shown.at(rect.left() + x / 4, rect.bottom() - 0.75) for x in range(40, 800)]
    assert (theme.tone("no_grad").graphic in along) == border


def test_from_very_far_a_node_is_a_patch_of_its_status() -> None:
    scene, theme = scene_of(no_grad_cut()), THEMES[0]
    shown = Picture(scene, theme, zoom=0.05)
    center = scene.nodes["op:2"].rect.center()
    assert shown.at(center.x() + 30, center.y()) == theme.tone("no_grad").graphic
