"""Findings that are read off the text of a file: they are there in an imported file too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.contract.spots import FileId
from app.process.client import Tracer
from app.session.source.code_marks import unmarked
from tests.session.findings.cases import CASES
from tests.support import TraceText, snippet
from tests.tools.tracing import trace_with

DROPOUT = """\
import torch.nn.functional as F

class Net(nn.Module):
    def forward(self, x):
        return F.dropout(x * 2)

net = Net().eval()
with torch.no_grad():
    net(torch.ones(100))
"""
KEPT = """\
net, losses = nn.Linear(2, 1), []
for _ in range(3):
    loss = net(torch.ones(1, 2)).sum()
    loss.backward()
    losses.append(loss)
"""
FOUND: list[tuple[str, str, int, str]] = [
    ("sparse_gradient_refused", "", 6, "because of sparse=True at fit.py:3"),
    ("copied_with_history", "", 6, "net.last is the result of"),
    ("hooked_view_in_place", "", 6, "The full backward hook registered at fit.py:4 made it"),
    ("second_derivative_lost", "", 7, "ctx.mid = mid at fit.py:7 keeps the result"),
    ("computed_outside_torch", "", 6, "took values out of torch"),
    ("unregistered_module", "", 6, "A plain list or dict hides"),
    ("unused_in_ddp", "", 18, "No operation uses"),
    ("requires_grad_on_module", "", 5, "fit.py:5 sets an attribute on the module"),
    ("detach_not_used", "", 5, "y keeps its history and y * w at fit.py:6 continues with it"),
    ("target_gets_gradients", "", 8, "but fit.py:8 runs it with recording on"),
    ("training_mode_in_evaluation", DROPOUT, 7, "F.dropout(x * 2) at fit.py:7 ran inside"),
    ("graph_kept", KEPT, 7, "losses.append(loss) at fit.py:7 keeps a tensor"),
]
"""The code of a finding, the text of the file if not that of its case, the line, and the words."""


@pytest.mark.parametrize(("code", "text", "line", "says"), FOUND, ids=[one[0] for one in FOUND])
def test_it_is_found_and_says_where(
    tracer: Tracer,
    trace: TraceText,
    tmp_path: Path,
    code: str,
    text: str,
    line: int,
    says: str,
) -> None:
    text = snippet(text or CASES[code].text)
    (tmp_path / "fit.py").write_text(text)
    main = tmp_path / "main.py"
    main.write_text("import fit\n")
    there = trace_with(tracer, main.read_text(), path=str(main), cwd=str(tmp_path))
    (found,) = (one for one in there.findings if one.code == code)
    assert str(found.spot) == f"fit.py:{line}"
    assert says in unmarked(found.text)
    (alone,) = (one for one in trace(text).findings if one.code == code)
    assert (found.fix is None) == (alone.fix is None)
    if found.fix is not None and alone.fix is not None:
        assert found.fix.edits == [replace(edit, file=FileId(1)) for edit in alone.fix.edits]
