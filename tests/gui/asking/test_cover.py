"""What a covered run has, and what a turn leaves as it is."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.gui.asking.cover import cover, uncover
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.running.prepared import prepare
from app.gui.theme import Theme
from app.session.asking.questions import questions_of
from app.session.asking.round import Round
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from tests.support import TraceText

TEXT = """\
import torch
w = torch.ones(2, requires_grad=True)
v = torch.ones(2, requires_grad=True)
y = w * v
with torch.no_grad():
    z = y * 2
y.sum().backward()
"""


def test_a_turn_makes_only_the_rows_that_it_changes(qtbot: QtBot, trace: TraceText) -> None:
    run = Run(trace(TEXT))
    bare = prepare(run, choice=GraphChoice())
    asked = Round.of(questions_of(run))
    shown = cover(bare, asked)
    panel = GradientsPanel(Theme("light"))
    qtbot.addWidget(panel)
    panel.show_rows(shown.rows, shown.tree)
    resets = list[int]()
    panel.table.model().modelReset.connect(lambda: resets.append(1))
    for question in asked.questions:
        assert shown.covered is not None
        before, shown = shown, cover(shown, shown.covered.round.turn_over())
        changed = [row for row, old in zip(shown.rows, before.rows, strict=True) if row is not old]
        turned = {row.gradient.tensor for row in changed}
        assert turned <= question.tensors or question is asked.questions[-1]
        assert (shown.rows is before.rows) == (not changed)
        resets.clear()
        panel.show_rows(shown.rows, shown.tree)
        assert bool(resets) == bool(changed)
    assert not any(row.is_covered for row in shown.rows)
    assert uncover(shown).rows == bare.rows
