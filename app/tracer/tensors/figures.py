"""Figures of many values: extremes, mean, deviation, norm, counts of NaN, infinity and zero."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from app.contract.messages import SummaryRow

_BLOCK = 65_536
_FEW = 4096
_TINY = 1e-30


class Extremes(NamedTuple):
    """The least and the greatest element, NaN if there is one; how many are NaN or infinite."""

    low: float
    high: float
    nan: int
    inf: int


def statistics(
    flat: Tensor, numel: int, sampled: bool, extremes: Extremes | None = None
) -> SummaryRow:
    """Return the figures of floats in one dimension, block by block; `numel` elements in all.

    `extremes` are those of all of them, where they are known; `flat` may be a sample.
    A block stays in the processor's cache from one figure to the next, and is too small for torch
    to wake its other threads.
    """
    total = squares = 0.0
    zeros = 0
    found: list[Extremes] = []
    for block in flat.unsafe_split(_BLOCK) if flat.numel() > _BLOCK else (flat,):
        if extremes is None:
            found.append(extremes_of(block))
        low, high, nan, inf = found[-1] if extremes is None else extremes
        if nan or inf:
            zeros += block.numel() - int(torch.count_nonzero(block))
        elif low <= 0 <= high:
            zeros += _zeros(block)
        total += block.sum().item()
        squares += _squares(block, low, high)
    low, high, nan, inf = extremes or (found[0] if len(found) == 1 else _joined(found))
    count = flat.numel()
    mean = total / count
    constant = low == high and count > 1
    deviation = 0.0 if constant else _deviation(flat, count, mean, squares)
    row = numel, None, low, high, mean, deviation, math.sqrt(squares), nan, inf, zeros, sampled
    return SummaryRow(*row)


def _joined(parts: list[Extremes]) -> Extremes:
    low, high, nan, inf = zip(*parts, strict=True)
    if any(nan):
        return Extremes(math.nan, math.nan, sum(nan), sum(inf))
    return Extremes(min(low), max(high), 0, sum(inf))


def extremes_of(whole: Tensor) -> Extremes:
    """Return the extremes of all elements, of any shape and strides."""
    seen, repeats = (whole, 1) if whole.dim() == 1 and whole.is_contiguous() else distinct(whole)
    low, high = torch.aminmax(seen)
    least, greatest = float(low.item()), float(high.item())
    if math.isfinite(least) and math.isfinite(greatest):
        return Extremes(least, greatest, 0, 0)
    # aminmax gives NaN where there is one
    nan = repeats * int(torch.isnan(seen).sum())
    return Extremes(least, greatest, nan, repeats * int(torch.isinf(seen).sum()))


def distinct(tensor: Tensor) -> tuple[Tensor, int]:
    """Return each element of an expanded tensor once, and how often the tensor has it."""
    repeats = 1
    for dimension, (size, stride) in enumerate(zip(tensor.shape, tensor.stride(), strict=True)):
        if not stride and size > 1:
            tensor = tensor.narrow(dimension, 0, 1)
            repeats *= size
    return tensor, repeats


def _squares(block: Tensor, low: float, high: float) -> float:
    """Return the sum of the squares."""
    squared: float = block.dot(block).item()
    if not _TINY < squared < math.inf and (low or high):  # squares that a float32 cannot hold
        norm: float = torch.linalg.vector_norm(block, dtype=torch.float64).item()
        squared = norm * norm
    return squared


def _zeros(block: Tensor) -> int:
    """Return how many of finite numbers are 0: the squared signs of the others are 1.

    Of many half the time of `count_nonzero`; that many ones add up exactly in float32 too.
    """
    if block.numel() <= _FEW:
        return block.numel() - int(torch.count_nonzero(block).item())
    signs = block.sign()
    return block.numel() - int(signs.dot(signs).item())


def _deviation(flat: Tensor, count: int, mean: float, squares: float) -> float:
    """Return the unbiased standard deviation, from given sums if they are exact enough.

    torch's `std` goes through the values one by one, ten times slower than its sums.
    """
    if count < 2:
        return math.nan
    offset = count * mean * mean
    if squares > 50 * (squares - offset):  # nearly constant: the difference would be all rounding
        return torch.std(flat).item()
    return math.sqrt(max(squares - offset, 0.0) / (count - 1))
