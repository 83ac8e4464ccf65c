"""Products of matrices and vectors."""

from __future__ import annotations

from app.session.chain_rule.rules.rule import rule
from app.session.language import translatable as _

_PRODUCT = _("Each gradient is a product with the other matrix, transposed.")
_VECTORS = _("Each vector gets the product of the gradient and the other vector.")
_BATCHES = _("In each batch, each gradient is a product with the other matrix, transposed.")

RULES = {
    "MmBackward0": rule(
        "self @ mat2", _PRODUCT, self="grad @ mat2.T", mat2="self.T @ grad"
    ),
    "AddmmBackward0": rule(
        "beta * self + alpha * (mat1 @ mat2)", _PRODUCT,
        self="beta * grad", mat1="alpha * (grad @ mat2.T)", mat2="alpha * (mat1.T @ grad)",
    ),
    "BmmBackward0": rule("self @ mat2", _BATCHES, self="grad @ mat2.T", mat2="self.T @ grad"),
    "BaddbmmBackward0": rule(
        "beta * self + alpha * (batch1 @ batch2)", _BATCHES, self="beta * grad",
        batch1="alpha * (grad @ batch2.T)", batch2="alpha * (batch1.T @ grad)",
    ),
    "MvBackward0": rule(
        "self @ vec", _("The matrix gets each pair of gradient and vector, multiplied."),
        self="outer(grad, vec)", vec="self.T @ grad",
    ),
    "AddmvBackward0": rule(
        "beta * self + alpha * (mat @ vec)",
        _("The matrix gets each pair of gradient and vector, multiplied."),
        self="beta * grad", mat="alpha * outer(grad, vec)", vec="alpha * (mat.T @ grad)",
    ),
    "AddrBackward0": rule(
        "beta * self + alpha * outer(vec1, vec2)", _VECTORS,
        self="beta * grad", vec1="alpha * (grad @ vec2)", vec2="alpha * (grad.T @ vec1)",
    ),
    "LinalgInvExBackward0": rule(
        "inv(A)", _("The inverse, transposed, is on both sides of the gradient."),
        A="-(result.T @ grad @ result.T)",
    ),
    "LinalgDetBackward0": rule(
        "det(A)", _("The gradient times the determinant times the inverse, transposed."),
        A="grad * result * inv(A).T",
    ),
    "LinalgSlogdetBackward0": rule(
        "log(abs(det(A)))", _("The gradient times the inverse, transposed."),
        A="grad * inv(A).T",
    ),
    "LinalgSolveExBackward0": rule(
        "inv(A) @ B", _("The right side gets the solution with the transposed matrix."),
        {"left": True}, A="-(inv(A).T @ grad @ result.T)", B="inv(A).T @ grad",
    ),
    "LinalgCrossBackward0": rule(
        "cross(self, other)", _("Each vector gets a cross product with the other one."),
        self="cross(other, grad)", other="cross(grad, self)",
    ),
    "VdotBackward0": rule(
        "self @ other", _("Each vector gets the other one, times the gradient."),
        self="grad * other", other="grad * self",
    ),
    "DotBackward0": rule(
        "self @ tensor", _("Each vector gets the other one, times the gradient."),
        self="grad * tensor", tensor="grad * self",
    ),
}  # fmt: skip
