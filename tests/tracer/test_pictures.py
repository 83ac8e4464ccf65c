"""Pictures of larger tensors: what they show is what lies there."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from app.contract.messages import PictureRow, SummaryRow
from app.contract.records import PICTURE_BINS, PICTURE_LEVELS, PICTURE_NOT_FINITE
from app.tracer.tensors.pictures import grid_of, on_grid
from app.tracer.tensors.values import EXACT, counted, summarise


def figures(tensor: Tensor, exact: bool = False) -> SummaryRow:
    summary = summarise(tensor, exact)
    assert isinstance(summary, SummaryRow)
    return summary


def drawn(tensor: Tensor, exact: bool = False) -> PictureRow:
    picture = figures(tensor, exact).picture
    assert picture is not None
    return picture


def shown(tensor: Tensor) -> Tensor:
    return on_grid(tensor, grid_of(tensor))


def levels(picture: PictureRow) -> list[int]:
    return list(picture.levels)


@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [
        ((65,), 5, 13),
        ((700,), 11, 21),
        ((1, 1000), 13, 19),
        ((1000, 1, 1), 13, 19),
        ((600, 500), 12, 24),
        ((10, 200), 10, 25),
        ((23, 47), 12, 24),
        ((100, 2), 34, 2),
        ((2, 100), 2, 100),
        ((512, 256, 3, 3), 12, 24),
        ((2, 64, 28, 28), 12, 24),
        ((3, 3, 3, 3), 9, 9),
    ],
)
def test_rows_and_columns(shape: tuple[int, ...], rows: int, columns: int) -> None:
    assert shown(torch.zeros(shape)).shape == (rows, columns)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(8.0 * 20).view(8, 20),
        torch.arange(8.0 * 20).view(20, 8).t(),
        torch.arange(2.0 * 4 * 20).view(2, 4, 20),
        torch.arange(9 * 10).view(9, 10),
    ],
    ids=["contiguous", "transposed", "three axes", "integers"],
)
def test_what_fits_is_shown_whole(tensor: Tensor) -> None:
    picture = drawn(tensor)
    assert picture.rows * picture.columns == tensor.numel()
    found = torch.tensor(levels(picture)).double()
    values = tensor.reshape(-1).double()
    step = (picture.high - picture.low) / PICTURE_LEVELS
    assert (picture.low, picture.high) == (values.min().item(), values.max().item())
    assert torch.all((picture.low + (found + 0.5) * step - values).abs() <= step * 0.501)


def test_what_is_shown_of_more_is_evenly_spaced() -> None:
    rows = torch.arange(120.0).view(-1, 1) + torch.zeros(240)
    assert shown(rows)[:, 0].tolist() == [10.0 * row for row in range(12)]
    assert shown(rows.t())[0].tolist() == [10.0 * row for row in range(12)]


@pytest.mark.parametrize("offset", [0.0, 1000.0, -1e6])
@pytest.mark.parametrize("scale", [1e-35, 1e-3, 1.0, 1e30])
def test_the_ends_are_the_first_and_the_last_level(offset: float, scale: float) -> None:
    values = (torch.linspace(0, 1, 200, dtype=torch.float64) * scale + offset).float()
    if values.min() == values.max():
        assert figures(values).picture is None
        return
    found = levels(drawn(values))
    assert min(found) == 0
    assert max(levels(drawn(values.flip(0)))) == PICTURE_LEVELS - 1


@pytest.mark.parametrize("size", [65, 289, 575, 577, 1000, 70_000])
def test_the_end_of_a_vector_is_seen(size: int) -> None:
    assert shown(torch.arange(size)).max().item() > 0.9 * size


def test_equal_values_have_no_picture() -> None:
    assert figures(torch.zeros(100)).picture is None
    assert figures(torch.full((100,), math.nan)).picture is None
    assert figures(torch.full((100,), math.inf)).picture is None


def test_nan_and_infinities_have_no_level() -> None:
    tensor = torch.linspace(-1, 3, 100)
    tensor[3], tensor[4], tensor[5] = math.nan, math.inf, -math.inf
    picture = drawn(tensor)
    assert (picture.low, picture.high) == (-1.0, 3.0)
    assert levels(picture)[3:6] == [PICTURE_NOT_FINITE] * 3
    told = counted(figures(tensor), tensor)
    assert isinstance(told, SummaryRow)
    assert told.picture is not None
    assert sum(told.picture.counts or ()) == 97


def test_a_sample_and_its_picture_agree_on_the_extremes() -> None:
    tensor = torch.zeros(2 * EXACT)
    tensor[shown(torch.arange(2 * EXACT)).reshape(-1)[5]] = 7.0
    summary = figures(tensor)
    assert summary.sampled
    assert summary.picture is not None
    assert summary.max == summary.picture.high == 7.0
    assert max(levels(summary.picture)) == PICTURE_LEVELS - 1


@pytest.mark.parametrize("numel", [100, 100_000])
def test_counting_all(numel: int) -> None:
    tensor = torch.arange(float(numel)).reshape(10, -1).t()
    told = counted(figures(tensor, exact=True), tensor)
    assert isinstance(told, SummaryRow)
    assert told.picture is not None
    counts = told.picture.counts
    assert counts is not None
    assert len(counts) == PICTURE_BINS
    assert sum(counts) == numel
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16, torch.int64])
def test_every_plain_dtype_has_a_picture(kind: torch.dtype) -> None:
    found = levels(drawn(torch.arange(100).to(kind)))
    assert (found[0], found == sorted(found)) == (0, True)


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning")
@pytest.mark.filterwarnings("ignore:torch.ao.quantization:DeprecationWarning")
def test_what_has_none() -> None:
    assert figures(torch.ones(100, dtype=torch.complex64)).picture is None
    assert figures(torch.ones(100, device="meta")).picture is None
    quantised = torch.quantize_per_tensor(torch.arange(100.0), 0.5, 0, torch.qint8)
    assert drawn(quantised).high == 63.5


def test_small_tensors_are_no_business_of_it() -> None:
    tensor = torch.arange(6.0)
    told = summarise(tensor)
    assert counted(told, tensor) is told
