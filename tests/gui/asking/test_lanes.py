"""The lanes of a covered run: no block lies on another one, and none says what it covers."""

from __future__ import annotations

from app.gui.asking.lanes import CoveredLanes
from app.gui.panels.timeline.lanes import Lanes
from app.session.asking.covered import Covered
from app.session.asking.questions import questions_of
from app.session.asking.round import Round
from app.session.run import Run
from app.session.timeline import History
from tests.support import TraceText

TRAINING = """\
import torch
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(3):
    optimizer.zero_grad()
    loss = (w * 2).sum()
    loss.backward()
    optimizer.step()
"""


def test_what_an_optimizer_does_is_covered_with_the_backward_pass(trace: TraceText) -> None:
    run = Run(trace(TRAINING))
    asked = Round.of(questions_of(run))
    lanes = CoveredLanes(Lanes(History(run, hide_setup=True)), Covered(run, asked))
    blocks = [block for column in range(lanes.columns) for block in lanes.blocks_at(column)]
    assert all(block.text.startswith("?") for block in blocks)
    taken = [column for one in blocks for column in range(one.first, one.last + 1)]
    assert len(taken) == len(set(taken))
