"""The payloads of the graph's nodes: operations with their pills, folds, tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from app.contract.records import Gradient, Operation, Summary, Tensor
from app.session.graph.flows import shape_words, value_words
from app.session.graph_items import STATUS_OF_REASON, OperationItem, Pill, TensorItem
from app.session.index import TraceIndex
from app.session.words import status_words


class Items:
    """Makes the payloads for one trace."""

    def __init__(self, index: TraceIndex) -> None:
        self._index = index
        self._gradients: dict[int, Gradient] = {
            index.tensors[row.tensor].identity: row for row in index.trace.gradients
        }

    def operation(self, operation: Operation, units: Sequence[Operation]) -> OperationItem:
        """The node of one call; `units` are the operations inside it (itself, if a leaf)."""
        folded = len(units) > 1 or units[0] is not operation
        several = sum(unit.reason != "unchanged" for unit in units) > 1
        return OperationItem(
            operation=operation.id,
            title=operation.name,
            module=self._module(operation),
            line=operation.line,
            status=STATUS_OF_REASON[operation.reason],
            words=status_words(operation),
            shapes=self._shapes(operation),
            pills=tuple(self._pills(operation)),
            operations=tuple(unit.id for unit in units) if folded else (),
            summary=summary_words(units) if several else "",
        )

    def fold(self, units: Sequence[Operation]) -> OperationItem:
        """The node that stands for many operations."""
        lines = [unit.line for unit in units if unit.line is not None]
        title = "operations"
        if lines:
            first, last = min(lines), max(lines)
            title = f"line {first}" if first == last else f"lines {first}–{last}"
        modules = {self._module(unit) for unit in units}
        reasons = Counter(unit.reason for unit in units)
        recorded = "recorded" in reasons
        shown = next(u for u in units if u.reason == ("recorded" if recorded else units[-1].reason))
        return OperationItem(
            operation=units[0].id,
            title=title,
            module=modules.pop() if len(modules) == 1 else "",
            line=lines[0] if lines else None,
            status=STATUS_OF_REASON[shown.reason],
            words=summary_words(units),
            shapes=f"×{len(units)}",
            pills=(),
            operations=tuple(unit.id for unit in units),
            summary=summary_words(units),
        )

    def tensor(self, tensor: Tensor) -> TensorItem:
        """The capsule of a value that comes from outside the drawn operations."""
        name = self._index.name(tensor.id) or "value"
        row = self._gradients.get(tensor.identity)
        if tensor.kind == "parameter" and not tensor.requires_grad:
            return TensorItem(tensor.id, name, "frozen", "frozen")
        if tensor.requires_grad and tensor.is_leaf:
            state = grad_words(row.grad if row is not None else None)
            return TensorItem(tensor.id, name, f"leaf   .grad {state}", "leaf")
        return TensorItem(tensor.id, name, value_words(tensor), "result")

    def result(self, tensor: Tensor) -> TensorItem:
        """The capsule at the end: what backward was called on, or what nothing used."""
        name = self._index.name(tensor.id) or "result"
        return TensorItem(tensor.id, name, value_words(tensor), "result")

    def owns(self, operation: Operation, tensor: Tensor) -> bool:
        """Whether `tensor` is a parameter or buffer of the operation's module."""
        if operation.module is None or tensor.kind not in ("parameter", "buffer"):
            return False
        name = self._index.name(tensor.id) or ""
        return name.startswith(f"{self._index.modules[operation.module].path}.")

    def _module(self, operation: Operation) -> str:
        return "" if operation.module is None else self._index.modules[operation.module].path

    def _shapes(self, operation: Operation) -> str:
        tensors = self._index.tensors
        taken = [tensors[t] for t in operation.inputs if not self.owns(operation, tensors[t])]
        made = [tensors[t] for t in operation.outputs]
        left = shape_words(taken[0].shape) if taken else ""
        right = shape_words(made[0].shape) if made else "Python value"
        return f"{left} → {right}" if left else right

    def _pills(self, operation: Operation) -> list[Pill]:
        pills: dict[int, Pill] = {}
        for id_ in operation.inputs:
            tensor = self._index.tensors[id_]
            if tensor.kind == "parameter" and self.owns(operation, tensor):
                name = (self._index.name(id_) or "").rpartition(".")[2]
                pills.setdefault(tensor.identity, self._pill(tensor, name))
        return list(pills.values())

    def _pill(self, tensor: Tensor, name: str) -> Pill:
        row = self._gradients.get(tensor.identity)
        grad = row.grad if row is not None else None
        requires = row.requires_grad if row is not None else tensor.requires_grad
        state: Literal["none", "value", "norm", "frozen", "bad"]
        if grad is None:
            state = "none" if requires else "frozen"
        elif grad.nan or grad.inf:
            state = "bad"
        else:
            state = "value" if grad.values is not None else "norm"
        return Pill(tensor.id, name, state, grad)


def grad_words(grad: Summary | None) -> str:
    if grad is None:
        return "None"
    if grad.numel == 1 and isinstance(grad.norm, float):
        return f"{grad.mean:.3g}"
    return f"norm {grad.norm:.3g}" if isinstance(grad.norm, float) else "NaN"


def summary_words(units: Sequence[Operation]) -> str:
    """ "12 recorded, 3 skipped"."""
    recorded = sum(unit.status == "recorded" for unit in units)
    skipped = sum(unit.status == "skipped" and unit.reason != "unchanged" for unit in units)
    parts = [f"{recorded} recorded"] if recorded else []
    if skipped:
        parts.append(f"{skipped} skipped")
    return ", ".join(parts) or f"{len(units)} sources"
