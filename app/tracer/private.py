"""Private names of torch that the tracer uses: all of them.

Each was there in torch 2.4 and is there in 2.13.  Where another version lacks one, the program runs
all the same, and `missing` says what is not recorded.

Besides these the tracer reads what torch's objects have: a node's `_sequence_nr`, `_saved_*` and
`_raw_saved_*`, a tensor's `_version`, `_base` and `_is_view`, a storage's `_cdata`, a module's
`_parameters`, `_buffers` and `_modules`.  Where a what-if takes the effect from a grad-mode
context manager it sets what the manager's own `__exit__` reads: `prev`, `_inference_mode_context`
(`app.tracer.grad_modes.what_if`).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional
import torch.overrides
from torch import Tensor
from torch.overrides import TorchFunctionMode

Loss = Literal["all", "part", "detail"]


class Missing(NamedTuple):
    """A name that this torch lacks.

    `without` says what is not recorded: `all` of the run, a `part` of it, so that nothing follows
    from what its record lacks, or a `detail`.
    """

    name: str
    without: str
    loss: Loss


missing: list[Missing] = []


def is_traceable() -> bool:
    """Return whether this torch has what nothing can be recorded without."""
    return not any(one.loss == "all" for one in missing)


class Replaced(NamedTuple):
    """An attribute that the recorder replaces for the time of a run."""

    owner: Any
    name: str


def _owner_of(path: str) -> Any:
    """Return the module or class that has the last name of `path`; raises AttributeError."""
    names = path.split(".")[:-1]
    for end in range(len(names), 0, -1):
        name = ".".join(names[:end])
        try:
            owner: Any = sys.modules.get(name) or importlib.import_module(name)
        except ImportError:
            continue
        for attribute in names[end:]:
            owner = getattr(owner, attribute)
        return owner
    raise AttributeError(path)


def _get(path: str, without: str, loss: Loss, instead: Any = None) -> Any:
    """Return what torch has at `path`, or `instead`."""
    try:
        return getattr(_owner_of(path), path.rpartition(".")[2])
    except AttributeError:
        missing.append(Missing(path, without, loss))
        return instead


def _essential(path: str, instead: Any = None) -> Any:
    return _get(path, "The program ran without being recorded.", "all", instead)


def _places(*paths: str, without: str, loss: Loss) -> list[Replaced]:
    """Return those of these places that torch has."""
    return [
        Replaced(_owner_of(path), path.rpartition(".")[2])
        for path in paths
        if _get(path, without, loss, _ABSENT) is not _ABSENT
    ]


_ABSENT: Any = object()

# ------------------------------------------------------------------------------- autograd's nodes

next_node_number: Callable[[], int] = _essential("torch.autograd._get_sequence_nr", lambda: 0)
"""The sequence number that the next autograd node of this thread will get."""

# -------------------------------------------------------------------------------- modes of torch

push_mode: Callable[[TorchFunctionMode], None] = _essential("torch.overrides._push_mode")
pop_mode: Callable[[], TorchFunctionMode] = _essential("torch.overrides._pop_mode")

# Bound here, as these names are replaced in torch for the time of a run.
number_of_modes: Callable[[], int] = _essential("torch._C._len_torch_function_stack")
"""Returns the number of function modes of this thread."""
_mode_at = _essential("torch._C._get_function_stack_at")
MODES_ASKED = [
    _places(*names, without="Who asks for the active modes sees the recorder's.", loss="detail")
    for names in (
        ("torch._C._len_torch_function_stack", "torch._C._get_function_stack_at"),
        ("torch.overrides._len_torch_function_stack", "torch.overrides._get_function_stack_at"),
    )
]
"""Where their number and the mode at an index are asked for."""


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
"""Whether no function mode sees what is called (`DisableTorchFunction`); before torch 2.6 this is
only known where there is a mode."""

disable_overrides: Callable[[], AbstractContextManager[None]] = _essential(
    "torch._C.DisableTorchFunction"
)
enable_overrides: Callable[[], AbstractContextManager[None]] = _essential(
    "torch._C._EnableTorchFunction"
)
number_of_dispatch_modes: Callable[[], int] = _get(
    "torch._C._len_torch_dispatch_stack", "Recording takes longer.", "detail", lambda: 1
)
without_dispatch_modes: Callable[[], AbstractContextManager[None]] = _get(
    "torch._C._DisableTorchDispatch",
    "Dispatch modes of the program see calls of the recorder too.",
    "detail",
    nullcontext,
)
set_grad_mode: Callable[[bool], None] = _essential("torch._C._set_grad_enabled")
"""As `torch.set_grad_enabled`, which is watched during a run."""
register_builtin: Callable[[Any, str], None] = _get(
    "torch.jit._builtins._register_builtin",
    "TorchScript refuses functions that ask for overrides.",
    "detail",
    lambda function, name: None,
)
"""Makes TorchScript know a function under the name of an operator."""

# ------------------------------------------------------------------------------------ the profiler

profiler_is_on: Callable[[], bool] = _get(
    "torch._C._autograd._profiler_enabled",
    "A profiler lists calls of the recorder too.",
    "detail",
    lambda: False,
)
set_profiling: Callable[[bool], None] = _get(
    "torch._C._autograd._enable_record_function",
    "A profiler lists calls of the recorder too.",
    "detail",
    lambda on: None,
)
"""Sets whether the profiler of this thread lists calls."""

# -------------------------------------------------------------------------- torch.func's transforms

_TRANSFORMS = "What runs inside transforms of torch.func is recorded in part."
is_functorch_wrapped: Callable[[Tensor], bool] = _get(
    "torch._C._functorch.is_functorch_wrapped_tensor", _TRANSFORMS, "part", lambda tensor: False
)
"""Returns whether the tensor represents a batch or a dual number of `torch.func`."""
_unwrapped: Callable[[Tensor], Tensor] | None = _get(
    "torch._C._functorch.get_unwrapped", _TRANSFORMS, "part"
)
transform_level: Callable[[], int] = _get(
    "torch._C._functorch.get_dynamic_layer_stack_depth", _TRANSFORMS, "part", lambda: 0
)
"""Returns the number of active `torch.func` transforms in this thread."""
without_transforms: Callable[[], AbstractContextManager[Any]] = _get(
    "torch._functorch.pyfunctorch.temporarily_clear_interpreter_stack",
    "Whether a call skipped inside a transform of torch.func would be recorded may be wrong.",
    "detail",
    nullcontext,
)
"""Suspends the transforms in a block."""
_LEVELS_OF = "Where a transform of torch.func ran is not recorded."
LEVELS = {
    "vmap": "torch._functorch.vmap.vmap_increment_nesting",
    "grad": "torch._functorch.eager_transforms.grad_increment_nesting",
    "jvp": "torch._functorch.eager_transforms.jvp_increment_nesting",
}
BEGINNINGS_OF_LEVELS = {
    transform: _places(path, without=_LEVELS_OF, loss="part") for transform, path in LEVELS.items()
}
"""Where torch begins a level, by the transform that it is for (`jacrev` is made of `vmap`)."""


def levels_of(tensor: Tensor) -> list[Tensor]:
    """Return `tensor` and, for one of `torch.func`, the tensors that it wraps, innermost last."""
    levels = [tensor]
    while _unwrapped is not None and is_functorch_wrapped(levels[-1]):
        levels.append(_unwrapped(levels[-1]))
    return levels


# ---------------------------------------------------------------------------------- backward passes

ENGINE = _places(
    *("torch.autograd.graph._engine_run_backward", "torch.autograd._engine_run_backward"),
    without="Backward passes are not recorded.",
    loss="part",
)
ROOTS_CHECKED = _places(
    "torch.autograd._make_grads",
    without="Backward passes that torch refuses to start are not recorded.",
    loss="part",
)
HOOKS_REGISTERED = _places(
    "torch.autograd.function._HookMixin._register_hook",
    without="The steps of backward passes and the bytes kept for them are not recorded.",
    loss="part",
)
_WAITING = (
    "torch._C._distributed_c10d.Work.wait",
    "torch.distributed._broadcast_coalesced",
    "torch._C._distributed_c10d.Reducer._rebuild_buckets",
)
WAITING = _places(
    *(_WAITING if torch.distributed.is_available() else ()),
    without="When a rank waits for others is not recorded.",
    loss="detail",
)
"""What keeps a rank waiting for others.  What returns False did not wait: the reducer had no
buckets to rebuild."""
recomputation: Any = _get(
    "torch.utils.checkpoint._recomputation_hook",
    "What a checkpoint computes again appears as new operations.",
    "part",
)
"""The block in which a checkpoint computes again."""
checkpoint_frame: Any = _get(
    "torch.utils.checkpoint._CheckpointFrame",
    "The inputs that a checkpoint keeps for backward are not counted.",
    "detail",
)
"""What a checkpoint keeps until backward.  In newer versions it saves inputs by `save_inputs`; in
older ones a custom Function does."""


def queue_after_backward(callback: Callable[[], None]) -> None:
    """Have the engine call something after the last node of the pass that is running."""
    engine: Any = torch.autograd.Variable._execution_engine
    engine.queue_callback(callback)


# ----------------------------------------------------------------------------------------- memory

storage_id: Callable[[Tensor], int] = _get(
    "torch._C._storage_id",
    "Recording takes longer.",
    "detail",
    lambda tensor: tensor.untyped_storage()._cdata,
)
"""The address of a tensor's storage.  Raises RuntimeError or NotImplementedError if it has none."""
SWAP = _places(
    "torch._C._swap_tensor_impl",
    without="What torch.utils.swap_tensors exchanges is recorded under the former names.",
    loss="part",
)

WRAPPING = [Replaced(Tensor, "_make_subclass"), Replaced(torch.autograd.Variable, "__new__")]
"""What makes a leaf of a tensor, without its history: each nn.Parameter is made by the first."""

# -------------------------------------------------------------------------- names and code of torch

public_names: dict[Any, str] = _get(
    "torch.overrides._get_overridable_functions",
    "Functions are named by the modules that define them.",
    "detail",
    lambda: ({}, {}),
)()[1]
"""Public dotted paths by function.  `torch.overrides.resolve_name` gives the same, but makes Python
forget, each time that it is asked, that a warning was already shown."""

handle_torch_function_code = torch.overrides.handle_torch_function.__code__

_packet: Any = type(torch.ops.aten.add)
_overload: Any = type(torch.ops.aten.add.Tensor)


def operator_name(function: Any) -> str | None:
    """ "mylib::foo" for an operator of `torch.ops`, whichever overload; None for anything else."""
    if isinstance(function, _overload):
        function = function.overloadpacket
    if not isinstance(function, _packet):
        return None
    library, _, name = str(function).rpartition(".")
    return f"{library}::{name}"


GENERATED_FUNCTION = "GeneratedBackwardFor_"
"""How the names of the autograd Functions begin that `torch.library` makes for custom operators."""
CONTEXTLIB_FILE: str = torch.no_grad()(lambda: None).__code__.co_filename
"""Where the wrapper lives that `@torch.no_grad()` puts around a function."""
TENSOR_FILE: str = Tensor.backward.__code__.co_filename
DISPATCH_FILES = frozenset(
    (
        torch.overrides.__file__,
        torch.nn.functional.max_pool2d.__code__.co_filename,
        TENSOR_FILE,
    )
)
"""Python code that only hands a call on to the torch function meant."""

# --------------------------------------------------------------------- TorchScript and compilers

_NOTHING_READ = "Which tensors a scripted module reads is not recorded."
script_parameters: Callable[[Any], Any] = _get(
    "torch._C.ParameterDict", _NOTHING_READ, "part", lambda module: {}
)
script_buffers: Callable[[Any], Any] = _get(
    "torch._C.BufferDict", _NOTHING_READ, "part", lambda module: {}
)
script_modules: Callable[[Any], Any] = _get(
    "torch._C.ModuleDict", _NOTHING_READ, "part", lambda module: {}
)
"""What a module that TorchScript has compiled holds."""
SCRIPTED = [
    Replaced(kind, "__call__")
    for name in ("torch._C.ScriptFunction", "torch._C.ScriptMethod")
    if (kind := _get(name, "What TorchScript has compiled is not recorded.", "part"))
]
dynamo_switches: Any = _get(
    "torch._C._dynamo.eval_frame", "Functions given to torch.compile run without it.", "detail"
)
"""Dynamo's side in C++, from where its modules import the functions that switch it on."""
_get("torch.jit._trace", "What torch.jit.trace runs is recorded as if the program ran it.", "part")
ANALYSERS = {
    "torch.jit._trace": {
        "_trace_impl": "torch.jit.trace",
        "trace_module": "torch.jit.trace_module",
        "_get_trace_graph": "torch.jit.trace",
    },
    "torch.export": {
        name: f"torch.export.{name}"
        for name in ("export", "export_for_training", "export_for_inference", "draft_export")
    },
    "torch._dynamo.eval_frame": {
        "explain": "torch._dynamo.explain",
        "export": "torch._dynamo.export",
    },
}
"""Functions, by module, that note down or analyse what other code does, and what users call them.
No version of torch has all of them, and it loads some modules only when they are needed."""
ANALYSERS_HOMES = ("torch.jit", "torch.export", "torch._dynamo")
LATE_IMPORTS = ("torch._dynamo", "torch.profiler._cupti_monitor")
"""What torch imports at its first use, during a run."""
