"""Values of small tensors as the tracing process packs them: "f|2,3|0000803f..."."""

from __future__ import annotations

import re
import struct
from typing import Any

_PACKED = re.compile(r"([fdeqihbB?])\|((?:[0-9]{1,9}(?:,[0-9]{1,9}){0,63})?)\|([0-9a-f]*)")
_ELEMENTS = 4096


def is_packed(values: Any) -> bool:
    return isinstance(values, str) and "|" in values


def unpack(text: str) -> Any:
    """The values as a nested list (or a bare scalar), NaN and infinities as words.

    >>> unpack("f|2|0000803f0000c07f")
    [1.0, 'nan']

    Raises ValueError where the text is not what it should be.
    """
    match = _PACKED.fullmatch(text)
    if match is None:
        raise ValueError(f"expected packed values, got {text!r:.40}")
    code, shape_text, digits = match.groups()
    shape = [int(n) for n in shape_text.split(",")] if shape_text else []
    data = bytes.fromhex(digits)
    count = len(data) // struct.calcsize(f"<{code}")
    if count > _ELEMENTS or count != _product(shape):
        raise ValueError(f"{count} values do not fill the shape {shape}")
    flat = [_in_words(value) for value in struct.unpack(f"<{count}{code}", data)]
    return _nested(flat, shape)


def _product(shape: list[int]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


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
