"""Values that left torch as Python or NumPy objects, known again when they come back.

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
"""The objects kept in mind, the latest; a float and its entry take about 200 bytes."""
_LOOKED_AT = 64
"""Numbers of one list that are remembered, or looked for."""
_NUMBERS = (float, complex)
"""Of these each call makes a new object.  Small ints and bools are shared by the whole program."""


class Outside:
    """Which operation each object came from."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[int, tuple[Any, int]] = OrderedDict()
        """By `id`; the number is held here, so that its id is not given to another."""
        self._arrays: dict[int, tuple[Weak, int]] = {}
        """By `id`, as long as the array lives."""

    def __bool__(self) -> bool:
        """Whether anything has left torch yet: before that nothing can come back."""
        return bool(self._numbers or self._arrays)

    def left(self, operation: int, result: Any) -> None:
        """`operation` returned `result`: a number, a list of them, or an array of NumPy's."""
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
        """The operations from which numbers or arrays among a call's arguments came, each once."""
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
        """The operation that gave this array, or the one that it is a view of."""
        while array is not None:
            known = self._arrays.get(id(array))
            if known is not None and known[0]() is array:
                return known[1]
            array = getattr(array, "base", None)
        return None


def _is_array(value: Any) -> bool:
    """Without importing NumPy, which the snippet may do without."""
    kind = type(value)
    return kind.__name__ == "ndarray" and kind.__module__ == "numpy"


def _numbers_in(value: Any, left: list[int]) -> Iterator[Any]:
    """The numbers in a value and in its lists, the first of them: `left[0]` counts down."""
    if isinstance(value, _NUMBERS):
        left[0] -= 1
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            if left[0] <= 0:
                return
            yield from _numbers_in(item, left)
