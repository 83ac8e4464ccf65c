"""Layers: normalisation, embedding, pooling, convolution.

`normalized` is the input as the layer has normalised it, before weight and bias; `deviation` is
what it was divided by, and `mean` is over the numbers that were normalised together.
"""

from __future__ import annotations

from app.session.chain_rule.rules.rule import rule
from app.session.language import translatable as _

_NORMALIZED = _(
    "A normalised layer takes from the gradient its mean and its part along the input: shifting "
    "or stretching the input changes nothing."
)
_NORM = {
    "input": "(grad * weight - mean(grad * weight) - normalized"
    " * mean(grad * weight * normalized)) / deviation",
    "weight": "sum(grad * normalized)",
    "bias": "sum(grad)",
}
BATCH_NORM_IN_EVALUATION = rule(
    "normalized * weight + bias",
    _("In evaluation the statistics are fixed numbers, so each cell is only scaled."),
    {"training": False},
    input="grad * weight / deviation",
    weight="sum(grad * normalized)",
    bias="sum(grad)",
)
_POOLED = _("The gradient goes to the largest number of each window; the others get 0.")

RULES = {
    "NativeLayerNormBackward0": rule("normalized * weight + bias", _NORMALIZED, **_NORM),
    "NativeGroupNormBackward0": rule("normalized * weight + bias", _NORMALIZED, **_NORM),
    "NativeBatchNormBackward0": rule(
        "normalized * weight + bias", _NORMALIZED, {"training": True}, **_NORM
    ),
    "EmbeddingBackward0": rule(
        "pick(weight, indices)",
        _("Each row gets the sum of the gradients of the places that used it."),
        weight="place(grad)",
    ),
    "MaxPool2DWithIndicesBackward0": rule("max_pool(self)", _POOLED, self="place(grad)"),
    "AvgPool2DBackward0": rule(
        "avg_pool(self)", _("Each window shares its gradient equally."), self="share_back(grad)"
    ),
    "ConvolutionBackward0": rule(
        "convolve(input, weight) + bias",
        _(
            "A convolution is one matrix product for each place of the kernel: the input gets the "
            "gradient times the kernel, the kernel the gradient times the input, summed over all "
            "places."
        ),
        {"transposed": False},
        input="convolve_back(grad, weight)",
        weight="correlate(input, grad)",
        bias="sum(grad)",
    ),
}  # fmt: skip
