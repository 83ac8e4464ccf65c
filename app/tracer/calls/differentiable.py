"""Would torch have recorded a call that it skipped, had the modes been on?

Asked only of calls that grad mode, inference mode or inputs without requires_grad kept from being
recorded.  torch answers itself: the same function is called again, on copies of its inputs with
recording on, and what comes out either requires grad or not.  Each function is asked once per
combination of dtypes; the random state is put back.  Large inputs, and those on other devices than
the CPU, are replaced by tensors of the meta device (shapes without values), so that nothing large
is computed twice.  So are all inside a transform of `torch.func`, whose levels do not belong to the
question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from app.tracer.calls.functions import TorchFunction
from app.tracer.private import transform_level, without_transforms
from app.tracer.tensors.kinds import PLAIN, has_memory
from app.tracer.tensors.table import is_leaf
from app.tracer.unseen import as_it_is, unseen

_SMALL = 65_536
"""The number of elements up to which a call is repeated with real data."""
_HARMLESS = frozenset(
    (
        *(bool, int, float, complex, str, range, type(None), type(Ellipsis), torch.Size),
        *(torch.dtype, torch.device, torch.layout, torch.memory_format, torch.Generator),
    )
)
"""Types of arguments that run no code of the program when they are used again."""


def would_record(
    function: TorchFunction,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    outputs: Sequence[Tensor],
    would_require_grad: frozenset[int],
) -> bool:
    """Return whether `function(*args, **kwargs)` would have given an output a grad_fn.

    `would_require_grad` holds the ids (`id()`) of the inputs that would require grad; it is not
    empty.
    """
    if not any(t.dtype.is_floating_point or t.dtype.is_complex for t in outputs):
        return False
    inputs = [t for t in _flat(args, kwargs) if isinstance(t, Tensor)]
    if not function.pure or any(type(t) not in PLAIN for t in inputs):
        return True  # code of the snippet would run again: a custom operator, a subclass
    key = tuple((t.dtype, id(t) in would_require_grad, is_leaf(t)) for t in inputs)
    known = function.probed.get(key)
    if known is None and not is_harmless((args, kwargs)):
        return True
    if known is None:
        small = not transform_level() and is_small(inputs)
        known = function.probed[key] = _ask(function, args, kwargs, would_require_grad, small)
    return known


def is_small(inputs: Sequence[Tensor]) -> bool:
    """Return whether a call with these inputs can be repeated with real data."""
    return sum(tensor.numel() for tensor in inputs) <= _SMALL and all(map(_is_here, inputs))


def _is_here(tensor: Tensor) -> bool:
    """Return whether its elements are in this process's memory and can be copied."""
    if tensor.device.type != "cpu":
        return False
    return tensor.layout is not torch.strided or tensor.is_nested or has_memory(tensor)


def _ask(
    function: TorchFunction,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    would: frozenset[int],
    small: bool,
) -> bool:
    try:
        result = repeat(function, args, kwargs, partial(twin_of, would=would, small=small))
        flat = _flat([result], {}) if result is not None else []
        return any(isinstance(t, Tensor) and t.requires_grad for t in flat)
    except NotImplementedError:
        return True  # no meta kernel: floating point in, floating point out, differentiable
    except Exception:
        # torch refuses it with recording on (an in-place update of a leaf, say): not recorded.
        return False


def is_harmless(value: Any) -> bool:
    """Return whether using an argument again goes unnoticed.

    A list of the program's own class does not: `repeat` would not see the tensors in it.
    """
    kind = type(value)
    if kind in (list, tuple):
        return all(map(is_harmless, value))
    if kind is dict:
        return all(map(is_harmless, value.values()))
    if kind is slice:
        return all(map(is_harmless, (value.start, value.stop, value.step)))
    return kind in _HARMLESS or kind.__module__ == "numpy" or isinstance(value, Tensor)


def repeat(
    function: TorchFunction,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    twin: Callable[[Any], Any],
    saving: Callable[[Tensor], Any] = as_it_is,
) -> Any:
    """Call a function again, on the `twin` of each part of its arguments; return its result.

    Tensors that it saves are given to `saving`.  What it raises is raised.
    """
    with unseen(recording=True, saving=saving), without_transforms():
        random_state = torch.get_rng_state()
        try:
            return function.function(*_with_twins(args, twin), **_with_twins(kwargs, twin))
        finally:
            torch.set_rng_state(random_state)


def _with_twins(value: Any, twin: Callable[[Any], Any]) -> Any:
    """Return an argument of a call with `twin` of each part that is not a list, tuple or dict."""
    if type(value) in (list, tuple):
        return type(value)(_with_twins(part, twin) for part in value)
    if type(value) is dict:
        return {name: _with_twins(part, twin) for name, part in value.items()}
    return twin(value)


def twin_of(value: Any, would: frozenset[int], small: bool) -> Any:
    """Return a replacement for an argument, in which tensors that would require grad do.

    Tensors are copied if the inputs are `small`, and have no values otherwise.
    """
    if isinstance(value, torch.Generator):
        return None  # the call then uses the default one, whose state is put back
    if isinstance(value, Tensor):
        copy = value.detach().clone() if small else _on_meta(value)
        if id(value) not in would:
            return copy
        copy.requires_grad_()
        # A leaf stays one: torch refuses to update it in place.  Anything else gets a history.
        return copy if is_leaf(value) and value.requires_grad else copy.view_as(copy).clone()
    if isinstance(value, torch.device) and not small:
        return torch.device("meta")
    return value


def _on_meta(tensor: Tensor) -> Tensor:
    size, stride = tensor.size(), tensor.stride()
    return torch.empty_strided(size, stride, dtype=tensor.dtype, device="meta")


def _flat(args: Any, kwargs: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for value in [*args, *kwargs.values()]:
        if isinstance(value, (list, tuple)):
            found += _flat(value, {})
        else:
            found.append(value)
    return found
