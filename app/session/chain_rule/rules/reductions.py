"""Sums and other figures over many numbers."""

from __future__ import annotations

import math

from app.session.chain_rule.rules.rule import rule
from app.session.language import translatable as _

_SUM = _("Each term of a sum gets the whole gradient.")
_MEAN = _("Each of the numbers gets an equal share of the gradient.")
_CHOSEN = _("The gradient goes to the number that was chosen; the others get 0.")
_SHARED = _("The gradient goes to the chosen number, in equal shares where several are equal.")
_PRODUCT = _("Each factor gets the gradient times the product of the others.")
_SHARES = "spread(grad) * (self == spread(result)) / spread(sum(self == spread(result)))"

_DIRECTION = _("The gradient points along the line between both, whatever their distance.")
_SO_FAR = _("A number gets the gradients of all places where it was the chosen one so far.")
_LENGTH = _("The gradient points along the vector, whose length does not matter.")
_LENGTHS = "spread(grad) * self / spread(result)"
_LARGEST = "(abs(self) == spread(result))"

OTHERWISE = {
    "LinalgVectorNormBackward0": (
        rule(
            "sum(abs(self))", _("Each number gets the gradient with its own sign."), {"ord": 1},
            self="spread(grad) * sign(self)",
        ),
        rule(
            "max(abs(self))", _SHARED, {"ord": math.inf},
            self=f"spread(grad) * sign(self) * {_LARGEST} / spread(sum({_LARGEST}))",
        ),
    ),
}  # fmt: skip
RULES = {
    "SumBackward0": rule("sum(self)", _SUM, self="spread(grad)"),
    "SumBackward1": rule("sum(self)", _SUM, self="spread(grad)"),
    "MeanBackward0": rule("sum(self) / count", _MEAN, self="spread(grad) / count"),
    "MeanBackward1": rule("sum(self) / count", _MEAN, self="spread(grad) / count"),
    "ProdBackward0": rule("prod(self)", _PRODUCT, self="spread(grad) * product_of_others(self)"),
    "ProdBackward1": rule("prod(self)", _PRODUCT, self="spread(grad) * product_of_others(self)"),
    "MaxBackward1": rule("max(self)", _SHARED, self=_SHARES),
    "MinBackward1": rule("min(self)", _SHARED, self=_SHARES),
    "AmaxBackward0": rule("max(self)", _SHARED, self=_SHARES),
    "AminBackward0": rule("min(self)", _SHARED, self=_SHARES),
    "MaxBackward0": rule("max(self)", _CHOSEN, self="place(grad)"),
    "MinBackward0": rule("min(self)", _CHOSEN, self="place(grad)"),
    "MedianBackward1": rule("median(self)", _CHOSEN, self="place(grad)"),
    "MedianBackward0": rule("median(self)", _SHARED, self=_SHARES),
    "KthvalueBackward0": rule("kthvalue(self)", _CHOSEN, self="place(grad)"),
    "ModeBackward0": rule("mode(self)", _CHOSEN, self="place(grad)"),
    "VarBackward0": rule(
        "sum((self - mean(self)) ** 2) / (count - correction)",
        _("A number gets more of the gradient the farther it is from the mean."),
        self="spread(grad) * 2 * (self - mean(self)) / (count - correction)",
    ),
    "StdBackward0": rule(
        "sqrt(sum((self - mean(self)) ** 2) / (count - correction))",
        _("A number gets more of the gradient the farther it is from the mean."),
        self="spread(grad) * (self - mean(self)) / (spread(result) * (count - correction))",
    ),
    "LinalgVectorNormBackward0": rule(
        "sqrt(sum(self ** 2))", _LENGTH, {"ord": 2}, self=_LENGTHS
    ),
    "NormBackward1": rule("sqrt(sum(self ** 2))", _LENGTH, {"p": 2}, self=_LENGTHS),
    "DistBackward0": rule(
        "sqrt(sum((self - other) ** 2))", _DIRECTION, {"p": 2},
        self="grad * (self - other) / result", other="-grad * (self - other) / result",
    ),
    "CdistBackward0": rule(
        "distances(x1, x2)", _DIRECTION, {"p": 2},
        x1="sum_of_pairs(grad * (x1 - x2) / result)",
        x2="-sum_of_pairs(grad * (x1 - x2) / result)",
    ),
    "NansumBackward0": rule(
        "sum(self)", _("Each term of the sum gets the whole gradient, and NaN none."),
        self="where(isnan(self), 0, spread(grad))",
    ),
    "CummaxBackward0": rule("cummax(self)", _SO_FAR, self="place(grad)"),
    "CumminBackward0": rule("cummin(self)", _SO_FAR, self="place(grad)"),
    "LogsumexpBackward0": rule(
        "log(sum(exp(self)))", _("The gradient is shared out as softmax would share it."),
        self="spread(grad) * exp(self - spread(result))",
    ),
    "CumsumBackward0": rule(
        "cumsum(self)", _("Each number gets the gradients of all sums that it is part of."),
        self="sum_from_here(grad)",
    ),
    "LogcumsumexpBackward0": rule(
        "log(cumsum(exp(self)))",
        _("Each number gets the gradients of all sums that it is part of, by its share."),
        self="exp(self) * sum_from_here(grad * exp(-result))",
    ),
    "CumprodBackward0": rule(
        "cumprod(self)", _("Each number gets the gradients of all products that it is part of."),
        self="sum_from_here(grad * products_of_others(self))",
    ),
    "SortBackward0": rule(
        "sort(self)", _("Each gradient goes back to where its number was."), self="place(grad)"
    ),
    "TopkBackward0": rule("topk(self)", _CHOSEN, self="place(grad)"),
}  # fmt: skip
