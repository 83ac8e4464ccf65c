"""Which tensors a statement changed that were there before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.nn import Module

State = dict[str, tuple[Tensor, int, Tensor | None, int]]
"""By name: the tensor and its version, its `.grad` and that one's version."""


def state_of(variables: dict[str, Any]) -> State:
    """Return the state of the tensors in variables, in modules, and in lists, tuples and dicts."""
    found: State = {}
    for name, value in variables.items():
        for full, tensor in _tensors(name, value, inside=False):
            grad = tensor.grad if tensor.is_leaf else None
            found[full] = tensor, _version(tensor), grad, 0 if grad is None else _version(grad)
    return found


def changed(before: State, after: State) -> str | None:
    """Return the name of the first tensor that is the same and not in its state, or None.

    What is bound to another object is not changed by that.
    """
    for name, (tensor, version, grad, grad_version) in before.items():
        now = after.get(name)
        if now is None or now[0] is not tensor:
            continue
        if now[1] != version:
            return name
        if now[2] is not grad or now[3] != grad_version:
            return f"{name}.grad"
    return None


def _tensors(name: str, value: object, *, inside: bool) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, Module):
        for part, tensor in (*value.named_parameters(), *value.named_buffers()):
            yield f"{name}.{part}", tensor
    elif isinstance(value, (list, tuple, dict)) and not inside:
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in parts:
            yield from _tensors(f"{name}[{key!r}]", part, inside=True)


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version
