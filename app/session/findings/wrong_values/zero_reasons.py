"""Why the backward of an operation turned a gradient into zeros, where its values show it.

The slopes are those of torch's derivatives.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from app.contract.records import Fix, Operation, Summary, Tensor
from app.session.explain.phrases import listed
from app.session.explain.values import greatest, is_zero, least
from app.session.findings.case import Case
from app.session.findings.wrong_values.non_finite_reasons import Reason
from app.session.language import tr


class _Seen(NamedTuple):
    """An operation whose backward gave only zeros; `grad` is the gradient that it received."""

    case: Case
    operation: Operation
    taken: list[Tensor]
    made: Tensor
    grad: Summary | None

    @property
    def name(self) -> str:
        return f"`{function(self.operation)}`"


def function(operation: Operation) -> str:
    """Return the name of the function that the program called, whether in place or not."""
    name = operation.name.strip("_")
    return _CALLED_BY.get(name, name)


_CALLED_BY = {"cross_entropy_loss": "cross_entropy", "vector_norm": "norm"}
"""Functions that others of torch call for the program, by theirs."""


def reason(case: Case, operation: Operation, grad: Summary | None) -> Reason | None:
    """Return the reason for zeros, None if the values do not show it."""
    taken = [case.tensor(value) for value in operation.inputs]
    if operation.phase == "backward" or not taken or not operation.outputs:
        return None
    seen = _Seen(case, operation, taken, case.tensor(operation.outputs[0]), grad)
    rules = (_empty, _RULES.get(function(operation)), _underflow)
    return next((found for rule in rules if rule and (found := rule(seen))), None)


def _empty(seen: _Seen) -> Reason | None:
    if seen.made.summary.numel:
        return None
    return Reason(tr("Its result has no elements, so no gradient reaches its input."))


def _flat(seen: _Seen) -> Reason:
    return Reason(tr("The slope of {name} is 0 everywhere.").format(name=seen.name))


def _drawn(seen: _Seen) -> Reason:
    text = tr("{name} draws at random, and torch gives it a gradient of 0.")
    fix = None
    if function(seen.operation) == "normal":
        advice = tr("Compute `mean + std * torch.randn_like(std)`, through which gradients flow.")
        fix = Fix(advice, [])
    return Reason(text.format(name=seen.name), fix)


def _rectified(seen: _Seen) -> Reason:
    text = tr("The slope of {name} is 0 where its input is not positive.")
    if greatest(seen.taken[0].summary) <= 0:
        text = tr(
            "The slope of {name} is 0 where its input is not positive, and no value of it is."
        )
    return Reason(text.format(name=seen.name))


def _limited(seen: _Seen) -> Reason:
    text = tr("The slope of {name} is 0 where its input is outside its limits.")
    return Reason(text.format(name=seen.name))


def _saturated(seen: _Seen) -> Reason | None:
    if _is_over_one(seen):
        return _over_one(seen)
    result = seen.made.summary
    ends = {value for value in (-1, 0, 1) if least(result) == value == greatest(result)}
    if ends:
        text = tr("The result of {name} is {value} everywhere, where its slope is 0.")
        return Reason(text.format(name=seen.name, value=ends.pop()))
    if _is_zero_or_one(result):
        text = tr("The result of {name} is 0 or 1 everywhere, where its slope is 0.")
        return Reason(text.format(name=seen.name))
    if function(seen.operation) == "tanh" and _is_one_or_minus_one(result):
        text = tr("The result of {name} is -1 or 1 everywhere, where its slope is 0.")
        return Reason(text.format(name=seen.name))
    return None


def _is_zero_or_one(summary: Summary) -> bool:
    """Of values from 0 to 1, as many are not 0 as their sum: then each of them is 1."""
    if summary.sampled or summary.mean is None or least(summary) < 0 or greatest(summary) > 1:
        return False
    return round(float(summary.mean) * summary.numel, 3) == summary.numel - summary.zeros


def _is_one_or_minus_one(summary: Summary) -> bool:
    """Of values from -1 to 1, the sum of the squares is their number: then each of them is 1."""
    if summary.sampled or summary.norm is None:
        return False
    return round(float(summary.norm) ** 2, 3) == summary.numel


def _is_over_one(seen: _Seen) -> bool:
    """Whether a softmax was taken over a dimension of size 1: then each result of it is 1."""
    shape, result = seen.taken[0].shape, seen.made.summary
    if function(seen.operation) == "cross_entropy":
        return shape[0 if len(shape) == 1 else 1] == 1
    everywhere = {"softmax": 1, "log_softmax": 0}.get(function(seen.operation))
    return 1 in shape and everywhere == least(result) == greatest(result)


def _over_one(seen: _Seen) -> Reason:
    text = tr("{name} is over one class only, whose probability is 1 whatever the input is.")
    return Reason(text.format(name=seen.name))


def _loss(seen: _Seen) -> Reason | None:
    if _is_over_one(seen):
        return _over_one(seen)
    if (ignored := _ignored(seen)) is not None:
        text = tr("Every target is {value}, which {name} ignores.")
        return Reason(text.format(name=seen.name, value=ignored))
    if not is_zero(seen.made.summary):
        return None
    return Reason(tr("The result of {name} is 0: its least value.").format(name=seen.name))


def _ignored(seen: _Seen) -> int | None:
    """The one class that all targets are, if it is negative: torch takes `ignore_index` only."""
    if function(seen.operation) not in ("cross_entropy", "nll_loss") or len(seen.taken) < 2:
        return None
    target = seen.taken[1]
    value = least(target.summary)
    is_one = value == greatest(target.summary) < 0 and target.dtype == "int64"
    return int(value) if is_one and not target.summary.sampled else None


def _of_power(seen: _Seen) -> Reason | None:
    if len(seen.taken) > 1 or not is_zero(seen.taken[0].summary):
        return None
    text = tr("Its input is 0 everywhere, where the slope of {name} is 0.")
    return Reason(text.format(name=seen.name))


def _at_zero(seen: _Seen) -> Reason | None:
    if not is_zero(seen.taken[0].summary):
        return None
    return Reason(tr("Its input is 0 everywhere, where torch takes the slope of {name} as 0.")
                      .format(name=seen.name))  # fmt: skip


def _dropped(seen: _Seen) -> Reason | None:
    if not is_zero(seen.made.summary):
        return None
    return Reason(tr("{name} made every value 0.").format(name=seen.name))


def _normalised(seen: _Seen) -> Reason | None:
    text = tr("{name} is over one value only: its result does not depend on that value.")
    if not seen.taken[0].shape or seen.taken[0].shape[-1] != 1:
        if seen.grad is None or least(seen.grad) != greatest(seen.grad):
            return None
        text = tr(
            "That gradient was the same everywhere, and the sum of the result of {name} does not "
            "depend on its input."
        )
    return Reason(text.format(name=seen.name))


def _embedded(seen: _Seen) -> Reason | None:
    if seen.grad is None or seen.grad.mean in (None, 0):
        return None  # gradients for the same row may have cancelled each other
    return Reason(
        tr("The gradient arrived for the row of `padding_idx` alone, which is given none.")
    )


def _multiplied(seen: _Seen) -> Reason | None:
    taken = map(seen.case.tensor, factors(seen.operation))
    zeros = [one for one in taken if is_zero(one.summary)]
    names = listed(seen.case.name(one.id) for one in zeros)
    if len(zeros) == 2:
        return Reason(tr("Both its factors are 0 everywhere: {values}.").format(values=names))
    if len(seen.taken) == 1 and is_zero(seen.made.summary):
        is_sure = seen.made.dtype in ("float32", "float64")  # in others a small number gives 0 too
        return Reason(tr("It multiplies by 0.")) if is_sure else None
    if len(zeros) == 1 and len(seen.taken) > 1:
        return Reason(tr("It multiplies by {value}, which is 0 everywhere.").format(value=names))
    return None


_LEAST = {"float16": 2.0**-24, "bfloat16": 2.0**-133, "float32": 2.0**-149}
"""The smallest positive number of each type."""


def factors(operation: Operation) -> list[int]:
    """Return the inputs of an operation without a bias, which its result only adds."""
    inputs, name = operation.inputs, operation.name
    if name in _BIASED or name.startswith("conv"):
        return inputs[:2]
    return inputs[:4] if name == "batch_norm" else inputs


_BIASED = ("linear", "layer_norm", "group_norm", "rms_norm")
"""Functions that take an input, a weight and then perhaps a bias, as convolutions do.  Before the
weight of `batch_norm` come its running statistics."""


def _underflow(seen: _Seen) -> Reason | None:
    """A gradient too small for its type: less than half of the smallest number becomes 0."""
    smallest, factor = _LEAST.get(seen.taken[0].dtype), _factor(seen)
    if smallest is None or factor is None or seen.grad is None:
        return None
    size = _size(seen.grad) * factor
    if not 0 < size < smallest / 2:
        return None
    text = tr(
        "It would be {size} at most, and the smallest number that {dtype} holds is {smallest}: it "
        "was rounded to 0."
    ).format(size=f"{size:.1g}", dtype=f"`{seen.taken[0].dtype}`", smallest=f"{smallest:.1g}")
    advice = tr(
        "Scale the loss up before `backward()`, as `torch.amp.GradScaler` does, or compute in a "
        "type with a larger range."
    )
    return Reason(text, Fix(advice, []))


def _factor(seen: _Seen) -> float | None:
    """Return the greatest factor by which its backward multiplies an element, if it is known."""
    taken, name = seen.taken, function(seen.operation)
    if name == "mean":
        return seen.made.summary.numel / taken[0].summary.numel
    if name in ("mul", "div") and len(taken) == 1:  # by a number
        size = _size(taken[0].summary)
        return _size(seen.made.summary) / size if size else None
    if name == "mul" and taken[0].shape == taken[1].shape:
        return max(_size(one.summary) for one in taken)
    return None


def _size(summary: Summary) -> float:
    return max(abs(least(summary)), abs(greatest(summary)))


def _rules() -> Iterator[tuple[str, Callable[[_Seen], Reason | None]]]:
    yield from ((name, _flat) for name in ("ceil", "fix", "floor", "round", "sign", "trunc"))
    yield from ((name, _drawn) for name in ("normal", "bernoulli", "poisson"))
    yield "relu", _rectified
    limiting = ("clamp", "clip", "hardtanh", "relu6", "clamp_min", "clamp_max")
    yield from ((name, _limited) for name in limiting)
    yield from ((name, _saturated) for name in ("sigmoid", "tanh", "softmax", "log_softmax"))
    yield from (
        (name, _loss)
        for name in ("cross_entropy", "nll_loss", "mse_loss", "l1_loss", "smooth_l1_loss")
    )
    yield from ((name, _of_power) for name in ("pow", "square"))
    yield from ((name, _at_zero) for name in ("abs", "norm"))
    yield from ((name, _dropped) for name in ("dropout", "alpha_dropout", "masked_fill"))
    yield from ((name, _multiplied) for name in ("linear", "mul", "matmul", "mm", "bmm"))
    yield "layer_norm", _normalised
    yield "embedding", _embedded


_RULES = dict(_rules())
"""By the name of the function; a rule returns None where the values do not show its reason."""
