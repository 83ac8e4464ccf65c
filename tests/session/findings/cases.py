"""For each code of a finding: a snippet that has it, and ones that come near and must not.

The snippets follow `import torch` and `from torch import nn`: their first line is line 3.
"""

from __future__ import annotations

from typing import NamedTuple

W = "w = torch.ones(2, requires_grad=True)\n"
V = "v = torch.ones(2, requires_grad=True)\n"
NET = "net = nn.Linear(2, 1)\nx = torch.ones(3, 2)\n"
LOGITS = "net = nn.Linear(2, 3)\nx = torch.ones(4, 2)\nt = torch.tensor([0, 1, 2, 0])\n"
SCALED = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = {scale}
        self.out = nn.Linear(2, 1)

    def forward(self, x):
        return self.out(x * self.scale)

net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net(torch.ones(1, 2)).sum().backward()
optimizer.step()
"""
SGD = "optimizer = torch.optim.SGD(net.parameters(), lr=0.1)\n"
CHECKPOINT = "from torch.utils.checkpoint import checkpoint\n"
HIDDEN = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = {layers}
        self.head = nn.Linear(2, 1)

    def forward(self, x):
        for layer in self.layers{values}:
            x = layer(x)
        return self.head(x)

net = Net()
net(torch.ones(1, 2)).sum().backward()
"""
DDP = """\
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.used, self.left = nn.Linear(2, 1), nn.Linear(2, 1)

    def forward(self, x):
        return {inside}

dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
net = Net()
model = {wrap}
for _ in range({passes}):
    model(torch.ones(1, 2)).sum().backward()
dist.destroy_process_group()
"""
PASSED_OVER = """\
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel as DDP
dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
net = nn.Linear(2, 1)
model = DDP(net)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
{called}(torch.ones(1, 2)).sum().backward()
{step}
dist.destroy_process_group()
"""
SQUARE = """\
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        mid = 2 * x
        {kept}
        return mid * mid

    @staticmethod
    def backward(ctx, grad):
        return 4 * {used} * grad

"""
PENALTY = (
    W
    + """\
(g,) = torch.autograd.grad(Square.apply(w).sum(), w, create_graph=True)
loss = g.pow(2).sum()
"""
)


TWO = "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\nx = torch.ones(3, 2)\n"
LOSS = "net(x).pow(2).mean().backward()\n"
FREEZE = "for p in net[0].parameters():\n    p.requires_grad = False\n"
NORM = (
    "body = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))\nhead = nn.Linear(2, 1)\n"
    "optimizer = torch.optim.SGD(head.parameters(), lr=0.1)\n"
)
EPOCHS = """\
net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.Linear(2, 1))
x = torch.ones(3, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    {first}
    optimizer.zero_grad()
    net(x).sum().backward()
    optimizer.step()
    {then}
"""


class Case(NamedTuple):
    """`line` is where the finding leads, `says` a part of its text; `misses` do not have it."""

    text: str
    line: int | None
    says: str
    misses: tuple[str, ...]


LOOP = """\
w = nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([w], lr={rate})
for step in range(14):
    optimizer.zero_grad()
    (w * w).sum().backward()
    {change}
    optimizer.step()
"""
SMALL_START = """\
net = nn.Sequential(*(nn.Linear(1, 1, bias=False) for _ in range(3)))
for parameter in net.parameters():
    nn.init.constant_(parameter, 0.1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
for step in range(11):
    optimizer.zero_grad()
    (net(torch.ones(1, 1)) - 1).square().sum().backward()
    optimizer.step()
"""

SCALE = f"""\
{W}{V}class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(scale)
        return x * scale

    @staticmethod
    def backward(ctx, grad):
        scale, = ctx.saved_tensors
        return grad * scale, None

"""
TWO_RATES = """\
body, head = nn.Linear(2, 2), nn.Linear(2, 1)
groups = [{{"params": body.parameters(), "lr": {rate}}}, {{"params": head.parameters()}}]
optimizer = torch.optim.SGD(groups, lr=0.1)
for step in range(2):
    optimizer.zero_grad()
    head(body(torch.ones(1, 2))).sum().backward()
    optimizer.step()
"""

BY_HAND = """\
w = torch.ones(2, requires_grad=True)
{b}
for _ in range(3):
    (w * 2 + b).pow(2).sum().backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
        {then}
"""
AVERAGE = f"""\
import copy
{NET}{SGD}ema = copy.deepcopy(net)
net(x).sum().backward()
optimizer.step()
with torch.no_grad():
    for p, q in zip(ema.parameters(), net.parameters()):
        {{update}}
print(ema(x))
"""

CASES: dict[str, Case] = {
    "empty_optimizer": Case(
        "net = nn.Linear(2, 1)\nparams = filter(lambda p: p.requires_grad, net.parameters())\n"
        "print(sum(p.numel() for p in params))\ntorch.optim.SGD(params)\n",
        6, "`params` is an iterator (`filter`), which can be read only once. Line 5 had read it",
        (
            "net = nn.Linear(2, 1)\nparams = list(net.parameters())\n"
            "print(sum(p.numel() for p in params))\ntorch.optim.SGD(params)\n",
            "net = nn.Linear(2, 1)\nparams = net.parameters()\nprint(type(params))\n"
            "torch.optim.SGD(params)\n",
            "torch.optim.SGD([])\n",
        ),
    ),
    "non_leaf_in_optimizer": Case(
        "shift = torch.zeros(3, requires_grad=True) + 0.1\ntorch.optim.Adam([shift])\n",
        4, "`shift` is the result of `torch.zeros(3, requires_grad=True) + 0.1` on line 3",
        (
            "shift = (torch.zeros(3) + 0.1).requires_grad_()\ntorch.optim.Adam([shift])\n",
            W + "y = w * 2\nraise ValueError(\"can't optimize a non-leaf Tensor\")\n",
        ),
    ),
    "sparse_gradient_refused": Case(
        "table = nn.Embedding(5, 2, sparse=True)\n"
        "optimizer = torch.optim.Adam(table.parameters())\n"
        "table(torch.tensor([1])).sum().backward()\noptimizer.step()\n",
        6, "The gradient of `table.weight` is sparse because of `sparse=True` on line 3",
        (
            "table = nn.Embedding(5, 2, sparse=True)\n"
            "optimizer = torch.optim.SparseAdam(table.parameters())\n"
            "table(torch.tensor([1])).sum().backward()\noptimizer.step()\n",
            "table = nn.Embedding(5, 2, sparse=True)\n"
            "optimizer = torch.optim.SGD(table.parameters())\n"
            "table(torch.tensor([1])).sum().backward()\noptimizer.step()\n",
        ),
    ),
    "copied_with_history": Case(
        "import copy\nnet = nn.Linear(2, 1)\nnet.last = net(torch.ones(1, 2))\n"
        "copy.deepcopy(net)\n",
        6, "`net.last` is the result of `net(torch.ones(1, 2))` on line 5, not a leaf",
        (
            "import copy\nnet = nn.Linear(2, 1)\nnet.last = net(torch.ones(1, 2)).detach()\n"
            "copy.deepcopy(net)\n",
            "import copy\nnet = nn.Linear(2, 1)\nwith torch.no_grad():\n"
            "    net.last = net(torch.ones(1, 2))\ncopy.deepcopy(net)\n",
        ),
    ),
    "hooked_view_in_place": Case(
        "net = nn.Sequential(nn.Linear(2, 2), nn.Softplus())\n"
        "net[0].register_full_backward_hook(lambda *_: None)\n"
        "y = net[0](torch.ones(1, 2))\ny += 1\ny.sum().backward()\n",
        6, "The full backward hook registered on line 4 made it",
        (
            "net = nn.Sequential(nn.Linear(2, 2), nn.Softplus())\n"
            "net[0].register_full_backward_hook(lambda *_: None)\n"
            "y = net[0](torch.ones(1, 2))\ny = y + 1\ny.sum().backward()\n",
            "net = nn.Sequential(nn.Linear(2, 2), nn.Softplus())\n"
            "y = net[0](torch.ones(1, 2))\ny += 1\ny.sum().backward()\n",
        ),
    ),
    "requires_grad_on_part": Case(
        "w = torch.ones(3, 2)\nw[0].requires_grad = True\n(w * 2).sum().backward()\n",
        4, "`w[0]` on line 4 is a new tensor, and nothing uses it. `w` itself does not",
        (
            "w = torch.ones(3, 2)\nrow = w[0]\nrow.requires_grad = True\n"
            "(row * 2).sum().backward()\n",
            "w = torch.ones(3, 2)\nw.requires_grad = True\n(w[0] * 2).sum().backward()\n",
            V + "w = torch.ones(3, 2)\nrow = w[0].clone().requires_grad_()\n"
            "(row * v).sum().backward()\n(w * v[0]).sum().backward()\n",
        ),
    ),
    "not_in_loss": Case(
        "a, b = nn.Linear(2, 1), nn.Linear(2, 1)\nx = torch.ones(3, 2)\n"
        "optimizer = torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.1)\n"
        "loss = a(x).mean()\nloss = b(x).mean()\nloss.backward()\noptimizer.step()\n",
        6, "`a` got no gradient: `a(x)` on line 6 was recorded, but its result does not lead to "
        "`loss`, on which `backward` was called on line 8. Nothing used the result of "
        "`a(x).mean()` on line 6.",
        (
            "a, b = nn.Linear(2, 1), nn.Linear(2, 1)\nx = torch.ones(3, 2)\n"
            "optimizer = torch.optim.SGD(b.parameters(), lr=0.1)\n"
            "loss = a(x).mean()\nloss = b(x).mean()\nloss.backward()\noptimizer.step()\n",
            "a, b = nn.Linear(2, 1), nn.Linear(2, 1)\nx = torch.ones(3, 2)\n"
            "optimizer = torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.1)\n"
            "for layer in (a, b):\n    optimizer.zero_grad()\n    layer(x).mean().backward()\n"
            "    optimizer.step()\n",
            NET + SGD + "(net(x).sum() + 1).backward(inputs=[net.weight])\noptimizer.step()\n",
        ),
    ),
    "gradient_not_returned": Case(
        SCALE + "Scale.apply(w, v).sum().backward()\n",
        16, "`v` got no gradient: the backward of `Scale.apply(w, v)` on line 16 returned None",
        (
            SCALE + "Scale.apply(w, v.detach()).sum().backward()\n",
            SCALE + "(Scale.apply(w, v) + v).sum().backward()\n",
        ),
    ),
    "update_not_kept": Case(
        NET + "net(x).sum().backward()\nwith torch.no_grad():\n    for p in net.parameters():\n"
        "        p = p - 0.1 * p.grad\n",
        8, "`p - 0.1 * p.grad` on line 8 makes a new tensor that nothing uses, so the values of "
        "`net` stay.",
        (
            NET + "net(x).sum().backward()\nwith torch.no_grad():\n"
            "    for p in net.parameters():\n        p -= 0.1 * p.grad\n",
            W + "w.sum().backward()\nprint(w - 0.1 * w.grad)\n",
            W + "w.sum().backward()\nnew = w.detach() - 0.1 * w.grad\nprint(new.sum())\n",
            W + "w.sum().backward()\nnew = w - 0.1 * w.grad\nprint(new)\n",
            AVERAGE.format(update="p.copy_(0.9 * p + 0.1 * q)"),
            AVERAGE.format(update="p = 0.9 * p + 0.1 * q\n        print(p)"),
            AVERAGE.format(update="q = q * 2\n        p.copy_(q)"),
        ),
    ),
    "never_updated": Case(
        BY_HAND.format(b="b = torch.zeros(1, requires_grad=True)", then=""),
        8, "Backward passes added to the `.grad` of `b`, and nothing used it: `w -= 0.1 * w.grad` "
        "on line 8 updates other tensors only, so the values of `b` stay.",
        (
            BY_HAND.format(b="b = torch.zeros(1)", then=""),
            BY_HAND.format(b="b = torch.zeros(1, requires_grad=True)", then="b -= 0.1 * b.grad"),
            BY_HAND.format(b="b = torch.zeros(1, requires_grad=True)", then="print(b.grad)"),
            BY_HAND.format(b="b = torch.zeros(1, requires_grad=True)", then="b.grad = None"),
        ),
    ),
    "requires_grad_misspelt": Case(
        NET + "net.bias.require_grad = False\nnet(x).sum().backward()\n",
        5, "Line 5 sets `net.bias.require_grad`, which nothing reads: `net.bias.requires_grad`",
        (
            NET + "for p in net.parameters():\n    p.requires_grad = True\n"
            "net(x).sum().backward()\n",
            NET + "class Own:\n    def __init__(self):\n        self.require_grad = True\n\n"
            "Own()\nnet(x).sum().backward()\n",
            NET + "if not net:\n    net.require_grad = False\nnet(x).sum().backward()\n",
        ),
    ),
    "non_finite_loss": Case(
        NET + "y = net(x)\ntargets = torch.full((len(y),), -100)\n"
        "loss = nn.functional.cross_entropy(y, targets)\nloss.backward()\n",
        7, "The backward pass on line 8 began at `loss`, which is NaN. No gradient that it left "
        "holds NaN or infinity, so the parameters do not show it. It came out of "
        "`nn.functional.cross_entropy(y, targets)` on line 7. Every target is -100, which the loss "
        "ignores: it is the mean of nothing.",
        (
            NET + "y = net(x)\nloss = nn.functional.cross_entropy(y, torch.zeros(len(y)).long())\n"
            "loss.backward()\n",
            NET + "(net(x).mean() / 0).backward()\n",
            NET + "y = net(x)\nprint(nn.functional.cross_entropy(y, torch.full((len(y),), -100)))\n"
            "y.mean().backward()\n",
        ),
    ),
    "steps_change_nothing": Case(
        TWO_RATES.format(rate="0.0"),
        9, "These 2 parameters had gradients, but their steps left their values as they were. The "
        "learning rate was 0.",
        (
            TWO_RATES.format(rate="0.1"),
            NET + "optimizer = torch.optim.SGD(net.parameters(), lr=0.0)\n"
            "net(x).sum().backward()\noptimizer.step()\n",
        ),
    ),
    "term_without_gradient": Case(
        NET + "y = net(x).mean()\npenalty = net.weight.detach().pow(2).sum()\n"
        "(y + 0.1 * penalty).backward()\n",
        6, "`0.1 * penalty` is added to `y + 0.1 * penalty` on line 7, and no gradient flows back "
        "from there. Its history ends at `net.weight.detach()` on line 6",
        (
            NET + "y = net(x).mean()\n(y + (y.round() - y).detach()).backward()\n",
            NET + "y = net(x).mean()\n(y * y.detach() + 1 + torch.ones(())).backward()\n",
            NET + "y = net(x).mean()\n(y + 0.1 * net.weight.pow(2).sum()).backward()\n"
            "print(y.item() + net.weight.detach().sum())\n",
            NET + "g = torch.autograd.grad(net(x).mean(), net.weight, create_graph=True)[0]\n"
            "(net(x).mean() + g.norm()).backward()\n",
            NET + "y = net(x).mean()\ntarget = 1 + net(-x).mean().detach()\nerror = target - y\n"
            "(error * error).backward()\n",
            NET + "y = net(x).mean()\n(y / (y.pow(2) + y.detach())).backward()\n",
            NET + "z = net(x)\nm = z.max().detach()\n"
            "(m + (z - m).exp().sum().log()).backward()\n",
            NET + "z = net(x)\nm = z.max().item()\n"
            "((z - m).exp().sum().log() + m).backward()\n",
            NET + "y = net(x).mean()\nshown = net(x).pow(2).mean()\n"
            "(y - y.detach() + shown.detach()).backward()\n",
            NET + "y = net(x).mean()\nrate = y.item()\n(1 - rate * net(x).sum()).backward()\n",
            NET + "best = net(x).sum().item()\nfor _ in range(2):\n    y = net(x).sum()\n"
            "    (y - best).backward()\n    best = min(best, y.item())\n",
            NET + "teacher = nn.Linear(2, 1).requires_grad_(False)\n"
            "g = torch.autograd.grad(net(x).mean(), net.weight)[0]\nwith torch.no_grad():\n"
            "    net.weight -= 0.1 * g\n    teacher.weight.mul_(0.9).add_(net.weight)\n"
            "(net(x).mean() - teacher(x).mean()).backward()\n",
        ),
    ),
    "cleared_grad_read": Case(
        NET + SGD + "for _ in range(2):\n    net(x).sum().backward()\n    optimizer.step()\n"
        "    optimizer.zero_grad()\n    print(net.weight.grad)\n",
        10, "Line 10 reads the `.grad` of `net.weight` when it is None again: a backward pass had "
        "filled it, and line 9 had cleared it.",
        (
            NET + SGD + "for _ in range(2):\n    net(x).sum().backward()\n    optimizer.step()\n"
            "    print(net.weight.grad)\n    optimizer.zero_grad()\n    print(net.weight.grad)\n",
            W + "for _ in range(2):\n    print(w.grad)\n    w.sum().backward()\n",
            NET + SGD + "for _ in range(2):\n    assert net.weight.grad is None\n"
            "    net(x).sum().backward()\n    optimizer.step()\n    optimizer.zero_grad()\n",
        ),
    ),
    "cut_by_grad_mode": Case(
        W + V + "with torch.no_grad():\n    y = w * 2\n(y * v).sum().backward()\n",
        6, "`w` got no gradient. The path to the loss is cut at `w * 2` on line 6",
        (
            W + V + "with torch.no_grad():\n    y = w * 2\n(w * v).sum().backward()\n",
            W + V + "with torch.no_grad():\n    y = w * 2\n(y * v + w).sum().backward()\n",
            NET + "import copy\ntarget = copy.deepcopy(net)\n" + SGD
            + "with torch.no_grad():\n    wanted = target(x)\n"
            "(net(x) - wanted - 1).pow(2).sum().backward()\noptimizer.step()\n",
        ),
    ),
    "cut_by_detach": Case(
        W + V + "y = (w * 2).detach()\n(y * v).sum().backward()\n",
        5, "passed the values on without their history",
        (
            W + V + "y = (w * 2).detach()\n(y * v + w).sum().backward()\n",
            W + V + "y = (w * 2).detach()\nprint(y)\n(w * v).sum().backward()\n",
            W + V + "p = nn.Parameter(torch.ones(2) * 3)\n(p * w * v).sum().backward()\n",
            W + V + "y = torch.autograd.Variable(torch.ones(2))\n(y * w * v).sum().backward()\n",
        ),
    ),
    "left_torch": Case(
        W + V + "y = w.sum().item()\n(v * y).sum().backward()\n",
        5, "took the values out of torch",
        (
            W + V + "y = w.sum().item()\n(v * w).sum().backward()\nprint(y)\n",
            W + V + "y = w.sum().item()\n(v * 2.0).sum().backward()\n",
        ),
    ),
    "rewrapped_tensor": Case(
        W + V + "y = torch.tensor((w * 2).tolist())\ny = torch.as_tensor([one for one in w])\n"
        "(y * v).sum().backward()\n",
        6, "copied the values without their history",
        (
            W + V + "y = torch.as_tensor(w)\n(y * v).sum().backward()\n",
            W + V + "y = torch.stack([one for one in w])\n(y * v).sum().backward()\n",
        ),
    ),
    "computed_outside_torch": Case(
        "import numpy\n" + W + V + "a = (w * 2).detach().numpy()\nb = numpy.tanh(a) + 1\n"
        "y = torch.from_numpy(b)\n(y * v).sum().backward()\n",
        6, "and what was computed from them there has no history. `torch.from_numpy(b)` on line 8",
        (
            "import numpy\n" + W + V + "seen = (w * 2).detach().numpy()\nprint(seen.mean())\n"
            "y = torch.from_numpy(numpy.ones(2))\n(y * v).sum().backward()\n",
            "import numpy\n" + W + V + "b = numpy.tanh((w * 2).detach().numpy())\n"
            "y = torch.from_numpy(b)\n(y * v * w).sum().backward()\n",
            "import numpy\n" + W + V + "b = numpy.tanh(torch.ones(2).numpy())\n"
            "y = torch.from_numpy(b)\n(y * v).sum().backward()\n",
        ),
    ),
    "not_differentiable_on_path": Case(
        W + V + "y = (w * 2 > 1).float()\n(y * v).sum().backward()\n",
        5, "which is not differentiable",
        (
            W + V + "y = (w * 2 > 1).float()\n(y * v * w).sum().backward()\n",
            W + V + "best = w.argmax()\n(w[best] * v).sum().backward()\n",
        ),
    ),
    "patched_loss": Case(
        W + "loss = w.detach().sum()\nloss.requires_grad = True\nloss.backward()\n",
        5, "`loss` had no history when it was made to require grad",
        (
            W + "x = w.detach()\nx.requires_grad = True\nx.sum().backward()\n",
            "loss = torch.ones((), requires_grad=True)\nloss.backward()\n",
            W + "loss = torch.tensor(w.shape[0] * 1.0, requires_grad=True)\nloss.backward()\n",
            "loss = torch.ones(())\nloss.requires_grad = True\nloss.backward()\n",
        ),
    ),
    "backward_without_history": Case(
        W + "with torch.no_grad():\n    loss = w.sum()\nloss.backward()\n",
        5, "`loss` has no grad_fn, so backward() has no graph to follow: `w.sum()` on line 5",
        (
            W + "with torch.no_grad():\n    loss = w.sum()\n"
            "try:\n    loss.backward()\nexcept RuntimeError:\n    pass\n",
            W + "raise RuntimeError('does not require grad')\n",
        ),
    ),
    "non_leaf_parameter": Case(
        "w = torch.ones(2, requires_grad=True) * 0.1\n(w * 2).sum().backward()\n",
        3, "grads are kept for leaves",
        (
            "w = (torch.ones(2) * 0.1).requires_grad_()\n(w * 2).sum().backward()\n",
            W + "y = w * 2\ny.sum().backward()\nprint(y.grad)\n",
            "loss = (torch.ones(2, requires_grad=True) * 0.1).sum()\nloss.backward()\n"
            "print(loss.grad)\n",
        ),
    ),
    "non_leaf_grad_read": Case(
        W + "y = w * 2\ny.sum().backward()\nprint(y.grad)\n",
        6, "It is the result of `w * 2` on line 4",
        (
            W + "y = w * 2\ny.retain_grad()\ny.sum().backward()\nprint(y.grad)\n",
            W + V + "w.sum().backward()\nprint(v.grad)\n",
        ),
    ),
    "in_place_on_leaf": Case(
        W + "w.sum().backward()\nw -= 0.1 * w.grad\n",
        5, "line 5 changes it in place",
        (
            W + "w.sum().backward()\nwith torch.no_grad():\n    w -= 0.1 * w.grad\n",
            W + "try:\n    w += 1\nexcept RuntimeError:\n    pass\n",
        ),
    ),
    "in_place_on_saved": Case(
        W + "y = w.exp()\ny += 1\ny.sum().backward()\n",
        5, "`w.exp()` on line 4 had saved",
        (
            W + "y = w.exp()\ny = y + 1\ny.sum().backward()\n",
            W + "y = w * 2\ny += 1\ny.sum().backward()\n",
        ),
    ),
    "data_write_on_saved": Case(
        W + "y = w.exp()\ny.data.mul_(2)\ny.sum().backward()\n",
        5, "changed it through .data",
        (
            W + "y = w * 2\ny.data.mul_(2)\ny.sum().backward()\n",
            W + "w.exp().sum().backward()\nw.data.sub_(0.1)\nw.exp().sum().backward()\n",
        ),
    ),
    "graph_freed": Case(
        W + "h = w.exp()\n(h * 2).sum().backward()\n(h * 3).sum().backward()\n",
        6, "goes back through `h`, whose graph the backward pass on line 5",
        (
            W + "h = w.exp()\n(h * 2).sum().backward(retain_graph=True)\n"
            "(h * 3).sum().backward()\n",
            W + "w.exp().sum().backward()\nw.exp().sum().backward()\n",
        ),
    ),
    "non_scalar_backward": Case(
        W + "y = w * 2\ny.backward()\n",
        5, "`y` has 2 elements",
        (W + "y = w * 2\ny.backward(torch.ones(2))\n", W + "y = w * 2\ny.sum().backward()\n"),
    ),
    "inference_tensor_in_autograd": Case(
        W + "with torch.inference_mode():\n    y = torch.ones(2) * 2\nz = w * y\n",
        6, "It was made by `torch.ones(2) * 2` on line 5 under inference_mode.",
        (
            W + "with torch.inference_mode():\n    y = torch.ones(2) * 2\nz = w * y.clone()\n",
            W + "with torch.inference_mode():\n    y = torch.ones(2) * 2\nz = y * 2\n",
        ),
    ),
    "integer_requires_grad": Case(
        "x = torch.tensor([1, 2], requires_grad=True)\n",
        3, "The tensor that line 3 makes",
        (
            "x = torch.tensor([1.0, 2], requires_grad=True)\n",
            "x = torch.tensor([1, 2])\nx.requires_grad = False\n",
        ),
    ),
    "shape_mismatch": Case(
        "net = nn.Sequential(nn.Linear(4, 8), nn.Linear(9, 2))\nnet(torch.ones(3, 4))\n",
        4, "`net.1` (Linear) expects [*, 9]. It got [3, 8], made by `linear in net.0` on line 4",
        (
            "try:\n    torch.ones(2) + torch.ones(3)\nexcept RuntimeError:\n    pass\n",
            "raise RuntimeError('The size of tensor a (2) must match the size of tensor b (3)')\n",
        ),
    ),
    "second_derivative_lost": Case(
        SQUARE.format(kept="ctx.mid = mid", used="ctx.mid") + PENALTY
        + "(loss + w.sum()).backward()\n",
        7, "`ctx.mid = mid` on line 7 keeps the result of `2 * x` on line 6",
        (
            SQUARE.format(kept="ctx.save_for_backward(x)", used="(2 * ctx.saved_tensors[0])")
            + PENALTY + "(loss + w.sum()).backward()\n",
            SQUARE.format(kept="ctx.mid = mid", used="ctx.mid") + W
            + "Square.apply(w).sum().backward()\n",
        ),
    ),
    "unused_in_ddp": Case(
        DDP.format(inside="self.used(x)", wrap="DistributedDataParallel(net)", passes=2),
        18, "No operation uses `net.left`",
        (
            DDP.format(inside="self.used(x) + self.left(x)", wrap="DistributedDataParallel(net)",
                       passes=2),
            DDP.format(inside="self.used(x)",
                       wrap="DistributedDataParallel(net, find_unused_parameters=True)", passes=2),
        ),
    ),
    "ddp_never_called": Case(
        PASSED_OVER.format(called="model.module", step="optimizer.step()"),
        7, "The backward passes went through what `model` wraps without calling `model`",
        (
            PASSED_OVER.format(called="model", step="optimizer.step()"),
            PASSED_OVER.format(called="net", step="pass"),
        ),
    ),
    "set_too_late": Case(
        "w = torch.ones(2)\n" + V + "y = w * v\nw.requires_grad_()\ny.sum().backward()\n",
        6, "`w` did not require grad yet when `w * v` on line 5 ran",
        (
            "w = torch.ones(2)\n" + V + "print(w * 2)\nw.requires_grad_()\n"
            "(w * v).sum().backward()\n",
            "w = torch.ones(2)\n" + V + "print(w * 2)\nw.requires_grad_()\nv.sum().backward()\n",
        ),
    ),
    "grad_mode_left_off": Case(
        W + "w.sum().backward()\ntorch.set_grad_enabled(False)\ny = w * 2\n",
        5, "was still in force when `w * 2` on line 6 ran",
        (
            W + "w.sum().backward()\ntorch.set_grad_enabled(False)\ny = w * 2\n"
            "torch.set_grad_enabled(True)\ny = w * 2\n",
            W + "torch.set_grad_enabled(False)\ny = w * 2\n",
            W + "w.sum().backward()\nwith torch.set_grad_enabled(False):\n    y = w * 2\n",
        ),
    ),
    "gradients_add_up": Case(
        NET + SGD + "for _ in range(2):\n    net(x).sum().backward()\n    optimizer.step()\n",
        8, "applied earlier gradients again",
        (
            NET + SGD + "for _ in range(2):\n    optimizer.zero_grad()\n"
            "    net(x).sum().backward()\n    optimizer.step()\n",
            W + "for _ in range(2):\n    w.sum().backward()\n    w.grad.zero_()\n",
            W + "for _ in range(2):\n    w.sum().backward()\n    w.grad.fill_(0)\n",
            W + "for _ in range(2):\n    w.sum().backward()\n    w.grad[:] = 0\n",
            W + "for _ in range(2):\n    w.sum().backward()\n    w.grad *= 0\n",
            W + "for _ in range(2):\n    w.sum().backward()\n"
            "    w.grad.copy_(torch.zeros(2))\n",
            NET + SGD + "for _ in range(2):\n    optimizer.zero_grad()\n"
            "    net(x).sum().backward()\n    optimizer.step()\n",
            W + "w.sum().backward()\ntorch.autograd.grad((w * 2).sum(), w)\n",
            NET + "import copy\ntarget = copy.deepcopy(net)\n" + SGD + "for _ in range(4):\n"
            "    loss = (net(x) - 0.9 * target(x)).pow(2).mean()\n"
            "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
            "    target.load_state_dict(net.state_dict())\n",
            NET + SGD + "for number in range(4):\n    net(x).sum().backward()\n"
            "    if number % 2:\n        optimizer.step()\n        optimizer.zero_grad()\n",
        ),
    ),
    "unused_parameter": Case(
        "net = nn.ModuleDict({'one': nn.Linear(2, 1), 'two': nn.Linear(2, 1)})\n"
        "net['one'](torch.ones(1, 2)).sum().backward()\n",
        3, "No operation used any of its parameters",
        (
            NET + "net(x).sum().backward()\n",
            "net = nn.ModuleDict({'one': nn.Linear(2, 1), 'two': nn.Linear(2, 1)})\n"
            "net['one'](torch.ones(1, 2))\n",
            "net = nn.ModuleDict({'one': nn.Linear(2, 1), 'two': nn.Linear(2, 1)})\n"
            "net['two'].requires_grad_(False)\nnet['one'](torch.ones(1, 2)).sum().backward()\n",
        ),
    ),
    "unregistered_module": Case(
        HIDDEN.format(layers="[nn.Linear(2, 2), nn.ReLU()]", values=""),
        6, "A plain list or dict hides `net.layers[0]` from net.parameters()",
        (
            HIDDEN.format(layers="nn.ModuleList([nn.Linear(2, 2)])", values=""),
            HIDDEN.format(layers="[nn.ReLU(), nn.Tanh()]", values=""),
            HIDDEN.format(layers="[nn.Linear(2, 2).requires_grad_(False)]", values=""),
        ),
    ),
    "nothing_trains": Case(
        NET + "net.requires_grad_(False)\n" + SGD
        + "loss = net(x).mean() + torch.ones((), requires_grad=True)\nloss.backward()\n"
        "optimizer.step()\n",
        5,
        "Not one of the 2 parameters trained. `requires_grad` of these 2 parameters has been False",
        (
            NET + "net.bias.requires_grad_(False)\n" + SGD + LOSS + "optimizer.step()\n",
            NET + LOSS,
            "net = nn.Linear(2, 1).requires_grad_(False)\n"
            "x = torch.ones(3, 2, requires_grad=True)\nnet(x).sum().backward()\nprint(x.grad)\n",
            NET + LOSS + "with torch.no_grad():\n    for p in net.parameters():\n"
            "        p -= 0.1 * p.grad\n",
        ),
    ),
    "step_without_gradient": Case(
        NET + SGD + "w = nn.Parameter(torch.ones(2))\nother = torch.optim.Adam([w])\n" + LOSS
        + "optimizer.step()\nother.step()\n",
        10, "No backward pass filled the `.grad` of any parameter of the Adam optimizer",
        (
            NET + SGD + "for _ in range(2):\n    optimizer.zero_grad()\n    " + LOSS
            + "    optimizer.step()\n",
            NET + "optimizer = torch.optim.LBFGS(net.parameters())\ndef closure():\n"
            "    optimizer.zero_grad()\n    loss = net(x).pow(2).mean()\n    loss.backward()\n"
            "    return loss\noptimizer.step(closure)\n",
            "nets = [nn.Linear(2, 1), nn.Linear(2, 1)]\n"
            "all = [torch.optim.SGD(net.parameters(), lr=0.1) for net in nets]\n"
            "for net in nets:\n    net(torch.ones(1, 2)).sum().backward()\n"
            "    for one in all:\n        one.step()\n        one.zero_grad()\n",
        ),
    ),
    "freeze_undone": Case(
        TWO + FREEZE + "net.requires_grad_(True)\n" + SGD + LOSS + "optimizer.step()\n",
        7, "Line 6 froze `net.0`, and line 7 set `requires_grad` back to True",
        (
            TWO + "net.requires_grad_(False)\nnet[1].requires_grad_(True)\n" + SGD + LOSS
            + "optimizer.step()\n",
            TWO + "net.requires_grad_(False)\nnet(x)\nnet.requires_grad_(True)\n" + LOSS,
            TWO + "w = net[0].weight\nw.requires_grad_(False)\nw.fill_(0.5)\n"
            "w.requires_grad_(True)\n" + LOSS,
        ),
    ),
    "requires_grad_on_module": Case(
        TWO + "net[0].requires_grad = False\n" + SGD + LOSS + "optimizer.step()\n",
        5, "It does not reach the parameters, whose `requires_grad` stays `True`",
        (
            TWO + "net[0].requires_grad_(False)\n" + LOSS,
            TWO + "net[0].weight.requires_grad = False\n" + LOSS,
            "class Own(nn.Linear):\n    def __init__(self):\n        super().__init__(2, 1)\n"
            "        self.requires_grad = False\nOwn()(torch.ones(1, 2)).sum().backward()\n",
        ),
    ),
    "moved_while_frozen": Case(
        TWO + "optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)\n" + LOSS
        + "optimizer.step()\noptimizer.zero_grad(set_to_none=False)\n" + FREEZE + LOSS
        + "optimizer.step()\n",
        10, "of `net.0` is False, but `.grad` held zeros at the SGD step on line 12",
        (
            TWO + SGD + LOSS + "optimizer.step()\noptimizer.zero_grad()\n" + FREEZE + LOSS
            + "optimizer.step()\n",
            TWO + SGD + FREEZE + LOSS + "optimizer.step()\n",
        ),
    ),
    "statistics_move_while_frozen": Case(
        NORM + "body.requires_grad_(False)\nhead(body(torch.rand(4, 2))).sum().backward()\n"
        "optimizer.step()\n",
        6, "Line 6 froze `body.1`, but `batch_norm in body.1` on line 7 still runs in training",
        (
            NORM + "body.requires_grad_(False).eval()\n"
            "head(body(torch.rand(4, 2))).sum().backward()\noptimizer.step()\n",
            NORM + "body[0].requires_grad_(False)\n"
            "head(body(torch.rand(4, 2))).sum().backward()\noptimizer.step()\n",
            NORM + "body.requires_grad_(False)\nwith torch.no_grad():\n    for p in "
            "body.parameters():\n        p.mul_(0.9).add_(torch.rand(()))\n"
            "head(body(torch.rand(4, 2))).sum().backward()\noptimizer.step()\n",
        ),
    ),
    "training_in_evaluation_mode": Case(
        EPOCHS.format(first="print(epoch)", then="net.eval()"),
        11, "`net.eval()` on line 11 is still in force when `dropout in net.1` on line 9 runs",
        (
            EPOCHS.format(first="net.train()", then="net.eval()"),
            EPOCHS.format(first="net.eval()", then="print(epoch)"),
            EPOCHS.format(first="print(epoch)", then="net[1].eval()"),
            EPOCHS.format(
                first="net.eval(); net(x).sum().backward(); net.train()", then="print(epoch)"
            ),
        ),
    ),
    "not_in_optimizer": Case(
        "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\n"
        "optimizer = torch.optim.SGD(net[1].parameters(), lr=0.1)\n"
        "net(torch.ones(1, 2)).sum().backward()\noptimizer.step()\n",
        4, "filled the .grad of `net.0`",
        (
            NET + SGD + "net(x).sum().backward()\noptimizer.step()\n",
            "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\n"
            "net[0].requires_grad_(False)\n"
            "optimizer = torch.optim.SGD(net[1].parameters(), lr=0.1)\n"
            "net(torch.ones(1, 2)).sum().backward()\noptimizer.step()\n",
            NET + "net(x).sum().backward()\n",
            NET + "import copy\ntarget = copy.deepcopy(net)\n" + SGD
            + "(net(x) - target(x) - 1).pow(2).sum().backward()\noptimizer.step()\n",
            NET + "critic = nn.Linear(1, 1)\n" + SGD
            + "critic(net(x)).sum().backward()\noptimizer.step()\n",
            NET + "critic = nn.Linear(1, 1)\n" + SGD
            + "critic(net(x).detach()).sum().backward()\noptimizer.step()\n",
        ),
    ),
    "optimizer_never_steps": Case(
        TWO + "optimizer = torch.optim.SGD(net[0].parameters(), lr=0.1)\n"
        "optimizer = torch.optim.SGD(net[1].parameters(), lr=0.1)\n" + LOSS + "optimizer.step()\n",
        5, "The SGD optimizer made on line 5 has `net.0`, which got gradients",
        (
            TWO + "first = torch.optim.SGD(net[0].parameters(), lr=0.1)\n"
            "second = torch.optim.SGD(net[1].parameters(), lr=0.1)\n" + LOSS
            + "first.step()\nsecond.step()\n",
            TWO + "optimizer = torch.optim.Adam(net.parameters())\n"
            "optimizer = torch.optim.SGD(net.parameters(), lr=0.1)\n" + LOSS + "optimizer.step()\n",
            TWO + "net[0].requires_grad_(False)\n"
            "unused = torch.optim.SGD(net[0].parameters(), lr=0.1)\n"
            "optimizer = torch.optim.SGD(net[1].parameters(), lr=0.1)\n" + LOSS
            + "optimizer.step()\n",
        ),
    ),
    "optimizer_made_again": Case(
        NET + "for _ in range(3):\n    optimizer = torch.optim.Adam(net.parameters())\n"
        "    optimizer.zero_grad()\n    net(x).mean().backward()\n    optimizer.step()\n",
        6, "made 3 Adam optimizers of the same parameters, and each made one step",
        (
            NET + "for _ in range(3):\n    optimizer = torch.optim.SGD(net.parameters(), 0.1)\n"
            "    optimizer.zero_grad()\n    net(x).mean().backward()\n    optimizer.step()\n",
            NET + "for _ in range(3):\n    net.weight.data.zero_()\n"
            "    optimizer = torch.optim.Adam(net.parameters())\n    for _ in range(2):\n"
            "        optimizer.zero_grad()\n        net(x).mean().backward()\n"
            "        optimizer.step()\n",
            "for _ in range(3):\n    net, x = nn.Linear(2, 2), torch.ones(3, 2)\n"
            "    optimizer = torch.optim.Adam(net.parameters())\n"
            "    net(x).mean().backward()\n    optimizer.step()\n",
        ),
    ),
    "clipped_while_scaled": Case(
        NET + SGD + 'scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)\n'
        "scaler.scale(net(x).mean()).backward()\n"
        "nn.utils.clip_grad_norm_(net.parameters(), 1.0)\nscaler.step(optimizer)\n",
        8, "found gradients that were still multiplied by the scale of the GradScaler, 1024, which "
        "line 9 took out",
        (
            NET + SGD + 'scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)\n'
            "scaler.scale(net(x).mean()).backward()\nscaler.unscale_(optimizer)\n"
            "nn.utils.clip_grad_norm_(net.parameters(), 1.0)\nscaler.step(optimizer)\n",
            NET + SGD + 'scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)\n'
            "scaler.scale(net(x).mean()).backward()\n"
            "nn.utils.clip_grad_norm_(net.parameters(), 1.0 * scaler.get_scale())\n"
            "scaler.step(optimizer)\n",
            NET + SGD + 'scaler = torch.amp.GradScaler("cpu", init_scale=1.0)\n'
            "scaler.scale(net(x).mean()).backward()\n"
            "nn.utils.clip_grad_norm_(net.parameters(), 1.0)\nscaler.step(optimizer)\n",
            NET + SGD + 'scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)\n'
            "scaler.scale(net(x).mean()).backward()\nfor p in net.parameters():\n"
            "    p.grad /= 2\nscaler.step(optimizer)\n",
        ),
    ),
    "stepped_while_scaled": Case(
        NET + SGD + 'scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)\n'
        "scaler.scale(net(x).mean()).backward()\noptimizer.step()\n",
        8, "`scaler.scale(net(x).mean())` on line 7 multiplied the loss, and so every gradient, by "
        "1,024. The SGD step on line 8",
        (
            NET + SGD + 'scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)\n'
            "scaler.scale(net(x).mean()).backward()\nscaler.step(optimizer)\nscaler.update()\n",
            NET + SGD + 'scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)\n'
            "scaler.scale(net(x).mean()).backward()\nscaler.unscale_(optimizer)\n"
            "optimizer.step()\n",
            NET + SGD + 'scaler = torch.amp.GradScaler("cpu", enabled=False)\n'
            "scaler.scale(net(x).mean()).backward()\noptimizer.step()\n",
            NET + SGD + 'scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)\n'
            "scaler.scale(net(x).mean()).backward()\nfor p in net.parameters():\n"
            "    p.grad /= scaler.get_scale()\noptimizer.step()\n",
        ),
    ),
    "data_write_unseen": Case(
        W + "y = w * torch.tensor([1.0, 3.0])\ny.data.clamp_(max=2)\n(y + 1).sum().backward()\n",
        5, "changed `y` through `.data`, which autograd does not notice",
        (
            W + "y = w * 2\ny = y.clamp(max=1)\n(y + 1).sum().backward()\n",
            W + "w.data.clamp_(max=0.5)\n(w * 2).sum().backward()\n",
            W + "y = w * 2\n(y + 1).sum().backward()\ny.data.clamp_(max=1)\n",
        ),
    ),
    "named_not_called": Case(
        NET + SGD + "for _ in range(2):\n    optimizer.zero_grad()\n    " + LOSS
        + "    optimizer.step\n",
        9, "Without parentheses, line 9 does nothing",
        (
            NET + SGD + LOSS + "optimizer.step()\n",
            NET + SGD + LOSS + "step = optimizer.step\nstep()\n",
            NET + SGD + LOSS + "if False:\n    optimizer.step\noptimizer.step()\n",
        ),
    ),
    "frozen_in_optimizer": Case(
        NET + "net.bias.requires_grad = False\n" + SGD
        + "net(x).sum().backward()\noptimizer.step()\n",
        6, "`net.bias` never got a gradient",
        (
            NET + SGD + "net(x).sum().backward()\noptimizer.step()\n"
            "net.bias.requires_grad = False\n",
            NET + "net.bias.requires_grad = False\n"
            "optimizer = torch.optim.SGD([net.weight], lr=0.1)\n"
            "net(x).sum().backward()\noptimizer.step()\n",
        ),
    ),
    "broadcast_loss": Case(
        NET + "y = torch.ones(3)\n((net(x) - y) ** 2).mean().backward()\n",
        6, "`net(x)` has the shape (3, 1) and `y` (3,), so `net(x) - y` on line 6 broadcasts them",
        (
            NET + "y = torch.ones(3, 1)\n((net(x) - y) ** 2).mean().backward()\n",
            NET + "y = torch.ones(1)\n((net(x) - y) ** 2).mean().backward()\n",
            NET + "p, y = net(x)[:, 0], torch.ones(3)\n"
            "((p[:, None] - y) ** 2).mean().backward()\n",
            NET + "y = torch.ones(3)\nerror = net(x) - y\nnet(x).sum().backward()\n",
        ),
    ),
    "normalised_before_loss": Case(
        LOGITS + "loss = nn.functional.cross_entropy(net(x).softmax(1), t)\nloss.backward()\n",
        6, "takes logits and applies `softmax` itself",
        (
            LOGITS + "nn.functional.cross_entropy(net(x), t).backward()\n",
            LOGITS + "nn.functional.cross_entropy(net(x).log_softmax(1), t).backward()\n",
            LOGITS + "nn.functional.cross_entropy(net(x).softmax(1).log().flatten(1), t)"
            ".backward()\n",
            LOGITS + "nn.functional.nll_loss(net(x).log_softmax(1), t).backward()\n",
            LOGITS + "with torch.no_grad():\n"
            "    nn.functional.cross_entropy(net(x).softmax(1), t)\n",
            NET + "nn.functional.binary_cross_entropy(net(x).sigmoid(), x[:, :1]).backward()\n",
        ),
    ),
    "unregistered_tensor": Case(
        SCALED.format(scale="torch.ones(2, requires_grad=True)"),
        6, "It is a plain tensor that requires grad. `net.parameters()` lists what is an",
        (
            SCALED.format(scale="nn.Parameter(torch.ones(2))"),
            SCALED.format(scale="torch.ones(2)"),
            SCALED.format(scale="torch.ones(2, requires_grad=True)").replace(
                "SGD(net.parameters()", "SGD([net.scale, net.out.weight]"
            ),
            SCALED.format(scale="torch.ones(2, requires_grad=True)")
            + "net.scale.data -= 0.1 * net.scale.grad\n",
        ),
    ),
    "zero_gradient": Case(
        W + "y = (w - 5).relu()\ny.sum().backward()\n",
        4, "that `(w - 5).relu()` on line 4 received was not zero",
        (
            W + "y = (w - 1).abs() + w\ny.sum().backward()\n",
            W + "y = w * torch.tensor([0.0, 1.0])\ny.sum().backward()\n",
            W + "w.sum().backward()\nw.grad.zero_()\n",
            W + "up = torch.zeros(2, requires_grad=True)\n(w * up + 1).sum().backward()\n",
            W + "up = nn.Linear(2, 1)\nnn.init.zeros_(up.weight)\nup(w * 2).sum().backward()\n",
        ),
    ),
    "non_finite_gradient": Case(
        W + "y = (w - 1).sqrt()\ny.sum().backward()\n",
        4, "it first came out of the backward of `(w - 1).sqrt()` on line 4",
        (
            W + "y = (w - 1).sqrt()\nw.sum().backward()\n",
            W + "y = (w - 0.999).sqrt()\ny.sum().backward()\n",
        ),
    ),
    "gradient_explodes": Case(
        LOOP.format(rate=1.2, change=""),
        9, "From iteration 1 to 14 the norm of all gradients grew from 2.83 to 224.50, and the "
        "loss from 2.00 to 1.26e+04. It grew in `w`.",
        (
            LOOP.format(rate=0.2, change=""),
            LOOP.format(rate=1.2, change="if step > 8: optimizer.param_groups[0]['lr'] = 1.0"),
            LOOP.format(rate=0.0, change="optimizer.param_groups[0]['lr'] += 0.05"),
            LOOP.format(rate=1.2, change="torch.nn.utils.clip_grad_norm_([w], 1.0)"),
            SMALL_START,
        ),
    ),
    "evaluation_records": Case(
        NET + "net.eval()\nprint(net(x))\n",
        6, "After eval() on line 5 autograd still recorded `net(x)` on line 6",
        (
            NET + "net.eval()\nwith torch.no_grad():\n    print(net(x))\n",
            NET + "net.eval()\nnet(x).sum().backward()\n",
            NET + "print(net(x))\n",
        ),
    ),
    "training_mode_in_evaluation": Case(
        "net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.BatchNorm1d(2))\n"
        "x = torch.ones(3, 2)\nwith torch.no_grad():\n    net(x)\n",
        6, "`net.1` and `net.2` ran in training mode",
        (
            "net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.BatchNorm1d(2))\n"
            "x = torch.ones(3, 2)\nnet.eval()\nwith torch.no_grad():\n    net(x)\n",
            "net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.BatchNorm1d(2))\n"
            "net(torch.ones(3, 2)).sum().backward()\n",
            "net = nn.Sequential(nn.Dropout())\nnet.eval()\nnet[0].train()\n"
            "with torch.no_grad():\n    net(torch.ones(3, 2))\n",
            CHECKPOINT + "net = nn.Dropout()\nx = torch.ones(3, 2, requires_grad=True)\n"
            "checkpoint(net, x, use_reentrant=True).sum().backward()\n",
            NET + "teacher = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2), nn.Linear(2, 1))\n"
            "with torch.no_grad():\n    wanted = teacher(x)\n"
            "(net(x) - wanted.softmax(0)).pow(2).sum().backward()\n",
        ),
    ),
    "eval_is_not_no_grad": Case(
        NET + "net.eval()\nnet(x).sum().backward()\n",
        5, "After eval() on line 5 autograd recorded `net(x)` on line 6",
        (
            NET + "net.eval()\nnet.train()\nnet(x).sum().backward()\n",
            NET + "net.eval()\nwith torch.no_grad():\n    net(x)\n",
        ),
    ),
    "checkpoint_without_grad_input": Case(
        CHECKPOINT + NET + V[:-1] + "\ny = checkpoint(net, x, use_reentrant=True)\n"
        "(y * v).sum().backward()\n",
        7, "nothing inside it gets a gradient: `net`",
        (
            CHECKPOINT + NET + "y = checkpoint(net, x, use_reentrant=False)\ny.sum().backward()\n",
            CHECKPOINT + NET + "x.requires_grad_()\n"
            "y = checkpoint(net, x, use_reentrant=True)\ny.sum().backward()\n",
        ),
    ),
    "gradient_changed": Case(
        NET + "net(x).sum().backward()\nnn.utils.clip_grad_norm_(net.parameters(), 0.1)\n",
        6, "changed the .grad of `net`",
        (
            NET + SGD + "scaler = torch.amp.GradScaler('cpu')\n"
            "scaler.scale(net(x).sum() * float('inf')).backward()\nscaler.step(optimizer)\n",
            NET + "net(x).sum().backward()\nnet.weight.grad.zero_()\n",
            NET + "net(x).sum().backward()\nprint(net.weight.grad * 2)\n",
            NET + "net(x).sum().backward()\nnet.to('cpu')\n",
            NET + SGD + "net(x).sum().backward()\nnn.utils.clip_grad_norm_(net.parameters(), 1)\n"
            "optimizer.step()\n",
        ),
    ),
    "detach_not_used": Case(
        W + "y = w * 2\ny.detach()\n(y * w).sum().backward()\n",
        5, "`y` keeps its history and `y * w` on line 6 continues with it",
        (
            W + "y = w * 2\ny = y.detach()\n(y * w).sum().backward()\n",
            W + "y = w * 2\nprint(y.detach())\n(y * w).sum().backward()\n",
        ),
    ),
    "graph_kept": Case(
        NET + "total = 0\nfor _ in range(2):\n    total += net(x).sum()\n",
        7, "`total += net(x).sum()` on line 7 adds a tensor with its history",
        (
            NET + "total = 0\nfor _ in range(2):\n    total += net(x).sum().item()\n",
            NET + "total = 0\nfor _ in range(2):\n    total += net(x).sum()\ntotal.backward()\n",
        ),
    ),
    "gradient_thrown_away": Case(
        NET + SGD + V + "v.sum().backward()\nwith torch.no_grad():\n    v -= v.grad\n"
        "net(x).sum().backward()\noptimizer.zero_grad()\noptimizer.step()\n",
        11, "cleared the gradients that backward() on line 10 had computed",
        (
            NET + SGD + "net(x).sum().backward()\noptimizer.step()\noptimizer.zero_grad()\n",
            NET + "net(x).sum().backward()\nnet.zero_grad()\n",
        ),
    ),
    "loss_not_computed_again": Case(
        NET + SGD + "loss = net(x).pow(2).sum()\nfor _ in range(3):\n"
        "    optimizer.zero_grad()\n    loss.backward(retain_graph=True)\n    optimizer.step()\n",
        9, "3 backward passes on line 9 went back through the same `loss`, while the step on line "
        "10 changed the parameters",
        (
            NET + SGD + "for _ in range(3):\n    loss = net(x).pow(2).sum()\n"
            "    optimizer.zero_grad()\n    loss.backward(retain_graph=True)\n"
            "    optimizer.step()\n",
            NET + SGD + "loss = net(x).pow(2).sum()\nfor _ in range(3):\n"
            "    loss.backward(retain_graph=True)\noptimizer.step()\n",
        ),
    ),
    "clipped_nothing": Case(
        NET + SGD + "for _ in range(2):\n    optimizer.zero_grad()\n    loss = net(x).sum()\n"
        "    nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n    loss.backward()\n"
        "    optimizer.step()\n",
        9, "on line 9 found no gradient each time that it ran, because `backward()` comes after it,"
        " on line 10",
        (
            NET + SGD + "for _ in range(2):\n    optimizer.zero_grad()\n"
            "    net(x).sum().backward()\n"
            "    nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n    optimizer.step()\n",
            NET + SGD + "for _ in range(2):\n"
            "    nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n    optimizer.step()\n"
            "    optimizer.zero_grad()\n    net(x).sum().backward()\n",
        ),
    ),
    "averaged_with_itself": Case(
        NET + SGD + "ema = net\n" + LOSS + "optimizer.step()\nwith torch.no_grad():\n"
        "    for e, p in zip(ema.parameters(), net.parameters()):\n"
        "        e.mul_(0.9).add_(p, alpha=0.1)\n",
        11, "Line 11 averages `net` with itself",
        (
            "import copy\n" + NET + SGD + "ema = copy.deepcopy(net)\n" + LOSS
            + "optimizer.step()\nwith torch.no_grad():\n"
            "    for e, p in zip(ema.parameters(), net.parameters()):\n"
            "        e.mul_(0.9).add_(p, alpha=0.1)\n",
            NET + LOSS + "with torch.no_grad():\n    for p in net.parameters():\n"
            "        p.add_(p, alpha=-0.01)\n",
        ),
    ),
    "parameters_share_memory": Case(
        "a, b = nn.Linear(3, 3), nn.Linear(3, 3)\nb.weight.data = a.weight.data\n"
        "optimizer = torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.1)\n"
        "b(a(torch.ones(2, 3)).tanh()).sum().backward()\noptimizer.step()\n"
        "optimizer.zero_grad()\n",
        5, "`a.weight` and `b.weight` are parameters of their own on one memory",
        (
            "a, b = nn.Linear(3, 3), nn.Linear(3, 3)\nb.weight = a.weight\n"
            "optimizer = torch.optim.SGD({*a.parameters(), *b.parameters()}, lr=0.1)\n"
            "b(a(torch.ones(2, 3)).tanh()).sum().backward()\noptimizer.step()\n",
            "flat = torch.randn(4)\na, b = nn.Parameter(flat[:2]), nn.Parameter(flat[2:])\n"
            "optimizer = torch.optim.SGD([a, b], lr=0.1)\n(a * b).sum().backward()\n"
            "optimizer.step()\n",
            "flat = torch.zeros(4)\na, b = nn.Parameter(flat[:2]), nn.Parameter(flat[2:])\n"
            "optimizer = torch.optim.SGD([a, b], lr=0.1)\n(a + b).sum().backward()\n"
            "optimizer.step()\n",
        ),
    ),
    "units_are_alike": Case(
        "net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))\nx = torch.randn(3, 2)\n"
        "for p in net.parameters():\n    nn.init.constant_(p, 0.5)\n" + SGD
        + "for _ in range(2):\n    net(x).pow(2).sum().backward()\n    optimizer.step()\n",
        10, "All 3 rows of `net.0.weight` are equal, and so are those of its gradient",
        (
            "net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))\n"
            "x = torch.randn(3, 2)\nnn.init.constant_(net[0].weight, 0.5)\n" + SGD
            + "for _ in range(2):\n    net(x).pow(2).sum().backward()\n    optimizer.step()\n",
            "net = nn.Linear(2, 3)\nx, t = torch.randn(3, 2), torch.tensor([0, 1, 1])\n"
            "nn.init.zeros_(net.weight)\n" + SGD + "for _ in range(2):\n"
            "    nn.functional.cross_entropy(net(x), t).backward()\n    optimizer.step()\n",
        ),
    ),
    "state_not_loaded": Case(
        NET + "state = {f'module.{k}': v for k, v in net.state_dict().items()}\n"
        "net.load_state_dict(state, strict=False)\n",
        6, "Line 6 gave no parameter of `net` a value",
        (
            NET + "net.load_state_dict(net.state_dict(), strict=False)\n",
            NET + "state = {'bias': torch.ones(1), 'left': 0}\n"
            "net.load_state_dict(state, strict=False)\n",
            NET + "class Wrap(nn.Module):\n    def load_state_dict(self, state, strict=True):\n"
            "        net.load_state_dict(state, strict=strict)\n"
            "Wrap().load_state_dict(net.state_dict(), strict=False)\n",
        ),
    ),
    "freeze_matches_nothing": Case(
        NET + "for name, p in net.named_parameters():\n    if 'wieght' in name:\n"
        "        p.requires_grad = False\n",
        6, "`'wieght' in name` was never true, so line 7 never ran",
        (
            NET + "for name, p in net.named_parameters():\n    if 'weight' in name:\n"
            "        p.requires_grad = False\n",
            NET + "frozen = []\nfor name, p in net.named_parameters():\n"
            "    if any(one in name for one in frozen):\n        p.requires_grad = False\n",
            NET + "groups = []\nfor name, p in net.named_parameters():\n    if 'norm' in name:\n"
            "        groups.append(p)\n",
            NET + "for name, p in net.named_parameters():\n    if 'norm' in name:\n"
            "        p.requires_grad = True\n    elif 'bias' in name:\n"
            "        p.requires_grad = False\n",
        ),
    ),
    "kept_by_reference": Case(
        NET + SGD + "best = net.state_dict()\n" + LOSS + "optimizer.step()\n"
        "net.load_state_dict(best)\n",
        9, "`net.state_dict()` on line 6 shares memory with `net`, so it has every change since",
        (
            "import copy\n" + NET + SGD + "best = copy.deepcopy(net.state_dict())\n" + LOSS
            + "optimizer.step()\nnet.load_state_dict(best)\n",
            NET + SGD + LOSS + "optimizer.step()\nbest = net.state_dict()\n"
            "net.load_state_dict(best)\n",
            NET + SGD + "other = nn.Linear(2, 1)\nbest = net.state_dict()\n" + LOSS
            + "optimizer.step()\nother.load_state_dict(best)\n",
            NET + SGD + "before = net.weight.detach().clone()\n" + LOSS
            + "optimizer.step()\nprint((before - net.weight).abs().sum())\n",
            NET + SGD + "for _ in range(2):\n    change = net.weight - net.weight.detach()\n"
            "    (net(x).sum() + change.sum()).backward()\n    optimizer.step()\n",
        ),
    ),
    "target_gets_gradients": Case(
        "import copy\n" + NET + SGD + "target = copy.deepcopy(net)\ngoal = target(x) * 0.9\n"
        "loss = (net(x) - goal).pow(2).mean()\nloss.backward()\noptimizer.step()\n",
        8, "`target` is a copy of a trained model and is in no optimizer",
        (
            "import copy\n" + NET + SGD + "target = copy.deepcopy(net)\nwith torch.no_grad():\n"
            "    goal = target(x) * 0.9\nloss = (net(x) - goal).pow(2).mean()\nloss.backward()\n"
            "optimizer.step()\n",
            "import copy\nnet = nn.Linear(2, 2)\nteacher = copy.deepcopy(net)\n" + SGD
            + "loss = teacher(net(torch.ones(3, 2))).pow(2).mean()\nloss.backward()\n"
            "optimizer.step()\n",
            "import copy\n" + NET + SGD + "fast = copy.deepcopy(net)\n"
            "fast(x).pow(2).mean().backward()\nwith torch.no_grad():\n"
            "    for p in fast.parameters():\n        p -= 0.1 * p.grad\n" + LOSS
            + "optimizer.step()\n",
        ),
    ),
    "ran_unseen": Case(
        "net = nn.Linear(2, 1)\nfast = torch.jit.trace(net, torch.ones(1, 2))\n",
        4, "what it runs to look at it is not recorded",
        (
            "def trace(x):\n    return x\nprint(trace(2))\n",
            "double = torch.compile(lambda x: x * 2)\nprint(double(torch.ones(2)))\n",
        ),
    ),
    "ran_eagerly": Case(
        "double = torch.compile(lambda x: x * 2)\nprint(double(torch.ones(2)))\n",
        3, "traced as plain eager code",
        ("def compile(x):\n    return x\nprint(compile(2))\n", W + "print(w * 2)\n"),
    ),
}  # fmt: skip
