"""Hides the recorder's function mode from the snippet's questions about modes.

A program that asks `has_torch_function` wants to know whether a subclass or a mode of its own is to
handle a call.  In torch itself that question is how a call reaches the recorder, so there it is
answered yes; except where `MultiheadAttention`, `TransformerEncoderLayer` and `TransformerEncoder`
ask it in order to choose a fused kernel, which rounds differently.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from app.tracer.patches import Patches
from app.tracer.private import (
    MODES_ASKED,
    active_modes,
    pop_mode,
    push_mode,
    register_builtin,
)

_QUESTIONS = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")
_CHOOSE_KERNELS = ("torch.nn.modules.activation", "torch.nn.modules.transformer")


class HiddenMode(TorchFunctionMode):
    """A function mode that is not the snippet's."""


def hide_the_mode(patches: Patches) -> None:
    """Answer as if there were no `HiddenMode` until `patches` is undone."""
    for name in _QUESTIONS:
        asking = _asking(getattr(torch.overrides, name))
        patches.set(torch.overrides, name, asking)
        register_builtin(asking, "aten::has_torch_function")  # for TorchScript

    def length() -> int:
        return len(_of_the_snippet())

    def at(index: int) -> Any:
        return _of_the_snippet()[index]

    for places in MODES_ASKED:
        if len(places) == 2:  # one without the other would give torch an index that is not there
            patches.wrap(places[:1], lambda _: length)
            patches.wrap(places[1:], lambda _: at)


def _asking(original: Callable[..., bool]) -> Callable[..., bool]:
    def ask(*arguments: Any) -> bool:
        modes = active_modes()
        ours_alone = len(modes) == 1 and isinstance(modes[0], HiddenMode)
        if not ours_alone or _is_to_see_us(sys._getframe(1).f_globals.get("__name__")):
            return original(*arguments)
        ours = pop_mode()
        try:
            return original(*arguments)
        finally:
            push_mode(ours)

    return ask


def _is_to_see_us(module: Any) -> bool:
    if not isinstance(module, str) or module in _CHOOSE_KERNELS:
        return False
    return module.partition(".")[0] == "torch"


def _of_the_snippet() -> list[Any]:
    return [mode for mode in active_modes() if not isinstance(mode, HiddenMode)]
