"""A custom backward that returns None, told from the rows that such a run sends."""

from __future__ import annotations

from typing import Any

from app.contract.records import Snippet
from app.session.trace.assembly import TraceBuilder

TEXT = """

w = torch.ones(2, requires_grad=True)
y = w * 3
z = Swallow.apply(y)
z.sum().backward()
"""


def _tensor(number: int, name: str, grad_fn: str | None) -> list[list[Any]]:
    leaf = grad_fn is None
    kind = "leaf" if leaf else "intermediate"
    return [
        ["tensor_form", number, kind, [2], "float32", "cpu", True, leaf, False, grad_fn],
        ["tensor", number, number, None, number, number, name, number + 3, None],
    ]


def _operation(number: int, name: str, columns: tuple[int, int], node: str) -> list[list[Any]]:
    """Takes the tensor of its own number and makes the next one, on line `number` + 4."""
    line = number + 4
    return [
        ["function", number, name, f"torch.{name}"],
        ["site", number, line, line, *columns],
        ["op_form", number, number, number, None, "forward", False, "recorded", True, None, [node],
         True, False],
        ["op", number, number, None, 0, [number], [number + 1], [], 0, 1, number],
    ]  # fmt: skip


def test_the_operation_whose_backward_returned_none_is_named() -> None:
    grad = [2, [1.0, 1.0], None, None, None, None, None, 0, 0, 0, False]
    builder = TraceBuilder(Snippet(None, TEXT))
    builder.add_batch(
        [
            *_tensor(0, "w", None),
            *_tensor(1, "y", "MulBackward0"),
            *_tensor(2, "z", "SwallowBackward"),
            *_operation(0, "mul", (4, 9), "MulBackward0"),
            *_operation(1, "Swallow", (4, 20), "SwallowBackward"),
            ["backward", 0, "backward", 6, [2], [], 10],
            ["step", 0, "SwallowBackward", 1, None, [2], grad, 11],
            ["step", 0, "MulBackward0", 0, None, [], None, 12],
            ["step", 0, "AccumulateGrad", None, 0, [], None, 13],
            ["fact", "none_returned", 0, None, False, 14],
            ["backward_end", 0, True, [], 15],
            ["grad", 0, True, None, None, 16, True],
        ]
    )
    (gradient,) = builder.finish().trace.gradients
    assert gradient.why.code == "none_returned"
    assert gradient.why.text == (
        "w.grad is None: the backward pass on line 6 got as far as w, "
        "but the backward of Swallow.apply(y) on line 5 returned None for it."
    )
    assert gradient.why.fix == "Return a gradient for this input from Swallow.backward."
