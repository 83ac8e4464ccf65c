"""What the panels call things of a trace, and finding these by line."""

from __future__ import annotations

from app.contract.records import Operation
from app.session.index import TraceIndex
from app.session.language import tr
from app.session.words import kind_words


def tensor_name(index: TraceIndex, tensor: int) -> str:
    """The variable's name; where there is none, what made it: "result of relu"."""
    if tensor not in index.tensors:
        return "–"
    if name := index.name(tensor):
        return name
    maker = index.producers.get(tensor)
    if maker is None:
        return kind_words(index.tensors[tensor])
    return tr("result of {operation}").format(operation=maker.name)


def expression(index: TraceIndex, operation: Operation) -> str:
    """The call and the names of what came out of it: "lin1(x1) → x2"."""
    made = [index.tensors[id_].name for id_ in operation.outputs if id_ in index.tensors]
    results = ", ".join(dict.fromkeys(name for name in made if name))
    call = index.code(operation)
    return f"{call} → {results}" if results else call


def operations_by_line(index: TraceIndex) -> dict[int, list[int]]:
    """Operation ids by their line, composites before what they are made of."""
    found: dict[int, list[int]] = {}
    for operation in index.trace.operations:
        if operation.line is not None:
            found.setdefault(operation.line, []).append(operation.id)
    return found
