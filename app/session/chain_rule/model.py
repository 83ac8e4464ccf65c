"""An opened step of a backward pass as plain data: what is drawn, and nothing that draws.

    OpenedStep                      the card
      title "mul"  code "a = w * x"  grad_fn "MulBackward0"  step 4  line
      rule: Rule | None             forward   a = w · x
                                    backward  (grad_w = grad_a · x,)
                                    words     "Each gradient is …"
      no_rule "torch gives no …"    in place of a rule; else ""
      not_asked (NotAsked,)         name grad_x, text "is not asked for"
      equations (Equation,)         rows of the card, from above
        number 1, lead "What arrives:", text "a was used twice, …"
        terms   Matrix "+" Matrix "=" Matrix              arrivals by path, and their sum
                Matrix "+" Matrix "+" More(3) "=" Matrix  from four paths on
                Matrix "·" Matrix "=" Matrix              cell by cell
                Matrix "×" Matrix "=" Matrix              matrix product; `transposed` operands
                Matrix "→" Matrix                         in and out: cells move or are summed, or
                                                          there is no rule
                Matrix "," Matrix "→" Matrix              several outputs got a gradient
      saved (SavedRow,)             the list "Saved" of the side panel
      problem ""                    why numbers are missing, a sentence

A `Matrix` is two-dimensional: of a tensor with more dimensions the leading ones are joined, and
`index` returns the full index of a cell.  Its `kind` says how it is drawn:

    gradient   heat map, blue outline
    value      raised, quiet outline
    formula    the formula in a box; no cells are known
    not_kept   dashed pill with the text "not kept"

Cells are known for up to 4,096 elements; above that there is a `picture` for a heat map, and the
norm.  What the pointer chooses, and what the column on the right then computes, is in `cell`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from app.contract.records import Picture
from app.session.chain_rule.symbols import Formula

MatrixKind = Literal["gradient", "value", "formula", "not_kept"]
Sign = Literal["+", "·", "×", "=", "→", ","]


class StepPlace(NamedTuple):
    """A step of a backward pass, counted from 1."""

    backward: int
    step: int


@dataclass(frozen=True, slots=True)
class Matrix:
    name: Formula
    origin: str
    """Where it comes from or goes to, in the small line below the name."""
    kind: MatrixKind
    shape: tuple[int, ...] = ()
    cells: tuple[tuple[float, ...], ...] | None = None
    """As it is drawn: with rows and columns exchanged where it is `transposed`."""
    norm: float | None = None
    picture: Picture | None = None
    formula: Formula = ()
    transposed: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns, as drawn."""
        *rows, columns = self.shape or (1,)
        size = math.prod(rows), columns
        return size[::-1] if self.transposed else size

    def index(self, row: int, column: int) -> tuple[int, ...]:
        """Return the index of a cell in the tensor.

        >>> Matrix((), "", "value", (2, 3, 4)).index(4, 1), Matrix((), "", "value").index(0, 0)
        ((1, 1, 1), ())
        """
        if not self.shape:
            return ()
        if self.transposed:
            row, column = column, row
        found = [column]
        for size in reversed(self.shape[:-1]):
            row, place = divmod(row, size)
            found.append(place)
        return tuple(reversed(found))


class MorePaths(NamedTuple):
    """A term for the paths that are not shown one by one: "+ 3 more"."""

    paths: int


Term = Matrix | MorePaths | Sign


Cell = tuple[int, int]
"""Row and column as drawn, from 0."""


class Link(NamedTuple):
    """A cell of the matrix before "→" that goes into one behind it, times a factor."""

    source: Cell
    factor: float


@dataclass(frozen=True, slots=True)
class Equation:
    number: int
    lead: str
    """The beginning of the heading, in the stronger ink."""
    text: str
    terms: tuple[Term, ...]
    links: Mapping[Cell, tuple[Link, ...]] = field(default_factory=dict)
    """With "→": what goes into each cell of the result, as far as torch was asked."""

    @property
    def matrices(self) -> list[Matrix]:
        return [term for term in self.terms if isinstance(term, Matrix)]

    @property
    def largest(self) -> float:
        """The largest finite magnitude among its gradients: one scale for the heat maps."""
        found = 0.0
        for matrix in self.matrices:
            if matrix.kind != "gradient":
                continue
            ends: list[float] = []
            if matrix.cells is not None:
                ends = [cell for row in matrix.cells for cell in row if math.isfinite(cell)]
            elif matrix.picture is not None:
                ends = [matrix.picture.low, matrix.picture.high]
            found = max(found, max(map(abs, ends), default=0.0))
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    forward: Formula
    backward: tuple[Formula, ...]
    """One for each gradient that is asked for."""
    words: str


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A gradient that this step does not compute: `text` follows its name."""

    name: Formula
    text: str


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A tensor that the rule needs: kept by forward, or "not kept"."""

    name: str
    as_: str
    """What torch calls it ("other"); "" where it is not kept."""
    bytes: int
    text: str
    """Where it was made and what it is needed for."""
    for_: Formula
    """The gradient at the end of `text`; may be empty."""
    line: int | None = None

    @property
    def is_kept(self) -> bool:
        return bool(self.as_)


@dataclass(frozen=True, slots=True)
class OpenedStep:
    step: int
    """The place of the step in its backward pass, from 1."""
    grad_fn: str
    title: str
    """What the operation is called; the name of the leaf where a step adds to `.grad`."""
    code: str
    operation: int | None
    line: int | None
    rule: Rule | None = None
    no_rule: str = ""
    not_asked: tuple[NotAsked, ...] = ()
    equations: tuple[Equation, ...] = ()
    saved: tuple[SavedRow, ...] = ()
    problem: str = ""
