"""Makes the rows of operations, orders those of nested calls, and sends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.contract.messages import OperationRow
from app.tracer.autograd import nodes
from app.tracer.calls.call import Call
from app.tracer.grad_modes.regions import GradModes
from app.tracer.private import GENERATED_FUNCTION
from app.tracer.shared import Shared
from app.tracer.stream import row_of


class Sending:
    """Sends the operations of one thread, each before those inside it."""

    def __init__(
        self, shared: Shared, owners: nodes.NodeOwners | nodes.OwnersInNodes, modes: GradModes
    ) -> None:
        self._shared = shared
        self._owners = owners
        self._modes = modes

    def operation(
        self,
        call: Call,
        *,
        reason: str,
        cause: int | None,
        would: bool,
        in_place: bool,
        added: Sequence[Any],
        own: Sequence[Any],
        kept: list[int],
        outputs: list[int],
        mutated: list[int],
        nanoseconds: int,
    ) -> None:
        """Make the call's row and send it.

        `added` are the autograd nodes that it added, `own` those of them that no call inside it
        did.  `kept` are the storages that these are the first to keep.
        """
        stream, function, site = self._shared.stream, call.function, call.site
        form = (
            stream.function(function.name, function.qualified_name),
            site.number,
            call.module,
            call.phase,
            in_place,
            reason,
            would,
            cause,
            nodes.names_of(own) if own else (),
            call.grad_mode,
            call.inference,
            site.set_up,
            call.stack,
        )
        row = (
            call.id,
            stream.operation_form(form),
            self._shared.sites.occurrence(site, function.name),
            stream.next_event(),
            nanoseconds,
            None if call.parent is None else call.parent.id,
            call.loops,
            call.inputs,
            outputs,
            mutated,
            kept,
        )
        self._put(call, row_of(OperationRow, row), added)

    def _put(self, call: Call, row: OperationRow, added: Sequence[Any]) -> None:
        rows = call.rows
        if len(rows) == 1 and self._forwards(row, rows[0]):
            inner = rows[0]
            stream = self._shared.stream
            function = stream.form(row.form).function
            form = stream.operation_form(stream.form(inner.form)._replace(function=function)[1:])
            row = inner._replace(id=row.id, form=form, parent=row.parent, occurrence=row.occurrence)
            self._owners.transfer(added, inner.id, row.id)
            self._modes.rename_operation(inner.id, row.id)
            rows = []
        self._modes.note_operation(call.id)
        call.rows = []
        if rows or call.parent is not None:
            self._hand_on([row, *rows], call.parent)
        else:
            self._shared.stream.put(row)

    def _forwards(self, outer: OperationRow, inner: OperationRow) -> bool:
        """Return whether `outer` only forwards: to the torch function of its name or, for a custom
        operator, to the autograd Function that torch generates for it."""
        if outer.outputs != inner.outputs or inner.parent != outer.id:
            return False
        stream = self._shared.stream
        name = stream.function_name(stream.form(inner.form).function)
        outer_name = stream.function_name(stream.form(outer.form).function)
        return name.strip("_") == outer_name.strip("_") or name.startswith(GENERATED_FUNCTION)

    def release(self, call: Call) -> None:
        """Drop `call` as an operation: those inside it belong to the operation around it."""
        around = None if call.parent is None else call.parent.id
        rows = [r._replace(parent=around) if r.parent == call.id else r for r in call.rows]
        self._hand_on(rows, call.parent)

    def _hand_on(self, rows: list[OperationRow], parent: Call | None) -> None:
        stream = self._shared.stream
        if parent is None:
            for row in rows:
                stream.put(row)
            return
        for row in rows:
            form = stream.form(row.form)
            parent.recorded_inside |= form.reason == "recorded"
            parent.would_inside |= form.would_record
        parent.rows += rows
