"""Calling torch unseen: no mode of the snippet sees the call, and nothing is recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd import graph

from app.tracer.private import (
    disable_overrides,
    enable_overrides,
    functions_hidden,
    number_of_dispatch_modes,
    number_of_modes,
    profiler_is_on,
    set_grad_mode,
    set_profiling,
    without_dispatch_modes,
)

without_overrides = disable_overrides
"""In this block no function mode and no `__torch_function__` sees calls into torch."""
with_overrides = enable_overrides
"""Undoes `without_overrides` in a block."""

# Bound here, as these methods are replaced for the time of a run.
_hook, _unhook = graph.saved_tensors_hooks.__enter__, graph.saved_tensors_hooks.__exit__
_switch, _switch_back = torch.inference_mode.__enter__, torch.inference_mode.__exit__


def is_unseen() -> bool:
    """Return whether calls are unseen already, so that the slower `unseen` is not needed.

    True only helps where grad mode makes no difference."""
    hidden = functions_hidden() or not number_of_modes()
    return hidden and not number_of_dispatch_modes() and not profiler_is_on()


class _Unprofiled(threading.local):
    """Counts the `unseen` blocks of this thread, in which the profiler is paused."""

    depth = 0


_unprofiled = _Unprofiled()


def as_it_is(value: Any) -> Any:
    """Return `value`, which a saved tensor is kept as."""
    return value


class unseen:  # noqa: N801 - reads as a statement: `with unseen():`
    """Switch the snippet's modes and its profiler off, and grad mode too, for the time of a block.

    With `recording` grad mode is on and inference mode off instead, for a question about what
    torch would record; saved tensors then do not pass the snippet's hooks, and each is given to
    `saving`.

    What was switched is switched back however the block ends, and also where switching fails.
    """

    __slots__ = ("_recording", "_saving", "_undo")

    def __init__(self, recording: bool = False, saving: Callable[[Tensor], Any] = as_it_is) -> None:
        self._recording = recording
        self._saving = saving
        self._undo: list[Callable[..., Any]] = []

    def __enter__(self) -> None:
        try:
            self._switch()
        except BaseException:
            self.__exit__()
            raise

    def _switch(self) -> None:
        self._enter(without_overrides())
        if number_of_dispatch_modes():
            self._enter(without_dispatch_modes())
        if profiler_is_on():
            self._stop_profiling()
        if self._recording:
            hooks = graph.saved_tensors_hooks(self._saving, as_it_is)
            with suppress(RuntimeError):  # some transforms of torch.func allow none, and have none
                _hook(hooks)
                self._undo.append(partial(_unhook, hooks))
            inference = torch.inference_mode(False)
            _switch(inference)
            self._undo.append(partial(_switch_back, inference))
        before = torch.is_grad_enabled()
        set_grad_mode(self._recording)
        self._undo.append(lambda *_: set_grad_mode(before))

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


def _profile_again(*_: object) -> None:
    _unprofiled.depth -= 1
    if not _unprofiled.depth:
        set_profiling(True)
