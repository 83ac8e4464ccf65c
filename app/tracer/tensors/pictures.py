"""A coarse picture of what a larger tensor holds: a grid of its elements, evenly spaced.

What lies on the grid is told in 240 levels from the least to the greatest finite value, a byte
each, so that a picture is cheap to make and small to send.  Counting every element takes twice as
long as all other figures together: that is done once, when the run is over.
"""

from __future__ import annotations

import binascii
import ctypes
import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from app.contract.messages import PictureRow
from app.contract.records import PICTURE_BINS, PICTURE_LEVELS, PICTURE_NOT_FINITE

_ROWS, _COLUMNS = 12, 24
"""Where a tensor has as many; else fewer rows of more columns, or the other way round."""
_MOST_ROWS = 36
_BLOCK = 32_768
_INSIDE = 1 - 1e-6
"""Keeps the greatest value in the last level, however the division rounds."""
_FLOATS = (torch.float32, torch.float64)


class _Grid(NamedTuple):
    """Evenly spaced elements as torch views them: `rows` times `columns` in all."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    rows: int
    columns: int


def on_grid(tensor: Tensor) -> Tensor:
    """The elements of `tensor`, strided and not empty, that its picture shows, in two dimensions.

    Its axes are parted where that makes rows and columns most alike in number: the rows of a
    convolution's weight are its outputs.
    """
    key = (tensor.shape, tensor.stride())
    grid = _grids.get(key)
    if grid is None:
        grid = _grids[key] = _grid(list(tensor.shape), list(tensor.stride()))
    shown = tensor.as_strided(grid.sizes, grid.strides)
    return shown if len(grid.sizes) == 2 else shown.reshape(grid.rows, grid.columns)


_grids: dict[Any, _Grid] = {}
"""By shape and strides."""


def _grid(shape: list[int], strides: list[int]) -> _Grid:
    if sum(size > 1 for size in shape) < 2:
        return _folded(*max(zip(shape, strides, strict=True)))

    def unlike(split: int) -> float:
        return abs(math.log(math.prod(shape[:split]) / math.prod(shape[split:])))

    split = min(range(1, len(shape)), key=unlike)
    above = _steps(shape[:split], _ROWS)
    across = _steps(shape[split:], _ROWS * _COLUMNS // _seen(shape[:split], above))
    columns = _seen(shape[split:], across)
    if columns < _COLUMNS:
        above = _steps(shape[:split], min(_MOST_ROWS, _ROWS * _COLUMNS // columns))
    steps = above + across
    sizes = tuple([-(-size // step) for size, step in zip(shape, steps, strict=True)])
    apart = tuple([stride * step for stride, step in zip(strides, steps, strict=True)])
    return _Grid(sizes, apart, _seen(shape[:split], above), columns)


def _folded(size: int, stride: int) -> _Grid:
    """Of the one axis there is, read line by line."""
    step = -(-size // (_ROWS * _COLUMNS))
    seen = size // step
    columns = max(range(_COLUMNS // 2 + 1, _COLUMNS + 1), key=lambda c: (seen - seen % c, c))
    rows = seen // columns
    return _Grid((rows, columns), (stride * step * columns, stride * step), rows, columns)


def _steps(shape: list[int], most: int) -> list[int]:
    """From one place to the next along each axis, so that at most `most` are seen in all."""
    steps = [1] * len(shape)
    while _seen(shape, steps) > most:
        sizes = [-(-size // step) for size, step in zip(shape, steps, strict=True)]
        longest = sizes.index(max(sizes))
        others = math.prod(sizes) // sizes[longest]
        steps[longest] = max(steps[longest] + 1, -(-shape[longest] // max(1, most // others)))
    return steps


def _seen(shape: list[int], steps: list[int]) -> int:
    return math.prod(-(-size // step) for size, step in zip(shape, steps, strict=True))


def picture_of(
    shown: Tensor, low: float, high: float, looked_at: Tensor, sampled: bool
) -> PictureRow | None:
    """The picture of what `on_grid` gave, real numbers in this process's memory.

    `low` and `high` are the extremes of what was `looked_at`; where that is but a sample, `shown`
    may hold others.  None where all are equal, or none is finite.
    """
    if shown.dtype not in _FLOATS:
        shown = shown.to(torch.float64)
    if sampled and math.isfinite(low) and math.isfinite(high):
        low, high = _range((low, high), shown)
    if math.isfinite(low) and math.isfinite(high):
        return _row(shown, low, high, _places(shown, low, high, PICTURE_LEVELS))
    low, high = _range((math.inf, -math.inf), *(v[torch.isfinite(v)] for v in (looked_at, shown)))
    finite = torch.isfinite(shown)
    levels = _places(shown.where(finite, low), low, high, PICTURE_LEVELS)
    if levels is not None:
        levels.masked_fill_(~finite, PICTURE_NOT_FINITE)
    return _row(shown, low, high, levels)


def _range(so_far: tuple[float, float], *values: Tensor) -> tuple[float, float]:
    """The least and the greatest of all; NaN where there is one."""
    low, high = so_far
    for some in values:
        if some.numel():
            least, greatest = torch.aminmax(some)
            low, high = min(least.item(), low), max(greatest.item(), high)
    return low, high


def _row(shown: Tensor, low: float, high: float, levels: Tensor | None) -> PictureRow | None:
    if levels is None:
        return None
    levels = levels.contiguous()
    rows, columns = shown.shape
    memory = (ctypes.c_char * (rows * columns)).from_address(levels.data_ptr())
    text = binascii.b2a_base64(memory, newline=False).decode()
    return PictureRow(rows, columns, low, high, text, None)


def _places(values: Tensor, low: float, high: float, places: int) -> Tensor | None:
    """In which of equal parts from `low` to `high` each value lies, from 0, as bytes."""
    span = high - low
    if not 1e-30 < span < 1e37:  # as float32 has it, where only the differences are so small
        values = values.to(torch.float64)
        if not 0 < span < 1e300 or not math.isfinite(places / span):
            return None
    return (values - low).mul_(places * _INSIDE / span).to(torch.uint8)


def count(values: Tensor, low: float, high: float) -> list[int] | None:
    """How many of these floats, all finite, lie in each of the bins; None where it cannot be told.

    In blocks that stay in the processor's cache.
    """
    counts = torch.zeros(PICTURE_BINS, dtype=torch.int64)
    for block in values.unsafe_split(_BLOCK) if values.numel() > _BLOCK else (values,):
        places = _places(block, low, high, PICTURE_BINS)
        if places is None:
            return None
        counts += torch.bincount(places, minlength=PICTURE_BINS)
    counted: list[int] = counts.tolist()
    return counted
