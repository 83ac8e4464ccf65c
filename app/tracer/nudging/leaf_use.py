"""The leaf of one run that is looked for, watched or moved, by the calls that are given it.

A leaf is moved in a run of its own, where the objects of the run before do not exist.  So it is
known by numbers that are equal in equal runs: leaves that require grad are counted in the order in
which calls into torch are first given them, and so are the calls that are given the leaf.

Moving gives the leaf memory of its own with the value in it.  What shares the old memory stays as
it is: the `.grad` of a leaf is about the leaf alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from app.contract.messages import NUDGE_CELLS
from app.tracer.calls.hidden_mode import HiddenMode
from app.tracer.tensors.table import is_leaf, tensors_in
from app.tracer.unseen import unseen
from app.tracer.weak import Weak


class LeafUse(HiddenMode):
    """Counts the leaves, and reads an element of one before each call that is given it.

    With `moved_to`, the element is moved to that before call number `call`.
    """

    def __init__(
        self,
        index: Sequence[int],
        leaf: int | None = None,
        call: int | None = None,
        moved_to: float | None = None,
    ) -> None:
        super().__init__()
        self._index, self._wanted = tuple(index), leaf
        self._call, self._moved_to = call, moved_to
        self._numbers: dict[int, tuple[Weak, int]] = {}
        """Leaves by `id`, with their numbers."""
        self._count = 0
        self.values: list[float] = []
        """The element before each call that was given the leaf."""
        self.first_recorded: int | None = None
        """The first of these calls that autograd recorded."""
        self.value: float | None = None
        """What the element was moved to, in the dtype of the leaf."""

    def number_of(self, leaf: Tensor) -> int | None:
        """Return the number of a leaf, None if no call was given it."""
        known = self._numbers.get(id(leaf))
        return None if known is None or known[0]() is not leaf else known[1]

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        with unseen():
            given = tensors_in((*args, *kwargs.values()), [])
            used = [self._given(one) for one in given if one.requires_grad and is_leaf(one)]
        result = func(*args, **kwargs)
        if any(used) and self.first_recorded is None:
            with unseen():
                made = tensors_in((result,), [])
                if any(one.requires_grad and not is_leaf(one) for one in made):
                    self.first_recorded = len(self.values) - 1
        return result

    def _given(self, leaf: Tensor) -> bool:
        """Note that a call is given a leaf; return whether it is the wanted one."""
        number = self.number_of(leaf)
        if number is None:
            number, self._count = self._count, self._count + 1
            self._numbers[id(leaf)] = Weak(leaf), number
        if number != self._wanted:
            return False
        if len(self.values) == self._call and self._moved_to is not None and self.value is None:
            self.value = move(leaf, self._index, self._moved_to)
        self.values.append(element(leaf, self._index))
        return True


def element(tensor: Tensor, index: Sequence[int]) -> float:
    return float(tensor.detach()[tuple(index)].item())


def cells_around(leaf: Tensor, index: Sequence[int]) -> list[list[float]]:
    """Return the elements that are shown with one: at most 4 rows and columns of a matrix."""
    shown = leaf.detach().reshape((1,) * (2 - len(index)) + tuple(leaf.shape))
    place = (*(0,) * (2 - len(index)), *index)
    begins = [one - one % NUDGE_CELLS for one in place[-2:]]
    part = tuple(slice(begin, begin + NUDGE_CELLS) for begin in begins)
    cells: list[list[float]] = shown[place[:-2] + part].double().tolist()
    return cells


def move(leaf: Tensor, index: Sequence[int], value: float) -> float:
    """Set an element of a leaf; return its value in the dtype of the leaf."""
    moved = leaf.detach().clone()
    moved[tuple(index)] = value
    leaf.data = moved
    return element(leaf, index)


def why_not_movable(leaf: Tensor, index: Sequence[int]) -> str | None:
    """Return why an element of a leaf cannot be moved, None if it can."""
    if not leaf.dtype.is_floating_point:
        return f"it is {str(leaf.dtype).removeprefix('torch.')}, not real numbers"
    if leaf.layout is not torch.strided:
        return "it is a sparse tensor"
    sizes = tuple(leaf.shape)
    inside = zip(index, sizes, strict=False)
    if len(index) != len(sizes) or not all(0 <= one < size for one, size in inside):
        return f"it has no element {list(index)}: its shape is {list(sizes)}"
    if not isfinite(value := element(leaf, index)):
        return f"the value to move is {value}, not a finite number"
    return None
