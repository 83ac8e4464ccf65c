"""What torch refuses to take: which tensor it was, which line made it, and what ends the error."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from app.session.findings.edits import apply
from app.session.source.code_marks import unmarked
from tests.support import TraceText, snippet


class Refused(NamedTuple):
    code: str
    text: str
    line: int
    says: str
    edited: str | None
    """A line of the edited text, which raises no error; None where nothing is edited."""


TRAINER = """
class Trainer:
    def __init__(self, net):
        self.wanted = (p for p in net.parameters() if p.requires_grad)
        for p in self.wanted:
            nn.init.normal_(p)
        self.optimizer = torch.optim.SGD(self.wanted, lr=0.1)

Trainer(nn.Linear(2, 2))
"""
HELPERS = """
def count(params):
    return sum(p.numel() for p in params)

def make(params):
    return torch.optim.Adam(params)

weights = nn.Linear(2, 2).parameters()
print(count(weights))
make(weights)
"""
AGENT = """
import copy

class Memory(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.hidden = nn.GRUCell(2, 3), None

    def forward(self, x):
        h = self.cell(x, self.hidden)
        self.hidden = h
        return h.sum()

class Agent:
    def __init__(self):
        self.net = nn.ModuleDict({"memory": Memory()})

agent = Agent()
agent.net["memory"](torch.ones(1, 2))
copy.deepcopy(agent.net)
"""
TABLES = """
users = nn.Embedding(4, 2, sparse=True)
items = nn.EmbeddingBag(4, 2, mode="sum", sparse=True)
optimizer = torch.optim.SGD([*users.parameters(), *items.parameters()], weight_decay=0.1)
(users(torch.tensor([1])) * items(torch.tensor([[1]]))).sum().backward()
optimizer.step()
"""
LOOKUP = """
table = torch.ones(4, 2, requires_grad=True)
optimizer = torch.optim.RMSprop([table])
nn.functional.embedding(torch.tensor([1]), table, sparse=True).sum().backward()
optimizer.step()
"""
BLOCK = """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return {end}

block = Block()
block.layer.register_full_backward_hook(lambda *_: None)
block(torch.ones(1, 2)).sum().backward()
"""
REFUSED = {
    "an attribute": Refused(
        "empty_optimizer", TRAINER, 8, "Line 6 had read it", "list(p for p in net.parameters()",
    ),
    "through functions": Refused(
        "empty_optimizer", HELPERS, 7, "weights is an iterator (generator), which can be read only "
        "once. Line 10 had", "weights = list(nn.Linear(2, 2).parameters())",
    ),
    "a second optimizer": Refused(
        "empty_optimizer", "params = map(nn.Parameter, torch.ones(2))\ntorch.optim.SGD(params)\n"
        "torch.optim.SGD(params)\n", 5, "Line 4 had", "list(map(",
    ),
    "all frozen": Refused(
        "empty_optimizer", "net = nn.Linear(2, 2)\nnet.requires_grad_(False)\n"
        "torch.optim.SGD([p for p in net.parameters() if p.requires_grad])\n", 5,
        "All parameters are frozen (line 4)", None,
    ),
    "made in a function": Refused(
        "non_leaf_in_optimizer", "def attack(x):\n"
        "    d = torch.zeros_like(x).requires_grad_() + 1\n"
        "    return torch.optim.Adam([d])\nattack(torch.ones(2))\n", 5,
        "d is the result of torch.zeros_like(x).requires_grad_() + 1 on line 4",
        "    d = d.detach().requires_grad_()",
    ),
    "of a parameter": Refused(
        "non_leaf_in_optimizer", "net = nn.Linear(2, 2)\nflat = net.weight.view(-1)\n"
        "torch.optim.Adam([{'params': [flat]}])\n", 5, "It is computed from net.weight", None,
    ),
    "weight decay": Refused(
        "sparse_gradient_refused", TABLES, 7, "SGD cannot add weight decay",
        "users = nn.Embedding(4, 2, sparse=False)",
    ),
    "a function looks it up": Refused(
        "sparse_gradient_refused", LOOKUP, 6, "The gradient of table is sparse because of "
        "sparse=True on line 5, and RMSprop", "table, sparse=False)",
    ),
    "a recurrent state": Refused(
        "copied_with_history", AGENT, 21, "agent.net.memory.hidden is the result of gru_cell in "
        "agent.net.memory.cell on line 11, not a leaf. Line 12 stored it",
        "agent.net.memory.hidden = agent.net.memory.hidden.detach()",
    ),
    "a tensor itself": Refused(
        "copied_with_history", "from copy import deepcopy\nw = torch.ones(2, requires_grad=True)\n"
        "best = w * 2\nkept = deepcopy(best)\n", 6, "best is the result of w * 2 on line 5",
        "kept = best.detach().clone()",
    ),
    "an entry of a dict": Refused(
        "copied_with_history", "import copy\nlogs = {'loss': [nn.Linear(1, 1).weight.sum()]}\n"
        "copy.deepcopy(logs)\n", 5, "logs['loss'][0] is the result of", None,
    ),
    "a function in place": Refused(
        "hooked_view_in_place", BLOCK.format(end="nn.functional.silu(self.layer(x), inplace=True)"),
        9, "registered on line 12", "silu(self.layer(x), inplace=False)",
    ),
    "a method in place": Refused(
        "hooked_view_in_place", BLOCK.format(end="self.layer(x).sigmoid_()"),
        9, "sigmoid_ on line 9", "return self.layer(x).sigmoid()",
    ),
    "a module in place": Refused(
        "hooked_view_in_place", "net = nn.Sequential(nn.Linear(2, 2), nn.SiLU(True))\n"
        "for m in net:\n"
        "    m.register_full_backward_hook(lambda *_: None)\n"
        "net(torch.ones(1, 2)).sum().backward()\n",
        6, "net.1 (SiLU, inplace=True)", "nn.SiLU(False)",
    ),
    "a row is frozen": Refused(
        "requires_grad_on_part", "table = nn.Embedding(3, 2)\n"
        "table.weight[0].requires_grad = False\n", 4, "table.weight[0] is computed from "
        "table.weight, not a leaf", "mask[0] = 0",
    ),
    "columns are frozen": Refused(
        "requires_grad_on_part", "fc = nn.Linear(3, 2)\nfc.weight[:, 1:].requires_grad_(False)\n",
        4, "Only the whole of fc.weight has", "mask[:, 1:] = 0",
    ),
    "it requires grad already": Refused(
        "requires_grad_on_part", "w = torch.ones(3, requires_grad=True)\n"
        "w[0].requires_grad = True\n(w * 2).sum().backward()\n", 4, "w[0] is computed from w",
        "requires_grad=True)\n(w * 2)",
    ),
    "rows of a loop": Refused(
        "requires_grad_on_part", "w = torch.ones(3, 2)\nfor i in range(2):\n"
        "    w[i].requires_grad_()\nw.exp().sum().backward()\n", 5, "w[i] on line 5 is a new",
        "    w.requires_grad_()",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_it_says_what_was_refused_and_ends_it(trace: TraceText, case: Refused) -> None:
    text = snippet(case.text)
    run = trace(text)
    assert run.error is not None
    (found,) = (one for one in run.findings if one.code == case.code)
    assert (found.severity, found.line) == ("error", case.line)
    assert case.says in unmarked(found.text)
    assert found.fix is not None
    if case.edited is None:
        assert found.fix.edits == []
        return
    edited = apply(text, found.fix.edits)
    assert case.edited in edited
    assert trace(edited).error is None


@pytest.mark.parametrize(
    "text",
    [
        "w = torch.ones(3, requires_grad=True)\nw.detach().requires_grad_()\n"
        "(w * 2).sum().backward()\n",
        "x = torch.ones(3, 2)\nfirst = x[0].requires_grad_()\n"
        "(first * 2).sum().backward()\n"
        "x.add_(1)\n",
    ],
)
def test_a_part_that_is_used_is_sound(trace: TraceText, text: str) -> None:
    run = trace(snippet(text))
    assert run.error is None
    assert "requires_grad_on_part" not in {one.code for one in run.findings}
