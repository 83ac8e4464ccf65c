"""What the trace of one process says, by name, so that it can be compared with others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from app.contract.records import BackwardStep, Module, Operation
from app.session.ranks.sisters import Process
from app.session.run import Run
from app.session.trace.columns.columns import NONE

_REPLICATED = "DistributedDataParallel"
_SHARDED = ("FSDP", "FullyShardedDataParallel")
"""What the types of modules begin with whose parameters are others on each rank."""


class SeenProcess:
    """A process, with the facts of its trace by name, as they are compared with those of others."""

    def __init__(self, process: Process) -> None:
        self.process, self.run = process, process.run
        trace = process.run.trace
        self.is_whole = trace.run.status == "ok"
        is_stopped = trace.run.status in ("stopped", "timeout")
        error = None if is_stopped else trace.error
        self.ended_with = "" if error is None else error.type
        """The type of the error that ended it; "" if it ended well or was stopped."""
        self.ended_at = None if error is None else error.spot
        self.modules: dict[str, Module] = {module.path: module for module in trace.modules}
        self.rows = {row.name: row.tensor for row in trace.gradients}
        passes = trace.backward_passes
        self._first_end = passes[0].end_event if passes else None
        types = [module.type for module in trace.modules]
        self.is_replicated = _REPLICATED in types
        self.is_sharded = any(kind.startswith(_SHARDED) for kind in types)

    @staticmethod
    def of(seen: Sequence[SeenProcess], run: Run) -> SeenProcess | None:
        return next((one for one in seen if one.run is run), None)

    @property
    def _can_be_judged(self) -> bool:
        """Whether what it has not done by now, it does not do in its first iteration."""
        return self.is_whole or self._first_end is not None

    def calls(self, path: str, *, early: bool) -> bool:
        """Return whether a module is called; if `early`, by the end of the first backward pass."""
        module = self.modules.get(path)
        if module is None or not module.called:
            return False
        return not early or self._is_early(module.called[0].event)

    def _is_early(self, event: int) -> bool:
        return self._first_end is None or event < self._first_end

    def never_calls(self, path: str) -> bool:
        module = self.modules.get(path)
        return module is not None and not module.called and self._can_be_judged

    def parameters_in(self, path: str) -> dict[str, int]:
        """Return the parameters of a module, with those of the modules in it, by name."""
        return {name: tensor for name, tensor in self.rows.items() if name.startswith(f"{path}.")}

    def first_in(self, path: str) -> Operation | None:
        """Return the first operation in a module."""
        inside = {
            module.id for name, module in self.modules.items() if f"{name}.".startswith(f"{path}.")
        }
        units = self.run.units.like(lambda form: form.module in inside)
        return next((unit for unit in units if unit.phase == "forward"), None)

    def is_in_lone_module(self, unit: Operation, both: Sequence[SeenProcess]) -> bool:
        """Return whether it is in a module that one of the two does not call."""
        module = None if unit.module is None else self.run.modules[unit.module]
        while module is not None:
            if any(one.never_calls(module.path) for one in both):
                return True
            module = None if module.parent is None else self.run.modules[module.parent]
        return False

    def has_uncalled_around(self, name: str) -> bool:
        """Return whether a module that a parameter is in is not called."""
        path = name
        while "." in path:
            path = path.rpartition(".")[0]
            if self.never_calls(path):
                return True
        return False

    @cached_property
    def reached(self) -> dict[str, BackwardStep]:
        """The first step that computed a gradient for each leaf, by name."""
        found: dict[str, BackwardStep] = {}
        for backward in self.run.trace.backward_passes:
            steps, places = self.run.steps(backward)
            for place in places:
                if (tensor := steps.tensors[place]) != NONE:
                    name = self.run.name(tensor)
                    if name is not None and name not in found:
                        found[name] = steps[place]
        return found

    def reaches(self, name: str, *, early: bool) -> bool:
        """Return whether a pass computes a gradient for a leaf; if `early`, the first one."""
        step = self.reached.get(name)
        return step is not None and (not early or self._is_early(step.event))

    def never_reaches(self, name: str) -> bool:
        return name in self.rows and name not in self.reached and self._can_be_judged

    def norm_after(self, name: str) -> float | None:
        """Return the norm of a `.grad` after the first pass that filled it."""
        identity = self.run.identity(self.rows[name])
        readings = self.run.readings.get(identity, ())
        norms = (reading.grad.norm for reading in readings if reading.grad is not None)
        return next((norm for norm in norms if isinstance(norm, float)), None)

    @cached_property
    def weights(self) -> list[dict[str, float]]:
        """The norm of each parameter before the optimizer step of each iteration, and at the end.

        What a process that ended early has at its end is left out.
        """
        norms = self._norms("value_norm")
        return [*norms, self._norms_at_the_end()] if self.is_whole else norms

    def _norms_at_the_end(self) -> dict[str, float]:
        found = {}
        for name, tensor in self.rows.items():
            last = self.run.values[self.run.identity(tensor)][-1]
            if last.kind == "parameter" and isinstance(last.summary.norm, float):
                found[name] = last.summary.norm
        return found

    @cached_property
    def gradients(self) -> list[dict[str, float]]:
        """The norm of each `.grad` at the optimizer step of each iteration."""
        return self._norms("grad_norm")

    def _norms(self, field: str) -> list[dict[str, float]]:
        return [
            {
                name: norm
                for update in iteration.of
                if isinstance(norm := getattr(update, field), float)
                and (name := self.run.name(update.tensor)) is not None
            }
            for iteration in self.run.trace.iterations
            if iteration.optimizer >= 0
        ]
