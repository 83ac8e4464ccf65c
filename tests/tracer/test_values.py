"""Summaries of values: exact where they are said to be, and without any effect on the run."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from app.contract.messages import SummaryRow
from app.tracer.tensors.values import ALL_VALUES, EXACT, summarise
from tests.tracer.support import packed


def figures(tensor: Tensor, exact: bool = False) -> SummaryRow:
    summary = summarise(tensor, exact)
    assert isinstance(summary, SummaryRow)
    return summary


@pytest.mark.parametrize(
    ("code", "tensor"),
    [
        ("f", torch.tensor([[1.5, -0.0], [3e38, 1e-45]])),
        ("d", torch.tensor(0.1, dtype=torch.float64)),
        ("e", torch.tensor([0.1], dtype=torch.float16)),
        ("q", torch.tensor([2**62, -1])),
        ("?", torch.tensor([True, False])),
        ("f", torch.tensor([math.nan, math.inf, -math.inf])),
        ("f", torch.arange(6.0).view(2, 3).t()),
        ("f", torch.arange(4.0)[::2]),
        ("f", torch.arange(3.0).requires_grad_() * 2),
    ],
)
def test_small_tensors_send_their_bytes(code: str, tensor: Tensor) -> None:
    assert summarise(tensor) == packed(code, tensor)


@pytest.mark.parametrize(
    "tensor",
    [torch.tensor([1.0, 2.0], dtype=torch.bfloat16), torch.empty(0, 3)],
)
def test_what_has_no_packed_form_is_sent_as_numbers(tensor: Tensor) -> None:
    assert figures(tensor).values == tensor.tolist()


def test_figures_of_a_larger_tensor_are_exact() -> None:
    tensor = torch.arange(-100.0, 101.0)
    summary = figures(tensor)
    assert summary.values is None
    assert (summary.numel, summary.min, summary.max, summary.zeros) == (201, -100.0, 100.0, 1)
    assert summary.mean == 0.0
    assert summary.std == pytest.approx(tensor.double().std().item(), rel=1e-6)
    assert summary.norm == pytest.approx(tensor.double().norm().item(), rel=1e-6)
    assert not summary.sampled


def test_deviation_of_nearly_constant_values() -> None:
    tensor = torch.full((1000,), 1000.0)
    tensor[0] = 1000.5
    assert figures(tensor).std == pytest.approx(tensor.double().std().item(), rel=1e-3)


def test_equal_values_do_not_deviate() -> None:
    summary = figures(torch.full((100_000,), 0.1), exact=True)
    assert (summary.std, summary.zeros) == (0.0, 0)
    assert summary.mean == pytest.approx(0.1)
    assert math.isnan(figures(torch.full((1000,), math.nan)).std)


def test_nan_and_infinities_are_counted() -> None:
    tensor = torch.ones(100)
    tensor[:2], tensor[2:5] = math.nan, math.inf
    summary = figures(tensor)
    assert (summary.nan, summary.inf) == (2, 3)


@pytest.mark.parametrize(
    ("last", "count"), [(math.nan, (1, 0)), (-math.inf, (0, 1)), (7.0, (0, 0))]
)
def test_of_a_sampled_tensor_no_extreme_and_no_nan_is_missed(
    last: float, count: tuple[int, int]
) -> None:
    tensor = torch.zeros(3 * EXACT)
    tensor[-1] = last
    summary = figures(tensor)
    assert summary.sampled
    assert (summary.nan, summary.inf) == count
    if not math.isnan(last):
        assert (summary.min, summary.max) == (min(last, 0.0), max(last, 0.0))


def test_an_expanded_element_counts_as_often_as_it_is_there() -> None:
    summary = figures(torch.tensor([1.0, math.nan]).expand(EXACT, 2))
    assert (summary.nan, summary.numel) == (EXACT, 2 * EXACT)


def test_only_large_intermediates_are_sampled() -> None:
    large = torch.ones(EXACT + 1)
    assert figures(large).sampled
    assert not figures(large, exact=True).sampled
    assert not figures(large[:-1]).sampled


@pytest.mark.parametrize(
    "tensor",
    [
        torch.ones(600, 600).t(),
        torch.ones(600, 600)[:, ::2],
        torch.ones(2, 64, 40, 40).to(memory_format=torch.channels_last),
        torch.ones(1).expand(10**6, 10**6),
    ],
    ids=["transposed", "with gaps", "channels last", "expanded"],
)
def test_sample_of_what_is_not_contiguous(tensor: Tensor) -> None:
    summary = figures(tensor)
    assert summary.sampled
    assert (summary.numel, summary.min, summary.max) == (tensor.numel(), 1.0, 1.0)
    assert (summary.mean, summary.zeros) == (1.0, 0)


@pytest.mark.parametrize("shape", [(300, 400), (7, 11, 13, 17)])
def test_exact_figures_of_what_is_not_contiguous(shape: tuple[int, ...]) -> None:
    values = torch.arange(float(math.prod(shape))).reshape(shape).transpose(0, 1)
    found = figures(values, exact=True)
    assert (found.min, found.max, found.zeros) == (0.0, values.numel() - 1, 1)
    assert found.mean == pytest.approx(values.double().mean().item())


@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.bool, torch.float16])
def test_every_plain_dtype_has_figures(dtype: torch.dtype) -> None:
    summary = figures(torch.ones(ALL_VALUES + 1, dtype=dtype))
    assert (summary.min, summary.max, summary.mean) == (1.0, 1.0, 1.0)


def test_complex_values_are_words() -> None:
    assert figures(torch.tensor([1 + 2j])).values == ["(1+2j)"]
    assert figures(torch.ones(100, dtype=torch.complex64)).norm == pytest.approx(10.0)


def test_sparse_values_are_the_dense_ones() -> None:
    dense = torch.eye(3)
    assert summarise(dense.to_sparse()) == summarise(dense)


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning")
@pytest.mark.filterwarnings("ignore:torch.ao.quantization:DeprecationWarning")
def test_quantised_values_are_what_they_stand_for() -> None:
    quantised = torch.quantize_per_tensor(torch.ones(100), 0.5, 0, torch.qint8)
    summary = figures(quantised)
    assert (summary.min, summary.max) == (1.0, 1.0)


@pytest.mark.parametrize("numel", [3, 100])
def test_where_there_are_no_values_none_are_told(numel: int) -> None:
    assert figures(torch.ones(numel, device="meta"))[1:7] == (None,) * 6


def test_looking_leaves_no_trace() -> None:
    tensor = torch.randn(100, requires_grad=True) * 2
    state, version = torch.get_rng_state(), tensor._version
    number = vars(torch.autograd)["_get_sequence_nr"]()
    figures(tensor)
    assert vars(torch.autograd)["_get_sequence_nr"]() == number
    assert torch.equal(torch.get_rng_state(), state)
    assert tensor._version == version


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_figures_of_many_values_are_those_of_twice_the_precision(scale: float) -> None:
    values = torch.randn(100_000, generator=torch.Generator().manual_seed(0)) * scale
    values[::3] = 0.0
    double = values.double()
    found = figures(values, exact=True)
    assert (found.min, found.max) == (double.min().item(), double.max().item())
    assert found.zeros == 33_334
    assert found.norm == pytest.approx(double.norm().item(), rel=1e-5)
    assert found.std == pytest.approx(double.std().item(), rel=1e-5)
    assert found.mean == pytest.approx(double.mean().item(), abs=1e-6 * scale)


@pytest.mark.parametrize(("special", "least"), [(math.nan, math.nan), (-math.inf, -math.inf)])
def test_one_value_among_many_that_is_not_finite(special: float, least: float) -> None:
    values = torch.ones(100_000)
    values[50_000], values[7] = special, 0.0
    found = figures(values, exact=True)
    assert found.min == pytest.approx(least, nan_ok=True)
    assert (found.nan + found.inf, found.zeros) == (1, 1)
    assert math.isnan(found.std)
