"""Whether a tensor required grad at a moment of the run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.contract.records import Fact, Trace

if TYPE_CHECKING:
    from app.session.trace.columns.tensors import Tensors


class Requiring:
    """`requires_grad` over time.

    A trace holds each tensor's last state and the moments at which the snippet changed it, so the
    state at an event is that of the last change before, or the opposite of the first one after.
    """

    def __init__(self, trace: Trace, tensors: Tensors) -> None:
        self._tensors = tensors
        self._changes: dict[int, list[Fact]] = defaultdict(list)
        for fact in trace.facts:
            if fact.kind == "requires_grad":
                self._changes[fact.tensor].append(fact)

    def changes(self, tensor: int) -> Sequence[Fact]:
        """The moments at which the snippet set it, in order."""
        return self._changes.get(tensor, ())

    def at(self, tensor: int, event: int) -> bool:
        changes = self._changes.get(tensor)
        if not changes:
            return self._tensors.form_of(tensor).requires_grad
        before = [change.value for change in changes if change.event < event]
        return before[-1] if before else not changes[0].value

    def switched_on_after(self, tensor: int, event: int) -> Fact | None:
        """The change that made it require grad after `event`, if there was one."""
        later = (c for c in self._changes.get(tensor, ()) if c.event > event and c.value)
        return next(later, None)
