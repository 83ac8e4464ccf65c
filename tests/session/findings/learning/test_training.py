"""What keeps parameters from training, spelled differently than in `cases`."""

from __future__ import annotations

import pytest

from app.contract.records import Finding
from app.session.findings.edits import apply
from tests.support import TraceText, snippet

MODEL = """
torch.manual_seed(1)
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout(0.5))
        self.head = nn.Linear(2, 1)

    def forward(self, x):
        return self.head(self.encoder(x))

model = Model()
x, y = torch.rand(4, 2), torch.ones(4, 1)
"""
"""The line below it is 15."""
TRAIN = """
def train(model, optimizer):
    for _ in range(2):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()

train(model, torch.optim.AdamW(model.parameters(), lr=0.1))
"""
FOUND = {
    "nothing trains, frozen in a function": (
        "nothing_trains",
        MODEL + "def freeze(m):\n    for p in m.parameters():\n        p.requires_grad_(False)\n"
        "freeze(model)\nbias = torch.zeros(1, requires_grad=True)\n"
        "optimizer = torch.optim.Adam(model.parameters())\n"
        "(model(x) + bias).sum().backward()\noptimizer.step()\n",
        17,
        "Not one of the 6 parameters trained.",
    ),
    "nothing trains, no backward": (
        "nothing_trains",
        MODEL + "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "loss = (model(x) - y).abs().mean()\noptimizer.step()\n",
        17,
        "had no gradients when the optimizer stepped",
    ),
    "nothing trains, no step": (
        "nothing_trains",
        MODEL + "class Trainer:\n    def __init__(self, m):\n"
        "        self.opt = torch.optim.RMSprop(m.parameters())\n"
        "    def fit(self, m):\n        self.opt.zero_grad()\n        m(x).sum().backward()\n"
        "Trainer(model).fit(model)\n",
        17,
        "no optimizer step followed",
    ),
    "a backward pass whose error is caught": (
        "nothing_trains",
        MODEL + "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nfor _ in range(2):\n"
        "    loss = model(x).argmax().float()\n    try:\n        loss.backward()\n"
        "    except RuntimeError:\n        pass\n    optimizer.step()\n",
        22,
        "parameters got a gradient: backward() on line 19 would not start. It",
    ),
    "a step whose condition never holds": (
        "nothing_trains",
        MODEL + "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)\nfor i in range(1, 4):\n"
        "    model(x).sum().backward()\n    if i + 1 % 2 == 0:\n        scheduler.step()\n"
        "        optimizer.step()\n",
        21,
        "no optimizer step followed. Line 21 did not run. The if on line 19 was never true",
    ),
    "a step that shares its lines, and whose condition never holds": (
        "nothing_trains",
        MODEL + "opt = 1; opt = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "for i in range(1, 4):\n    model(x).sum().backward()\n    if i > 3:\n"
        "        opt.step(); opt.zero_grad()\n",
        19,
        "no optimizer step followed. Line 19 did not run. The if on line 18 was never true",
    ),
    "steps after torch.func.grad": (
        "nothing_trains",
        MODEL + "model.eval()\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "def loss(p):\n    return torch.func.functional_call(model, p, (x,)).sum()\n"
        "for _ in range(2):\n    torch.func.grad(loss)(dict(model.named_parameters()))\n"
        "    optimizer.step()\n",
        21,
        "had no gradients when the optimizer stepped on line 21",
    ),
    "no pass, as its condition never holds": (
        "nothing_trains",
        MODEL + "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nfor i in range(2):\n"
        "    with torch.no_grad():\n        loss = model(x).sum()\n    if loss.requires_grad:\n"
        "        loss.backward()\n        optimizer.step()\n",
        20,
        "No backward pass ran, so these 6 parameters got no gradients. Line 20 did not run. The "
        "if on line 19 was never true",
    ),
    "stepped before the backward pass": (
        "step_without_gradient",
        MODEL + "def fit():\n    optimizer = torch.optim.Adam(model.parameters())\n"
        "    for _ in range(2):\n        optimizer.step()\n        optimizer.zero_grad()\n"
        "        model(x).sum().backward()\nfit()\n",
        18,
        "the first one found every .grad empty, and each later one applies the gradients of the "
        "iteration before",
    ),
    "stepped without any backward pass": (
        "step_without_gradient",
        MODEL + "w = nn.Parameter(torch.ones(2))\noptimizer = torch.optim.Adagrad([w])\n"
        "main = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "model(x).sum().backward()\nmain.step()\noptimizer.step()\n",
        20,
        "No backward pass filled the `.grad` of any parameter of the Adagrad optimizer",
    ),
    "a freeze undone in two functions": (
        "freeze_undone",
        MODEL + "def freeze():\n    model.encoder.requires_grad_(False)\ndef unfreeze():\n"
        "    for p in model.parameters():\n        p.requires_grad = True\nfreeze()\nunfreeze()\n"
        + TRAIN,
        19,
        "Line 16 froze `model.encoder",
    ),
    "a freeze undone by one tensor after the other": (
        "freeze_undone",
        MODEL + "head = model.head\nhead.weight.requires_grad = False\n"
        "head.weight.requires_grad = True\n" + TRAIN,
        17,
        "Line 16 froze `model.head.weight`",
    ),
    "requires_grad of a module in a loop": (
        "requires_grad_on_module",
        MODEL + "for layer in model.encoder:\n    layer.requires_grad = False\n" + TRAIN,
        16,
        "`model.encoder.0`",
    ),
    "requires_grad of a module set to True": (
        "requires_grad_on_module",
        MODEL + "model.encoder.requires_grad_(False)\nmodel.encoder.requires_grad = True\n" + TRAIN,
        16,
        "stays `False`",
    ),
    "moved by a gradient from before": (
        "moved_while_frozen",
        MODEL + "optimizer = torch.optim.Adam(model.parameters())\nmodel(x).sum().backward()\n"
        "model.head.requires_grad_(False)\noptimizer.step()\n",
        17,
        "`.grad` was still set at the Adam step on line 18",
    ),
    "moved by weight decay": (
        "moved_while_frozen",
        MODEL + "optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.5)\n"
        "model(x).sum().backward()\noptimizer.step()\nfor p in model.encoder.parameters():\n"
        "    p.requires_grad = False\n    p.grad.zero_()\nmodel(x).sum().backward()\n"
        "optimizer.step()\n",
        19,
        "held zeros at the AdamW step on line 22",
    ),
    "statistics of a frozen encoder": (
        "statistics_move_while_frozen",
        MODEL + "for p in model.encoder.parameters():\n    p.requires_grad = False\n" + TRAIN,
        16,
        "Line 16 froze `model.encoder.1`",
    ),
    "statistics of frozen norms alone": (
        "statistics_move_while_frozen",
        MODEL + "for m in model.modules():\n    if isinstance(m, nn.BatchNorm1d):\n"
        "        m.requires_grad_(False)\n" + TRAIN,
        17,
        "updates `running_mean`",
    ),
    "evaluated in a function before training": (
        "training_in_evaluation_mode",
        MODEL + "def evaluate():\n    model.eval()\n    with torch.no_grad():\n"
        "        return model(x).mean().item()\nprint(evaluate())\n" + TRAIN,
        16,
        "`model.eval()` on line 16 is still in force",
    ),
    "switched by train(False)": (
        "training_in_evaluation_mode",
        MODEL + TRAIN + "model.train(False)\nfor _ in range(1):\n"
        "    train(model, torch.optim.SGD(model.parameters(), lr=0.1))\n",
        24,
        "dropout is off",
    ),
    "a layer put in later": (
        "not_in_optimizer",
        MODEL + "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "model.head = nn.Linear(2, 3)\nmodel(x).sum().backward()\noptimizer.step()\n",
        15,
        "The SGD optimizer was made on line 15, before `model.head` on line 16",
    ),
    "a model that a function made again": (
        "not_in_optimizer",
        "def build():\n    return nn.Linear(2, 1)\nfirst = build()\n"
        "optimizer = torch.optim.SGD(first.parameters(), lr=0.1)\nnet = build()\n"
        "(net(torch.ones(1, 2)) + first(torch.ones(1, 2))).sum().backward()\noptimizer.step()\n",
        6,
        "before `net` on line 4, so its steps do not update `net`. The call on line 7 led there.",
    ),
    "a parameter that forward replaces": (
        "not_in_optimizer",
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.w = nn.Parameter(torch.ones(2))\n    def forward(self, x):\n"
        "        self.w = nn.Parameter(self.w * 0.9)\n        return x * self.w\n"
        "net = Net()\noptimizer = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "for step in range(2):\n    net(torch.ones(2)).sum().backward()\n    optimizer.step()\n",
        11,
        "The model makes `net` on line 8 while it runs, after the SGD optimizer was made on line",
    ),
    "two optimizers with the encoder's parameters": (
        "not_in_optimizer",
        "enc, dec = nn.Linear(2, 2), nn.Linear(2, 1)\n"
        "first = torch.optim.SGD(enc.parameters(), lr=0.1)\n"
        "second = torch.optim.SGD(enc.parameters(), lr=0.1)\n"
        "dec(enc(torch.ones(1, 2))).sum().backward()\nfirst.step()\nsecond.step()\n",
        5,
        "The SGD optimizer made on line 5 has the same parameters as the one made on line 4.",
    ),
    "gradients that autograd.grad returned": (
        "nothing_trains",
        "net = nn.Linear(2, 1)\noptimizer = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "for step in range(2):\n    loss = net(torch.ones(1, 2)).sum()\n"
        "    torch.autograd.grad(loss, list(net.parameters()))\n    optimizer.step()\n",
        8,
        "These 2 parameters had no gradients when the optimizer stepped on line 8.",
    ),
    "a buffer that requires grad": (
        "unregistered_tensor",
        "class Scaled(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.register_buffer('scale', torch.ones(2, requires_grad=True))\n"
        "        self.out = nn.Linear(2, 1)\n    def forward(self, x):\n"
        "        return self.out(x * self.scale)\n"
        "m = Scaled()\noptimizer = torch.optim.SGD(m.parameters(), lr=0.1)\n"
        "m(torch.ones(1, 2)).sum().backward()\noptimizer.step()\n",
        6,
        "m.parameters() does not list buffers",
    ),
    "parameters in a plain list": (
        "unregistered_module",
        "class Scaled(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.scales = [nn.Parameter(torch.ones(2)) for _ in range(2)]\n"
        "        self.out = nn.Linear(2, 1)\n    def forward(self, x):\n"
        "        for scale in self.scales:\n            x = x * scale\n        return self.out(x)\n"
        "m = Scaled()\noptimizer = torch.optim.SGD(m.parameters(), lr=0.1)\n"
        "m(torch.ones(1, 2)).sum().backward()\noptimizer.step()\n",
        6,
        "hides `m.scales[0]` and `m.scales[1]` from m.parameters()",
    ),
    "parameters in a plain dict": (
        "unregistered_module",
        "class Biased(nn.Module):\n    def __init__(self, kinds):\n        super().__init__()\n"
        "        self.bias = {kind: nn.Parameter(torch.zeros(2)) for kind in kinds}\n"
        "        self.body = nn.Linear(2, 2)\n    def forward(self, x, kind):\n"
        "        return self.body(x) + self.bias[kind]\n"
        "net = Biased(['a', 'b'])\nadam = torch.optim.Adam(net.parameters())\n"
        "net(torch.ones(1, 2), 'a').sum().backward()\nadam.step()\n",
        6,
        "hides `net.bias['a']` from net.parameters()",
    ),
    "a layer made in forward": (
        "not_in_optimizer",
        "class Lazy(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.out, self.proj = nn.Linear(2, 1), None\n    def forward(self, x):\n"
        "        if self.proj is None:\n            self.proj = nn.Linear(2, 2)\n"
        "        return self.out(self.proj(x))\nm = Lazy()\n"
        "optimizer = torch.optim.Adam(m.parameters())\nm(torch.ones(1, 2)).sum().backward()\n"
        "optimizer.step()\n",
        12,
        "The model makes `m.proj` on line 9 while it runs",
    ),
}


def only(found: list[Finding], code: str) -> Finding:
    (one,) = (finding for finding in found if finding.code == code)
    return one


@pytest.mark.parametrize(("code", "text", "line", "says"), FOUND.values(), ids=FOUND)
def test_it_is_found(trace: TraceText, code: str, text: str, line: int, says: str) -> None:
    found = only(trace(snippet(text)).findings, code)
    assert found.line == line
    assert says.replace("`", "") in found.text.replace("`", "")


FIXED = {
    "no step": (
        "nothing_trains",
        MODEL + "opt = torch.optim.Adam(model.parameters())\nfor _ in range(2):\n"
        "    opt.zero_grad()\n    model(x).sum().backward()\n",
    ),
    "cleared before the step": (
        "nothing_trains",
        MODEL + "opt = torch.optim.Adam(model.parameters())\nfor _ in range(2):\n"
        "    model(x).sum().backward()\n    opt.zero_grad()\n    opt.step()\n",
    ),
    "step before backward": (
        "nothing_trains",
        MODEL + "opt = torch.optim.Adam(model.parameters())\nfor _ in range(2):\n"
        "    opt.zero_grad()\n    loss = model(x).sum()\n    opt.step()\n    loss.backward()\n"
        "    print(loss)\n",
    ),
    "a target in its own line": (
        "target_gets_gradients",
        "import copy\n" + MODEL + "target = copy.deepcopy(model)\n"
        "opt = torch.optim.SGD(model.parameters(), lr=0.1)\nfor _ in range(2):\n"
        "    goal = target(x) * 0.9\n    loss = (model(x) - goal).pow(2).mean()\n"
        "    opt.zero_grad()\n    loss.backward()\n    opt.step()\n",
    ),
    "on a module": (
        "requires_grad_on_module",
        MODEL + "model.head.requires_grad = False\n" + TRAIN,
    ),
    "parameters in a list": (
        "unregistered_module",
        "class Scaled(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.scales = [nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))]\n"
        "    def forward(self, x):\n        return x * self.scales[0] + self.scales[1]\n"
        "m = nn.Sequential(Scaled(), nn.Linear(2, 1))\n"
        "optimizer = torch.optim.SGD(m.parameters(), lr=0.1)\n"
        "m(torch.ones(1, 2)).sum().backward()\noptimizer.step()\n",
    ),
    "zeros": (
        "moved_while_frozen",
        MODEL + "opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)\n"
        "for epoch in range(2):\n    model(x).sum().backward()\n    opt.step()\n"
        "    opt.zero_grad(set_to_none=False)\n    model.head.requires_grad_(False)\n",
    ),
    "statistics": (
        "statistics_move_while_frozen",
        MODEL + "model.encoder.requires_grad_(False)\n" + TRAIN,
    ),
    "evaluation": (
        "training_in_evaluation_mode",
        MODEL + "opt = torch.optim.SGD(model.parameters(), lr=0.1)\nfor epoch in range(2):\n"
        "    opt.zero_grad()\n    model(x).sum().backward()\n    opt.step()\n    model.eval()\n"
        "    with torch.no_grad():\n        model(x)\n",
    ),
}


@pytest.mark.parametrize(("code", "text"), FIXED.values(), ids=FIXED)
def test_its_fix_mends_it(trace: TraceText, code: str, text: str) -> None:
    fix = only(trace(snippet(text)).findings, code).fix
    assert fix is not None
    assert fix.edits
    run = trace(apply(snippet(text), fix.edits))
    assert run.run.status == "ok"
    assert code not in {finding.code for finding in run.findings}
    assert run.training is not None
    assert run.training.trained
