"""Optimizers: their parameters and their steps.

What `Optimizer.step` does is the optimizer's, but for the closure that it calls.
"""

from __future__ import annotations

import functools
import math
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from numbers import Real
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.autograd.profiler import record_function
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook

from app.contract import records
from app.contract.messages import OptimizerStepEndRow, OptimizerStepRow, UpdatesRow
from app.contract.records import GroupRate
from app.contract.spots import line_and_file
from app.tracer.patches import Patches
from app.tracer.shared import Shared
from app.tracer.stream import row_of
from app.tracer.tensors.updates import Updates
from app.tracer.threads import Threads, ThreadState
from app.tracer.unseen import unseen, without_overrides
from app.tracer.weak import Weak

_BRACKET = "Optimizer.step#"
"""How torch names the `record_function` that it puts around each step, its hooks included."""


class _Step:
    """A step in progress, and the phase that its thread was in before."""

    __slots__ = ("here", "id", "optimizer", "phase", "updates")

    def __init__(self, number: int, here: ThreadState, optimizer: Optimizer) -> None:
        self.id = number
        self.here = here
        self.phase = here.mode.phase
        self.optimizer = optimizer
        self.updates: Updates | None = None

    def stepped(self) -> list[Tensor]:
        """The parameters with a gradient; those with a sparse one alone, where there are any."""
        given = [p for group in self.optimizer.param_groups for p in group["params"]]
        given = [p for p in given if p.grad is not None]
        return [p for p in given if p.grad.layout != torch.strided] or given


class _Known:
    """An optimizer: its number, where it was made, what its steps call it, how many it made."""

    __slots__ = ("event", "id", "line", "number", "steps")

    def __init__(self, id_: int, line: int | None, event: int) -> None:
        self.id = id_
        self.line = line
        self.event = event
        self.number: int | None = None
        self.steps = 0


class EnoughSteps(SystemExit):
    """Raised where the last optimizer step that was asked for ends; the run ends as by exit(0)."""

    def __init__(self, steps: int) -> None:
        super().__init__(0)
        self.steps = steps


class OptimizerSteps:
    """Watches the optimizers of one run; raises EnoughSteps after `most()` steps, if not None."""

    def __init__(
        self, shared: Shared, threads: Threads, most: Callable[[], int | None] = lambda: None
    ) -> None:
        self._most = most
        self._ended = 0
        self._shared = shared
        self._threads = threads
        self._optimizers: dict[int, tuple[Weak, _Known]] = {}
        """By `id`, as long as the optimizer lives."""
        self._made = self._seen = 0
        self._steps = 0
        self._local = threading.local()

    def install(self, patches: Patches) -> Any:
        """Returns the hook to remove; a step's end is seen where torch leaves its bracket, which
        it does also when the step raises."""
        leave: Callable[..., None] = record_function.__exit__

        def leaving(bracket: Any, *error: Any) -> None:
            leave(bracket, *error)
            is_step = bracket.name.startswith(_BRACKET)
            raised = bool(error) and error[0] is not None
            with self._shared.mishaps.around("An optimizer's step", sys._getframe(1)):
                if len(error) > 1 and isinstance(error[1], Exception) and self._open:
                    self._refused(error[1], "step", self._open[-1].stepped)
                if is_step and self._open:
                    self._end(self._open.pop(), raised=raised)
            if is_step and not raised:
                self._ended += 1
                most = self._most()
                if most is not None and self._ended >= most:
                    raise EnoughSteps(self._ended)

        add: Callable[..., None] = Optimizer.add_param_group

        def adding(optimizer: Optimizer, *args: Any, **kwargs: Any) -> None:
            try:
                add(optimizer, *args, **kwargs)
            except Exception as error:
                self._refused(error, "add_param_group", lambda: _tensors_of(args, kwargs))
                raise
            if self._threads.here() is not None and not self._shared.truncated:
                frame = sys._getframe(1)
                with self._shared.mishaps.around("An optimizer", frame):
                    self._describe(optimizer, frame)

        patches.set(Optimizer, "add_param_group", adding)
        patches.set(record_function, "__exit__", leaving)
        return register_optimizer_step_pre_hook(self._begin)

    @property
    def _open(self) -> list[_Step]:
        found: list[_Step] = self._local.__dict__.setdefault("open", [])
        return found

    def _begin(self, optimizer: Optimizer, args: Any, kwargs: Any) -> Any:
        here, shared = self._threads.here(), self._shared
        if here is None or shared.truncated:
            return None
        frame = sys._getframe(1)
        began = _Step(self._steps, here, optimizer)
        self._steps += 1
        self._open.append(began)
        here.modes.optimizer_depth += 1
        here.mode.phase = "optimizer"
        with self._shared.mishaps.around("An optimizer's step", frame):
            self._tell(optimizer, began, frame)
            with unseen():
                began.updates = Updates(p for g in optimizer.param_groups for p in g["params"])
        return _with_closure(here, args, kwargs)

    def _tell(self, optimizer: Optimizer, began: _Step, frame: FrameType) -> None:
        shared = self._shared
        known = self._known(optimizer)
        if known is None or known.number is None:
            known = self._first_step(optimizer)
        step, known.steps = known.steps, known.steps + 1
        where = shared.sites.line(frame), shared.loops.at(frame, {})
        event = shared.stream.next_event()
        about = began.id, known.number or 0, type(optimizer).__name__, step, *where, event
        with unseen():
            rates = [_rate(group) for group in optimizer.param_groups]
        shared.stream.put(OptimizerStepRow(*about, rates))

    def _known(self, optimizer: Optimizer) -> _Known | None:
        reference, known = self._optimizers.get(id(optimizer), (None, None))
        return known if reference is not None and reference() is optimizer else None

    def _first_step(self, optimizer: Optimizer) -> _Known:
        known = self._describe(optimizer, None, number=self._seen)
        self._seen += 1
        return known

    def _describe(
        self, optimizer: Optimizer, frame: FrameType | None, number: int | None = None
    ) -> _Known:
        """Says which tensors it has now."""
        shared = self._shared
        known = self._known(optimizer)
        if known is None:
            line, event = shared.sites.line(frame), shared.stream.next_event()
            known, key = _Known(self._made, line, event), id(optimizer)
            gone = Weak(optimizer, lambda _: self._optimizers.pop(key, None))
            self._optimizers[key] = gone, known
            self._made += 1
        if number is not None:
            known.number = number
        with without_overrides():
            given = [p for group in optimizer.param_groups for p in group["params"]]
            ids = [shared.tensors.see(parameter).id for parameter in given]
        name = type(optimizer).__name__
        line, file = line_and_file(known.line)
        about = known.id, name, line, ids, known.number, known.event, file
        shared.stream.put(records.Optimizer(*about))
        return known

    def _refused(self, error: Exception, name: str, tensors: Callable[[], list[Tensor]]) -> None:
        """Note that an optimizer refused these tensors or their gradients."""
        shared = self._shared
        if self._threads.here() is None or not shared.failures.is_python(error):
            return
        with without_overrides(), suppress(Exception):
            inputs = [shared.tensors.see(tensor).id for tensor in tensors()]
            modes = torch.is_grad_enabled(), torch.is_inference_mode_enabled()
            shared.failures.note(error, name, f"torch.optim.Optimizer.{name}", inputs, *modes)

    def _end(self, step: _Step, raised: bool) -> None:
        step.here.modes.optimizer_depth -= 1
        step.here.mode.phase = step.phase
        stream = self._shared.stream
        event = stream.next_event()
        if step.updates is not None and not raised:
            with unseen():
                self._tell_updates(step.id, event, step.updates)
        stream.put(OptimizerStepEndRow(step.id, event, raised))

    def _tell_updates(self, step: int, event: int, updates: Updates) -> None:
        see = self._shared.tensors.see
        for parameters, sampled, figures in updates.after():
            identities = [see(parameter).identity for parameter in parameters]
            self._shared.stream.put(row_of(UpdatesRow, (step, event, identities, sampled, figures)))


def _rate(group: Any) -> GroupRate:
    rate = None
    with suppress(Exception):  # the program may have put anything there
        given = group.get("lr")
        if isinstance(given, Tensor) and given.numel() == 1 and given.device.type == "cpu":
            given = given.item()
        if isinstance(given, Real) and math.isfinite(given):  # numbers of NumPy are such too
            rate = float(given)
    return GroupRate(len(group["params"]), rate)


def _tensors_of(args: Any, kwargs: Any) -> list[Tensor]:
    """The tensors of a parameter group; torch has made a list of an iterator by then."""
    group = args[0] if args else kwargs.get("param_group")
    given = group.get("params") if isinstance(group, dict) else None
    return [one for one in given if isinstance(one, Tensor)] if isinstance(given, list) else []


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
