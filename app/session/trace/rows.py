"""The records of a run, built up from the rows that describe its moments.

Operations and tensors are kept in columns.  The other records share what repeats (names, causes,
shapes, the empty list), so their lists may not be changed.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Protocol, TypeVar, get_args, get_type_hints

from app.contract import messages as m
from app.contract.records import (
    LAST_SECOND,
    AutocastRegion,
    BackwardPass,
    CameBack,
    Cause,
    CauseKind,
    ChangedSaved,
    Clock,
    Fact,
    FailedCall,
    File,
    FileKind,
    Frame,
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
    SetUp,
    SpanKind,
    Status,
    Summary,
    TensorKind,
    TimeAt,
    Update,
    Wait,
)
from app.contract.spots import FileId, line_and_file
from app.session.trace.columns.backward import BackwardSteps, Nodes, Readings
from app.session.trace.columns.columns import NONE, IdPlaces, RecordsAt, or_none
from app.session.trace.columns.kept import KeptRows
from app.session.trace.columns.operations import OUTSIDE, OperationForm, Operations, Parts
from app.session.trace.columns.tensors import Label, TensorForm, Tensors
from app.session.trace.enclosing import Enclosing
from app.session.trace.files import FileIds
from app.session.trace.partial import Losses
from app.session.trace.progress import LoopTurn
from app.session.trace.updates import updates_of
from app.session.trace.values.summaries import Summaries

Record = TypeVar("Record")
Key = TypeVar("Key")
_In = TypeVar("_In", contravariant=True)
_Out = TypeVar("_Out", covariant=True)


class ProtocolError(ValueError):
    """The child sent something that is not a message of the protocol; the text says what."""


class RowTables:
    """The records by id, in the order in which they were first sent.

    What refers to something that was not sent refers to nothing, and that is noted in `losses`.
    What adds a row raises ProtocolError where it is about something that was not sent, or holds a
    word that is not in the contract.
    """

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self._summaries = Summaries()
        self.ids = FileIds()
        self.operations = Operations(self.ids)
        self.tensors = Tensors(self._summaries)
        self.modules: dict[int, Module] = {}
        self.spans: dict[int, GradModeSpan] = {}
        self.autocasts: dict[int, AutocastRegion] = {}
        self.passes: dict[int, BackwardPass] = {}
        self.facts: list[Fact] = []
        self.grads: dict[int, tuple[m.GradRow, Summary | None]] = {}
        """The last row of each variable and its `.grad`, by identity."""
        self.files: dict[int, File] = {}
        """Without the snippet."""
        self.readings = Readings(self._summaries)
        self.kept = KeptRows(losses)
        self._sites: dict[int, m.SiteRow] = {}
        self._stacks: dict[int, tuple[tuple[Frame, ...], tuple[int | None, ...]]] = {}
        """The frames and the columns of the calls in them."""
        self._functions: dict[int, m.FunctionRow] = {}
        self._tensor_forms: dict[int, int] = {}
        self._operation_forms: dict[int, int] = {}
        """The numbers of the forms in the columns, by those in the rows."""
        self._causes: dict[int, Cause] = {}
        self.nodes = Nodes()
        self._steps = BackwardSteps(self._summaries)
        self._steps_in: dict[int, array[int]] = {}
        """The places of the steps of each backward pass."""
        self._interrupted: set[int] = set()
        """Backward passes that a KeyboardInterrupt ended."""
        self._saved_forms: dict[int, int] = {}
        """The numbers of the forms of saved tensors in the columns, by those in the rows."""
        self._places: dict[int, array[int]] = {}
        """The ids of the nodes of each backward pass."""
        self._reached_in = array("i")
        """The backward pass that first reached each node: until the end, nodes have the places in
        that pass of those that they pass gradients on to."""
        self._node_ids: dict[tuple[Any, ...], int] = {}
        self.optimizers: dict[int, Optimizer] = {}
        self.optimizer_steps: dict[int, OptimizerStep] = {}
        self.updates: dict[int, list[Update]] = defaultdict(list)
        """By optimizer step."""
        self.steps_done = 0
        """The number of optimizer steps that ended without an exception."""
        self.broken_step: int | None = None
        """The last optimizer step that an exception left."""
        self.module_modes: list[ModuleMode] = []
        self.failed_call: FailedCall | None = None
        self.recomputations: dict[int, Recomputation] = {}
        self._came_back: list[CameBack] = []
        self.notes: list[Note] = []
        self._loops = IdPlaces()
        """The numbers of the passes of loops in the columns, by those in the rows."""
        self._totals: dict[int, int | None] = {}
        """By the spot of a loop: the passes that it was to have when it was last entered."""
        self._required: dict[int, bool] = {}
        self._shared: dict[Any, Any] = {}
        self._began: float | None = None
        self._times: list[m.ClockRow] = []
        self._waits: dict[int, Wait] = {}
        self._renamed: dict[int, str] = {}
        """By identity: names that replaced others."""

    def adders_of_many(self) -> dict[str, Callable[[Sequence[Any]], None]]:
        """Return what takes several rows of a kind that comes in great numbers.

        They are called in this order and after what takes the other rows that were sent before.
        One that raises has added nothing.
        """
        return {
            "loops": self._loop_passes,
            "tensor": self._tensors_sent,
            "memory": self.kept.add_memories,
            "op": self._operations_sent,
            "node": self._nodes_sent,
            "step": self._steps_sent,
            "clock": self._times.extend,
        }

    def adders(self) -> dict[str, Callable[[Any], None]]:
        """Return what takes a row of each other kind."""
        return {
            "file": self._file,
            "site": self._site,
            "stack": self._stack,
            "function": self._function,
            "cause": self._cause,
            "tensor_form": self._tensor_form,
            "value": self._value,
            "name": self._name,
            "module": self._module,
            "module_mode": self._module_mode,
            "module_call": self._module_call,
            "module_state": self._module_state,
            "op_form": self._operation_form,
            "optimizer": self._optimizer,
            "optimizer_step": self._optimizer_step,
            "optimizer_step_end": self._optimizer_step_end,
            "updates": self._updates,
            "span": self._span,
            "span_end": self._span_end,
            "autocast": self._autocast,
            "autocast_end": self._autocast_end,
            "backward": self._backward,
            "saved_form": self._saved_form,
            "kept": self.kept.add_made,
            "released": self.kept.add_released,
            "backward_end": self._backward_end,
            "fact": self._fact,
            "grad": self._grad,
            "came_back": self._came_back.append,
            "note": self.notes.append,
            "recomputation": self._recomputation,
            "recomputation_end": self._recomputation_end,
            "failed_call": self._failed,
            "clock_began": self._clock_began,
            "wait": self._wait,
            "wait_end": self._wait_end,
        }

    # ------------------------------------------------------------------- what others refer to

    def _file(self, row: m.FileRow) -> None:
        kind = _known(_FILE_KINDS, row.file_kind, "kind of file")
        self.files[row.id] = File(self.ids[row.id], row.path, kind, row.text)

    def file(self, number: int) -> File:
        """Return another file than the snippet.  Raises ProtocolError if it was not sent."""
        return _known(self.files, number, "file")

    def place(self, at: int | None) -> tuple[int | None, FileId]:
        """Return the line and the file of a spot in a row."""
        line, file = line_and_file(at)
        return line, self.read_file(FileId, int(file))

    def read_file(self, kind: type, number: Any) -> FileId:
        """Return the file of a record that is decoded; raises as `place` does."""
        file = self.ids.read(kind, number)
        return file if not file else self.file(file).id

    def _line(self, at: int | None) -> int | None:
        return self.place(at)[0]

    def _site(self, row: m.SiteRow) -> None:
        self.place(row.line)
        self._sites[row.id] = row

    def _stack(self, row: m.StackRow) -> None:
        frames = [(*self.place(at), function, column) for at, function, column in row.frames]
        stack = tuple(Frame(file, line or 0, self._one(name)) for line, file, name, _ in frames)
        columns = tuple(column for *_, column in frames)
        is_known = any(column is not None for column in columns)
        self._stacks[row.id] = stack, columns if is_known else ()

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

    def _tensors_sent(self, rows: Sequence[m.TensorRow]) -> None:
        tensors = self.tensors
        numbers, forms, storages, identities, bases, lines, names, values = zip(*rows, strict=True)
        if not tensors.places.are_new(numbers):
            if len(rows) > 1:
                raise ProtocolError(f"one of {len(rows)} tensors was sent before")
            return self._tensor_again(rows[0])
        made = _all_known(self._tensor_forms, forms, "form of tensors")
        named = list(zip(names, lines, strict=True))
        labels = {
            (name, line): tensors.labels.number((name, *self.place(line)))
            for name, line in set(named)
        }
        sizes = tensors.forms.values
        summaries = [
            self._summaries.add_unknown(math.prod(sizes[form].shape)) if one is None else one
            for one, form in zip(self._summaries.add_all(values), made, strict=True)
        ]
        return tensors.extend(
            numbers, made, self._views(numbers, bases),
            storages, identities, [labels[one] for one in named], summaries,
        )  # fmt: skip

    def _views(self, numbers: Sequence[int], bases: Sequence[int | None]) -> Sequence[int | None]:
        """Return what tensors are views of: tensors that were sent before, or among these."""
        if bases.count(None) == len(bases):
            return bases
        own = {number: index for index, number in enumerate(numbers)}
        return [
            base if base in own and own[base] < index else self._view(base)
            for index, base in enumerate(bases)
        ]

    def _tensor_again(self, row: m.TensorRow) -> None:
        """Replace what was sent of a tensor before."""
        tensors = self.tensors
        form, place = (
            _known(self._tensor_forms, row.form, "form of tensors"),
            tensors.places[row.id],
        )
        before, after = (tensors.forms.values[n] for n in (tensors.form[place], form))
        if before.requires_grad != after.requires_grad:
            self._required.setdefault(row.id, before.requires_grad)
        label = tensors.labels.values[tensors.label[place]]
        place_of = (label.line, label.file) if row.line is None else self.place(row.line)
        (summary,) = self._summaries.add_all((row.values,))
        tensors.replace(
            place, form, self._view(row.is_view_of), row.storage, row.identity,
            tensors.labels.number((row.name or label.name, *place_of)),
            tensors.values[place] if summary is None else summary,
        )  # fmt: skip

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
        (summary,) = self._summaries.add_all((row.values,))
        if summary is not None:
            self.tensors.set_values(place, summary)

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
        stack, call_columns = self._referred(self._stacks, row.stack) or ((), ())
        reason = _known(_REASONS, row.reason, "reason")
        form = OperationForm(
            name=function.name,
            qualified_name=function.qualified_name,
            line=line or None,
            end_line=self._line(site.end_line),
            column=site.column,
            end_column=site.end_column,
            file=file,
            stack=stack,
            call_columns=call_columns,
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

    def _operations_sent(self, rows: Sequence[m.OperationRow]) -> None:
        (
            numbers, forms, occurrences, events, nanoseconds, parents, loops,
            inputs, outputs, mutates, kept,
        ) = zip(*rows, strict=True)  # fmt: skip
        if not self.operations.places.are_new(numbers):
            raise ProtocolError(f"one of {len(rows)} operations was sent twice")
        if any(
            around is not None and around >= one
            for one, around in zip(numbers, parents, strict=True)
        ):
            raise ProtocolError(f"one of {len(rows)} operations is inside a later one or itself")
        made = _all_known(self._operation_forms, forms, "form of operations")
        tensors = list(chain.from_iterable(zip(inputs, outputs, mutates, strict=True)))
        if not self.tensors.places.have_all(list(chain.from_iterable(tensors))):
            tensors = [self._ids(ids) for ids in tensors]
        self.operations.extend(
            numbers, made, parents, occurrences, self.kept.bytes_of(rows),
            [one / 1e9 for one in nanoseconds], events, self._passes(loops), tensors,
        )  # fmt: skip
        if any(kept):
            self.kept.add_operations(rows)

    def _loop_passes(self, rows: Sequence[m.LoopsRow]) -> None:
        numbers, lines, entries, passed, outer, totals = zip(*rows, strict=True)
        for spot in set(lines):
            self.place(spot)
        passes = self.operations.passes
        first = len(passes)
        own: dict[int | None, int] = {}
        around = []
        for number, place, one in zip(numbers, range(first, first + len(rows)), outer, strict=True):
            if (found := own.get(one)) is None:
                found = own[one] = self._loops_of(one)
            around.append(found)
            own[number] = place
        passes.extend(around, zip(lines, entries, passed, strict=True))
        self._loops.put_all(numbers, first)
        self._totals.update(zip(lines, totals, strict=True))

    def newest_turns(self) -> tuple[LoopTurn, ...]:
        """Return those in which the newest call was made, outermost first."""
        passes = self.operations.passes
        found = passes[len(passes) - 1]
        turns = (LoopTurn(one.spot, one.passed + 1, self._totals.get(one.spot)) for one in found)
        return tuple(turns)

    def _passes(self, rows: Sequence[int | None]) -> list[int]:
        """Return the numbers of the passes in the columns, by those in the rows."""
        known = [row for row in rows if row is not None]
        if len(known) == len(rows) and self._loops.have_all(known):
            return list(self._loops.of(known))
        return [self._loops_of(row) for row in rows]

    def _loops_of(self, row: int | None) -> int:
        if row is None:
            return OUTSIDE
        number = self._loops.get(row)
        if number is None:
            self._losses.lose(1)
        return OUTSIDE if number is None else number

    def _ids(self, ids: list[int]) -> list[int]:
        """Return those of the tensor ids that are known."""
        places = self.tensors.places
        if places.have_all(ids):
            return ids
        found = [one for one in ids if one in places]
        self._losses.lose(len(ids) - len(found))
        return found

    def settle(self, is_stopped: bool = False) -> None:
        """Complete the records after all rows have arrived.

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
        self._settle_nodes()
        self._settle_spans()

    def _settle_accumulated(self, backward: BackwardPass) -> None:
        """Set what a pass that did not end has accumulated, from its steps."""
        reached = (s.tensor for s in backward.steps if s.tensor is not None and s.grad is not None)
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
            rates=row.rates,
        )

    def _optimizer_step_end(self, row: m.OptimizerStepEndRow) -> None:
        _known(self.optimizer_steps, row.id, "optimizer step").end_event = row.event
        if row.raised:
            self.broken_step = row.id
        else:
            self.steps_done += 1

    def _updates(self, row: m.UpdatesRow) -> None:
        _known(self.optimizer_steps, row.step, "optimizer step")
        self.updates[row.step] += updates_of(row)

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

    def _autocast(self, row: m.AutocastRow) -> None:
        line, file = self.place(row.line)
        setting = row.device, row.dtype, row.enabled
        end = self._line(row.end_line)
        self.autocasts[row.id] = AutocastRegion(row.id, *setting, line, end, row.event, file=file)

    def _autocast_end(self, row: m.AutocastEndRow) -> None:
        _known(self.autocasts, row.id, "region of autocast").end_event = row.event

    # ------------------------------------------------------------------------------ backward passes

    def _backward(self, row: m.BackwardRow) -> None:
        line, file = self.place(row.line)
        places = self._steps_in[row.id] = array("i")
        self.passes[row.id] = BackwardPass(
            id=row.id,
            call=_known(_CALLS, row.call, "call"),
            line=line,
            roots=self._ids(row.roots),
            ok=False,
            steps=RecordsAt(self._steps, places),
            accumulated_into=[],
            inputs=self._ids(row.inputs),
            event=row.event,
            loops=self.operations.passes[self._loops_of(row.loops)],
            outlived=self._ids(row.outlived),
            file=file,
        )

    def _saved_form(self, row: m.SavedFormRow) -> None:
        form = row.name, row.dtype, row.bytes, row.shape
        self._saved_forms[row.id] = self.nodes.saved_forms.number(form)

    def _nodes_sent(self, rows: Sequence[m.NodeRow]) -> None:
        """Add the nodes of passes; one that several passes reach is added once."""
        fresh: dict[int, tuple[m.NodeRow, int | None, list[int]]] = {}
        known, reached = self._node_ids, []
        for row in rows:
            _known(self.passes, row.backward, "backward pass")
            leaf = self._view(row.tensor)
            place = self.tensors.places.get(leaf)
            identity = None if place is None else self.tensors.identities[place]
            key = (row.name, row.operation, identity, row.number)
            number = known.get(key)
            if number is None:
                number = len(known)
                fresh[number] = row, leaf, self._saved(row.saved)
                known[key] = number
            reached.append(number)
        made = [row for row, _, _ in fresh.values()]
        self.nodes.extend(
            list(fresh), [self.nodes.forms.number((row.name,)) for row in made],
            [row.operation for row in made], [leaf for _, leaf, _ in fresh.values()],
            [numbers for row, _, saved in fresh.values() for numbers in (row.next, saved)],
        )  # fmt: skip
        self._reached_in.extend(row.backward for row in made)
        for row, number in zip(rows, reached, strict=True):
            self._places.setdefault(row.backward, array("i")).append(number)

    def _saved(self, numbers: list[int]) -> list[int]:
        """Return the forms in the columns and the storages of saved tensors."""
        known = self._saved_forms
        saved = list(numbers)
        saved[::2] = [_known(known, form, "form of saved tensors") for form in numbers[::2]]
        saved[1::2] = [NONE if storage < 0 else storage for storage in numbers[1::2]]
        return saved

    def _settle_nodes(self) -> None:
        """Set what each node passes gradients on to, which was sent after it."""
        self.nodes.connect([self._places[backward] for backward in self._reached_in])
        known = self.operations.places
        for made_by in (self.nodes.operations, self._steps.operations):
            for place, number in enumerate(made_by):
                if number != NONE and number not in known:
                    made_by[place] = NONE

    def _steps_sent(self, rows: Sequence[m.StepRow]) -> None:
        (
            passes, events, operations, tensors, makers, places, names, shapes, grads
        ) = zip(*rows, strict=True)  # fmt: skip
        own = _all_known(self._steps_in, passes, "backward pass")
        form = self._steps.forms.number
        made = self._steps.extend(
            [form(one) for one in zip(names, shapes, strict=True)], operations,
            [None if one is None else self._view(one) for one in tensors], events,
            [None if one is None else self._pass_id(one) for one in makers],
            [self._place(*one) for one in zip(passes, places, strict=True)],
            self._summaries.add_all(grads),
        )  # fmt: skip
        for places_of, place in zip(own, made, strict=True):
            places_of.append(place)

    def _pass_id(self, number: int) -> int | None:
        found = self._referred(self.passes, number)
        return None if found is None else found.id

    def _place(self, backward: int, place: int | None) -> int | None:
        """Return the node at a place among the nodes of a pass."""
        known = self._places.get(backward, ())
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
        (values,) = self._summaries.add_all((row.grad,))
        grad = None if values is None else self._summaries[values]
        self.grads.pop(identity, None)  # the order is that of the last rows
        self.grads[identity] = row, grad
        if not row.final:
            self.readings.add(row.tensor, row.event, values, row.shape)

    # ------------------------------------------------------------------- the clock of a rank

    def _clock_began(self, row: m.ClockBeganRow) -> None:
        self._began = _second(row.began)

    def _wait(self, row: m.WaitRow) -> None:
        line, file = self.place(row.line)
        seconds = _second(row.nanoseconds / 1e9)
        self._waits[row.id] = Wait(row.what, line, row.event, seconds, file=file)

    def _wait_end(self, row: m.WaitEndRow) -> None:
        wait = _known(self._waits, row.id, "wait")
        wait.end_event = row.event
        wait.end_seconds = max(wait.seconds, _second(row.nanoseconds / 1e9))
        if not row.happened:
            del self._waits[row.id]

    def clock(self) -> Clock | None:
        """Return the clock of a rank; None for another process."""
        if self._began is None:
            return None
        times: list[TimeAt] = []
        last = -1, -1
        for row in self._times:
            if row.event > last[0] and row.nanoseconds >= last[1]:  # two threads may cross
                times.append(TimeAt(row.event, row.nanoseconds / 1e9))
                last = row
        return Clock(self._began, times, list(self._waits.values()))

    # ---------------------------------------------------------------------------- what repeats

    def _one(self, value: Record) -> Record:
        one: Record = self._shared.setdefault(value, value)
        return one


class _Table(Protocol[_In, _Out]):
    def __getitem__(self, key: _In, /) -> _Out: ...


def _second(time: float) -> float:
    if not 0 <= time <= LAST_SECOND:
        raise ProtocolError(f"the tracing process spoke of second {time!r}")
    return time


def _known(table: _Table[Key, Record], key: Key, what: str) -> Record:
    try:
        return table[key]
    except KeyError:
        raise ProtocolError(f"the tracing process spoke of {what} {key!r}, never sent") from None


def _all_known(table: _Table[Key, Record], keys: Iterable[Key], what: str) -> list[Record]:
    try:
        return list(map(table.__getitem__, keys))
    except KeyError as error:
        raise ProtocolError(
            f"the tracing process spoke of {what} {error.args[0]!r}, never sent"
        ) from None


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
