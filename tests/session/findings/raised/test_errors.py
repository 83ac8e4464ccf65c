"""Errors that a backward pass raises: the lines that belong together, and fixes that end them."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from app.contract.records import Finding, Trace
from app.session.findings.edits import apply
from app.session.source.code_marks import unmarked
from tests.session.findings.cases import CHECKPOINT, NET, SGD, W
from tests.support import TraceText, snippet

STEM = """
class Stem(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return torch.tanh(self.layer(x))

def train(stem, head, x):
    optimizer = torch.optim.Adam([*stem.parameters(), *head.parameters()])
    features = stem(x)
    for epoch in range(2):
        for _ in range(2):
            optimizer.zero_grad()
            head(features).sum().backward()
            optimizer.step()

train(Stem(), nn.Linear(2, 1), torch.ones(3, 2))
"""
MEMORY = """
class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.rate = nn.Parameter(torch.tensor(0.9))
        self.register_buffer("state", torch.zeros(2))

    def forward(self, x):
        self.state = torch.tanh(self.rate * self.state + x)
        return self.state

cell = Cell()
for _ in range(3):
    cell(torch.ones(2)).sum().backward()
    cell.zero_grad()
"""
MAML = """
from torch.nn import functional

net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
before = {name: value.clone() for name, value in net.state_dict().items()}
x = torch.randn(5, 3)
loss = net(x).pow(2).mean()
net.load_state_dict(before)
loss.backward()
"""
ROTARY = """
class Angles(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = None

    def forward(self, n):
        if self.table is None:
            self.table = torch.arange(8.0).outer(torch.ones(4)).cos()
        return self.table[:n]

angles, layer = Angles(), nn.Linear(4, 4)
x = torch.randn(3, 4)
with torch.inference_mode():
    layer(x) * angles(3)
(layer(x) * angles(3)).sum().backward()
"""
CACHE = """
def cached(x, store={}):
    if "mean" not in store:
        store["mean"] = x.mean(0) * 2
    return store["mean"].view(1, -1)

w = torch.ones(2, 2, requires_grad=True)
with torch.inference_mode():
    cached(torch.ones(3, 2))
(w * cached(None)).sum().backward()
"""
BLOCKS = (
    CHECKPOINT
    + """
blocks = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
head = nn.Linear(2, 1)
h = torch.ones(1, 2)
for block in blocks:
    h = checkpoint(block, h, use_reentrant=True)
head(h).sum().backward()
"""
)
KEPT = """
class Gate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        {forward}
        return x * slope

    @staticmethod
    def backward(ctx, grad):
        {backward}

net = nn.Linear(2, 1)
x = torch.randn(3, 2, requires_grad=True)
"""
BY_ATTRIBUTE = KEPT.format(
    forward="ctx.slope = slope = torch.sigmoid(x)", backward="return grad * ctx.slope"
)
BY_SAVING = KEPT.format(
    forward="slope = torch.sigmoid(x); ctx.save_for_backward(slope)",
    backward="return grad * ctx.saved_tensors[0]",
)
SLOPE = """
(g,) = torch.autograd.grad({of}.sum(), x, create_graph=True)
{loss}.backward()
"""


GAN = """
make, judge = nn.Linear(2, 2), nn.Linear(2, 1)
makes = torch.optim.SGD(make.parameters(), lr=0.1)
judges = torch.optim.Adam(judge.parameters())
fake = make(torch.randn(4, 2))
judge(fake).exp().mean().backward()
{steps}
make.zero_grad()
judge(fake).mean().backward()
makes.step()
"""
TWO_HEADS = """
body, one, two = nn.Linear(2, 2), nn.Linear(2, 1), nn.Linear(2, 1)
optimizer = torch.optim.SGD([*body.parameters(), *one.parameters()], lr=0.1)
other = torch.optim.SGD(two.parameters(), lr=0.1)
h = body(torch.randn(4, 2)).tanh()
one(h).mean().backward()
{step}
two(h).mean().backward()
other.step()
"""


class Told(NamedTuple):
    text: str
    code: str
    line: int
    says: tuple[str, ...]
    is_fixed: bool


FOUND = {
    "a frozen model": Told(
        NET + "for p in net.parameters():\n    p.requires_grad = False\nnet(x).sum().backward()\n",
        "backward_without_history", 6, ("net was frozen on line 6",), False,
    ),
    "two layers frozen on two lines": Told(
        "a, b = nn.Linear(2, 2), nn.Linear(2, 1)\na.requires_grad_(False)\n"
        "b.requires_grad_(False)\nb(a(torch.ones(1, 2))).sum().backward()\n",
        "backward_without_history", 4,
        ("a was frozen on line 4", "b was frozen on line 5"), False,
    ),
    "made before the loop": Told(
        W + "h = w.exp()\nz = h * 2\nfor i in range(3):\n    (z * i).sum().backward()\n",
        "graph_freed", 7, ("z was made once, on line 5, before the loop on line 6",), True,
    ),
    "made before two loops": Told(
        STEM, "graph_freed", 17, ("features was made once, on line 13", "loop on line 14"), True,
    ),
    "a layer before the loop": Told(
        "stem, head = nn.Conv1d(2, 4, 3), nn.Linear(6, 1)\nsignal = torch.randn(1, 2, 8)\n"
        "data = stem(signal)\nfor step in range(2):\n    head(data).mean().backward()\n",
        "graph_freed", 7, ("data was made once, on line 5",), True,
    ),
    "a state": Told(
        W + "state = torch.zeros(2)\nfor _ in range(3):\n    state = torch.sigmoid(state + w)\n"
        "    state.sum().backward()\n",
        "graph_freed", 7, ("state was made by torch.sigmoid(state + w) on line 6",), True,
    ),
    "a GAN": Told(
        GAN.format(steps="judges.step()"), "graph_freed", 10, ("fake was made by make(",), True,
    ),
    "a GAN in a loop": Told(
        GAN.partition("fake =")[0]
        + "for _ in range(2):\n    fake = make(torch.randn(4, 2))\n    out = judge(fake)\n"
        "    out.mean().backward()\n    judges.step()\n    judge(fake).sum().backward()\n"
        "    makes.step()\n", "graph_freed", 11, ("fake was made by make(",), True,
    ),
    "a state of a module": Told(MEMORY, "graph_freed", 15, ("on line 10",), True),
    "two losses": Told(
        W + "h = w.exp()\nh.sum().backward()\nh.mean().backward()\n",
        "graph_freed", 6, ("goes back through h",), True,
    ),
    "a sum": Told(
        W + "total = 0\nfor _ in range(3):\n    total = total + w.exp().sum()\n"
        "    total.backward()\n",
        "graph_freed", 7, ("total was made by total + w.exp().sum() on line 6",), False,
    ),
    "load_state_dict": Told(
        MAML, "in_place_on_saved", 9, ("net.load_state_dict(before) on line 9",), False,
    ),
    "several at once": Told(
        "a, b = (torch.ones(2, requires_grad=True) for _ in range(2))\nloss = (a * b).sum()\n"
        "with torch.no_grad():\n    for p in (a, b): p.zero_()\nloss.backward()\n",
        "in_place_on_saved", 6, ("a and b",), False,
    ),
    "an added number": Told(
        W + "y = w.exp()\ny += 1\ny.sum().backward()\n", "in_place_on_saved", 5, ("y += 1",), True,
    ),
    "a method": Told(
        W + "y = w.sigmoid()\ny.mul_(2)\ny.sum().backward()\n",
        "in_place_on_saved", 5, ("y.mul_(2)",), True,
    ),
    "a part": Told(
        W + "y = w.tanh()\ny[y > 2] = 0\ny.sum().backward()\n",
        "in_place_on_saved", 5, ("y[y > 2] = 0",), True,
    ),
    "a module": Told(
        "net = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.ReLU(inplace=True))\n"
        "net(torch.ones(1, 2)).sum().backward()\n",
        "in_place_on_saved", 4, ("sigmoid in net.1 on line 4 had saved its result",), True,
    ),
    "the indices of a maximum": Told(
        "net = nn.Linear(2, 3)\nvalues, indices = net(torch.ones(4, 2)).max(1)\n"
        "indices.float().mean().backward()\n",
        "backward_without_history", 4,
        ("net(torch.ones(4, 2)).max(1) on line 4 gives a result that cannot carry a gradient",),
        False,
    ),
    "a view of an inference tensor": Told(
        ROTARY, "inference_tensor_in_autograd", 17, ("torch.ones(4)).cos() on line 10",), True,
    ),
    "a view of what a function keeps": Told(
        CACHE, "inference_tensor_in_autograd", 11, ("x.mean(0) * 2 on line 5",), True,
    ),
    "a slice of an inference tensor": Told(
        W + "with torch.inference_mode():\n    scale = torch.arange(4.0) + 1\n"
        "(w * scale[:2]).sum().backward()\n",
        "inference_tensor_in_autograd", 6, ("torch.arange(4.0) + 1 on line 5",), True,
    ),
    "a complex loss": Told(
        W + "z = torch.fft.fft(w)\nloss = ((z - 1) ** 2).sum()\nloss.backward()\n",
        "non_scalar_backward", 6, ("complex64", "torch.fft.fft(w) on line 4"), True,
    ),
    "a complex mean": Told(
        W + "loss = (w * 1j).pow(2).mean()\nloss.backward()\n",
        "non_scalar_backward", 5, ("w * 1j on line 4",), True,
    ),
    "a complex number": Told(
        W + "(w[0] * 2j).backward()\n", "non_scalar_backward", 4, ("w[0] * 2j",), False,
    ),
    "a custom Function's attribute": Told(
        BY_ATTRIBUTE + SLOPE.format(of="Gate.apply(x)", loss="g.pow(2).sum()"),
        "backward_without_history", 6, ("ran inside Gate.forward", "grad * ctx.slope"), False,
    ),
    "what a custom Function saved": Told(
        BY_SAVING + SLOPE.format(of="Gate.apply(x)", loss="(g.pow(2).sum() + (0 * x).sum())"),
        "second_derivative_lost", 6, ("ran inside Gate.forward",), False,
    ),
    "behind a layer": Told(
        BY_ATTRIBUTE
        + SLOPE.format(of="Gate.apply(net(x))", loss="(g.norm(dim=1) - 1).pow(2).mean()"),
        "second_derivative_lost", 6, ("torch.sigmoid(x) on line 6",), False,
    ),
    "each block of a checkpoint": Told(
        BLOCKS, "checkpoint_without_grad_input", 9, ("nothing inside it gets a gradient",), True,
    ),
}  # fmt: skip


def only(run: Trace, code: str) -> Finding:
    (found,) = (one for one in run.findings if one.code == code)
    return found


@pytest.mark.parametrize(
    ("optimizer", "advice"),
    [("", "requires_grad=True"), (SGD, "Leave requires_grad True for the parameters")],
    ids=["an attack", "training"],
)
def test_a_frozen_model_is_advised_by_what_is_wanted(
    trace: TraceText, optimizer: str, advice: str
) -> None:
    text = NET + optimizer + "net.requires_grad_(False)\nnet(x).sum().backward()\n"
    fix = only(trace(snippet(text)), "backward_without_history").fix
    assert fix is not None
    assert advice in unmarked(fix.description)


@pytest.mark.parametrize("told", FOUND.values(), ids=FOUND)
def test_it_says_what_belongs_together(trace: TraceText, told: Told) -> None:
    text = snippet(told.text)
    found = only(trace(text), told.code)
    assert found.line == told.line
    for part in told.says:
        assert part in unmarked(found.text)
    edits = found.fix.edits if found.fix else []
    assert bool(edits) == told.is_fixed
    if edits:
        run = trace(apply(text, edits))
        assert run.error is None
        assert told.code not in {one.code for one in run.findings}


def test_a_trained_value_is_not_to_be_detached(trace: TraceText) -> None:
    fix = only(trace(snippet(STEM)), "graph_freed").fix
    assert fix is not None
    assert fix.description.startswith("Compute `features` inside the loop")


@pytest.mark.parametrize(
    "text",
    [
        TWO_HEADS.format(step=""),
        TWO_HEADS.format(step="optimizer.step()"),
        GAN.format(steps=""),
    ],
    ids=["two heads", "two heads and a step", "no step between"],
)
def test_what_the_first_pass_may_train_is_not_to_be_detached(trace: TraceText, text: str) -> None:
    fix = only(trace(snippet(text)), "graph_freed").fix
    assert fix is not None
    assert not [edit for edit in fix.edits if "detach" in edit.text]
    assert ".detach()` on line" not in fix.description


def test_zeros_that_only_keep_a_value_in_the_graph_are_not_blamed(trace: TraceText) -> None:
    text = BY_SAVING + SLOPE.format(of="Gate.apply(x)", loss="(g.pow(2).sum() + (0 * x).sum())")
    assert "zero_gradient" not in {one.code for one in trace(snippet(text)).findings}


def test_instead_of_loading_parameters_a_call_with_others_is_offered(trace: TraceText) -> None:
    fix = only(trace(snippet(MAML)), "in_place_on_saved").fix
    assert fix is not None
    assert "torch.func.functional_call(net, parameters, (x,))" in fix.description


PENALTIES = {
    "the norm of a gradient": "x = torch.randn(4, 2, requires_grad=True)\n"
    "g = torch.autograd.grad(net(x).sum(), x)[0]\n(g.norm(dim=1) - 1).pow(2).mean().backward()\n",
    "a sum over parameters": "x = torch.randn(4, 2)\n"
    "gs = torch.autograd.grad(net(x).exp().sum(), list(net.parameters()))\n"
    "sum(g.pow(2).sum() for g in gs).backward()\n",
    "the second derivative": "x = torch.randn(4, 2, requires_grad=True)\n"
    "first, = torch.autograd.grad(outputs=net(x).exp().sum(), inputs=[x])\n"
    "first.sum().backward()\n",
}


@pytest.mark.parametrize("text", PENALTIES.values(), ids=PENALTIES)
def test_a_gradient_without_its_graph_is_named(trace: TraceText, text: str) -> None:
    text = snippet(f"net = nn.Linear(2, 1)\n{text}")
    (found,) = trace(text).findings
    assert (found.code, found.severity, found.line) == ("backward_without_history", "error", 5)
    assert "torch.autograd.grad returned without history on line 5" in unmarked(found.text)
    assert found.fix is not None
    assert "create_graph=True" in found.fix.description
    if found.fix.edits:
        assert trace(apply(text, found.fix.edits)).error is None
    else:
        assert "outputs=" in text


def test_create_graph_is_not_advised_twice(trace: TraceText) -> None:
    text = snippet(
        "net = nn.Linear(2, 1)\nx = torch.randn(4, 2)\n"
        "g, = torch.autograd.grad(net(x).sum(), net.bias, create_graph=True)\ng.sum().backward()\n"
    )
    (found,) = trace(text).findings
    assert found.code == "backward_without_history"
    assert found.fix is None or "create_graph" not in found.fix.description


def test_of_the_passes_before_the_one_that_freed_the_graph_is_named(trace: TraceText) -> None:
    kept = "loss.backward(retain_graph=True)\n"
    text = snippet(W + "loss = w.exp().sum()\n" + kept + kept + "loss.backward()\n" * 2)
    assert "the backward pass on line 7 had already" in only(trace(text), "graph_freed").text


OTHER = (
    NET + SGD + "y = torch.zeros(3, 1)\n{forward}loss = ({of} - y).pow(2).mean()\nloss.backward()\n"
)


def test_a_result_that_the_loss_does_not_use_is_named(trace: TraceText) -> None:
    """The loss was computed from the inputs, say."""
    run = trace(snippet(OTHER.format(forward="out = net(x)\n", of="x")))
    (found,) = (one for one in run.findings if one.code == "backward_without_history")
    assert "net(x) on line 7 has a history, and nothing was computed from its result." in (
        unmarked(found.text)
    )
    assert found.fix is not None
    assert unmarked(found.fix.description) == "Compute loss from it."


def test_a_result_that_something_used_is_not_the_forgotten_one(trace: TraceText) -> None:
    run = trace(snippet(OTHER.format(forward="out = net(x)\nprint(out.sum().item())\n", of="x")))
    (found,) = (one for one in run.findings if one.code == "backward_without_history")
    assert "nothing was computed" not in found.text


def test_a_loss_made_before_the_loop_belongs_into_it(trace: TraceText) -> None:
    """Keeping its graph would raise the next error: a step changes what it saved."""
    text = NET + SGD + "loss = net(x).exp().mean()\nfor _ in range(2):\n    loss.backward()\n"
    run = trace(snippet(text + "    optimizer.step()\n"))
    (found,) = (one for one in run.findings if one.code == "graph_freed")
    assert found.text.endswith("`loss` was made once, on line 6, before the loop on line 7.")
    assert found.fix is not None
    assert unmarked(found.fix.description) == (
        "Compute loss inside the loop, again for each backward()."
    )
    assert trace(apply(snippet(text), found.fix.edits)).error is None
