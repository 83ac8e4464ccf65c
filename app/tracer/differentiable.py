"""Would torch have recorded a call that it skipped, had the modes been on?

Asked only of calls that grad mode, inference mode or inputs without requires_grad kept from being
recorded.  torch answers itself: the same function is called once on tensors of the meta device
(shapes without values: nothing is computed, no random number drawn) with recording on, and what
comes out either requires grad or not.  Each function is asked once per combination of dtypes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from app.tracer.aside import aside
from app.tracer.functions import TorchFunction
from app.tracer.tensors import is_leaf


def would_record(
    function: TorchFunction,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    outputs: Sequence[Tensor],
    would_require_grad: frozenset[int],
) -> bool:
    """Whether `function(*args, **kwargs)` would have given an output a grad_fn.

    `would_require_grad` holds the ids (`id()`) of the inputs that would require grad; it is not
    empty.
    """
    if not any(t.dtype.is_floating_point or t.dtype.is_complex for t in outputs):
        return False
    inputs = [t for t in _flat(args, kwargs) if isinstance(t, Tensor)]
    key = tuple((t.dtype, id(t) in would_require_grad, is_leaf(t)) for t in inputs)
    known = function.probed.get(key)
    if known is None:
        known = function.probed[key] = _ask(function, args, kwargs, would_require_grad)
    return known


def _ask(
    function: TorchFunction, args: Sequence[Any], kwargs: dict[str, Any], would: frozenset[int]
) -> bool:
    with aside(recording=True):
        try:
            result = function.function(
                *_on_meta(args, would), **{k: _on_meta(v, would) for k, v in kwargs.items()}
            )
            flat = _flat([result], {}) if result is not None else []
            return any(isinstance(t, Tensor) and t.requires_grad for t in flat)
        except NotImplementedError:
            return True  # no meta kernel: floating point in, floating point out, differentiable
        except Exception:
            # torch refuses it with recording on (an in-place update of a leaf, say): not recorded.
            return False


def _on_meta(value: Any, would: frozenset[int]) -> Any:
    if isinstance(value, Tensor):
        twin = torch.empty_strided(value.size(), value.stride(), dtype=value.dtype, device="meta")
        if id(value) not in would:
            return twin
        twin.requires_grad_()
        # A leaf stays one: torch refuses to update it in place.  Anything else gets a history.
        return twin if is_leaf(value) and value.requires_grad else twin.view_as(twin).clone()
    if type(value) in (list, tuple):
        return type(value)(_on_meta(item, would) for item in value)
    return torch.device("meta") if isinstance(value, torch.device) else value


def _flat(args: Any, kwargs: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for value in [*args, *kwargs.values()]:
        if isinstance(value, (list, tuple)):
            found += _flat(value, {})
        else:
            found.append(value)
    return found
