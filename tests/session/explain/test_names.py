"""What rows and texts call things, in which order, and what counts as a use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.contract.records import Trace
from app.session.run import Run
from app.session.summary.in_words import in_words

Tracing = Callable[[str], Trace]

ACTOR = """
import copy
import torch
from torch import nn
class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.mu = nn.Linear(3, 1)
        self.log_std = nn.Parameter(torch.zeros(1))
        self.scales = [nn.Parameter(torch.ones(1))]
    def sample(self, s):
        mean = self.mu(s)
        return torch.normal(mean * self.scales[0], self.log_std.exp())
s = torch.randn(2, 3)
"""
LEARN = """
def learn(net):
    (net.mu(s) * net.scales[0] * net.log_std.exp()).sum().backward()
"""


def _names(trace: Trace) -> list[str]:
    return [row.name for row in trace.gradients]


def _said(trace: Trace) -> str:
    """All that is said of the run in sentences."""
    whys = [text for row in trace.gradients for text in (row.why.text, row.why.fix or "")]
    found = [text for one in trace.findings for text in (one.title, one.text)]
    fixes = [one.fix.description for one in trace.findings if one.fix is not None]
    return "\n".join([*whys, *found, *fixes, *(sentence.text for sentence in in_words(Run(trace)))])


@pytest.mark.parametrize(
    ("text", "actor"),
    [
        ("actor = Actor()\nlearn(actor)\n", "actor"),
        ("def main():\n    actor = Actor()\n    learn(actor)\nmain()\n", "actor"),
        ("def main():\n    pi = Actor()\n    learn(pi)\n    raise ValueError\nmain()\n", "pi"),
        (
            "import sys\ndef main():\n    pi = Actor()\n    learn(pi)\n    sys.exit(3)\nmain()\n",
            "pi",
        ),
        ("nets = {'a': Actor()}\nlearn(nets['a'])\n", "nets['a']"),
    ],
)
def test_rows_stand_in_the_order_of_the_module(trace: Tracing, text: str, actor: str) -> None:
    assert _names(trace(ACTOR + LEARN + text)) == [
        f"{actor}.log_std", f"{actor}.mu.weight", f"{actor}.mu.bias", f"{actor}.scales[0]",
    ]  # fmt: skip


HELPERS = """
class Trainer:
    def __init__(self, net):
        self.net = net
    def fit(self, s):
        with torch.no_grad():
            a = self.net.sample(s)
        (a * self.net.mu(s).detach()).sum().requires_grad_().backward()
"""


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("trainer = Trainer(Actor())\ntrainer.fit(s)\n", "trainer.net"),
        ("policy = Actor()\nTrainer(policy).fit(s)\n", "policy"),
        ("def main():\n    policy = Actor()\n    Trainer(policy).fit(s)\nmain()\n", "policy"),
    ],
)
def test_no_sentence_says_self(trace: Tracing, text: str, path: str) -> None:
    found = trace(ACTOR + HELPERS + text)
    said = _said(found)
    assert f"{path}.mu" in said
    assert "self.mu" not in said  # but for expressions, which are the program's own
    assert not [t.name for t in found.tensors if t.name and t.name.startswith("self")]


def test_all_values_of_a_renamed_variable_have_its_name(trace: Tracing) -> None:
    text = """
    import torch
    def make():
        p = torch.zeros(2)
        p.add_(1)
        p.requires_grad_()
        return p
    weight = make()
    (weight * 2).sum().backward()
    """
    found = trace("\n".join(line[4:] for line in text.splitlines()))
    (row,) = found.gradients
    values = Run(found).values[Run(found).tensors[row.tensor].identity]
    assert {value.name for value in values} == {"weight"}
    assert len(values) == 2


MADE_AGAIN = [
    (
        "class Pool(nn.Module):\n"
        "    def forward(self, s):\n"
        "        conv = nn.Linear(3, 1, bias=False)\n"
        "        return conv(s)\n"
        "net = Pool()\nfor _ in range(3):\n    net(s).sum().backward()\n",
        "conv.weight", 4,
    ),
    (
        "def step(s):\n"
        "    scale = torch.ones(3, requires_grad=True)\n"
        "    (s * scale).sum().backward()\n"
        "for _ in range(3):\n    step(s)\n",
        "scale", 3,
    ),
    (
        "i = 0\nwhile i < 3:\n    noise = (s * 0.1).requires_grad_()\n"
        "    noise.pow(2).sum().backward()\n    i += 1\n",
        "noise", 4,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "line"), MADE_AGAIN)
def test_what_a_line_makes_again_and_again_has_one_row(
    trace: Tracing, text: str, name: str, line: int
) -> None:
    found = trace(f"import torch; from torch import nn; s = torch.randn(2, 3)\n{text}")
    (row,) = found.gradients
    assert (row.name, row.why.code) == (name, "accumulated")
    assert row.why.text.endswith(f"{name} was made 3 times on line {line}; this is the last one.")


def test_variables_of_one_name_in_two_functions_have_a_row_each(trace: Tracing) -> None:
    text = """
import torch
def first():
    w = torch.ones(2, requires_grad=True)
    w.sum().backward()
def second():
    w = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        w.sum()
first()
second()
"""
    rows = trace(text).gradients
    assert [(row.name, row.why.code) for row in rows] == [
        ("w", "accumulated"),
        ("w", "only_skipped"),
    ]
    assert not any("times" in row.why.text for row in rows)


def test_a_loaded_model_replaces_the_one_that_was_trained(trace: Tracing) -> None:
    text = """
import io, torch
from torch import nn
model = nn.Linear(3, 1)
model(torch.ones(1, 3)).sum().backward()
file = io.BytesIO()
torch.save(model, file)
file.seek(0)
model = torch.load(file, weights_only=False)
with torch.no_grad():
    model(torch.ones(1, 3))
"""
    rows = trace(text).gradients
    assert [(row.name, row.why.code) for row in rows] == [
        ("model.weight", "only_skipped"), ("model.bias", "only_skipped"),
    ]  # fmt: skip
    assert "The backward pass on line 5 filled the .grad of an earlier model.weight." in (
        rows[0].why.text
    )


def test_a_parameter_of_a_module_around_others_goes_by_its_own_name(trace: Tracing) -> None:
    text = """
class Loss(Actor):
    def forward(self, s):
        with torch.no_grad():
            return (self.mu(s) * self.log_std.exp()).mean()
loss = Loss()
scale = torch.ones(1, requires_grad=True)
(loss(s) * scale).backward()
"""
    found = trace(ACTOR + text)
    (cut,) = [one for one in found.findings if one.code == "cut_by_grad_mode"]
    assert "`loss.log_std`" in cut.text
    assert "`loss.mu`" in cut.text
    assert "`loss` " not in cut.text


# -------------------------------------------------------------------------------- what is not a use

COPIED = """
import copy, torch
from torch import nn
x = torch.randn(2, 4, 8)
layer = nn.TransformerEncoderLayer(8, 2, 8, batch_first=True)
net = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net(x).pow(2).sum().backward()
opt.step()
"""


def test_what_was_only_copied_is_unused_and_no_mistake(trace: Tracing) -> None:
    found = trace(COPIED)
    rows = [row for row in found.gradients if row.name.startswith("layer.")]
    assert len(rows) == 12
    assert {row.why.code for row in rows} == {"unused"}
    assert "It was only copied on line 6" in rows[0].why.text
    assert not found.findings


def test_copying_is_set_up(trace: Tracing) -> None:
    found = trace(COPIED)
    index = Run(found)
    copying = [op for op in index.units if op.set_up == "copy"]
    assert {op.name for op in copying} >= {"clone"}
    assert index.set_up.issuperset(op.id for op in copying)
    assert not [op for op in index.units if op.module is not None and op.set_up is not None]


@pytest.mark.parametrize("made", ["copy.deepcopy(net)", "nn.ModuleList([copy.deepcopy(net)])[0]"])
def test_an_unused_layer_of_a_copied_model_is_still_told_of(trace: Tracing, made: str) -> None:
    text = f"""
net = Actor()
teacher = {made}
net.mu(s).sum().backward()
teacher.mu(s).sum()
"""
    found = trace(ACTOR + text)
    codes = {row.name: row.why.code for row in found.gradients}
    assert codes["net.log_std"] == "unused"
    assert codes["net.mu.weight"] == "accumulated"
    unused = [one.title for one in found.findings if one.code == "unused_parameter"]
    assert "The parameter `net.log_std` is never used" in unused


def test_what_a_librarys_constructor_looks_at_is_unused(trace: Tracing) -> None:
    text = """
import tempfile, torch
import torch.distributed as dist
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.used, self.spare = nn.Linear(2, 1), nn.Linear(2, 1)
    def forward(self, x):
        return self.used(x)
with tempfile.TemporaryDirectory() as folder:
    dist.init_process_group("gloo", init_method=f"file://{folder}/s", rank=0, world_size=1)
    model = nn.parallel.DistributedDataParallel(Net())
    model(torch.ones(1, 2)).sum().backward()
    dist.destroy_process_group()
"""
    codes = {row.name: row.why.code for row in trace(text).gradients}
    assert codes["model.module.spare.weight"] == "unused"
    assert codes["model.module.used.weight"] == "accumulated"


def test_what_a_constructor_cuts_off_is_not_called_unused(trace: Tracing) -> None:
    """A module of a library that keeps a detached copy and computes with it."""
    text = """
import torch
from torch import nn
w = torch.ones(2, requires_grad=True)
class Kept(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.w = w.detach()
    def forward(self, x):
        return x * self.w
y = torch.ones(2, requires_grad=True)
Kept(w)(y).sum().backward()
"""
    codes = {row.name: row.why.code for row in trace(text).gradients}
    assert codes == {"w": "only_skipped", "y": "accumulated"}


# ------------------------------------------------------------------------ weights that are computed


@pytest.mark.parametrize(
    ("made", "originals"),
    [
        ("nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))",
         ["lin.parametrizations.weight.original"]),
        ("nn.utils.parametrizations.weight_norm(nn.Linear(3, 3))",
         ["lin.parametrizations.weight.original0", "lin.parametrizations.weight.original1"]),
        ("nn.utils.prune.l1_unstructured(nn.Linear(3, 3), 'weight', 2)", ["lin.weight_orig"]),
    ],
)  # fmt: skip
def test_the_leaf_of_a_computed_weight_is_told(
    trace: Tracing, made: str, originals: list[str]
) -> None:
    text = f"""
import torch
import torch.nn.utils.prune
from torch import nn
lin = {made}
lin(torch.ones(1, 3)).sum().backward()
print(lin.weight.grad)
"""
    found = trace(text)
    codes = {row.name: row.why.code for row in found.gradients}
    assert {codes[name] for name in originals} == {"accumulated"}
    (read,) = [one for one in found.findings if one.code == "non_leaf_grad_read"]
    assert read.fix is not None
    assert "retain_grad" not in read.fix.description
    for name in originals:
        assert f"{name}.grad" in read.fix.description
    edited = [edit.text for edit in read.fix.edits]
    assert edited == ([f"{originals[0]}.grad"] if len(originals) == 1 else [])


def test_advice_on_what_has_no_name_is_left_out(trace: Tracing) -> None:
    text = "import torch\nw = torch.ones(2, requires_grad=True)\nprint((w * 2).grad)\n"
    (read,) = [one for one in trace(text).findings if one.code == "non_leaf_grad_read"]
    assert read.fix is None
