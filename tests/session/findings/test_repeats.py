"""One fault, one finding: what a graver finding explains is not reported again."""

from __future__ import annotations

import pytest

from tests.support import TraceText, snippet

NET = """
net = nn.Linear(2, 1)
x = torch.ones(3, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
"""
ONCE = {
    "cleared before the step": (
        NET + "for _ in range(2):\n    net(x).sum().backward()\n    optimizer.zero_grad()\n"
        "    optimizer.step()\n",
        ["nothing_trains"],
    ),
    "frozen": (
        NET + "net.requires_grad_(False)\nbias = torch.zeros(1, requires_grad=True)\n"
        "(net(x) + bias).sum().backward()\noptimizer.step()\n",
        ["nothing_trains"],
    ),
    "a generator that is cut off": (
        "G, D = nn.Linear(2, 3), nn.Linear(3, 1)\n"
        "to_g, to_d = torch.optim.Adam(G.parameters()), torch.optim.Adam(D.parameters())\n"
        "for step in range(2):\n    fake = G(torch.ones(4, 2)).detach()\n    to_d.zero_grad()\n"
        "    D(fake).pow(2).mean().backward()\n    to_d.step()\n    to_g.zero_grad()\n"
        "    D(fake).mean().neg().backward()\n    to_g.step()\n",
        ["cut_by_detach"],
    ),
}


@pytest.mark.parametrize(("text", "codes"), ONCE.values(), ids=ONCE)
def test_one_fault_is_reported_once(trace: TraceText, text: str, codes: list[str]) -> None:
    assert [found.code for found in trace(snippet(text)).findings] == codes
