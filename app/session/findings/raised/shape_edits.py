"""Changes of the text that make shapes fit: of the call that failed, or of the layer's size."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Edit, Module, Tensor
from app.session.findings.case import Case

_SIZES = ("in_features", "in_channels", "num_features", "normalized_shape", "input_size",
          "num_embeddings")  # fmt: skip


def constructor(case: Case, module: Module | None, wanted: int, got: int) -> list[Edit]:
    """`nn.Linear(9, 2)` becomes `nn.Linear(8, 2)`, where the layer's size is written out."""
    call = None if module is None else constructor_of(case, module)
    if call is None:
        return []
    named = [keyword.value for keyword in call.keywords if keyword.arg in _SIZES]
    size = next(iter((*named, *call.args)), None)
    if not isinstance(size, ast.Constant) or size.value != wanted:
        return []
    return [case.source.replaced(size, str(got))]


def constructor_of(case: Case, module: Module) -> ast.Call | None:
    """The expression that made the module: it gave its parameters their values."""
    for parameter in module.parameters[:1]:
        for value in case.run.values[case.identity(parameter)]:
            op = case.run.producers.get(value.id)
            if op is not None and op.spot is not None:
                return case.call_of(op)
    return None


def on_argument(case: Case, tensor: Tensor, suffix: str) -> list[Edit]:
    """`x` becomes `x.flatten(1)`, where it is what the failed expression was given by name."""
    name = case.run.name(tensor.id)
    found = [node for node in _given(case) if isinstance(node, ast.Name) and node.id == name]
    if name is None or len(found) != 1:
        return []
    return [case.source.replaced(found[0], f"{name}{suffix}")]


def _given(case: Case) -> Iterator[ast.expr]:
    """The operands of the expression that failed."""
    match failed_expression(case):
        case ast.Call(func=func, args=args, keywords=keywords):
            if isinstance(func, ast.Attribute):
                yield func.value
            yield from args
            yield from (keyword.value for keyword in keywords)
        case ast.BinOp(left=left, right=right):
            yield left
            yield right


def failed_expression(case: Case) -> ast.expr | None:
    """The innermost expression of the snippet that led to the error."""
    return None if case.trace.error is None else case.source.expression(case.trace.error)


def dimension(case: Case, name: str, dim: int) -> list[Edit]:
    """`torch.cat([a, b])` becomes `torch.cat([a, b], dim=1)`."""
    call = failed_expression(case)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return []
    if call.func.attr != name or not call.args:
        return []
    given = [keyword.value for keyword in call.keywords if keyword.arg in ("dim", "axis")]
    given = given or call.args[1:2]
    if given:
        return [case.source.replaced(given[0], str(dim))]
    source = case.source
    return [source.replaced(call.args[0], f"{source.segment(call.args[0])}, dim={dim}")]
