"""DistributedDataParallel: which parameters got no gradient, and why.  One process, gloo."""

from __future__ import annotations

import pytest

from app.contract.records import Finding, Trace
from app.session.findings.edits import apply
from app.session.source.code_marks import unmarked
from tests.support import TraceText, snippet

PROGRAM = """
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(4, 8)
        self.aux = nn.Linear(8, 2)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        h = torch.relu(self.stem(x))
        {extra}
        return self.head(h)

dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
net = Net()
model = DDP(net{options})
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range({steps}):
    optimizer.zero_grad()
    model(torch.randn(3, 4)).pow(2).mean().backward()
    optimizer.step()
dist.destroy_process_group()
"""
REASONS = {
    "never used": ("pass", "No operation uses net.aux"),
    "under no_grad": (
        "with torch.no_grad(): self.aux(h)",
        "net.aux got none: linear in net.aux on line 15 ran under torch.no_grad()",
    ),
    "detached": (
        "h = h + self.aux(h).detach().sum()",
        "net.aux got none: self.aux(h).detach() on line 15 passed",
    ),
    "beside the loss": (
        "self.kept = self.aux(h)", "What is computed from net.aux does not lead to the loss",
    ),
}  # fmt: skip


def program(extra: str = "pass", options: str = "", steps: int = 2) -> str:
    return snippet(PROGRAM.format(extra=extra, options=options, steps=steps))


def only(run: Trace) -> Finding:
    (found,) = (one for one in run.findings if one.code == "unused_in_ddp")
    return found


@pytest.mark.parametrize(("extra", "reason"), REASONS.values(), ids=REASONS)
def test_torchs_indices_become_names_with_reasons(
    trace: TraceText, extra: str, reason: str
) -> None:
    run = trace(program(extra))
    found = only(run)
    assert (found.severity, found.line) == ("error", 24)
    assert reason in unmarked(found.text)
    names = {row.tensor: row.name for row in run.gradients}
    assert [names[tensor] for tensor in found.tensors] == ["net.aux.weight", "net.aux.bias"]


@pytest.mark.parametrize(("extra", "reason"), REASONS.values(), ids=REASONS)
def test_it_is_found_before_torch_raises(trace: TraceText, extra: str, reason: str) -> None:
    found = only(trace(program(extra, steps=1)))
    assert (found.severity, found.line) == ("warning", 20)
    assert "the next forward pass raises an error" in found.text
    assert reason in unmarked(found.text)


def test_the_fix_ends_it(trace: TraceText) -> None:
    text = program()
    fix = only(trace(text)).fix
    assert fix is not None
    edited = apply(text, fix.edits)
    assert "DDP(net, find_unused_parameters=True)" in edited
    assert trace(edited).error is None


@pytest.mark.parametrize(
    "text",
    [
        program("h = h + self.aux(h).sum()"),
        program(options=", find_unused_parameters=True"),
        program("h = h + self.aux(h).sum()", steps=1),
        program().replace("model = DDP(net)", "net.aux.requires_grad_(False); model = DDP(net)"),
        program().replace("DDP(net)", "net"),
    ],
)
def test_sound_programs_have_it_not(trace: TraceText, text: str) -> None:
    run = trace(text)
    assert run.error is None
    assert "unused_in_ddp" not in {one.code for one in run.findings}
