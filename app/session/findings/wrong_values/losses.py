"""Losses whose input is not what they take: shapes that broadcast, softmax taken twice."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from typing import NamedTuple

from app.contract.records import Edit, Finding, Fix, Operation
from app.session.findings.case import Case, finding
from app.session.findings.edits import called_name
from app.session.language import tr

_COMPARING = frozenset(("sub", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"))


class _Normalising(NamedTuple):
    """The function, or the layer, whose result a loss does not take.

    A loss that takes logits applies the function itself; others take log-probabilities.
    """

    function: str
    layer: str
    takes_logits: bool


_LOSSES = {
    "cross_entropy": _Normalising("softmax", "Softmax", takes_logits=True),
    "binary_cross_entropy_with_logits": _Normalising("sigmoid", "Sigmoid", takes_logits=True),
    "nll_loss": _Normalising("softmax", "Softmax", takes_logits=False),
}
"""As torch's documentation of each function says."""
_SHAPING = frozenset((
    "contiguous", "flatten", "movedim", "permute", "reshape", "squeeze", "swapaxes", "transpose",
    "unflatten", "unsqueeze", "view", "view_as",
))  # fmt: skip
"""What hands the same values on in another shape."""


def _outermost(case: Case, names: Container[str]) -> Iterator[Operation]:
    """Yield the calls of functions in forward passes, as the program made them."""
    for operation in case.run.operation_columns.like(
        lambda form: form.name in names and form.phase == "forward"
    ):
        if operation.parent is None and operation.status == "recorded":
            yield operation


# -------------------------------------------------------------------------------- shapes


def broadcast_loss(case: Case) -> Iterator[Finding]:
    """Find a column of predictions that is compared with a row of targets: every one with all."""
    reported: set[tuple[object, ...]] = set()
    for operation in _outermost(case, _COMPARING):
        pair = sorted(operation.inputs, key=lambda value: -len(case.tensor(value).shape))
        shapes = [list(case.tensor(value).shape) for value in pair]
        if len(pair) != 2 or not shapes[0] or shapes != [[n := shapes[0][0], 1], [n]] or n < 2:
            continue
        column, row = pair
        in_loss = not case.in_losses.isdisjoint(operation.outputs)
        if not in_loss or not _is_prediction(case, column, row):
            continue
        if case.place(operation) not in reported:
            reported.add(case.place(operation))
            yield _each_with_all(case, operation, column, row, n)


def _is_prediction(case: Case, column: int, row: int) -> bool:
    """Whether one requires grad and the other does not, and neither is a view: who writes
    `[:, None]` asks for all pairs."""
    pair = [case.tensor(value) for value in (column, row)]
    is_view = any(tensor.is_view_of is not None for tensor in pair)
    return pair[0].requires_grad != pair[1].requires_grad and not is_view


def _each_with_all(case: Case, operation: Operation, column: int, row: int, n: int) -> Finding:
    title = tr("A loss compares each prediction with every target")
    text = tr(
        "{column} has the shape ({n}, 1) and {row} ({n},), so {operation} broadcasts them to "
        "({n}, {n})."
    ).format(column=case.name(column), row=case.name(row), operation=case.say(operation), n=n)
    fix = Fix(
        tr("Give both the same shape: {code} removes the dimension of size 1.").format(
            code="`squeeze(1)`"
        ),
        _squeezed(case, operation, column),
    )
    return finding("broadcast_loss", "warning", operation.spot, title, text, [operation],
                   [column, row], fix)  # fmt: skip


def _squeezed(case: Case, operation: Operation, column: int) -> list[Edit]:
    node = case.source.expression(operation)
    if isinstance(node, ast.BinOp):
        operands = [node.left, node.right]
    elif isinstance(node, ast.Call):
        operands = node.args[:2]
    else:
        return []
    if len(operands) != 2:
        return []
    wanted = operands[operation.inputs.index(column)]
    return [case.source.replaced(wanted, f"{case.source.in_parentheses(wanted)}.squeeze(1)")]


# -------------------------------------------------------------------------- normalised values


def normalised_before_loss(case: Case) -> Iterator[Finding]:
    """Find softmax or sigmoid before a loss that takes logits or log-probabilities."""
    reported: set[tuple[object, ...]] = set()
    for operation in _outermost(case, _LOSSES):
        made = case.run.producers.get(operation.inputs[0]) if operation.inputs else None
        while made is not None and made.name in _SHAPING and made.inputs:
            made = case.run.producers.get(made.inputs[0])
        before = _LOSSES[operation.name]
        if made is None or made.name != before.function:
            continue
        if case.place(operation) not in reported and case.in_losses.intersection(operation.outputs):
            reported.add(case.place(operation))
            yield _normalised(case, operation, made, before)


def _normalised(case: Case, operation: Operation, made: Operation, before: _Normalising) -> Finding:
    names = {"loss": f"`{operation.name}`", "normalised": f"`{made.name}`"}
    title = tr("{normalised} comes before {loss}").format(**names)
    text = tr("{operation} takes {taken}, and it was given the result of {made}.")
    if before.takes_logits:
        text = tr(
            "{operation} takes {taken} and applies {normalised} itself. It was given the result of "
            "{made}, so it is applied twice."
        )
    taken = tr("logits") if before.takes_logits else tr("log-probabilities")
    text = text.format(operation=case.say(operation), made=case.say(made), taken=taken, **names)
    fix = Fix(tr("Use {code} instead.").format(code="`log_softmax`"), [])
    if before.takes_logits:
        advice = tr("Hand the logits to the loss, without {normalised}.").format(**names)
        fix = Fix(advice, _without(case, made, before))
    return finding("normalised_before_loss", "warning", operation.spot, title, text,
                   [made, operation], [], fix)  # fmt: skip


def _without(case: Case, made: Operation, before: _Normalising) -> list[Edit]:
    """Return edits that take the call or the layer out of the text, if it is there once."""
    if made.module is not None and case.run.modules[made.module].type == before.layer:
        layers = case.calls(before.layer)
        torch = case.source.torch(made.spot)
        if len(layers) != 1 or torch is None:
            return []
        return [case.source.replaced(layers[0], f"{torch}.nn.Identity()")]
    call = case.call_of(made)
    if call is None or called_name(call) != before.function:
        return []
    if made.qualified_name.startswith("torch.Tensor."):
        given = call.func.value if isinstance(call.func, ast.Attribute) else None
    else:
        given = call.args[0] if call.args else None
    if given is None:
        return []
    return [case.source.replaced(call, case.source.in_place_of(call, given))]
