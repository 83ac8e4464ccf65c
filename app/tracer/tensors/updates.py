"""What an optimizer step does to its parameters: norms of gradients, values and changes.

They are worked out from a sample of each parameter, for all of them together, so that a step costs
a few calls into torch however many parameters there are, and on a GPU no wait at all.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from app.contract.messages import Packed
from app.tracer.tensors.fetching import MaybeFetched, fetching

MOST = 4096
"""Elements of each parameter; of a larger one, they are spread evenly over its memory."""
_MOST_TENSORS = 1000
"""In one group: three figures of each fill a `Packed`."""
_TYPES = (Tensor, torch.nn.Parameter)


class Figures(NamedTuple):
    """Of parameters on one device: three rows of norms, of gradients, values and changes.

    The norm of a gradient is −1 where there is none.
    """

    parameters: list[Tensor]
    sampled: list[int]
    norms: MaybeFetched


class _Gradient(NamedTuple):
    sample: Tensor
    factor: float
    """How many elements each one of the sample represents."""


class _Group(NamedTuple):
    parameters: list[Tensor]
    samples: list[Tensor]
    """Views of the parameters' memory."""
    before: Tensor
    gradients: list[_Gradient | None]


class Updates:
    """The parameters as they are before a step; `after` compares them with what they are then.

    Call both without the snippet's modes, in grad mode off.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self._groups = [_group(found) for found in _alike(parameters)]

    def after(self) -> Iterator[Figures]:
        for parameters, samples, before, gradients in self._groups:
            if not any(one is not None for one in gradients):
                gradients = _gradients(parameters)  # a closure computed them
            given = [one.sample for one in gradients if one is not None]
            sizes = [sample.numel() for sample in samples]
            lengths = [0 if one is None else one.sample.numel() for one in gradients] + sizes * 2
            factors = [_numbers(p) / size for p, size in zip(parameters, sizes, strict=True)]
            of_gradients = [None if one is None else one.factor for one in gradients]
            wide = torch.float32 if before.device.type == "mps" else torch.float64
            flat = torch.cat([*given, before, *samples]).to(wide)
            change = flat[-before.numel() :]
            change -= flat[-2 * before.numel() : -before.numel()]
            flat *= flat
            parts = torch.tensor(lengths, device=flat.device)
            squares = torch.segment_reduce(flat, "sum", lengths=parts, unsafe=True)
            sampled = [int(factor > 1) for factor in factors]
            yield Figures(parameters, sampled, _norms(squares, factors, of_gradients))


def _alike(parameters: Iterable[Tensor]) -> Iterator[list[Tensor]]:
    """Yield the parameters whose values can be read, those of one device and dtype together."""
    alike: dict[Any, list[Tensor]] = {}
    for one in parameters:
        is_plain = type(one) in _TYPES and one.layout is torch.strided and not one.is_meta
        if is_plain and one.numel() and (one.is_floating_point() or one.is_complex()):
            alike.setdefault((one.device, one.dtype), []).append(one)
    for found in alike.values():
        for start in range(0, len(found), _MOST_TENSORS):
            yield found[start : start + _MOST_TENSORS]


def _group(parameters: list[Tensor]) -> _Group:
    samples = [_sample(one) for one in parameters]
    return _Group(parameters, samples, torch.cat(samples), _gradients(parameters))


def _sample(tensor: Tensor) -> Tensor:
    """Return some elements in one dimension, as a view where that is possible."""
    flat = tensor.detach()
    if flat.is_complex():
        flat = torch.view_as_real(flat.resolve_conj())
    if not flat.is_contiguous():
        flat = flat.permute(sorted(range(flat.ndim), key=flat.stride, reverse=True))
    flat = flat.reshape(-1)
    if flat.numel() <= MOST:
        return flat
    return flat[:: -(-flat.numel() // MOST) | 1]  # an odd step: all columns of most matrices


def _numbers(tensor: Tensor) -> int:
    return tensor.numel() * (2 if tensor.is_complex() else 1)


def _gradients(parameters: Sequence[Tensor]) -> list[_Gradient | None]:
    """Return copies of samples of the gradients; None where there is none."""
    found = [_sample_of_gradient(one) for one in parameters]
    given = [one.sample for one in found if one is not None]
    if not given:
        return found
    copies = iter(torch.cat(given).split_with_sizes([one.numel() for one in given]))
    return [None if one is None else one._replace(sample=next(copies)) for one in found]


def _sample_of_gradient(parameter: Tensor) -> _Gradient | None:
    grad = parameter.grad
    if grad is None or type(grad) not in _TYPES:
        return None
    if grad.layout is torch.sparse_coo:
        grad = grad.coalesce().values()
    if grad.layout is not torch.strided or grad.dtype != parameter.dtype or not grad.numel():
        return None
    sample = _sample(grad)
    return _Gradient(sample, _numbers(grad) / sample.numel())


def _norms(squares: Tensor, factors: list[float], of_gradients: list[float | None]) -> MaybeFetched:
    """Return the norms of gradients, values and changes, estimated from those of samples."""
    count = len(factors)
    all_factors = [0.0 if one is None else one for one in of_gradients] + factors * 2

    def packed(here: Tensor) -> Packed:
        norms = (here.double() * torch.tensor(all_factors, dtype=torch.float64)).sqrt().tolist()
        norms[:count] = [
            -1.0 if factor is None else norm
            for norm, factor in zip(norms, of_gradients, strict=False)
        ]
        return Packed(f"d|3,{count}", struct.pack(f"<{3 * count}d", *norms))

    if squares.device.type == "cpu":
        return packed(squares)
    return fetching.add(squares, packed)
