"""Calling torch unseen: no mode of the snippet sees the call, and nothing is recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import torch

from app.tracer.private import (
    functions_hidden,
    number_of_modes,
    profiler_is_on,
    saved_tensors_hooks_allowed,
    set_profiling,
)

without_overrides = torch._C.DisableTorchFunction
"""In this block no function mode and no `__torch_function__` sees calls into torch."""
with_overrides = torch._C._EnableTorchFunction
"""Undoes `without_overrides` in a block."""


_dispatch_modes = torch._C._len_torch_dispatch_stack


def is_unseen() -> bool:
    """Return whether calls are unseen already, so that the slower `unseen` is not needed.

    True only helps where grad mode makes no difference."""
    hidden = functions_hidden() or not number_of_modes()
    return hidden and not _dispatch_modes() and not profiler_is_on()


class _Unprofiled(threading.local):
    """Counts the `unseen` blocks of this thread, in which the profiler is paused."""

    depth = 0


_unprofiled = _Unprofiled()


def _as_it_is(value: Any) -> Any:
    return value


class unseen:  # noqa: N801 - reads as a statement: `with unseen():`
    """Switch the snippet's modes and its profiler off, and grad mode too, for the time of a block.

    With `recording` grad mode is on and inference mode off instead, for a question about what
    torch would record; saved tensors then pass none of the snippet's hooks.  torch's own context
    managers are not used: during a run they are watched.

    What was switched is switched back however the block ends, and also where switching fails.
    """

    __slots__ = ("_recording", "_undo")

    def __init__(self, recording: bool = False) -> None:
        self._recording = recording
        self._undo: list[Callable[..., Any]] = []

    def __enter__(self) -> None:
        try:
            self._switch()
        except BaseException:
            self.__exit__()
            raise

    def _switch(self) -> None:
        self._enter(torch._C.DisableTorchFunction())
        if _dispatch_modes():
            self._enter(torch._C._DisableTorchDispatch())
        if profiler_is_on():
            self._stop_profiling()
        if self._recording:
            if saved_tensors_hooks_allowed():  # where they are not, there are none
                torch._C._autograd._push_saved_tensors_default_hooks(_as_it_is, _as_it_is)
                self._undo.append(_pop_hooks)
            self._enter(torch._C._InferenceMode(False))
        before = torch.is_grad_enabled()
        torch._C._set_grad_enabled(self._recording)
        self._undo.append(lambda *_: torch._C._set_grad_enabled(before))

    def _enter(self, switch: Any) -> None:
        switch.__enter__()
        self._undo.append(switch.__exit__)

    def _stop_profiling(self) -> None:
        if not _unprofiled.depth:
            set_profiling(False)
        _unprofiled.depth += 1
        self._undo.append(_profile_again)

    def __exit__(self, *error: object) -> None:
        while self._undo:
            self._undo.pop()(None, None, None)


def _pop_hooks(*_: object) -> None:
    torch._C._autograd._pop_saved_tensors_default_hooks()


def _profile_again(*_: object) -> None:
    _unprofiled.depth -= 1
    if not _unprofiled.depth:
        set_profiling(True)
