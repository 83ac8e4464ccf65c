"""Values of small tensors as the tracing process packs them (`app.contract.messages.Packed`)."""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from math import isfinite, prod
from typing import Any

from app.contract.messages import Packed

_FORM = re.compile(r"([fdeqihbB?])\|([0-9]{1,9}(?:,[0-9]{1,9}){0,63})?")
_ELEMENTS = 4096


def unpack(packed: Packed) -> Any:
    """Return the values as a nested list (or a bare scalar), NaN and infinities as words.

    >>> unpack(Packed("f|2", bytes.fromhex("0000803f0000c07f")))
    [1.0, 'nan']

    Raises ValueError where they are not what they should be.
    """
    return nested(*elements(packed))


def elements(packed: Packed) -> tuple[list[float], list[int]]:
    """The values one after the other as Python numbers, and the shape; raises as `unpack` does."""
    form, data = packed
    if len(data) != size(form):
        raise ValueError(f"{len(data)} bytes do not fill the shape of {form}")
    values, shape = _form(form)
    return list(values.unpack(data)), shape


def size(form: str) -> int:
    """Return the number of bytes of values of this dtype and shape; raises as `unpack` does."""
    return _form(form)[0].size


@lru_cache(maxsize=256)
def _form(text: str) -> tuple[struct.Struct, list[int]]:
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"expected packed values, got {text!r:.40}")
    code, sizes = match.groups()
    shape = [int(size) for size in sizes.split(",")] if sizes else []
    count = prod(shape)
    if count > _ELEMENTS:
        raise ValueError(f"{count} values are more than are packed")
    return struct.Struct(f"<{count}{code}"), shape


def nested(numbers: list[float], shape: list[int], finite: bool = False) -> Any:
    """Return the numbers as nested lists of this shape, NaN and infinities as words.

    `finite` says that all are finite.
    """
    flat: list[Any] = numbers
    if not finite and not all(map(isfinite, numbers)):
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
