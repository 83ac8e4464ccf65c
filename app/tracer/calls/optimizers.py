"""Optimizer steps: what `Optimizer.step` does is the optimizer's, but for the closure it calls."""

from __future__ import annotations

import functools
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from torch.autograd.profiler import record_function
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook

from app.contract.messages import OptimizerStepEndRow, OptimizerStepRow
from app.tracer.patches import Patches
from app.tracer.shared import Shared
from app.tracer.threads import Threads, ThreadState

_BRACKET = "Optimizer.step#"
"""How torch names the `record_function` that it puts around each step, its hooks included."""


class _Step:
    """A step in progress, and the phase that its thread was in before."""

    __slots__ = ("here", "id", "phase")

    def __init__(self, number: int, here: ThreadState) -> None:
        self.id = number
        self.here = here
        self.phase = here.mode.phase


class OptimizerSteps:
    """Watches the optimizers of one run."""

    def __init__(self, shared: Shared, threads: Threads) -> None:
        self._shared = shared
        self._threads = threads
        self._optimizers: weakref.WeakKeyDictionary[Optimizer, tuple[int, int]] = (
            weakref.WeakKeyDictionary()
        )
        self._seen = 0
        self._steps = 0
        self._local = threading.local()

    def install(self, patches: Patches) -> Any:
        """Returns the hook to remove; a step's end is seen where torch leaves its bracket, which
        it does also when the step raises."""
        leave: Callable[..., None] = record_function.__exit__

        def leaving(bracket: Any, *error: Any) -> None:
            leave(bracket, *error)
            if bracket.name.startswith(_BRACKET) and self._open:
                self._end(self._open.pop())

        patches.set(record_function, "__exit__", leaving)
        return register_optimizer_step_pre_hook(self._begin)

    @property
    def _open(self) -> list[_Step]:
        found: list[_Step] = self._local.__dict__.setdefault("open", [])
        return found

    def _begin(self, optimizer: Optimizer, args: Any, kwargs: Any) -> Any:
        here = self._threads.here()
        if here is None:
            return None
        shared = self._shared
        number, step = self._optimizers.get(optimizer, (self._seen, 0))
        self._seen += not step
        self._optimizers[optimizer] = number, step + 1
        began = _Step(self._steps, here)
        self._steps += 1
        self._open.append(began)
        here.modes.optimizer_depth += 1
        here.mode.phase = "optimizer"
        frame = sys._getframe(1)
        where = shared.sites.line(frame), shared.pass_of(frame)
        event = shared.stream.next_event()
        name = type(optimizer).__name__
        shared.stream.put(
            OptimizerStepRow("optimizer_step", began.id, number, name, step, *where, event)
        )
        shared.stream.flush()
        return _with_closure(here, args, kwargs)

    def _end(self, step: _Step) -> None:
        step.here.modes.optimizer_depth -= 1
        step.here.mode.phase = step.phase
        stream = self._shared.stream
        stream.put(OptimizerStepEndRow("optimizer_step_end", step.id, stream.next_event()))
        stream.flush()


def _with_closure(here: ThreadState, args: Any, kwargs: Any) -> Any:
    """The arguments of the step with its closure, if there is one, made to be no part of it."""
    if len(args) > 1 and callable(args[1]):
        return (args[0], _evaluating(here, args[1]), *args[2:]), kwargs
    if callable(kwargs.get("closure")):
        return args, {**kwargs, "closure": _evaluating(here, kwargs["closure"])}
    return None


def _evaluating(here: ThreadState, closure: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(closure)
    def evaluate(*args: Any, **kwargs: Any) -> Any:
        before = here.mode.phase, here.modes.optimizer_depth
        here.mode.phase, here.modes.optimizer_depth = "forward", 0
        try:
            return closure(*args, **kwargs)
        finally:
            here.mode.phase, here.modes.optimizer_depth = before

    return evaluate
