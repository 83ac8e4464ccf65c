"""What ordinary training does with gradients is said in words, not as a finding."""

from __future__ import annotations

from app.session.run import Run
from app.session.summary.in_words import in_words
from tests.support import TraceText, snippet

LOOP = """
net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(5):
    net(torch.ones(4, 2)).mean().backward()
    if i % 2 or i == 4:
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        opt.zero_grad()
"""


def said(trace: TraceText, text: str) -> list[tuple[str, int | None]]:
    return [(one.text, one.line) for one in in_words(Run(trace(snippet(text))))]


def test_accumulation_and_clipping_are_told(trace: TraceText) -> None:
    found = said(trace, LOOP)
    text = (
        "`clip_grad_norm_` on line 8 changes gradients in place. Each SGD step on line 9 uses the "
        "sum of 2 backward passes, the last one of 1."
    )
    assert (text, 8) in found


def test_a_step_for_each_pass_is_not_accumulation(trace: TraceText) -> None:
    found = said(trace, LOOP.replace("if i % 2 or i == 4", "if True"))
    assert not any("sum of" in text for text, _ in found)
