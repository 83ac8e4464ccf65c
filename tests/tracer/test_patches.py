"""Whatever tracing changes in torch and Python is afterwards as it was."""

from __future__ import annotations

import threading
import traceback
import warnings
from typing import Any

import pytest
import torch
from torch.autograd import graph
from torch.autograd.function import BackwardCFunction, Function
from torch.optim import optimizer

from app.tracer.patches import Patches
from app.tracer.private import functions_hidden
from tests.tracer.support import record

BACKWARD = """
import torch
x = torch.ones(1, requires_grad=True)
y = x * 2
y.register_hook(lambda g: 1 / 0)
y.sum().backward()
"""
OPTIMIZER = """
import torch
x = torch.ones(1, requires_grad=True)
torch.optim.SGD([x], lr=0.1).step(lambda: 1 / 0)
"""
BLOCK = "import torch\nwith torch.no_grad():\n    torch.ones(1) @ torch.ones(2)\n"
SNIPPETS: list[tuple[str, type[BaseException] | None]] = [
    ("import torch\ntorch.ones(1, requires_grad=True).sum().backward()\n", None),
    ("import torch\nraise SystemExit\n", SystemExit),
    ("import torch\ntorch.nn.functional.normalize('a')\n", AttributeError),
    (BLOCK, RuntimeError),
    (BACKWARD, ZeroDivisionError),
    (OPTIMIZER, ZeroDivisionError),
]


def _state() -> dict[str, Any]:
    """Everything that a run might leave behind."""
    owners = [
        torch.nn.Module, Function, BackwardCFunction, torch.no_grad, torch.enable_grad,
        torch.inference_mode, torch.set_grad_enabled, graph, torch.autograd, torch.overrides,
        threading.Thread, traceback, traceback.TracebackException, warnings,
        graph.saved_tensors_hooks,
    ]  # fmt: skip
    state = {f"{owner!r}.{name}": value for owner in owners for name, value in vars(owner).items()}
    state["modes"] = torch._C._len_torch_function_stack()
    state["hooks before"] = len(vars(optimizer)["_global_optimizer_pre_hooks"])
    state["hooks after"] = len(vars(optimizer)["_global_optimizer_post_hooks"])
    state["grad"] = torch.is_grad_enabled()
    state["functions"] = functions_hidden()
    return state


@pytest.mark.parametrize(("snippet", "raises"), SNIPPETS)
def test_everything_is_put_back(snippet: str, raises: type[BaseException] | None) -> None:
    record("import torch\ntorch.ones(1)\n")  # what torch itself sets up at the first use
    before = _state()
    record(snippet, raises=raises)
    assert _state() == before


class Base:
    def greet(self) -> str:
        return "hello"


class Derived(Base):
    pass


def test_attribute_of_a_base_class_is_not_left_on_the_derived() -> None:
    patches = Patches()
    patches.set(Derived, "greet", lambda self: "patched")
    assert Derived().greet() == "patched"
    patches.undo()
    assert "greet" not in vars(Derived)
    assert Derived().greet() == "hello"


def test_patches_of_one_attribute_are_undone_in_reverse() -> None:
    patches = Patches()
    original = Base.greet
    patches.set(Base, "greet", lambda self: "one")
    patches.set(Base, "greet", lambda self: "two")
    patches.undo()
    assert Base.greet is original
