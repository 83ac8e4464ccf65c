"""What a run trained, on real runs: the verdict, and a state for each parameter."""

from __future__ import annotations

import pytest

from app.contract.records import Training, TrainingGroup
from tests.support import TraceText, snippet

NET = """
net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
x = torch.ones(4, 2)
"""


def training_of(trace: TraceText, text: str) -> Training:
    found = trace(snippet(text)).training
    assert found is not None
    return found


def by_state(training: Training) -> dict[str, TrainingGroup]:
    groups: dict[str, TrainingGroup] = {group.state: group for group in training.groups}
    assert len(groups) == len(training.groups)
    return groups


def states(training: Training) -> dict[str, str]:
    return {name: group.state for group in training.groups for name in group.names}


def test_all_of_a_model_trains(trace: TraceText) -> None:
    found = training_of(
        trace,
        NET
        + """
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net(x).sum().backward()
opt.step()
""",
    )
    assert found.verdict == "Trains all 4 parameters."
    assert (found.parameters, found.trained) == (4, 4)
    assert (found.elements, found.trained_elements) == (13, 13)
    (group,) = found.groups
    assert group.names == ["net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"]
    assert group.state == "trained"
    assert group.places == []


def test_part_of_a_model_is_frozen_and_part_in_no_optimizer(trace: TraceText) -> None:
    found = training_of(
        trace,
        NET
        + """
head = nn.Linear(1, 1)
net.requires_grad_(False)
scale = nn.Linear(1, 1)
opt = torch.optim.Adam(head.parameters(), lr=0.1)
for step in range(2):
    opt.zero_grad()
    scale(head(net(x))).mean().backward()
    opt.step()
""",
    )
    assert found.verdict == (
        "Trains 2 of 8 parameters. 6 do not: 4 are frozen (line 7), 2 are in no optimizer."
    )
    groups = by_state(found)
    assert groups["frozen"].names == ["net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"]
    assert [tuple(place) for place in groups["frozen"].places] == [(0, 7)]
    assert groups["frozen"].elements == 13
    assert groups["no_step"].names == ["scale.weight", "scale.bias"]
    assert [tuple(place) for place in groups["no_step"].places] == [(0, 9)]
    assert groups["trained"].names == ["head.weight", "head.bias"]


@pytest.mark.parametrize(
    ("text", "state", "verdict"),
    [
        (
            "opt.step()",
            "stepped_without_gradient",
            "Trains 0 of 2 parameters. No backward pass ran.",
        ),
        (
            "m(x).sum().backward()",
            "no_step",
            "Trains 0 of 2 parameters. 2 have gradients that no optimizer step used.",
        ),
        (
            "opt.step()\nm(x).sum().backward()",
            "no_step",
            "Trains 0 of 2 parameters. 2 got their gradients after the last step (line 5).",
        ),
        (
            "m(x * 0).sum().backward()\nm.bias.grad = None\nopt.step()",
            "",
            "Trains 0 of 2 parameters. 2 do not: 1 has a gradient of zeros (line 7), "
            "1 lost its gradient before the step (line 6).",
        ),
    ],
    ids=["no backward", "no step", "step before", "zeros"],
)
def test_without_a_step_that_used_a_gradient_nothing_trains(
    trace: TraceText, text: str, state: str, verdict: str
) -> None:
    before = "m, x = nn.Linear(2, 1), torch.ones(1, 2)\nopt = torch.optim.Adagrad(m.parameters())\n"
    found = training_of(trace, before + text)
    assert found.trained == found.trained_elements == 0
    assert found.verdict == verdict
    if state:
        assert set(states(found).values()) == {state}


@pytest.mark.parametrize(
    ("made", "between", "says"),
    [
        ("torch.optim.SGD(net.parameters(), lr=0.0)", "", "The learning rate was 0."),
        ("torch.optim.Adam(net.parameters(), lr=torch.tensor(0.0))", "", "rate was 0."),
        (
            "torch.optim.SGD(net.parameters(), lr=1e-12)",
            "",
            "The learning rate was never greater than 1e-12.",
        ),
        (
            "torch.optim.SGD(net.parameters(), lr=0.1)",
            "    [p.grad.mul_(1e-12) for p in net.parameters()]\n",
            "the gradients were too small: the changes were lost to rounding in `float32`.",
        ),
        (
            "torch.optim.SGD(net.parameters(), lr=0.1)",
            "    for group in opt.param_groups:\n        group['lr'] = 0.0\n",
            "The learning rate was 0.",
        ),
    ],
    ids=[
        "rate of 0",
        "rate in a tensor",
        "lost to rounding",
        "tiny gradients",
        "set by a scheduler",
    ],
)
def test_steps_that_change_nothing_train_nothing(
    trace: TraceText, made: str, between: str, says: str
) -> None:
    text = NET + f"opt = {made}\nfor i in range(2):\n    opt.zero_grad()\n"
    text += f"    net(x).sum().backward()\n{between}    opt.step()\n"
    found = training_of(trace, text)
    (group,) = found.groups
    assert (group.state, found.trained) == ("unchanged", 0)
    assert says in group.text
    assert "4 were not changed by their steps" in found.verdict


OWN = (
    NET
    + """
class Own(torch.optim.Optimizer):
    def step(self):
        for p in self.param_groups[0]["params"]:
            {}
opt = Own(net.parameters(), {{"lr": 0.1}})
opt.zero_grad()
net(x).sum().backward()
opt.step()
opt.zero_grad()
"""
)


def test_a_step_that_leaves_the_gradient_is_not_taken_for_a_late_one(trace: TraceText) -> None:
    text = OWN.format("pass") + "net(x).sum().backward()\nopt.step()\n"
    for group in training_of(trace, text).groups:
        assert group.state == "unchanged"
        assert "cleared" not in group.text


def test_a_step_that_autograd_does_not_see_trains(trace: TraceText) -> None:
    text = OWN.format("p.detach().numpy()[:] -= 0.1 * p.grad.numpy()")
    assert set(states(training_of(trace, text)).values()) == {"trained"}


def test_an_update_by_hand_counts_beside_steps_that_change_nothing(trace: TraceText) -> None:
    text = NET + "opt = torch.optim.SGD(net.parameters(), lr=0.0)\nnet(x).sum().backward()\n"
    text += "opt.step()\nwith torch.no_grad():\n    for p in net.parameters():\n"
    text += "        p -= 0.1 * p.grad\n"
    assert set(states(training_of(trace, text)).values()) == {"trained"}


def test_one_step_of_several_that_changes_a_value_trains(trace: TraceText) -> None:
    text = """
big, small = nn.Linear(300, 300), nn.Linear(300, 1)
opt = torch.optim.SGD([{"params": big.parameters()}, {"params": small.parameters(), "lr": 0.0}],
                      lr=0.0)
for rate in (0.0, 0.1):
    opt.param_groups[0]["lr"] = rate
    opt.zero_grad()
    small(big(torch.ones(1, 300))).sum().backward()
    opt.step()
"""
    assert states(training_of(trace, text)) == {
        "big.weight": "trained",
        "big.bias": "trained",
        "small.weight": "unchanged",
        "small.bias": "unchanged",
    }


def test_a_sample_that_stays_the_same_proves_nothing(trace: TraceText) -> None:
    text = """
w = nn.Parameter(torch.ones(100, 100))
opt = torch.optim.SGD([w], lr=1e-12)
(w * 2).sum().backward()
opt.step()
"""
    assert states(training_of(trace, text)) == {"w": "trained"}


def test_gradients_that_clipping_made_zero_are_told_as_zero(trace: TraceText) -> None:
    text = NET + "opt = torch.optim.SGD(net.parameters(), lr=0.1)\nnet(x).sum().backward()\n"
    text += "nn.utils.clip_grad_norm_(net.parameters(), 0.0)\nopt.step()\n"
    (group,) = training_of(trace, text).groups
    assert group.state == "stepped_without_gradient"
    assert "zero everywhere at each step" in group.text


def test_a_cleared_gradient_is_put_down_to_the_line_that_cleared_it(trace: TraceText) -> None:
    found = training_of(
        trace,
        """
        m = nn.Linear(2, 1)
        opt = torch.optim.RMSprop(m.parameters())
        for batch in torch.ones(2, 1, 2):
            m(batch).sum().backward()
            m.zero_grad()
            opt.step()
        """,
    )
    assert (
        found.verdict
        == "Trains 0 of 2 parameters. 2 lost their gradients before the step (line 7)."
    )
    (group,) = found.groups
    assert [tuple(place) for place in group.places] == [(0, 7)]


BY_HAND = {
    "in place": "with torch.no_grad():\n    w -= 0.1 * w.grad",
    "method": "with torch.no_grad():\n    w.sub_(w.grad, alpha=0.1)",
    "data": "w.data -= 0.1 * w.grad.data",
    "data set": "w.data = w.data - 0.1 * w.grad",
    "momentum": "v = torch.zeros(3)\nv.mul_(0.9).add_(w.grad)\nw.data.add_(v, alpha=-0.1)",
    "copy": "with torch.no_grad():\n    w.copy_(w - w.grad.sign())",
    "numpy": "with torch.no_grad():\n    w -= torch.from_numpy(w.grad.numpy())",
}


@pytest.mark.parametrize("update", BY_HAND.values(), ids=BY_HAND)
def test_an_update_by_hand_is_a_step(trace: TraceText, update: str) -> None:
    text = "w = torch.ones(3, requires_grad=True)\n(w * w).sum().backward()\n"
    found = training_of(trace, text + update)
    assert found.verdict == "Trains the only parameter."
    assert found.groups[0].names == ["w"]


def test_an_update_with_a_returned_gradient_is_a_step(trace: TraceText) -> None:
    found = training_of(
        trace,
        """
        m = nn.Linear(2, 1)
        grads = torch.autograd.grad(m(torch.ones(1, 2)).sum(), m.parameters())
        with torch.no_grad():
            for p, g in zip(m.parameters(), grads):
                p.add_(g, alpha=-0.1)
        """,
    )
    assert found.verdict == "Trains both parameters."


@pytest.mark.parametrize(
    "change",
    [
        "w.data.clamp_(-1, 1)",
        "w.data.mul_(0.5)",
        "with torch.no_grad():\n    w.copy_(torch.ones(3))",
    ],
)
def test_a_change_that_does_not_use_the_gradient_is_no_step(trace: TraceText, change: str) -> None:
    text = "m = nn.Linear(3, 1, bias=False)\nw = m.weight\nm(torch.ones(3)).sum().backward()\n"
    found = training_of(trace, text + change)
    assert states(found) == {"m.weight": "no_step"}


def test_numbers_from_outside_leave_it_unknown(trace: TraceText) -> None:
    text = """
    import numpy as np
    m = nn.Linear(3, 1, bias=False)
    m(torch.ones(3)).sum().backward()
    step = np.asarray(m.weight.grad) * -0.1
    with torch.no_grad():
        m.weight += torch.from_numpy(step)
    """
    found = training_of(trace, text)
    assert states(found) == {"m.weight": "unknown"}


def test_snippets_without_a_parameter_have_no_verdict(trace: TraceText) -> None:
    run = trace(snippet("w = torch.ones(3, requires_grad=True)\n(w * w).sum().backward()"))
    assert run.training is None
