"""Recognises values that left torch as Python or NumPy objects when they return.

`torch.tensor(loss.item())` gives a new leaf: no history leads from it to `loss`.  That it holds
the loss's value is known from the object itself: the very float that `item()` made goes into the
call.  What Python computes from such a float is another object, and nothing is said of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

from app.tracer.weak import Weak

_REMEMBERED = 4096
"""The number of objects remembered, the latest; a float and its entry take about 200 bytes."""
_LOOKED_AT = 64
"""The number of entries of a list that are remembered or searched."""
_NUMBERS = (float, complex)
"""Types whose every result is a new object.  Small ints and bools are shared objects."""


class Outside:
    """The operation from which each object came."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[int, tuple[Any, int]] = OrderedDict()
        """By `id`; the number is kept alive here, so that its id is not reused."""
        self._arrays: dict[int, tuple[Weak, int]] = {}
        """By `id`, while the array lives."""

    def __bool__(self) -> bool:
        """Return whether anything has left torch yet."""
        return bool(self._numbers or self._arrays)

    def left(self, operation: int, result: Any) -> None:
        """Remember that `operation` returned `result`: a number, a list of them, or an array."""
        if _is_array(result):
            key = id(result)
            gone = Weak(result, lambda _: self._arrays.pop(key, None))
            self._arrays[key] = gone, operation
            return
        for number in _numbers_in(result, [_LOOKED_AT]):
            self._numbers[id(number)] = number, operation
        while len(self._numbers) > _REMEMBERED:
            self._numbers.popitem(last=False)

    def came_back(self, arguments: Iterable[Any]) -> list[int]:
        """Return the operations that made numbers or arrays among a call's arguments, each once."""
        found: dict[int, None] = {}
        for argument in arguments:
            if _is_array(argument):
                operation = self._maker_of(argument)
                if operation is not None:
                    found[operation] = None
                continue
            for number in _numbers_in(argument, [_LOOKED_AT]):
                known = self._numbers.get(id(number))
                if known is not None and known[0] is number:
                    found[known[1]] = None
        return list(found)

    def _maker_of(self, array: Any) -> int | None:
        """Return the operation that made this array, or the array that it is a view of."""
        while array is not None:
            known = self._arrays.get(id(array))
            if known is not None and known[0]() is array:
                return known[1]
            array = getattr(array, "base", None)
        return None


def _is_array(value: Any) -> bool:
    """Return whether a value is an array, without importing NumPy for a snippet that does not."""
    kind = type(value)
    return kind.__name__ == "ndarray" and kind.__module__ == "numpy"


def _numbers_in(value: Any, left: list[int]) -> Iterator[Any]:
    """Yield the first numbers in a value and in its lists; `left[0]` counts down."""
    if isinstance(value, _NUMBERS):
        left[0] -= 1
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            if left[0] <= 0:
                return
            yield from _numbers_in(item, left)
