"""The values of a tensor in a few numbers (`app.contract.messages.SummaryRow`).

Up to 64 elements the values themselves are sent and the receiver works out the rest.  Above that
the figures are computed here: exactly for leaves and gradients, while mean, deviation, norm and
zeros of intermediates of more than 65,536 elements are those of evenly spaced samples.  Nothing
here draws a random number, records a node or bumps a version: the figures come from detached
tensors with recording off.
"""

from __future__ import annotations

import ctypes
import math
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from app.contract.messages import Packed, SummaryRow
from app.tracer.private import is_functorch_wrapped
from app.tracer.stream import row_of
from app.tracer.tensors.fetching import Pending, fetching, figures_there, row_of_figures
from app.tracer.tensors.figures import Extremes, extremes_of, statistics
from app.tracer.tensors.kinds import dispatches, has_memory, shape_of
from app.tracer.tensors.pictures import Grid, count, grid_of, on_grid, picture_of, turned
from app.tracer.tensors.remembered import remembered
from app.tracer.tensors.unwritten import unwritten
from app.tracer.unseen import is_unseen, unseen

ALL_VALUES = 64
EXACT = 65_536
_RUN = 16
"""The number of neighbours in each run of a sample."""
_ENOUGH = 4096
"""The number of elements in the sample of a tensor with gaps."""


Summarised = SummaryRow | Packed | Pending


def summarise(tensor: Tensor, exact: bool = False) -> Summarised:
    """The summary of `tensor`, any shape, dtype, layout and device.

    Figures from another device come later: the row that holds them waits.

    Where torch has no values to give (meta, fake and vmapped tensors, uninitialised memory and
    parameters) every figure is None.
    """
    try:
        if type(tensor) not in _TYPES and dispatches(tensor):
            shape = shape_of(tensor)
            return _unknown(math.prod(shape) if shape else 0)
        if unwritten.storages and unwritten.holds(tensor):
            return _unknown(tensor.numel())
        packed = _packed(tensor, ALL_VALUES)
        if packed is not None:
            return packed
        numel = tensor.numel()
        if numel > ALL_VALUES:
            known = _known(tensor, numel, exact)
            if known is not None:
                return known
        if tensor.layout is not torch.strided:
            return _of_layout(tensor, numel)
        if tensor.is_meta or is_functorch_wrapped(tensor) or not has_memory(tensor):
            return _unknown(numel)
        if not tensor.is_cpu and not tensor.is_quantized:
            return _later(tensor, numel, exact)
        if numel <= ALL_VALUES and tensor.dtype in _PLAIN:
            with unseen():
                values = tensor.tolist()
            return SummaryRow(numel, values, None, None, None, None, None, 0, 0, 0, False)
        return _figures(tensor, numel, exact)
    except (RuntimeError, NotImplementedError, ValueError, TypeError):
        # A subclass or a backend that cannot answer: the trace says that it does not know.
        return _unknown(_numel(tensor))


def _numel(tensor: Tensor) -> int:
    """Return the number of elements; 0 where there is no one number."""
    try:
        return tensor.numel()
    except (RuntimeError, NotImplementedError, ValueError, TypeError):
        return 0


_Packer = tuple[str, Any, int, int]
_packers: dict[Any, _Packer] = {}
"""By dtype and shape: their form as packed, how the memory at an address is read, and the
bytes of one element and of all."""


def _packed(tensor: Tensor, most: int) -> Packed | None:
    """Return the elements as they lie in memory, copied, if there are at most so many.

    None for what does not lie in this process's memory as plain numbers.
    """
    if type(tensor) not in _TYPES or not tensor.is_cpu or tensor.layout is not torch.strided:
        return None
    try:
        packer = _packers.get((tensor.dtype, tensor.shape)) or _packer(tensor, most)
    except (RuntimeError, TypeError):  # a nested tensor has no one shape, a symbol no hash
        return None
    if packer is None:
        return None
    form, memory_at, size, length = packer
    if not 0 < length <= most * size:
        return None
    if not tensor.is_contiguous() or tensor.is_neg():
        if not has_memory(tensor):
            return None
        if is_unseen() and not (tensor.requires_grad or tensor.is_neg()):
            in_order = tensor.contiguous()
        else:
            with unseen():
                in_order = tensor.detach().resolve_neg().contiguous()
        return row_of(Packed, (form, memory_at(in_order.data_ptr()).raw))
    address, start = tensor.data_ptr(), tensor.storage_offset() * size
    # As `has_memory` has it, for what lies in order.
    if address == start or start + length > tensor.untyped_storage().nbytes():
        return None
    return row_of(Packed, (form, memory_at(address).raw))


def _packer(tensor: Tensor, most: int) -> _Packer | None:
    """Remember how tensors of this dtype and shape are packed, if they have at most so many
    elements."""
    code, numel = _CODES.get(tensor.dtype), tensor.numel()
    if code is None or numel > most:
        return None
    shape, size = ",".join(map(str, tensor.shape)), tensor.element_size()
    memory = ctypes.c_char * (numel * size)
    packer = _packers[tensor.dtype, tensor.shape] = (
        f"{code}|{shape}", memory.from_address, size, numel * size
    )  # fmt: skip
    return packer


def every_value(tensor: Tensor, most: int) -> SummaryRow | Packed:
    """Return all elements of a tensor with at most so many, of others an exact summary."""
    if type(tensor) in _TYPES and not tensor.is_meta:
        with unseen():
            tensor = tensor.detach().cpu()
            tensor = tensor.float() if tensor.dtype is torch.bfloat16 else tensor
        if (packed := _packed(tensor, most)) is not None:
            return packed
    return _here(tensor, exact=True)


def _unknown(numel: int) -> SummaryRow:
    return SummaryRow(numel, None, None, None, None, None, None, 0, 0, 0, False)


def _of_layout(tensor: Tensor, numel: int) -> Summarised:
    """Summarise sparse, nested and other layouts: as dense if small, otherwise unknown."""
    if numel > EXACT or tensor.is_nested:
        return _unknown(numel)
    with unseen():
        return summarise(tensor.detach().to_dense())


def _figures(tensor: Tensor, numel: int, exact: bool) -> SummaryRow:
    with unseen():
        flat = tensor.detach()
        if flat.is_quantized:
            flat = flat.dequantize()
        if flat.is_complex():
            return _of_complex(flat, numel)
        if numel <= ALL_VALUES:
            return statistics(_as_floats(flat.reshape(-1)), numel, False)
        sampled = numel > EXACT and not exact
        grid = grid_of(flat)
        in_order = _in_memory_order(flat, numel)
        if in_order is None:
            elements = _as_floats((_thinned(flat) if sampled else flat).reshape(-1))
            shown = on_grid(flat, grid)
        elif sampled:
            elements, shown = _sample(in_order, grid, numel)
        else:
            elements, shown = _as_floats(in_order), on_grid(flat, grid)
        extremes = None
        if sampled:
            extremes = extremes_of(flat if in_order is None else in_order)
        elif in_order is not None and (known := remembered.known(in_order, True)) is not None:
            sample = known.figures  # a sample's extremes are those of all
            extremes = Extremes(sample.min, sample.max, sample.nan, sample.inf)
        row = statistics(elements, numel, sampled, extremes)
        row = _pictured(row, shown, elements)
        if in_order is not None:
            remembered.remember(in_order, row, grid)
        return row


def _known(tensor: Tensor, numel: int, exact: bool) -> SummaryRow | None:
    """Return the figures of a tensor whose elements have been summarised before, or None."""
    if type(tensor) not in _TYPES or tensor.layout is not torch.strided or not _is_dense(tensor):
        return None
    known = remembered.known(tensor, numel > EXACT and not exact)
    if known is None:
        return None
    figures, grid = known.figures, grid_of(tensor)
    if known.grid == grid:
        return figures
    if known.grid.turned == grid:
        picture = None if figures.picture is None else turned(figures.picture)
        return figures._replace(picture=picture)
    if figures.nan or figures.inf:
        return None
    with unseen():
        return _pictured(figures, on_grid(tensor.detach(), grid))


def _pictured(row: SummaryRow, shown: Tensor, looked_at: Tensor | None = None) -> SummaryRow:
    """Return the figures, of `looked_at`, with a picture of `shown`."""
    picture = picture_of(shown, row.min, row.max, looked_at)
    return row if picture is None else row_of(SummaryRow, (*row[:11], picture))


def _as_floats(elements: Tensor) -> Tensor:
    if elements.dtype in _STATISTICAL:
        return elements
    return elements.to(torch.float64 if elements.dtype in _INTEGRAL else torch.float32)


def _later(tensor: Tensor, numel: int, exact: bool) -> SummaryRow | Pending:
    """Summarise a tensor on another device: computed there, fetched with others."""
    with unseen():
        flat = tensor.detach()
        if numel <= ALL_VALUES:
            return fetching.add(flat.clone(), _here)
        if flat.is_complex():
            return _of_complex(flat, numel)
        sampled = numel > EXACT and not exact
        grid = grid_of(flat)
        figures = figures_there(_elements(flat, numel, sampled), on_grid(flat, grid), flat)
        read = partial(row_of_figures, numel=numel, sampled=sampled, columns=grid.columns)
        return fetching.add(figures, read)


def counted(summary: Summarised, tensor: Tensor) -> Summarised:
    """Return an exact summary of `tensor` with every element counted, if it has a picture."""
    if not isinstance(summary, SummaryRow) or summary.picture is None or not tensor.is_cpu:
        return summary
    picture = summary.picture
    with unseen():
        flat = tensor.detach()
        dense = flat if flat.layout is torch.strided else flat.to_dense()
        elements = _elements(dense, summary.numel, False)
        if summary.nan or summary.inf:
            elements = elements[torch.isfinite(elements)]
        counts = count(elements, picture.low, picture.high)
    return summary._replace(picture=picture._replace(counts=counts))


def _here(tensor: Tensor, exact: bool = False) -> SummaryRow | Packed:
    """Summarise a tensor in this process's memory."""
    values = summarise(tensor, exact)
    assert not isinstance(values, Pending)
    return values


def _in_memory_order(tensor: Tensor, numel: int) -> Tensor | None:
    """Return the elements in one dimension in the order of memory; None if they have gaps."""
    if tensor.is_contiguous():
        return tensor if tensor.dim() == 1 else tensor.view(-1)
    return tensor.as_strided((numel,), (1,)) if _is_dense(tensor) else None


def _is_dense(tensor: Tensor) -> bool:
    """Return whether the elements, in some order, fill a part of memory without gaps."""
    if tensor.is_contiguous():
        return True
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size != 1:
            if stride != expected:
                return False
            expected *= size
    return True


def _sample(in_order: Tensor, grid: Grid, numel: int) -> tuple[Tensor, Tensor]:
    """A run of neighbours from each element on the grid, as floats, and those on the grid.

    What lies far apart costs a look at memory each, what lies beside it next to nothing.
    """
    run = min(_RUN, numel - grid.last)
    strips = in_order.as_strided((*grid.sizes, run), (*grid.strides, 1))
    elements = _as_floats(strips.reshape(-1))
    return elements, elements.as_strided((grid.rows, grid.columns), (grid.columns * run, run))


def _elements(tensor: Tensor, numel: int, sampled: bool) -> Tensor:
    """Return all elements, or a sample, in one dimension as floats."""
    in_order = _in_memory_order(tensor, numel)
    if in_order is None:
        return _as_floats((_thinned(tensor) if sampled else tensor).reshape(-1))
    if sampled:
        return _sample(in_order, grid_of(tensor), numel)[0]
    return _as_floats(in_order)


def _thinned(tensor: Tensor) -> Tensor:
    """Return an evenly spaced sample of a tensor with gaps or repeats, without copying it all."""
    while tensor.numel() > 2 * _ENOUGH:
        longest = max(range(tensor.dim()), key=lambda d: tensor.shape[d])
        step = min(tensor.shape[longest], max(2, tensor.numel() // _ENOUGH))
        tensor = tensor[tuple([slice(None)] * longest + [slice(None, None, step)])]
    return tensor


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
