"""An opened node: the rule, rows of matrices, and the computation of one cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from app.drawing.opened import matrices
from app.drawing.opened.formulas import formula_at
from app.drawing.opened.matrices import FITS, LOWER, Fit, PlacedMatrix
from app.drawing.opened.rule import RuleBand, rule_band
from app.drawing.shapes import Area, Border, Line, Rect, Shape, Shapes, Sign, Text
from app.session.chain_rule.cell import CellSum, Column, cell_sum
from app.session.chain_rule.model import Cell, Equation, Matrix, MorePaths, OpenedStep
from app.session.language import ngettext, number, tr
from app.session.look import geometry as g
from app.session.look.colors import graphic, written
from app.session.look.faces import Face, Faces
from app.session.look.marks import PASSES
from app.session.look.measure import Size
from app.session.numbers import short
from app.session.summary.progress import PASS_WORDS
from app.session.words import line_words
from graphviz_render import Box

WIDTH: Final = 580.0
LEAST_WIDTH: Final = 480.0
_PAGE: Final = Size(WIDTH, 2000.0)
"""The room on a page, which can be as high as it likes."""
_SHRINKING: Final = 0.9
"""A card may be wider than the room for it: so small its numbers can still be read."""
_RADIUS: Final = 8.0
_TITLE: Final = 38.0
_BASELINE: Final = 23.5
_INSET: Final = 16.0
_CLOSE: Final = 13.0
_LEAST_CODE: Final = 60.0
_HEAD: Final = 32.0
"""Above the matrices of a row, for its heading; which is so far above them:"""
_HEADING: Final = 14.0
_UNDER: Final = 38.0
"""Below the matrices of a row, for what they are called..."""
_SIZES: Final = 15.0
"""...and for the size of one that is not written whole."""
_END: Final = 18.0
_FOOT: Final = 8.0
"""Below a rule without equations."""
_NAME: Final = 18.0
_ORIGIN: Final = 33.0
"""Baselines below the matrices."""
_COLUMN: Final = 127.0
"""Of the computation of one cell, which may be wider, and the room before it:"""
_WIDEST_COLUMN: Final = 190.0
_COLUMN_GAP: Final = 28.0
_COLUMN_LINE: Final = 20.0
_COLUMN_FIRST: Final = 14.0
_SIGN: Final = 20
_DOT: Final = 2.5
Point = tuple[float, float]


class Chosen(NamedTuple):
    """A cell of the result of an equation."""

    equation: int
    cell: Cell


class _Row(NamedTuple):
    """An equation with its matrices and, between them, operators by the middle of their room."""

    equation: Equation
    top: float
    height: float
    matrices: tuple[PlacedMatrix, ...]
    rooms: tuple[float, ...]
    """How wide the words below each matrix may be."""
    signs: tuple[tuple[float, str], ...]

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def end(self) -> float:
        whole = all(not (m.corner.more_rows or m.corner.more_columns) for m in self.matrices)
        return self.bottom + _UNDER + (0 if whole else _SIZES)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A step with the places of its parts, from the upper left corner of the node."""

    step: OpenedStep
    faces: Faces[Face]
    size: Size
    band: RuleBand
    rows: tuple[_Row, ...]
    column: float
    """Where the computation of one cell begins."""
    chosen: Chosen
    cell: CellSum | None
    """The computation of the chosen cell."""
    waits: bool
    """Whether more of its numbers are to come."""
    can_close: bool
    """Whether it has a cross that closes it."""

    def choosing(self, chosen: Chosen) -> Opened:
        cell = None if self.cell is None else _sum(self.step, chosen)
        return replace(self, chosen=chosen, cell=cell)

    def moved(self, down: int, right: int) -> Opened:
        """Choose the cell that is so far down and right, as far as it is written."""
        if not self.rows:
            return self
        equation, (row, column) = self.chosen
        corner = self.rows[equation].matrices[-1].corner
        row = max(0, min(row + down, corner.rows - 1))
        column = max(0, min(column + right, corner.columns - 1))
        return self.choosing(Chosen(equation, (row, column)))

    def chosen_at(self, x: float, y: float) -> Chosen | None:
        """Return the cell that a point chooses: itself, or the one of the result it is part of."""
        for number_, row in enumerate(self.rows):
            for place, placed in enumerate(row.matrices):
                if (cell := placed.cell_at(x, y)) is not None:
                    return Chosen(number_, self._of_result(number_, place, cell))
        return None

    def _of_result(self, equation: int, place: int, cell: Cell) -> Cell:
        row = self.rows[equation]
        if place == len(row.matrices) - 1:
            return cell
        before = self.chosen.cell if self.chosen.equation == equation else (0, 0)
        if "×" in row.equation.terms:
            return (cell[0], before[1]) if place == 0 else (before[0], cell[1])
        links = row.equation.links.items()
        return next((to for to, found in links if any(one.source == cell for one in found)), cell)

    def middle_of(self, equation: int, place: int, cell: Cell) -> Point:
        """Return the middle of a cell of a matrix."""
        placed = self.rows[equation].matrices[place]
        x = placed.box.x + (cell[1] + 0.5) * placed.cell
        return x, placed.box.y + (cell[0] + 0.5) * matrices.CELL_HEIGHT

    def closes_at(self, x: float, y: float) -> bool:
        """Return whether a point is on the cross that closes it."""
        right = self.size.width - 2 * _INSET - _CLOSE / 2
        return self.can_close and x > right and y < _TITLE

    def drawing(self, outline: Rect, sign: Sign | None) -> Shapes:
        """Draw it in the outline of its node, whose glyph is `sign`."""
        box = outline.box
        origin = box.x, box.y
        whole = box._replace(width=self.size.width, height=self.size.height)
        drawn: Shapes = [
            outline._replace(box=whole, radius=_RADIUS),
            *_title(self.faces, self.step, whole, sign, can_close=self.can_close),
            *self.band.drawing(self.faces, box._replace(y=box.y + _TITLE, width=self.size.width)),
        ]
        for number_, row in enumerate(self.rows):
            drawn += _row(self.faces, row, origin, self.column)
            if self.cell is not None:
                for placed, cells in zip(row.matrices, self.cell.marks[number_], strict=True):
                    drawn += matrices.rings(placed, cells, origin)
        return [*drawn, *self._column(origin)]

    def _column(self, origin: Point) -> Shapes:
        if not self.rows:
            return []
        x, right = origin[0] + self.column, origin[0] + self.size.width - _INSET
        top, bottom = self.rows[0].top - _HEAD + 6, self.rows[-1].end - 6
        drawn: Shapes = [
            _rule(x - 12, origin[1] + top, x - 12, origin[1] + bottom, Border("divider"))
        ]
        at = x, origin[1] + self.rows[0].top - _HEADING
        if self.cell is None or all(column is None for column in self.cell.columns):
            return drawn
        drawn.append(Text(*at, self.cell.title, self.faces.bold, "text"))
        for row, column in zip(self.rows, self.cell.columns, strict=True):
            if column is not None:
                drawn += _computed(self.faces, column, x, right, origin[1] + row.top)
        return drawn


def opened(
    step: OpenedStep,
    faces: Faces[Face],
    room: Size = _PAGE,
    chosen: Chosen | None = None,
    *,
    waits: bool = False,
    can_close: bool = True,
) -> Opened:
    """Place the parts of a step for a window with so much `room`.

    `waits` says that more of its numbers are to come; one that nothing `can_close` has no cross.
    """
    fit, widest = _fitting(faces, step, max(LEAST_WIDTH, room.width / _SHRINKING))
    column = _INSET + 1 + widest + _COLUMN_GAP
    width = max(min(WIDTH, max(LEAST_WIDTH, room.width)), column + _COLUMN + _INSET)
    column = max(column, width - _INSET - _WIDEST_COLUMN)
    band = rule_band(faces, step, width, waits=waits)
    rows: list[_Row] = []
    y = 0.0
    for lower in LOWER:
        rows, y = [], _TITLE + band.height
        for equation in step.equations:
            rows.append(_placed(faces, equation, fit._replace(rows=lower), y + _HEAD))
            y = rows[-1].end
        if y + _END <= room.height / _SHRINKING:
            break
    size = Size(width, y + (_END if rows else _FOOT))
    found = _within(rows, chosen)
    cell = _sum(step, found) if step.rule is not None or not waits else None
    return Opened(step, faces, size, band, tuple(rows), column, found, cell, waits, can_close)


def _fitting(faces: Faces[Face], step: OpenedStep, most: float) -> tuple[Fit, float]:
    """Return how matrices fit on a card of at most this width, and how wide the widest row is."""
    fit, widest = FITS[0], 0.0
    for fit in FITS:
        widest = max((_width(faces, one, fit) for one in step.equations), default=0.0)
        if _INSET + 1 + widest + _COLUMN_GAP + _COLUMN + _INSET <= most:
            break
    return fit, widest


def _within(rows: list[_Row], chosen: Chosen | None) -> Chosen:
    """Return the chosen cell if there is one like it, else the first one of the last result."""
    if chosen is not None and chosen.equation < len(rows):
        corner = rows[chosen.equation].matrices[-1].corner
        if chosen.cell[0] < corner.rows and chosen.cell[1] < corner.columns:
            return chosen
    return Chosen(max(0, len(rows) - 1), (0, 0))


def _sum(step: OpenedStep, chosen: Chosen) -> CellSum | None:
    return cell_sum(step, chosen.cell, chosen.equation) if step.equations else None


# ------------------------------------------------------------------------------------- placing


def _width(faces: Faces[Face], equation: Equation, fit: Fit) -> float:
    width = 0.0
    for term in equation.terms:
        if isinstance(term, Matrix):
            width += _slot(faces, term, fit)
        else:
            width += faces.plain.width(_more(term)) if isinstance(term, MorePaths) else fit.gap
    return width


def _slot(faces: Faces[Face], matrix: Matrix, fit: Fit) -> float:
    """Return the room of a matrix, which what it is called needs too."""
    return max(matrices.size_of(faces, matrix, fit)[0], 2 * fit.cell)


def _placed(faces: Faces[Face], equation: Equation, fit: Fit, top: float) -> _Row:
    sizes = [matrices.size_of(faces, one, fit) for one in equation.matrices]
    height = max((high for _, high in sizes), default=0.0)
    placed: list[PlacedMatrix] = []
    rooms: list[float] = []
    signs: list[tuple[float, str]] = []
    x = _INSET + 1
    for term in equation.terms:
        if isinstance(term, Matrix):
            wide, high = matrices.size_of(faces, term, fit)
            box = Box(x, top + (height - high) / 2, wide, high)
            corner = matrices.corner_of(term, fit)
            placed.append(PlacedMatrix(term, corner, box, fit.cell, equation.largest))
            slot = _slot(faces, term, fit)
            rooms.append(slot + fit.gap - 10)
        else:
            text = _more(term) if isinstance(term, MorePaths) else term
            slot = faces.plain.width(text) if isinstance(term, MorePaths) else fit.gap
            signs.append((x + slot / 2, text))
        x += slot
    return _Row(equation, top, height, tuple(placed), tuple(rooms), tuple(signs))


def _more(term: MorePaths) -> str:
    text = ngettext("{count} more", "{count} more", term.paths)
    return text.format(count=number(term.paths))


# ------------------------------------------------------------------------------------- drawing


def _title(
    faces: Faces[Face], step: OpenedStep, box: Box, sign: Sign | None, *, can_close: bool
) -> Shapes:
    """Draw the name, the code, autograd's node, which runs now, the line, and the cross."""
    x, baseline = box.x + _INSET, box.y + _BASELINE
    right = box.right - _INSET - _CLOSE + 1
    drawn: Shapes = []
    if can_close:
        drawn.append(Sign("close", right, box.y + 12, _CLOSE, "text_secondary"))
    if sign is not None:
        drawn.append(sign._replace(x=box.x + 14, y=box.y + 11, size=g.GLYPH))
        x = box.x + g.TITLE_X + 2
    drawn.append(Text(x, baseline, step.title, faces.title, "text"))
    right -= 10
    if line := line_words(step.line):
        drawn.append(Text(right, baseline, line, faces.small_mono, "text_tertiary", ends=True))
        right -= faces.small_mono.width(line) + g.END_GAP
    x += faces.title.width(step.title) + g.TITLE_GAP
    glyph, tone = PASSES["running"]
    words = tr(PASS_WORDS["running"])
    bold, mono = faces.bold, faces.mono_bold
    needed = _CLOSE + 6 + mono.width(step.grad_fn) + 8 + bold.width(words)
    room = right - x - needed - 16
    code = faces.mono.elided(step.code, room) if room > _LEAST_CODE else ""
    drawn.append(Text(x, baseline, code, faces.mono, "text_secondary"))
    x += faces.mono.width(code) + (16 if code else 0)
    drawn.append(Sign(glyph, x, box.y + 12, _CLOSE, graphic(tone)))
    x += _CLOSE + 6
    drawn.append(Text(x, baseline, mono.elided(step.grad_fn, right - x), mono, written(tone)))
    x += mono.width(step.grad_fn) + 8
    drawn.append(Text(x, baseline, bold.elided(words, max(0.0, right - x)), bold, written(tone)))
    return drawn


def _row(faces: Faces[Face], row: _Row, origin: Point, column: float) -> Shapes:
    left, top = origin
    x, baseline = left + _INSET, top + row.top - _HEADING
    drawn: Shapes = []
    heading = (
        (str(row.equation.number), faces.bold, "text", 8.0),
        (row.equation.lead, faces.plain, "text", 4.0),
        (row.equation.text, faces.plain, "text_secondary", 0.0),
    )
    for text, face, color, gap in heading:
        shown = face.elided(text, max(0.0, left + column - 24 - x))
        drawn.append(Text(x, baseline, shown, face, color))
        x += face.width(shown) + (gap if shown else 0)
    for placed, room in zip(row.matrices, row.rooms, strict=True):
        drawn += matrices.drawing(faces, placed, origin)
        drawn += _caption(faces, placed, room, (left + placed.box.x, top + row.bottom))
    for middle, text in row.signs:
        drawn.append(_operator(faces, text, left + middle, top + row.top + row.height / 2))
    return drawn


def _operator(faces: Faces[Face], text: str, x: float, y: float) -> Shape:
    if text == "·":
        return Area((("O", (x, y, _DOT)),), "text")
    face = faces.make(_SIGN, False, False) if len(text) == 1 else faces.plain
    return Text(x - face.width(text) / 2, y + face.pixels * g.ROW_DROP, text, face, "text")


def _caption(faces: Faces[Face], placed: PlacedMatrix, room: float, at: Point) -> Shapes:
    """Draw what a matrix is called and where it comes from, and its size unless it is whole."""
    matrix, (x, y) = placed.matrix, at
    origin = faces.small.elided(matrix.origin, room)
    drawn = [
        *formula_at(faces, matrix.name, (x, y + _NAME), 12, bold=True),
        Text(x, y + _ORIGIN, origin, faces.small, "text_secondary"),
    ]
    if placed.corner.more_rows or placed.corner.more_columns:
        words = "×".join(map(str, matrix.size))
        if matrix.norm is not None:
            words += tr(", norm {norm}").format(norm=short(matrix.norm))
        words = faces.small_mono.elided(words, room)
        drawn.append(Text(x, y + _ORIGIN + _SIZES, words, faces.small_mono, "text_secondary"))
    return drawn


def _computed(faces: Faces[Face], column: Column, x: float, right: float, top: float) -> Shapes:
    """Draw the lines of a computation, a rule, and the result."""
    drawn, y = Shapes(), top + _COLUMN_FIRST
    for line in column.lines:
        value = short(line.value, 3)
        room = right - x - 6
        is_tight = faces.mono.width(line.label + value) > room
        face = faces.small_mono if is_tight else faces.mono
        label = face.elided(line.label, right - x - face.width(value) - 6)
        drawn.append(Text(x, y, label, face, "text_secondary"))
        drawn.append(Text(right, y, value, face, "text", ends=True))
        y += _COLUMN_LINE
    if column.lines:
        y -= _COLUMN_LINE
        drawn.append(_rule(x, y + 8.5, right, y + 8.5, Border("line")))
        y += 26
    result, bold, face = short(column.result.value, 3), faces.mono_bold, faces.mono
    label = face.elided(column.result.label, right - x - bold.width(result) - 6)
    return [
        *drawn,
        Text(x, y, label, face, "text_secondary"),
        Text(right, y, result, bold, written("gradient"), ends=True),
    ]


def _rule(x: float, y: float, to_x: float, to_y: float, border: Border) -> Line:
    return Line((("M", (x, y)), ("L", (to_x, to_y))), border)
