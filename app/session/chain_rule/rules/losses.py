"""Softmax and losses."""

from __future__ import annotations

from app.session.chain_rule.rules.rule import rule
from app.session.language import translatable as _

_DIFFERENCE = _("The gradient grows with the difference between prediction and target.")
_BOUNDED = _("Near the target the gradient grows with the difference; farther off it is constant.")
_LOGS = _("The gradient is negative for the class of the target, and 0 for the others.")
_NEAR = "share(grad) * where(abs(self - target) < {0}, {1}, {2})"

_SOFTMAX = rule(
    "softmax(self)",
    _("What one class gains the others lose: the gradients sum to 0."),
    self="result * (grad - sum(grad * result))",
)

_CLASS_WEIGHT = _("The gradient is negative for the class of the target, times its weight.")
_WEIGHTED = rule(
    "weighted_mean(-pick(self, target))", _CLASS_WEIGHT, {"weight": True, "reduction": 1},
    self="-share(grad, total_weight) * weight * one_hot(target)",
)  # fmt: skip
_LOGITS = "BinaryCrossEntropyWithLogitsBackward0"

OTHERWISE = {
    "NllLossBackward0": (_WEIGHTED,),
    "NllLoss2DBackward0": (_WEIGHTED,),
    "BinaryCrossEntropyBackward0": (
        rule(
            "reduce(-weight * (target * log(self) + (1 - target) * log(1 - self)))", _DIFFERENCE,
            {"weight": True},
            self="share(grad) * weight * (self - target) / (self * (1 - self))",
            target="share(grad) * weight * (log(1 - self) - log(self))",
        ),
    ),
    _LOGITS: (
        rule(
            "reduce(-weight * (target * log(sigmoid(self))"
            " + (1 - target) * log(1 - sigmoid(self))))",
            _DIFFERENCE, {"weight": True, "pos_weight": None},
            self="share(grad) * weight * (sigmoid(self) - target)",
            target="-share(grad) * weight * self",
        ),
        rule(
            "reduce(-(pos_weight * target * log(sigmoid(self))"
            " + (1 - target) * log(1 - sigmoid(self))))",
            _("The gradient grows with the difference; that of positive targets is weighted."),
            {"weight": None, "pos_weight": True},
            self="share(grad) * ((1 - target) * sigmoid(self)"
            " - pos_weight * target * (1 - sigmoid(self)))",
        ),
    ),
}  # fmt: skip
RULES = {
    "SoftmaxBackward0": _SOFTMAX,
    "SafeSoftmaxBackward0": _SOFTMAX,
    "LogSoftmaxBackward0": rule(
        "log_softmax(self)", _("The gradient minus its sum, shared out by the probabilities."),
        self="grad - exp(result) * sum(grad)",
    ),
    "MseLossBackward0": rule(
        "reduce((self - target) ** 2)", _DIFFERENCE,
        self="share(grad) * 2 * (self - target)", target="-share(grad) * 2 * (self - target)",
    ),
    "SmoothL1LossBackward0": rule(
        "smooth_l1(self - target)", _BOUNDED,
        self=_NEAR.format("beta", "(self - target) / beta", "sign(self - target)"),
        target="-" + _NEAR.format("beta", "(self - target) / beta", "sign(self - target)"),
    ),
    "HuberLossBackward0": rule(
        "huber(self - target)", _BOUNDED,
        self=_NEAR.format("delta", "self - target", "delta * sign(self - target)"),
        target="-" + _NEAR.format("delta", "self - target", "delta * sign(self - target)"),
    ),
    "NllLossBackward0": rule(
        "reduce(-pick(self, target))", _LOGS, {"weight": None},
        self="-share(grad, total_weight) * one_hot(target)"
    ),
    "NllLoss2DBackward0": rule(
        "reduce(-pick(self, target))", _LOGS, {"weight": None},
        self="-share(grad, total_weight) * one_hot(target)"
    ),
    "BinaryCrossEntropyBackward0": rule(
        "reduce(-(target * log(self) + (1 - target) * log(1 - self)))", _DIFFERENCE,
        {"weight": None},
        self="share(grad) * (self - target) / (self * (1 - self))",
        target="share(grad) * (log(1 - self) - log(self))",
    ),
    "CtcLossBackward0": rule(
        "-log(aligned(log_probs, targets))",
        _("The gradient is the probability of a class minus its share in the alignments."),
        {"zero_infinity": False},
        log_probs="spread(grad) * (exp(log_probs) - alignments)",
    ),
    "SoftMarginLossBackward0": rule(
        "reduce(log(1 + exp(-target * self)))",
        _("The gradient is large where prediction and target differ in sign."),
        self="-share(grad) * target / (1 + exp(target * self))",
    ),
    _LOGITS: rule(
        "reduce(-(target * log(sigmoid(self)) + (1 - target) * log(1 - sigmoid(self))))",
        _DIFFERENCE, {"weight": None, "pos_weight": None},
        self="share(grad) * (sigmoid(self) - target)", target="-share(grad) * self",
    ),
}  # fmt: skip
