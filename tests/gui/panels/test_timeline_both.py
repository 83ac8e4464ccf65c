"""The lanes of two runs: whose row a step is in, which are quiet, and what they are called."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.contract.records import Trace
from app.gui.panels.timeline.both import BothLanes
from app.gui.panels.timeline.lanes import Lanes
from app.gui.panels.timeline.painting import LANE, TimeScale, paint_names
from app.gui.theme import Theme
from app.session import resources
from app.session.comparing.alignment import align
from app.session.comparing.sides import Sides, pinned_and_now
from app.session.comparing.steps import steps
from app.session.look.colors import ThemeName
from app.session.ranks.naming import process_name
from app.session.run import Run
from app.session.timeline import History
from tests.support import TraceText

SKIPPED = resources.read_text("examples", "01_three_linear_layers.py")
RECORDED = SKIPPED.replace("with torch.no_grad():\n    x2", "x2")


def both(first: Trace, second: Trace, sides: Sides | None = None) -> BothLanes:
    runs = Run(first), Run(second)
    one, other = (History(run, hide_setup=True) for run in runs)
    found = steps(one, other, align(*runs).pairs)
    return BothLanes(Lanes(one), Lanes(other), found, sides or pinned_and_now())


def blocks(lanes: BothLanes, row: int) -> list[tuple[int, str, str]]:
    """Return column, text and colour of each block in a row."""
    found: list[tuple[int, str, str]] = [
        (block.first, block.text, block.tone)
        for column in range(lanes.columns)
        for block in lanes.blocks_at(column)
        if block.row == row
    ]
    assert [column for column, _, _ in found] == list(lanes.in_row(row))
    assert [tone for _, _, tone in found] == lanes.tones_in(row)
    return found


def test_a_colour_means_that_a_step_differs(trace: TraceText) -> None:
    lanes = both(trace(SKIPPED), trace(RECORDED))
    assert [row.title for row in lanes.rows] == [
        "Pinned, forward", "Pinned, backward", "Now, forward", "Now, backward",
    ]  # fmt: skip
    assert blocks(lanes, 0) == [
        (0, "lin0", "neutral"), (1, "no_grad", "no_grad"), (2, "lin1", "no_grad"),
        (3, "exit", "no_grad"), (4, "lin2", "neutral"), (5, "sum :12", "neutral"),
    ]  # fmt: skip
    assert blocks(lanes, 2) == [
        (0, "lin0", "neutral"), (2, "lin1", "recorded"),
        (4, "lin2", "neutral"), (5, "sum :11", "neutral"),
    ]  # fmt: skip
    common = blocks(lanes, 1)
    assert [text for _, text, _ in common] == [
        "SumBackward0", "AddmmBackward0", "lin2.bias", "TBackward0", "lin2.weight",
    ]  # fmt: skip
    assert {tone for _, _, tone in common} == {"neutral"}
    now = blocks(lanes, 3)
    assert now[: len(common)] == common
    assert {tone for _, _, tone in now[len(common) :]} == {"gradient"}
    assert lanes.columns == 20


@pytest.mark.parametrize("name", ["light", "dark"])
def test_ranks_have_their_numbers_and_that_of_now_is_filled(
    trace: TraceText, qapp: QApplication, name: ThemeName
) -> None:
    sides = Sides(process_name(0, None), process_name(12, None))
    rows = both(trace(SKIPPED), trace(RECORDED), sides).rows
    assert [row.badge for row in rows] == ["0", "0", "12", "12"]
    theme, image = Theme(name), QImage(200, 4 * LANE, QImage.Format.Format_ARGB32)
    image.fill(theme.colors.panel)
    painter = QPainter(image)
    paint_names(painter, theme, TimeScale(200, 0, 1, has_kept=False), rows, None)
    painter.end()
    inside = [image.pixelColor(15, row * LANE + LANE // 2) for row in range(4)]
    colors = theme.colors
    assert inside == [colors.panel, colors.panel, colors.ink, colors.ink]


def test_swapped_lanes_have_the_run_of_now_above(trace: TraceText) -> None:
    lanes = both(trace(SKIPPED), trace(RECORDED))
    swapped = lanes.swapped()
    assert [(row.title, row.glyph, row.is_parted) for row in swapped.rows] == [
        ("Now, forward", "disc", False), ("Now, backward", "disc", False),
        ("Pinned, forward", "pin", True), ("Pinned, backward", "pin", False),
    ]  # fmt: skip
    for row in range(4):
        assert blocks(swapped, (row + 2) % 4) == blocks(lanes, row)
    assert [(end.row, end.text) for end in lanes.ends] == [
        (0, "the pinned run ends here, after 11 steps")
    ]
    assert [end.row for end in swapped.ends] == [2]
    assert swapped.caption(3).startswith("Step 3 of 20. Now: ")
    assert lanes.caption(3).startswith("Step 3 of 20. Pinned: ")
    assert blocks(swapped.swapped(), 0) == blocks(lanes, 0)


def test_a_module_with_several_operations_does_not_name_them(trace: TraceText) -> None:
    text = """import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
    def forward(self, x):
        return self.layer(x).sin().cos()
net = Net()
for _ in range(2):
    net(torch.ones(1, 2))
"""
    lanes = both(trace(text), trace(text))
    assert [text for _, text, _ in blocks(lanes, 2)] == ["net.layer", "sin :8", "cos :8"] * 2


def test_the_loss_and_the_iterations_are_those_of_the_run_of_now(trace: TraceText) -> None:
    text = """import torch
w = torch.ones(1, requires_grad=True)
sgd = torch.optim.SGD([w], 0.1)
for _ in range(3):
    loss = (w * w).sum()
    sgd.zero_grad()
    loss.backward()
    sgd.step()
"""
    lanes = both(trace(text.replace("w * w", "w * w * 2")), trace(text))
    now = lanes.now
    assert lanes.curve is not None
    assert now.curve is not None
    assert lanes.curve.values == now.curve.values
    for shown, own in (
        (lanes.curve.columns, now.curve.columns), (lanes.iterations, now.iterations),
    ):  # fmt: skip
        assert own
        assert [lanes.caption(at).split("Now: ")[1] for at in shown] == [
            now.caption(at).split(": ", 1)[1] for at in own
        ]
        assert all(one > other for one, other in zip(shown, own, strict=True))


def test_a_run_that_raised_says_so_where_it_is_over(trace: TraceText) -> None:
    text = "import torch\nx = torch.ones(2).sin()\nx @ torch.ones(3)\nx.cos()\n"
    lanes = both(trace(text), trace(text.replace("ones(3)", "ones(2)")))
    (end,) = lanes.ends
    assert (end.row, end.column) == (0, 1)
    assert end.text == "the pinned run raised RuntimeError here, after 1 step"


def test_without_a_step_the_run_is_over_at_once(trace: TraceText) -> None:
    lanes = both(trace("import torch\nx = 1\n"), trace("import torch\ntorch.ones(2).sin()\n"))
    (end,) = lanes.ends
    assert (end.row, end.column) == (0, 0)
    assert end.text == "the pinned run ends here, after 0 steps"
    assert lanes.caption(1).startswith("Step 1 of 1. Pinned: over. Now: ")
