"""Values of other devices, on the CPU: the steps are the same, only nothing has to travel."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from app.contract.messages import Packed, SummaryRow, ValueRow
from app.tracer.stream import Stream
from app.tracer.tensors import fetching as module
from app.tracer.tensors.fetching import MOST, Fetching, Pending, figures_there, row_of_figures
from app.tracer.tensors.pictures import grid_of, on_grid
from app.tracer.tensors.values import summarise

TENSORS = {
    "floats": torch.randn(1000, generator=torch.Generator().manual_seed(0)),
    "some zeros": torch.randn(500, generator=torch.Generator().manual_seed(1)).relu(),
    "double": torch.linspace(-1, 1, 300, dtype=torch.float64),
    "one value": torch.full((200,), 3.0),
    "with NaN": torch.cat([torch.ones(100), torch.tensor([math.nan, math.inf, -math.inf])]),
}


@pytest.fixture
def fetching(monkeypatch: pytest.MonkeyPatch) -> Fetching:
    """One that no other test has used."""
    fresh = Fetching()
    monkeypatch.setattr("app.tracer.stream.fetching", fresh)
    return fresh


def here(tensor: torch.Tensor) -> SummaryRow | Packed:
    values = summarise(tensor)
    assert not isinstance(values, Pending)
    return values


@pytest.mark.parametrize("tensor", TENSORS.values(), ids=TENSORS.keys())
def test_figures_that_are_worked_out_there_are_those_that_are_worked_out_here(
    tensor: torch.Tensor,
) -> None:
    told = summarise(tensor)
    shown = on_grid(tensor, grid_of(tensor))
    figures = figures_there(tensor, shown, tensor)
    there = row_of_figures(figures, tensor.numel(), sampled=False, columns=shown.shape[1])
    assert isinstance(told, SummaryRow)
    assert there.values is told.values is None
    assert there[2:-1] == pytest.approx(told[2:-1], rel=1e-5, abs=1e-6, nan_ok=True)
    assert there.picture == told.picture


def test_small_tensors_come_as_they_are(fetching: Fetching) -> None:
    tensors = [
        torch.tensor([[1.0, math.nan], [2.0, -0.0]]),
        torch.tensor(7),
        torch.tensor([True, False]),
        torch.tensor([2**60 + 1]),
        torch.tensor([1 + 2j]),
        torch.ones(0, 3),
        torch.ones(3).half(),
        torch.ones(3).bfloat16(),
    ]
    pending = [fetching.add(tensor.clone(), here) for tensor in tensors]
    assert [one.values for one in pending] == [None] * len(tensors)
    fetching.fetch()
    assert repr([one.values for one in pending]) == repr([summarise(one) for one in tensors])
    assert len(fetching) == 0


class _Sent:
    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    def __call__(self, *rows: tuple[Any, ...]) -> None:
        self.rows += rows


def _row(number: int, values: object) -> tuple[Any, ...]:
    return tuple.__new__(ValueRow, (number, values))


def test_rows_wait_for_their_values_and_keep_their_order(fetching: Fetching) -> None:
    sent = _Sent()
    stream = Stream(sent)
    stream.put(_row(0, None))
    assert len(sent.rows) == 1  # nothing waits where nothing lies elsewhere
    stream.put(_row(1, fetching.add(torch.ones(2), here)))
    stream.put(_row(2, None))
    assert len(sent.rows) == 1
    stream.fetch()
    assert [row[0] for row in sent.rows] == [0, 1, 2]
    assert sent.rows[1] == (1, summarise(torch.ones(2)))
    assert type(sent.rows[1]) is ValueRow


def test_rows_left_for_later_go_with_the_next_and_before_it(fetching: Fetching) -> None:
    sent = _Sent()
    stream = Stream(sent)
    stream.later(_row(0, None))
    stream.later(_row(1, None))
    assert not sent.rows
    stream.put(_row(2, None))
    stream.later(_row(3, None))
    stream.put_ahead()
    assert [row[0] for row in sent.rows] == [0, 1, 2, 3]
    stream.later(_row(4, fetching.add(torch.ones(2), here)))
    stream.put(_row(5, None))
    assert len(sent.rows) == 4
    stream.fetch()
    assert [row[0] for row in sent.rows] == [0, 1, 2, 3, 4, 5]


def test_they_are_fetched_when_many_wait(fetching: Fetching) -> None:
    sent = _Sent()
    stream = Stream(sent)
    for number in range(MOST + 5):
        stream.put(_row(number, fetching.add(torch.tensor(float(number)), here)))
    assert len(sent.rows) == MOST
    assert not any(isinstance(row[1], Pending) for row in sent.rows)
    stream.fetch()
    assert [row[0] for row in sent.rows] == list(range(MOST + 5))


def test_there_is_one_for_the_process() -> None:
    """A tracing process traces one run; on the CPU nothing ever waits."""
    summarise(torch.randn(100))
    assert not module.fetching.any
