"""What the editor says of a name under the mouse."""

from __future__ import annotations

from html import escape

from app.contract.records import Gradient, Module, Tensor
from app.session.numbers import counted, shape, short
from app.session.variables import Variables

_MOST_VALUES = 16


def card_at(variables: Variables, line: int, column: int) -> str:
    """Rich text; empty where nothing of the run stands there.  `column` counts characters."""
    name = variables.name_at(line, column)
    if name is None:
        return ""
    if (tensor := variables.tensor(name)) is not None:
        return _tensor_card(name.text, tensor, variables.gradient(tensor))
    if (module := variables.module(name)) is not None:
        return _module_card(module)
    return ""


def _tensor_card(name: str, tensor: Tensor, gradient: Gradient | None) -> str:
    made = f"grad_fn = {tensor.grad_fn}" if tensor.grad_fn else _without_history(tensor)
    facts = [
        f"<b>{escape(name)}</b> &nbsp;{escape(shape(tensor.shape))} {escape(tensor.dtype)}"
        f"{'' if tensor.device == 'cpu' else f', {escape(tensor.device)}'}",
        f"requires_grad = {tensor.requires_grad}, {escape(made)}",
        escape(_values(tensor)),
    ]
    card = (
        f"<p style='white-space: pre; margin: 0'>{'<br>'.join(fact for fact in facts if fact)}</p>"
    )
    if gradient is not None:
        norm = "" if gradient.grad is None else f"norm {short(gradient.grad.norm)}. "
        why = escape(norm + gradient.why.text)
        card += f"<p style='margin: 4px 0 0 0'><b>.grad</b> &nbsp;{why}</p>"
    return card


def _without_history(tensor: Tensor) -> str:
    if tensor.is_leaf and tensor.requires_grad:
        return "a parameter" if tensor.kind == "parameter" else "a leaf"
    return "an inference tensor" if tensor.is_inference else "no grad_fn"


def _values(tensor: Tensor) -> str:
    summary = tensor.summary
    if summary.values is not None and summary.numel <= _MOST_VALUES:
        return _written(summary.values)
    odd = [f"{count:,} {word}" for count, word in ((summary.nan, "NaN"), (summary.inf, "Inf"))
           if count]  # fmt: skip
    numbers = f"{short(summary.min)} to {short(summary.max)}, mean {short(summary.mean)}"
    return ", ".join([numbers, *odd])


def _written(values: object) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_written(value) for value in values)}]"
    if isinstance(values, bool) or not isinstance(values, int | float):
        return str(values)
    return str(values) if isinstance(values, int) else short(values)


def _module_card(module: Module) -> str:
    mode = "train()" if module.training else "eval()"
    parameters = counted(len(module.parameters), "parameter")
    return (
        f"<p><b>{escape(module.path)}</b> &nbsp;{escape(module.type)}<br>"
        f"{mode} mode, {parameters}, called {counted(module.calls, 'time')}</p>"
    )
