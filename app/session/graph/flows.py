"""What flows along an edge: the value forward, and the gradient back."""

from __future__ import annotations

from typing import Final

from app.contract.records import BackwardStep, Number, Tensor
from app.session.graph.payloads import EdgeItem
from app.session.language import tr, translatable
from app.session.run import Run

NEVER_ARRIVES: Final = translatable("gradient never arrives")
FAILED: Final = translatable("backward failed")


class Flows:
    """The gradients that reached each value, read off the backward passes' steps."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._at_operation: dict[int, BackwardStep] = {}
        self._at_leaf: dict[int, BackwardStep] = {}
        self._roots: dict[int, BackwardStep | None] = {}
        self._in_failed: set[int] = set()
        for backward in run.trace.backward_passes:
            seen: set[int] = set()
            for step in backward.steps:
                if step.operation is not None and step.operation not in seen:
                    # The first of an operation's nodes to run is the one of its output.
                    seen.add(step.operation)
                    self._at_operation[step.operation] = step
                if step.tensor is not None:
                    self._at_leaf[step.tensor] = step
            if not backward.ok and not backward.interrupted:
                self._in_failed |= seen
            first = backward.steps[0] if backward.steps else None
            self._roots.update(dict.fromkeys(backward.roots, first))

    def ran(self, operation: int) -> bool:
        """Return whether a backward pass went through this operation."""
        return operation in self._at_operation

    def _goes_through(self, consumer: int) -> bool:
        """Return whether a gradient came through an operation; one that hands on its input
        unchanged has no node of its own."""
        return self.ran(consumer) or self._run.operations[consumer].reason == "unchanged"

    def gradient(self, tensor: Tensor) -> BackwardStep | None:
        """Return the step of the last pass that brought the gradient of this value, or None."""
        if tensor.is_leaf:
            return self._at_leaf.get(tensor.id)
        maker = self._run.producers.get(tensor.id)
        return None if maker is None else self._at_operation.get(maker.id)

    def carries(self, tensor: Tensor, consumer: int | None) -> bool:
        """Return whether a gradient flowed back along this edge.

        The gradient of a leaf ends at its capsule, because the leaf's maker was not recorded.
        """
        goes_on = not tensor.is_leaf if consumer is None else self._goes_through(consumer)
        return goes_on and self.gradient(tensor) is not None

    def edge(self, tensor: Tensor, consumer: int | None) -> EdgeItem:
        """Return the edge from the maker of `tensor` to an operation, or to its capsule (None)."""
        step = self.gradient(tensor)
        name = self._run.name(tensor.id) or ""
        if step is not None and self.carries(tensor, consumer):
            if consumer is None:
                return EdgeItem(tensor.id, "gradient", "", self._arriving(tensor, step))
            return EdgeItem(tensor.id, "gradient", name, gradient_words(step))
        never = step is None and tensor.requires_grad and not tensor.is_leaf
        words = shape_words(tensor.shape)
        if never and self._roots:
            words = tr(FAILED if consumer in self._in_failed else NEVER_ARRIVES)
        return EdgeItem(tensor.id, "data", name if consumer is not None else "", words)

    def _arriving(self, tensor: Tensor, step: BackwardStep) -> str:
        words = gradient_words(step)
        return tr("{gradient} (seed)").format(gradient=words) if tensor.id in self._roots else words


def gradient_words(step: BackwardStep) -> str:
    if step.grad is None:
        return tr("no gradient arrived")
    if not step.shape and step.grad.values is not None:
        return f"grad = {_number(step.grad.values)}"
    norm = "" if step.grad.norm is None else f"  norm {_number(step.grad.norm)}"
    return f"grad {shape_words(step.shape)}{norm}"


def shape_words(shape: list[int]) -> str:
    return str(shape) if shape else tr("scalar")


def value_words(tensor: Tensor) -> str:
    """Return a scalar's value, or else the shape, with the dtype unless it is float32."""
    values = tensor.summary.values
    if not tensor.shape and isinstance(values, (int, float)) and not isinstance(values, bool):
        return _number(values)
    dtype = "" if tensor.dtype == "float32" else f"{tensor.dtype} "
    return f"{dtype}{shape_words(tensor.shape)}"


def _number(value: Number) -> str:
    """Return a number with three significant digits, to fit a label."""
    if isinstance(value, str):
        return value.replace("-", "−")
    text = f"{value:.2f}" if 0.01 <= abs(value) < 1000 or value == 0 else f"{value:.2e}"
    return text.replace("-", "−")
