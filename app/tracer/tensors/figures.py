"""Figures of many values: extremes, mean, deviation, norm, counts of NaN, infinity and zero."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from app.contract.messages import SummaryRow

_BLOCK = 65_536
_FEW = 4096
_TINY = 1e-30


def statistics(flat: Tensor, numel: int, sampled: bool) -> SummaryRow:
    """The figures of floats in one dimension, block by block; they stand for `numel` elements.

    A block stays in the processor's cache from one figure to the next, and is too small for torch
    to wake its other threads.
    """
    minimum, maximum, total, squares = math.inf, -math.inf, 0.0, 0.0
    nan = inf = zeros = 0
    for block in flat.unsafe_split(_BLOCK) if flat.numel() > _BLOCK else (flat,):
        low, high, added, squared = _of_block(block)
        if math.isfinite(low) and math.isfinite(high):
            minimum, maximum = min(minimum, low), max(maximum, high)
            if low <= 0 <= high:
                zeros += _zeros(block)
        else:  # aminmax gives NaN where there is one
            minimum, maximum = min(minimum, low), max(maximum, high)
            nan += int(torch.isnan(block).sum())
            inf += int(torch.isinf(block).sum())
            zeros += block.numel() - int(torch.count_nonzero(block))
        total += added
        squares += squared
    if nan:
        minimum = maximum = math.nan
    count = flat.numel()
    mean = total / count
    constant = minimum == maximum and count > 1
    deviation = 0.0 if constant else _deviation(flat, count, mean, squares)
    norm = math.sqrt(squares)
    return SummaryRow(
        numel, None, minimum, maximum, mean, deviation, norm, nan, inf, zeros, sampled
    )


def with_extremes(row: SummaryRow, whole: Tensor) -> SummaryRow:
    """Return the figures of a sample with extremes, NaN and infinities of the whole tensor."""
    seen, repeats = distinct(whole)
    extremes = torch.aminmax(seen)
    low, high = extremes[0].item(), extremes[1].item()
    nan = inf = 0
    if not (math.isfinite(low) and math.isfinite(high)):
        nan = repeats * int(torch.isnan(seen).sum())
        inf = repeats * int(torch.isinf(seen).sum())
    return row._replace(min=float(low), max=float(high), nan=nan, inf=inf)


def distinct(tensor: Tensor) -> tuple[Tensor, int]:
    """Return each element of an expanded tensor once, and how often the tensor has it."""
    repeats = 1
    for dimension, (size, stride) in enumerate(zip(tensor.shape, tensor.stride(), strict=True)):
        if not stride and size > 1:
            tensor = tensor.narrow(dimension, 0, 1)
            repeats *= size
    return tensor, repeats


def _of_block(block: Tensor) -> tuple[float, float, float, float]:
    """Least, greatest, sum, sum of squares."""
    extremes = torch.aminmax(block)
    low, high = extremes[0].item(), extremes[1].item()
    squared = block.dot(block).item()
    if not _TINY < squared < math.inf and (low or high):  # squares that a float32 cannot hold
        norm = torch.linalg.vector_norm(block, dtype=torch.float64).item()
        squared = norm * norm
    return low, high, block.sum().item(), squared


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
