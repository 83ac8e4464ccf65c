"""Calls that no function mode sees: modules, custom Functions, optimizer steps."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from torch import nn
from torch.autograd.function import BackwardCFunction, Function
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from app.tracer.aside import aside
from app.tracer.calls import CallMode, Shared
from app.tracer.functions import TorchFunction
from app.tracer.grad_modes import GradModes
from app.tracer.modules import ModuleTable
from app.tracer.patches import Patches


def watch_modules(patches: Patches, mode: CallMode, modules: ModuleTable, shared: Shared) -> None:
    """Every `nn.Module` call says which module its operations belong to."""
    original = nn.Module.__call__

    def __call__(module: nn.Module, /, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        frame = sys._getframe(1)
        outer = mode.module
        with aside():
            mode.module = modules.called(module, frame)
        try:
            result = original(module, *args, **kwargs)
        finally:
            mode.module = outer
        with aside():
            shared.naming.result(frame, result)
        return result

    patches.set(nn.Module, "__call__", __call__)


def watch_functions(patches: Patches, mode: CallMode, modes: GradModes, shared: Shared) -> None:
    """`MyFunction.apply(...)` is one operation; the calls of its forward are inside it."""
    original: Callable[..., Any] = Function.__dict__["apply"].__func__

    def apply(cls: type[Function], *args: Any, **kwargs: Any) -> Any:
        if shared.truncated:
            return original(cls, *args, **kwargs)
        function = shared.functions.get(cls)
        if function is None:
            function = shared.functions[cls] = TorchFunction.custom(cls)
        frame = sys._getframe(1)
        with aside():
            call = mode.begin(function, args, kwargs, frame)
        line = shared.sites.line(frame)
        text = f"inside {cls.__name__}.forward"
        started = time.perf_counter_ns()
        with mode.inside(call), modes.within("custom_function", line, text, enabled=False):
            result = original(cls, *args, **kwargs)
        ended = time.perf_counter_ns()
        with aside():
            mode.end(call, result, args, kwargs, ended - started)
        return result

    patches.set(Function, "apply", classmethod(apply))
    backward: Callable[..., Any] = vars(BackwardCFunction)["apply"]

    def apply_backward(node: Any, *args: Any) -> Any:
        line = shared.sites.line(sys._getframe(1))
        name = type(node).__name__.removesuffix("Backward")
        text = f"inside {name}.backward"
        with modes.within("custom_function", line, text, enabled=False):
            return backward(node, *args)

    patches.set(BackwardCFunction, "apply", apply_backward)


def watch_optimizers(modes: GradModes, mode: CallMode) -> list[Any]:
    """What an `Optimizer.step` does is the optimizer's; returns the hooks to remove."""

    def before(*_: Any) -> None:
        modes.optimizer_depth += 1
        mode.phase = "optimizer"

    def after(*_: Any) -> None:
        modes.optimizer_depth -= 1
        mode.phase = "forward"

    return [register_optimizer_step_pre_hook(before), register_optimizer_step_post_hook(after)]
