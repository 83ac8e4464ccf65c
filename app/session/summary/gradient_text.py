"""The table of gradients as text for copying: aligned columns, CSV, Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from app.contract.records import Gradient

HEADER = ("name", "shape", "requires_grad", "grad", "norm", "why")
_MOST_VALUES = 8


def cells(
    row: Gradient, shape: Sequence[int], why: str, *, is_unknown: bool = False
) -> tuple[str, ...]:
    """Return the cells of a row: small gradients with their values, large ones by their shape.

    `is_unknown`: there is a gradient, and the trace does not say what is in it.
    """
    summary = row.grad
    if summary is None:
        grad, norm = "unknown" if is_unknown else "None", ""
    else:
        small = summary.values is not None and summary.numel <= _MOST_VALUES
        grad = _values(summary.values) if small else f"shape {row.shape}"
        norm = _number(summary.norm)
    return row.name, str(list(shape)), str(row.requires_grad), grad, norm, why


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines with aligned columns, two spaces apart."""
    table = [HEADER, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )
    return "".join(f"{line}\n" for line in lines)


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as CSV; a cell with a comma or a quote is quoted."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return target.getvalue()


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table in GitHub's Markdown.

    >>> print(as_markdown([("w", "[2]", "True", "None", "", "a*b")]), end="")
    | name | shape | requires_grad | grad | norm | why |
    | --- | --- | --- | --- | --- | --- |
    | w | [2] | True | None |  | a*b |
    """
    lines = [HEADER, ["---"] * len(HEADER), *([_escaped(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


FORMATS: dict[str, Callable[[Sequence[Sequence[str]]], str]] = {
    "text": as_text,
    "CSV": as_csv,
    "Markdown": as_markdown,
}


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _values(values: object) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_values(value) for value in values)}]"
    return _number(values)


def _number(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value:.6g}"
    return "" if value is None else str(value)
