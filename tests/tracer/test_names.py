"""Which variable a result goes to, and what tensors are called after."""

from __future__ import annotations

import pytest

from app.tracer.tensors.names import Returned, Stored, StoreTargets
from tests.tracer.support import record


def _targets(text: str) -> list[Stored | Returned]:
    """What the values of the text's instructions are stored under, in order."""
    code = compile(text, "<snippet>", "exec")
    targets = StoreTargets()
    found = [targets.after(code, offset) for offset in range(0, len(code.co_code), 2)]
    return [target for target in found if target is not None]


def test_assignment() -> None:
    assert Stored(("y",), False, 1) in _targets("y = f()")


def test_unpacking() -> None:
    assert Stored(("a", "b"), True, 1) in _targets("a, b = f()")


def test_nested_unpacking_names_what_it_can() -> None:
    recording = record("""
        import torch
        def f():
            return torch.ones(1), (torch.ones(2), torch.ones(3))
        a, (b, c) = f()
        s = a + 1
    """)
    assert "a" in recording.tensor_names()


def test_variables_without_a_name_leave_the_names_of_others_alone() -> None:
    recording = record("""
        import torch
        globals()[1] = torch.ones(1)
        globals()[None] = w = torch.ones(2, requires_grad=True)
        class Names(dict):
            pass
        exec("y = w * 2", Names({2: w, "w": w}))
        s = w.sum()
    """)
    assert {"w", "s"} <= recording.tensor_names()


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("y = x * 2", {"y"}),
        ("y = z = x * 2", {"y"}),
        ("y: torch.Tensor = x * 2", {"y"}),
        ("(y := x * 2)", {"y"}),
        ("a, b = torch.ones(2).unbind()", {"a", "b"}),
        ("a, *b = torch.ones(3).unbind()", set()),
        ("obj.y = x * 2", {"obj.y"}),
        ("for y in torch.ones(2): pass", set()),
    ],
)
def test_names_of_results(statement: str, names: set[str]) -> None:
    text = "import torch\nclass O: pass\nobj = O()\nx = torch.ones(2)\n" + statement
    found = record(text + "\n").tensor_names()
    assert names <= found
    assert found - names - {"x"} <= {"y", "a", "b[0]", "b[1]"}, (
        "variables alive at the end name what is left"
    )


def test_returned_value_takes_the_callers_name() -> None:
    recording = record("""
        import torch
        def f(t):
            return t * 2
        y = f(torch.ones(1))
    """)
    assert recording.op("mul").outputs[0].name == "y"


def test_name_in_a_function_is_the_local_variable() -> None:
    recording = record("""
        import torch
        def f(t):
            inner = t * 2
            return inner + 1
        y = f(torch.ones(1))
    """)
    assert recording.op("mul").outputs[0].name == "inner"
    assert recording.op("add").outputs[0].name == "y"


def test_value_stored_elsewhere_first_keeps_its_first_name() -> None:
    recording = record("import torch\ny = torch.ones(1)\nz = y\nw = z * 2\n")
    assert recording.op("mul").inputs[0].name == "y"


def test_line_of_a_name_is_where_it_was_stored() -> None:
    recording = record("import torch\n\ny = torch.ones(1)\n")
    assert recording.tensor("y").line == 3


def test_in_place_update_keeps_name_and_identity() -> None:
    recording = record("import torch\ny = torch.ones(1)\ny.add_(1)\n")
    before, after = recording.op("add_").inputs[0], recording.op("add_").outputs[0]
    assert (before.name, after.name) == ("y", "y")
    assert before.identity == after.identity
    assert before.id != after.id
    assert before.own.storage == after.own.storage


def test_parameters_are_called_by_their_path() -> None:
    recording = record("""
        import torch
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = torch.nn.ModuleList([torch.nn.Linear(2, 2)])
                self.register_buffer("scale", torch.ones(2))
            def forward(self, x):
                return self.layers[0](x) * self.scale
        net = Net()
        y = net(torch.ones(1, 2))
    """)
    assert [t.name for t in recording.op("linear").inputs[1:]] == [
        "net.layers.0.weight",
        "net.layers.0.bias",
    ]
    assert [t.kind for t in recording.op("linear").inputs[1:]] == ["parameter", "parameter"]
    scale = recording.op("mul").inputs[1]
    assert (scale.name, scale.kind) == ("net.scale", "buffer")
