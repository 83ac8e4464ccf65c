"""Watches torch's four grad-mode context managers at their entry and exit.

with blocks, decorators, optimizers and library code all come through here.  What a manager does
is left to it; `app.tracer.grad_modes.regions` is called before and after.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch.autograd import grad_mode

from app.tracer.grad_modes.regions import GradModes, Statement
from app.tracer.grad_modes.what_if import switch_nothing
from app.tracer.mishaps import Mishaps
from app.tracer.patches import Patches

Method = Callable[..., Any]


class _Thread(Protocol):
    @property
    def modes(self) -> GradModes: ...


class WatchedThreads(Protocol):
    """Knows the regions of the threads that are watched."""

    def here(self) -> _Thread | None: ...


_WHAT = "A switch of grad mode"


def watch_grad_modes(patches: Patches, threads: WatchedThreads, mishaps: Mishaps) -> None:
    """Record the regions of every traced thread until `patches` is undone."""
    for manager, kind in (
        (grad_mode.no_grad, "no_grad"),
        (grad_mode.enable_grad, "enable_grad"),
        (grad_mode.inference_mode, "inference_mode"),
    ):
        patches.set(manager, "__enter__", _entering(manager.__enter__, kind, threads, mishaps))
        patches.set(manager, "__exit__", _leaving(manager.__exit__, threads, mishaps))
    switch = grad_mode.set_grad_enabled
    patches.set(switch, "__init__", _switching(switch.__init__, threads, mishaps))
    patches.set(switch, "__call__", _decorating(switch.__call__, threads, mishaps))
    patches.set(switch, "__enter__", _entering_switch(switch.__enter__, threads, mishaps))
    patches.set(switch, "__exit__", _leaving(switch.__exit__, threads, mishaps))


def _entering(original: Method, kind: str, threads: WatchedThreads, mishaps: Mishaps) -> Method:
    def enter(context: Any) -> Any:
        here = threads.here()
        if here is None:
            return original(context)
        effective, frame = True, sys._getframe(1)
        with mishaps.around(_WHAT, frame):
            enabled = bool(context.mode) if kind == "inference_mode" else kind == "enable_grad"
            effective = here.modes.open(context, kind, enabled, frame)
        if not effective:
            return switch_nothing(context)
        here.modes.inside_torch = True
        try:
            return original(context)
        finally:
            here.modes.inside_torch = False

    return enter


def _leaving(original: Method, threads: WatchedThreads, mishaps: Mishaps) -> Method:
    def leave(context: Any, *error: Any) -> Any:
        here = threads.here()
        if here is None:
            return original(context, *error)
        here.modes.inside_torch = True
        try:
            return original(context, *error)
        finally:
            here.modes.inside_torch = False
            with mishaps.around(_WHAT, sys._getframe(1)):
                here.modes.close(context)

    return leave


def _switching(original: Method, threads: WatchedThreads, mishaps: Mishaps) -> Method:
    def switch(context: Any, mode: bool) -> None:
        here = threads.here()
        if here is None or here.modes.inside_torch:
            original(context, mode)
            return
        effective, frame = True, sys._getframe(1)
        with mishaps.around(_WHAT, frame):
            effective = here.modes.takes_effect("set_grad_enabled", bool(mode), frame)
        if effective:
            original(context, mode)
        else:
            original(context, torch.is_grad_enabled())
            context.mode = mode
        with mishaps.around(_WHAT, frame):
            here.modes.switch(context, bool(mode), frame)

    return switch


def _decorating(original: Method, threads: WatchedThreads, mishaps: Mishaps) -> Method:
    def decorate(context: Any, function: Any) -> Any:
        here = threads.here()
        if here is not None:
            with mishaps.around(_WHAT, sys._getframe(1)):
                here.modes.close(Statement(context))  # a decorator: torch takes the switch back
        return original(context, function)

    return decorate


def _entering_switch(original: Method, threads: WatchedThreads, mishaps: Mishaps) -> Method:
    def enter(context: Any) -> Any:
        here = threads.here()
        if here is None or here.modes.inside_torch:
            return original(context)
        effective, frame = True, sys._getframe(1)
        with mishaps.around(_WHAT, frame):
            effective = here.modes.enter_switch(context, frame)
        return original(context) if effective else None

    return enter
