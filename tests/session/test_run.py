from __future__ import annotations

from app.session.run import Run
from tests.support import TraceText, snippet


def test_the_code_of_a_call_is_its_expression_or_its_module(trace: TraceText) -> None:
    text = """
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    b = torch.zeros(2)
    y = net(torch.ones(1, 2))
    z = net[0](y)
    b[0] = 3
    long_name = (y + 1.00000000000000000000000001) * 2.0000000000000000000001
    """
    run = Run(trace(snippet(text)))
    code = {(op.name, op.line): run.code(op) for op in run.units if (op.line or 0) > 4}
    assert code["linear", 5] == "linear in net.0"
    assert code["relu", 5] == "relu in net.1"
    assert code["setitem", 7] == "b[0] = 3"
    assert code["mul", 8] == "mul"


def test_inside_a_module_of_the_program_a_call_is_its_own_expression(trace: TraceText) -> None:
    """Unless two modules share the line: then the module says which is meant."""
    text = """
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x):
            return torch.relu(self.fc(x)) * 2

    one = Block()
    y = one(torch.ones(1, 2))
    """
    found = {op.name: run.code(op) for run in [Run(trace(snippet(text)))] for op in run.units}
    assert found["relu"] == "torch.relu(self.fc(x))"
    assert found["mul"] == "torch.relu(self.fc(x)) * 2"
    assert found["linear"] == "linear in one.fc"
    twice = text.replace("one = Block()", "one = nn.Sequential(Block(), Block())")
    run = Run(trace(snippet(twice)))
    assert [run.code(op) for op in run.units if op.name == "relu"] == [
        "relu in one.0",
        "relu in one.1",
    ]


def test_a_custom_function_is_one_unit(trace: TraceText) -> None:
    text = """
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x + x
        @staticmethod
        def backward(ctx, grad):
            return grad * 2
    y = Double.apply(torch.ones(2, requires_grad=True))
    """
    run = Run(trace(snippet(text)))
    assert [op.name for op in run.units] == ["ones", "Double"]
    assert [op.name for op in run.leaves] == ["ones", "add"]
    made = run.units[1].outputs[0]
    assert run.producers[made].name == "Double"


def test_a_value_that_only_passed_through_keeps_its_maker(trace: TraceText) -> None:
    text = "w = torch.ones(2, requires_grad=True)\ny = w * 2\nz = y.contiguous()\n"
    run = Run(trace(snippet(text)))
    (contiguous,) = (op for op in run.units if op.name == "contiguous")
    assert run.producers[contiguous.outputs[0]].name == "mul"
