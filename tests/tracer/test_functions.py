"""What kind of call a function of torch is, and what it is called."""

from __future__ import annotations

from textwrap import indent
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - what everybody calls it

from app.tracer.calls.functions import TorchFunction
from tests.tracer.support import record


@pytest.mark.parametrize(
    ("function", "name", "qualified_name"),
    [
        (torch.Tensor.add, "add", "torch.Tensor.add"),
        (torch.Tensor.__getitem__, "getitem", "torch.Tensor.__getitem__"),
        (torch.add, "add", "torch.add"),
        (torch._C._nn.linear, "linear", "torch.nn.functional.linear"),
        (F.cross_entropy, "cross_entropy", "torch.nn.functional.cross_entropy"),
        (torch.linalg.norm, "linalg_norm", "torch.linalg.norm"),
        (torch.ops.aten.add.Tensor, "add", "torch.ops.aten.add"),
        (vars(torch._C.TensorBase)["data"].__get__, "data", "torch.Tensor.data"),
    ],
)
def test_names(function: Any, name: str, qualified_name: str) -> None:
    described = TorchFunction(function)
    assert described.qualified_name == qualified_name
    assert described.name in (name, qualified_name.rpartition(".")[2])


@pytest.mark.parametrize(
    "expression",
    [
        *("x.shape", "x.dtype", "x.size(0)", "x.dim()", "x.is_contiguous()", "x.stride()"),
        *("len(x)", "repr(x)", "hash(x)", "x.requires_grad", "x.grad_fn", "x.is_leaf"),
        *("x.data_ptr()", "x.untyped_storage()", "x.element_size()", "x.is_floating_point()"),
    ],
)
def test_asking_about_a_tensor_is_no_operation(expression: str) -> None:
    recording = record(f"import torch\nx = torch.ones(3, requires_grad=True)\n_ = {expression}\n")
    assert recording.names() == ["ones"]


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "x.sum().item()",
            "x.tolist()",
            "x.detach().numpy()",
            "float(x.detach().sum())",
            "bool(x.any())",
        ),
        *("int(x.sum())", "torch.equal(x, x)", "torch.allclose(x, x)"),
    ],
)
def test_what_leaves_torch(expression: str) -> None:
    recording = record(f"import torch\nx = torch.ones(3, requires_grad=True)\n_ = {expression}\n")
    assert recording.ops[-1].reason == "to_python"
    assert recording.ops[-1].outputs == []


@pytest.mark.parametrize(
    "expression",
    ["x.detach()", "x.data", "torch.as_tensor(x.detach())", "x.clone().detach_()"],
)
def test_what_exists_to_cut(expression: str) -> None:
    recording = record(f"import torch\nx = torch.ones(3, requires_grad=True)\ny = {expression}\n")
    assert recording.ops[-1].reason == "detached"


@pytest.mark.filterwarnings("ignore:To copy construct:UserWarning")
def test_rewrapping_cuts() -> None:
    recording = record("import torch\nx = torch.ones(3, requires_grad=True)\ny = torch.tensor(x)\n")
    assert (recording.op("tensor").reason, recording.op("tensor").inputs[0].name) == (
        "detached",
        "x",
    )


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("x.argmax()", "not_differentiable"),
        ("x > 0", "not_differentiable"),
        ("x.long()", "not_differentiable"),
        ("x.contiguous()", "unchanged"),
        ("F.dropout(x, training=False)", "unchanged"),
        ("x.round()", "recorded"),
        ("torch.zeros_like(x)", "not_differentiable"),
        ("torch.zeros(3)", "source"),
        ("torch.zeros(3) + 1", "no_input_requires_grad"),
    ],
)
def test_reasons(expression: str, reason: str) -> None:
    text = "import torch\nimport torch.nn.functional as F\nx = torch.ones(3, requires_grad=True)\n"
    assert record(f"{text}y = {expression}\n").ops[-1].reason == reason


TWICE = """
import torch
import torch.nn.functional as F
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        return t * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.ones(3, requires_grad=True)
z = torch.ones(3)
"""


@pytest.mark.parametrize(
    ("statement", "would"),
    [
        ("y = x * 2", True),
        ("y = x.argmax()", False),
        ("y = x.detach()", False),
        ("x.mul_(2)", False),  # torch refuses to update a leaf in place with recording on
        ("y = z * 2", False),
        ("y = F.cross_entropy(x[None], torch.tensor([1]))", True),
        ("y = x.clone()\ny.mul_(2)", True),
        ("y = Twice.apply(x)", True),
    ],
)
@pytest.mark.parametrize("mode", ["no_grad", "inference_mode"])
def test_would_have_been_recorded(statement: str, would: bool, mode: str) -> None:
    text = TWICE + f"with torch.{mode}():\n" + indent(statement, "    ") + "\n"
    recording = record(text)
    tops = [op for op in recording.ops if op.parent is None]
    assert tops[-1].row.would_record is would


def test_asking_whether_it_would_be_recorded_runs_no_code_of_the_snippet() -> None:
    recording = record("""
        import torch
        runs = []
        @torch.library.custom_op("tapescope_tests::twice", mutates_args=())
        def twice(t: torch.Tensor) -> torch.Tensor:
            runs.append(1)
            return t * 2
        x = torch.ones(2, requires_grad=True)
        with torch.no_grad():
            y = twice(x)
    """)
    assert recording.variables["runs"] == [1]
    op = recording.op("twice")
    assert op.qualified_name == "torch.ops.tapescope_tests.twice"
    assert (op.reason, op.row.would_record) == ("no_grad", True)


@pytest.mark.parametrize(
    "result",
    ["x * 2", "x.view_as(x)", "x[0]", "grown(x)", "grown(x).view(-1)", "x"],
)
def test_result_of_a_custom_function_has_the_history_that_the_function_gives_it(
    result: str,
) -> None:
    recording = record(f"""
        import torch
        def grown(x):
            with torch.enable_grad():
                return x.view(2, 1) * 1
        class Made(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return {result}
            @staticmethod
            def backward(ctx, g):
                return g
        x = torch.ones(2, requires_grad=True)
        y = Made.apply(x)
    """)
    y = recording.tensor("y").row
    assert (y.grad_fn, y.is_leaf, y.requires_grad) == ("MadeBackward", False, True)
