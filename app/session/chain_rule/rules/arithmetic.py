"""Arithmetic, and functions of single numbers."""

from __future__ import annotations

from app.session.chain_rule.rules.rule import rule
from app.session.language import translatable as _

_SUMS = _("A sum passes the gradient on to each term, times its factor.")
_DIFFERENCE = _("The gradient passes on to what is subtracted with the opposite sign.")
_FACTORS = _("Each factor gets the gradient times the other factor.")
_QUOTIENT = _("The numerator gets the gradient over the denominator, which gets less as it grows.")
_POWER = _("The exponent comes down as a factor, and the power is one lower.")
_OWN_RESULT = _("The derivative is computed from the result, which forward kept.")
_OWN_INPUT = _("The derivative is computed from the input, which forward kept.")
_LARGER = _("The gradient goes to the one that was chosen, and half to each where both are equal.")
_INSIDE = _("The gradient passes inside the bounds and stops outside.")
_OWN_INPUTS = _("The derivative is computed from both inputs, which forward kept.")
_STEPS = _("What is taken away is constant almost everywhere, so the gradient passes unchanged.")
_FILLED = _("The values were overwritten, so no gradient passes to what was there before.")
_REMAINDER = _(
    "The divisor gets the gradient as often as it was taken away, with the opposite sign."
)
_SECOND = _("A second derivative: this was a step of a backward pass that was itself recorded.")
_RANDOM = _("Random numbers have no derivative, so no gradient passes.")
_BOUNDS = _("The gradient passes inside the bounds; outside it goes to the bound.")
_FLAT = _("The function is flat, so its derivative is 0 and no gradient passes.")

OTHERWISE = {
    "ClampBackward0": (
        rule(
            "clamp(self, min)", _BOUNDS, {"min": True, "max": None},
            self="grad * (self >= min)", min="grad * (self < min)",
        ),
        rule(
            "clamp(self, max)", _BOUNDS, {"min": None, "max": True},
            self="grad * (self <= max)", min="grad * 0", max="grad * (self > max)",
        ),
    ),
}  # fmt: skip
RULES = {
    "AddBackward0": rule("self + alpha * other", _SUMS, self="grad", other="alpha * grad"),
    "AddBackward1": rule("self + number", _SUMS, self="grad"),
    "SubBackward1": rule("self - number", _SUMS, self="grad"),
    "SubBackward0": rule(
        "self - alpha * other", _DIFFERENCE, self="grad", other="-(alpha * grad)"
    ),
    "RsubBackward1": rule("number - alpha * self", _DIFFERENCE, self="-(alpha * grad)"),
    "MulBackward0": rule("self * other", _FACTORS, self="grad * other", other="grad * self"),
    "MulBackward1": rule("self * other", _FACTORS, self="grad * other"),
    "DivBackward0": rule(
        "self / other", _QUOTIENT, self="grad / other", other="-grad * self / other ** 2"
    ),
    "DivBackward1": rule("self / other", _SUMS, self="grad / other"),
    "Deg2RadBackward0": rule("self * π / 180", _SUMS, self="grad * π / 180"),
    "Rad2DegBackward0": rule("self * 180 / π", _SUMS, self="grad * 180 / π"),
    "NegBackward0": rule("-self", _("The gradient changes its sign."), self="-grad"),
    "PowBackward0": rule(
        "self ** exponent", _POWER, self="grad * exponent * self ** (exponent - 1)"
    ),
    "PowBackward1": rule(
        "self ** exponent", _("The base gets the power rule, the exponent the logarithm's."),
        self="grad * exponent * self ** (exponent - 1)", exponent="grad * result * log(self)",
    ),
    "PowBackward2": rule(
        "self ** exponent", _("A power of a number grows by the logarithm of that number."),
        exponent="grad * result * log(self)",
    ),
    "ReciprocalBackward0": rule("1 / self", _OWN_RESULT, self="-grad * result ** 2"),
    "SqrtBackward0": rule("sqrt(self)", _OWN_RESULT, self="grad / (2 * result)"),
    "RsqrtBackward0": rule("1 / sqrt(self)", _OWN_RESULT, self="-grad * result ** 3 / 2"),
    "ExpBackward0": rule(
        "exp(self)", _("The derivative of exp is its own result."), self="grad * result"
    ),
    "Expm1Backward0": rule("exp(self) - 1", _OWN_RESULT, self="grad * (result + 1)"),
    "LogBackward0": rule("log(self)", _OWN_INPUT, self="grad / self"),
    "Log1PBackward0": rule("log(1 + self)", _OWN_INPUT, self="grad / (1 + self)"),
    "Log2Backward0": rule("log2(self)", _OWN_INPUT, self="grad / (self * log(2))"),
    "Log10Backward0": rule("log10(self)", _OWN_INPUT, self="grad / (self * log(10))"),
    "SinBackward0": rule("sin(self)", _OWN_INPUT, self="grad * cos(self)"),
    "CosBackward0": rule("cos(self)", _OWN_INPUT, self="-grad * sin(self)"),
    "TanBackward0": rule("tan(self)", _OWN_RESULT, self="grad * (1 + result ** 2)"),
    "AtanBackward0": rule("atan(self)", _OWN_INPUT, self="grad / (1 + self ** 2)"),
    "AsinBackward0": rule("asin(self)", _OWN_INPUT, self="grad / sqrt(1 - self ** 2)"),
    "AcosBackward0": rule("acos(self)", _OWN_INPUT, self="-grad / sqrt(1 - self ** 2)"),
    "Atan2Backward0": rule(
        "atan2(self, other)", _OWN_INPUTS, self="grad * other / (self ** 2 + other ** 2)",
        other="-grad * self / (self ** 2 + other ** 2)",
    ),
    "HypotBackward0": rule(
        "sqrt(self ** 2 + other ** 2)", _OWN_INPUTS, self="grad * self / result",
        other="grad * other / result",
    ),
    "SinhBackward0": rule("sinh(self)", _OWN_INPUT, self="grad * cosh(self)"),
    "CoshBackward0": rule("cosh(self)", _OWN_INPUT, self="grad * sinh(self)"),
    "AsinhBackward0": rule("asinh(self)", _OWN_INPUT, self="grad / sqrt(self ** 2 + 1)"),
    "AcoshBackward0": rule("acosh(self)", _OWN_INPUT, self="grad / sqrt(self ** 2 - 1)"),
    "AtanhBackward0": rule("atanh(self)", _OWN_INPUT, self="grad / (1 - self ** 2)"),
    "Exp2Backward0": rule("2 ** self", _OWN_RESULT, self="grad * result * log(2)"),
    "LogaddexpBackward0": rule(
        "log(exp(self) + exp(other))", _("The gradient is shared out as softmax would share it."),
        self="grad * exp(self - result)", other="grad * exp(other - result)",
    ),
    "LogitBackward0": rule(
        "log(self / (1 - self))", _OWN_INPUT, {"eps": None}, self="grad / (self * (1 - self))"
    ),
    "XlogyBackward0": rule(
        "xlogy(self, other)", _("It is self · log(other), and 0 where self is 0."),
        self="where((self == 0) * (other <= 0), 0, grad * log(other))",
        other="grad * self / other",
    ),
    "LgammaBackward0": rule("lgamma(self)", _OWN_INPUT, self="grad * digamma(self)"),
    "ErfinvBackward0": rule(
        "erfinv(self)", _OWN_INPUT, self="grad * sqrt(π) / 2 * exp(erfinv(self) ** 2)"
    ),
    "ErfcBackward0": rule(
        "1 - erf(self)", _OWN_INPUT, self="-grad * 2 / sqrt(π) * exp(-(self ** 2))"
    ),
    "ErfBackward0": rule("erf(self)", _OWN_INPUT, self="grad * 2 / sqrt(π) * exp(-(self ** 2))"),
    "AbsBackward0": rule(
        "abs(self)", _("The gradient changes its sign where the input is negative."),
        self="grad * sign(self)",
    ),
    "SignBackward0": rule("sign(self)", _FLAT, self="grad * 0"),
    "FloorBackward0": rule("floor(self)", _FLAT, self="grad * 0"),
    "RoundBackward0": rule("round(self)", _FLAT, self="grad * 0"),
    "CeilBackward0": rule("ceil(self)", _FLAT, self="grad * 0"),
    "TruncBackward0": rule("trunc(self)", _FLAT, self="grad * 0"),
    "FracBackward0": rule("frac(self)", _STEPS, self="grad"),
    "FmodBackward0": rule("fmod(self)", _STEPS, self="grad"),
    "RemainderBackward0": rule("remainder(self)", _STEPS, self="grad"),
    "RemainderBackward1": rule(
        "remainder(self, other)", _REMAINDER, self="grad", other="-grad * floor(self / other)"
    ),
    "NanToNumBackward0": rule(
        "nan_to_num(self)", _("No gradient passes where a value was replaced."),
        self="where(isfinite(self), grad, 0)",
    ),
    "BernoulliBackward0": rule("bernoulli(self)", _RANDOM, self="grad * 0"),
    "NormalBackward0": rule("normal(self)", _RANDOM, self="grad * 0"),
    "UniformBackward0": rule("uniform(self)", _RANDOM, self="grad * 0"),
    "FillBackward0": rule("fill(self)", _FILLED, self="grad * 0"),
    "FillBackward2": rule("fill(self)", _FILLED, self="grad * 0"),
    "ZeroBackward0": rule("fill(self)", _FILLED, self="grad * 0"),
    "AddcmulBackward0": rule(
        "self + value * tensor1 * tensor2", _FACTORS,
        self="grad", tensor1="value * grad * tensor2", tensor2="value * grad * tensor1",
    ),
    "AddcdivBackward0": rule(
        "self + value * tensor1 / tensor2", _QUOTIENT, self="grad",
        tensor1="value * grad / tensor2", tensor2="-(value * grad) * tensor1 / tensor2 ** 2",
    ),
    "LerpBackward0": rule(
        "self + weight * (end - self)", _("The gradient is shared out by the weight."),
        self="grad * (1 - weight)", end="grad * weight",
    ),
    "LerpBackward1": rule(
        "self + weight * (end - self)", _("The gradient is shared out by the weight."),
        self="grad * (1 - weight)", end="grad * weight", weight="grad * (end - self)",
    ),
    "MaximumBackward0": rule(
        "maximum(self, other)", _LARGER,
        self="grad * ((self > other) + (self == other) / 2)",
        other="grad * ((other > self) + (other == self) / 2)",
    ),
    "MinimumBackward0": rule(
        "minimum(self, other)", _LARGER,
        self="grad * ((self < other) + (self == other) / 2)",
        other="grad * ((other < self) + (other == self) / 2)",
    ),
    "ClampBackward1": rule(
        "clamp(self)", _INSIDE, self="grad * (self >= min) * (self <= max)"
    ),
    "ClampBackward0": rule(
        "clamp(self, min, max)", _BOUNDS, {"min": True, "max": True},
        self="grad * (self >= min) * (self <= max)",
        min="grad * (self < min) * (min < max)",
        max="where(min > max, grad, grad * (self > max))",
    ),
    "ClampMinBackward1": rule(
        "clamp(self, min)", _BOUNDS, self="grad * (self >= min)", min="grad * (self < min)"
    ),
    "ClampMaxBackward1": rule(
        "clamp(self, max)", _BOUNDS, self="grad * (self <= max)", max="grad * (self > max)"
    ),
    "ClampMinBackward0": rule("clamp(self)", _INSIDE, self="grad * (self >= min)"),
    "ClampMaxBackward0": rule("clamp(self)", _INSIDE, self="grad * (self <= max)"),
    "WhereBackward0": rule(
        "where(condition, self, other)",
        _("The gradient of each cell goes where its value came from."),
        self="where(condition, grad, 0)", other="where(condition, 0, grad)",
    ),
    "MaskedFillBackward0": rule(
        "where(mask, value, self)", _("No gradient passes where the mask has put in a value."),
        self="where(mask, 0, grad)",
    ),
    "MaskedFillBackward1": rule(
        "where(mask, value, self)",
        _("The gradient of each cell goes where its value came from."),
        self="where(mask, 0, grad)", value="sum(where(mask, grad, 0))",
    ),
    "SigmoidBackwardBackward0": rule(
        "grad_output * output * (1 - output)", _SECOND,
        grad_output="grad * output * (1 - output)",
        output="grad * grad_output * (1 - 2 * output)",
    ),
    "TanhBackwardBackward0": rule(
        "grad_output * (1 - output ** 2)", _SECOND,
        grad_output="grad * (1 - output ** 2)", output="-2 * grad * grad_output * output",
    ),
    "ThresholdBackwardBackward0": rule(
        "grad_output * (self > threshold)", _SECOND,
        grad_output="grad * (self > threshold)", self="grad * 0",
    ),
}  # fmt: skip
