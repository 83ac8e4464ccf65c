"""The records of a run, built up from the rows that describe its moments.

Operations and tensors are kept in columns.  The other records share what repeats (names, causes,
shapes, the empty list), so none of their lists may be changed.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Protocol, TypeVar, get_args, get_type_hints

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
    File,
    FileKind,
    Frame,
    GradientReading,
    GradModeSpan,
    Module,
    ModuleCall,
    ModuleMode,
    Note,
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
    TensorKind,
)
from app.contract.spots import FileId, line_and_file
from app.session.enclosing import Enclosing
from app.session.trace.columns import NONE, IdPlaces, or_none
from app.session.trace.files import FileIds
from app.session.trace.operations import OUTSIDE, OperationForm, Operations, Parts
from app.session.trace.partial import Losses
from app.session.trace.summaries import Summaries, summary_of
from app.session.trace.tensors import Label, TensorForm, Tensors

Record = TypeVar("Record")
Key = TypeVar("Key")
_In = TypeVar("_In", contravariant=True)
_Out = TypeVar("_Out", covariant=True)


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
        self._summaries = Summaries()
        self.ids = FileIds()
        self.operations = Operations(self.ids)
        self.tensors = Tensors(self._summaries)
        self.modules: dict[int, Module] = {}
        self.spans: dict[int, GradModeSpan] = {}
        self.passes: dict[int, BackwardPass] = {}
        self.facts: list[Fact] = []
        self.grads: dict[int, tuple[m.GradRow, Summary | None]] = {}
        """The last row of each variable and its `.grad`, by identity."""
        self.readings: list[GradientReading] = []
        self.files: dict[int, File] = {}
        """Without the snippet."""
        self._sites: dict[int, m.SiteRow] = {}
        self._stacks: dict[int, tuple[Frame, ...]] = {}
        self._functions: dict[int, m.FunctionRow] = {}
        self._tensor_forms: dict[int, int] = {}
        self._operation_forms: dict[int, int] = {}
        """The numbers of the forms in the columns, by those in the rows."""
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
        self._loops = IdPlaces()
        """The numbers of the passes of loops in the columns, by those in the rows."""
        self._required: dict[int, bool] = {}
        self._shared: dict[Any, Any] = {}
        self._renamed: dict[int, str] = {}
        """By identity: names that replaced others."""
        self.add = self._adders()

    def _adders(self) -> dict[str, Callable[[Any], None]]:
        return {
            "file": self._file,
            "site": self._site,
            "stack": self._stack,
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

    def _file(self, row: m.FileRow) -> None:
        kind = _known(_FILE_KINDS, row.file_kind, "kind of file")
        self.files[row.id] = File(row.id, row.path, kind, row.text)

    def place(self, at: int | None) -> tuple[int | None, FileId]:
        """Return the line and the file of a spot in a row."""
        line, file = line_and_file(at)
        return line, self.read_file(FileId, int(file))

    def read_file(self, kind: type, number: Any) -> FileId:
        """Return the file of a record that is decoded; raises as `place` does."""
        file = self.ids.read(kind, number)
        if file and file not in self.files:
            raise ProtocolError(f"the tracing process spoke of file {file:d}, never sent")
        return file

    def _line(self, at: int | None) -> int | None:
        return self.place(at)[0]

    def _site(self, row: m.SiteRow) -> None:
        self.place(row.line)
        self._sites[row.id] = row

    def _stack(self, row: m.StackRow) -> None:
        frames = [(*self.place(at), function) for at, function in row.frames]
        self._stacks[row.id] = tuple(
            Frame(file, line or 0, self._one(function)) for line, file, function in frames
        )

    def _function(self, row: m.FunctionRow) -> None:
        self._functions[row.id] = row

    def _cause(self, row: m.CauseRow) -> None:
        kind = _known(_CAUSE_KINDS, row.cause, "cause")
        line, file = self.place(row.line)
        self._causes[row.id] = Cause(kind, line, row.text, row.module, file)

    # ---------------------------------------------------------------------- tensors and modules

    def _tensor_form(self, row: m.TensorFormRow) -> None:
        kind = _known(_TENSOR_KINDS, row.tensor_kind, "kind of tensor")
        form = TensorForm(
            kind, row.dtype, row.device, row.requires_grad, row.is_leaf, row.is_inference,
            row.grad_fn, row.shape,
        )  # fmt: skip
        self._tensor_forms[row.id] = self.tensors.forms.number(form)

    def _tensor(self, row: m.TensorRow) -> None:
        form = _known(self._tensor_forms, row.form, "form of tensors")
        tensors = self.tensors
        known = tensors.places.get(row.id)
        name, (line, file) = row.name, self.place(row.line)
        if known is not None:
            before, after = (tensors.forms.values[n] for n in (tensors.form[known], form))
            if before.requires_grad != after.requires_grad:
                self._required.setdefault(row.id, before.requires_grad)
            told = tensors.labels.values[tensors.label[known]]
            name = name or told.name
            line, file = (told.line, told.file) if line is None else (line, file)
        if row.values is not None:
            summary = self._summaries.add(row.values)
        elif known is not None:
            summary = tensors.values[known]
        else:
            summary = self._summaries.add_unknown(math.prod(tensors.forms.values[form].shape))
        base = self._view(row.is_view_of)
        label = tensors.labels.number((name, line, file))
        tensors.put(row.id, form, base, row.storage, row.identity, label, summary)

    def _view(self, base: int | None) -> int | None:
        if base is not None and base not in self.tensors.places:
            self._losses.lose(1)
            return None
        return base

    def _referred(self, table: dict[int, Record], key: int | None) -> Record | None:
        """Return what a row refers to; None if that is nothing, or was never sent."""
        found = None if key is None else table.get(key)
        if found is None and key is not None:
            self._losses.lose(1)
        return found

    def _value(self, row: m.ValueRow) -> None:
        place = _known(self.tensors.places, row.tensor, "tensor")
        if row.values is not None:
            self.tensors.values[place] = self._summaries.add(row.values)

    def _name(self, row: m.NameRow) -> None:
        tensors = self.tensors
        place = _known(tensors.places, row.tensor, "tensor")
        kind = row.tensor_kind
        if kind is not None:
            tensors.set_kind(place, _known(_TENSOR_KINDS, kind, "kind of tensor"))
        if tensors.labels.values[tensors.label[place]].name not in (None, row.name):
            self._renamed[tensors.identities[place]] = row.name
        tensors.set_label(place, Label(row.name, *self.place(row.line)))

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
        line, file = self.place(site.line)
        reason = _known(_REASONS, row.reason, "reason")
        form = OperationForm(
            name=function.name,
            qualified_name=function.qualified_name,
            line=line or None,
            end_line=self._line(site.end_line),
            column=site.column,
            end_column=site.end_column,
            file=file,
            stack=self._referred(self._stacks, row.stack) or (),
            module=self._module_id(row.module),
            phase=_known(_PHASES, row.phase, "phase"),
            in_place=row.in_place,
            status=_STATUSES.get(reason, "skipped"),
            reason=reason,
            would_record=row.would_record,
            cause=self._referred(self._causes, row.cause),
            grad_fn=row.grad_fn,
            grad_mode=row.grad_mode,
            inference=row.inference,
            set_up=_known(_SET_UPS, row.set_up, "kind of set-up"),
        )
        self._operation_forms[row.id] = self.operations.forms.number(form)

    def _operation(self, row: m.OperationRow) -> None:
        form = _known(self._operation_forms, row.form, "form of operations")
        if row.id in self.operations.places:
            raise ProtocolError(f"the tracing process sent operation {row.id} twice")
        self.operations.add(
            row.id, form, row.parent, row.occurrence, self._ids(row.inputs),
            self._ids(row.outputs), self._ids(row.mutates), row.saved_bytes,
            row.nanoseconds / 1e9, row.event, self._loops_of(row.loops),
        )  # fmt: skip

    def _pass(self, row: m.LoopsRow) -> None:
        self.place(row.line)
        one = row.line, row.entry, row.passed
        self._loops.put(row.id, self.operations.passes.add(self._loops_of(row.outer), one))

    def _loops_of(self, row: int | None) -> int:
        number = self._loops.get(row)
        if number is None and row is not None:
            self._losses.lose(1)
        return OUTSIDE if number is None else number

    def _ids(self, ids: list[int]) -> list[int]:
        """Return those of the tensor ids that are known."""
        found = self.tensors.places.known(ids)
        if len(found) < len(ids):
            self._losses.lose(len(ids) - len(found))
        return found

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
        self._settle_names()
        operations = self.operations
        for place, parent in enumerate(operations.parents):
            if parent != NONE and parent not in operations.places:
                operations.parents[place] = NONE  # the call around had not returned at the end
        for backward in self.passes.values():
            for step in backward.steps:
                if step.operation not in self.operations.places:
                    step.operation = None
        self._settle_nodes()
        self._settle_spans()

    def _settle_accumulated(self, backward: BackwardPass) -> None:
        """Set what a pass that did not end has accumulated, from its steps."""
        reached = [s.tensor for s in backward.steps if s.tensor is not None and s.grad is not None]
        backward.accumulated_into = list(dict.fromkeys(reached))

    def _settle_names(self) -> None:
        tensors = self.tensors
        for place, identity in enumerate(tensors.identities) if self._renamed else ():
            if (name := self._renamed.get(identity)) is not None:
                label = tensors.labels.values[tensors.label[place]]
                tensors.set_label(place, label._replace(name=name))

    def _settle_spans(self) -> None:
        """Replace operations of regions that were merged into the call around them."""
        known = self.operations.places
        merged = [
            s for s in self.spans.values() if s.first_op not in known or s.last_op not in known
        ]
        if not merged:
            return
        by_event = sorted(zip(self.operations.events, self.operations.ids, strict=True))
        for span in merged:
            end = len(by_event)
            if span.end_event is not None:
                end = bisect_left(by_event, span.end_event, key=itemgetter(0))
            inside = by_event[bisect_right(by_event, span.event, key=itemgetter(0)) : end]
            span.first_op = inside[0][1] if inside else None
            span.last_op = inside[-1][1] if inside else None

    def _settle_parts(self) -> None:
        """Set the backward pass and the optimizer step of each operation."""
        passes = Enclosing(self.passes.values())
        steps = Enclosing(self.optimizer_steps.values())
        again = Enclosing(self.recomputations.values())
        operations = self.operations
        for place in operations.like(lambda form: form.phase == "backward").places:
            event = operations.events[place]
            operations.set_parts(place, Parts(None, passes.around(event), again.around(event)))
        for place in operations.like(lambda form: form.phase == "optimizer").places:
            event = operations.events[place]
            operations.set_parts(place, Parts(steps.around(event), None, None))

    @property
    def came_back(self) -> list[CameBack]:
        """Return the values that came back, for operations that exist."""
        known = self.operations.places
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
        operations = self.operations
        forms = operations.forms.values
        for place in operations.like(lambda form: form.status == "recorded").places:
            around = operations.places.get(or_none(operations.parents[place]))
            while around is not None:
                form = forms[operations.form[around]]
                if form.status == "recorded":
                    break
                form = form._replace(status="recorded", reason="recorded", cause=None)
                operations.form[around] = operations.forms.number(form)
                around = operations.places.get(or_none(operations.parents[around]))

    # ---------------------------------------------------------------------------- optimizer steps

    def _optimizer(self, row: Optimizer) -> None:
        row.parameters = self._ids(row.parameters)
        self.optimizers[row.id] = row

    def _optimizer_step(self, row: m.OptimizerStepRow) -> None:
        line, file = self.place(row.line)
        self.optimizer_steps[row.id] = OptimizerStep(
            id=row.id,
            optimizer=row.optimizer,
            type=self._one(row.type),
            step=row.step,
            line=line,
            loops=self.operations.passes[self._loops_of(row.loops)],
            event=row.event,
            file=file,
        )

    def _optimizer_step_end(self, row: m.OptimizerStepEndRow) -> None:
        _known(self.optimizer_steps, row.id, "optimizer step").end_event = row.event
        if row.raised:
            self.broken_step = row.id

    # -------------------------------------------------------------------------- grad-mode regions

    def _span(self, row: m.SpanRow) -> None:
        line, file = self.place(row.line)
        self.spans[row.id] = GradModeSpan(
            id=row.id,
            kind=_known(_SPAN_KINDS, row.span_kind, "kind of region"),
            cause=self._referred(self._causes, row.cause) or _UNKNOWN_CAUSE,
            line=line,
            end_line=self._line(row.end_line),
            first_op=None,
            last_op=None,
            parent=self._span_id(row.parent),
            enabled=row.enabled,
            event=row.event,
            effective=row.effective,
            file=file,
        )

    def _span_id(self, number: int | None) -> int | None:
        found = self._referred(self.spans, number)
        return None if found is None else found.id

    def _span_end(self, row: m.SpanEndRow) -> None:
        span = _known(self.spans, row.id, "region")
        span.first_op, span.last_op, span.end_event = row.first_op, row.last_op, row.event

    # ------------------------------------------------------------------------------ backward passes

    def _backward(self, row: m.BackwardRow) -> None:
        line, file = self.place(row.line)
        self.passes[row.id] = BackwardPass(
            id=row.id,
            call=_known(_CALLS, row.call, "call"),
            line=line,
            roots=self._ids(row.roots),
            ok=False,
            steps=[],
            accumulated_into=[],
            inputs=self._ids(row.inputs),
            event=row.event,
            loops=self.operations.passes[self._loops_of(row.loops)],
            outlived=self._ids(row.outlived),
            file=file,
        )

    def _saved_form(self, row: m.SavedFormRow) -> None:
        self._saved_forms[row.id] = row

    def _node(self, row: m.NodeRow) -> None:
        """Add a node of a pass; one that several passes reach is added once."""
        _known(self.passes, row.backward, "backward pass")
        leaf = self._view(row.tensor)
        place = self.tensors.places.get(leaf)
        identity = None if place is None else self.tensors.identities[place]
        key = (row.name, row.operation, identity, row.number)
        number = self._node_ids.setdefault(key, len(self._node_ids))
        ids = self._places.setdefault(row.backward, [])
        ids.append(number)
        if number not in self.nodes:
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
            if node.operation not in self.operations.places:
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
        tensors = self.tensors
        place = _known(tensors.places, row.tensor, "tensor")
        if row.kind == "requires_grad":
            state = tensors.forms.values[tensors.form[place]].requires_grad
            before = self._required.get(row.tensor, state)
            self._required[row.tensor] = row.value
            if before == row.value:
                return  # `p.requires_grad = True` on what requires grad anyway changes nothing
        self.facts.append(row)

    def _grad(self, row: m.GradRow) -> None:
        place = _known(self.tensors.places, row.tensor, "tensor")
        identity = self.tensors.identities[place]
        grad = None if row.grad is None else summary_of(row.grad)
        self.grads.pop(identity, None)  # the order is that of the last rows
        self.grads[identity] = row, grad
        if not row.final:
            shape = None if row.shape is None else self._list(row.shape)
            self.readings.append(GradientReading(row.tensor, row.event, grad, shape))

    # ---------------------------------------------------------------------------- what repeats

    def _one(self, value: Record) -> Record:
        one: Record = self._shared.setdefault(value, value)
        return one

    def _list(self, values: list[Any]) -> list[Any]:
        one: list[Any] = self._shared.setdefault(tuple(values), values)
        return one


class _Table(Protocol[_In, _Out]):
    def __getitem__(self, key: _In, /) -> _Out: ...


def _known(table: _Table[Key, Record], key: Key, what: str) -> Record:
    try:
        return table[key]
    except KeyError:
        raise ProtocolError(f"the tracing process spoke of {what} {key!r}, never sent") from None


def _words(literal: Any) -> dict[str, Any]:
    """Return the words of a Literal by themselves, to look up, check and share them."""
    return {word: word for word in get_args(literal)}


_FILE_KINDS: dict[str, FileKind] = _words(FileKind)
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
