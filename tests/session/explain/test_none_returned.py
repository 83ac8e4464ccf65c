"""A custom backward that returns None, explained from the rows that such a run sends."""

from __future__ import annotations

import struct

from app.contract.messages import GradRow, OperationRow, Packed, Row, StepRow, TensorRow
from app.contract.records import Snippet
from app.session.trace.assembly import TraceBuilder

TEXT = """

w = torch.ones(2, requires_grad=True)
y = w * 3
z = Swallow.apply(y)
z.sum().backward()
"""


def _tensor(number: int, name: str, grad_fn: str | None) -> list[Row]:
    leaf = grad_fn is None
    kind = "leaf" if leaf else "intermediate"
    return [
        ["tensor_form", number, kind, [2], "float32", "cpu", True, leaf, False, grad_fn],
        TensorRow(number, number, number, number, None, number + 3, name, None),
    ]


def _operation(number: int, name: str, columns: tuple[int, int], node: str) -> list[Row]:
    """Takes the tensor of its own number and makes the next one, on line `number` + 4."""
    line = number + 4
    return [
        ["function", number, name, f"torch.{name}"],
        ["site", number, line, line, *columns],
        ["op_form", number, number, number, None, "forward", False, "recorded", True, None, [node],
         True, False],
        OperationRow(number, number, 0, number, 1, None, None, [number], [number + 1], [], []),
    ]  # fmt: skip


def test_the_operation_whose_backward_returned_none_is_named() -> None:
    grad = Packed("f|2", struct.pack("<2f", 1.0, 1.0))
    builder = TraceBuilder(Snippet(None, TEXT))
    builder.add_batch(
        [
            *_tensor(0, "w", None),
            *_tensor(1, "y", "MulBackward0"),
            *_tensor(2, "z", "SwallowBackward"),
            *_operation(0, "mul", (4, 9), "MulBackward0"),
            *_operation(1, "Swallow", (4, 20), "SwallowBackward"),
            ["backward", 0, "backward", 6, [2], [], 10],
            StepRow(0, 11, 1, None, None, None, "SwallowBackward", [2], grad),
            StepRow(0, 12, 0, None, None, None, "MulBackward0", [], None),
            StepRow(0, 13, None, 0, None, None, "AccumulateGrad", [], None),
            ["fact", "none_returned", 0, None, False, 14],
            ["backward_end", 0, True, [], 15],
            GradRow(0, True, 16, True, None, None),
        ]
    )
    (gradient,) = builder.finish().trace.gradients
    assert gradient.why.code == "none_returned"
    assert gradient.why.text == (
        "w.grad is None: the backward pass on line 6 got as far as w, "
        "but the backward of Swallow.apply(y) on line 5 returned None for it."
    )
    assert gradient.why.fix == "Return a gradient for this input from Swallow.backward."
