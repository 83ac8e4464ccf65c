"""Optimizers beside the parameters that the program has."""

from __future__ import annotations

from tests.support import TraceText, snippet

REPLACED = """
net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net.load_state_dict({key: one.clone() for key, one in net.state_dict().items()}, assign=True)
net(torch.ones(3, 2)).sum().backward()
opt.step()
"""
FAST = """
net = nn.Linear(2, 1)
slow = [one.detach().clone().requires_grad_() for one in net.parameters()]
opt = torch.optim.SGD(slow, lr=0.1)
(net(torch.ones(3, 2)).sum() + sum(one.sum() for one in slow)).backward()
opt.step()
"""


def test_parameters_that_replaced_those_of_an_optimizer_are_named(trace: TraceText) -> None:
    found = {one.code: one for one in trace(snippet(REPLACED)).findings}
    assert (
        "The SGD optimizer made on line 4 has 2 parameters that the program no longer has "
        "anywhere else."
    ) in found["not_in_optimizer"].text
    assert found["nothing_trains"].text.startswith(
        "Not one of the 4 parameters trained. Gradients arrived, but these 2 parameters are in no "
        "optimizer."
    )


def test_a_copy_of_what_the_program_still_has_is_not_missed(trace: TraceText) -> None:
    codes = {one.code for one in trace(snippet(FAST)).findings}
    assert "not_in_optimizer" not in codes
