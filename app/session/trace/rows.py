"""The records of a run, built up from the rows that describe its moments.

What repeats (names, causes, shapes, lists of autograd nodes, the empty list) is held once, which
keeps a long run near 1.6 KB per operation: the records share lists, so none may be changed.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, get_args, get_type_hints

from app.contract import messages as m
from app.contract.records import (
    AutogradNode,
    BackwardPass,
    BackwardStep,
    CameBack,
    Cause,
    CauseKind,
    ChangedSaved,
    Fact,
    FailedCall,
    GradientReading,
    GradModeSpan,
    LoopPass,
    Module,
    ModuleCall,
    ModuleMode,
    Note,
    Operation,
    Optimizer,
    OptimizerStep,
    Phase,
    Reason,
    Recomputation,
    SavedTensor,
    SetUp,
    SpanKind,
    Status,
    Summary,
    Tensor,
    TensorKind,
)
from app.session.enclosing import Enclosing
from app.session.trace.partial import Losses
from app.session.trace.summaries import summary_of

Record = TypeVar("Record")
Key = TypeVar("Key")


class ProtocolError(ValueError):
    """The child sent something that is not a message of the protocol; the text says what."""


class RowTables:
    """The records by id, in the order in which they were first sent.

    `add[kind]` takes a row of that kind.  What refers to something that was not sent refers to
    nothing, and that is noted in `losses`.  Raises ProtocolError where a row is about something
    that was not sent, or holds a word that is not in the contract.
    """

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self.operations: dict[int, Operation] = {}
        self.tensors: dict[int, Tensor] = {}
        self.modules: dict[int, Module] = {}
        self.spans: dict[int, GradModeSpan] = {}
        self.passes: dict[int, BackwardPass] = {}
        self.facts: list[Fact] = []
        self.grads: dict[int, m.GradRow] = {}
        """The last row of each variable, by identity."""
        self.readings: list[GradientReading] = []
        self._sites: dict[int, m.SiteRow] = {}
        self._functions: dict[int, m.FunctionRow] = {}
        self._tensor_forms: dict[int, m.TensorFormRow] = {}
        self._operation_forms: dict[int, Callable[..., Operation]] = {}
        """For each form, makes an operation from its own fields."""
        self._causes: dict[int, Cause] = {}
        self.nodes: dict[int, AutogradNode] = {}
        self._interrupted: set[int] = set()
        """Backward passes that a KeyboardInterrupt ended."""
        self._saved_forms: dict[int, m.SavedFormRow] = {}
        self._following: list[tuple[AutogradNode, list[int], list[int]]] = []
        """Nodes, the ids of the nodes of their pass, and the places that they lead to."""
        self._places: dict[int, list[int]] = {}
        """The ids of the nodes of each backward pass."""
        self._node_ids: dict[tuple[Any, ...], int] = {}
        self.optimizers: dict[int, Optimizer] = {}
        self.optimizer_steps: dict[int, OptimizerStep] = {}
        self.broken_step: int | None = None
        """The last optimizer step that an exception left."""
        self.module_modes: list[ModuleMode] = []
        self.failed_call: FailedCall | None = None
        self.recomputations: dict[int, Recomputation] = {}
        self._came_back: list[CameBack] = []
        self.notes: list[Note] = []
        self._loops: dict[int, list[LoopPass]] = {}
        self._outside: list[LoopPass] = []
        self._required: dict[int, bool] = {}
        self._shared: dict[Any, Any] = {}
        self._renamed: dict[int, str] = {}
        """By identity: names that replaced others."""
        self.add = self._adders()

    def _adders(self) -> dict[str, Callable[[Any], None]]:
        return {
            "site": self._site,
            "function": self._function,
            "cause": self._cause,
            "tensor_form": self._tensor_form,
            "tensor": self._tensor,
            "value": self._value,
            "name": self._name,
            "module": self._module,
            "module_mode": self._module_mode,
            "module_call": self._module_call,
            "module_state": self._module_state,
            "op_form": self._operation_form,
            "op": self._operation,
            "loops": self._pass,
            "optimizer": self._optimizer,
            "optimizer_step": self._optimizer_step,
            "optimizer_step_end": self._optimizer_step_end,
            "span": self._span,
            "span_end": self._span_end,
            "backward": self._backward,
            "saved_form": self._saved_form,
            "node": self._node,
            "step": self._step,
            "backward_end": self._backward_end,
            "fact": self._fact,
            "grad": self._grad,
            "came_back": self._came_back.append,
            "note": self.notes.append,
            "recomputation": self._recomputation,
            "recomputation_end": self._recomputation_end,
            "failed_call": self._failed,
        }

    # ------------------------------------------------------------------- what others refer to

    def _site(self, row: m.SiteRow) -> None:
        self._sites[row.id] = row

    def _function(self, row: m.FunctionRow) -> None:
        self._functions[row.id] = row

    def _cause(self, row: m.CauseRow) -> None:
        kind = _known(_CAUSE_KINDS, row.cause, "cause")
        self._causes[row.id] = Cause(kind, row.line, row.text, row.module)

    # ---------------------------------------------------------------------- tensors and modules

    def _tensor_form(self, row: m.TensorFormRow) -> None:
        _known(_TENSOR_KINDS, row.tensor_kind, "kind of tensor")
        self._tensor_forms[row.id] = row._replace(
            tensor_kind=self._one(row.tensor_kind),
            shape=self._list(row.shape),
            dtype=self._one(row.dtype),
            device=self._one(row.device),
            grad_fn=self._one(row.grad_fn),
        )

    def _tensor(self, row: m.TensorRow) -> None:
        form = _known(self._tensor_forms, row.form, "form of tensors")
        known = self.tensors.get(row.id)
        if known is not None and known.requires_grad != form.requires_grad:
            self._required.setdefault(row.id, known.requires_grad)
        if row.values is not None:
            summary = summary_of(row.values)
        else:
            summary = known.summary if known else self._unknown(form.shape)
        number = row.id
        self.tensors[number] = Tensor(
            id=number,
            name=self._one(row.name) or (known.name if known else None),
            kind=_TENSOR_KINDS[form.tensor_kind],
            shape=form.shape,
            dtype=form.dtype,
            device=form.device,
            requires_grad=form.requires_grad,
            is_leaf=form.is_leaf,
            is_inference=form.is_inference,
            is_view_of=self._view(row.is_view_of),
            storage=self._one(row.storage),
            grad_fn=form.grad_fn,
            line=row.line if row.line is not None or known is None else known.line,
            summary=summary,
            identity=number if row.identity == number else self._one(row.identity),
        )

    def _view(self, base: int | None) -> int | None:
        found = self._referred(self.tensors, base)
        return None if found is None else found.id

    def _referred(self, table: dict[int, Record], key: int | None) -> Record | None:
        """Return what a row refers to; None if that is nothing, or was never sent."""
        found = None if key is None else table.get(key)
        if found is None and key is not None:
            self._losses.lose(1)
        return found

    def _passes_of(self, loops: int | None) -> list[LoopPass]:
        return self._referred(self._loops, loops) or self._outside

    def _unknown(self, shape: list[int]) -> Summary:
        """Return the summary of a tensor without values, one object for each size."""
        numel = math.prod(shape)
        unknown = Summary(numel, None, None, None, None, None, None, 0, 0, 0, False)
        summary: Summary = self._shared.setdefault(("unknown", numel), unknown)
        return summary

    def _value(self, row: m.ValueRow) -> None:
        tensor = _known(self.tensors, row.tensor, "tensor")
        if row.values is not None:
            tensor.summary = summary_of(row.values)

    def _name(self, row: m.NameRow) -> None:
        tensor = _known(self.tensors, row.tensor, "tensor")
        if tensor.name is not None and tensor.name != row.name:
            self._renamed[tensor.identity] = self._one(row.name)
        tensor.name = self._one(row.name)
        tensor.line = row.line
        if row.tensor_kind is not None:
            tensor.kind = _known(_TENSOR_KINDS, row.tensor_kind, "kind of tensor")

    def _module(self, row: m.ModuleRow) -> None:
        parameters = self._ids(row.parameters)
        self.modules[row.id] = Module(
            row.id, row.path, row.type, self._module_id(row.parent), row.training, 0, parameters,
            row.mode_sensitive, row.registered,
        )  # fmt: skip

    def _module_id(self, number: int | None) -> int | None:
        found = self._referred(self.modules, number)
        return None if found is None else found.id

    def _module_mode(self, row: ModuleMode) -> None:
        _known(self.modules, row.module, "module")
        self.module_modes.append(row)

    def _module_call(self, row: m.ModuleCallRow) -> None:
        module = _known(self.modules, row.module, "module")
        module.called.append(ModuleCall(row.event, self._module_id(row.inside)))
        module.calls += 1

    def _module_state(self, row: m.ModuleStateRow) -> None:
        module = _known(self.modules, row.id, "module")
        self.modules[row.id] = self.modules.pop(row.id)  # the order is that of the last rows
        module.path = row.path
        module.parent = self._module_id(row.parent)
        module.training = row.training
        module.calls = row.calls
        module.parameters = self._ids(row.parameters)
        module.requires_grad = row.requires_grad

    # -------------------------------------------------------------------------------- operations

    def _operation_form(self, row: m.OperationFormRow) -> None:
        function = _known(self._functions, row.function, "function")
        site = self._referred(self._sites, row.site) or _NOWHERE
        reason = _known(_REASONS, row.reason, "reason")
        self._operation_forms[row.id] = partial(
            Operation,
            name=function.name,
            qualified_name=function.qualified_name,
            line=site.line or None,
            end_line=site.end_line,
            column=site.column,
            end_column=site.end_column,
            module=self._module_id(row.module),
            phase=_known(_PHASES, row.phase, "phase"),
            in_place=row.in_place,
            status=_STATUSES.get(reason, "skipped"),
            reason=reason,
            would_record=row.would_record,
            cause=self._referred(self._causes, row.cause),
            grad_fn=self._list(row.grad_fn),
            grad_mode=row.grad_mode,
            inference=row.inference,
            set_up=_known(_SET_UPS, row.set_up, "kind of set-up"),
        )

    def _operation(self, row: m.OperationRow) -> None:
        make = _known(self._operation_forms, row.form, "form of operations")
        self.operations[row.id] = make(
            id=row.id,
            parent=row.parent,
            occurrence=row.occurrence,
            inputs=self._ids(row.inputs),
            outputs=self._ids(row.outputs),
            mutates=self._ids(row.mutates),
            saved_bytes=row.saved_bytes,
            seconds=row.nanoseconds / 1e9,
            event=row.event,
            loops=self._passes_of(row.loops),
        )

    def _pass(self, row: m.LoopsRow) -> None:
        outer = self._passes_of(row.outer)
        self._loops[row.id] = [*outer, LoopPass(row.line, row.entry, row.passed)]

    def _ids(self, ids: list[int]) -> list[int]:
        """Return the known tensor ids, each as the int object that its tensor has."""
        if not ids:
            return self._list(ids)
        tensors = self.tensors
        try:
            return [tensors[number].id for number in ids]
        except KeyError:
            found = [self._referred(tensors, number) for number in ids]
            return self._list([tensor.id for tensor in found if tensor is not None])

    def settle(self, is_stopped: bool = False) -> None:
        """Complete the records after all rows have arrived; may be called again.

        `is_stopped`: the run was asked to stop, which explains a KeyboardInterrupt.
        """
        for backward in self.passes.values():
            broke_off = backward.end_event is None
            backward.interrupted = broke_off or (is_stopped and backward.id in self._interrupted)
            if broke_off:
                self._settle_accumulated(backward)
        self._mark_composites()
        self._settle_parts()
        for tensor in self.tensors.values() if self._renamed else ():
            tensor.name = self._renamed.get(tensor.identity, tensor.name)
        for operation in self.operations.values():
            if operation.parent not in self.operations:
                operation.parent = None  # the call around it had not returned when the run ended
        for backward in self.passes.values():
            for step in backward.steps:
                if step.operation not in self.operations:
                    step.operation = None
        self._settle_nodes()
        self._settle_spans()

    def _settle_accumulated(self, backward: BackwardPass) -> None:
        """Set what a pass that did not end has accumulated, from its steps."""
        reached = [s.tensor for s in backward.steps if s.tensor is not None and s.grad is not None]
        backward.accumulated_into = list(dict.fromkeys(reached))

    def _settle_spans(self) -> None:
        """Replace operations of regions that were merged into the call around them."""
        by_event = sorted(self.operations.values(), key=lambda operation: operation.event)
        events = [operation.event for operation in by_event]
        for span in self.spans.values():
            if span.first_op in self.operations and span.last_op in self.operations:
                continue
            end = len(events) if span.end_event is None else bisect_left(events, span.end_event)
            inside = by_event[bisect_right(events, span.event) : end]
            span.first_op = inside[0].id if inside else None
            span.last_op = inside[-1].id if inside else None

    def _settle_parts(self) -> None:
        """Set the backward pass and the optimizer step of each operation."""
        passes = Enclosing(self.passes.values())
        steps = Enclosing(self.optimizer_steps.values())
        again = Enclosing(self.recomputations.values())
        for operation in self.operations.values():
            if operation.phase == "backward":
                operation.backward_pass = passes.around(operation.event)
                operation.recomputation = again.around(operation.event)
            elif operation.phase == "optimizer":
                operation.optimizer_step = steps.around(operation.event)

    @property
    def came_back(self) -> list[CameBack]:
        """Return the values that came back, for operations that exist."""
        known = self.operations
        return [
            CameBack(row.operation, sources)
            for row in self._came_back
            if row.operation in known and (sources := [s for s in row.sources if s in known])
        ]

    def _recomputation(self, row: Recomputation) -> None:
        self.recomputations[row.id] = row

    def _recomputation_end(self, row: m.RecomputationEndRow) -> None:
        _known(self.recomputations, row.id, "recomputation").end_event = row.event

    def _mark_composites(self) -> None:
        """Mark a composite call as recorded if any call inside it is."""
        for operation in self.operations.values():
            if operation.status != "recorded":
                continue
            parent = operation.parent
            while parent is not None and (composite := self.operations.get(parent)) is not None:
                if composite.status == "recorded":
                    break
                composite.status = composite.reason = "recorded"
                composite.cause = None
                parent = composite.parent

    # ---------------------------------------------------------------------------- optimizer steps

    def _optimizer(self, row: Optimizer) -> None:
        row.parameters = self._ids(row.parameters)
        self.optimizers[row.id] = row

    def _optimizer_step(self, row: m.OptimizerStepRow) -> None:
        self.optimizer_steps[row.id] = OptimizerStep(
            id=row.id,
            optimizer=row.optimizer,
            type=self._one(row.type),
            step=row.step,
            line=row.line,
            loops=self._passes_of(row.loops),
            event=row.event,
        )

    def _optimizer_step_end(self, row: m.OptimizerStepEndRow) -> None:
        _known(self.optimizer_steps, row.id, "optimizer step").end_event = row.event
        if row.raised:
            self.broken_step = row.id

    # -------------------------------------------------------------------------- grad-mode regions

    def _span(self, row: m.SpanRow) -> None:
        self.spans[row.id] = GradModeSpan(
            id=row.id,
            kind=_known(_SPAN_KINDS, row.span_kind, "kind of region"),
            cause=self._referred(self._causes, row.cause) or _UNKNOWN_CAUSE,
            line=row.line,
            end_line=row.end_line,
            first_op=None,
            last_op=None,
            parent=self._span_id(row.parent),
            enabled=row.enabled,
            event=row.event,
            effective=row.effective,
        )

    def _span_id(self, number: int | None) -> int | None:
        found = self._referred(self.spans, number)
        return None if found is None else found.id

    def _span_end(self, row: m.SpanEndRow) -> None:
        span = _known(self.spans, row.id, "region")
        span.first_op, span.last_op, span.end_event = row.first_op, row.last_op, row.event

    # ------------------------------------------------------------------------------ backward passes

    def _backward(self, row: m.BackwardRow) -> None:
        self.passes[row.id] = BackwardPass(
            id=row.id,
            call=_known(_CALLS, row.call, "call"),
            line=row.line,
            roots=self._ids(row.roots),
            ok=False,
            steps=[],
            accumulated_into=[],
            inputs=self._ids(row.inputs),
            event=row.event,
            loops=self._passes_of(row.loops),
            outlived=self._ids(row.outlived),
        )

    def _saved_form(self, row: m.SavedFormRow) -> None:
        self._saved_forms[row.id] = row

    def _node(self, row: m.NodeRow) -> None:
        """Add a node of a pass; one that several passes reach is added once."""
        _known(self.passes, row.backward, "backward pass")
        tensor = self._referred(self.tensors, row.tensor)
        identity = None if tensor is None else tensor.identity
        key = (row.name, row.operation, identity, row.number)
        number = self._node_ids.setdefault(key, len(self._node_ids))
        ids = self._places.setdefault(row.backward, [])
        ids.append(number)
        if number not in self.nodes:
            leaf = None if tensor is None else tensor.id
            node = AutogradNode(number, self._one(row.name), row.operation, leaf, [], [])
            self.nodes[number] = node
            self._following.append((node, ids, row.next))
            node.saved = [
                self._saved(*pair) for pair in zip(row.saved[::2], row.saved[1::2], strict=False)
            ]

    def _saved(self, form: int, storage: int) -> SavedTensor:
        one = _known(self._saved_forms, form, "form of saved tensors")
        found = None if storage < 0 else storage
        return SavedTensor(one.name, one.shape, one.dtype, one.bytes, found)

    def _settle_nodes(self) -> None:
        """Set what each node passes gradients on to, which was sent after it."""
        for node, ids, places in self._following:
            node.next = [ids[place] for place in places if 0 <= place < len(ids)]
        for node in self.nodes.values():
            if node.operation not in self.operations:
                node.operation = None

    def _step(self, row: m.StepRow) -> None:
        maker = self._referred(self.passes, row.made_in)
        step = BackwardStep(
            grad_fn=self._one(row.grad_fn),
            operation=row.operation,
            grad=None if row.grad is None else summary_of(row.grad),
            shape=self._list(row.shape),
            tensor=self._view(row.tensor),
            event=row.event,
            made_in=None if maker is None else maker.id,
            node=self._place(row.backward, row.node),
        )
        _known(self.passes, row.backward, "backward pass").steps.append(step)

    def _place(self, backward: int, place: int | None) -> int | None:
        """Return the node at a place among the nodes of a pass."""
        known = self._places.get(backward, [])
        return known[place] if place is not None and 0 <= place < len(known) else None

    def _backward_end(self, row: m.BackwardEndRow) -> None:
        backward = _known(self.passes, row.id, "backward pass")
        backward.ok = row.ok
        backward.end_event = row.event
        backward.accumulated_into = self._ids(row.accumulated_into)
        backward.returned = [None if one is None else self._view(one) for one in row.returned]
        if row.interrupted:
            self._interrupted.add(row.id)
        changed = [(self._place(row.id, place), name) for place, name in row.changed]
        backward.changed = [ChangedSaved(node, name) for node, name in changed if node is not None]

    def _failed(self, row: FailedCall) -> None:
        found = self._referred(self.passes, row.backward_pass)
        row.backward_pass = None if found is None else found.id
        row.module = self._module_id(row.module)
        row.inputs = self._ids(row.inputs)
        self.failed_call = row

    # ------------------------------------------------------------------------ facts and gradients

    def _fact(self, row: Fact) -> None:
        tensor = _known(self.tensors, row.tensor, "tensor")
        if row.kind == "requires_grad":
            before = self._required.get(row.tensor, tensor.requires_grad)
            self._required[row.tensor] = row.value
            if before == row.value:
                return  # `p.requires_grad = True` on what requires grad anyway changes nothing
        self.facts.append(row)

    def _grad(self, row: m.GradRow) -> None:
        tensor = _known(self.tensors, row.tensor, "tensor")
        grad = None if row.grad is None else summary_of(row.grad)
        self.grads.pop(tensor.identity, None)  # the order is that of the last rows
        self.grads[tensor.identity] = row
        if not row.final:
            shape = None if row.shape is None else self._list(row.shape)
            self.readings.append(GradientReading(tensor.id, row.event, grad, shape))

    # ---------------------------------------------------------------------------- what repeats

    def _one(self, value: Record) -> Record:
        one: Record = self._shared.setdefault(value, value)
        return one

    def _list(self, values: list[Any]) -> list[Any]:
        one: list[Any] = self._shared.setdefault(tuple(values), values)
        return one


def _known(table: dict[Key, Record], key: Key, what: str) -> Record:
    try:
        return table[key]
    except KeyError:
        raise ProtocolError(f"the tracing process spoke of {what} {key!r}, never sent") from None


def _words(literal: Any) -> dict[str, Any]:
    """Return the words of a Literal by themselves, to look up, check and share them."""
    return {word: word for word in get_args(literal)}


_NOWHERE = m.SiteRow(-1, 0, None, None, None)
_UNKNOWN_CAUSE = Cause("library", None, "")
_REASONS: dict[str, Reason] = _words(Reason)
_PHASES: dict[str, Phase] = _words(Phase)
_CAUSE_KINDS: dict[str, CauseKind] = _words(CauseKind)
_SPAN_KINDS: dict[str, SpanKind] = _words(SpanKind)
_TENSOR_KINDS: dict[str, TensorKind] = _words(TensorKind)
_CALLS: dict[str, Any] = _words(get_type_hints(BackwardPass)["call"])
_SET_UPS: dict[str | None, SetUp | None] = {None: None} | _words(SetUp)
_STATUSES: dict[Reason, Status] = {"recorded": "recorded", "source": "source"}
