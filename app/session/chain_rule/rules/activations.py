"""Activation functions."""

from __future__ import annotations

from app.session.chain_rule.rules.rule import rule
from app.session.language import translatable as _

_OWN_INPUT = _("The derivative is computed from the input, which forward kept.")
_BELOW = _("The gradient passes where the input is positive, and is scaled down elsewhere.")
_OUTSIDE = _("The gradient passes outside the bounds and is 0 between them.")
_INSIDE = _("The gradient passes between the bounds and is 0 outside.")

_NOISE = _("A negative number was multiplied by a random slope, and so is its gradient.")

OTHERWISE = {
    "GeluBackward0": (
        rule(
            "self * (1 + tanh(u(self))) / 2",
            _("u(x) is √(2/π) · (x + 0.044715 · x³), and u′ is its derivative."),
            {"approximate": "tanh"},
            self="grad * ((1 + tanh(u(self))) / 2"
            " + self / 2 * (1 - tanh(u(self)) ** 2) * derivative(u(self)))",
        ),
    ),
    "RreluWithNoiseBackward0": (
        rule("self * noise", _NOISE, {"training": True}, self="grad * noise"),
    ),
}  # fmt: skip
RULES = {
    "ReluBackward0": rule(
        "maximum(self, 0)",
        _("The gradient passes where the result is positive, and is 0 elsewhere."),
        self="grad * (result > 0)",
    ),
    "ThresholdBackward0": rule(
        "threshold(self)", _("The gradient passes where the input is above the threshold."),
        self="grad * (self > threshold)",
    ),
    "SoftshrinkBackward0": rule("softshrink(self)", _OUTSIDE, self="grad * (abs(self) > lambd)"),
    "HardshrinkBackward0": rule("hardshrink(self)", _OUTSIDE, self="grad * (abs(self) > lambd)"),
    "SigmoidBackward0": rule(
        "sigmoid(self)",
        _("The derivative is at most 1/4, and near 0 where the result is near 0 or 1."),
        self="grad * result * (1 - result)",
    ),
    "TanhBackward0": rule(
        "tanh(self)", _("The derivative is 1 at 0, and near 0 where the result is near −1 or 1."),
        self="grad * (1 - result ** 2)",
    ),
    "GeluBackward0": rule(
        "self * Φ(self)", _("Φ is the normal distribution, φ its density."),
        {"approximate": "none"}, self="grad * (Φ(self) + self * φ(self))",
    ),
    "SiluBackward0": rule(
        "self * sigmoid(self)", _OWN_INPUT,
        self="grad * sigmoid(self) * (1 + self * (1 - sigmoid(self)))",
    ),
    "SoftplusBackward0": rule(
        "log(1 + exp(beta * self)) / beta", _("The derivative of softplus is a sigmoid."),
        {"threshold": 20}, self="grad * sigmoid(beta * self)",
    ),
    "LeakyReluBackward0": rule(
        "where(self > 0, self, negative_slope * self)", _BELOW,
        self="grad * where(self > 0, 1, negative_slope)",
    ),
    "LeakyReluBackward1": rule(
        "where(self > 0, self, negative_slope * self)", _BELOW,
        self="grad * where(result > 0, 1, negative_slope)",
    ),
    "EluBackward0": rule(
        "scale * where(self > 0, self, alpha * (exp(self) - 1))", _BELOW, {"input_scale": 1},
        self="scale * grad * where(self > 0, 1, alpha * exp(self))",
    ),
    "CeluBackward0": rule(
        "where(self > 0, self, alpha * (exp(self / alpha) - 1))", _BELOW,
        self="grad * where(self > 0, 1, exp(self / alpha))",
    ),
    "HardtanhBackward0": rule(
        "clamp(self)", _INSIDE, self="grad * (self > min_val) * (self < max_val)"
    ),
    "HardsigmoidBackward0": rule(
        "clamp(self / 6 + 1 / 2)", _INSIDE, self="grad / 6 * (self > -3) * (self < 3)"
    ),
    "HardswishBackward0": rule(
        "self * clamp(self / 6 + 1 / 2)", _OWN_INPUT,
        self="grad * where(self >= 3, 1, where(self > -3, self / 3 + 1 / 2, 0))",
    ),
    "MishBackward0": rule(
        "self * tanh(softplus(self))", _OWN_INPUT,
        self="grad * (tanh(softplus(self))"
        " + self * sigmoid(self) * (1 - tanh(softplus(self)) ** 2))",
    ),
    "LogSigmoidBackward0": rule(
        "log(sigmoid(self))", _OWN_INPUT, self="grad * (1 - sigmoid(self))"
    ),
    "RreluWithNoiseBackward0": rule(
        "where(self > 0, self, slope * self)", _BELOW, {"training": False},
        self="grad * where(self > 0, 1, (lower + upper) / 2)",
    ),
    "GluBackward0": rule(
        "first(self) * sigmoid(second(self))",
        _("The first half gets the gradient times the gate. The second half, which is the gate, "
          "gets it times the first half and the derivative of the sigmoid."),
        self="collect(grad * sigmoid(second(self)), grad * first(self)"
        " * sigmoid(second(self)) * (1 - sigmoid(second(self))))",
    ),
    "PreluKernelBackward0": rule(
        "where(self > 0, self, weight * self)", _BELOW,
        self="grad * where(self > 0, 1, weight)", weight="grad * where(self > 0, 0, self)",
    ),
}  # fmt: skip
