"""Keeps the values of tensors in one buffer, and computes the figures of small ones.

The tracing process sends up to 64 elements as they are and leaves the arithmetic to us, so that
the snippet is not slowed down by it.  It is done when a summary is asked for.
"""

from __future__ import annotations

import binascii
import math
import re
import struct
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from app.contract.messages import Packed, SummaryRow, Values
from app.contract.records import Number, Picture, Summary
from app.session.trace.values import packed
from app.session.trace.values.coarse import check

Element = float | str | None
"""A number, one of the words "nan", "inf", "-inf", or a complex number such as "(1+2j)"."""

_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_COMPLEX = re.compile(r"[-+()0-9.einfaj]{2,64}")
_LARGEST = sys.float_info.max
_DEEPEST = 64
"""torch tensors have at most 64 dimensions."""


class Summaries:
    """Summaries by number: where each begins in one buffer.

    There its length is, and its JSON; or, for packed values, the number of their dtype and shape,
    and the values.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._forms: list[str] = []
        self._heads: dict[str, tuple[bytes, int]] = {}
        """By form: what goes before packed values, and the bytes that they are."""
        self._unknown: dict[int, int] = {}

    def add_all(self, values: Iterable[Values]) -> list[int | None]:
        """Add sent values, and return the number of each; None where none were sent.

        Raises msgspec.ValidationError, and adds nothing, if some are malformed.
        """
        numbers: list[int | None] = []
        parts: list[bytes] = []
        end = len(self._data)
        for one in values:
            if one is None:
                numbers.append(None)
                continue
            head, data = self._stored(one)
            numbers.append(end)
            parts += (head, data)
            end += len(head) + len(data)
        self._data += b"".join(parts)
        return numbers

    def _stored(self, values: SummaryRow | Packed) -> tuple[bytes, bytes]:
        if not isinstance(values, Packed):
            return _as_json(summary_of(values))
        form, data = values
        known = self._heads.get(form)
        if known is None or len(data) != known[1]:
            summary_of(values)  # raises where they are malformed
            known = self._heads[form] = _HEAD.pack(len(self._forms)), packed.size(form)
            self._forms.append(form)
        return known[0], data

    def add_record(self, summary: Summary) -> int:
        number = len(self._data)
        self._data += b"".join(_as_json(summary))
        return number

    def add_or_none(self, summary: Summary | None) -> int | None:
        return None if summary is None else self.add_record(summary)

    def add_unknown(self, numel: int) -> int:
        """Add the summary of a tensor without values, once for each size."""
        if numel not in self._unknown:
            unknown = Summary(numel, None, None, None, None, None, None, 0, 0, 0, False)
            self._unknown[numel] = self.add_record(unknown)
        return self._unknown[numel]

    def __getitem__(self, number: int) -> Summary:
        (head,) = _HEAD.unpack_from(self._data, number)
        number += _HEAD.size
        if head < 0:
            return _decoder.decode(self._data[number : number - head])
        form = self._forms[head]
        return _of_packed(form, bytes(self._data[number : number + packed.size(form)]))


_HEAD = struct.Struct("<i")
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Summary)


def _as_json(summary: Summary) -> tuple[bytes, bytes]:
    data = _encoder.encode(summary)
    return _HEAD.pack(-len(data)), data


def flatten(values: Any) -> list[Element]:
    """Return the elements of a nested list (or a bare scalar) in row-major order; [] for None.

    Raises ValueError if something in it is not an element of a tensor.
    """
    flat: list[Element] = []
    if values is not None:
        _flatten(values, flat, _DEEPEST)
    return flat


def _flatten(value: Any, into: list[Element], depth: int) -> None:
    if isinstance(value, list):
        if not depth:
            raise ValueError("nested deeper than a tensor can be")
        if set(map(type, value)) == {float} and all(map(math.isfinite, value)):
            into += value  # the commonest by far
            return
        for item in value:
            _flatten(item, into, depth - 1)
    elif _is_element(value):
        into.append(value)
    else:
        raise ValueError(f"expected numbers, got {value!r:.40}")


def _is_element(value: Any) -> bool:
    if isinstance(value, str):
        return value in _WORDS or _COMPLEX.fullmatch(value) is not None
    return isinstance(value, int | float) and abs(value) <= _LARGEST


def summary_of(values: SummaryRow | Packed) -> Summary:
    """Return the summary of sent values.  Raises msgspec.ValidationError if they are malformed."""
    try:
        if isinstance(values, Packed):
            return _of_packed(*values)
        if values.values is None:
            return _of_figures(values)
        values = msgspec.convert(list(values), SummaryRow)
        numbers = _numbers(flatten(values.values))
    except ValueError as error:
        raise msgspec.ValidationError(f"{error} - at `$.values`") from None
    if numbers is None:
        return Summary(values.numel, values.values, None, None, None, None, None, 0, 0, 0, False)
    return _figures(values.numel, values.values, numbers)


@lru_cache(maxsize=1024)
def _of_packed(form: str, data: bytes) -> Summary:
    numbers, shape = packed.elements(Packed(form, data))
    return _figures(len(numbers), packed.nested(numbers, shape), numbers)


def _of_figures(values: SummaryRow) -> Summary:
    """Return the summary of a tensor for which only figures were sent."""
    fields = values._asdict() | {"picture": None}
    figures = {name: number(one) for name, one in fields.items() if isinstance(one, float)}
    summary = msgspec.convert(fields | figures, Summary)
    if values.picture is not None:
        levels = binascii.b2a_base64(values.picture.levels, newline=False).decode()
        summary.picture = Picture(**values.picture._asdict() | {"levels": levels})
        check(summary.picture)
    return summary


def _numbers(elements: Sequence[Element]) -> list[float] | None:
    """Return the elements as floats, or None for complex ones, which have no order."""
    numbers: list[float] = []
    for element in elements:
        if isinstance(element, str):
            if element not in _WORDS:
                return None
            numbers.append(_WORDS[element])
        else:
            numbers.append(float(element or 0))
    return numbers


def _figures(numel: int, values: Any, numbers: list[float]) -> Summary:
    if not numbers:
        return Summary(numel, values, None, None, None, None, 0.0, 0, 0, 0, False)
    zeros = numbers.count(0.0)
    nan = inf = 0
    if not all(map(math.isfinite, numbers)):
        nan = sum(map(math.isnan, numbers))
        inf = sum(map(math.isinf, numbers))
    # float: those of a tensor of bools or integers are numbers of the document as well
    low, high = (math.nan, math.nan) if nan else (float(min(numbers)), float(max(numbers)))
    mean, std, norm = _moments(numbers) if nan + inf == 0 else _torch_moments(numbers)
    return Summary(
        numel, values, number(low), number(high), number(mean),
        None if std is None else number(std), number(norm), nan, inf, zeros, False,
    )  # fmt: skip


def _moments(numbers: list[float]) -> tuple[float, float | None, float]:
    """Return mean, unbiased deviation (None for fewer than two) and 2-norm of finite numbers."""
    count = len(numbers)
    try:
        mean = math.fsum(numbers) / count
    except OverflowError:
        mean = math.fsum(n / count for n in numbers)
    norm = math.hypot(*numbers)
    if count < 2:
        return mean, None, norm
    return mean, math.hypot(*(n - mean for n in numbers)) / math.sqrt(count - 1), norm


def _torch_moments(numbers: list[float]) -> tuple[float, float | None, float]:
    """Return mean, deviation and norm with NaN or infinities among the numbers, as torch does."""
    mean = sum(numbers) / len(numbers)
    norm = math.nan if any(map(math.isnan, numbers)) else math.inf
    return mean, math.nan if len(numbers) > 1 else None, norm


def number(value: float) -> Number:
    """Return `value` as in the document: NaN and infinities are words."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "nan"
    return "inf" if value > 0 else "-inf"
