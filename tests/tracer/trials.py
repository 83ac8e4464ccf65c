"""What the sweep tries of every operator and of every module that torch lists of itself.

Each trial has a name and can be made any number of times: the same call on the same values, with
tensors of its own each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db
from torch.utils import _pytree as pytree

SAMPLES = {True: 2, False: 1}
"""How many of torch's samples are tried, by whether their tensors require grad."""
UNINITIALISED = ("empty", "new_empty")
"""Operators (by the beginning of their name) whose values are whatever the memory held."""


@dataclass
class Trial:
    """One call, ready to be made once; `inputs` are the tensors that go in."""

    call: Callable[[], Any]
    inputs: list[Tensor]


Make = Callable[[], Trial | None]


@dataclass
class Subject:
    """An operator or a module of torch's lists."""

    name: str
    trials: Callable[[str], Iterator[tuple[str, Make]]]
    """Gives, for a device, what is tried: names, and functions that make a trial."""
    has_values: bool = True


def subjects() -> Iterator[Subject]:
    for op in op_db:
        name = f"{op.name}.{op.variant_test_name}" if op.variant_test_name else str(op.name)
        yield Subject(name, partial(of_operator, op), not name.startswith(UNINITIALISED))
    for info in module_db:
        yield Subject(f"module {info.name}", partial(of_module, info))


def of_operator(op: Any, device: str) -> Iterator[tuple[str, Make]]:
    """Yield what is tried of an operator: a name, and a function that makes it afresh."""
    for requires in (False, True):
        torch.manual_seed(0)
        # Not by `sample_inputs`, which looks through the stack for a test of torch's each time.
        all_samples = op.sample_inputs_func(op, device, torch.float32, requires)
        samples = list(islice(all_samples, SAMPLES[requires]))
        for index, sample in enumerate(samples):
            label = f"{'grads' if requires else 'plain'} {index}"
            yield f"function {label}", partial(_function, op.op, sample)
            if op.inplace_variant is not None and index == 0:
                in_place = partial(_in_place, op.inplace_variant, sample)
                yield f"in-place {label}", partial(in_place, _result_of)
                yield f"in-place on view {label}", partial(in_place, _view_of)
            if op.supports_out and index == 0:
                yield f"out= {label}", partial(_out, op.op, sample)


def _copies(values: Any) -> tuple[Any, list[Tensor]]:
    """The same arguments with fresh leaves in place of tensors, and these leaves."""
    made: dict[int, Tensor] = {}

    def copy(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if id(value) not in made:
            made[id(value)] = value.detach().clone().requires_grad_(value.requires_grad)
        return made[id(value)]

    return pytree.tree_map(copy, values), list(made.values())


def _function(function: Any, sample: Any) -> Trial:
    (first, args, kwargs), inputs = _copies((sample.input, sample.args, sample.kwargs))
    return Trial(lambda: function(first, *args, **kwargs), inputs)


def _result_of(tensor: Tensor) -> Tensor:
    return tensor.clone()


def _view_of(tensor: Tensor) -> Tensor:
    return tensor.unsqueeze(0).clone()[0]


def _in_place(method: Any, sample: Any, place: Callable[[Tensor], Tensor]) -> Trial | None:
    (first, args, kwargs), inputs = _copies((sample.input, sample.args, sample.kwargs))
    if not isinstance(first, Tensor) or sample.broadcasts_input:
        return None
    changed = place(first)
    return Trial(lambda: method(changed, *args, **kwargs), [changed, *inputs])


def _out(function: Any, sample: Any) -> Trial | None:
    (first, args, kwargs), inputs = _copies((sample.input, sample.args, sample.kwargs))
    with torch.no_grad():
        try:
            expected = function(first, *args, **kwargs)
        except Exception:
            return None
    if isinstance(expected, Tensor):
        out: Any = torch.empty_like(expected)
    elif isinstance(expected, tuple) and all(isinstance(t, Tensor) for t in expected):
        out = tuple(torch.empty_like(t) for t in expected)
    else:
        return None
    inputs += pytree.tree_leaves(out)
    return Trial(lambda: function(first, *args, **kwargs, out=out), inputs)


def of_module(info: Any, device: str) -> Iterator[tuple[str, Make]]:
    """What is tried of a module: it is built outside, and called in training and in evaluation."""
    for training in (True, False):
        for requires in (False, True):
            for index in range(SAMPLES[requires]):
                label = f"{'train' if training else 'eval'} {'grads' if requires else 'plain'}"
                yield f"{label} {index}", partial(_module, info, device, training, requires, index)


def _module(info: Any, device: str, training: bool, requires: bool, index: int) -> Trial | None:
    torch.default_generator.manual_seed(0)
    samples = info.module_inputs_func(info, device, torch.float32, requires, training)
    sample = next(islice(samples, index, None), None)
    if sample is None:
        return None
    build, call = sample.constructor_input, sample.forward_input
    module: nn.Module = info.module_cls(*build.args, **build.kwargs)
    module.to(device).train(training)
    args, kwargs = (call.args, call.kwargs) if call is not None else ((), {})
    inputs = [t for t in pytree.tree_leaves((args, kwargs)) if isinstance(t, Tensor)]
    return Trial(lambda: module(*args, **kwargs), [*inputs, *module.parameters()])
