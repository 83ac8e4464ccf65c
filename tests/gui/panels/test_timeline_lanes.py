"""What stands in a lane of the timeline that is empty."""

from __future__ import annotations

from app.contract.records import Trace
from app.gui.panels.timeline.lanes import Lanes
from app.gui.panels.timeline.painting import why_empty
from app.session.run import Run
from app.session.timeline import History
from tests.support import TraceText

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
    none = lanes_of(trace("import torch\ntorch.ones(2) + 1\n"))
    assert why_empty("Backward", none) == "no backward pass in this run"
