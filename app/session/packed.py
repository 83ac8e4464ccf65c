"""Values of small tensors as the tracing process packs them: "f|2,3|0000803f..."."""

from __future__ import annotations

import re
import struct
from math import isfinite, prod
from typing import Any

_PACKED = re.compile(r"([fdeqihbB?])\|((?:[0-9]{1,9}(?:,[0-9]{1,9}){0,63})?)\|([0-9a-f]*)")
_ELEMENTS = 4096


def unpack(text: str) -> Any:
    """The values as a nested list (or a bare scalar), NaN and infinities as words.

    >>> unpack("f|2|0000803f0000c07f")
    [1.0, 'nan']

    Raises ValueError where the text is not what it should be.
    """
    return nested(*elements(text))


def elements(text: str) -> tuple[list[float], list[int]]:
    """The values one after the other as Python numbers, and the shape; raises as `unpack` does."""
    match = _PACKED.fullmatch(text)
    if match is None:
        raise ValueError(f"expected packed values, got {text!r:.40}")
    code, shape_text, digits = match.groups()
    shape = [int(n) for n in shape_text.split(",")] if shape_text else []
    data = bytes.fromhex(digits)
    count = len(data) // struct.calcsize(f"<{code}")
    if count > _ELEMENTS or count != prod(shape):
        raise ValueError(f"{count} values do not fill the shape {shape}")
    return list(struct.unpack(f"<{count}{code}", data)), shape


def nested(numbers: list[float], shape: list[int]) -> Any:
    """The numbers as nested lists of this shape, NaN and infinities as words."""
    flat: list[Any] = numbers
    if not all(map(isfinite, numbers)):
        flat = [_in_words(value) for value in numbers]
    return _nested(flat, shape)


def _in_words(value: Any) -> Any:
    if value != value:
        return "nan"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    return value


def _nested(flat: list[Any], shape: list[int]) -> Any:
    if not shape:
        return flat[0]
    for size in reversed(shape[1:]):
        flat = [flat[i : i + size] for i in range(0, len(flat), size)] if size else flat
    return flat
