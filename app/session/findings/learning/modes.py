"""Training and evaluation mode of modules over time."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import ModuleMode
from app.session.findings.case import Case


class Modes:
    """The mode of each module at each moment of the run, and the line that set it."""

    def __init__(self, case: Case) -> None:
        self._of: dict[int, list[ModuleMode]] = defaultdict(list)
        for mode in case.trace.module_modes:
            self._of[mode.module].append(mode)

    def at(self, module: int, event: int) -> ModuleMode | None:
        modes = self._of.get(module, [])
        place = bisect_right(modes, event, key=lambda mode: mode.event)
        return modes[place - 1] if place else None

    def is_evaluated_around(self, case: Case, module: int, event: int) -> bool:
        """Return whether a module around it was in evaluation mode."""
        modes = [self.at(one, event) for one in _around(case, module)]
        return any(not mode.training for mode in modes if mode is not None)

    def is_evaluated_throughout(self, case: Case, module: int, event: int) -> bool:
        """Return whether it and all modules called around it were in evaluation mode."""
        modes = [self.at(one, event) for one in (module, *_around(case, module))]
        return not any(mode.training for mode in modes if mode is not None)


def _around(case: Case, module: int) -> Iterator[int]:
    parent = case.run.modules[module].parent
    while parent is not None:
        yield parent
        parent = case.run.modules[parent].parent
