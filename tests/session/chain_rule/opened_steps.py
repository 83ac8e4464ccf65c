"""Opened steps to draw and to compute with, without a run: numbers from torch 2.13, seed 0."""

from __future__ import annotations

from app.session.chain_rule.model import (
    Equation,
    Link,
    Matrix,
    MatrixKind,
    MorePaths,
    NotAsked,
    OpenedStep,
    Rule,
    SavedRow,
)
from app.session.chain_rule.symbols import Formula, Piece, gradient, tensor

SWISH = """import torch

x = torch.tensor([[2., -1.], [.5, 1.]])
w = torch.tensor([[1., 2.], [3., -1.]],
                 requires_grad=True)
a = w * x
s = a.sigmoid()
y = a * s
loss = y.sum()
loss.backward()"""
"""The program whose fourth backward step is `swish`."""
_SAVED = Piece(" saved", "quiet")
_Rows = tuple[tuple[float, ...], ...]


def _matrix(name: Formula, origin: str, kind: MatrixKind, *rows: tuple[float, ...]) -> Matrix:
    norm = sum(cell * cell for row in rows for cell in row) ** 0.5
    return Matrix(name, origin, kind, (len(rows), len(rows[0])), rows, norm)


def _grad(name: str, origin: str, *rows: tuple[float, ...]) -> Matrix:
    return _matrix(gradient(name), origin, "gradient", *rows)


def _path(number: int, origin: str, *rows: tuple[float, ...]) -> Matrix:
    return _matrix((Piece(f"path {number}", "gradient"),), origin, "gradient", *rows)


_P1: _Rows = ((0.8808, 0.1192), (0.8176, 0.2689))
_P2: _Rows = ((0.2100, -0.2100), (0.2237, -0.1966))
_A: _Rows = ((1.0908, -0.0908), (1.0413, 0.0723))
_X: _Rows = ((2.0, -1.0), (0.5, 1.0))
_W: _Rows = ((2.1816, 0.0908), (0.5206, 0.0723))


def swish() -> OpenedStep:
    """The step of the mock-up: two paths arrive, one gradient is asked for."""
    times = Piece(" · ")
    forward = (*tensor("a"), Piece(" = "), *tensor("w"), times, *tensor("x"))
    backward = (*gradient("w"), Piece(" = "), *gradient("a"), times, *tensor("x"))
    arrives = Equation(
        1,
        "What arrives:",
        "a was used 2 times, so 2 gradients are added",
        (
            _path(1, "from mul, line 8", *_P1),
            "+",
            _path(2, "from sigmoid, line 7", *_P2),
            "=",
            _grad("a", "norm 1.51", *_A),
        ),
    )
    local = Equation(
        2,
        "Times the local derivative,",
        "cell by cell",
        (
            _grad("a", "the sum above", *_A),
            "·",
            _matrix((*tensor("x"), _SAVED), "made on line 3", "value", *_X),
            "=",
            _grad("w", "goes to w.grad", *_W),
        ),
    )
    return OpenedStep(
        step=4,
        grad_fn="MulBackward0",
        title="mul",
        code="a = w * x",
        operation=2,
        line=6,
        rule=Rule(forward, (backward,), "Each factor gets the gradient times the other factor."),
        not_asked=(NotAsked(gradient("x"), "is not asked for"),),
        equations=(arrives, local),
        saved=(
            SavedRow("x", "other", 16, "line 3, for", gradient("w"), 3),
            SavedRow("w", "", 0, "would only be needed for", gradient("x"), 4),
        ),
    )


def matrix_product() -> OpenedStep:
    """`y = x @ w`: both gradients are asked for, each is a product with one side transposed."""
    x: _Rows = ((1.0, 2.0, 0.5), (0.0, -1.0, 1.0))
    w: _Rows = ((1.0, 0.0), (2.0, 1.0), (-1.0, 3.0))
    g: _Rows = ((1.0, 0.5), (-0.5, 2.0))
    arrives = _grad("y", "from sum, line 5", *g)
    wt = Matrix(
        (*tensor("w"), Piece("T", level=1), _SAVED),
        "made on line 3", "value", (3, 2), tuple(zip(*w, strict=True)), 4.0, transposed=True,
    )  # fmt: skip
    xt = Matrix(
        (*tensor("x"), Piece("T", level=1), _SAVED),
        "made on line 2", "value", (2, 3), tuple(zip(*x, strict=True)), 2.69, transposed=True,
    )  # fmt: skip
    of_x = ((1.0, 2.5, 0.5), (-0.5, 1.0, 6.5))
    of_w = ((1.0, 0.5), (2.5, -1.0), (0.0, 2.25))
    times = Piece(" × ")
    transposed = Piece("T", level=1)
    return OpenedStep(
        step=2,
        grad_fn="MmBackward0",
        title="matmul",
        code="y = x @ w",
        operation=2,
        line=4,
        rule=Rule(
            (*tensor("y"), Piece(" = "), *tensor("x"), times, *tensor("w")),
            (
                (*gradient("x"), Piece(" = "), *gradient("y"), times, *tensor("w"), transposed),
                (*gradient("w"), Piece(" = "), *tensor("x"), transposed, times, *gradient("y")),
            ),
            "Each gradient is a product with the other matrix, transposed.",
        ),
        equations=(
            Equation(
                1, "Times the other matrix,", "transposed",
                (arrives, "×", wt, "=", _grad("x", "goes to x.grad", *of_x)),
            ),
            Equation(
                2, "The other matrix, transposed,", "times what arrives",
                (xt, "×", arrives, "=", _grad("w", "goes to w.grad", *of_w)),
            ),
        ),
        saved=(
            SavedRow("w", "mat2", 24, "line 3, for", gradient("x"), 3),
            SavedRow("x", "self", 24, "line 2, for", gradient("w"), 2),
        ),
    )  # fmt: skip


def unknown() -> OpenedStep:
    """A node without a rule: the numbers alone."""
    return OpenedStep(
        step=2, grad_fn="LogcumsumexpBackward0", title="logcumsumexp",
        code="x.logcumsumexp(0)", operation=1, line=4,
        no_rule="torch gives no formula for LogcumsumexpBackward0; in and out are measured.",
        equations=(
            Equation(
                1, "In and out,", "as torch computed them",
                (
                    _grad("y", "from sum, line 5", (1.0, 1.0, 1.0)),
                    "→",
                    _grad("x", "goes to x.grad", (1.0, 2.0, 0.0)),
                ),
                {(0, 0): (Link((0, 0), 1.0),), (0, 1): (Link((0, 1), 1.0), Link((0, 2), 1.0)),
                 (0, 2): ()},
            ),
        ),
    )  # fmt: skip


def five_paths() -> OpenedStep:
    """From four paths on, two are shown; a scalar each."""
    return OpenedStep(
        step=7, grad_fn="ExpBackward0", title="exp", code="e = x.exp()",
        operation=1, line=3,
        rule=Rule(
            (*tensor("e"), Piece(" = exp("), *tensor("x"), Piece(")")),
            ((*gradient("x"), Piece(" = "), *gradient("e"), Piece(" · "), *tensor("e")),),
            "The derivative of exp is its own result.",
        ),
        equations=(
            Equation(
                1, "What arrives:", "e was used 5 times, so 5 gradients are added",
                (
                    _path(1, "from add, line 8", (1.0,)), "+", _path(2, "from mul, line 7", (2.0,)),
                    "+", MorePaths(3), "=", _grad("e", "norm 6.50", (6.5,)),
                ),
            ),
            Equation(
                2, "Times the local derivative,", "cell by cell",
                (
                    _grad("e", "from row 1", (6.5,)), "·",
                    Matrix(tensor("e"), "too large to ask for", "formula", (1, 1),
                           formula=tensor("e")),
                    "=", _grad("x", "goes to x.grad", (17.669,)),
                ),
            ),
        ),
        saved=(SavedRow("e", "result", 4, "line 3, for", gradient("x"), 3),),
    )  # fmt: skip


def large() -> OpenedStep:
    """A corner of 8 x 9 cells, and a "not kept" operand."""
    cells = tuple(tuple(0.25 * row - 0.125 * column for column in range(9)) for row in range(8))
    given = _matrix(gradient("y"), "from mean, line 6", "gradient", *cells)
    return OpenedStep(
        step=2, grad_fn="ReluBackward0", title="relu", code="y = h.relu()",
        operation=3, line=5,
        rule=Rule(
            (*tensor("y"), Piece(" = max("), *tensor("h"), Piece(", 0)")),
            ((*gradient("h"), Piece(" = "), *gradient("y"), Piece(" · ["), *tensor("y"),
              Piece(" > 0]")),),
            "The gradient passes where the result is positive, and is 0 elsewhere.",
        ),
        equations=(
            Equation(
                1, "Times the local derivative,", "cell by cell",
                (given, "·", Matrix(tensor("h"), "only y would be needed", "not_kept"), "=",
                 _matrix(gradient("h"), "goes to linear, line 4", "gradient", *cells)),
            ),
        ),
    )  # fmt: skip


def failed() -> OpenedStep:
    """Nothing could be asked: a sentence says why."""
    return OpenedStep(
        step=3, grad_fn="SquareBackward", title="Square.apply",
        code="y = Square.apply(x)", operation=1, line=9,
        no_rule="torch gives no formula for SquareBackward; in and out are measured.",
        problem="The program gave other numbers when it ran again. Fix its seed to open its steps.",
    )  # fmt: skip


ALL = (swish, matrix_product, unknown, five_paths, large, failed)
