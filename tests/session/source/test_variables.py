from __future__ import annotations

from collections.abc import Callable

import pytest

from app.contract.records import Trace
from app.session.run import Run
from app.session.source.variables import Variables

TEXT = """\
import torch
from torch import nn
net = nn.Sequential(nn.Linear(2, 3))
x = torch.ones(4, 2)
y = net(x)
x = x.sum()
net[0].weight.data
for turn in range(3):
    x = x + turn
print('é', x, nn, y.shape)
"""


@pytest.fixture
def variables(trace: Callable[[str], Trace]) -> Variables:
    return Variables(Run(trace(TEXT)))


def shape(variables: Variables, line: int, part: str) -> list[int] | None:
    """Return the shape of the value of the name at the first `part` of a line."""
    name = variables.name_at(line, TEXT.split("\n")[line - 1].index(part))
    tensor = None if name is None else variables.tensor(name)
    return None if tensor is None else tensor.shape


@pytest.mark.parametrize(
    ("line", "part", "found"),
    [
        (4, "x", [4, 2]),
        (5, "x", [4, 2]),
        (5, "y", [4, 3]),
        (6, "x =", []),
        (6, "x.sum", [4, 2]),
        (9, "x =", []),
        (10, "x", []),
        (10, "y", [4, 3]),
        (10, "nn", None),
        (1, "torch", None),
        (3, "Sequential", None),
    ],
)
def test_a_name_stands_for_its_value_on_that_line(
    variables: Variables, line: int, part: str, found: list[int] | None
) -> None:
    assert shape(variables, line, part) == found


def test_a_name_of_a_module_leads_to_it(variables: Variables) -> None:
    name = variables.name_at(5, TEXT.split("\n")[4].index("net"))
    assert name is not None
    module = variables.module(name)
    assert module is not None
    assert module.type == "Sequential"


def test_columns_count_characters(variables: Variables) -> None:
    line = TEXT.split("\n")[9]
    name = variables.name_at(10, line.index("x"))
    assert name is not None
    assert line[name.column : name.end_column] == "x"
    assert variables.name_at(10, line.index("é")) is None


def test_a_text_that_is_no_python_has_no_names(trace: Callable[[str], Trace]) -> None:
    assert Variables(Run(trace("x = ("))).name_at(1, 0) is None


METHODS = """\
import torch
from torch import nn
class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(2, 3)
    def forward(self, x):
        self.h = self.lin(x)
        return self.h * 2
cell = Cell()
cell(torch.ones(4, 2))
"""


def test_a_method_calls_the_object_self(trace: Callable[[str], Trace]) -> None:
    variables = Variables(Run(trace(METHODS)))
    stored, lin = variables.name_at(8, 13), variables.name_at(8, 22)
    assert stored is not None
    assert lin is not None
    assert (stored.text, lin.text) == ("self.h", "self.lin")
    tensor, module = variables.tensor(stored), variables.module(lin)
    assert tensor is not None
    assert (tensor.name, tensor.shape) == ("cell.h", [4, 3])
    assert module is not None
    assert module.path == "cell.lin"
