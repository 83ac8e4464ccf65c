"""Training and evaluation mode of modules over time."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

from app.contract.records import ModuleMode, Operation
from app.session.run import Run


class Modes:
    """The mode of each module at each moment of the run, and the line that set it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._of: dict[int, list[ModuleMode]] = defaultdict(list)
        for mode in run.trace.module_modes:
            self._of[mode.module].append(mode)

    def at(self, module: int, event: int) -> ModuleMode | None:
        modes = self._of.get(module, [])
        place = bisect_right(modes, event, key=lambda mode: mode.event)
        return modes[place - 1] if place else None

    def is_evaluated_around(self, module: int, event: int) -> bool:
        """Return whether a module around it was in evaluation mode."""
        modes = [self.at(one, event) for one in self._around(module)]
        return any(not mode.training for mode in modes if mode is not None)

    def is_evaluated_throughout(self, module: int, event: int) -> bool:
        """Return whether it and all modules called around it were in evaluation mode."""
        modes = [self.at(one, event) for one in (module, *self._around(module))]
        return not any(mode.training for mode in modes if mode is not None)

    def that_counts(self, operation: Operation) -> ModuleMode | None:
        """Return the mode that an operation depends on: of its module, if modes change what it
        computes, as Dropout's and BatchNorm's do."""
        return self._that_counts(operation.module, operation.event)

    def among(self, operations: Iterable[int]) -> set[bool]:
        """Return the modes that operations depend on, True for training, as `that_counts`."""
        columns = self._run.operation_columns
        places = map(columns.places.__getitem__, operations)
        found = (self._that_counts(columns.form_at(at).module, columns.events[at]) for at in places)
        return {mode.training for mode in found if mode is not None}

    def _that_counts(self, module: int | None, event: int) -> ModuleMode | None:
        if module is None or not self._run.modules[module].mode_sensitive:
            return None
        return self.at(module, event)

    def _around(self, module: int) -> Iterator[int]:
        parent = self._run.modules[module].parent
        while parent is not None:
            yield parent
            parent = self._run.modules[parent].parent
