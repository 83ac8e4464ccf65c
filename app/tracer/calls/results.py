"""Numbers and names for the tensors that a call made or changed."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from app.tracer.calls.call import Call
from app.tracer.shared import Shared
from app.tracer.tensors.table import version_of
from app.tracer.tensors.tracked import Tracked
from app.tracer.tensors.unwritten import unwritten


class Results:
    """Describes the tensors that the calls of one thread return or change."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def describe(
        self,
        call: Call,
        result: Any,
        outputs: list[Tensor],
        changed: list[tuple[Tracked, Tensor]],
        would: bool,
        rebased: bool,
        has_own: bool,
    ) -> tuple[list[int], list[int]]:
        """Number the tensors that the call made or changed; return (outputs, others changed).

        `has_own` says that it added autograd nodes that no call inside it added.
        """
        mutated = self._renumber(call, changed, would, rebased) if changed else []
        if not outputs:
            return [tracked.id for tracked, _ in changed], mutated
        if call.function.gives_memory and not changed:
            for tensor in outputs:
                unwritten.add(tensor)
        target, name, line = None, None, None
        if call.frame is not None and call.parent is None and not call.site.depth:
            # A result that goes straight to the snippet takes the name it is stored under.
            target = self._shared.naming.target_at(call.site.path, call.frame)
            if target is not None and isinstance(result, Tensor):
                name, line = target.names[0], target.line
        tensors = self._shared.tensors
        ids = []
        for tensor in outputs:
            tracked = tensors.made(tensor, bool(call.tensors), name, line)
            if call.rows and (has_own or tracked.requires_grad != tensor.requires_grad):
                # A call inside made it; its history came only with this one (a custom Function).
                tensors.redescribe(tracked, tensor)
            if would:
                tracked.would_require_grad = True
            if call.function.cuts:
                tracked.cut_off = any(one.would_require_grad for one in call.tracked)
            tracked.maker = call.id
            ids.append(tracked.id)
        if changed:
            mutated += [t.id for t, _ in changed if t.id not in ids]
        if target is not None:
            if name is None:
                self._shared.naming.result(target, result)
            elif tracked.name is not None:
                self._note_replaced_leaf(call, tracked)
        return ids, mutated

    def _renumber(
        self, call: Call, changed: list[tuple[Tracked, Tensor]], would: bool, rebased: bool
    ) -> list[int]:
        """Give new numbers to tensors changed in place and to those that share their storage."""
        tensors = self._shared.tensors
        mutated: list[int] = []
        for tracked, tensor in changed:
            before = tracked.storage
            # Otherwise a call inside this one has done it.
            if not call.rows or tracked.version != version_of(tensor):
                tensors.renew(tracked, tensor, rebased)
            tracked.would_require_grad |= would
            if tracked.storage != before:  # `.data =`, `set_`: it has left the others
                continue
            for alias, other in tensors.aliases(tracked):
                # An alias by `.data` has a version of its own, which does not move.
                stale = not call.rows or version_of(other) != alias.version
                if stale and not any(other is t for _, t in changed):
                    tensors.renew(alias, other)
                    alias.would_require_grad |= would
                    mutated.append(alias.id)
        return mutated

    def _note_replaced_leaf(self, call: Call, made: Tracked) -> None:
        """Note a result that was probably meant to be a leaf.

        Made straight from a leaf that no variable holds (`randn(..., requires_grad=True) * 0.1`),
        or put into the variable of a leaf (`w = w - lr * w.grad`).
        """
        meant = self._shared.gradients.meant_as_leaf
        for tracked in call.tracked:
            if not tracked.deserves_row and tracked.identity not in meant:
                continue
            same_name = tracked.name is None or tracked.name == made.name
            if same_name and tracked.identity != made.identity:
                unnamed = tracked if tracked.name is None else None
                meant[made.identity] = meant.get(tracked.identity, unnamed)
                return
