"""What items are drawn with, at every distance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.drawing import edges, nodes
from app.drawing.frames import floating, header
from app.drawing.grid import overlap
from app.drawing.lens import Lens
from app.drawing.routes import drawn_route
from app.drawing.shapes import STATUS_BORDERS, Line, Rect, Shapes, Sign, Text
from app.drawing.strip import cells
from app.page.metrics import FACES, MEASURE
from app.session.graph.payloads import (
    CutItem,
    EdgeItem,
    FrameItem,
    GroupItem,
    Member,
    OperationItem,
    Stepper,
    TensorItem,
    Tile,
)
from app.session.look import geometry as g
from app.session.look.measure import NodeItem
from app.session.timeline.picture import StepProgress
from graphviz_render import Box
from tests.gui.graph.demo_graphs import operation, pill

LENS = Lens(FACES)
PLACE = Box(100, 200, 272, 48)
OPERATION = operation(1, "linear", line=3)
GROUP = GroupItem(
    "loop:t", "loop", "for t", "", 3, 4, "recorded", (("recorded", 8), ("no_grad", 2)),
    "8 recorded, 2 skipped", (), (1, 2),
)  # fmt: skip
TENSOR = TensorItem(1, "x", "[2, 2]", "leaf")


def texts(drawing: Shapes) -> list[str]:
    return [shape.text for shape in drawing if isinstance(shape, Text) and shape.text]


def parts(drawing: Shapes, part: str) -> list[Rect]:
    return [shape for shape in drawing if isinstance(shape, Rect) and shape.part == part]


@pytest.mark.parametrize(
    ("kind", "height", "count"),
    [("gradient", 40, 1), ("gradient", 80, 2), ("waiting", 80, 1), ("data", 80, 0), ("cut", 80, 0)],
)
def test_chevrons_say_where_a_gradient_goes_and_two_that_it_came(
    kind: str, height: float, count: int
) -> None:
    item = EdgeItem(1, kind, "", "")  # type: ignore[arg-type]  # parametrize loses the type
    drawing = edges.edge(LENS, item, drawn_route(((0, 0), (0, height)), is_tunnel=False))
    tips = [
        shape for shape in drawing
        if isinstance(shape, Line) and shape.border.width == g.CHEVRON_WIDTH
    ]  # fmt: skip
    assert len(tips) == count


@pytest.mark.parametrize("item", [GROUP, replace(OPERATION, summary="3 recorded")])
def test_what_holds_others_lies_on_two_outlines(item: NodeItem) -> None:
    behind = parts(nodes.node(LENS, item, PLACE), "behind")
    offsets = [(shape.box.x - PLACE.x, shape.box.y - PLACE.y) for shape in behind]
    assert offsets == [(2 * g.STACK_OFFSET,) * 2, (g.STACK_OFFSET,) * 2]


def test_a_parameter_that_there_is_no_room_for_is_counted() -> None:
    item = replace(OPERATION, pills=tuple(pill(f"p{number}") for number in range(9)))
    drawing = nodes.node(LENS, item, PLACE)
    shown = parts(drawing, "pill")
    assert [shape.tensor is None for shape in shown] == [False] * 5 + [True]
    assert texts(drawing)[-1] == "4 more"


@pytest.mark.parametrize("item", [OPERATION, GROUP, TENSOR])
def test_from_afar_there_is_a_name_then_a_glyph(
    item: OperationItem | GroupItem | TensorItem,
) -> None:
    for zoom in (1.0, 0.8, 0.6, 0.45):
        assert item.title in texts(nodes.node(Lens(FACES, zoom), item, PLACE)), zoom
    afar = nodes.node(Lens(FACES, 0.15), item, PLACE)
    assert texts(afar) == []
    assert [shape for shape in afar if isinstance(shape, Sign)]


@pytest.mark.parametrize("item", [OPERATION, GROUP, TENSOR, CutItem(1, "gradient stops here")])
@pytest.mark.parametrize("height", [28, 48, 84])
def test_nothing_is_ever_without_name_or_glyph(item: NodeItem, height: float) -> None:
    for percent in range(8, 120):
        drawing = nodes.node(Lens(FACES, percent / 100), item, PLACE._replace(height=height))
        assert [shape for shape in drawing if isinstance(shape, (Text, Sign))], percent


@pytest.mark.parametrize("zoom", [0.35, 0.5, 0.6, 0.7, 0.8, 0.95])
def test_a_name_has_the_same_size_on_the_screen_whatever_the_zoom(zoom: float) -> None:
    drawing = nodes.node(Lens(FACES, zoom), OPERATION, PLACE)
    names = (shape for shape in drawing if isinstance(shape, Text) and shape.text == "linear")
    assert next(names).face.pixels * zoom == pytest.approx(13, abs=0.5)


def test_a_group_s_title_is_whole_from_afar_where_its_summary_made_room() -> None:
    item = replace(GROUP, title="iterations 2–5", summary="1,028 recorded, 4 skipped, grads 4/4")
    box = Box(0, 0, MEASURE.node_size(item).width, g.GROUP_HEIGHT)
    assert texts(nodes.node(Lens(FACES, 0.55), item, box)) == ["iterations 2–5", "×4"]


MODULE = FrameItem(None, "module", "encoder", None, "neutral", None, "module:encoder")
WINDOW = Box(0, 0, 1000, 1000)


@pytest.mark.parametrize(
    ("width", "shown"), [(500, ["12 recorded, grads 4/4"]), (230, ["12 recorded"]), (140, [])]
)
def test_the_header_of_a_frame_has_whole_parts_of_its_summary(width: int, shown: list[str]) -> None:
    item = replace(MODULE, summary="12 recorded, grads 4/4")
    assert texts(header(LENS, item, Box(0, 0, width, 200))) == ["encoder", *shown]


def test_the_title_of_a_frame_floats_where_its_header_cannot_be_read() -> None:
    frame = ("f", MODULE, Box(100, 100, 400, 600))
    assert floating(LENS, [frame], WINDOW) == []
    (title,) = floating(Lens(FACES, 0.5), [frame], WINDOW)
    assert texts(title.drawing) == ["encoder"]
    assert title.place.y < 100 < title.place.bottom


def test_the_title_of_a_frame_stays_at_the_top_of_what_is_in_sight() -> None:
    (title,) = floating(LENS, [("f", MODULE, Box(100, -300, 400, 600))], WINDOW)
    assert title.place.y == 0
    (title,) = floating(LENS, [("f", MODULE, Box(100, -595, 400, 600))], WINDOW)
    assert title.place.bottom == 5


def test_titles_of_frames_do_not_cover_each_other() -> None:
    inner = ("g", replace(MODULE, title="layers"), Box(110, 110, 380, 200))
    outer, other = floating(
        Lens(FACES, 0.4), [("f", MODULE, Box(100, 100, 400, 600)), inner], WINDOW
    )
    assert not overlap(outer.place, other.place)


def test_a_title_lies_below_a_frame_that_ends_where_it_would_be() -> None:
    above, below = Box(100, 100, 400, 190), Box(100, 300, 400, 200)
    around = Box(90, 50, 420, 500)
    frames = [(name, MODULE, box) for name, box in zip("oab", (around, above, below), strict=True)]
    places = {one.frame: one.place for one in floating(Lens(FACES, 0.5), frames, WINDOW)}
    assert places["b"].y == above.bottom
    assert places["a"].y < above.y
    (alone,) = floating(Lens(FACES, 0.5), [("b", MODULE, below)], WINDOW)
    assert alone.place.y < above.bottom


def test_a_title_lies_below_a_node_that_ends_where_it_would_be() -> None:
    node, frame = Box(120, 60, 200, 36), ("f", MODULE, Box(100, 100, 400, 300))

    def titled(*nodes: Box) -> Box:
        (title,) = floating(
            Lens(FACES, 0.5), [frame], WINDOW, lambda at: [n for n in nodes if overlap(n, at)]
        )
        return title.place

    assert overlap(titled(), node)
    assert not overlap(titled(node), node)
    assert titled(Box(120, 20, 200, 36)) == titled()


def test_a_frame_without_room_for_a_name_has_no_title() -> None:
    assert floating(Lens(FACES, 0.2), [("f", MODULE, Box(0, 0, 120, 90))], WINDOW) == []


def test_a_note_stands_in_place_of_the_status() -> None:
    drawing = nodes.node(LENS, OPERATION, PLACE, note=StepProgress("running", "AddmmBackward0"))
    assert "AddmmBackward0" in texts(drawing)
    assert OPERATION.words not in texts(drawing)
    assert {shape.glyph for shape in drawing if isinstance(shape, Sign)} >= {"gradient"}


def test_only_where_one_can_step_there_are_buttons() -> None:
    stepper = Stepper("t", 1, 4, is_first=False, is_last=False)
    item = FrameItem(None, "module", "for t", None, "neutral", None, "loop:t", stepper=stepper)
    box = Box(0, 0, 400, 200)
    assert len(parts(header(LENS, item, box), "button")) == 2
    assert parts(header(LENS, item, box, can_step=False), "button") == []
    assert "iteration 2 of 4" in texts(header(LENS, item, box, can_step=False))


def test_a_row_of_alike_groups_has_a_cell_for_each_with_its_status() -> None:
    members = tuple(Member(f"m{n}", str(n), "no_grad" if n == 1 else "recorded") for n in range(3))
    item = replace(GROUP, count=3, members=members)
    room = Box(*PLACE[:3], g.GROUP_HEIGHT + g.STRIP_HEIGHT)
    drawing = nodes.node(LENS, item, room)
    shown = parts(drawing, "cell")
    assert [one.box for one in shown] == cells(item, room)
    assert [one.border for one in shown] == [STATUS_BORDERS[one.status] for one in members]
    assert {"0", "1", "2"} <= set(texts(drawing))
    assert parts(nodes.node(LENS, item, PLACE), "cell") == []  # a row has no room for them


MARKED = replace(OPERATION, tiles=(Tile("frozen", 3), Tile("trained", 1), Tile("unknown", 1)))


@pytest.mark.parametrize("zoom", [1.0, 0.6])
def test_tiles_stand_at_the_right_end_the_worst_first(zoom: float) -> None:
    drawing = nodes.node(Lens(FACES, zoom), MARKED, PLACE)
    shown = parts(drawing, "tile")
    assert [shape.border.color for shape in shown if shape.border] == [
        "no_input_requires_grad-g", "gradient-g",
    ]  # fmt: skip
    assert all(shape.box.x > PLACE.center[0] for shape in shown)
    assert "3" in texts(drawing)
    assert "1" not in texts(drawing)


@pytest.mark.parametrize("zoom", [1.0, 0.75])
def test_a_tile_stands_clear_of_the_line_beside_it(zoom: float) -> None:
    lens = Lens(FACES, zoom)
    drawing = nodes.node(lens, replace(MARKED, line=12), PLACE)
    line = next(one for one in drawing if isinstance(one, Text) and one.text == "line 12")
    first = min(shape.box.x for shape in parts(drawing, "tile"))
    assert (first - line.x) / lens.unit == pytest.approx(8)


def test_where_there_is_little_room_the_name_comes_before_tiles() -> None:
    drawing = nodes.node(Lens(FACES, 0.5), MARKED, PLACE._replace(width=150, height=28))
    assert "linear" in texts(drawing)
    assert len(parts(drawing, "tile")) < 2


@pytest.mark.parametrize("zoom", [1.0, 0.85, 0.7])
def test_tiles_of_a_full_node_stand_clear_of_its_second_line(zoom: float) -> None:
    drawing = nodes.node(Lens(FACES, zoom), MARKED, PLACE)
    foot = max(shape.box.bottom for shape in parts(drawing, "tile"))
    status = next(one for one in drawing if isinstance(one, Text) and one.text == MARKED.words)
    assert foot <= status.baseline - 0.75 * status.face.pixels


def test_a_detail_that_has_room_for_no_more_than_two_letters_is_left_out() -> None:
    item, shown = replace(OPERATION, title="mul", module="attention"), set[str]()
    for width in range(90, 272):
        for one in texts(nodes.node(LENS, item, PLACE._replace(width=width))):
            shown |= {one} if one.startswith("a") else set()
    assert "attention" in shown
    assert min(map(len, shown)) > 3


def test_the_detail_of_a_row_loses_whole_parts_before_letters() -> None:
    lens = Lens(FACES, 0.67)
    item, shown = replace(GROUP, title="layer3.0", detail="Block, train"), set[str]()
    for width in range(120, 400):
        box = PLACE._replace(width=width, height=28)
        shown |= {one for one in texts(nodes.node(lens, item, box)) if one[0] == "B"}
    assert {"Block", "Block, train"} <= shown
    assert all(one.startswith("Block") or 2 * len(one) > len("Block") for one in shown)


def test_pills_of_one_node_are_written_in_one_face() -> None:
    lens = Lens(FACES, 0.77)
    two = (pill("a", "none"), pill("a_very_long_name", "none"))
    drawn = nodes.node(lens, replace(OPERATION, pills=two), PLACE._replace(height=84))
    states = [one for one in drawn if isinstance(one, Text) and one.text == "None"]
    assert len(states) == 2
    assert states[0].face.pixels == states[1].face.pixels


def test_a_label_that_is_too_long_from_afar_leaves_out_its_name() -> None:
    item = EdgeItem(1, "gradient", "logits", "grad [2, 10, 100]  norm 0.22")
    words = MEASURE.edge_label(item)
    assert words is not None
    assert texts(edges.label(Lens(FACES), item, words, (0, 0))) == [item.name, item.detail]
    far = Lens(FACES, 0.77)
    drawn = edges.label(far, item, words, (0, 0))
    assert texts(drawn) == [item.detail]
    shape = next(one for one in drawn if isinstance(one, Text) and one.text)
    assert shape.face.pixels == far.faces.small.pixels


def test_the_name_of_a_tensor_stands_in_the_middle_where_nothing_is_at_its_end() -> None:
    drawing = nodes.node(Lens(FACES, 0.45), replace(TENSOR, detail="", role="result"), PLACE)
    name = next(one for one in drawing if isinstance(one, Text) and one.text == "x")
    assert name.x + name.face.width("x") / 2 == pytest.approx(PLACE.center[0])


def test_the_name_of_an_operation_takes_all_the_row_and_is_cut_at_its_end() -> None:
    lens, item = Lens(FACES, 0.45), replace(OPERATION, title="adaptive_avg_pool2d")
    face = lens.name_face(28, mono=False)
    assert face is not None
    needed = face.width(item.title) + (3 * g.ROW_TIGHT + g.ROW_GLYPH) * lens.unit
    whole = Box(0, 0, needed, 28)
    assert texts(nodes.node(lens, item, whole))[0] == item.title
    cut = texts(nodes.node(lens, item, whole._replace(width=0.7 * needed)))[0]
    assert cut.endswith("…")
    assert item.title.startswith(cut[:-1])


def test_by_training_the_worst_tile_gives_the_colour() -> None:
    (outline,) = parts(nodes.node(LENS, MARKED, PLACE, by_training=True), "outline")
    assert outline.fill == "no_input_requires_grad-f"
    (outline,) = parts(nodes.node(LENS, OPERATION, PLACE, by_training=True), "outline")
    assert outline.fill == "node"


def test_of_thousands_of_frames_only_so_many_get_a_title_as_can_be_read() -> None:
    frames = [(f"f{n}", MODULE, Box(n % 50 * 500, n // 50 * 400, 400, 300)) for n in range(5000)]
    everything = Box(0, 0, 30_000, 50_000)
    assert floating(Lens(FACES, 0.1), frames, everything) == []
    assert 0 < len(floating(Lens(FACES, 0.5), frames, everything)) <= 200
