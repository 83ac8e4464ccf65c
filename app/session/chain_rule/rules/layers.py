"""Layers: normalisation, embedding, pooling, convolution.

`normalized` is the input as the layer has normalised it, before weight and bias; `deviation` is
what it was divided by, and `mean` is over the numbers that were normalised together.  `attention`
are the weights of an attention, and `scores` takes a gradient of them back to the products.
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
_PLAIN = {"input": "(grad - mean(grad) - normalized * mean(grad * normalized)) / deviation"}
_SCALED = _("In evaluation the statistics are fixed numbers, so each cell is only scaled.")
_CONVOLUTION = _(
    "A convolution is one matrix product for each place of the kernel: the input gets the "
    "gradient times the kernel, the kernel the gradient times the input, summed over all places."
)
_CONVOLVED = {"input": "convolve_back(grad, weight)", "weight": "correlate(input, grad)"}
_TRANSPOSED = _(
    "A transposed convolution swaps the roles: the input gets the gradient convolved with the "
    "kernel."
)
_DECONVOLVED = {"input": "convolve(grad, weight)", "weight": "correlate(grad, input)"}
_ROWS = _("Each row gets the sum of the gradients of the places that used it.")
_NO_WEIGHT = {"weight": None}
_BAGS = _("Each row gets the gradients of the bags that it is in.")
OTHERWISE = {
    "NativeLayerNormBackward0": (rule("normalized", _NORMALIZED, _NO_WEIGHT, **_PLAIN),),
    "NativeGroupNormBackward0": (rule("normalized", _NORMALIZED, _NO_WEIGHT, **_PLAIN),),
    "NativeBatchNormBackward0": (
        rule("normalized", _NORMALIZED, {"training": True, "weight": None}, **_PLAIN),
        rule("normalized", _SCALED, {"training": False, "weight": None}, input="grad / deviation"),
        rule(
            "normalized * weight + bias", _SCALED, {"training": False},
            input="grad * weight / deviation", weight="sum(grad * normalized)", bias="sum(grad)",
        ),
    ),
    "ConvolutionBackward0": (
        rule(
            "convolve(input, weight)", _CONVOLUTION,
            {"transposed": False, "bias_sym_sizes_opt": [0]}, **_CONVOLVED,
        ),
        rule(
            "convolve_back(input, weight)", _TRANSPOSED,
            {"transposed": True, "bias_sym_sizes_opt": [0]}, **_DECONVOLVED,
        ),
        rule(
            "convolve_back(input, weight) + bias", _TRANSPOSED, {"transposed": True},
            **_DECONVOLVED, bias="sum(grad)",
        ),
    ),
    "EmbeddingBagBackward0": (
        rule(
            "mean(pick(weight, indices))", _BAGS,
            {"mode": 1, "scale_grad_by_freq": False, "padding_idx": -1,
             "per_sample_weights": None},
            weight="place(grad / size)",
        ),
    ),
    "EmbeddingBackward0": (
        rule(
            "pick(weight, indices)", _ROWS, {"scale_grad_by_freq": False, "padding_idx": -1},
            weight="place(grad)",
        ),
    ),
}  # fmt: skip
_POOLED = _("The gradient goes to the largest number of each window; the others get 0.")
_SHARED = _("Each window shares its gradient equally.")
_TIME = _(
    "The gradient goes back through time: each step gets its own part and what the next step "
    "passes on. A weight gets the sum over all steps."
)

RULES = {
    "NativeLayerNormBackward0": rule("normalized * weight + bias", _NORMALIZED, **_NORM),
    "NativeGroupNormBackward0": rule("normalized * weight + bias", _NORMALIZED, **_NORM),
    "NativeBatchNormBackward0": rule(
        "normalized * weight + bias", _NORMALIZED, {"training": True}, **_NORM
    ),
    "EmbeddingBackward0": rule(
        "pick(weight, indices)",
        _("Each row gets the sum of the gradients of the places that used it, and the row of "
          "padding_idx none."),
        {"scale_grad_by_freq": False}, weight="without_padding(place(grad))",
    ),
    "EmbeddingBagBackward0": rule(
        "sum(pick(weight, indices))", _BAGS,
        {"mode": 0, "scale_grad_by_freq": False, "padding_idx": -1, "per_sample_weights": None},
        weight="place(grad)",
    ),
    "WeightNormInterfaceBackward0": rule(
        "g * v / norm(v)",
        _("The direction gets what is across it; the length gets the gradient along it."),
        v="g / norm(v) * (grad - v * sum(grad * v) / norm(v) ** 2)",
        g="sum(grad * v) / norm(v)",
    ),
    "MaxPool2DWithIndicesBackward0": rule("max_pool(self)", _POOLED, self="place(grad)"),
    "MaxPool3DWithIndicesBackward0": rule("max_pool(self)", _POOLED, self="place(grad)"),
    "AdaptiveMaxPool2DBackward0": rule("max_pool(self)", _POOLED, self="place(grad)"),
    "AdaptiveMaxPool3DBackward0": rule("max_pool(self)", _POOLED, self="place(grad)"),
    "AdaptiveAvgPool3DBackward0": rule("avg_pool(self)", _SHARED, self="share_back(grad)"),
    "AvgPool3DBackward0": rule("avg_pool(self)", _SHARED, self="share_back(grad)"),
    "AdaptiveAvgPool2DBackward0": rule("avg_pool(self)", _SHARED, self="share_back(grad)"),
    "AvgPool2DBackward0": rule("avg_pool(self)", _SHARED, self="share_back(grad)"),
    "ScaledDotProductFlashAttentionForCpuBackward0": rule(
        "attention(query, key) @ value",
        _("The gradient goes back through the product with the values, the softmax, and the "
          "scaled product of queries and keys."),
        {"dropout_p": 0.0},
        query="scores(grad @ value.T) @ key",
        key="scores(grad @ value.T).T @ query",
        value="attention(query, key).T @ grad",
    ),
    "MkldnnRnnLayerBackward0": rule(
        "lstm(input)", _TIME, {"mode": 2}, input="back_through_time(grad)",
        weight0="sum_over_time(grad)", weight1="sum_over_time(grad)",
        weight2="sum_over_time(grad)", weight3="sum_over_time(grad)",
        hx_="back_through_time(grad)", cx_="back_through_time(grad)",
    ),
    "ConvolutionBackward0": rule(
        "convolve(input, weight) + bias",
        _CONVOLUTION,
        {"transposed": False},
        **_CONVOLVED,
        bias="sum(grad)",
    ),
}  # fmt: skip
