"""A region that a library entered, such as `nn.init` or a distribution's `sample`."""

from __future__ import annotations

import ast

from app.contract.records import Cause, Edit, Operation
from app.session.causes.kind import Kind
from app.session.findings.edits import Source
from app.session.language import tr
from app.session.source.code_marks import Style

_DISTRIBUTIONS = "torch.distributions."
_WITHOUT_RSAMPLE = frozenset((
    "bernoulli", "binomial", "categorical", "geometric", "mixture_same_family", "multinomial",
    "negative_binomial", "one_hot_categorical", "poisson", "von_mises",
))  # fmt: skip
"""The modules of torch.distributions whose samples have no gradient."""


class Library(Kind):
    def advice(self, cause: Cause, code: str, style: Style) -> str | None:
        if not _is_sample(cause):
            return None
        text = tr(
            "Use `rsample()` instead of `sample()` on line {line}: it lets gradients through."
        )
        return style.text(text, {"line": cause.spot})

    def edits(self, source: Source, cause: Cause, cut: Operation) -> list[Edit]:
        """`d.sample()` becomes `d.rsample()`."""
        call = source.expression(cut) if _is_sample(cause) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return []
        if call.func.attr != "sample":
            return []
        return [source.replaced(call.func, f"{source.segment(call.func.value)}.rsample")]


def _is_sample(cause: Cause) -> bool:
    """Whether `sample()` of a distribution that has `rsample()` entered the region."""
    _, found, module = (cause.module or "").partition(_DISTRIBUTIONS)
    return bool(found) and module not in _WITHOUT_RSAMPLE
