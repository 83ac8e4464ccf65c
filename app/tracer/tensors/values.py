"""What a tensor holds, in a few numbers (`app.contract.messages.SummaryRow`).

Up to 64 elements the values themselves are sent and the receiver works out the rest.  Above that
the figures are computed here, exactly for leaves and gradients, over evenly spaced samples for
intermediates of more than 65,536 elements.  Nothing here draws a random number, records a node or
bumps a version: the figures come from detached tensors with recording off.
"""

from __future__ import annotations

import ctypes
import math
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from app.contract.messages import SummaryRow
from app.tracer.aside import aside
from app.tracer.private import is_functorch_wrapped
from app.tracer.tensors.fetching import Pending, fetching, figures_there, row_of_figures
from app.tracer.tensors.kinds import dispatches, shape_of
from app.tracer.tensors.pictures import count, on_grid, picture_of

ALL_VALUES = 64
EXACT = 65_536
_RUNS, _RUN = 512, 8
"""What a sample is made of: so many runs of so many neighbours."""
_BLOCK = 32_768
_TINY = 1e-30


Summarised = SummaryRow | str | Pending


def summarise(tensor: Tensor, exact: bool = False) -> Summarised:
    """The summary of `tensor`, any shape, dtype, layout and device.

    What lies on another device is told later: the row that holds it waits.

    Where torch has no values to give (meta, fake and vmapped tensors, uninitialised parameters)
    every figure is None.
    """
    numel = 0
    try:
        if dispatches(tensor):
            shape = shape_of(tensor)
            return _unknown(math.prod(shape) if shape else 0)
        numel = tensor.numel()
        if numel <= ALL_VALUES:
            packed = _packed(tensor, numel)
            if packed is not None:
                return packed
        if tensor.layout is not torch.strided:
            return _of_layout(tensor, numel)
        if tensor.is_meta or is_functorch_wrapped(tensor):
            return _unknown(numel)
        if not tensor.is_cpu and not tensor.is_quantized:
            return _later(tensor, numel, exact)
        if numel <= ALL_VALUES and tensor.dtype in _PLAIN:
            values = tensor.tolist()
            return SummaryRow(numel, values, None, None, None, None, None, 0, 0, 0, False)
        return _figures(tensor, numel, exact)
    except (RuntimeError, NotImplementedError, ValueError, TypeError):
        # A subclass or a backend that cannot answer: the trace says that it does not know.
        return _unknown(numel)


_packers: dict[Any, tuple[str, Any]] = {}
"""By dtype and shape: how the packed values begin, and how the memory at an address is read."""


def _packed(tensor: Tensor, numel: int) -> str | None:
    """The values as they lie in memory, in hexadecimal: exact, and a tenth of the time of digits.

    "f|2,3|0000803f..." is dtype, shape and bytes (`app.session.packed` reads it).  None for what
    does not lie in this process's memory as plain numbers in order.
    """
    if type(tensor) not in _TYPES or not tensor.is_cpu or tensor.layout is not torch.strided:
        return None
    key = (tensor.dtype, tensor.shape)
    packer = _packers.get(key)
    if packer is None:
        code = _CODES.get(tensor.dtype)
        if code is None:
            return None
        shape = ",".join(map(str, tensor.shape))
        memory = ctypes.c_char * (numel * tensor.element_size())
        packer = _packers[key] = (f"{code}|{shape}|", memory.from_address)
    address = tensor.data_ptr()
    if not address or not tensor.is_contiguous() or tensor.is_neg():
        return None
    return packer[0] + bytes(packer[1](address)).hex()


def _unknown(numel: int) -> SummaryRow:
    return SummaryRow(numel, None, None, None, None, None, None, 0, 0, 0, False)


def _of_layout(tensor: Tensor, numel: int) -> SummaryRow | str | Pending:
    """Sparse, nested and other layouts: dense where that is small, else unknown."""
    if numel > EXACT or tensor.is_nested:
        return _unknown(numel)
    with aside():
        return summarise(tensor.detach().to_dense())


def _figures(tensor: Tensor, numel: int, exact: bool) -> SummaryRow:
    with aside():
        flat = tensor.detach()
        if flat.is_quantized:
            flat = flat.dequantize()
        if flat.is_complex():
            return _of_complex(flat, numel)
        sampled = numel > EXACT and not exact
        return _statistics(_floats(flat, numel, sampled), flat, numel, sampled)


def _floats(flat: Tensor, numel: int, sampled: bool) -> Tensor:
    """All elements in one dimension, or some; as floats."""
    in_order = _in_memory_order(flat, numel)
    if in_order is None:
        flat = (_thinned(flat) if sampled else flat).reshape(-1)
    else:
        flat = _sample(in_order, numel) if sampled else in_order
    if flat.dtype not in _STATISTICAL:
        flat = flat.to(torch.float64 if flat.dtype in _INTEGRAL else torch.float32)
    return flat


def _later(tensor: Tensor, numel: int, exact: bool) -> SummaryRow | Pending:
    """Of a tensor that lies on another device: worked out there, fetched with others."""
    with aside():
        flat = tensor.detach()
        if numel <= ALL_VALUES:
            return fetching.add(flat.clone(), _known)
        if flat.is_complex():
            return _of_complex(flat, numel)
        sampled = numel > EXACT and not exact
        shown = on_grid(flat)
        columns = shown.shape[1]
        figures = figures_there(_floats(flat, numel, sampled), shown)
        read = partial(row_of_figures, numel=numel, sampled=sampled, columns=columns)
        return fetching.add(figures, read)


def counted(summary: Summarised, tensor: Tensor) -> Summarised:
    """`summary`, of `tensor` and exact, with every element counted where it has a picture."""
    if not isinstance(summary, SummaryRow) or summary.picture is None or not tensor.is_cpu:
        return summary
    picture = summary.picture
    with aside():
        flat = _floats(tensor.detach(), summary.numel, False)
        if summary.nan or summary.inf:
            flat = flat[torch.isfinite(flat)]
        counts = count(flat, picture.low, picture.high)
    return summary._replace(picture=picture._replace(counts=counts))


def _known(tensor: Tensor) -> SummaryRow | str:
    """Of a tensor in this process's memory."""
    values = summarise(tensor)
    assert not isinstance(values, Pending)
    return values


def _in_memory_order(tensor: Tensor, numel: int) -> Tensor | None:
    """The elements in one dimension as they lie in memory; None where they have gaps."""
    if tensor.is_contiguous():
        return tensor if tensor.dim() == 1 else tensor.view(-1)
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size != 1:
            if stride != expected:
                return None
            expected *= size
    return tensor.as_strided((numel,), (1,))


def _sample(flat: Tensor, numel: int) -> Tensor:
    """Evenly spaced runs of neighbours: what lies far apart costs a look at memory each."""
    step = numel // _RUNS
    return flat.as_strided((_RUNS, _RUN), (step, 1)).reshape(-1)


def _thinned(tensor: Tensor) -> Tensor:
    """An evenly spaced sample without copying the whole of a tensor that has gaps or repeats."""
    while tensor.numel() > 2 * _RUNS * _RUN:
        longest = max(range(tensor.dim()), key=lambda d: tensor.shape[d])
        step = min(tensor.shape[longest], max(2, tensor.numel() // (_RUNS * _RUN)))
        tensor = tensor[tuple([slice(None)] * longest + [slice(None, None, step)])]
    return tensor


def _statistics(flat: Tensor, tensor: Tensor, numel: int, sampled: bool) -> SummaryRow:
    """The figures of floats in one dimension, block by block; they are of `tensor`.

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
    picture = None
    if numel > ALL_VALUES:
        picture = picture_of(on_grid(tensor), minimum, maximum, flat, sampled)
        if sampled and picture is not None:  # the more that was seen
            minimum, maximum = min(minimum, picture.low), max(maximum, picture.high)
    if nan:
        minimum = maximum = math.nan
    count = flat.numel()
    mean = total / count
    deviation = _deviation(flat, count, mean, squares)
    norm = math.sqrt(squares)
    return SummaryRow(
        numel, None, minimum, maximum, mean, deviation, norm, nan, inf, zeros, sampled, picture
    )


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
    """How many of finite numbers are 0: the others' signs are 1 when squared.

    Half the time of `count_nonzero`; the sum of that many ones is exact in float32 too.
    """
    signs = block.sign()
    return block.numel() - int(signs.dot(signs).item())


def _deviation(flat: Tensor, count: int, mean: float, squares: float) -> float:
    """The unbiased standard deviation, from the sums at hand where they are exact enough.

    torch's `std` goes through the values one by one, ten times slower than its sums.
    """
    if count < 2:
        return math.nan
    offset = count * mean * mean
    if squares > 50 * (squares - offset):  # nearly constant: the difference would be all rounding
        return torch.std(flat).item()
    return math.sqrt(max(squares - offset, 0.0) / (count - 1))


def _of_complex(flat: Tensor, numel: int) -> SummaryRow:
    if numel <= ALL_VALUES:
        return SummaryRow(
            numel, _as_words(flat.tolist()), None, None, None, None, None, 0, 0, 0, False
        )
    norm = float(torch.linalg.vector_norm(flat))
    zeros = numel - int(torch.count_nonzero(flat))
    nan, inf = int(torch.isnan(flat).sum()), int(torch.isinf(flat).sum())
    return SummaryRow(numel, None, None, None, None, None, norm, nan, inf, zeros, False)


def _as_words(values: Any) -> Any:
    return [_as_words(v) for v in values] if isinstance(values, list) else str(values)


_TYPES = frozenset((Tensor, nn.Parameter))
_STATISTICAL = frozenset({torch.float32, torch.float64})
_INTEGRAL = frozenset(
    {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool}
    | {getattr(torch, n) for n in ("uint16", "uint32", "uint64") if hasattr(torch, n)}
)
_CODES = {
    torch.float32: "f",
    torch.float64: "d",
    torch.float16: "e",
    torch.int64: "q",
    torch.int32: "i",
    torch.int16: "h",
    torch.int8: "b",
    torch.uint8: "B",
    torch.bool: "?",
}
"""Codes of Python's `struct`, little-endian as every machine that torch runs on."""
_PLAIN = _STATISTICAL | _INTEGRAL | {torch.float16, torch.bfloat16}
"""Types whose `tolist` gives Python numbers."""
