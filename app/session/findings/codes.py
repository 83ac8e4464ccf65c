"""Codes of findings that others have to know."""

from __future__ import annotations

from app.contract.records import Trace

_OF_ERRORS = frozenset((
    "backward_without_history", "non_scalar_backward", "in_place_on_leaf", "in_place_on_saved",
    "graph_freed", "inference_tensor_in_autograd", "integer_requires_grad", "shape_mismatch",
    "unused_in_ddp", "empty_optimizer", "non_leaf_in_optimizer", "sparse_gradient_refused",
    "copied_with_history", "requires_grad_on_part", "hooked_view_in_place",
))  # fmt: skip
"""Findings that explain an error which ended the run."""


def tells_of_error(trace: Trace) -> bool:
    """Whether a finding explains the error that ended the run."""
    return trace.error is not None and any(one.code in _OF_ERRORS for one in trace.findings)
