"""Formats numbers for the panels."""

from __future__ import annotations

from collections.abc import Sequence

from app.contract.records import Number, Summary
from app.session.language import ngettext, number, tr

_WORDS = {"nan": "NaN", "inf": "Inf", "-inf": "−Inf"}


def short(value: Number | None, decimals: int = 2) -> str:
    """Format a number in a few characters; "–" for None.

    >>> short(2.0597), short(-0.00012), short(123456.0), short("nan"), short(-0.0), short(None)
    ('2.06', '−1.2e-04', '1.23e+05', 'NaN', '0.00', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return _WORDS.get(value, value)  # a complex number is a text
    value += 0.0  # never −0
    magnitude = abs(value)
    if magnitude == 0 or 0.01 <= magnitude < 10_000:
        text = f"{value:.{decimals}f}"
    else:
        text = f"{value:.{2 if magnitude >= 1 else 1}e}"
    return text.replace("-", "−", 1) if value < 0 else text


def size(count: int) -> str:
    """Format bytes in a readable unit.

    >>> size(96), size(2048), size(5_000_000)
    ('96 bytes', '2.0 KiB', '4.8 MiB')
    """
    if count < 1024:
        return ngettext("{count} byte", "{count} bytes", count).format(count=number(count))
    amount = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        amount /= 1024
        if amount < 1024 or unit == "GiB":
            return f"{amount:.1f} {unit}"
    raise AssertionError("unreachable")


def duration(seconds: float) -> str:
    """
    >>> duration(0.41), duration(0.0521), duration(0.00052), duration(1.3e-6), duration(93.0)
    ('0.41 s', '52 ms', '520 µs', '1.3 µs', '1 min 33 s')
    """
    if seconds < 1e-5:
        return f"{seconds * 1e6:.1f} µs"
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.1:
        return f"{seconds * 1e3:.0f} ms" if seconds >= 0.01 else f"{seconds * 1e3:.1f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return tr("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)


def rough_duration(seconds: int) -> str:
    """
    >>> rough_duration(7), rough_duration(200)
    ('7 s', '3 min')
    """
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"


def shape(sizes: Sequence[int]) -> str:
    """
    >>> shape([2, 3]), shape([])
    ('[2, 3]', 'scalar')
    """
    return f"[{', '.join(map(str, sizes))}]" if sizes else tr("scalar")


def operations_counted(count: int) -> str:
    """
    >>> operations_counted(1), operations_counted(4000)
    ('1 operation', '4,000 operations')
    """
    return ngettext("{count} operation", "{count} operations", count).format(count=number(count))


def leaves_counted(count: int) -> str:
    return ngettext("{count} leaf", "{count} leaves", count).format(count=number(count))


def hits_counted(count: int) -> str:
    return ngettext("{count} hit", "{count} hits", count).format(count=number(count))


def values_counted(count: int) -> str:
    return ngettext("{count} value", "{count} values", count).format(count=number(count))


def gradient_text(sizes: Sequence[int], grad: Summary) -> str:
    """Return the text of a gradient in a cell: its shape and norm."""
    return tr("{shape} norm {norm}").format(shape=shape(sizes), norm=short(grad.norm))


def spread_text(summary: Summary) -> str:
    """Return the range of the values and their mean, which is approximate for a sample."""
    text = tr("{low} to {high}, mean {mean}")
    if summary.sampled:
        text = tr("{low} to {high}, mean about {mean}")
    low, high, mean = short(summary.min), short(summary.max), short(summary.mean)
    return text.format(low=low, high=high, mean=mean)
