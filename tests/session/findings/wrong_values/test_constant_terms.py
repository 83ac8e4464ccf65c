"""Terms of a loss that have no history, and the forms in which they are added."""

import pytest

from tests.session.findings.cases import NET
from tests.support import TraceText, snippet


@pytest.mark.parametrize(
    ("text", "line", "term"),
    [
        (
            NET + "y = net(x).mean()\npenalty = net(-x).mean()\n"
            "penalty = penalty.detach().item()\nloss = y + 0.5 * penalty\nloss.backward()\n",
            7,
            "`0.5 * penalty` is added to `loss` on line 8",
        ),
        (
            NET
            + "loss = net(x).mean()\nloss += 0.1 * net.weight.detach().sum()\nloss.backward()\n",
            6,
            "`0.1 * net.weight.detach().sum()` is added to `loss` on line 6",
        ),
        (
            NET + "x.requires_grad_()\ny = net(x).mean()\n"
            "g = torch.autograd.grad(y, x, retain_graph=True)[0]\n"
            "(y + g.norm()).backward()\n",
            7,
            "It is computed from `g`, which `torch.autograd.grad` returned without history",
        ),
    ],
    ids=["a number whose name was a tensor's", "in place", "a gradient without its graph"],
)
def test_a_term_without_history_is_found(trace: TraceText, text: str, line: int, term: str) -> None:
    found = [one for one in trace(snippet(text)).findings if one.code == "term_without_gradient"]
    assert [one.line for one in found] == [line]
    assert term in found[0].text
