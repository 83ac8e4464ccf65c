"""A coarse picture of the values of a large tensor: a grid of its elements, evenly spaced.

What lies on the grid is sent in 240 levels from the least to the greatest finite value, a byte
each, so that a picture is cheap to make and small to send.  Counting every element takes twice as
long as all other figures together: that is done once, when the run is over.
"""

from __future__ import annotations

import ctypes
import math
import struct
from typing import Any, NamedTuple

import torch
from torch import Tensor

from app.contract.messages import PictureRow
from app.contract.records import PICTURE_BINS, PICTURE_LEVELS, PICTURE_NOT_FINITE

_ROWS, _COLUMNS = 12, 24
"""The size of the grid if a tensor has as many; otherwise fewer rows or columns of more."""
_MOST_ROWS = 36
_BLOCK = 32_768
_INSIDE = 1 - 1e-6
"""Keeps the greatest value in the last level, also if the division rounds up."""
_FLOATS = (torch.float32, torch.float64)


class Grid(NamedTuple):
    """Evenly spaced elements as torch views them: `rows` times `columns` in all."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    rows: int
    columns: int

    @property
    def last(self) -> int:
        """Where the last of them lies, from the first."""
        return sum((n - 1) * s for n, s in zip(self.sizes, self.strides, strict=True))

    @property
    def turned(self) -> Grid | None:
        """That of the transpose, where both have one axis."""
        if len(self.sizes) != 2:
            return None
        return Grid(self.sizes[::-1], self.strides[::-1], self.columns, self.rows)


def grid_of(tensor: Tensor) -> Grid:
    """The elements of `tensor`, strided and not empty, that its picture shows.

    Its axes are parted where that makes rows and columns most alike in number: the rows of a
    convolution's weight are its outputs.  More are shown along those that lie closer in memory, so
    that all reshapes and transposes of a matrix show the same elements.
    """
    key = (tensor.shape, tensor.stride())
    grid = _grids.get(key)
    if grid is None:
        grid = _grids[key] = _grid(list(zip(tensor.shape, tensor.stride(), strict=True)))
    return grid


_grids: dict[Any, Grid] = {}
"""By shape and strides."""


def on_grid(tensor: Tensor, grid: Grid) -> Tensor:
    """Return the elements on the grid, in two dimensions."""
    shown = tensor.as_strided(grid.sizes, grid.strides)
    return shown if len(grid.sizes) == 2 else shown.reshape(grid.rows, grid.columns)


_Axes = list[tuple[int, int]]
"""Sizes and strides."""


def _grid(axes: _Axes) -> Grid:
    axes = [axis for axis in axes if axis[0] > 1] or axes[:1]
    if len(axes) == 1:
        return _folded(*axes[0])

    def unlike(split: int) -> float:
        return abs(math.log(_number(axes[:split]) / _number(axes[split:])))

    split = min(range(1, len(axes)), key=unlike)
    above, across = _merged(axes[:split]), _merged(axes[split:])
    if min(stride for _, stride in above) < min(stride for _, stride in across):
        across, above = _thinned(across, above)
    else:
        above, across = _thinned(above, across)
    sizes, strides = zip(*above, *across, strict=True)
    return Grid(sizes, strides, _number(above), _number(across))


def _folded(size: int, stride: int) -> Grid:
    """Return the grid of a single axis, read line by line."""
    step = -(-size // (_ROWS * _COLUMNS))
    seen = size // step
    columns = max(range(_COLUMNS // 2 + 1, _COLUMNS + 1), key=lambda c: (seen - seen % c, c))
    rows = seen // columns
    return Grid((rows, columns), (stride * step * columns, stride * step), rows, columns)


def _merged(axes: _Axes) -> _Axes:
    """Return the same places with fewer axes, by joining contiguous ones."""
    merged = axes[:1]
    for size, stride in axes[1:]:
        before, step = merged[-1]
        if step == size * stride:
            merged[-1] = (before * size, stride)
        else:
            merged.append((size, stride))
    return merged


def _thinned(outer: _Axes, inner: _Axes) -> tuple[_Axes, _Axes]:
    """Return the axes with fewer places; `inner` are those closer in memory."""
    few = _evenly(outer, _ROWS)
    many = _evenly(inner, _ROWS * _COLUMNS // _number(few))
    if _number(many) < _COLUMNS:
        few = _evenly(outer, min(_MOST_ROWS, _ROWS * _COLUMNS // _number(many)))
    return few, many


def _evenly(axes: _Axes, most: int) -> _Axes:
    """Return the axes with at most `most` places in all."""
    steps = [1] * len(axes)
    while _number(places := _every(axes, steps)) > most:
        longest = max(range(len(axes)), key=lambda axis: places[axis][0])
        others = _number(places) // places[longest][0]
        least = -(-axes[longest][0] // max(1, most // others))
        steps[longest] = max(steps[longest] + 1, least)
    return places


def _every(axes: _Axes, steps: list[int]) -> _Axes:
    return [(-(-n // step), s * step) for (n, s), step in zip(axes, steps, strict=True)]


def _number(axes: _Axes) -> int:
    return math.prod(size for size, _ in axes)


def turned(picture: PictureRow) -> PictureRow:
    """Return the picture of the transpose."""
    levels, columns = picture.levels, picture.columns
    data = b"".join([levels[column::columns] for column in range(columns)])
    return picture._replace(rows=columns, columns=picture.rows, levels=data)


def picture_of(
    shown: Tensor, low: float, high: float, looked_at: Tensor | None
) -> PictureRow | None:
    """The picture of what `on_grid` gave, real numbers in this process's memory.

    `low` and `high` are the extremes; where they are not finite, the ends are those of the finite
    values in what was `looked_at`.  None where all are equal, or none finite.
    """
    if low == high:
        return None
    rows, columns = shown.shape
    data = _quickly(shown, low, high)
    if data is None:
        if shown.dtype not in _FLOATS:
            shown = shown.to(torch.float64)
        if not (math.isfinite(low) and math.isfinite(high)):
            low, high = _finite_range(shown, looked_at)
        data = _carefully(shown, low, high)
    if data is None:
        return None
    return PictureRow(rows, columns, low, high, data, None)


def _quickly(shown: Tensor, low: float, high: float) -> bytes | None:
    """The levels by a single call of torch; None where they come out wrong, or might.

    From 2**15 on a float32 has eight bits behind the point, so that its second byte is a whole
    number below 256, and those above are always the same.  Counted from `high` downwards, as torch
    has a call that subtracts multiples from a number, and none that adds one to them.
    """
    span = high - low
    if shown.dtype is not torch.float32 or not 1e-30 < span < 1e30:
        return None
    scale = (PICTURE_LEVELS - 0.05) / span
    end = high * scale
    if not -1000 < end < 1000:  # the rounding of small differences between large values shows
        return None
    counted = torch.rsub(shown, _WHOLE + end, alpha=scale)
    count = counted.numel()
    if not counted.is_contiguous():
        counted = counted.contiguous()
    data = ctypes.string_at(counted.data_ptr(), 4 * count)
    if data[3::4] != _HIGHEST * count or data[2::4] != bytes(count):
        return None
    return data[1::4].translate(_UPWARDS)


_WHOLE = 2.0**15 + 0.03
_HIGHEST = struct.pack(">f", _WHOLE)[:1]
_UPWARDS = bytes(max(0, PICTURE_LEVELS - 1 - level) for level in range(256))


def _carefully(shown: Tensor, low: float, high: float) -> bytes | None:
    """Return the levels of any floats; NaN and infinity have a level of their own.

    None if no value is finite.
    """
    finite = torch.isfinite(shown)
    levels = _places(shown.where(finite, low), low, high, PICTURE_LEVELS)
    if levels is None:
        return None
    return bytes(levels.masked_fill_(~finite, PICTURE_NOT_FINITE).reshape(-1).tolist())


def _finite_range(shown: Tensor, looked_at: Tensor | None) -> tuple[float, float]:
    seen = [shown] if looked_at is None else [shown, looked_at]
    return _range((math.inf, -math.inf), *(some[torch.isfinite(some)] for some in seen))


def _range(so_far: tuple[float, float], *values: Tensor) -> tuple[float, float]:
    """Return the least and the greatest of all; NaN if there is one."""
    low, high = so_far
    for some in values:
        if some.numel():
            least, greatest = torch.aminmax(some)
            low, high = min(least.item(), low), max(greatest.item(), high)
    return low, high


def _places(values: Tensor, low: float, high: float, places: int) -> Tensor | None:
    """Return for each value its part, from 0, of equal parts from `low` to `high`, as bytes."""
    span = high - low
    if not 1e-30 < span < 1e37:  # as float32 has it, where only the differences are so small
        values = values.to(torch.float64)
        if not 0 < span < 1e300 or not math.isfinite(places / span):
            return None
    return (values - low).mul_(places * _INSIDE / span).to(torch.uint8)


def count(values: Tensor, low: float, high: float) -> list[int] | None:
    """Return how many of these finite floats are in each bin; None if that is unknown.

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
