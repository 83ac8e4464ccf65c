"""The rows of the gradient table: whose `.grad` a user would ask about, as the run left it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor, nn

from app.contract.messages import GradRow
from app.tracer.backward import grad_row
from app.tracer.calls import Shared
from app.tracer.tensors import Tracked


def send_final_grads(
    shared: Shared, modules: Iterable[nn.Module], variables: Mapping[str, Any]
) -> None:
    """Sends a final row for every tensor that deserves one (TRACE_FORMAT, "Gradient")."""
    parameters = {id(p) for module in modules for p in module.parameters(recurse=False)}
    _name_variables(shared, variables)
    for tracked, tensor in shared.tensors.living():
        if id(tensor) in parameters or _deserves(shared, tracked, tensor):
            shared.stream.put(grad_row(shared, tensor, final=True))


def _name_variables(shared: Shared, variables: Mapping[str, Any]) -> None:
    for name, value in list(variables.items()):
        if isinstance(value, Tensor) and not name.startswith("__"):
            tracked = shared.tensors.known(value)
            if tracked is not None and tracked.name is None:
                shared.tensors.name(tracked, name, None)


def _deserves(shared: Shared, tracked: Tracked, tensor: Tensor) -> bool:
    if tracked.name is None or tracked.name.endswith(".grad"):
        return False
    facts = shared.facts
    if tracked.identity in facts.asked_for or tracked.identity in facts.touched:
        return True
    if tensor.is_leaf:
        return tensor.requires_grad or isinstance(tensor, nn.Parameter)
    return tensor.retains_grad or tracked.identity in shared.looks_like_parameter


__all__ = ["GradRow", "send_final_grads"]
