"""Matrices with their numbers in cells: gradients as heat maps, values on a plain ground."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

from app.drawing.opened.formulas import formula_at, width_of
from app.drawing.opened.not_kept import not_kept_pill
from app.drawing.shapes import Border, HeatMap, Line, Rect, Shapes, Text
from app.session.chain_rule.model import Cell, Matrix
from app.session.language import tr
from app.session.look import geometry as g
from app.session.look.colors import graphic
from app.session.look.faces import Face, Faces
from app.session.numbers import short
from app.session.trace.values.coarse import grid
from graphviz_render import Box

CELL_HEIGHT: Final = 24.0
_MORE: Final = 20.0
"""Of the column, and of the row, with "…"."""
_INSET: Final = 8.0
_LEAST_INSET: Final = 3.0
_BASELINE: Final = 16.5
_UNDER_NUMBERS: Final = 0.5
"""How strong colours are at most under numbers."""
_FORMULA: Final = 14
_MOST_SEEN: Final = 24
"""Rows of a coarse picture, which has the room of two."""
_GRADIENT: Final = Border(graphic("gradient"), 1.5)
_VALUE: Final = Border("line")
_RING: Final = Border("ink", 2.0)


class Corner(NamedTuple):
    """The cells that are written: the first rows and columns, and whether "…" follows."""

    rows: int
    columns: int
    more_rows: bool
    more_columns: bool


class Few(NamedTuple):
    """Up to how many rows or columns all are written, and how many of more."""

    whole: int
    part: int

    def of(self, size: int) -> int:
        return size if size <= self.whole else min(size, self.part)


class Fit(NamedTuple):
    """How wide cells are, and how many of them are written."""

    cell: float
    columns: Few
    gap: float
    """Between two matrices, for the sign."""
    rows: Few


_ALL, _SOME, _TWO = Few(6, 4), Few(4, 3), Few(3, 2)
FITS: Final = (
    Fit(52, _ALL, 40, _ALL), Fit(44, _ALL, 36, _ALL), Fit(40, _ALL, 30, _ALL),
    Fit(40, _SOME, 30, _ALL), Fit(40, _TWO, 26, _ALL),
)  # fmt: skip
"""The best first."""
LOWER: Final = (_ALL, _SOME, _TWO)
"""How many rows, the best first."""


class PlacedMatrix(NamedTuple):
    """A matrix on the card: `box` is around its cells, from the corner of the card."""

    matrix: Matrix
    corner: Corner
    box: Box
    cell: float
    largest: float

    def cell_at(self, x: float, y: float) -> Cell | None:
        """Return the cell at a point of the card that is written, or None."""
        row = math.floor((y - self.box.y) / CELL_HEIGHT)
        column = math.floor((x - self.box.x) / self.cell)
        inside = 0 <= row < self.corner.rows and 0 <= column < self.corner.columns
        return (row, column) if inside else None


def corner_of(matrix: Matrix, fit: Fit) -> Corner:
    """Return which cells are written; none where they are not known."""
    if matrix.cells is None:
        return Corner(0, 0, False, False)
    rows, columns = matrix.size
    few, fewer = fit.rows.of(rows), fit.columns.of(columns)
    return Corner(few, fewer, few < rows, fewer < columns)


def size_of(faces: Faces[Face], matrix: Matrix, fit: Fit) -> tuple[float, float]:
    """Return width and height."""
    corner, wide = corner_of(matrix, fit), 2 * fit.cell
    if matrix.kind == "formula":
        return max(wide, width_of(faces, matrix.formula, _FORMULA) + 2 * _INSET), 2 * CELL_HEIGHT
    if not corner.rows or not corner.columns:
        return wide, 2 * CELL_HEIGHT
    return (
        corner.columns * fit.cell + _MORE * corner.more_columns,
        corner.rows * CELL_HEIGHT + _MORE * corner.more_rows,
    )


def drawing(faces: Faces[Face], placed: PlacedMatrix, origin: tuple[float, float]) -> Shapes:
    """Draw a matrix on a card whose corner is at `origin`."""
    matrix, box = placed.matrix, _moved(placed.box, origin)
    if matrix.kind == "not_kept":
        return not_kept_pill(faces, box.x, box.center[1])
    if matrix.kind == "formula":
        width = width_of(faces, matrix.formula, _FORMULA)
        at = box.center[0] - width / 2, box.center[1] + _FORMULA * g.ROW_DROP
        return [_ground(box), *formula_at(faces, matrix.formula, at, _FORMULA)]
    if not placed.corner.rows or not placed.corner.columns:
        return _picture(faces, placed, box)
    cells = [row[: placed.corner.columns] for row in (matrix.cells or ())[: placed.corner.rows]]
    inner = Box(box.x, box.y, placed.corner.columns * placed.cell, placed.corner.rows * CELL_HEIGHT)
    drawn: Shapes
    if matrix.kind == "gradient":
        drawn = [Rect("inner", box, 0, "node")]
        drawn.append(HeatMap(inner, cells, placed.largest, _UNDER_NUMBERS))
        drawn.append(Rect("inner", _around(box, 1), 0, None, _GRADIENT))
    else:
        drawn = [_ground(box), *_lines(placed, inner)]
    for row, values in enumerate(cells):
        baseline = box.y + row * CELL_HEIGHT + _BASELINE
        for column, value in enumerate(values):
            right = box.x + (column + 1) * placed.cell
            drawn.append(_number(faces, value, right, baseline, placed.cell))
    return [*drawn, *_more(faces, placed, box, inner)]


def rings(placed: PlacedMatrix, cells: Iterable[Cell], origin: tuple[float, float]) -> Shapes:
    """Ring cells that are written: those of a product are a row or a column, in one ring."""
    corner = placed.corner
    shown = [(row, col) for row, col in cells if row < corner.rows and col < corner.columns]
    if not shown:
        return []
    rows, columns = [row for row, _ in shown], [column for _, column in shown]
    box = Box(
        placed.box.x + min(columns) * placed.cell,
        placed.box.y + min(rows) * CELL_HEIGHT,
        (max(columns) - min(columns) + 1) * placed.cell,
        (max(rows) - min(rows) + 1) * CELL_HEIGHT,
    )
    return [Rect("inner", _moved(box, origin), 0, None, _RING)]


def _moved(box: Box, origin: tuple[float, float]) -> Box:
    return box._replace(x=box.x + origin[0], y=box.y + origin[1])


def _around(box: Box, by: float) -> Box:
    return Box(box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by)


def _ground(box: Box) -> Rect:
    return Rect("inner", box, 0, "raised", _VALUE)


def _lines(placed: PlacedMatrix, inner: Box) -> Shapes:
    """Draw the lines between the cells."""
    across = [inner.x + n * placed.cell for n in range(1, placed.corner.columns)]
    down = [inner.y + n * CELL_HEIGHT for n in range(1, placed.corner.rows)]
    return [
        *(Line((("M", (x, inner.y + 1)), ("L", (x, inner.bottom - 1))), Border("divider"))
          for x in across),
        *(Line((("M", (inner.x + 1, y)), ("L", (inner.right - 1, y))), Border("divider"))
          for y in down),
    ]  # fmt: skip


def _number(faces: Faces[Face], value: float, right: float, baseline: float, cell: float) -> Text:
    face, words = faces.mono, cell_words(value)
    inset = min(_INSET, cell - face.width(words) - _LEAST_INSET)
    if inset < _LEAST_INSET:
        face = faces.small_mono
        words = _shorter(face, value, words, cell - _LEAST_INSET)
        inset = max(1.0, min(_INSET, cell - face.width(words) - 1))
    return Text(right - inset, baseline, words, face, "text", ends=True)


def cell_words(value: float) -> str:
    """Format a number for a cell.

    >>> cell_words(-0.196), cell_words(float("nan")), cell_words(0.00012)
    ('−0.20', 'NaN', '1e-4')
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Inf" if value > 0 else "−Inf"
    if value == 0 or 0.005 <= abs(value) < 1000:
        return short(round(value, 2))
    digits, exponent = f"{value:.0e}".split("e")
    return f"{digits}e{int(exponent)}".replace("-", "−", 1 if value < 0 else 0)


def _shorter(face: Face, value: float, words: str, room: float) -> str:
    """Return the number with fewer decimals where it is wider than `room`."""
    if face.width(words) <= room or not math.isfinite(value):
        return words
    fewer = (f"{value:.{decimals}f}".replace("-", "−") for decimals in (1, 0))
    return next((text for text in fewer if face.width(text) <= room), "…")


def _more(faces: Faces[Face], placed: PlacedMatrix, box: Box, inner: Box) -> Shapes:
    face, drawn = faces.mono, Shapes()
    half = face.width("…") / 2
    if placed.corner.more_columns:
        x, y = (inner.right + box.right) / 2 - half, inner.center[1] + 4
        drawn.append(Text(x, y, "…", face, "text_secondary"))
    if placed.corner.more_rows:
        x, y = inner.center[0] - half, (inner.bottom + box.bottom) / 2 + 2
        drawn.append(Text(x, y, "…", face, "text_secondary"))
    return drawn


def _picture(faces: Faces[Face], placed: PlacedMatrix, box: Box) -> Shapes:
    """Draw a matrix without its numbers: as a coarse heat map, or as an empty box."""
    picture = placed.matrix.picture
    border = _GRADIENT if placed.matrix.kind == "gradient" else _VALUE
    if picture is not None:
        rows = grid(picture, _MOST_SEEN)
        heat = HeatMap(box, rows, placed.largest or None)
        return [heat, Rect("inner", _around(box, 1), 0, None, border)]
    words = tr("empty") if 0 in placed.matrix.shape else "–"
    face = faces.plain
    x = box.center[0] - face.width(words) / 2
    baseline = box.center[1] + face.pixels * g.ROW_DROP
    ground = _ground(box)._replace(border=border)
    return [ground, Text(x, baseline, words, face, "text_secondary")]
