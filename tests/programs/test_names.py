"""What variables of imported files hold has the path that the main file would write."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.process.client import Tracer
from tests.tools.tracing import trace_with

NET = """\
import torch
from torch import nn

class Keeper:
    def __init__(self):
        self.head = nn.Linear(2, 1)
        self.scale = torch.ones(1, requires_grad=True)

model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Sequential(nn.Linear(2, 2)))
keeper = Keeper()
layers = [model[0], nn.Linear(2, 2)]
free = torch.ones(2, requires_grad=True)

def loss():
    x = torch.ones(1, 2)
    return (keeper.head(model(x)) * keeper.scale + layers[1](x).sum() + free.sum()).sum()
"""
LOSS = "net.loss().backward()\n"
MAINS = {
    "its own name": (f"import net\n{LOSS}", "net.model", "net"),
    "another name": (f"import net as nets\n{LOSS.replace('net', 'nets')}", "nets.model", "nets"),
    "a function of it": ("from net import loss\nloss().backward()\n", "net.model", "net"),
    "a variable of the main file": (
        f"import net\nfrom net import model\n{LOSS}", "model", "net"
    ),
    "a variable of a function": (
        f"import net\ndef main():\n    model = net.model\n    {LOSS}main()\n", "model", "net"
    ),
    "a model that is not called": (
        "import net\nimport torch\ntorch.optim.SGD(net.model.parameters(), lr=0.1)\n",
        "net.model", "net",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "model", "net"), MAINS.values(), ids=MAINS)
def test_each_tensor_has_one_path(
    tracer: Tracer, tmp_path: Path, text: str, model: str, net: str
) -> None:
    (tmp_path / "net.py").write_text(NET)
    trace = trace_with(tracer, text, path=str(tmp_path / "main.py"), cwd=str(tmp_path))
    names = [row.name for row in trace.gradients]
    assert len(names) == len({trace.tensors[row.tensor].identity for row in trace.gradients})
    layers = [f"{model}.0", f"{model}.2.0", f"{net}.keeper.head", f"{net}.layers[1]"]
    parts = {f"{layer}.{part}" for layer in layers for part in ("weight", "bias")}
    assert set(names) == parts | {f"{net}.keeper.scale", "free"}
    parents = {module.path: module.parent for module in trace.modules}
    assert set(parents) == {
        model, *(f"{model}.{below}" for below in ("0", "1", "2", "2.0")),
        f"{net}.keeper.head", f"{net}.layers[1]",
    }  # fmt: skip
    assert parents[f"{model}.2.0"] is not None


def test_modules_of_a_package_have_their_whole_name(tracer: Tracer, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "package" / "net.py").write_text(NET)
    text = "import package.net\npackage.net.loss().backward()\n"
    trace = trace_with(tracer, text, path=str(tmp_path / "main.py"), cwd=str(tmp_path))
    assert "package.net.model.2.0.weight" in {row.name for row in trace.gradients}
