"""The lanes of the timeline: those that are empty, and the one of what is kept for backward."""

from __future__ import annotations

import time
from array import array
from itertools import pairwise

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.drawing.kept import kept_lane
from app.drawing.shapes import Area, Line, Text
from app.gui.graph.painting.text import FACES
from app.gui.panels.timeline.blocks import Block, Look, stretches_of
from app.gui.panels.timeline.kept_words import kept_text
from app.gui.panels.timeline.lanes import Lanes, why_empty
from app.gui.panels.timeline.painting import TimeScale, every, kept_shapes, paint_iterations
from app.gui.panels.timeline.panel import Timeline
from app.gui.theme import Theme
from app.session.iterations.series import series_of
from app.session.kept import Amount
from app.session.run import Run
from app.session.timeline import History
from app.session.timeline.kept import KeptLane
from app.session.timeline.words import graph_note
from app.session.training.headline import headline
from tests.support import TraceText

pytestmark = pytest.mark.usefixtures("qapp")  # texts are measured
AT_A_LEAF = """import torch
w = torch.ones(1, requires_grad=True)
w.backward()
"""


def lanes_of(trace: Trace) -> Lanes:
    return Lanes(History(Run(trace), hide_setup=True))


def test_a_pass_that_began_at_a_leaf_is_not_denied(trace: TraceText) -> None:
    lanes = lanes_of(trace(AT_A_LEAF))
    assert lanes.is_empty("Backward")
    assert not lanes.is_empty("Accumulate")
    assert why_empty("Backward", lanes) == "no operation's backward ran in this run"
    assert why_empty("Region", lanes) == "the program opens no region"
    none = lanes_of(trace("import torch\ntorch.ones(2) + 1\n"))
    assert why_empty("Backward", none) == "no backward pass in this run"


LAYERS = """import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU())
x = torch.randn(128, 64)
loss = net(x).sum()
loss.backward()
with torch.no_grad():
    net(x)
"""
KEPT = LAYERS.replace("backward()", "backward(retain_graph=True)")


def test_the_lane_says_what_is_kept_after_each_moment(trace: TraceText) -> None:
    lanes = lanes_of(trace(LAYERS))
    said = [kept_text(lanes, column) for column in range(lanes.columns)]
    assert said[0] == "after linear net.0, line 6: 32.0 KiB, all of it alive anyway"
    assert said[1] == "after relu net.1, line 6: 160.0 KiB, 128.0 KiB of it only for backward"
    assert said[2] == "after linear net.2, line 6: 416.0 KiB, 128.0 KiB of it only for backward"
    assert said[-1].endswith(": nothing is kept for backward")
    assert lanes.kept.most == (32 + 128 + 256 + 128) * 1024
    assert [note.text for note in lanes.kept.notes] == [
        "falls as backward uses it", "flat: nothing is kept under no_grad",
    ]  # fmt: skip
    kept = lanes_of(trace(KEPT)).kept
    assert list(kept.totals[4:]) == [kept.most] * (len(kept.totals) - 4)
    assert [note.text for note in kept.notes] == [
        "stays: retain_graph=True", "flat: nothing is kept under no_grad",
    ]  # fmt: skip


def test_a_change_is_a_step_and_nothing_is_a_line(trace: TraceText) -> None:
    lanes = lanes_of(trace(LAYERS))
    shapes = kept_shapes(TimeScale(1400, 40, lanes.columns), lanes.kept)
    for shape in shapes:
        if isinstance(shape, Line | Area):
            points = [numbers for letter, numbers in shape.path if letter in "ML"]
            assert all(x == x2 or y == y2 for (x, y), (x2, y2) in pairwise(points)), "no slopes"
    nothing = lanes_of(trace("import torch\ntorch.ones(2) + 1\n"))
    (line,) = kept_shapes(TimeScale(1400, 40, 1), nothing.kept)
    assert isinstance(line, Line)
    assert kept_text(nothing, 0) == "after add, line 2: nothing is kept for backward"


def test_notes_cover_neither_the_area_nor_each_other(trace: TraceText) -> None:
    lanes = lanes_of(trace(LAYERS))
    for width in range(300, 2000, 50):
        shapes = kept_shapes(TimeScale(width, 40, lanes.columns), lanes.kept)
        texts = [shape for shape in shapes if isinstance(shape, Text)]
        ends = sorted((text.x, text.x + text.face.width(text.text)) for text in texts)
        assert all(one[1] < other[0] for one, other in pairwise(ends))
    assert len(texts) == 2


def test_the_peak_of_a_long_run_does_not_vanish() -> None:
    lane = KeptLane.__new__(KeptLane)
    lane.before, lane.most, lane.notes = Amount(), 1000, []
    lane.totals = array("q", [1] * 100_000)
    lane.only = array("q", [0] * 100_000)
    lane.totals[54_321] = 1000
    began = time.perf_counter()
    shapes = kept_lane(lane, FACES, 0, 1200, 0)
    assert time.perf_counter() - began < 0.1
    (edge,) = [s for s in shapes if isinstance(s, Line) and s.border.width == 1.5]
    assert min(numbers[1] for _, numbers in edge.path) == 12


NESTED = """import torch
w = torch.ones(3, requires_grad=True)
with torch.no_grad():
    w * 2
    with torch.inference_mode():
        (w * 3).exp()
    w * 4
"""
TWICE = """import torch
w = torch.ones(3, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for _ in range(2):
    opt.zero_grad()
    with torch.no_grad():
        seen = w * 2
        seen = seen + 1
    loss = (w * 2).exp().log().sum()
    loss.backward()
    opt.step()
"""


def test_stretches_are_of_one_kind_and_cover_the_run(trace: TraceText) -> None:
    lanes = lanes_of(trace(TWICE))
    once = ["no_grad", "forward", "backward", ""]
    assert [block.text for block in lanes.stretches] == [*once, *once]
    assert lanes.stretches[0].first == 0
    assert lanes.stretches[-1].last == lanes.columns - 1
    assert all(one.last + 1 == other.first for one, other in pairwise(lanes.stretches))
    for block in lanes.stretches:
        tones = {moment.tone for column in range(block.first, block.last + 1)
                 for moment in lanes.blocks_at(column)}  # fmt: skip
        assert tones == {block.tone}
    said = [lanes.position_text(position) for position in (0, 1, lanes.end)]
    steps = lanes.columns
    assert said == [
        f"iteration 1, before step 1 of {steps}",
        f"iteration 1, step 1 of {steps}: torch.no_grad()  lines 6–8",
        f"iteration 2, after step {steps} of {steps}",
    ]


APART = """import torch
x = torch.ones(3, requires_grad=True)
one = (x * 2).sum()
one.backward()
two = x.exp().mean()
two.backward()
three = (x / 0).sum()
three.backward()
"""


def test_backward_passes_on_lines_of_their_own_are_not_iterations(trace: TraceText) -> None:
    run = Run(trace(APART))
    lanes = Lanes(History(run, hide_setup=False))
    assert not lanes.iterations
    assert lanes.curve is None  # of three losses
    said = [lanes.position_text(position) for position in range(lanes.end)]
    steps = lanes.columns
    assert said[:2] == [f"before step 1 of {steps}", f"step 1 of {steps}: ones :2"]
    assert [text for text in said if "sum" in text.casefold()][1::2] == [
        "backward pass 1 of 3, step 1 of 3: SumBackward0",
        "backward pass 3 of 3, step 1 of 3: SumBackward0",
    ]
    place = said.index("backward pass 2 of 3, step 1 of 3: MeanBackward0")
    assert graph_note(lanes.history.at(place)) == "backward pass 2 of 3, step 1 of 3"
    assert not series_of(run)
    title = headline(run)
    assert title is None or "iteration" not in title.text


def test_what_is_short_in_a_long_run_joins_its_neighbour() -> None:
    forward: Look = ("Forward", "recorded", "recorded")
    frozen: Look = ("Forward", "no_input_requires_grad", "no_input_requires_grad")
    step: Look = ("Backward", "gradient", None)
    clear: Look = ("Accumulate", "neutral", None)
    looks = [frozen, *[forward] * 300, frozen, *[step] * 300, clear, *[forward] * 2]
    found = stretches_of(looks)
    assert [(block.text, block.first, block.last) for block in found] == [
        ("forward", 0, 301), ("backward", 302, 602), ("forward", 603, 604),
    ]  # fmt: skip


LOOP = """import torch
w = torch.ones(2, requires_grad=True)
opt = torch.optim.SGD([w], 0.1)
for step in range(3):
    opt.zero_grad()
    (w * 2).sum().backward()
    opt.step()
"""


@pytest.mark.parametrize("slim", [False, True])
def test_the_ticks_of_iterations_have_numbers_where_there_are_lanes(
    trace: TraceText, slim: bool
) -> None:
    lanes = lanes_of(trace(LOOP))
    scale = TimeScale(900, 40, lanes.columns, is_slim=slim)
    image = QImage(900, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    paint_iterations(painter, Theme("light"), scale, lanes, 20)
    painter.end()
    assert len(lanes.iterations) == 2
    for column in lanes.iterations:
        left = round(scale.x(column)) + 3
        beside = image.copy(left, 22, 12, 14)
        white = QImage(beside.size(), beside.format())
        white.fill(Qt.GlobalColor.white)
        assert (beside == white) is slim


@pytest.mark.parametrize(
    ("spacing", "least", "numbered", "found"),
    [
        (48, 48, 0, 1), (47, 48, 0, 2), (20, 48, 0, 5), (1, 48, 0, 50), (0.01, 48, 0, 5_000),
        (3, 6, 50, 2), (1, 6, 50, 10), (3, 6, 5, 5), (0.1, 6, 500, 100), (1e-9, 48, 0, 1_000_000),
    ],
)  # fmt: skip
def test_every_number_of_an_iteration_has_a_tick_and_room(
    spacing: float, least: float, numbered: int, found: int
) -> None:
    assert every(spacing, least, numbered) == found
    assert not numbered or numbered % found == 0


@pytest.mark.parametrize("slim", [False, True])
def test_the_handle_has_the_number_of_its_iteration_where_there_are_lanes(
    qtbot: QtBot, trace: TraceText, slim: bool
) -> None:
    timeline = Timeline(Theme("light"))
    qtbot.addWidget(timeline)
    timeline.set_slim(slim)
    timeline.show_lanes(lanes := lanes_of(trace(LOOP)))
    timeline.resize(900, timeline.sizeHint().height())

    def handle(position: int) -> QImage:
        timeline.set_position(position)
        area = QRect(0, 0, 7, 7)
        area.moveCenter(timeline.handle_point())
        return timeline.grab(area).toImage()

    first, second = lanes.iterations
    assert handle(first - 1) == handle(first)
    assert (handle(first) == handle(second)) is slim
    assert (handle(second) == handle(lanes.columns - 1)) is slim


def test_regions_that_a_what_if_leaves_out_are_there_and_say_so(trace: TraceText) -> None:
    lanes = lanes_of(trace(NESTED))
    assert [(one.first, one.last, one.depth) for one in _regions(lanes)] == [(0, 7, 0), (2, 5, 1)]
    left_out = lanes_of(trace(NESTED, "grad"))
    outer, inner = _regions(left_out)
    assert (outer.first, outer.last, outer.free) == (0, 3, 0), "only operations are moments"
    assert (inner.first, inner.last, inner.depth) == (1, 2, 1)
    assert outer.text == "torch.no_grad()  lines 3–7: off for this run"
    assert outer.is_left_out
    assert not left_out.is_empty("Region")
    one, other = _regions(lanes_of(trace(TWICE, "grad")))
    assert one.last < one.free == other.first - 1, "there is room for its text beside it"


def _regions(lanes: Lanes) -> list[Block]:
    return list(lanes.regions(0, lanes.columns, 1))
