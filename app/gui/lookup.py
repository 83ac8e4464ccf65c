"""What the panels call things of a trace, and finding these by line or text."""

from __future__ import annotations

from app.contract.records import Operation
from app.session.index import TraceIndex


def tensor_name(index: TraceIndex, tensor: int) -> str:
    """The variable's name; where there is none, what made it: "result of relu"."""
    if tensor not in index.tensors:
        return "–"
    if name := index.name(tensor):
        return name
    maker = index.producers.get(tensor)
    return f"result of {maker.name}" if maker is not None else index.tensors[tensor].kind


def expression(index: TraceIndex, operation: Operation) -> str:
    """The call and the names of what came out of it: "lin1(x1) → x2"."""
    made = [index.tensors[id_].name for id_ in operation.outputs if id_ in index.tensors]
    results = ", ".join(dict.fromkeys(name for name in made if name))
    call = index.code(operation)
    return f"{call} → {results}" if results else call


def operations_on(index: TraceIndex, line: int) -> list[int]:
    """The units of a line, and the composites that they are inside."""
    return [operation.id for operation in index.trace.operations if operation.line == line]


def matching(index: TraceIndex, text: str) -> tuple[list[int], list[int]]:
    """Operations and tensors of which name, module, line ("line 9") or result holds `text`."""
    wanted = text.lower()
    operations = [
        operation.id
        for operation in index.trace.operations
        if wanted in _searchable(index, operation).lower()
    ]
    tensors = [t.id for t in index.trace.tensors if t.name and wanted in t.name.lower()]
    return operations, tensors


def _searchable(index: TraceIndex, operation: Operation) -> str:
    parts = [operation.qualified_name, operation.name]
    if operation.module is not None:
        parts.append(index.modules[operation.module].path)
    if operation.line is not None:
        parts.append(f"line {operation.line}")
        parts.append(index.line_text(operation.line))
    parts.extend(index.name(id_) or "" for id_ in (*operation.inputs, *operation.outputs))
    return "\n".join(parts)
