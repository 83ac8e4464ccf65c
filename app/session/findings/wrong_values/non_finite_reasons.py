"""Why an operation gave NaN or infinity, read off its inputs and outputs.

If the values do not show a reason, there is none.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import NamedTuple

from app.contract.records import Edit, Fix, Operation, Summary
from app.session.explain.values import (
    greatest,
    is_finite,
    is_zero,
    least,
    some_inf,
    some_nan,
    some_zero,
)
from app.session.findings.case import Case
from app.session.findings.ran import Ran
from app.session.language import number, paragraph, tr


class Reason(NamedTuple):
    """A sentence with the reason, and a fix."""

    text: str
    fix: Fix | None = None


_ROOTS = frozenset(("sqrt", "rsqrt"))
_LOGS = frozenset(("log", "log2", "log10"))
_DIVISIONS = frozenset(("div", "true_divide", "truediv", "rtruediv", "rdiv", "divide"))
_SOFTMAXES = frozenset(("softmax", "log_softmax", "scaled_dot_product_attention"))
_PRODUCTS = frozenset(("mul", "multiply", "rmul", "matmul", "rmatmul", "mm", "bmm", "linear",
                       "einsum", "baddbmm", "addmm", "mv", "dot"))  # fmt: skip
_SUMS = frozenset(("add", "radd", "sub", "rsub", "sum", "subtract"))
_EXPONENTIALS = frozenset(("exp", "expm1", "cosh", "sinh", "exp2"))
_ARCS = frozenset(("acos", "asin", "arccos", "arcsin"))
_DEVIATIONS = frozenset(("std", "var", "std_mean", "var_mean"))
_ENTROPIES = frozenset(("cross_entropy_loss", "cross_entropy", "nll_loss", "nll_loss_nd"))
_IGNORED = -100
"""The class that torch's losses leave out by default."""
_ROOT_EPS, _LOG_EPS = "1e-12", "1e-8"


class _Values(NamedTuple):
    """An operation with its inputs and outputs."""

    case: Case
    operation: Operation
    name: str
    taken: list[Summary]
    made: list[Summary]


def _values(case: Case, operation: Operation) -> _Values:
    taken = [case.tensor(value).summary for value in operation.inputs]
    made = [case.tensor(value).summary for value in operation.outputs]
    return _Values(case, operation, operation.name.strip("_"), taken, made)


def forward_reason(case: Case, operation: Operation) -> Reason | None:
    """Why it gave NaN or infinity in the forward pass, from values that were not so."""
    values = _values(case, operation)
    if not values.taken:
        return None
    return next(filter(None, (ask(values) for ask in _FORWARD)), None)


def backward_reason(case: Case, operation: Operation, ran: Ran) -> Reason | None:
    """Why its backward gave NaN or infinity, though its result was finite."""
    values = _values(case, operation)
    if not values.taken:
        return None
    reason = _slope(values)
    if reason is None:
        return None
    grads = [step.grad for step in ran.steps.values() if step.operation == operation.id]
    if any(grad is not None and some_zero(grad) for grad in grads):
        text = tr(
            "Where the gradient that arrives there is 0, the product is 0 times infinity, which "
            "is NaN: masking the result afterwards does not help."
        )
        return Reason(paragraph((reason.text, text)), reason.fix)
    return reason


# --------------------------------------------------------------------------- in the backward pass


def _slope(values: _Values) -> Reason | None:
    """The slope of a root, a power or an arc cosine is infinite at the edge of its domain."""
    first = values.taken[0]
    is_power = values.name in ("pow", "float_power")
    if (values.name == "sqrt" or is_power) and some_zero(first):
        if is_power and not _is_fraction(values):
            return None
        text = tr("The slope of {name} is infinite at 0, and its input is 0 {places}.")
        text = text.format(name=f"`{values.name}`", places=_times(first))
        description = tr("Add a small number such as {eps} to its input.").format(eps=_ROOT_EPS)
        return Reason(text, Fix(description, _with_eps(values, _ROOT_EPS)))
    if values.name == "logsumexp" and greatest(first) < math.inf and some_inf(values.made[0]):
        text = tr("A row of its input holds nothing but -inf, and its slope there is NaN.")
        return Reason(text, Fix(_leave_unmasked(), _finite_mask(values)))
    if values.name in _ARCS and (greatest(first) == 1 or least(first) == -1):
        text = tr("The slope of {name} is infinite at 1 and -1, and its input has such a value.")
        description = tr("Clamp its input to slightly less than 1.")
        return Reason(text.format(name=f"`{values.name}`"), Fix(description, []))
    return None


def _is_fraction(values: _Values) -> bool:
    """Whether a power is known to have an exponent between 0 and 1."""
    if len(values.taken) > 1:
        exponent = values.taken[1]
        return least(exponent) > 0 and greatest(exponent) < 1
    node = _expression(values)
    exponent_node: ast.expr | None = None
    if isinstance(node, ast.BinOp):
        exponent_node = node.right
    elif isinstance(node, ast.Call) and node.args:
        exponent_node = node.args[-1]
    try:
        number = None if exponent_node is None else ast.literal_eval(exponent_node)
    except ValueError:  # `1 / 3` is not a literal
        number = 0.5 if isinstance(exponent_node, ast.BinOp) else None
    return isinstance(number, float) and 0 < number < 1


# ---------------------------------------------------------------------------- in the forward pass


def _masked_softmax(values: _Values) -> Reason | None:
    first = values.taken[0]
    attention = values.name == "scaled_dot_product_attention"
    masked = values.taken[-1] if attention else first
    if values.name not in _SOFTMAXES or not any(map(some_nan, values.made)):
        return None
    if not some_inf(masked) or (greatest(masked) == math.inf):
        return None
    text = tr("A row of its input holds nothing but -inf, so the softmax divides 0 by 0.")
    return Reason(text, Fix(_leave_unmasked(), _finite_mask(values)))


def _leave_unmasked() -> str:
    return tr(
        "Leave at least one position of each row unmasked, or mask with a large negative number "
        "such as -1e9 instead of -inf."
    )


def _undefined(values: _Values) -> Reason | None:
    """Return the reason if the input is outside the function's domain."""
    if not any(map(some_nan, values.made)) or not all(map(is_finite, values.taken)):
        return None
    first = values.taken[0]
    if values.name in (*_ROOTS, *_LOGS) and least(first) < 0:
        text = tr("Its input goes down to {least:.3g}, and {name} of a negative number is NaN.")
        text = text.format(least=least(first), name=f"`{values.name}`")
        return Reason(text, Fix(tr("Clamp its input to positive values."), []))
    if values.name in ("pow", "float_power") and least(first) < 0:
        text = tr("Its base goes down to {least:.3g}, and a root of a negative number is NaN.")
        text = text.format(least=least(first))
        return Reason(text, Fix(tr("Clamp the base to positive values."), []))
    if values.name in _ARCS and (greatest(first) > 1 or least(first) < -1):
        text = tr("Its input has values outside of -1 to 1, for which {name} is NaN.")
        description = tr("Clamp its input to -1 and 1.")
        return Reason(text.format(name=f"`{values.name}`"), Fix(description, []))
    if values.name in _DEVIATIONS and first.numel == values.made[0].numel:
        text = tr("It takes the {name} of single elements, which divides by 0.")
        description = tr("Give it more than one element, or pass correction=0.")
        return Reason(text.format(name=f"`{values.name}`"), Fix(description, []))
    if values.name == "mean" and not first.numel:
        return Reason(tr("It takes the mean of no elements, which is 0 divided by 0."))
    if values.name in _ENTROPIES and len(values.taken) > 1:
        targets = values.taken[1]
        if least(targets) == greatest(targets) == _IGNORED:
            text = tr(
                "Every target is {ignored}, which the loss ignores: it is the mean of nothing."
            )
            return Reason(text.format(ignored=_IGNORED))
    return None


def _zero_divided(values: _Values) -> Reason | None:
    """A division by 0, a logarithm of 0, a root of 0 under a fraction."""
    name = values.name
    if name in _DIVISIONS or name == "reciprocal":
        bottom = _denominator(values)
        if bottom is None or not some_zero(bottom):
            return None
        nan = any(map(some_nan, values.made))
        text = tr("Its denominator is 0 {places}, and so is the numerator there: 0 / 0 is NaN.")
        if not nan:
            text = tr("Its denominator is 0 {places}.")
        fixed = _with_eps(values, _LOG_EPS) if least(bottom) >= 0 else []
        description = tr("Add a small number such as {eps} to the denominator.")
        fix = Fix(description.format(eps=_LOG_EPS), fixed)
        return Reason(text.format(places=_times(bottom)), fix)
    first = values.taken[0]
    if (name in _LOGS or name == "rsqrt") and some_zero(first) and least(first) >= 0:
        eps = _LOG_EPS if name in _LOGS else _ROOT_EPS
        text = tr("Its input is 0 {places}, where {name} is infinite.")
        text = text.format(places=_times(first), name=f"`{name}`")
        description = tr("Add a small number such as {eps} to its input.").format(eps=eps)
        return Reason(text, Fix(description, _with_eps(values, eps)))
    return None


def _denominator(values: _Values) -> Summary | None:
    if values.name == "reciprocal" or values.name in ("rtruediv", "rdiv"):
        return values.taken[0]
    return values.taken[1] if len(values.taken) > 1 else None


def _zero_times_infinity(values: _Values) -> Reason | None:
    if values.name not in _PRODUCTS or not any(map(some_nan, values.made)):
        return None
    if not any(map(some_inf, values.taken)) or not any(map(some_zero, values.taken)):
        return None
    text = tr("One of its inputs holds infinity where the other is 0, and 0 times infinity is NaN.")
    description = tr("Select with torch.where instead of multiplying with a mask.")
    return Reason(text, Fix(description, []))


def _infinities(values: _Values) -> Reason | None:
    """inf - inf, and inf / inf."""
    if not any(map(some_nan, values.made)) or not any(map(some_inf, values.taken)):
        return None
    if values.name in _SUMS:
        return Reason(tr("It subtracts infinity from infinity, which is NaN."))
    if values.name in _DIVISIONS and sum(map(some_inf, values.taken)) > 1:
        return Reason(tr("It divides infinity by infinity, which is NaN."))
    return None


def _overflow(values: _Values) -> Reason | None:
    if not any(map(some_inf, values.made)) or not all(map(is_finite, values.taken)):
        return None
    dtype = values.case.tensor(values.operation.outputs[0]).dtype
    if values.name in _EXPONENTIALS:
        text = tr("Its input goes up to {greatest:.3g}, and the result is too large for {dtype}.")
        text = text.format(greatest=greatest(values.taken[0]), dtype=f"`{dtype}`")
        description = tr(
            "Subtract the maximum first, or use a function that is safe from overflow, such as "
            "torch.logsumexp, torch.softmax or F.softplus."
        )
        return Reason(text, Fix(description, []))
    if values.name in _PRODUCTS or values.name in (*_SUMS, "pow", "square", "prod", "cumprod"):
        text = tr("Its result is too large for {dtype}.").format(dtype=f"`{dtype}`")
        return Reason(text)
    return None


_FORWARD: tuple[Callable[[_Values], Reason | None], ...] = (
    _masked_softmax, _undefined, _zero_divided, _zero_times_infinity, _infinities, _overflow,
)  # fmt: skip


# ------------------------------------------------------------------------------- words and edits


def _times(summary: Summary) -> str:
    if is_zero(summary):
        return tr("everywhere")
    if summary.sampled:
        return tr("in places")
    if summary.zeros == 1:
        return tr("in one place")
    return tr("in {count} places").format(count=number(summary.zeros))


def _expression(values: _Values) -> ast.expr | None:
    """The expression in the snippet that made the call itself."""
    return values.case.source.expression(values.operation)


def _with_eps(values: _Values, eps: str) -> list[Edit]:
    """A small number is added to what the call takes: `x.sqrt()` becomes `(x + 1e-12).sqrt()`."""
    source, node = values.case.source, _expression(values)
    match node:
        case ast.BinOp(op=ast.Pow(), left=inner) | ast.BinOp(op=ast.Div(), right=inner):
            return [source.replaced(inner, f"({source.segment(inner)} + {eps})")]
        case ast.Call(func=ast.Attribute(value=inner, attr=name)) if _is_named(name, values):
            if isinstance(inner, ast.Name) and inner.id == source.torch(inner.lineno):
                return _argument_with_eps(values, node, eps)
            if values.name in _DIVISIONS:
                return []
            return [source.replaced(inner, f"({source.segment(inner)} + {eps})")]
    return []


def _is_named(name: str, values: _Values) -> bool:
    return name.strip("_") == values.name


def _argument_with_eps(values: _Values, call: ast.Call, eps: str) -> list[Edit]:
    """The same of `torch.sqrt(x)` and `torch.div(x, y)`."""
    place = 1 if values.name in _DIVISIONS else 0
    if len(call.args) <= place or isinstance(call.args[place], ast.Starred):
        return []
    source, inner = values.case.source, call.args[place]
    return [source.replaced(inner, f"({source.segment(inner)}) + {eps}")]


def _finite_mask(values: _Values) -> list[Edit]:
    """-1e9 in place of the `float("-inf")` with which the scores were masked."""
    case = values.case
    makers = {m.spot for m in _makers_of_infinity(case, values.operation.inputs)}
    if len(makers) != 1 or case.tensor(values.operation.outputs[0]).dtype == "float16":
        return []
    statement = case.source.statement(makers.pop())
    found = [] if statement is None else [n for n in ast.walk(statement) if _is_minus_inf(n)]
    if len(found) != 1 or not isinstance(found[0], ast.expr):
        return []
    return [case.source.replaced(found[0], "-1e9")]


def _makers_of_infinity(case: Case, values: list[int]) -> list[Operation]:
    """The operations that wrote the infinities among these values, which went in nowhere."""
    found: dict[int, Operation] = {}
    stack, seen = list(values), set(values)
    while stack:
        value = stack.pop()
        maker = case.run.producers.get(value)
        if maker is None or not some_inf(case.tensor(value).summary):
            continue
        before = [v for v in maker.inputs if some_inf(case.tensor(v).summary)]
        if not before:
            found[maker.id] = maker
        stack += [v for v in before if v not in seen]
        seen.update(before)
    return list(found.values())


def _is_minus_inf(node: ast.AST) -> bool:
    """`float("-inf")`, `-float("inf")`, `-math.inf`, `-torch.inf`."""
    match node:
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))]):
            return text.strip().lower() in ("-inf", "-infinity")
        case ast.UnaryOp(op=ast.USub(), operand=ast.Attribute(attr="inf")):
            return True
        case ast.UnaryOp(
            op=ast.USub(),
            operand=ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))]),
        ):
            return text.strip().lower() in ("inf", "infinity")
    return False
