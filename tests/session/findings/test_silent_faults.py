"""Faults that raise nothing: each kind in several spellings, and sound programs beside them."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from app.contract.records import Finding, Trace
from app.session.findings.edits import apply
from app.session.source.code_marks import unmarked
from tests.support import TraceText, gradients_of, snippet

NET = """
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.randn(5, 3)
"""


AVERAGE = (
    NET
    + """
    import copy
    ema = copy.deepcopy(net)
    net(x).sum().backward()
    optimizer.step()
    for p, q in zip(ema.parameters(), net.parameters()):
        {update}
    print(ema(x))
"""
)


class Fault(NamedTuple):
    """`line` is where the finding leads, `says` a part of its text, `mended` whether applying
    its edits takes it away."""

    code: str
    text: str
    line: int
    says: str
    mended: bool = True


FAULTS = {
    "softmax is taken twice, with a view between": Fault(
        "normalised_before_loss",
        """
    net = nn.Linear(3, 4)
    x, t = torch.randn(5, 2, 3), torch.zeros(10, dtype=torch.long)
    p = net(x).softmax(-1)
    loss = nn.functional.cross_entropy(p.view(-1, p.size(-1)), t)
    loss.backward()
    """,
        6,
        "takes logits and applies `softmax` itself. It was given the result of",
    ),
    "a loss leaves torch, and an older reading was under no_grad": Fault(
        "not_in_loss",
        """
    actor, critic = nn.Linear(3, 2), nn.Linear(3, 1)
    optimizer = torch.optim.SGD([*actor.parameters(), *critic.parameters()], lr=0.1)
    x = torch.randn(5, 3)
    with torch.no_grad():
        before = critic(x)
    loss = actor(x).mean() * (1 - before).mean()
    value_loss = (critic(x) - 1).pow(2).mean()
    loss = loss + 0.5 * value_loss.item()
    loss.backward()
    optimizer.step()
    """,
        9,
        "`critic` got no gradient: `critic(x)` on line 9 was recorded, but its result does not "
        "lead to `loss`, on which `backward` was called on line 11. Its other uses were not "
        "recorded: `critic(x)` on line 7 ran under `torch.no_grad()` (line 6). What was computed "
        "from it left torch: `value_loss.item()` on line 10.",
        mended=False,
    ),
    "the generator's pass is cut, as the discriminator's is on purpose": Fault(
        "cut_by_detach",
        """
    gen, critic = nn.Linear(2, 3), nn.Linear(3, 1)
    gen_optimizer = torch.optim.SGD(gen.parameters(), lr=0.1)
    critic_optimizer = torch.optim.SGD(critic.parameters(), lr=0.1)
    for _ in range(2):
        fake = gen(torch.randn(5, 2))
        gen_optimizer.zero_grad()
        loss = -critic(fake.detach()).mean()
        loss.backward()
        gen_optimizer.step()
        critic_optimizer.zero_grad()
        critic_loss = critic(fake.detach()).mean() - critic(torch.ones(5, 3)).mean()
        critic_loss.backward()
        critic_optimizer.step()
    """,
        9,
        "`gen` got no gradient. The path to the loss is cut at `fake.detach()` on line 9",
    ),
    "a loss made of numbers, in a program of two networks": Fault(
        "patched_loss",
        """
    gen, critic = nn.Linear(2, 3), nn.Linear(3, 1)
    gen_optimizer = torch.optim.SGD(gen.parameters(), lr=0.1)
    critic_optimizer = torch.optim.SGD(critic.parameters(), lr=0.1)
    for _ in range(2):
        fake = gen(torch.randn(5, 2))
        gen_optimizer.zero_grad()
        critic(fake).mean().backward()
        gen_optimizer.step()
        critic_optimizer.zero_grad()
        first, second = critic(fake.detach()).mean(), critic(torch.ones(5, 3)).mean()
        loss = torch.tensor((second.item() - first.item()) / 2, requires_grad=True)
        loss.backward()
        critic_optimizer.step()
    """,
        13,
        "`loss` has no history: `torch.tensor(…)` on line 13 made it of numbers. The backward pass "
        "on line 14 filled its own `.grad` and reached nothing else.",
        mended=False,
    ),
    "most layers end in a result that nothing uses": Fault(
        "not_in_loss",
        """
    embed, body, head = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 1)
    deep, last = nn.Linear(4, 4), nn.Linear(4, 4)
    nets = nn.ModuleList([embed, body, deep, last, head])
    optimizer = torch.optim.SGD(nets.parameters(), lr=0.1)
    h = embed(torch.randn(5, 3)).tanh()
    z = last(deep(body(h)).tanh())
    head(h).mean().backward()
    optimizer.step()
    """,
        8,
        "`body`, `deep` and `last` got no gradient: ",
        mended=False,
    ),
    "weights of before that are the weights": Fault(
        "kept_by_reference",
        NET
        + """
    before = net[0].weight.data
    net(x).sum().backward()
    optimizer.step()
    print((before - net[0].weight).abs().sum())
    """,
        10,
        "`net[0].weight.data` on line 7 shares memory with `net.0.weight`, so it has every change "
        "since. Line 10 therefore compares values with themselves.",
    ),
    "a gradient is retained after the backward pass": Fault(
        "non_leaf_grad_read",
        NET
        + """
    h = net[0](x)
    net[2](torch.tanh(h)).sum().backward()
    h.retain_grad()
    print(h.grad)
    """,
        10,
        "`h` is not a leaf, and `retain_grad()` was called on line 9, after the backward pass.",
    ),
    "a result is made a parameter": Fault(
        "cut_by_detach",
        NET
        + """
    p = nn.Parameter(net(x))
    (p ** 2).sum().backward()
    """,
        7,
        "cut at `nn.Parameter(net(x))` on line 7, which passed the values on without their history",
    ),
    "a loss is made a Variable of its data": Fault(
        "cut_by_detach",
        NET
        + """
    loss = net(x).pow(2).mean()
    loss = torch.autograd.Variable(loss.data, requires_grad=True)
    loss.backward()
    optimizer.step()
    """,
        8,
        "cut at `torch.autograd.Variable(…)` on line 8",
    ),
    "two losses in a torch.Tensor": Fault(
        "rewrapped_tensor",
        NET
        + """
    first, second = net(x).pow(2).mean(), net(x).abs().mean()
    loss = torch.Tensor([first, second]).sum().requires_grad_()
    loss.backward()
    optimizer.step()
    """,
        8,
        "cut at `torch.Tensor([first, second])` on line 8, which copied the values",
        mended=False,
    ),
    "a number of the loss in a tensor that requires grad": Fault(
        "left_torch",
        NET
        + """
    loss = net(x).pow(2).mean()
    loss = torch.tensor(loss.item(), requires_grad=True)
    loss.backward()
    optimizer.step()
    """,
        8,
        "cut at `loss.item()` on line 8, which took the values out of torch",
    ),
    "a schedule that ends too early": Fault(
        "steps_change_nothing",
        NET
        + """
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=2)
    for _ in range(5):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
        schedule.step()
    """,
        11,
        "From iteration 3 of 5 on, the SGD steps changed nothing: their learning rate was 0. "
        "Before, it was 0.05.",
        mended=False,
    ),
    "an optimizer of the average": Fault(
        "not_in_optimizer",
        """
    import copy
    net, x = nn.Linear(3, 1), torch.randn(5, 3)
    ema = copy.deepcopy(net)
    optimizer = torch.optim.Adam(ema.parameters())
    for _ in range(2):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
        with torch.no_grad():
            for p, q in zip(ema.parameters(), net.parameters()):
                p.mul_(0.9).add_(q, alpha=0.1)
    """,
        6,
        "What the Adam optimizer has is a copy, `ema`, which got no gradient.",
        mended=False,
    ),
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
        "`target` keeps its history and `net(x) - target` on line 10 continues with it",
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
        "gradients still flow back through",
        mended=False,
    ),
    "an average of weights that is given to a loop variable": Fault(
        "update_not_kept",
        AVERAGE.format(update="p = 0.9 * p + 0.1 * q"),
        12,
        "`0.9 * p + 0.1 * q` on line 12 makes a new tensor that nothing uses, so the values of "
        "`ema` stay.",
        mended=False,
    ),
    "an average of weights with its history": Fault(
        "graph_kept",
        NET
        + """
    average = net[0].weight * 1.0
    for _ in range(3):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
        average = 0.9 * average + 0.1 * net[0].weight
    """,
        12,
        "adds a tensor with its history, 3 times. That keeps 10 autograd nodes alive, and more "
        "with each iteration.",
        mended=False,
    ),
    "a parameter made in forward": Fault(
        "not_in_optimizer",
        """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(3, 3)

        def forward(self, x):
            scale = nn.Parameter(torch.ones(3))
            return self.inner(x) * scale

    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        net(torch.randn(5, 3)).pow(2).mean().backward()
        optimizer.step()
    """,
        13,
        "The model makes `scale` on line 9 while it runs, after the SGD optimizer was made",
        mended=False,
    ),
    "a model that is made again in each iteration": Fault(
        "not_in_optimizer",
        NET
        + """
    for _ in range(3):
        net = nn.Linear(3, 1)
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
    """,
        4,
        "Line 8 made `net` 3 times after the SGD optimizer was made on line 4, so its steps do not "
        "update `net`.",
        mended=False,
    ),
    "a parameter that is replaced after each step": Fault(
        "not_in_optimizer",
        NET
        + """
    for _ in range(3):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
        net[0].weight = nn.Parameter(net[0].weight.clamp(-1, 1))
    """,
        4,
        "Line 11 made `net.0.weight` 3 times after the SGD optimizer was made on line 4",
        mended=False,
    ),
    "an optimizer of a copy": Fault(
        "not_in_optimizer",
        """
    w = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.SGD([w.clone().detach().requires_grad_()], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        ((w - 1) ** 2).sum().backward()
        optimizer.step()
    """,
        4,
        "What the SGD optimizer has is `w.clone().detach()` on line 4, a tensor of its own.",
        mended=False,
    ),
    "a plain tensor is left out": Fault(
        "not_in_optimizer",
        """
    w, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (w * torch.randn(2) + b).pow(2).mean().backward()
        optimizer.step()
    """,
        4,
        "filled the `.grad` of `b`, but no optimizer has them",
        mended=False,
    ),
    "a result is written into a tensor through .data": Fault(
        "data_write_unseen",
        NET
        + """
    head = nn.Linear(5, 1)
    out = torch.zeros(1, 5)
    out.data[0] = net(x).squeeze(1)
    head(out).sum().backward()
    """,
        9,
        "wrote a result into `out` through `.data`, which autograd does not notice: no gradient",
        mended=False,
    ),
    "two models share a step's zero_grad": Fault(
        "gradients_add_up",
        NET
        + """
    made = nn.Linear(3, 3)
    other = torch.optim.SGD(made.parameters(), lr=0.1)
    for _ in range(3):
        net(made(x).detach()).pow(2).mean().backward()
        optimizer.step()
        other.zero_grad()
        net(made(x)).mean().backward()
        other.step()
    """,
        11,
        "6 backward passes, on lines 10 and 13, added to the `.grad` of `net`",
        mended=False,
    ),
    "another optimizer's zero_grad between backward and step": Fault(
        "gradient_thrown_away",
        NET
        + """
    trunk = nn.Linear(3, 3)
    first = torch.optim.SGD([*trunk.parameters(), *net.parameters()], lr=0.1)
    head = nn.Linear(3, 1)
    second = torch.optim.SGD([*trunk.parameters(), *head.parameters()], lr=0.1)
    for _ in range(2):
        h = torch.tanh(trunk(x))
        first.zero_grad()
        net(h).pow(2).mean().backward(retain_graph=True)
        second.zero_grad()
        head(h).pow(2).mean().backward()
        first.step()
        second.step()
    """,
        15,
        "`second.zero_grad()` on line 15 cleared the gradients of `trunk` that `backward()` on "
        "line 14 had computed, so the step on line 17 could not use them.",
        mended=False,
    ),
    "zero_grad between backward and step": Fault(
        "nothing_trains",
        NET
        + """
    for _ in range(3):
        loss = net(x).pow(2).mean()
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
    """,
        10,
        "Line 10 cleared the gradients of these",
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
    "a backward pass on the validation loss": Fault(
        "gradient_thrown_away",
        NET
        + """
    for _ in range(2):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
        net(x + 1).pow(2).mean().backward()
    """,
        8,
        "cleared the gradients that `backward()` on line 11 had computed",
        mended=False,
    ),
    "cleared by hand before the step": Fault(
        "gradient_thrown_away",
        """
    layer, scale = nn.Linear(2, 1), torch.ones(1, requires_grad=True)
    scale.sum().backward()
    with torch.no_grad():
        scale -= scale.grad
    opt = torch.optim.RMSprop([layer.weight, layer.bias])
    for batch in torch.randn(2, 4, 2):
        layer(batch).sum().backward()
        for p in layer.parameters():
            p.grad = None
        opt.step()
    """,
        11,
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
    "an actor that samples": Fault(
        "cut_by_grad_mode",
        """
    from torch.distributions import Normal
    mean, critic = nn.Linear(3, 1), nn.Linear(1, 1)
    action = Normal(mean(torch.randn(4, 3)), torch.ones(1)).sample()
    critic(action).mean().backward()
    """,
        5,
        "`mean` got no gradient",
    ),
    "a latent that samples": Fault(
        "cut_by_grad_mode",
        """
    import torch.distributions as D

    class VAE(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc, self.dec = nn.Linear(4, 4), nn.Linear(2, 4)

        def forward(self, x):
            mu, scale = self.enc(x).chunk(2, -1)
            q = D.Independent(D.Normal(mu, scale.exp()), 1)
            return self.dec(q.sample())

    vae = VAE()
    opt = torch.optim.Adam(vae.parameters())
    x = torch.randn(3, 4)
    (vae(x) - x).pow(2).sum().backward()
    opt.step()
    """,
        13,
        "`vae.enc` got no gradient",
    ),
    "a sample of one size": Fault(
        "cut_by_grad_mode",
        """
    low = torch.zeros(2, requires_grad=True)
    u = torch.distributions.Uniform(low, low + 1)
    draw = u.sample((5,))
    draw.mean().add(torch.ones(1, requires_grad=True)).backward()
    """,
        5,
        "`low` got no gradient",
    ),
    "dropout as a function": Fault(
        "training_mode_in_evaluation",
        """
    import torch.nn.functional as F

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 3)

        def forward(self, x):
            return self.fc(F.dropout(x, 0.5))

    net = Net().eval()
    with torch.no_grad():
        print(net(torch.ones(8, 3)))
    """,
        11,
        "`F.dropout(x, 0.5)` on line 11 ran inside `net`",
    ),
    "dropout by its keyword": Fault(
        "training_mode_in_evaluation",
        """
    class Block(nn.Module):
        def forward(self, hidden):
            hidden = nn.functional.dropout(hidden.relu(), p=0.9)
            return hidden.sum()

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = Block()

        def forward(self, x):
            return self.block(x)

    model = Model()
    model.eval()
    model(torch.ones(64))
    """,
        5,
        "its argument training defaults to True",
    ),
    "dropout that was imported": Fault(
        "training_mode_in_evaluation",
        """
    from torch.nn.functional import dropout1d

    class Head(nn.Module):
        def forward(this, x):
            return dropout1d(x) * 2

    head = Head().train(False)
    with torch.inference_mode():
        head(torch.ones(1, 64, 2))
    """,
        7,
        "ran inside `head`",
        mended=False,
    ),
    "a scaled parameter": Fault(
        "non_leaf_parameter",
        """
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(3)) * 0.1

        def forward(self, x):
            return x * self.w

    scaled = Scaled()
    scaled(torch.ones(3)).sum().backward()
    """,
        6,
        "Its .grad stays None",
    ),
    "a parameter of another type": Fault(
        "non_leaf_parameter",
        """
    class Shift(torch.nn.Module):
        def __init__(self, n):
            super().__init__()
            self.by = torch.nn.Parameter(torch.zeros(n) + 1).to(torch.float64)

        def forward(self, x):
            return x + self.by

    shift = Shift(3)
    shift(torch.ones(3)).sum().backward()
    """,
        6,
        "Its .grad stays None",
    ),
}

SOUND = {
    "a schedule that ends with the loop": NET
    + """
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=2)
    for _ in range(3):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
        schedule.step()
    """,
    "a learning rate that begins at 0": NET
    + """
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0, step - 1) / 10)
    for _ in range(4):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()
        schedule.step()
    """,
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
    "a critic on the path to the actor": NET
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
    "an action that is only looked up": """
        policy = nn.Linear(3, 2)
        choice = torch.distributions.Normal(policy(torch.ones(3)), 1.0)
        action = choice.sample()
        (-choice.log_prob(action).sum()).backward()
        """,
    "dropout that asks the module": """
        class Net(nn.Module):
            def forward(self, x):
                x = nn.functional.dropout(x, 0.5, self.training)
                return nn.functional.dropout(x, p=0.5, training=self.training)

        net = Net().eval()
        net(torch.ones(8, 3))
        net.train()
        net(torch.ones(8, 3, requires_grad=True)).sum().backward()
        """,
    "dropout that stays on for a purpose": """
        class Net(nn.Module):
            def forward(self, x):
                return nn.functional.dropout(x, 0.5, training=True)

        net = Net().eval()
        with torch.no_grad():
            print(torch.stack([net(torch.ones(8)) for _ in range(3)]).std(0))
        """,
    "dropout of nothing": """
        class Net(nn.Module):
            def forward(self, x):
                return nn.functional.dropout(x, 0.0)

        Net().eval()(torch.ones(8))
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


ALL_UNDER_NO_GRAD = """
    lin0, lin1, lin2 = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)
    x1 = lin0(torch.ones(1, 2))
    {block}
        x2 = lin1(x1)
        x3 = lin2(x2)
        {loss}
"""


@pytest.mark.parametrize(
    ("block", "loss"),
    [
        ("with torch.no_grad():", "x3.sum().backward()"),
        ("with torch.inference_mode():", "x3.mean().backward()"),
        ("with torch.set_grad_enabled(False):", "loss = (x3 * x2).sum(); loss.backward()"),
    ],
)
def test_the_first_call_without_history_is_to_be_moved(
    trace: TraceText, block: str, loss: str
) -> None:
    """Moving the last one alone would raise the same error again."""
    run = trace(snippet(ALL_UNDER_NO_GRAD.format(block=block, loss=loss)))
    found = only(run, "backward_without_history")
    assert found.fix is not None
    assert "Move `lin1(x1)` and what follows it out of" in found.fix.description


TARGET = """
    import copy
    net = nn.Linear(4, 2)
    target = copy.deepcopy(net){frozen}
    optimizer = torch.optim.Adam(net.parameters())
    with torch.no_grad():
        wanted = target(torch.randn(8, 4))
    (net(torch.randn(8, 4)) - wanted).pow(2).mean().backward()
    optimizer.step()
"""


@pytest.mark.parametrize("frozen", ["", ".requires_grad_(False)"])
def test_nobody_is_told_to_train_a_target_network(trace: TraceText, frozen: str) -> None:
    run = trace(snippet(TARGET.format(frozen=frozen)))
    assert [row.why.fix for row in run.gradients if row.name.startswith("target")] == [None] * 2


def test_a_parameter_of_a_module_is_to_be_made_one(trace: TraceText) -> None:
    """A leaf by itself would be unknown to parameters()."""
    run = trace(snippet(FAULTS["a scaled parameter"].text))
    found = only(run, "non_leaf_parameter")
    assert found.fix is not None
    assert "put nn.Parameter(…) around the whole value" in unmarked(found.fix.description)
    assert "requires_grad_" not in found.fix.description


def test_what_most_parameters_lead_to_is_a_warning_where_nothing_uses_it(trace: TraceText) -> None:
    text = FAULTS["most layers end in a result that nothing uses"].text
    assert only(trace(snippet(text)), "not_in_loss").severity == "warning"
    with_one_less = text.replace("deep(body(h)).tanh()", "body(h).tanh()")
    found = [one for one in trace(snippet(with_one_less)).findings if one.code == "not_in_loss"]
    assert [one.severity for one in found] == ["info"]


def test_what_a_target_takes_over_is_no_path_to_the_loss(trace: TraceText) -> None:
    text = """
    actor, target, critic = nn.Linear(2, 3), nn.Linear(2, 3), nn.Linear(3, 1)
    optimizer = torch.optim.SGD(actor.parameters(), lr=0.1)
    for _ in range(2):
        loss = -critic(target(torch.randn(5, 2))).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for p, q in zip(target.parameters(), actor.parameters()):
            p.data.copy_(0.9 * p.data + 0.1 * q.data)
    """
    run = trace(snippet(text))
    assert gradients_of(run)["actor.weight"].why.code == "only_skipped"
    assert {one.code for one in run.findings} == {"nothing_trains", "not_in_optimizer"}


def test_a_loss_without_history_is_cut_off_where_its_own_optimizer_is(trace: TraceText) -> None:
    text = """
    actor, scale = nn.Linear(2, 3), torch.zeros(1, requires_grad=True)
    actor_optimizer = torch.optim.SGD(actor.parameters(), lr=0.1)
    scale_optimizer = torch.optim.SGD([scale], lr=0.1)
    x = torch.randn(5, 2)
    (scale.exp().item() * actor(x)).mean().backward()
    actor_optimizer.step()
    with torch.no_grad():
        noise = actor(x)
    loss = (torch.tensor(scale.exp().item()) * noise).mean()
    scale_optimizer.zero_grad()
    loss.backward()
    scale_optimizer.step()
    """
    found = only(trace(snippet(text)), "backward_without_history")
    assert "`scale.exp().item()` on line 11 took the values out of torch" in found.text
    assert "no_grad" not in found.text


def test_a_pass_that_reached_nothing_is_why_the_step_had_no_gradient(trace: TraceText) -> None:
    text = FAULTS["a loss made of numbers, in a program of two networks"].text
    found = only(trace(snippet(text)), "step_without_gradient")
    assert unmarked(found.text) == (
        "Line 11 cleared the gradients, and the backward pass on line 14 reached no parameter of "
        "the SGD optimizer, so its step on line 15 had nothing to apply."
    )
    assert found.fix is None
