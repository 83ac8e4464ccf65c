"""The card that the editor shows for a name under the mouse."""

from __future__ import annotations

from html import escape

from app.contract.records import Gradient, Module, Tensor
from app.session.language import listing, ngettext, number, paragraph, tr
from app.session.numbers import shape, short, spread_text
from app.session.source.variables import Variables
from app.session.timeline import Snapshot
from app.session.timeline.grad_status import grad_then

_MOST_VALUES = 16


def card_at(variables: Variables, then: Snapshot | None, line: int, column: int) -> str:
    """Return rich text about the name at a place, or "" if there is none.

    `column` counts characters.  `then` is a moment of the run; None is its end.
    """
    name = variables.name_at(line, column)
    if name is None:
        return ""
    if (tensor := variables.tensor(name, then)) is not None:
        return _tensor_card(name.text, tensor, _gradient_words(variables.gradient(tensor), then))
    if then is not None and variables.is_to_come(name, then):
        return f"<p><b>{escape(name.text)}</b> &nbsp;{escape(tr('has no value yet'))}</p>"
    if (module := variables.module(name)) is not None:
        return _module_card(module)
    return ""


def _gradient_words(gradient: Gradient | None, then: Snapshot | None) -> str:
    """Return the norm of a gradient and its reason."""
    if gradient is None:
        return ""
    grad, why = gradient.grad, gradient.why.text
    if then is not None:
        status = grad_then(then, gradient)
        grad, why = status.grad, status.words or why
    if grad is None:
        return why
    return paragraph((tr("norm {norm}.").format(norm=short(grad.norm)), why))


def _tensor_card(name: str, tensor: Tensor, gradient: str) -> str:
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
    if gradient:
        card += f"<p style='margin: 4px 0 0 0'><b>.grad</b> &nbsp;{escape(gradient)}</p>"
    return card


def _without_history(tensor: Tensor) -> str:
    if tensor.is_leaf and tensor.requires_grad:
        return tr("a parameter") if tensor.kind == "parameter" else tr("a leaf")
    return tr("an inference tensor") if tensor.is_inference else tr("no grad_fn")


def _values(tensor: Tensor) -> str:
    summary = tensor.summary
    if summary.values is not None and summary.numel <= _MOST_VALUES:
        return _written(summary.values)
    odd = [f"{number(count)} {word}" for count, word in ((summary.nan, "NaN"), (summary.inf, "Inf"))
           if count]  # fmt: skip
    return listing([spread_text(summary), *odd])


def _written(values: object) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_written(value) for value in values)}]"
    if isinstance(values, bool) or not isinstance(values, int | float):
        return str(values)
    return str(values) if isinstance(values, int) else short(values)


def _module_card(module: Module) -> str:
    parameters = len(module.parameters)
    facts = [
        tr("train() mode") if module.training else tr("eval() mode"),
        ngettext("{count} parameter", "{count} parameters", parameters).format(
            count=number(parameters)
        ),
        ngettext("called {count} time", "called {count} times", module.calls).format(
            count=number(module.calls)
        ),
    ]
    return (
        f"<p><b>{escape(module.path)}</b> &nbsp;{escape(module.type)}<br>"
        f"{escape(', '.join(facts))}</p>"
    )
