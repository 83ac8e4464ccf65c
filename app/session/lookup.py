"""Names of tensors and operations for the panels, and operations by line."""

from __future__ import annotations

from app.contract.records import Operation
from app.session.language import listing, tr
from app.session.run import Run
from app.session.words import kind_words


def tensor_name(run: Run, tensor: int) -> str:
    """Return the variable's name, or else what made it: "result of relu"."""
    if tensor not in run.tensors:
        return "–"
    if name := run.name(tensor):
        return name
    maker = run.producers.get(tensor)
    if maker is None:
        return kind_words(run.tensors[tensor])
    return tr("result of {operation}").format(operation=maker.name)


def expression(run: Run, operation: Operation) -> str:
    """Return the call and the names of its results: "lin1(x1) → x2"."""
    made = [run.tensors[id_].name for id_ in operation.outputs if id_ in run.tensors]
    results = listing(dict.fromkeys(name for name in made if name))
    call = run.code(operation)
    return f"{call} → {results}" if results else call


def operations_by_line(run: Run) -> dict[int, list[int]]:
    """Return operation ids by line, composite calls before the calls inside them."""
    found: dict[int, list[int]] = {}
    for operation in run.trace.operations:
        if operation.spot is not None:
            found.setdefault(operation.spot, []).append(operation.id)
    return found
