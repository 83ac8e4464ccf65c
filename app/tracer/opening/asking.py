"""What a node answers: its saved tensors, its settings, and its local derivative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

MOST_CELLS = 64
"""The node is called once for each cell of what arrives, up to this many."""
MOST_VALUES = 4096
"""Values of at most this many cells are sent."""

_SETTINGS = (bool, int, float, str, type(None))


class Derivative(NamedTuple):
    """How the cells of one outgoing gradient follow from those of the one that arrives.

    `kind` "cells": each follows from the cell at the same place, times the value there; "row": all
    follow from the single cell that arrives; "matrix": the row of a cell that arrives has what
    goes from it into each cell that goes out; "ones": what the node answers to ones, which is the
    derivative if it works cell by cell.
    """

    slot: int
    kind: str
    values: Tensor


def settings_of(node: Any) -> dict[str, Any]:
    """Return what a node keeps besides tensors: "dim", "alpha", …

    What is there in the place of a symbolic or other object is left out.
    """
    found: dict[str, Any] = {}
    for attribute in dir(type(node)):
        if attribute.startswith("_saved_") and not hasattr(type(node), f"_raw{attribute}"):
            value = getattr(node, attribute)
            if _is_plain(value):
                found[attribute.removeprefix("_saved_")] = _signed(value)
    return found


def _signed(value: Any) -> Any:
    """Return a negative number that torch gives as one of 64 bits without a sign: dim = -1."""
    if isinstance(value, (list, tuple)):
        return [_signed(one) for one in value]
    return value - (1 << 64) if type(value) is int and value >= 1 << 63 else value


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return len(value) <= MOST_CELLS and all(map(_is_plain, value))
    return type(value) in _SETTINGS


def unit_answers(node: Any, arrived: Sequence[Tensor | None]) -> list[Sequence[Tensor | None]]:
    """Call `node` with each unit of what arrives; nothing where that is too much, or unclear.

    A node is linear in what arrives, so the answers are its local derivative.
    """
    if (only := _only_gradient(node, arrived)) is None:
        return []
    slot, grad = only
    if not 0 < grad.numel() <= MOST_CELLS or grad.is_complex():
        return []
    return [_called(node, arrived, slot, unit) for unit in _units(grad)]


def all_at_once(node: Any, arrived: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
    """Call `node` with ones: the local derivative of a node that works cell by cell."""
    if (only := _only_gradient(node, arrived)) is None:
        return ()
    slot, grad = only
    if not MOST_CELLS < grad.numel() <= MOST_VALUES:
        return ()
    return _called(node, arrived, slot, torch.ones_like(grad))


def _only_gradient(node: Any, arrived: Sequence[Tensor | None]) -> tuple[int, Tensor] | None:
    """Return the slot at which a gradient arrives, and the gradient.

    None where there is not exactly one, it is not strided, or the node cannot be called.
    """
    found = [(slot, grad) for slot, grad in enumerate(arrived) if grad is not None]
    if len(found) != 1 or not callable(node) or found[0][1].layout is not torch.strided:
        return None
    return found[0]


def _units(grad: Tensor) -> Iterator[Tensor]:
    for place in range(grad.numel()):
        unit = torch.zeros(grad.numel(), dtype=grad.dtype, device=grad.device)
        unit[place] = 1
        yield unit.reshape(grad.shape)


def _called(
    node: Any, arrived: Sequence[Tensor | None], slot: int, grad: Tensor
) -> Sequence[Tensor | None]:
    given = [grad if place == slot else None for place in range(len(arrived))]
    answer = node(*given)
    return answer if isinstance(answer, tuple) else (answer,)


def derivatives(
    answers: Sequence[Sequence[Tensor | None]], arrived: Tensor, going: Sequence[Tensor | None]
) -> Iterator[Derivative]:
    """Yield the local derivative of each gradient that goes out, from the answers to units.

    The engine sums what a node answers to the shape of the input, where that was broadcast.
    """
    for slot, out in enumerate(going):
        if out is None or not out.numel() or len(answers) * out.numel() > MOST_VALUES:
            continue
        parts = [answer[slot] if slot < len(answer) else None for answer in answers]
        rows = [
            (torch.zeros_like(out) if part is None else part.sum_to_size(out.shape)).reshape(-1)
            for part in parts
        ]
        yield _derivative(slot, torch.stack(rows), arrived, out)


def _derivative(slot: int, matrix: Tensor, arrived: Tensor, out: Tensor) -> Derivative:
    if len(matrix) == 1 and out.numel() > 1:
        return Derivative(slot, "row", matrix.reshape(out.shape))
    if arrived.shape == out.shape:
        diagonal = matrix.diagonal()
        if bool((matrix - torch.diag(diagonal)).count_nonzero() == 0):
            return Derivative(slot, "cells", diagonal.reshape(out.shape))
    return Derivative(slot, "matrix", matrix)


def at_once(
    answer: Sequence[Tensor | None], arrived: Tensor, going: Sequence[Tensor | None]
) -> Iterator[Derivative]:
    """Yield what the node answers to ones, where cells could correspond."""
    for slot, out in enumerate(going):
        part = answer[slot] if slot < len(answer) else None
        if part is not None and out is not None and part.shape == out.shape == arrived.shape:
            yield Derivative(slot, "ones", part)
