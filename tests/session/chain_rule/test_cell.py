"""The column that computes one cell of an opened step."""

from __future__ import annotations

import pytest

from app.session.chain_rule.cell import cell_sum
from app.session.chain_rule.model import OpenedStep
from app.session.chain_rule.symbols import plain
from tests.session.chain_rule import opened_steps


def test_a_cell_of_a_sum_and_of_a_product_by_cells() -> None:
    found = cell_sum(opened_steps.swish(), (1, 1))
    assert found.title == "Cell [1, 1]"
    arrives, times = found.columns
    assert arrives is not None
    assert times is not None
    assert [line.label for line in arrives.lines] == ["path 1", "+ path 2"]
    assert [line.value for line in arrives.lines] == [0.2689, -0.1966]
    assert arrives.result == ("grad a", 0.0723)
    assert [line.label for line in times.lines] == ["grad a", "· x"]
    assert times.result == ("grad w", 0.0723)
    assert found.marks == ((frozenset({(1, 1)}),) * 3,) * 2


def test_a_cell_of_a_matrix_product() -> None:
    found = cell_sum(opened_steps.matrix_product(), (1, 0))
    _, column = found.columns  # the first result has another shape
    assert found.columns[0] is None
    assert column is not None
    assert sum(line.value or 0 for line in column.lines) == pytest.approx(column.result.value)
    left, right, result = found.marks[1]
    assert left == {(1, 0), (1, 1)}
    assert right == {(0, 0), (1, 0)}
    assert result == {(1, 0)}


def test_a_cell_that_several_cells_go_into() -> None:
    (column,) = cell_sum(opened_steps.unknown(), (0, 1)).columns
    assert column is not None
    assert [line.value for line in column.lines] == [1.0, 1.0]
    assert column.result == ("grad x", 2.0)


def test_what_is_not_shown_is_summed() -> None:
    arrives, _ = cell_sum(opened_steps.five_paths(), (0, 0)).columns
    assert arrives is not None
    assert arrives.lines[-1] == ("+ 3 more", 3.5)


@pytest.mark.parametrize("step", [make() for make in opened_steps.ALL], ids=lambda s: s.grad_fn)
def test_each_cell_of_each_step_can_be_asked(step: OpenedStep) -> None:
    for place, equation in enumerate(step.equations):
        rows, columns = equation.matrices[-1].size
        for at in ((row, column) for row in range(rows) for column in range(columns)):
            found = cell_sum(step, at, place)
            assert found.columns[place] is not None
            assert len(found.marks) == len(step.equations)
            assert plain(equation.matrices[-1].name).startswith("grad_")
