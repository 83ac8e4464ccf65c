"""Which operations belong to the snippet's story, and which only set its stage."""

from __future__ import annotations

from app.contract.records import Operation


def is_setup(operation: Operation) -> bool:
    """Whether the graph and the legend leave this operation out unless asked for everything.

    Setting the stage: making tensors out of nothing, giving parameters their first values (what
    `nn.init` does in place), and what optimizers and backward formulas compute by themselves.
    """
    cause = operation.cause
    initialises = operation.in_place and cause is not None and cause.kind == "library"
    return operation.status == "source" or initialises or operation.phase != "forward"
