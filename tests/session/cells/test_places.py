"""Lines of a notebook are named by their cells, wherever they are shown."""

from __future__ import annotations

from app.session.cells.heads import heads
from app.session.run import Run
from app.session.source.lines import marks
from app.session.trace.document import dump, load
from tests.support import TraceText

TEXT = """\
# %% [markdown]
# Text
# %%
import torch
x, w = (torch.ones(2, requires_grad=True) for _ in range(2))
# %%
with torch.no_grad():
    y = x * 2
(y + w).sum().backward()
"""


def test_reasons_and_marks_name_the_cell(trace: TraceText) -> None:
    run = Run(trace(TEXT))
    row = run.trace.gradients[0]
    assert "x * 2 at cell 2:2" in row.why.text
    assert "torch.no_grad() (cell 2:1)" in row.why.text
    assert marks(run)[8].note == "skipped — no_grad, cell 2:1"
    assert row.why.lines[0] == 8


def test_so_do_those_of_a_saved_trace(trace: TraceText) -> None:
    run = load(dump(trace(TEXT)))
    assert str(run.trace.operations[-1].spot) == "cell 2:3"
    assert run.trace.operations[-1].spot == 9


def test_the_head_of_a_cell_says_what_it_did(trace: TraceText) -> None:
    found = heads(Run(trace(TEXT)))
    assert [head.key for head in found.values()] == ["ran", "ran"]
    assert found[6].text.endswith(", 3 operations")
