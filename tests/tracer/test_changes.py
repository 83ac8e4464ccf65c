"""What-if runs in which lines are left out, parameters are frozen or not, modules keep a mode."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from app.contract.messages import MatchedRow, SpanRow
from app.contract.records import Change, Note
from tests.tracer.support import Recording, record

X = "import torch\nx = torch.ones(2, requires_grad=True)\n"


def changed(text: str, *changes: tuple[str, str], **how: Any) -> Recording:
    return record(text, what_if=[Change(kind, target) for kind, target in changes], **how)  # type: ignore[arg-type]


def matched(recording: Recording) -> list[tuple[int, str]]:
    rows = [row for row in recording.rows if isinstance(row, MatchedRow)]
    return [(row.change, row.text) for row in rows if not row.changed]


# ------------------------------------------------------------------------------------- left out

OFF = {
    "block": ("3", "with torch.no_grad():\n    y = x * 2\n"),
    "inference": ("3", "with torch.inference_mode():\n    y = x * 2\n"),
    "statement": ("3", "torch.set_grad_enabled(False)\ny = x * 2\n"),
    "decorator": ("3", "@torch.no_grad()\ndef f(t):\n    return t * 2\ny = f(x)\n"),
    "bare decorator": ("3", "@torch.no_grad\ndef f(t):\n    return t * 2\ny = f(x)\n"),
    "second decorator": (
        "5",
        "import functools\n@functools.cache\n@torch.inference_mode()\ndef f(t):\n    return t * 2\n"
        "y = f(x)\n",
    ),
    "method": (
        "4",
        "class A:\n    @torch.no_grad()\n    def f(self, t):\n        return t * 2\ny = A().f(x)\n",
    ),
    "of two items": (
        "5",
        "import contextlib\nwith (\n    torch.no_grad(),\n    contextlib.nullcontext(3) as n,\n):\n"
        "    y = x * n\n",
    ),
    "context in a variable": ("4", "off = torch.no_grad()\nwith off:\n    y = x * 2\n"),
    "detach": ("3", "y = x.detach() * 2\n"),
    "detach in a chain": ("4", "y = (x\n     .detach()\n     * 2)\n"),
    "detach of torch": ("3", "y = torch.detach(x) * 2\n"),
    "a thread": (
        "5",
        "import threading\ndef f():\n    with torch.no_grad():\n        global y\n"
        "        y = x * 2\nt = threading.Thread(target=f)\nt.start()\nt.join()\n",
    ),
}


@pytest.mark.parametrize("way", OFF)
def test_a_line_left_out_records(way: str) -> None:
    line, text = OFF[way]
    ways = X + text + "mode = torch.is_grad_enabled()\n"
    assert not record(ways).variables["y"].requires_grad
    recording = changed(ways, ("without", line))
    assert recording.variables["y"].requires_grad
    assert [op.reason for op in recording.named("mul")] == ["recorded"]
    assert recording.variables["mode"] is True
    assert [change for change, _ in matched(recording)] == [0]


def test_the_rest_of_the_line_runs(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("3")
    text = (
        X
        + f"with torch.no_grad(), open({str(tmp_path / 'a')!r}) as f:\n    y = x * int(f.read())\n"
    )
    recording = changed(text, ("without", "3"))
    assert torch.equal(recording.variables["y"], torch.tensor([3.0, 3.0]))
    assert recording.variables["y"].requires_grad
    assert recording.variables["f"].closed


def test_only_that_line_is_left_out() -> None:
    text = X + "with torch.no_grad():\n    y = x * 2\nwith torch.no_grad():\n    z = x * 2\n"
    recording = changed(text, ("without", "5"))
    assert [op.reason for op in recording.named("mul")] == ["no_grad", "recorded"]
    spans = [row.effective for row in recording.rows if isinstance(row, SpanRow)]
    assert spans == [True, False]


def test_enable_grad_left_out_stays_off() -> None:
    text = X + "with torch.no_grad():\n    with torch.enable_grad():\n        y = x * 2\n"
    recording = changed(text, ("without", "4"))
    (mul,) = recording.named("mul")
    assert mul.reason == "no_grad"
    assert mul.cause is not None
    assert mul.cause.line == 3


def test_detach_hands_back_the_tensor_itself() -> None:
    recording = changed(X + "y = x.detach()\nz = x.detach()\n", ("without", "3"))
    assert recording.variables["y"] is recording.variables["x"]
    assert recording.variables["z"] is not recording.variables["x"]
    assert len(recording.named("detach")) == 1


def test_what_torch_refuses_then_is_its_own_error() -> None:
    text = X + "y = (x * 2).detach().numpy()\n"
    recording = changed(text, ("without", "3"), raises=RuntimeError)
    assert "Can't call numpy() on Tensor that requires grad" in str(recording.error)


def test_autocast_is_left_out() -> None:
    text = (
        "import torch\na = torch.ones(2, 2)\nwith torch.autocast('cpu', torch.bfloat16):\n"
        "    b = a @ a\n@torch.autocast('cpu', torch.bfloat16)\ndef f():\n    return a @ a\n"
        "c = f()\n"
        "with torch.autocast('cpu', torch.bfloat16):\n    d = a @ a\n"
    )
    recording = changed(text, ("without", "3"), ("without", "5"))
    kinds = [recording.variables[name].dtype for name in "bcd"]
    assert kinds == [torch.float32, torch.float32, torch.bfloat16]
    assert [change for change, _ in matched(recording)] == [0, 1]


def test_the_program_sees_its_own_text() -> None:
    text = (
        X + "import inspect\n@torch.no_grad()\ndef f(t):\n    return t * 2\ny = f(x)\n"
        "source = inspect.getsource(f)\nline = inspect.currentframe().f_lineno\n"
    )
    recording = changed(text, ("without", "4"))
    assert recording.variables["source"].startswith("@torch.no_grad()")
    assert recording.variables["line"] == 9
    assert recording.variables["y"].requires_grad


def test_a_line_that_says_nothing_matches_nothing() -> None:
    assert matched(changed(X + "y = x * 2\n", ("without", "3"))) == []


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("freezing", None)


def test_lines_of_imported_files_are_left_out(imported: Path) -> None:
    (imported / "freezing.py").write_text(
        "import torch\n\n@torch.no_grad()\ndef f(t):\n    return t.detach() * 2\n"
    )
    text = X + "import freezing\ny = freezing.f(x)\n"
    recording = changed(text, ("without", "freezing.py:3"), ("without", "freezing.py:5"))
    assert recording.variables["y"].requires_grad
    assert [change for change, _ in matched(recording)] == [0, 1]
    sys.modules.pop("freezing")
    assert not changed(text, ("without", "3"), ("without", "5")).variables["y"].requires_grad


# ----------------------------------------------------------------------------------- parameters

NET = """\
import torch
from torch import nn
net = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5), nn.Linear(3, 1))
"""
STEP = """\
params = [p for p in net.parameters() if p.requires_grad]
net(torch.ones(1, 2)).sum().backward()
none = [name for name, p in net.named_parameters() if p.grad is None]
"""


def test_frozen_before_the_program_asks() -> None:
    recording = changed(NET + STEP, ("freeze", "net.2.*"))
    assert recording.variables["none"] == ["2.weight", "2.bias"]
    assert len(recording.variables["params"]) == 2
    assert matched(recording) == [(0, "net.2.weight"), (0, "net.2.bias")]


@pytest.mark.parametrize("pattern", ["net.2", "net.2.*", "*.2.?????*", "net.2.weight"])
def test_patterns(pattern: str) -> None:
    recording = changed(NET + STEP, ("freeze", pattern))
    assert "2.weight" in recording.variables["none"]
    assert "0.weight" not in recording.variables["none"]


def test_the_later_of_two_holds() -> None:
    wide, one = ("freeze", "net.2.*"), ("unfreeze", "net.2.bias")
    assert changed(NET + STEP, wide, one).variables["none"] == ["2.weight"]
    assert changed(NET + STEP, one, wide).variables["none"] == ["2.weight", "2.bias"]


def test_what_the_program_sets_has_no_effect() -> None:
    text = NET + (
        "net.requires_grad_(False)\nnet[2].weight.requires_grad = False\n"
        "for p in net[0].parameters():\n    p.requires_grad = True\n"
    )
    recording = changed(text + STEP, ("unfreeze", "net.2.*"), ("freeze", "net.0.bias"))
    assert recording.variables["none"] == ["0.bias"]


def test_named_only_after_the_function_returned() -> None:
    text = (
        "import torch\nfrom torch import nn\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(2, 2)\n        nn.init.zeros_(self.fc.bias)\n"
        "        self.fc.weight.requires_grad = False\n"
        "    def forward(self, x):\n        return self.fc(x)\n"
        "def build():\n    made = Net()\n    made(torch.ones(1, 2))\n    return made\n"
        "net = build()\n" + STEP
    )
    changes = ("freeze", "net.fc.bias"), ("unfreeze", "net.fc.weight")
    assert changed(text, *changes).variables["none"] == ["fc.bias"]


def test_a_leaf_without_a_module() -> None:
    text = X + "w = torch.ones(2, requires_grad=True)\n(x * w).sum().backward()\n"
    recording = changed(text, ("freeze", "w"))
    assert recording.variables["w"].grad is None
    assert recording.variables["x"].grad is not None


def test_names_with_brackets() -> None:
    text = (
        "import torch\nfrom torch import nn\nlayers = [nn.Linear(2, 2), nn.Linear(2, 2)]\n"
        "y = layers[1](layers[0](torch.ones(1, 2))).sum()\ny.backward()\n"
        "none = [layer.weight.grad is None for layer in layers]\n"
    )
    assert changed(text, ("freeze", "layers[0].weight")).variables["none"] == [True, False]


def test_each_new_model_of_a_loop_is_held() -> None:
    text = (
        "import torch\nfrom torch import nn\nnone = []\nfor i in range(3):\n"
        "    net = nn.Linear(2, 1)\n    net(torch.ones(1, 2)).sum().backward()\n"
        "    none.append(net.weight.grad is None)\n"
    )
    assert changed(text, ("freeze", "net.weight")).variables["none"] == [True] * 3


def test_after_the_limit_of_operations_it_holds_all_the_same() -> None:
    recording = changed(NET + STEP, ("freeze", "net.2.*"), max_ops=1)
    assert recording.variables["none"] == ["2.weight", "2.bias"]


def test_what_cannot_require_grad_is_a_note() -> None:
    text = (
        "import torch\nfrom torch import nn\nnet = nn.Linear(2, 2)\n"
        "net.scale = nn.Parameter(torch.tensor([1, 2]), requires_grad=False)\n"
        "y = net(torch.ones(1, 2)) * net.scale\n"
    )
    recording = changed(text, ("unfreeze", "net.scale"))
    notes = [row.text for row in recording.rows if isinstance(row, Note)]
    assert any("--unfreeze net.scale had no effect" in text for text in notes)
    assert matched(recording) == []


# -------------------------------------------------------------------------------------- modules

MODES = NET + "net.train()\ny = net(torch.ones(64, 2))\nmodes = [m.training for m in net]\n"


def test_held_in_eval_although_the_parent_trains() -> None:
    recording = changed(MODES, ("eval", "net.1"))
    assert recording.variables["modes"] == [True, False, True]
    assert recording.variables["net"].training is True
    assert matched(recording) == [(0, "net.1")]


def test_a_module_holds_what_is_in_it() -> None:
    recording = changed(MODES + "net[1].training = True\nnet.train()\n", ("eval", "net"))
    assert recording.variables["modes"] == [False] * 3
    assert not recording.variables["net"].training


def test_dropout_in_evaluation_stays_random_where_train_is_held() -> None:
    text = NET + "net.eval()\na, b = net(torch.ones(64, 2)), net(torch.ones(64, 2))\n"
    assert torch.equal(*(record(text).variables[name] for name in "ab"))
    variables = changed(text, ("train", "net.1")).variables
    assert not torch.equal(variables["a"], variables["b"])


def test_batch_norm_held_in_eval_keeps_its_statistics() -> None:
    text = (
        "import torch\nfrom torch import nn\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.bn = nn.BatchNorm1d(2)\n"
        "    def train(self, mode=True):\n        return super().train(mode)\n"
        "    def forward(self, x):\n        return self.bn(x)\n"
        "net = Net().train()\ny = net(torch.randn(8, 2) + 3)\n"
    )
    variables = changed(text, ("eval", "net.bn")).variables
    assert variables["net"].bn.num_batches_tracked == 0
    assert variables["net"].training


def test_without_changes_nothing_is_asked() -> None:
    assert matched(record(MODES)) == []


# --------------------------------------------------------------------------------- whole programs

GAN = """import torch
from torch import nn
G, D = nn.Linear(2, 2), nn.Linear(2, 1)
fake = G(torch.ones(4, 2))
loss = D(fake.detach()).mean()
loss.backward()
trained = [p.grad is not None for p in (*G.parameters(), *D.parameters())]
"""


def test_a_generator_learns_from_the_discriminator_without_its_detach() -> None:
    assert record(GAN).variables["trained"] == [False, False, True, True]
    assert changed(GAN, ("without", "5")).variables["trained"] == [True] * 4


THREE_LAYERS = """import torch
from torch import nn
x = torch.randn(2, 2)
x.requires_grad = True
lin0 = nn.Linear(2, 2)
lin1 = nn.Linear(2, 2)
lin2 = nn.Linear(2, 2)
x1 = lin0(x)
with torch.no_grad():
    x2 = lin1(x1)
x3 = lin2(x2)
x3.sum().backward()
grads = [lin.weight.grad for lin in (lin0, lin1, lin2)]
"""


def test_three_layers_without_their_no_grad() -> None:
    written, other = record(THREE_LAYERS), changed(THREE_LAYERS, ("without", "9"))
    assert [grad is None for grad in written.variables["grads"]] == [True, True, False]
    assert [grad is None for grad in other.variables["grads"]] == [False] * 3
    assert torch.equal(written.variables["grads"][2], other.variables["grads"][2])


# ------------------------------------------------------------------------ what changes nothing

TWO_LAYERS = """import torch
from torch import nn
net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
{before}
net(torch.ones(1, 2)).sum()
"""
SAME = {
    "frozen, and by the program": ("net[0].requires_grad_(False)", "freeze", "net.0", 0),
    "frozen in a loop": (
        "for p in net[0].parameters():\n    p.requires_grad = False", "freeze", "net.0.*", 0
    ),
    "frozen, one of two by the program": (
        "net[0].bias.requires_grad = False", "freeze", "net.0", 1
    ),
    "frozen": ("", "freeze", "net.0", 2),
    "trainable as made": ("", "unfreeze", "net.0", 0),
    "unfrozen": ("net[0].requires_grad_(False)", "unfreeze", "net.0", 2),
    "in train as made": ("", "train", "net", 0),
    "in eval, as by the program": ("net.eval()", "eval", "net", 0),
    "in train in place of eval": ("net.eval()", "train", "net.0", 1),
    "in train in place of the attribute": ("net[0].training = False", "train", "net.0", 1),
    "in eval": ("", "eval", "net.*", 2),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_a_change_counts_what_was_used_in_another_state(case: str) -> None:
    before, kind, target, count = SAME[case]
    recording = changed(TWO_LAYERS.format(before=before), (kind, target))
    rows = [row for row in recording.rows if isinstance(row, MatchedRow)]
    assert {row.text for row in rows}
    assert sum(row.changed for row in rows) == count
