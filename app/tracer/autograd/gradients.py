"""The rows of the gradient table: which tensors have one, and what their `.grad` contains.

Tensors that are alive at the end are read then.  For a tensor that died earlier (the model of a
`main()` that has returned) the last known state counts: `.grad` is followed through backward
passes, clearing and assignment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from torch import Tensor, nn

from app.contract.messages import GradRow
from app.tracer.stream import Stream
from app.tracer.tensors.kinds import shape_of
from app.tracer.tensors.table import TensorTable, grad_of
from app.tracer.tensors.tracked import Tracked
from app.tracer.tensors.values import counted, summarise


class _State(NamedTuple):
    """The last known state of a `.grad`."""

    shape: list[int]
    summary: Any
    """`app.contract.messages.Values`, or a placeholder until they are fetched."""


class GradientRows:
    """Follows the `.grad` of every tensor that deserves a row (TRACE_FORMAT, "Gradient")."""

    def __init__(self, stream: Stream, tensors: TensorTable) -> None:
        self._stream = stream
        self._tensors = tensors
        self._last: dict[int, _State] = {}
        self._departed: list[tuple[Tracked, GradRow]] = []
        self.asked_for: set[int] = set()
        """Identities of tensors whose `.grad` the snippet read, retained or set."""
        self.meant_as_leaf: dict[int, Tracked | None] = {}
        """By identity: results used where a leaf was meant (`randn(...) * 0.1`), and that leaf if
        it had no name then."""
        tensors.on_death = self._depart

    def now(self, tensor: Tensor, final: bool) -> None:
        """Send the current `.grad` of `tensor` with exact figures, or None."""
        tracked = self._tensors.see(tensor)
        grad = grad_of(tensor)
        state = None
        if grad is not None:
            state = _State(list(shape_of(grad)), summarise(grad, exact=True))
            self._last[tracked.identity] = state
            if final:
                state = state._replace(summary=counted(state.summary, grad))
        elif tracked.identity in self._last:
            del self._last[tracked.identity]
        self._stream.put(self._row(tracked.id, tensor.requires_grad, state, final))

    def cleared(self, tracked: Tracked) -> None:
        """Note that `.grad` was set to None."""
        self._last.pop(tracked.identity, None)

    def _row(
        self,
        tensor: int,
        requires_grad: bool,
        state: _State | None,
        final: bool,
    ) -> GradRow:
        shape, summary = (None, None) if state is None else (state.shape, state.summary)
        event = self._stream.next_event()
        return GradRow(tensor, requires_grad, event, final, shape, summary)

    def _depart(self, tracked: Tracked) -> None:
        """Keep the last known `.grad` of a tracked tensor that dies, for the table."""
        if tracked.deserves_row and tracked.name is not None:
            state = self._last.pop(tracked.identity, None)
            row = self._row(tracked.id, tracked.requires_grad, state, True)
            self._departed.append((tracked, row))

    def finish(self, modules: Iterable[nn.Module], held: Mapping[str, int]) -> None:
        """Send a final row, at the end of the run, for every tensor that deserves one.

        `held` has the tensors that the module's variables lead to, by name: what had such a name
        before (the model that `model = torch.load(...)` replaced) no longer has it.
        """
        parameters = {id(p) for module in modules for p in module.parameters(recurse=False)}
        for tracked, row in self._departed:
            if self._has_its_name(tracked, held):
                self._stream.put(row)
        living = self._tensors.living()
        meant = self._meant_as_leaves()
        replaced = {t.name for t, _ in living if t.identity in meant}
        for tracked, tensor in living:
            is_replaced = tracked.name in replaced and tracked.identity not in meant
            if is_replaced and tracked.name not in held:
                continue  # `w = w - lr * w.grad`: the variable is no longer this leaf's
            if not self._has_its_name(tracked, held):
                continue
            if id(tensor) in parameters or self._deserves(tracked, tensor, meant):
                self.now(tensor, final=True)

    def _has_its_name(self, tracked: Tracked, held: Mapping[str, int]) -> bool:
        """Return whether the tensor still has its name, and no other tensor took it."""
        return tracked.name is None or held.get(tracked.name, tracked.identity) == tracked.identity

    def _meant_as_leaves(self) -> set[int]:
        """Return those of `meant_as_leaf` whose leaf still has no name of its own.

        `before = model.fc.weight.clone()` is made before anybody has called `model`.
        """
        return {
            identity
            for identity, leaf in self.meant_as_leaf.items()
            if leaf is None or leaf.name is None
        }

    def _deserves(self, tracked: Tracked, tensor: Tensor, meant: set[int]) -> bool:
        if tracked.name is None or tracked.name.endswith(".grad"):
            return False
        asked = tracked.identity in self.asked_for or tracked.identity in meant
        return tracked.deserves_row or asked or tensor.retains_grad
