"""What the edits of a fix write, in the spellings that people use."""

from __future__ import annotations

import ast
import re

import pytest

from app.contract.records import Fix, Trace
from app.session.findings.edits import apply
from app.session.findings.trials import Tried, try_fixes
from app.session.run import Run
from app.session.source.code_marks import as_code
from tests.session.findings.cases import CASES, NET, V, W
from tests.support import TraceText, snippet


def trials(trace: TraceText, text: str) -> tuple[Trace, Tried]:
    run = trace(snippet(text))
    outcome = try_fixes(Run(run), lambda edited, *_: Run(trace(edited)))
    assert outcome is not None
    return run, outcome


def tried(trace: TraceText, text: str, code: str) -> tuple[Fix, list[str]]:
    """The fix once it was tried, and the lines of the edited text that the text does not have."""
    run, outcome = trials(trace, text)
    place = next(n for n, found in enumerate(run.findings) if found.code == code)
    fix = outcome.fixes.get(place)
    assert fix is not None
    assert fix.effect is not None
    before = run.snippet.text.split("\n")
    edited = apply(run.snippet.text, fix.edits).split("\n")
    return fix, [line.strip() for line in edited if line not in before]


DROPOUT = "net = nn.Sequential(nn.Linear(2, 4), nn.Dropout(), nn.Linear(4, 1))\n"
CLASS = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)

    def forward(self, x):
        return self.fc(x).relu()

net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
"""
SPELLINGS: list[tuple[str, str, list[str]]] = [
    ("cut_by_detach", W + V + "y = w * 2\ny = y.detach()\n(y * v).sum().backward()\n", []),
    ("cut_by_detach", W + V + "(torch.relu((w + 1).detach()) * v).sum().backward()\n",
     ["(torch.relu(w + 1) * v).sum().backward()"]),
    ("cut_by_detach", W + V + "y = (v - (w - 1).data).sum()\ny.backward()\n",
     ["y = (v - (w - 1)).sum()"]),
    ("cut_by_grad_mode",
     W + V + "with torch.no_grad():\n    y = w * 2\n\n    # twice\n    y = y.exp()\n"
     "(y * v).sum().backward()\n",
     ["y = w * 2", "# twice", "y = y.exp()"]),
    ("cut_by_grad_mode",
     W + V + "with torch.no_grad():  # keep this\n    y = w * 2\n(y * v).sum().backward()\n",
     ["# keep this", "y = w * 2"]),
    ("cut_by_grad_mode",
     W + V + "with torch.no_grad():  # and this:\n    y = w * 2\n(y * v).sum().backward()\n",
     ["# and this:", "y = w * 2"]),
    ("non_leaf_grad_read",
     W + V + "y = w * 2\nv.sum().backward()\ny.sum().backward()\nprint(y.grad)\n",
     ["y.retain_grad()"]),
    ("cut_by_grad_mode",
     W + V + "@torch.inference_mode()\ndef double(x):\n    return x * 2\n"
     "(double(w).clone() * v).sum().backward()\n", []),
    ("left_torch", W + V + "s = float(w.sum())\n(v * s).sum().backward()\n", ["s = w.sum()"]),
    ("left_torch", W + V + "(v * (w.sum() + 1).item()).sum().backward()\n",
     ["(v * (w.sum() + 1)).sum().backward()"]),
    ("rewrapped_tensor", W + V + "y = torch.tensor([w.sum(), v.sum()])\n"
     "(y * v).sum().backward()\n", ["y = torch.stack([w.sum(), v.sum()])"]),
    ("patched_loss", W + "with torch.no_grad():\n    out = w * 2\nloss = out.sum()\n"
     "loss.requires_grad_()\nloss.backward()\n", ["out = w * 2"]),
    ("data_write_on_saved", W + "y = w.sigmoid()\ny.data *= 0.5\ny.sum().backward()\n",
     ["y = y * 0.5"]),
    ("data_write_on_saved", W + "y = w.tanh()\ny.data.clamp_(0.1, 0.9)\ny.sum().backward()\n",
     ["y = y.clamp(0.1, 0.9)"]),
    ("set_too_late",
     "w = torch.ones(2)\n" + V + "for _ in range(1):\n    y = w * v\n    y = y.exp()\n"
     "    w.requires_grad = True\n    y.sum().backward()\n", []),
    ("grad_mode_left_off",
     NET + "net(x).sum().backward()\ntorch.set_grad_enabled(False)\nfor _ in range(2):\n"
     "    y = net(x)\n    print(y.sum())\n",
     ["with torch.no_grad():", "for _ in range(2):", "y = net(x)", "print(y.sum())"]),
    ("evaluation_records",
     CLASS + "x = torch.ones(3, 2)\nnet(x).sum().backward()\noptimizer.step()\nnet.eval()\n"
     "total = 0\nfor _ in range(2):\n    total += net(x).sum().item()\nprint(total)\n",
     ["with torch.no_grad():", "for _ in range(2):", "total += net(x).sum().item()"]),
    ("evaluation_records",
     NET + "def evaluate(model, data):\n    model.eval()\n    out = model(data)\n"
     "    return out.mean()\n\nevaluate(net, x)\n",
     ["with torch.no_grad():", "out = model(data)"]),
    ("training_mode_in_evaluation",
     DROPOUT + "x = torch.ones(3, 2)\nfor _ in range(2):\n    net(x).sum().backward()\n"
     "    with torch.no_grad():\n        print(net(x))\n", ["net.eval()", "net.train()"]),
    ("gradients_add_up",
     W + "for _ in range(2):\n    (w * w).sum().backward()\n    with torch.no_grad():\n"
     "        w -= 0.1 * w.grad\n", ["w.grad = None"]),
    ("gradients_add_up",
     W + "for _ in range(2):\n    (w * w).sum().backward()\n    w.data.sub_(0.1 * w.grad)\n",
     ["w.grad = None"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "written"), SPELLINGS)
def test_what_a_fix_writes(trace: TraceText, code: str, text: str, written: list[str]) -> None:
    _, lines = tried(trace, text, code)
    assert lines == written


HEAD = """\
G = nn.Linear(4, 2)
{judge}
opt_g = torch.optim.SGD(G.parameters(), lr=0.1)
opt_d = torch.optim.SGD(D.parameters(), lr=0.1)
"""
PLAIN = "D = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))"
JUDGE = """\
class Judge(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(2, 4), nn.Linear(6, 1)

    def forward(self, x):
        return self.last(torch.cat([self.first(x).relu(), x], 1))

D = Judge()"""
D_STEP = """\
    opt_d.zero_grad()
    loss_d = D(fake).mean() - D(torch.ones(3, 2)).mean()
    loss_d.backward()
    opt_d.step()
"""
G_STEP = """\
    opt_g.zero_grad()
    score = D(fake)
    (-score.mean()).backward()
    opt_g.step()
"""
IN_D = "loss_d = D(fake.detach()).mean() - D(torch.ones(3, 2)).mean()"
FUNCTIONS = """\
def train(optimizer, sign, samples):
    optimizer.zero_grad()
    loss = sign * D(samples).mean()
    loss.backward()
    optimizer.step()

for _ in range(2):
    fake = G(torch.ones(3, 4)).detach()
    train(opt_d, 1, fake)
    train(opt_g, -1, fake)
"""
TRAINER = """\
class Trainer:
    def generate(self):
        self.fake = G(torch.ones(3, 4)).data

    def judge(self):
        opt_d.zero_grad()
        D(self.fake).mean().backward()
        opt_d.step()

    def make(self):
        opt_g.zero_grad()
        (-D(self.fake).mean()).backward()
        opt_g.step()

trainer = Trainer()
for _ in range(2):
    trainer.generate()
    trainer.judge()
    trainer.make()
"""
LOOP = "for _ in range(2):\n"
MAKE = "G(torch.ones(3, 4))"
GANS: dict[str, tuple[str, list[str]]] = {
    "detach": (LOOP + f"    fake = {MAKE}.detach()\n" + D_STEP + G_STEP,
               [f"fake = {MAKE}", IN_D]),
    "data": (LOOP + f"    fake = {MAKE}.data\n" + D_STEP + G_STEP, [f"fake = {MAKE}", IN_D]),
    "the other step first": (LOOP + f"    fake = {MAKE}.detach()\n" + G_STEP + D_STEP,
                             [f"fake = {MAKE}", IN_D]),
    "no_grad": (LOOP + f"    with torch.no_grad():\n        fake = {MAKE}\n" + D_STEP + G_STEP,
                [f"fake = {MAKE}", IN_D]),
    "a decorator": ("@torch.no_grad()\ndef sample():\n    return " + MAKE + "\n" + LOOP
                    + "    fake = sample()\n" + D_STEP + G_STEP, [IN_D]),
    "functions": (FUNCTIONS, [f"fake = {MAKE}", "train(opt_d, 1, fake.detach())"]),
    "a class": (TRAINER, [f"self.fake = {MAKE}", "D(self.fake.detach()).mean().backward()"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "judge"),
    [
        *((name, PLAIN) for name in GANS),
        *((name, JUDGE) for name in ("detach", "the other step first", "no_grad", "functions")),
    ],
)
def test_one_value_for_two_passes_is_detached_in_the_right_one(
    trace: TraceText, name: str, judge: str
) -> None:
    text, written = GANS[name]
    code = "cut_by_grad_mode" if "no_grad" in text else "cut_by_detach"
    fix, lines = tried(trace, HEAD.format(judge=judge) + text, code)
    assert lines == written
    assert fix.effect is not None
    assert "`G` gets gradients" in fix.effect
    detached = re.search(r"[\w.]+\.detach\(\)", lines[-1])
    assert detached is not None
    assert f"Use `{detached[0]}` on line" in fix.description


SHARED = """\
for _ in range(2):
    fake = G(torch.ones(3, 4)).detach()
    out = D(fake).mean()
    opt_d.zero_grad()
    out.backward(retain_graph=True)
    opt_g.zero_grad()
    (-out).backward()
    opt_d.step()
    opt_g.step()
"""


def test_where_one_use_serves_both_passes_nothing_is_advised(trace: TraceText) -> None:
    run = trace(snippet(HEAD.format(judge=PLAIN) + SHARED))
    (found,) = (one for one in run.findings if one.code == "cut_by_detach")
    assert found.fix is None
    assert all(row.why.fix is None for row in run.gradients if row.name.startswith("G."))


@pytest.mark.parametrize("text", [case.text for case in CASES.values()])
def test_code_in_advice_is_python(trace: TraceText, text: str) -> None:
    run = trace(snippet(text))
    advice = [one.fix.description for one in run.findings if one.fix is not None]
    for code in re.findall(r"`([^`]*)`", " ".join(advice)):
        if not code.endswith(":") and not code.startswith(
            ("@", ".")
        ):  # a block, a decorator, `.grad`
            ast.parse(code)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("w", "w"),
        ("net.0.weight", "net[0].weight"),
        ("model.layers[1].fc.bias", "model.layers[1].fc.bias"),
        ("matmul in linear.weight", None),
        ("f(x)", None),
    ],
)
def test_a_name_as_one_types_it(name: str, code: str | None) -> None:
    assert as_code(name) == code


PARAMETRIZED = """\
class Twice(nn.Module):
    def forward(self, x):
        return x * 2

layer = nn.Linear(2, 1)
nn.utils.parametrize.register_parametrization(layer, "weight", Twice())
layer(torch.ones(1, 2)).sum().backward()
print(layer.weight.grad)
"""


def test_what_no_variable_holds_is_not_to_be_called(trace: TraceText) -> None:
    run = trace(snippet("import torch.nn.utils.parametrize\n" + PARAMETRIZED))
    (found,) = (one for one in run.findings if one.code == "non_leaf_grad_read")
    assert found.fix is not None
    assert found.fix.description == "Read `layer.parametrizations.weight.original.grad`."


def test_a_child_by_number_is_typed_in_brackets(trace: TraceText) -> None:
    run = trace(snippet(
        "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\n"
        "net[0].weight.requires_grad_(False)\nnet(torch.ones(1, 2)).sum().backward()\n"
    ))  # fmt: skip
    (row,) = (row for row in run.gradients if row.name == "net.0.weight")
    assert row.why.fix == "Call net[0].weight.requires_grad_(True) before it is used."
