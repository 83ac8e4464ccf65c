"""What was written behind autograd's back, and where a history was lost in a loop."""

from __future__ import annotations

import pytest

from app.session.findings.edits import apply
from tests.support import TraceText, snippet

W = "w = torch.ones(3, requires_grad=True)\n"


@pytest.mark.parametrize(
    "text",
    [
        "def act(z):\n    y = z.exp()\n    y.data.clamp_(max=2.0)\n    return y\n"
        "act(w * 2).sum().backward()\n",
        "y = torch.sigmoid(w)\ny.data *= 0\ny.sum().backward()\n",
        "s = (w * 2).softmax(0)\ns.data.zero_()\n(s * 3).sum().backward()\n",
    ],
)
def test_a_saved_result_that_data_changed_is_found(trace: TraceText, text: str) -> None:
    run = trace(snippet(W + text))
    (one,) = (one for one in run.findings if one.code == "data_write_on_saved")
    assert one.severity == "error"
    assert one.fix is not None
    after = trace(apply(run.snippet.text, one.fix.edits))
    assert "data_write_on_saved" not in {one.code for one in after.findings}


def test_a_change_of_a_result_that_nothing_saved_is_no_error(trace: TraceText) -> None:
    run = trace(snippet(W + "y = w * 2\ny.data.clamp_(max=1.0)\ny.sum().backward()\n"))
    assert [(one.code, one.severity) for one in run.findings] == [("data_write_unseen", "warning")]


LOOP = """
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    opt.zero_grad()
    loss = net(torch.ones(3, 4)).pow(2).mean()
    loss.backward()
    opt.step()
    {off}
    print(net(torch.zeros(1, 4)))
"""


@pytest.mark.parametrize(
    "off", ["torch.set_grad_enabled(False)", "torch.autograd.set_grad_enabled(mode=False)"]
)
def test_the_first_pass_does_not_hide_what_switched_recording_off(
    trace: TraceText, off: str
) -> None:
    run = trace(snippet(LOOP.format(off=off)))
    (one,) = (one for one in run.findings if one.code == "backward_without_history")
    assert "required grad" not in one.text
    assert "set_grad_enabled" in one.text
    assert "(line 10)" in one.text
