"""Forty programs that together use what the recorder records.

`tests/tracer/recorded/` has the trace of each; `test_recorded` compares it with a new one.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from app.contract.records import Mode
from tests.tracer.entries import ENTRIES

ROOT = Path(__file__).parents[2]
HEADER = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
_FILES = [
    "resources/examples/04_weight_update_by_hand.py",
    "resources/examples/06_frozen_features.py",
    "resources/examples/09_inference_mode_nested.py",
    "tests/sound_programs/detach_in_place.py",
]
_ENTRIES = [
    "index assignment to views", "views of views changed in place", "complex", "out", "foreach",
    "schedulers and clipping", "hooks of modules", "checkpoint", "LBFGS and its closure",
    "modules", "custom Function, once differentiable, in-place", "torch.func",
    "double backward", "autograd.grad", "several backward passes",
    "hooks of tensors and nodes", "saved tensor hooks",
    "autocast", "threads", "wrapper subclasses", "leaving torch", "copies and pickles",
    "requires_grad and data",
]  # fmt: skip
_NEW = {
    "values of every dtype": """
        kinds = [torch.float64, torch.float16, torch.bfloat16, torch.complex64, torch.int8]
        kinds += [torch.uint8, torch.int16, torch.int64, torch.bool]
        for kind in kinds:
            small = torch.tensor([[0, 1, 3], [1, 0, 2]]).to(kind)
            large = (torch.arange(100).view(4, 25) % 7).to(kind)
            print(small.t(), (large == 0).sum())
        x = torch.arange(6.0, dtype=torch.float64).view(2, 3).requires_grad_()
        (x.bfloat16() * 2).float().sum().backward()
        print(x.grad, torch.empty(0, 3) + 1, torch.tensor(7) * 2)
        """,
    "values of every size": """
        edge = torch.linspace(-1, 1, 64, requires_grad=True)
        above = torch.linspace(-2, 2, 65, requires_grad=True)
        table = torch.linspace(-3, 5, 5000).view(50, 100).requires_grad_()
        full = torch.linspace(0, 1, 65_536, requires_grad=True)
        sampled = torch.linspace(0, 1, 70_000, requires_grad=True)
        doubled = [t * 2 for t in (edge, above, table, full, sampled)]
        parts = table[:, 3] + table.t()[7].sum() + table[10:20, ::9].mean()
        flat = torch.full((300, 300), 0.5)
        shifted = flat.view(100, 900).add(1).clamp(max=1)
        (sum(t.square().sum() for t in doubled) + parts.sum() + shifted.sum()).backward()
        """,
    "values that are not finite": """
        x = torch.tensor([0.0, 1.0, -1.0, 1e38], requires_grad=True)
        y = x.log() + x / 0 + x * 1e30
        y.sum().backward()
        many = torch.arange(200.0)
        many[::3], many[1::50] = float("nan"), float("inf")
        w = torch.ones(200, requires_grad=True)
        (w * many).sum().backward()
        print(torch.tensor([float("nan")] * 70).mean(), torch.full((80,), -float("inf")).max())
        """,
    "values that are not contiguous": """
        w = torch.arange(12.0).view(3, 4).requires_grad_()
        x = torch.arange(8.0).view(2, 4)
        y = x @ w.t()
        z = y.t()[1:] * w[:, ::2].t()[:, 1:].reshape(2, 2)
        z.expand(3, 2, 2).sum().backward()
        wide = torch.arange(400.0).view(20, 20).t().requires_grad_()
        (wide[::2, 1::3] * 3).flip(0).sum().backward()
        odd = torch.arange(30.0).as_strided((4, 4), (1, 2)) + torch.ones(1).expand(4, 4)
        last = torch.arange(48.0).view(1, 3, 4, 4).to(memory_format=torch.channels_last) * 1
        """,
    "loops": """
        w = torch.ones(2, requires_grad=True)
        def power(x, n):
            for _ in range(n):
                x = x * w
                if n > 1:
                    x = power(x, n - 1)
            return x
        total, count = 0, 0
        while count < 3:
            for scale in (1.0, 2.0):
                total = total + (w * scale).sum()
            else:
                total = total * 1
            count += 1
        for step in range(5):
            total = total + power(w, 2).sum()
            if step == 1:
                break
        rows = [w * n for n in range(3)]
        stepped = (row + 1 for row in rows)
        for row in stepped:
            total = total + row.sum()
        try:
            for n in range(3):
                total = total + w[n]
        except IndexError:
            total = total + 1
        total.backward()
        """,
    "training and evaluation": """
        import copy
        net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2))
        head, spare = nn.Linear(8, 2), nn.Linear(8, 2)
        best = None
        optimizer = torch.optim.AdamW([*net.parameters(), *head.parameters()], lr=0.01)
        for epoch in range(2):
            net.train()
            for batch in range(2):
                x, y = torch.randn(4, 3), torch.randint(0, 2, (4,))
                loss = F.cross_entropy(head(net(x)), y) / 2
                loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            net.eval()
            with torch.no_grad():
                right = (head(net(x)).argmax(1) == y).float().mean()
            best = copy.deepcopy(net.state_dict())
        net.load_state_dict(best)
        """,
    "recurrent modules": """
        x = torch.randn(3, 2, 3, requires_grad=True)
        net = nn.LSTM(3, 2, bidirectional=True)
        packed = nn.utils.rnn.pack_padded_sequence(x, [3, 2])
        out, (h, c) = net(packed)
        nn.utils.rnn.pad_packed_sequence(out)[0].sum().backward()
        cell = nn.GRUCell(3, 2)
        state = cell(x[0])
        cell(x[1], state.detach()).sum().backward()
        """,
    "a transformer layer": """
        layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
        x = torch.randn(2, 3, 4)
        layer(x).sum().backward()
        layer.eval()
        with torch.inference_mode():
            fast = layer(x)
        """,
    "a backward pass that fails": """
        w = torch.ones(3, requires_grad=True)
        unused = torch.ones(2, requires_grad=True)
        y = (w * 2).exp()
        loss = (y * w).sum()
        y.add_(1)
        loss.backward()
        """,
    "an error inside a module": """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.first = nn.Linear(3, 4)
                self.layers = [nn.Linear(4, 4)]
                self.last = nn.Linear(5, 1)
            def forward(self, x):
                for layer in self.layers:
                    x = layer(self.first(x)).relu()
                return self.last(x)
        net = Net()
        net.first.weight.requires_grad = False
        net(torch.ones(2, 3)).sum().backward()
        """,
}
_WHAT_IFS: dict[str, Mode] = {
    "a what-if with grad mode on": "grad",
    "a what-if with grad mode off": "no-grad",
    "a what-if in inference mode": "inference",
}


class Program(NamedTuple):
    text: str
    mode: Mode = "as-written"


def _programs() -> dict[str, Program]:
    files = {Path(name).stem: (ROOT / name).read_text("utf-8") for name in _FILES}
    texts = {name: ENTRIES[name] for name in _ENTRIES} | _NEW
    small = {name: HEADER + dedent(text).lstrip("\n") for name, text in texts.items()}
    what_ifs = {name: Program(files[_NESTED], mode) for name, mode in _WHAT_IFS.items()}
    return {name: Program(text) for name, text in (files | small).items()} | what_ifs


_NESTED = "09_inference_mode_nested"
PROGRAMS = _programs()
