"""The page shows what the window shows: the same shapes for the same item, over real traces.

The page is read as a browser would: the SVG's elements with the rules of their classes.  The faces
of both differ, so places across do; what lies at which height, and how it looks, does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from app.drawing.edges import BORDERS
from app.drawing.lens import Lens
from app.drawing.opened.card import opened
from app.drawing.placing import place
from app.drawing.shapes import Area, Border, HeatMap, Line, Rect, Shape, Shapes, Sign, Text
from app.gui.graph.painting.text import FACES
from app.gui.graph.scenes.making import ANYHOW, Wish, make_scene
from app.gui.graph.scenes.scene import Scene
from app.page.graph_svg import Numbers, laid_out, parts
from app.page.html import page
from app.page.markup import element
from app.page.metrics import MEASURE
from app.page.pen import Pen
from app.session.chain_rule.model import OpenedStep
from app.session.graph.building import build
from app.session.graph.payloads import OperationItem
from app.session.look.colors import Color
from app.session.look.heat import largest_of, strength
from app.session.run import Run
from graphviz_render import layout
from tests.gui.conftest import THREE_LAYERS
from tests.session.chain_rule.opened_steps import (
    failed,
    five_paths,
    large,
    matrix_product,
    swish,
    unknown,
)
from tests.support import TraceText

pytestmark = pytest.mark.usefixtures("qapp")
EXAMPLES = Path(__file__).resolve().parents[2] / "resources" / "examples"
LOOP = """\
import torch
from torch import nn
net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.LayerNorm(2))
with torch.inference_mode():
    net(torch.ones(1, 2))
w = torch.ones(2, requires_grad=True)
h = torch.zeros(2)
for step in range(40):
    h = torch.tanh(h * w + 1)
bad = (w * float("nan")).sum()
(h.sum() + net(h).sum() + bad).backward()
print(h.sum().item())
"""
TEXTS = {
    "layers": THREE_LAYERS,
    "loop": LOOP,
    **{path.stem: path.read_text() for path in sorted(EXAMPLES.glob("0*.py"))},
}


class Look(NamedTuple):
    """Of one shape, all but where it lies across and how wide it is."""

    kind: str
    fill: Color | None = None
    border: Border | None = None
    what: object = None
    """Which glyph, how many cells; of a text its font and at which end it is written."""
    y: float | None = None
    words: str = ""


def looks(drawing: Shapes, top: float = 0.0) -> list[Look]:
    return [look for shape in drawing if (look := _look(shape, top)).kind]


def _look(shape: Shape, top: float) -> Look:
    match shape:
        case Text():
            face = (shape.face.pixels, shape.face.bold, shape.face.mono)
            kind = "text" if shape.text else ""
            what = (face, shape.ends, shape.italic)
            return Look(kind, shape.color, None, what, shape.baseline - top, shape.text)
        case Sign():
            return Look("use", shape.color, None, (shape.glyph, shape.size), shape.y - top)
        case Rect():
            inset = shape.border.width / 2 if shape.border else 0
            height = shape.box.height - 2 * inset
            place = (height, shape.radius, shape.part == "outline", shape.tensor)
            return Look("rect", shape.fill, shape.border, place, shape.box.y - top + inset)
        case Line():
            return Look("path", None, shape.border)
        case Area():
            return Look("path", shape.color)
        case HeatMap():
            largest = shape.largest or largest_of(shape.rows)
            values = [value for row in shape.rows for value in row]
            shown = sum(not isfinite(value) or strength(value, largest) > 0 for value in values)
            return Look("g", None, None, shown, shape.box.y - top - 0.5)


class Page:
    """The first picture of a page: its elements, with what their classes say."""

    def __init__(self, text: str) -> None:
        self.rules = {
            name: dict(rule.split(": ", 1) for rule in rules.strip().split("; "))
            for name, rules in re.findall(r"^\.(l\d+) \{ (.*?) \}", text, re.M)
        }
        found = re.search(r'<svg class="graph".*?</svg>', text, re.S)
        assert found is not None
        self.svg = ElementTree.fromstring(found.group())

    def look(self, element: Element) -> Look:
        classes = element.get("class", "").split()
        rules = self.rules[classes[-1]] if classes else {}
        fill = _role(rules.get("fill"))
        if element.tag == "text":
            weight, pixels, family = rules["font"].split()
            face = (int(pixels.removesuffix("px")), weight == "600", family == "var(--mono)")
            ends, slanted = rules.get("text-anchor") == "end", rules.get("font-style") == "italic"
            what = (face, ends, slanted)
            return Look("text", fill, None, what, _y(element), element.text or "")
        if element.tag == "use":
            glyph = element.get("href", "").removeprefix("#g-")
            size = float(element.get("width", ""))
            return Look("use", _role(rules["--mark"]), None, (glyph, size), _y(element))
        border = _border(rules)
        if element.tag == "path":
            return Look("path", fill, border)
        if element.tag == "rect":
            tensor = element.get("data-tensor")
            place = (
                float(element.get("height", "")),
                float(element.get("rx", 0)),
                "outline" in classes,
                None if tensor is None else int(tensor),
            )
            return Look("rect", fill, border, place, _y(element))
        cells = element.findall("rect")
        return Look("g", None, None, len(cells) - 1, _y(cells[0]))

    def looks(self, parent: Element) -> list[Look]:
        return [self.look(element) for element in parent if element.tag != "title"]

    @property
    def nodes(self) -> dict[str, list[Look]]:
        return {key: self.looks(g) for g in self.svg if (key := g.get("data-key")) is not None}

    @property
    def loose(self) -> list[Look]:
        """Frames, edges and labels."""
        return [self.look(element) for element in self.svg if element.tag != "g"]

    @property
    def headers(self) -> list[list[Look]]:
        return [self.looks(g) for g in self.svg if g.tag == "g" and g.get("data-key") is None]


def _role(value: str | None) -> Color | None:
    return None if value in (None, "none") else value.removeprefix("var(--").removesuffix(")")


def _border(rules: dict[str, str]) -> Border | None:
    color = _role(rules.get("stroke"))
    if color is None:
        return None
    dash = tuple(map(float, rules.get("stroke-dasharray", "").split()))
    round_ = rules.get("stroke-linecap") == "round"
    return Border(color, float(rules["stroke-width"]), dash, round_)


def _y(element: Element) -> float:
    return float(element.get("y", ""))


@pytest.fixture(params=TEXTS)
def both(request: pytest.FixtureRequest, trace: TraceText) -> tuple[Scene, Page]:
    traced = trace(TEXTS[request.param])
    return make_scene(build(Run(traced)), ANYHOW, layout), Page(page(traced).decode())


LENS = Lens(FACES)


def assert_alike(in_window: list[Look], on_page: list[Look]) -> None:
    plain = [[look._replace(words="", y=None) for look in some] for some in (in_window, on_page)]
    assert plain[0] == plain[1]
    for first, second in zip(in_window, on_page, strict=True):
        assert second.y == (None if first.y is None else pytest.approx(first.y, abs=0.01))
        assert is_same(first.words, second.words)


def is_same(first: str, second: str) -> bool:
    """Of texts that may be shortened in the middle, by more in the wider font."""
    if "…" not in first + second:
        return first == second
    start, shorter = (re.split("…", text)[0] for text in (first, second))
    return start.startswith(shorter[:1]) and shorter.startswith(start[:1])


def test_every_node_is_the_same(both: tuple[Scene, Page]) -> None:
    scene, shown = both
    assert set(scene.nodes) == set(shown.nodes)
    for key, node in scene.nodes.items():
        assert_alike(looks(node.drawing(LENS), node.rect.y()), shown.nodes[key])


def test_every_frame_is_the_same_but_for_the_buttons(both: tuple[Scene, Page]) -> None:
    scene, shown = both
    parts = [look for look in shown.loose if look.kind == "rect"]
    frames = [look for frame in scene.frames for look in looks(frame.drawing())]
    assert [look[:3] for look in parts] == [look[:3] for look in frames]
    for frame, part, header in zip(scene.frames, parts, shown.headers, strict=True):
        drawing = [shape for shape in frame.header_drawing(LENS) if not is_button(shape)]
        assert part.y is not None
        assert part.border is not None
        lower = part.y - part.border.width / 2 - frame.rect.y()
        on_page = [look._replace(y=None if look.y is None else look.y - lower) for look in header]
        assert_alike(looks(drawing), on_page)


def is_button(shape: Shape) -> bool:
    return (isinstance(shape, Rect) and shape.part == "button") or (
        isinstance(shape, Sign) and shape.glyph in ("previous", "next")
    )


def test_every_edge_and_its_label_is_the_same(both: tuple[Scene, Page]) -> None:
    scene, shown = both
    edges = sorted(scene.edges.values(), key=lambda edge: edge.item.kind == "gradient")
    lines = [look for edge in edges for look in looks(edge.drawing(LENS)[:1])]
    on_page = [look for look in shown.loose if look.kind == "path"]
    assert [look for look in on_page if look.border in BORDERS.values()] == lines
    assert set(on_page) == {look for edge in edges for look in looks(edge.drawing(LENS))}
    words = [look for look in shown.loose if look.kind == "text"]
    labels = [look for edge in scene.edges.values() for look in looks(edge.label_drawing(LENS))]
    assert_alike([look._replace(y=None) for look in labels], [w._replace(y=None) for w in words])


STEPS = (swish, matrix_product, unknown, five_paths, large, failed)
"""Of all that can be on an opened node."""


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_the_numbers_of_a_step_are_the_same(
    step: Callable[[], OpenedStep], trace: TraceText
) -> None:
    """The same numbers in a window that has so much room, and on a page."""
    graph = build(Run(trace("import torch\ntorch.ones(2, requires_grad=True).exp().sum()")))
    key = next(key for key in graph if key.startswith("op:"))
    pen = Pen()
    numbers = Numbers.of(key, step())
    places = place(graph, laid_out(graph, numbers.room), MEASURE)
    drawn = parts(pen, graph, places, lambda key, _: {"data_key": key}, numbers=numbers)
    svg = element("svg", *drawn, class_="graph")
    shown = Page(f"{pen.rules()}\n{svg}").nodes[key]
    scene = make_scene(graph, Wish(opened=numbers.room), layout)
    node = replace(scene.nodes[key], opened=numbers.opened)
    rows = {key for key, one in scene.nodes.items() if one.form == "lined"}
    operations = {key for key, one in scene.nodes.items() if isinstance(one.item, OperationItem)}
    assert rows == operations - {key}, "all but this one have one row"
    assert_alike(looks(node.drawing(LENS), node.rect.y()), shown)


def test_the_rule_is_there_in_words_unless_something_is_wrong() -> None:
    step = swish()
    assert step.rule is not None
    assert opened(step, FACES).band.sentences == (step.rule.words,)
    problem = "Nothing could be asked."
    assert opened(replace(step, problem=problem), FACES).band.sentences == (problem,)
