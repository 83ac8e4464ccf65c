"""Private names of torch that the tracer uses.

Each was there in torch 2.4 and is there in 2.13; a new release is checked against this list first.
Besides these the tracer replaces, for the time of a run, `Module.__call__`, `Function.apply`,
`BackwardCFunction.apply`, `torch.autograd.function._HookMixin._register_hook`, the grad-mode
context managers' `__enter__` and `__exit__`, and `torch.autograd.graph._engine_run_backward` (see
`app.tracer.patches`), and where a what-if takes the effect from such a manager it sets what the
manager's own `__exit__` reads: `prev`, `_inference_mode_context` (`app.tracer.grad_modes.what_if`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch._jit_internal
import torch.overrides
import torch.utils._contextlib
from torch import Tensor
from torch._functorch import pyfunctorch
from torch._ops import OpOverload, OpOverloadPacket
from torch.overrides import TorchFunctionMode

next_node_number: Callable[[], int] = vars(torch.autograd)["_get_sequence_nr"]
"""The sequence number that the next autograd node of this thread will get."""

profiler_is_on: Callable[[], bool] = vars(torch._C._autograd)["_profiler_enabled"]
set_profiling: Callable[[bool], None] = vars(torch._C._autograd)["_enable_record_function"]
"""Sets whether the profiler of this thread lists calls."""
saved_tensors_hooks_allowed: Callable[[], bool] = vars(torch._C._autograd)[
    "_saved_tensors_hooks_is_enabled"
]
"""Whether saved-tensor hooks may be set: not so inside some transforms of `torch.func`."""

push_mode: Callable[[TorchFunctionMode], None] = vars(torch.overrides)["_push_mode"]
pop_mode: Callable[[], TorchFunctionMode] = vars(torch.overrides)["_pop_mode"]


# Bound here, as these names are replaced in torch for the time of a run.
number_of_modes: Callable[[], int] = torch._C._len_torch_function_stack
"""Returns the number of function modes of this thread."""
_mode_at = torch._C._get_function_stack_at


def active_modes() -> list[TorchFunctionMode]:
    """Return the function modes of this thread, outermost first."""
    return [_mode_at(index) for index in range(number_of_modes())]


def _modes_disabled() -> bool:
    if not number_of_modes():
        return False
    return not bool(vars(torch._C)["_is_torch_function_mode_enabled"]())


functions_hidden: Callable[[], bool] = getattr(
    torch._C, "_is_torch_function_all_disabled", _modes_disabled
)
"""Whether no function mode sees what is called (`DisableTorchFunction`); before torch 2.6 this can
only be told where there is a mode."""

is_functorch_wrapped: Callable[[Tensor], bool] = torch._C._functorch.is_functorch_wrapped_tensor
"""Returns whether the tensor represents a batch or a dual number of `torch.func`."""

transform_level: Callable[[], int] = torch._C._functorch.get_dynamic_layer_stack_depth
"""Returns the number of active `torch.func` transforms in this thread."""

without_transforms: Callable[[], AbstractContextManager[Any]] = vars(pyfunctorch)[
    "temporarily_clear_interpreter_stack"
]
"""Suspends the transforms in a block."""

storage_id: Callable[[Tensor], int] = vars(torch._C)["_storage_id"]
"""The address of a tensor's storage.  Raises RuntimeError where it has none."""


def levels_of(tensor: Tensor) -> list[Tensor]:
    """Return `tensor` and, for one of `torch.func`, the tensors that it wraps, innermost last."""
    levels = [tensor]
    while is_functorch_wrapped(levels[-1]):
        levels.append(torch._C._functorch.get_unwrapped(levels[-1]))
    return levels


public_names: dict[Any, str] = vars(torch.overrides)["_get_overridable_functions"]()[1]
"""Public dotted paths by function.  `torch.overrides.resolve_name` gives the same, but resets the
memory of which warnings were shown each time that it is asked."""

handle_torch_function_code = torch.overrides.handle_torch_function.__code__

script_parameters: Callable[[Any], Any] = torch._C.ParameterDict
script_buffers: Callable[[Any], Any] = torch._C.BufferDict
script_modules: Callable[[Any], Any] = torch._C.ModuleDict
"""What a module that TorchScript has compiled holds."""


def operator_name(function: Any) -> str | None:
    """ "mylib::foo" for an operator of `torch.ops`, whichever overload; None for anything else."""
    if isinstance(function, OpOverload):
        function = function.overloadpacket
    return str(function._qualified_op_name) if isinstance(function, OpOverloadPacket) else None


GENERATED_FUNCTION = "GeneratedBackwardFor_"
"""How the names of the autograd Functions begin that `torch.library` makes for custom operators."""
CONTEXTLIB_FILE: str = torch.utils._contextlib.__file__
"""Where the wrapper lives that `@torch.no_grad()` puts around a function."""
DISPATCH_FILES = frozenset(
    (torch.overrides.__file__, torch._jit_internal.__file__, torch._tensor.__file__)
)
"""Python code that only hands a call on to the torch function meant."""
