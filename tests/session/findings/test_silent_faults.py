"""Faults that raise nothing: each kind in several spellings, and sound programs beside them."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from app.contract.records import Finding, Trace
from app.session.code_marks import unmarked
from app.session.findings.edits import apply
from tests.support import TraceText, snippet

NET = """
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.randn(5, 3)
"""


class Fault(NamedTuple):
    """`line` is where the finding leads, `says` a part of its text, `mended` whether applying
    its edits takes it away."""

    code: str
    text: str
    line: int
    says: str
    mended: bool = True


FAULTS = {
    "a target is detached and the result is dropped": Fault(
        "detach_not_used",
        NET
        + """
    for _ in range(2):
        target = net(x + 1) * 0.9
        target.detach()
        loss = (net(x) - target).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    """,
        9,
        "`target` keeps its history, and `net(x) - target` on line 10 goes on with it",
    ),
    "a state on an object": Fault(
        "detach_not_used",
        """
    class Cell:
        def __init__(self):
            self.w = torch.ones(3, requires_grad=True)
            self.h = torch.zeros(3)

        def __call__(self, x):
            self.h.detach()
            self.h = torch.tanh(self.w * x + self.h)
            return self.h.sum()

    cell = Cell()
    (cell(1.0) + cell(2.0)).backward()
    """,
        9,
        "returns a new tensor",
    ),
    "a list comprehension": Fault(
        "detach_not_used",
        """
    w = torch.ones(2, requires_grad=True)
    hidden = [w * 2, w * 3]
    [torch.detach(h) for h in hidden]
    (hidden[0] * hidden[1]).sum().backward()
    """,
        5,
        "gradients still go back through",
        mended=False,
    ),
    "zero_grad between backward and step": Fault(
        "gradient_thrown_away",
        NET
        + """
    for _ in range(3):
        loss = net(x).pow(2).mean()
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
    """,
        10,
        "cleared the gradients of 3 of the 3 backward passes on line 9",
    ),
    "zero_grad in each micro-batch": Fault(
        "gradient_thrown_away",
        """
    def train(model, batches, every):
        adam = torch.optim.Adam(model.parameters())
        for number, batch in enumerate(batches, 1):
            model.zero_grad()
            (model(batch).abs().mean() / every).backward()
            if number % every == 0:
                adam.step()

    train(nn.Linear(2, 1), torch.randn(6, 4, 2), every=3)
    """,
        6,
        "cleared the gradients of 4 of the 6 backward passes on line 7",
    ),
    "cleared by hand before the step": Fault(
        "gradient_thrown_away",
        """
    layer = nn.Linear(2, 1)
    opt = torch.optim.RMSprop([layer.weight, layer.bias])
    for batch in torch.randn(2, 4, 2):
        layer(batch).sum().backward()
        for p in layer.parameters():
            p.grad = None
        opt.step()
    """,
        8,
        "no optimizer step had used them yet",
        mended=False,
    ),
    "clipped after the step": Fault(
        "gradient_thrown_away",
        NET
        + """
    for _ in range(3):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
        nn.utils.clip_grad_value_(net.parameters(), clip_value=0.01)
    """,
        11,
        "after the optimizer step on line 10 had used it",
    ),
    "scaled by hand after the step": Fault(
        "gradient_thrown_away",
        NET
        + """
    for _ in range(2):
        net(x).pow(2).mean().backward()
        optimizer.step()
        for p in net.parameters():
            p.grad.mul_(0.5)
        optimizer.zero_grad()
    """,
        11,
        "the change has no effect",
        mended=False,
    ),
    "a running total": Fault(
        "graph_kept",
        NET
        + """
    total_loss = 0
    for _ in range(3):
        loss = net(x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total_loss += loss
    print(float(total_loss))
    """,
        13,
        "`total_loss += loss` on line 13 adds a tensor with its history, 3 times",
    ),
    "a mean over batches that were not to be trained on": Fault(
        "graph_kept",
        """
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))

    class Meter:
        def __init__(self):
            self.sum = torch.zeros(1)

        def update(self, value, n):
            self.sum = self.sum + value * n

    meter = Meter()
    for batch in torch.randn(3, 5, 3):
        meter.update(model(batch).abs().mean(), len(batch))
    print(meter.sum / 15)
    """,
        10,
        "that they saved for backward",
    ),
    "a list of losses": Fault(
        "graph_kept",
        """
    def fit(model, adam, batches):
        history = []
        for batch in batches:
            loss = model(batch).pow(2).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
            history.append(loss)
        return history

    model = nn.Linear(2, 1)
    fit(model, torch.optim.Adam(model.parameters()), torch.randn(4, 3, 2))
    """,
        10,
        "`history.append(loss)` on line 10 keeps a tensor with its history in each iteration",
    ),
    "a list of outputs": Fault(
        "graph_kept",
        NET
        + """
    outputs = []
    for _ in range(4):
        outputs.append(net(x))
        loss = outputs[-1].pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    """,
        9,
        "autograd nodes alive",
        mended=False,
    ),
}

SOUND = {
    "a detach that is kept": """
        w = torch.ones(2, requires_grad=True)
        h = w * 2
        h = h.detach()
        (h * w).sum().backward()
        """,
    "a detach for a look": """
        w = torch.ones(2, requires_grad=True)
        h = w * 2
        print(h.detach())
        seen = [h.detach()]
        h.sum().backward()
        """,
    "a detach whose original goes nowhere": """
        w = torch.ones(2, requires_grad=True)
        h = w * 2
        h.detach()
        (w * 3).sum().backward()
        """,
    "a detach in place": """
        w = torch.ones(2, requires_grad=True)
        h = w * 2
        h.detach_()
        (h * w).sum().backward()
        """,
    "each batch by itself": NET
    + """
    for batch in x.split(2):
        optimizer.zero_grad()
        net(batch).pow(2).mean().backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.1)
        optimizer.step()
    """,
    "a step that is left out now and then": NET
    + """
    for number in range(4):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        if number != 2:
            optimizer.step()
    """,
    "gradients that are collected": NET
    + """
    grads = []
    for batch in x.split(2):
        net.zero_grad()
        net(batch).pow(2).mean().backward()
        grads.append([p.grad.clone() for p in net.parameters()])
    for p, *parts in zip(net.parameters(), *grads):
        p.grad = sum(parts)
    optimizer.step()
    """,
    "a critic on the way to the actor": NET
    + """
    critic = nn.Linear(1, 1)
    of_critic = torch.optim.Adam(critic.parameters())
    for _ in range(2):
        of_critic.zero_grad()
        critic(net(x).detach()).mean().backward()
        of_critic.step()
        optimizer.zero_grad()
        critic(net(x)).mean().backward()
        optimizer.step()
    """,
    "numbers that are added up": NET
    + """
    total, losses, previous = 0, [], None
    for _ in range(4):
        loss = net(x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        losses.append(loss.detach())
        if previous is not None and loss > previous:
            print("worse")
        previous = loss
    """,
    "a loss of several terms": NET
    + """
    for _ in range(3):
        loss, terms = 0, []
        for row in x:
            term = net(row).pow(2).mean()
            loss += term
            terms.append(term)
        optimizer.zero_grad()
        (loss + sum(terms)).backward()
        optimizer.step()
    """,
    "a norm for the log": NET
    + """
    for _ in range(2):
        norm = 0
        for p in net.parameters():
            norm += p.norm() ** 2
        print(norm.item())
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
    """,
    "a closure": NET
    + """
    def closure():
        optimizer.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        return loss

    for _ in range(2):
        optimizer.step(closure)
    """,
}
KINDS = {fault.code for fault in FAULTS.values()}


def only(run: Trace, code: str) -> Finding:
    (found,) = (one for one in run.findings if one.code == code)
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_found_and_its_fix_mends_it(trace: TraceText, name: str) -> None:
    fault = FAULTS[name]
    text = snippet(fault.text)
    found = only(trace(text), fault.code)
    assert found.line == fault.line
    assert unmarked(fault.says) in unmarked(found.text)
    assert found.fix is not None
    assert bool(found.fix.edits) == fault.mended
    if fault.mended:
        mended = trace(apply(text, found.fix.edits))
        assert mended.error is None
        assert fault.code not in {one.code for one in mended.findings}


@pytest.mark.parametrize("name", SOUND)
def test_sound_programs_of_the_same_shape_are_left_alone(trace: TraceText, name: str) -> None:
    run = trace(snippet(SOUND[name]))
    assert run.error is None
    assert KINDS.isdisjoint(one.code for one in run.findings)
