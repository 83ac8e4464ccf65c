"""Documents that were damaged at random are refused with a sentence, or shown."""

from __future__ import annotations

from app.session.trace.document import dump
from tests.support import TraceText
from tests.tools.fuzz_documents import failures

_TEXTS = (
    """\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), nn.Linear(2, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(2):
    optimizer.zero_grad()
    with torch.no_grad():
        target = net(torch.ones(3, 2))
    loss = (net(torch.ones(3, 2)) - target).pow(2).mean()
    loss.backward()
    optimizer.step()
if step > 5:
    net.eval()
""",
    """\
import torch

x = torch.ones(2, requires_grad=True)
y = x.detach() * 2 + x.exp()
y.sum().backward()
y.sum().backward()
""",
)


def test_damaged_documents_are_refused_or_shown(trace: TraceText) -> None:
    documents = [dump(trace(text)).decode() for text in _TEXTS]
    found = list(failures(documents, count=200, first=0))
    assert not found, "\n\n".join(map(str, found))
