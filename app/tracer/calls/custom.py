"""Calls that no function mode sees: modules and custom Functions."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import torch
from torch import nn
from torch.autograd.function import BackwardCFunction, Function, FunctionCtx
from torch.nn.utils.parametrize import ParametrizationList

from app.tracer.calls.functions import TorchFunction
from app.tracer.calls.modules import ModuleTable
from app.tracer.patches import Patches
from app.tracer.shared import Shared
from app.tracer.snippet.calling import Calling
from app.tracer.tensors.table import tensors_in
from app.tracer.threads import Threads, ThreadState
from app.tracer.unseen import without_overrides
from app.tracer.what_if.held import Held

_clock = time.perf_counter_ns
_DEEP = 64
"""Calls of modules inside of each other from which on each may use what it takes of ours too."""
_OWN_FRAMES = 2
"""What a call of ours around a module's counts for in Python's limit of recursion."""


def watch_modules(
    patches: Patches, threads: Threads, modules: ModuleTable, shared: Shared, held: Held | None
) -> None:
    """Watch `nn.Module` calls, to know the module of each operation.

    `held` has the modules whose mode a what-if holds.
    """
    original = nn.Module.__call__

    def __call__(module: nn.Module, /, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        here = threads.here()
        if here is None:
            return original(module, *args, **kwargs)
        frame = sys._getframe(1)
        outer = here.mode.module
        with shared.mishaps.around("A module's call", frame), without_overrides():
            if held is not None:
                held.called(module, frame, here.mode.calls)
            if not modules.knows(module):
                shared.paths.module_called(frame)
            here.mode.module = modules.called(module, outer)
            here.mode.calls[id(frame)] = Calling()
        is_deep = len(here.mode.calls) > _DEEP
        if is_deep:
            _deepen(_OWN_FRAMES)
        try:
            result = original(module, *args, **kwargs)
        except Exception as error:
            if shared.failures.is_python(error):
                _refused(here, shared, module, (args, kwargs), error)
            raise
        finally:
            here.mode.module = outer
            here.mode.calls.pop(id(frame), None)
            if is_deep:
                _deepen(-_OWN_FRAMES)
        with shared.mishaps.around("A module's result", frame), without_overrides():
            shared.naming.result(shared.naming.target(frame), result)
            if type(module) is ParametrizationList:
                shared.naming.attribute(result, modules.parametrized(module))
        return result

    patches.set(nn.Module, "__call__", __call__)
    train: Callable[..., Any] = nn.Module.train

    def switch(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if (here := threads.here()) is None:
            return train(module, *args, **kwargs)
        frame, mode = sys._getframe(1), None
        with shared.mishaps.around("A module's mode", frame):
            if held is not None:
                mode = held.mode(module, frame, here.mode.calls)
                held.set_as_written(module, bool(args[0] if args else kwargs.get("mode", True)))
            if mode is None:
                modules.switched(module, shared.sites.line(frame))
        return train(module, *args, **kwargs) if mode is None else train(module, mode)

    patches.set(nn.Module, "train", switch)


def _deepen(frames: int) -> None:
    """Let Python go deeper by our frames, or no longer: a chain that runs plainly runs here too."""
    with suppress(RecursionError, ValueError):
        sys.setrecursionlimit(sys.getrecursionlimit() + frames)


def _refused(
    here: ThreadState, shared: Shared, module: nn.Module, given: Any, error: Exception
) -> None:
    """Note that one of torch's modules rejected its input."""
    kind = type(module)
    if kind.__module__.partition(".")[0] != "torch":
        return  # one of the snippet's, which called into torch's Python code
    with without_overrides(), suppress(Exception):
        inputs = [shared.tensors.see(tensor).id for tensor in tensors_in(given, [])]
        shared.failures.note(
            error,
            kind.__name__,
            f"{kind.__module__}.{kind.__qualname__}",
            inputs,
            torch.is_grad_enabled(),
            torch.is_inference_mode_enabled(),
            module=here.mode.module,
        )


def watch_functions(patches: Patches, threads: Threads, shared: Shared) -> None:
    """Record `MyFunction.apply(...)` as one operation that contains the calls of its forward."""
    original: Callable[..., Any] = Function.__dict__["apply"].__func__

    def apply(cls: type[Function], *args: Any, **kwargs: Any) -> Any:
        here = threads.here()
        if here is None or shared.truncated:
            return original(cls, *args, **kwargs)
        return _apply(here, shared, original, cls, args, kwargs)

    patches.set(Function, "apply", classmethod(apply))
    save: Callable[..., Any] = FunctionCtx.save_for_backward

    def save_for_backward(context: Any, *tensors: Any) -> Any:
        if (here := threads.here()) is not None:
            here.mode.saves(tensors)
        return save(context, *tensors)

    patches.set(FunctionCtx, "save_for_backward", save_for_backward)
    backward: Callable[..., Any] = vars(BackwardCFunction)["apply"]

    def apply_backward(node: Any, *args: Any) -> Any:
        here = threads.here()
        if here is None:
            return backward(node, *args)
        line = shared.sites.line(sys._getframe(1))
        text = f"inside {type(node).__name__.removesuffix('Backward')}.backward"
        with here.modes.within("custom_function", line, text, enabled=False):
            return backward(node, *args)

    patches.set(BackwardCFunction, "apply", apply_backward)


def _apply(
    here: ThreadState,
    shared: Shared,
    original: Callable[..., Any],
    cls: type[Function],
    args: Any,
    kwargs: Any,
) -> Any:
    function = shared.functions.get(cls)
    if function is None:
        function = shared.functions[cls] = TorchFunction.custom(cls)
    frame = sys._getframe(2)
    with without_overrides():
        call = here.mode.begin(function, args, kwargs, frame)
    if call is None:
        return original(cls, *args, **kwargs)
    line = shared.sites.line(frame)
    text = f"inside {cls.__name__}.forward"
    started = _clock()
    with (
        here.mode.inside(call),
        here.modes.within("custom_function", line, text, enabled=False),
    ):
        result = original(cls, *args, **kwargs)
    ended = _clock()
    with without_overrides():
        here.mode.end(call, result, args, kwargs, ended - started)
    return result
